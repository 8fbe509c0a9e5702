"""What to do next: the few things that would open the gate or keep it open, from the gate's lines and the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assay.record.audit import Audit
from assay.record.finding import Finding, Judgement
from assay.record.gate import Gate, GateLine
from assay.report.requirement import counted
from assay.report.rows import MOST_PEOPLE
from assay.report.words import count, enumeration, sentence

MOST_NAMED = 4
_WAYS = {
    "evidence_stale": "Renew the evidence of {}, which is too old",
    "estimate_unstable": "Measure {} on data that give a stable number",
    "estimate_undefined": "Find out why the number of {} is not defined for these data",
}


def names_of(findings: Sequence[Finding]) -> dict[str, str]:
    """What to call each finding: its control, with the policy where two policies have one of that name."""
    often = Counter(finding.control for finding in findings)
    return {f.id: f.control if often[f.control] == 1 else f.id for f in findings}


def steps(audit: Audit, gate: Gate, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """One sentence each, what closes the gate first. `names`: what to call the findings."""
    names = names_of(audit.findings) if names is None else names
    findings = {f.id: f.model_copy(update={"control": names[f.id]}) for f in audit.findings}
    closing = [line for line in gate.lines if line.effect in ("block", "sign_off") and line.finding in findings]
    told = [*_closing(audit, closing, findings), *_warning(gate, findings)]
    told += [f"Waiver {state.id}: {state.warning}" for state in gate.waivers if state.holds and state.warning]
    if gate.as_of is not None and gate.state == "closed":
        told.append("Audit again without a date of the past or the future: such an audit opens no production gate")
    if not told:
        told.append("Nothing. Keep this report with the model" if gate.state == "open" else "See “The gate”")
    return tuple(sentence(text) for text in told)


def _closing(audit: Audit, lines: Sequence[GateLine], findings: dict[str, Finding]) -> Iterator[str]:
    own = [(line, findings[line.finding]) for line in lines]
    errors = [finding for _, finding in own if finding.outcome == "error"]
    if errors:
        yield f"Mend what made {_named(errors)} end with an error, and audit again"
    fails = [(line.finding, each) for line, each in own if line.outcome == "fail" or line.attested == "fail"]
    firm = {e.control for policy in audit.policies for e in policy.enforcements if not e.waivable}
    for waivable in (False, True):
        some = [finding for key, finding in fails if (key not in firm) is waivable]
        if some:
            way = ", or have a dated waiver approved" if waivable else "; no waiver is accepted for it"
            yield f"Mend what {_named(some)} found{way}"
    failed = {key for key, _ in fails}
    undecided = [(line, each) for line, each in own if each.outcome == "inconclusive" and line.finding not in failed]
    yield from _undecided([finding for _, finding in undecided])
    off = [finding for line, finding in undecided if line.effect == "sign_off"]
    if off:
        yield f"Or have {_named(off)} signed off by somebody who may decide to go on without an answer"


def _undecided(findings: Sequence[Finding]) -> Iterator[str]:
    """What would decide an inconclusive finding, by the reason why it is not decided."""
    by = {reason: [f for f in findings if f.reason == reason] for reason in dict.fromkeys(f.reason for f in findings)}
    more = [f for reason in ("sample_too_small", "interval_straddles") for f in by.get(reason, [])]
    if more:
        yield f"Measure {_named(more)} on more data{people_needed(more)}"
    lacking = [f for reason in ("evidence_missing", "applicability_unknown") for f in by.get(reason, [])]
    if lacking:
        missing = list(dict.fromkeys(text for f in lacking for text in _missing(f)))
        yield f"Provide what {_named(lacking)} asked for{f': {_listed(missing)}' if missing else ''}"
    pending = by.get("attestation_pending", [])
    if pending:
        roles = list(dict.fromkeys(role for f in pending if f.attest for role in f.attest.roles or ()))
        who = f"somebody in the role {_listed(roles, 'or')}" if roles else "somebody who knows"
        yield f"Have {who} attest, signed, what {_named(pending)} asked"
    for reason, way in _WAYS.items():
        if by.get(reason):  # type: ignore[call-overload]
            yield way.format(_named(by[reason]))  # type: ignore[index]


def people_needed(findings: Sequence[Finding]) -> str:
    """How many people or rows would decide all that is undecided, as far as the record says."""
    judged: list[Judgement] = [j for f in findings for j in f.judgements if j.people_to_decide is not None]
    amounts = sorted({j.people_to_decide for j in judged if j.people_to_decide is not None})
    if not amounts:
        return ""
    if amounts[0] > MOST_PEOPLE:
        return f", of which it takes more than {count(MOST_PEOPLE)} in a group"
    if amounts[-1] > MOST_PEOPLE:
        return f"; for some groups it takes more than {count(MOST_PEOPLE)} people, which may never be had"
    noun = counted(next(f for f in findings if any(j.people_to_decide for j in f.judgements)))
    return f": about {count(amounts[-1])} {noun} in {'the' if len(amounts) == 1 else 'every'} group would decide"


def _missing(finding: Finding) -> Iterator[str]:
    yield from finding.measured.missing
    for reading in (finding.requirement, finding.applicability):
        yield from reading.missing if reading is not None else ()


def _warning(gate: Gate, findings: dict[str, Finding]) -> Iterator[str]:
    warned = [findings[line.finding] for line in gate.lines if line.effect == "warn" and line.finding in findings]
    if warned:
        yield f"Look at {_named(warned)}, which the policy lets pass with a warning"


def _named(findings: Sequence[Finding]) -> str:
    return _listed([finding.control for finding in findings])


def _listed(names: Sequence[str], last: str = "and") -> str:
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} {last} {count(len(names) - MOST_NAMED)} more"
    return enumeration(names) if last == "and" else f" {last} ".join(names)
