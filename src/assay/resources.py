"""The one place that finds what is shipped beside the code: the packs of `policies/`, the `templates/` of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from assay.errors import AssayError

_HERE = Path(__file__).parent


def packaged(name: Literal["policies", "templates"]) -> Path:
    """The folder, in an installed wheel or in a checkout."""
    for folder in (_HERE / "packaged" / name, _HERE.parents[1] / name):
        if folder.is_dir():
            return folder
    raise AssayError(f"the folder {name} is not installed", hint="Install assay again.")
