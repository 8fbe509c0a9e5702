"""Verifying a bundle."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import html, read, waiver_files, waivers

if TYPE_CHECKING:
    from assay.attest.folder import Problem
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.gate import Gate


def verify(path: str | Path, *, trust: str | Path | None = None, recompute: bool = False) -> Verification:
    """Check a bundle: every byte against its signature, every outcome against the stored estimates.

    Where this version of assay wrote it, the gate is drawn again with the waivers of the bundle, the HTML report too,
    and both are compared. Raises AssayError where `path` is not a bundle.
    """
    del trust, recompute
    from importlib.metadata import version

    from assay.attest.folder import Problem
    from assay.attest.verify import verify as verify_bundle

    folder = Path(path)
    found = verify_bundle(folder)
    if not found.intact:
        return found
    record, drawn = read(folder)
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


def _gate_problem(folder: Path, record: Audit, drawn: Gate) -> Problem | None:
    """What is wrong with the gate, drawn again with the waivers of the bundle, or with those waivers."""
    from assay.attest.contents import FORGED
    from assay.attest.folder import Problem
    from assay.verdict.gate import draw_gate

    paths = waiver_files(folder)
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
            waivers=waivers(paths),
            timings=drawn.timings,
        )
    except FORGED as error:
        return Problem("gate.json", f"cannot be drawn again with the waivers of the bundle: {error}")
    if again != drawn:
        told = "is not the gate which the record and the waivers of the bundle give"
        return Problem("gate.json", f"{told}: it is {drawn.state}, drawn again it is {again.state}")
    return None
