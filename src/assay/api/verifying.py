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
    from assay.record.signature import Signing


def verify(path: str | Path, *, trust: str | Path | None = None, recompute: bool = False) -> Verification:
    """Check a bundle, an archive of one (`.asice`) or a PDF report alone, without changing anything.

    Every byte is checked against the signatures, every outcome against the stored estimates. With a trust file it is
    also said whether to believe who signed. Where this version of assay wrote a bundle, the gate is drawn again with
    its waivers and compared. The HTML report is made again from the record; where another version or build writes it
    otherwise, it is said that it was not compared. With `recompute` the estimates of an intact bundle are computed
    again from its evidence. Raises AssayError where `path` is none of these.
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
    from assay.attest.verify import verify as verify_bundle

    found = verify_bundle(folder, trust=trust, now=now)
    if not found.intact:
        return found
    record, drawn = read(folder, found)
    signing = found.signers[0].said
    other = made_elsewhere(record, signing)
    wrong, told = _gate_again(folder, record, drawn, other)
    unlike = None if wrong else report_problem(folder, record, drawn, signing)
    if wrong or (unlike and not other):
        return replace(found, problems=tuple(one for one in (wrong, unlike) if one))
    if unlike:
        told += (
            f"the report was made by {other}, and cannot be made again by this one; its signature holds, its text was "
            "not compared with the record",
        )
    else:
        pdf = "; the text of report.pdf was not compared, only its signature"
        told += ("report.html says what the record says" + (pdf if (folder / "report.pdf").exists() else ""),)
    return replace(found, statements=(*found.statements, *told))


def _gate_again(folder: Path, record: Audit, drawn: Gate, other: str) -> tuple[Problem | None, tuple[str, ...]]:
    """What is wrong with the gate, and what was not compared where it is of an `other` assay.

    Who lies may name any build: of one version, every build has to decide the same.
    """
    if not _of_this_version(record):
        return _unwaived(folder, drawn), (f"the gate was drawn by {other}, and was not drawn again with the waivers",)
    wrong = gate_problem(folder, record, drawn, words=not other)
    if wrong is None and other and gate_problem(folder, record, drawn) is not None:
        return None, (f"the reasons of the gate are in the words of {other}, and were not compared",)
    return wrong, ()


def _of_this_version(record: Audit) -> bool:
    from importlib.metadata import version

    return record.versions.get("assay") == version("assay")


def made_elsewhere(record: Audit, signing: Signing | None) -> str:
    """Which assay made the bundle, where it is not this one; nothing where it is.

    `signing` is that of the first signer, with whose signature the reports were made.
    """
    from importlib.metadata import version

    from assay.resources import build

    made = record.versions.get("assay")
    if not _of_this_version(record):
        return f"assay {made}, another version than {version('assay')}"
    return "" if signing is not None and signing.build == build() else f"another build of assay {made}"


def report_problem(folder: Path, record: Audit, drawn: Gate, signing: Signing | None) -> Problem | None:
    """What is wrong with the HTML report, made again from the record."""
    from jinja2 import TemplateError

    from assay.attest.contents import FORGED
    from assay.attest.folder import Problem, printable

    proof = folder / "ledger" / "proof.txt"
    try:
        again = html(record, drawn, signing, proof.read_bytes() if proof.exists() else None)
    except (*FORGED, TemplateError) as error:
        return Problem("report.html", printable(f"cannot be made again from the record: {error}"))
    if again != (folder / "report.html").read_bytes():
        return Problem("report.html", "is not the report of this record")
    return None


def gate_problem(folder: Path, record: Audit, drawn: Gate, *, words: bool = True) -> Problem | None:
    """What is wrong with the gate, drawn again with the waivers of the bundle, or with those waivers.

    Without `words`, what it decides is compared and not how it is worded, which another build may do otherwise.
    """
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
    if (again != drawn) if words else (_wordless(again) != _wordless(drawn)):
        told = "is not the gate which the record and the waivers of the bundle give"
        return Problem("gate.json", f"{told}: it is {drawn.state}, drawn again it is {again.state}")
    return None


def _unwaived(folder: Path, drawn: Gate) -> Problem | None:
    """A waiver that the gate counts and no file of the bundle holds."""
    from assay.attest.contents import FORGED
    from assay.attest.folder import Problem, printable

    lines = [line for line in drawn.lines if line.waived_by is not None]
    try:
        waivers = [one for file in load_waiver_files(waiver_files(folder)) for one in file.decisions] if lines else []
    except FORGED as error:
        return Problem("gate.json", printable(f"counts waivers that cannot be read: {error}"))
    for line in lines:
        there = {part for one in waivers if one.control == line.finding for part in one.id.split(", ")}
        if not there.issuperset((line.waived_by or "").split(", ")):
            told = f"counts the waiver {line.waived_by} of {line.finding}, which no file of the bundle holds"
            return Problem("gate.json", printable(told))
    return None


def _wordless(gate: Gate) -> Gate:
    """The gate without the sentences in it."""
    lines = tuple(line.model_copy(update={"why": ""}) for line in gate.lines)
    waivers = tuple(state.model_copy(update={"why": "", "warning": None}) for state in gate.waivers)
    return gate.model_copy(update={"why": (), "lines": lines, "waivers": waivers})
