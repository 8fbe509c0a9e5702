"""Whether the files of a bundle agree with each other: record, gate, reports, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from assay.attest import layout
from assay.attest.canonical import canonical
from assay.attest.folder import Folder, Problem, printable
from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.gate import Gate, GateLine
from assay.record.waiver import WaiverState

LARGEST_RECORD = 64_000_000
LARGEST_HTML = 64_000_000

FORGED = (AssayError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, AssertionError)
"""What verdict/ may raise on a record which no check could have measured."""

_TAG = re.compile(rb"<[^<>]*>")
_BLANK = re.compile(rb"\s+")


@dataclass(frozen=True)
class Contents:
    """What could be read."""

    audit: Audit | None
    gate: Gate | None
    problems: tuple[Problem, ...]


def check_contents(folder: Folder) -> Contents:
    """Read the record and the gate and compare everything that must agree with them."""
    problems: list[Problem] = []
    audit = _read(folder, layout.AUDIT, Audit, problems)
    gate = _read(folder, layout.GATE, Gate, problems)
    problems += _sums(folder)
    digest = folder.digests.get(layout.AUDIT)
    if digest is not None:
        problems += _html(folder, digest)
    if gate is not None and digest is not None and gate.audit != digest:
        problems.append(Problem(layout.GATE, "was drawn from another audit.json"))
    if audit is not None:
        problems += [*_named_files(folder, audit), *check_outcomes(audit)]
        if gate is not None:
            problems += [*check_gate(audit, gate), *_waiver_files(folder, audit, gate)]
    return Contents(audit, gate, tuple(problems))


M = TypeVar("M", bound=BaseModel)


def _read(folder: Folder, name: str, model: type[M], problems: list[Problem]) -> M | None:
    if name not in folder.digests:
        problems.append(Problem(name, "is missing"))
        return None
    try:
        data = folder.read(name, at_most=LARGEST_RECORD)
    except (OSError, ValueError) as error:
        problems.append(Problem(name, f"cannot be read: {error}"))
        return None
    return read_record(data, name, model, problems)


def read_record(data: bytes, name: str, model: type[M], problems: list[Problem]) -> M | None:
    """Read record or gate from their bytes; what is wrong with them is added to the problems."""
    try:
        value = model.model_validate_json(data, strict=True)
        if canonical(value) != data:
            problems.append(Problem(name, "is not in canonical form (RFC 8785)"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        problems.append(Problem(name, f"is not a valid {model.__name__.lower()}: {place}: {first['msg'][:200]}"))
        return None
    except AssayError as error:
        problems.append(Problem(name, error.what))
        return None
    except (ValueError, RecursionError) as error:
        problems.append(Problem(name, f"cannot be read: {error}"))
        return None
    return value


def _sums(folder: Folder) -> Iterator[Problem]:
    """SHA256SUMS of each round lists every file up to that round but itself and META-INF, in the one form written."""
    if layout.SUMS not in folder.digests:
        yield Problem(layout.SUMS, "is missing")
    for own in folder.digests:
        if own == layout.SUMS or (own.startswith(layout.SUMS) and layout.round_of(own)):
            yield from _sums_of(folder, own, layout.round_of(own) or 1)


def _sums_of(folder: Folder, own: str, number: int) -> Iterator[Problem]:
    expected = {
        name: f"{digest.removeprefix('sha256:')}  {name}"
        for name, digest in folder.digests.items()
        if name != own and not name.startswith("META-INF/") and (layout.round_of(name) or 1) <= number
    }
    try:
        lines = folder.read(own, at_most=16_000_000).decode("ascii").splitlines()
    except (OSError, ValueError) as error:
        yield Problem(own, f"cannot be read: {error}")
        return
    there = set(lines)
    for name, line in expected.items():
        if line not in there:
            yield Problem(name, f"does not have the digest that {own} gives, or is not listed there")
    wanted = set(expected.values())
    for line in lines:
        if line not in wanted:
            yield Problem(printable(line[66:]) or own, f"stands in {own} otherwise than on disk")


def _html(folder: Folder, digest: str) -> Iterator[Problem]:
    """The report prints the digest of the record it reports, as text."""
    if layout.HTML not in folder.digests:
        yield Problem(layout.HTML, "is missing")
        return
    try:
        page = folder.read(layout.HTML, at_most=LARGEST_HTML)
    except (OSError, ValueError) as error:
        yield Problem(layout.HTML, f"cannot be read: {error}")
        return
    text = _BLANK.sub(b"", _TAG.sub(b"", page))
    if digest.removeprefix("sha256:").encode() not in text:
        yield Problem(layout.HTML, "does not print the digest of audit.json; it reports another record")


def _named_files(folder: Folder, audit: Audit) -> Iterator[Problem]:
    """Evidence and policies are those which the record names by digest."""
    named = {one.path: one.digest for one in audit.evidence} | {one.path: one.digest for one in audit.policies}
    for name, digest in named.items():
        if not layout.is_safe_name(name):
            yield Problem(layout.AUDIT, f"names {name[:100]!r}, which is no file of a bundle")
        elif name not in folder.digests:
            yield Problem(name, "is missing, though audit.json names it")
        elif folder.digests[name] != digest:
            yield Problem(name, "does not have the digest that audit.json gives")
    for name in folder.digests:
        if name.startswith("evidence/") and name not in named:
            yield Problem(name, "is evidence that audit.json does not name")


def check_outcomes(audit: Audit) -> Iterator[Problem]:
    """Every outcome follows from the stored estimates."""
    from assay.verdict.replay import differences

    try:
        for difference in differences(audit):
            yield Problem(layout.AUDIT, printable(f"an outcome does not follow from its estimates: {difference}"))
    except FORGED as error:
        yield Problem(layout.AUDIT, printable(f"its outcomes cannot be worked out again ({error!r})"))


def check_gate(audit: Audit, gate: Gate) -> Iterator[Problem]:
    """The gate is the one which the record gives; only waivers that hold may have changed what a line of it does.

    The words of its reasons are those of the build that drew it: only the same build can compare them.
    """
    from assay.verdict.gate import draw_gate

    outcomes = [(finding.id, finding.outcome) for finding in audit.findings]
    if outcomes != [(line.finding, line.outcome) for line in gate.lines]:
        yield Problem(layout.GATE, "does not list the findings of audit.json with their outcomes")
        return
    try:
        drawn = draw_gate(audit, audit_digest=gate.audit, stage=gate.stage, at=gate.at, made=gate.made)
    except FORGED as error:
        yield Problem(layout.GATE, printable(f"cannot be drawn again ({type(error).__name__}: {error})"))
        return
    for line, again in zip(gate.lines, drawn.lines, strict=True):
        if (told := _line_problem(line, again, gate.waivers)) is not None:
            yield Problem(layout.GATE, printable(told))
    waived = {line.finding for line in gate.lines if line.waived_by is not None}
    if not waived and (gate.state, gate.exit_code) != (drawn.state, drawn.exit_code):
        yield Problem(layout.GATE, f"is {gate.state} (exit code {gate.exit_code}); drawn again it is {drawn.state}")
    if gate.as_of != drawn.as_of:
        yield Problem(layout.GATE, "does not say when it was drawn and made as it should")
    if gate.attestations or gate.sign_offs or gate.signatures or any(state.verified for state in gate.waivers):
        yield Problem(layout.GATE, "claims what people signed, and no gate in a bundle knows whom to believe")
    blocked = any(line.effect in ("block", "sign_off") for line in gate.lines)
    blocked |= drawn.state == "closed" and any(why.partition(": ")[0] not in waived for why in drawn.why)
    if (gate.state == "open") != (gate.exit_code == 0) or (gate.state == "open" and blocked):
        yield Problem(layout.GATE, f"contradicts itself: {gate.state}, exit code {gate.exit_code}")


def _line_problem(line: GateLine, again: GateLine, waivers: Sequence[WaiverState]) -> str | None:
    """What is wrong with a line, which without waivers is drawn `again`."""
    changed = line.model_copy(update={"why": again.why, "waived_by": None}) != again
    if line.waived_by is None:
        told = f"lets {line.finding} have the effect {line.effect}; it should be {again.effect}"
        return told if changed else None
    if changed and (line.effect, line.attested, line.signed_off_by) != ("none", None, None):
        return f"lets {line.finding} have the effect {line.effect}, which no waiver gives"
    mine = [state for state in waivers if state.control == line.finding and (state.holds or not changed)]
    named = {part for state in mine for part in state.id.split(", ")}  # an id may itself hold what divides them
    if not named.issuperset(line.waived_by.split(", ")):
        return f"says that {line.waived_by} waives {line.finding}, and lists no such waiver that holds"
    return None


def _waiver_files(folder: Folder, audit: Audit, gate: Gate) -> Iterator[Problem]:
    """What waives a finding stands in a file of the bundle which the record names by digest."""
    named = {file.digest for file in audit.waiver_files}
    there = {digest for name, digest in folder.digests.items() if name.startswith("policy/waivers/")}
    if any(line.waived_by is not None for line in gate.lines) and not named & there:
        yield Problem(layout.GATE, "counts waivers, and policy/waivers holds no file which audit.json names by digest")
