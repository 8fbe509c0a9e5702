"""Audit and gate as a plain view model: templates only lay out what is prepared here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from assay.record.audit import Audit, FileDigest, SecondComputation
from assay.record.finding import WORST_FIRST, Finding, Outcome
from assay.record.gate import Gate
from assay.record.policy import TIERS
from assay.record.signature import Signing
from assay.report.policies import PolicyRow, policy_row
from assay.report.section import Section, section
from assay.report.signatures import SignaturePage, signature_page
from assay.report.waivers import WaiverRow, waiver_rows
from assay.report.words import (
    EXIT_CODES,
    OUTCOMES,
    SYMBOLS,
    count,
    day,
    enumeration,
    hexadecimal,
    moment,
    number,
    plain,
    plural,
    sentence,
    title,
)

UNVERSIONED = "unversioned"
"""What the command line calls the version of a bare data file."""


@dataclass(frozen=True)
class Tally:
    """How many controls have an outcome."""

    outcome: Outcome
    word: str
    symbol: str
    amount: int


@dataclass(frozen=True)
class FileRow:
    """A file by digest."""

    role: str
    path: str
    digest: str


@dataclass(frozen=True)
class Report:
    """Everything the template prints."""

    model: str
    version: str
    versioned: str
    """`version 1.0.0`, or that there is none."""
    model_id: str
    running: str
    tier: str
    stage: str
    open: bool
    verdict: str
    verdict_why: str
    reasons: tuple[str, ...]
    exit_code: int
    exit_meaning: str
    as_of: str | None
    at: str
    law: str | None
    """The day whose law was applied, where it is not the day of the audit."""
    created: str
    signer: str | None
    signatures: SignaturePage
    audit_id: str
    digest: str
    short_digest: str
    subject_digest: str
    summary: str
    tallies: tuple[Tally, ...]
    facts: tuple[tuple[str, str], ...]
    owners: str
    policies: tuple[PolicyRow, ...]
    sections: tuple[Section, ...]
    not_applicable: tuple[Section, ...]
    waivers: tuple[WaiverRow, ...]
    second: str
    files: tuple[FileRow, ...]
    measured: tuple[FileRow, ...]
    """The data and the model among the files."""
    evidence: tuple[FileRow, ...]
    versions: tuple[tuple[str, str], ...]
    confinement: tuple[tuple[str, str], ...]
    """What held the process that ran the model; nothing where none ran."""
    seed: str
    notes: tuple[str, ...]


def view(audit: Audit, gate: Gate, *, audit_digest: str, signing: Signing | None, ledger: str | None = None) -> Report:
    """The report of this audit under this gate. Only record values go in; nothing is judged again."""
    ordered = sorted(audit.findings, key=lambda f: (WORST_FIRST.index(f.outcome), -TIERS.index(f.severity)))
    first, cited = _first_with_check(ordered), _first_with_citation(ordered)
    sections = tuple(
        section(
            finding,
            f"control-{i}",
            audit,
            gate,
            method_at=first.get(finding.id),
            shared=_shared(audit, finding.policy),
            cited_at=cited.get(finding.id, {}),
        )
        for i, finding in enumerate(ordered, 1)
    )
    subject = audit.subject
    digest = hexadecimal(audit_digest)
    return Report(
        model=subject.name,
        version=subject.version,
        versioned="no version stated" if subject.version == UNVERSIONED else f"version {subject.version}",
        model_id=subject.id,
        running=_shortened(f"{subject.name} {subject.version}", 64),
        tier=subject.tier or "not stated, treated as critical",
        stage=subject.stage or f"not stated; the gate is drawn for {gate.stage}",
        open=gate.state == "open",
        verdict=f"{gate.state.upper()} for {gate.stage}",
        verdict_why=_why(gate, sections),
        reasons=tuple(_reason(reason, sections) for reason in gate.why),
        exit_code=gate.exit_code,
        exit_meaning=EXIT_CODES.get(gate.exit_code, "unknown"),
        as_of=gate.as_of,
        at=moment(audit.at),
        law=_law(audit),
        created=iso(audit.at),
        signer=None if signing is None else signing.name,
        signatures=signature_page(audit, signing, ledger),
        audit_id=audit.id,
        digest=digest,
        short_digest=digest[:12],
        subject_digest=hexadecimal(subject.digest),
        summary=_summary(sections),
        tallies=_tallies(sections),
        facts=tuple((title(name), _fact(value)) for name, value in subject.summary),
        owners=enumeration(dict.fromkeys(_person(p.name or p.id, p.role) for p in subject.owners)),
        policies=tuple(policy_row(policy, _shared(audit, policy.id)) for policy in audit.policies),
        sections=tuple(s for s in sections if s.outcome != "not_applicable"),
        not_applicable=tuple(s for s in sections if s.outcome == "not_applicable"),
        waivers=waiver_rows(gate),
        second=_second(audit.second_computation),
        files=tuple(_file(file) for file in (*subject.files, *audit.waiver_files)),
        measured=tuple(_measured(file) for file in subject.files if file.role.split(".")[0] in ("data", "model")),
        evidence=tuple(_table(file) for file in audit.evidence),
        versions=tuple(audit.versions.items()),
        confinement=_confinement(audit),
        seed=sentence(audit.seed),
        notes=tuple(sentence(note) for note in audit.notes),
    )


def _confinement(audit: Audit) -> tuple[tuple[str, str], ...]:
    if audit.confinement is None:
        return ()
    return tuple((title(name), sentence(told)) for name, told in audit.confinement.model_dump().items())


def _first_with_check(ordered: list[Finding]) -> dict[str, str]:
    """Finding → the control that prints its method already."""
    printed: dict[tuple[str, str], str] = {}
    repeated = {}
    for finding in ordered:
        if finding.check is None or finding.outcome == "not_applicable":
            continue
        key = (finding.check.id, finding.check.docstring)
        if key in printed:
            repeated[finding.id] = printed[key]
        else:
            printed[key] = finding.control
    return repeated


def _first_with_citation(ordered: list[Finding]) -> dict[str, dict[str, str]]:
    """Finding → reference → the earlier control of the same policy that prints its words."""
    printed: dict[tuple[str, str], str] = {}
    repeated: dict[str, dict[str, str]] = {}
    for finding in ordered:
        for citation in finding.citations if finding.outcome != "not_applicable" else ():
            key = (finding.policy, citation.ref)
            if key in printed:
                repeated.setdefault(finding.id, {})[citation.ref] = printed[key]
            else:
                printed[key] = finding.control
    return repeated


def _shared(audit: Audit, policy: str) -> str | None:
    """Why all evaluated controls of the policy apply, where they all say the same."""
    readings = {
        finding.applicability.sentence if finding.applicability else None
        for finding in audit.findings
        if finding.policy == policy and finding.outcome != "not_applicable"
    }
    return readings.pop() if len(readings) == 1 else None


def _reason(reason: str, sections: tuple[Section, ...]) -> str:
    """A reason of the gate with the control's title."""
    for found in sections:
        rest = reason.removeprefix(f"{found.policy}/{found.control}: ")
        if rest != reason:
            return f"{found.control}, \u201c{found.title}\u201d: {rest}."
    return sentence(reason)


