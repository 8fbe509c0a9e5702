"""What to do next: the few things that would open the gate or keep it open, from the gate's lines and the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assay.record.audit import Audit
from assay.record.finding import Finding, Judgement
from assay.record.gate import Gate, GateLine
from assay.report.language import gettext, message
from assay.report.requirement import COUNTED, counted
from assay.report.rows import MOST_PEOPLE
from assay.report.words import count, enumeration, sentence

MOST_NAMED = 4
_WAYS = {
    "evidence_stale": message("Renew the evidence of %(controls)s, which is too old"),
    "estimate_unstable": message("Measure %(controls)s on data that give a stable number"),
    "estimate_undefined": message("Find out why the number of %(controls)s is not defined for these data"),
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
    told += [
        gettext("Waiver %(id)s: %(warning)s", id=state.id, warning=state.warning)
        for state in gate.waivers
        if state.holds and state.warning
    ]
    if gate.as_of is not None and gate.state == "closed":
        told.append(
            gettext("Audit again without a date of the past or the future: such an audit opens no production gate")
        )
    if not told and gate.state == "open":
        told.append(gettext("Nothing. Keep this report with the model"))
    elif not told:
        told.append(gettext("See “The gate”"))
    return tuple(sentence(text) for text in told)


def _closing(audit: Audit, lines: Sequence[GateLine], findings: dict[str, Finding]) -> Iterator[str]:
    own = [(line, findings[line.finding]) for line in lines]
    errors = [finding for _, finding in own if finding.outcome == "error"]
    if errors:
        yield gettext("Mend what made %(controls)s end with an error, and audit again", controls=_named(errors))
    fails = [(line.finding, each) for line, each in own if line.outcome == "fail" or line.attested == "fail"]
    firm = {e.control for policy in audit.policies for e in policy.enforcements if not e.waivable}
    for waivable in (False, True):
        some = [finding for key, finding in fails if (key not in firm) is waivable]
        if some:
            yield (
                gettext("Mend what %(controls)s found, or have a dated waiver approved", controls=_named(some))
                if waivable
                else gettext("Mend what %(controls)s found; no waiver is accepted for it", controls=_named(some))
            )
    failed = {key for key, _ in fails}
    undecided = [(line, each) for line, each in own if each.outcome == "inconclusive" and line.finding not in failed]
    yield from _undecided([finding for _, finding in undecided])
    off = [finding for line, finding in undecided if line.effect == "sign_off"]
    if off:
        yield gettext(
            "Or have %(controls)s signed off by somebody who may decide to go on without an answer",
            controls=_named(off),
        )


def _undecided(findings: Sequence[Finding]) -> Iterator[str]:
    """What would decide an inconclusive finding, by the reason why it is not decided."""
    by = {reason: [f for f in findings if f.reason == reason] for reason in dict.fromkeys(f.reason for f in findings)}
    more = [f for reason in ("sample_too_small", "interval_straddles") for f in by.get(reason, [])]
    if more:
        yield gettext("Measure %(controls)s on more data", controls=_named(more)) + people_needed(more)
    lacking = [f for reason in ("evidence_missing", "applicability_unknown") for f in by.get(reason, [])]
    if lacking:
        missing = list(dict.fromkeys(text for f in lacking for text in _missing(f)))
        yield gettext("Provide what %(controls)s asked for", controls=_named(lacking)) + (
            f": {_listed(missing)}" if missing else ""
        )
    pending = by.get("attestation_pending", [])
    if pending:
        roles = list(dict.fromkeys(role for f in pending if f.attest for role in f.attest.roles or ()))
        if roles:
            yield gettext(
                "Have somebody in the role %(roles)s attest, signed, what %(controls)s asked",
                roles=_either(roles), controls=_named(pending),
            )  # fmt: skip
        else:
            yield gettext("Have somebody who knows attest, signed, what %(controls)s asked", controls=_named(pending))
    for reason, way in _WAYS.items():
        if by.get(reason):  # type: ignore[call-overload]
            yield gettext(way, controls=_named(by[reason]))  # type: ignore[index]


def people_needed(findings: Sequence[Finding]) -> str:
    """How many people or rows would decide all that is undecided, as far as the record says."""
    judged: list[Judgement] = [j for f in findings for j in f.judgements if j.people_to_decide is not None]
    amounts = sorted({j.people_to_decide for j in judged if j.people_to_decide is not None})
    if not amounts:
        return ""
    if amounts[0] > MOST_PEOPLE:
        return gettext(", of which it takes more than %(n)s in a group", n=count(MOST_PEOPLE))
    if amounts[-1] > MOST_PEOPLE:
        return gettext(
            "; for some groups it takes more than %(n)s people, which may never be had", n=count(MOST_PEOPLE)
        )
    noun = counted(next(f for f in findings if any(j.people_to_decide for j in f.judgements)))
    n, people = count(amounts[-1]), gettext(COUNTED[noun])
    if len(amounts) == 1:
        return gettext(": about %(n)s %(people)s in the group would decide", n=n, people=people)
    return gettext(": about %(n)s %(people)s in every group would decide", n=n, people=people)


def _missing(finding: Finding) -> Iterator[str]:
    yield from finding.measured.missing
    for reading in (finding.requirement, finding.applicability):
        yield from reading.missing if reading is not None else ()


def _warning(gate: Gate, findings: dict[str, Finding]) -> Iterator[str]:
    warned = [findings[line.finding] for line in gate.lines if line.effect == "warn" and line.finding in findings]
    if warned:
        yield gettext("Look at %(controls)s, which the policy lets pass with a warning", controls=_named(warned))


def _named(findings: Sequence[Finding]) -> str:
    return _listed([finding.control for finding in findings])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    if more > 0:
        return gettext("%(names)s and %(n)s more", names=", ".join(names[:MOST_NAMED]), n=count(more))
    return enumeration(names)


def _either(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    if more > 0:
        return gettext("%(names)s or %(n)s more", names=", ".join(names[:MOST_NAMED]), n=count(more))
    return gettext(" or ").join(names)
