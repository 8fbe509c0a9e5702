"""What is done with a bundle that is there: verify it, and draw its gate again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.waivers import load_waiver_files
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.folder import Problem
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.gate import Gate
    from assay.record.policy import Stage
    from assay.record.waiver import Waiver


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
    record, drawn = _read(folder)
    made = datetime.now(UTC).replace(microsecond=0)
    return draw_gate(
        record,
        audit_digest=drawn.audit,
        stage=stage or drawn.stage,
        at=moment(at, made),
        made=made,
        waivers=_waivers(_waiver_files(folder) if waivers is None else [Path(path) for path in waivers]),
    )


def verify(path: str | Path) -> Verification:
    """Check a bundle: every byte against its signature, every outcome against the stored estimates.

    Where this version of assay wrote it, the gate is drawn again with the waivers of the bundle, the HTML report too,
    and both are compared. Raises AssayError where `path` is not a bundle.
    """
    from importlib.metadata import version

    from assay.attest.folder import Problem
    from assay.attest.verify import verify as verify_bundle

    folder = Path(path)
    found = verify_bundle(folder)
    if not found.intact:
        return found
    record, drawn = _read(folder)
    if record.versions.get("assay") != version("assay"):
        told = (
            f"report.html and gate.json are of assay {record.versions.get('assay')}; the text of the report was not "
            "compared with the record, and the gate was not drawn again with the waivers"
        )
        return replace(found, statements=(*found.statements, told))
    wrong = _gate_problem(folder, record, drawn)
    if wrong is None and html(record, drawn, found.signers[0].name if found.signers else None) != (
        (folder / "report.html").read_bytes()
    ):
        wrong = Problem("report.html", "is not the report of this record")
    if wrong is not None:
        return replace(found, problems=(wrong,))
    told = "report.html says what the record says; the text of report.pdf was not compared, only its signature"
    return replace(found, statements=(*found.statements, told))


def html(record: Audit, drawn: Gate, signer: str | None) -> bytes:
    """The HTML report of a record and the gate drawn from it."""
    from assay.report.page import render_html

    return render_html(record, drawn, audit_digest=drawn.audit, signer=signer).encode()


def moment(at: datetime | None, made: datetime) -> datetime:
    """The clock that was given, in whole seconds UTC; the present where none was."""
    if at is None:
        return made
    if at.tzinfo is None:
        raise AssayError("`at` has no time zone", hint="e.g. 2026-03-31T12:00:00Z")
    return at.astimezone(UTC).replace(microsecond=0)


def _read(folder: Path) -> tuple[Audit, Gate]:
    """Record and gate of a bundle that was found intact."""
    from assay.record.audit import Audit
    from assay.record.gate import Gate

    record = Audit.model_validate_json((folder / "audit.json").read_bytes())
    return record, Gate.model_validate_json((folder / "gate.json").read_bytes())


def _gate_problem(folder: Path, record: Audit, drawn: Gate) -> Problem | None:
    """What is wrong with the gate, drawn again with the waivers of the bundle, or with those waivers."""
    from assay.attest.contents import FORGED
    from assay.attest.folder import Problem
    from assay.verdict.gate import draw_gate

    paths = _waiver_files(folder)
    digests = ["sha256:" + sha256(path.read_bytes()).hexdigest() for path in paths]
    if digests != [file.digest for file in record.waiver_files]:
        return Problem("policy/waivers", "does not hold the waiver files which audit.json names by digest")
    try:
        again = draw_gate(
            record,
            audit_digest=drawn.audit,
            stage=drawn.stage,
            at=drawn.at,
            made=drawn.made,
            waivers=_waivers(paths),
            timings=drawn.timings,
        )
    except FORGED as error:
        return Problem("gate.json", f"cannot be drawn again with the waivers of the bundle: {error}")
    if again != drawn:
        told = "is not the gate which the record and the waivers of the bundle give"
        return Problem("gate.json", f"{told}: it is {drawn.state}, drawn again it is {again.state}")
    return None


def _waiver_files(folder: Path) -> list[Path]:
    """The waiver files of a bundle, in the order in which they were given."""
    return sorted((folder / "policy" / "waivers").glob("*.yaml"), key=lambda path: (len(path.name), path.name))


def _waivers(paths: Sequence[Path]) -> tuple[Waiver, ...]:
    return tuple(waiver for file in load_waiver_files(paths) for waiver in file.waivers)