def iso(value: datetime) -> str:
    """`2026-03-31T12:00:00Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _why(gate: Gate, sections: tuple[Section, ...]) -> str:
    """One plain sentence: which controls close the gate, or why it is open."""
    closing = {line.finding: line.outcome for line in gate.lines if line.effect in ("block", "sign_off")}
    parts = []
    for outcome, verb in (("error", "could not be evaluated"), ("fail", "fails"), ("inconclusive", "is inconclusive")):
        names = [s.control for s in sections if closing.get(f"{s.policy}/{s.control}") == outcome]
        if names:
            many = {"fails": "fail", "is inconclusive": "are inconclusive"}.get(verb, verb)
            parts.append(f"{plural(len(names), 'control')} {verb if len(names) == 1 else many} ({_named(names)})")
    if gate.state == "closed":
        parts += [why for why in gate.why if why.split(":")[0] not in closing]
        return sentence(f"It is closed because {enumeration(parts)}") if parts else "It is closed."
    return sentence("".join(gate.why[:1]))


def _named(names: list[str], most: int = 4) -> str:
    more = [f"{count(len(names) - most)} more"] if len(names) > most else []
    return enumeration(names[:most] + more)


def _tallies(sections: tuple[Section, ...]) -> tuple[Tally, ...]:
    order: tuple[Outcome, ...] = ("pass", "fail", "inconclusive", "error", "not_applicable")
    amounts = {outcome: sum(s.outcome == outcome for s in sections) for outcome in order}
    return tuple(
        Tally(outcome, OUTCOMES[outcome], SYMBOLS[outcome], amount)
        for outcome, amount in amounts.items()
        if amount or outcome in ("pass", "fail", "inconclusive")
    )


def _summary(sections: tuple[Section, ...]) -> str:
    """`12 controls: 5 pass, 2 fail (1 waived), 3 inconclusive, 2 not applicable`."""
    parts = []
    for tally in _tallies(sections):
        waived = sum(s.waiver_holds for s in sections if s.outcome == tally.outcome)
        flag = f" ({count(waived)} waived)" if waived else ""
        parts.append(f"{count(tally.amount)} {tally.word}{flag}")
    return f"{plural(len(sections), 'control')}: {', '.join(parts)}"


def _law(audit: Audit) -> str | None:
    law = audit.law_at
    return None if law.day == audit.at.date() else f"{day(law.day)}, {law.why}"


def _file(file: FileDigest) -> FileRow:
    role = " ".join(plain(part) for part in file.role.replace("_", " ").split("."))
    return FileRow(role, file.path, hexadecimal(file.digest))


def _table(file: FileDigest) -> FileRow:
    return FileRow(_shortened(file.role, 300), file.path, hexadecimal(file.digest))


def _measured(file: FileDigest) -> FileRow:
    kind, _, name = file.role.partition(".")
    role = title(f"{name} data") if kind == "data" and name else title(f"{kind} file")
    return FileRow(role, file.path, hexadecimal(file.digest))


def _second(second: SecondComputation | None) -> str:
    if second is None or not second.compared:
        return "No group metric was computed a second time, because no control of this audit compares groups."
    told = (
        f"{second.library} {second.version} computed {plural(second.compared, 'group metric')} again from the same "
        f"counts. The largest difference is {number(second.largest_difference)}."
    )
    told += " The two computations agree." if second.agrees else " THE TWO COMPUTATIONS DO NOT AGREE."
    if second.left_out:
        told += f" Left out, because the metric is not defined there: {'; '.join(second.left_out)}."
    return told


def _fact(value: str) -> str:
    return count(int(value)) if value.isascii() and value.isdigit() else value


def _person(name: str, role: str | None) -> str:
    return f"{name} ({role})" if role else name


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
