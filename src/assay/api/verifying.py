"""Verifying a bundle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import html, read, waiver_files
from assay.api.waivers import load_waiver_files
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.folder import Problem
    from assay.attest.trust.file import LoadedTrust
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.gate import Gate


def verify(path: str | Path, *, trust: str | Path | None = None, recompute: bool = False) -> Verification:
    """Check a bundle, an archive of one (`.asice`) or a PDF report alone, without changing anything.

    Every byte is checked against the signatures, every outcome against the stored estimates. With a trust file it is
    also said whether to believe who signed. Where this version of assay wrote a bundle, the gate is drawn again with
    its waivers, the HTML report too, and both are compared. With `recompute` the estimates of an intact bundle are
    computed again from its evidence. Raises AssayError where `path` is none of these.
    """
    from assay.attest.archive import opened
    from assay.attest.pdf.alone import is_pdf, verify_pdf

    place = Path(path)
    believed = None
    if trust is not None:
        from assay.attest.trust.file import load_trust

        believed = load_trust(Path(trust))
    now = datetime.now(UTC)
    if is_pdf(place):
        if recompute:
            raise AssayError("a PDF alone holds no evidence to compute from", where=str(place), hint="give the bundle")
        return verify_pdf(place, trust=believed, now=now)
    with opened(place) as folder:
        found = _verify_folder(folder, believed, now)
        if recompute and found.intact:
            from assay.api.recomputing import recomputed

            found = recomputed(found, folder)
        return replace(found, path=place)


def render_verification(found: Verification) -> str:
    """Write a verification as one JSON object."""
    from assay.attest.verification import render_verification as render

    return render(found)


def _verify_folder(folder: Path, trust: LoadedTrust | None, now: datetime) -> Verification:
    from importlib.metadata import version

    from assay.attest.folder import Problem
    from assay.attest.verify import verify as verify_bundle

    found = verify_bundle(folder, trust=trust, now=now)
    if not found.intact:
        return found
    record, drawn = read(folder, found)
    if record.versions.get("assay") != version("assay"):
        told = (
            f"report.html and gate.json are of assay {record.versions.get('assay')}; the text of the report was not "
            "compared with the record, and the gate was not drawn again with the waivers"
        )
        return replace(found, statements=(*found.statements, told))
    wrong = gate_problem(folder, record, drawn)
    proof = folder / "ledger" / "proof.txt"
    again = html(record, drawn, found.signers[0].said, proof.read_bytes() if proof.exists() else None)
    if wrong is None and again != (folder / "report.html").read_bytes():
        wrong = Problem("report.html", "is not the report of this record")
    if wrong is not None:
        return replace(found, problems=(wrong,))
    told = "report.html says what the record says; the text of report.pdf was not compared, only its signature"
    return replace(found, statements=(*found.statements, told))


def gate_problem(folder: Path, record: Audit, drawn: Gate) -> Problem | None:
    """What is wrong with the gate, drawn again with the waivers of the bundle, or with those waivers."""
    from assay.attest.contents import FORGED
    from assay.attest.folder import Problem
    from assay.verdict.gate import draw_gate

    try:
        given = load_waiver_files(waiver_files(folder))
        if [file.digest for file in given] != [file.digest for file in record.waiver_files]:
            return Problem("policy/waivers", "does not hold the waiver files which audit.json names by digest")
        again = draw_gate(
            record,
            audit_digest=drawn.audit,
            stage=drawn.stage,
            at=drawn.at,
            made=drawn.made,
            waivers=tuple(one for file in given for one in file.decisions),
            timings=drawn.timings,
        )
    except FORGED as error:
        return Problem("gate.json", f"cannot be drawn again with the waivers of the bundle: {error}")
    if again != drawn:
        told = "is not the gate which the record and the waivers of the bundle give"
        return Problem("gate.json", f"{told}: it is {drawn.state}, drawn again it is {again.state}")
    return None
