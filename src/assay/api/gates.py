"""The gate of a bundle that is there, drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import moment, read, waiver_files
from assay.api.bundles import waivers as read_waivers
from assay.api.verifying import verify
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.record.gate import Gate
    from assay.record.policy import Stage


def gate(
    bundle: str | Path,
    *,
    stage: Stage | None = None,
    at: datetime | None = None,
    waivers: Sequence[str | Path] | None = None,
) -> Gate:
    """Draw the gate of a bundle again, without measuring and without changing it.

    The waivers of the bundle are read again where none are given. Raises AssayError where the bundle is not intact.
    """
    from assay.verdict.gate import draw_gate

    folder = Path(bundle)
    verification = verify(folder)
    if not verification.intact and not any((folder / "META-INF").glob("*.p7s")):
        hint = "Give `assay audit` --sign KEY; `assay keygen` makes a demo key. `assay verify` says more."
        raise AssayError("the gate of a bundle that is not signed is not drawn again", where=str(folder), hint=hint)
    if not verification.intact:
        problem = verification.problems[0]
        raise AssayError(f"the bundle is not intact: {problem.what}", where=str(folder / problem.file))
    record, drawn = read(folder)
    made = datetime.now(UTC).replace(microsecond=0)
    return draw_gate(
        record,
        audit_digest=drawn.audit,
        stage=stage or drawn.stage,
        at=moment(at, made),
        made=made,
        waivers=read_waivers(waiver_files(folder) if waivers is None else [Path(path) for path in waivers]),
    )
