"""Audit and gate as a plain view model: templates only lay out what is prepared here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.gate import Effect, Gate
from assay.record.policy import TIERS, Stage
from assay.record.said import at
from assay.record.signature import Signing
from assay.report.language import gettext, message, named
from assay.report.methodology import Method, methods
from assay.report.outline import Chapter, chapters, counted_fact
from assay.report.policies import PolicyRow, policy_row
from assay.report.provenance import FileRow, confinement, file_row, second_computation, table_row
from assay.report.section import Section, section
from assay.report.signatures import SignaturePage, signature_page
from assay.report.steps import names_of, steps
from assay.report.verdict import Tally, summary_of, tallies, verdict, why
from assay.report.waivers import StatementRow, WaiverRow, statement_rows, waiver_rows
from assay.report.words import (
    EXIT_CODES,
    LEVELS,
    STAGES,
    day,
    enumeration,
    hexadecimal,
    moment,
    sentence,
    shortened,
)

_BLOCKING_FIRST: tuple[Effect, ...] = ("block", "sign_off", "warn", "inform", "none")
MOST_FINDINGS, MOST_CLOSING = 24, 40
"""Lines of the summary; every control stands in the control matrix."""
LONGEST_NAME = 64
"""Letters of a model's name and version in the head of each page."""
UNVERSIONED = "unversioned"
"""What the command line calls the version of a bare data file."""
_UNKNOWN = message("unknown")


@dataclass(frozen=True)
class Report:
    """Everything the template prints."""

    organisation: str | None
    """Whose model it is, as the manifest says."""
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
    owners: str
    policies: tuple[PolicyRow, ...]
    purpose: str | None
    """What the model is for, in the words of the manifest."""
    people: str | None
    """How many people the test data hold."""
    blocking: tuple[Section, ...]
    """What keeps the gate closed."""
    findings: tuple[Section, ...]
    """What the summary prints a line of: all that does not pass, or, where that is a wall, what closes the gate."""
    others: tuple[tuple[str, tuple[Section, ...]], ...]
    """Outcome and effect → the controls that the summary only names."""
    steps: tuple[str, ...]
    """What to do next, the most urgent first."""
    chapters: tuple[Chapter, ...]
    sections: tuple[Section, ...]
    """Every control that applies, what blocks first."""
    not_applicable: tuple[Section, ...]
    inapplicable: tuple[tuple[str, tuple[Section, ...]], ...]
    """Reason → the controls that do not apply for it."""
    said: tuple[StatementRow, ...]
    """Attestations and sign-offs."""
    methods: tuple[Method, ...]
    """Every check that measured something, as it describes itself."""
    waivers: tuple[WaiverRow, ...]
    second: str
    files: tuple[FileRow, ...]
    evidence: tuple[FileRow, ...]
    versions: tuple[tuple[str, str], ...]
    confinement: tuple[tuple[str, str], ...]
    """What held the process that ran the model; nothing where none ran."""
    seed: str
    notes: tuple[str, ...]


