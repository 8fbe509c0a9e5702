"""The bundle of the example, as exports read it."""

import viewing
from assay.export.recorded import Recorded


def example() -> Recorded:
    """The bundle of the example that lies in the repository."""
    audit, gate = viewing.example()
    return Recorded(audit, gate, gate.audit.removeprefix("sha256:"))