def view(
    audit: Audit,
    gate: Gate,
    *,
    audit_digest: str,
    signing: Signing | None,
    ledger: str | None = None,
    shown: Callable[[str], str] = str,
) -> Report:
    """The report of this audit under this gate. Only record values go in; nothing is judged again.

    `shown` may lengthen texts, so that what is cut to a line is cut after it.
    """
    effects = {line.finding: line.effect for line in gate.lines}
    ordered = sorted(
        audit.findings,
        key=lambda f: (
            f.outcome in ("pass", "not_applicable"),
            _BLOCKING_FIRST.index(effects.get(f.id, "none")),
            WORST_FIRST.index(f.outcome),
            -TIERS.index(f.severity),
        ),
    )
    first, cited, same = _first_with_check(ordered), _first_with_citation(ordered), _first_with_numbers(ordered)
    names = names_of(audit.findings)
    sections = tuple(
        section(
            finding,
            f"control-{i}",
            audit,
            gate,
            method_at=first.get(finding.id),
            shared=_shared(audit, finding.policy),
            cited_at=cited.get(finding.id, {}),
            same_as=same.get(finding.id),
            name=names[finding.id],
            shown=shown,
            whole=f"audit.json (SHA-256 {hexadecimal(audit_digest)[:16]}\u2026)",
        )
        for i, finding in enumerate(ordered, 1)
    )
    subject, digest = audit.subject, hexadecimal(audit_digest)
    applying = tuple(s for s in sections if s.outcome != "not_applicable")
    summary = dict(subject.summary)
    found = tuple(s for s in applying if s.outcome != "pass" or s.does != "none")
    told = found if len(found) <= MOST_FINDINGS else tuple(s for s in found if s.closes)[:MOST_CLOSING]
    return Report(
        organisation=organisation_of(audit),
        model=subject.name,
        version=subject.version,
        versioned=versioned(subject.version),
        model_id=subject.id,
        running=shortened(shown(f"{subject.name} {subject.version}"), LONGEST_NAME),
        tier=gettext(LEVELS[subject.tier]) if subject.tier else gettext("not stated, treated as critical"),
        stage=_stage(subject.stage, gate.stage),
        open=gate.state == "open",
        verdict=verdict(gate),
        verdict_why=why(gate, sections),
        reasons=tuple(_reason(reason, sections) for reason in gate.why),
        exit_code=gate.exit_code,
        exit_meaning=gettext(EXIT_CODES.get(gate.exit_code, _UNKNOWN)),
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
        summary=summary_of(sections),
        tallies=tallies(sections),
        owners=enumeration(dict.fromkeys(_person(p.name or p.id, p.role) for p in subject.owners)),
        policies=tuple(policy_row(policy, _shared(audit, policy.id)) for policy in audit.policies),
        purpose=summary.get("Purpose"),
        people=counted_fact(summary["People in the test data"]) if "People in the test data" in summary else None,
        blocking=tuple(s for s in applying if s.closes),
        findings=told,
        others=_by_effect([s for s in applying if s not in told]),
        steps=steps(audit, gate, names),
        chapters=chapters(audit, applying),
        sections=applying,
        not_applicable=tuple(s for s in sections if s.outcome == "not_applicable"),
        inapplicable=_by_reason(sections),
        said=statement_rows(gate),
        methods=methods(audit.findings),
        waivers=waiver_rows(gate),
        second=second_computation(audit.second_computation),
        files=tuple(file_row(file) for file in (*subject.files, *audit.waiver_files)),
        evidence=tuple(table_row(file) for file in audit.evidence),
        versions=tuple(audit.versions.items()),
        confinement=confinement(audit),
        seed=sentence(audit.seed),
        notes=tuple(sentence(note) for note in audit.notes),
    )


def _by_effect(sections: list[Section]) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    found: dict[str, list[Section]] = {}
    for one in sections:
        what = gettext("pass, each folded in its part") if one.outcome == "pass" and one.does == "none" else gettext(
            "%(outcome)s, effect on the gate: %(effect)s",
            outcome=one.word + (f" ({one.flag})" if one.flag else ""), effect=one.effect,
        )  # fmt: skip
        found.setdefault(what, []).append(one)
    return tuple((what, tuple(some)) for what, some in found.items())


def _by_reason(sections: tuple[Section, ...]) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    found: dict[str, list[Section]] = {}
    for one in sections:
        if one.outcome == "not_applicable":
            found.setdefault(one.sentence, []).append(one)
    return tuple((reason, tuple(some)) for reason, some in found.items())


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


def _first_with_numbers(ordered: list[Finding]) -> dict[str, str]:
    """Finding → the earlier control that measured exactly the same, as policies do that ask for one thing twice."""
    printed: list[Finding] = []
    repeated = {}
    for finding in ordered:
        if finding.check is None or not finding.measured.exhibits:
            continue
        earlier = next(
            (f for f in printed if f.measured == finding.measured and f.mitigation == finding.mitigation), None
        )
        if earlier is not None:
            repeated[finding.id] = gettext("%(control)s of %(policy)s", control=earlier.control, policy=earlier.policy)
        else:
            printed.append(finding)
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
        rest = reason.removeprefix(f"{found.key}: ")
        if rest != reason:
            return f"{found.control}, \u201c{found.title}\u201d: {rest}."
    return sentence(reason)


def iso(value: datetime) -> str:
    """`2026-03-31T12:00:00Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


LAW_AT = (
    message("asked for"), message("the last day of the test data"), message("the last day of the production data"),
    message("the day of the audit"),
)  # fmt: skip
"""How the day was chosen whose law is applied."""


def _law(audit: Audit) -> str | None:
    law = audit.law_at
    return None if law.day == audit.at.date() else f"{day(law.day)}, {named(law.why)}"


def organisation_of(audit: Audit) -> str | None:
    """Whose model it is, as the manifest says."""
    name = at(audit.manifest, "organisation.name")
    return name if isinstance(name, str) else None


def versioned(version: str) -> str:
    """`version 1.0.0`, or that there is none."""
    return gettext("no version stated") if version == UNVERSIONED else gettext("version %(version)s", version=version)


def _stage(stated: Stage | None, drawn: Stage) -> str:
    if stated is not None:
        return gettext(STAGES[stated])
    return gettext("not stated; the gate is drawn for %(stage)s", stage=gettext(STAGES[drawn]))


def _person(name: str, role: str | None) -> str:
    return f"{name} ({named(role)})" if role else name
