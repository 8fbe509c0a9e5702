"""One page for somebody who decides and is no statistician: the verdict, what stands in the way, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.gate import Gate, GateLine
from assay.record.policy import TIERS
from assay.record.said import at, lines
from assay.record.signature import Signing
from assay.report.plain import Told, told, worst_off
from assay.report.sheet import as_html, as_pdf, head, page, shortened
from assay.report.steps import people_needed
from assay.report.words import OUTCOMES, REASONS, SYMBOLS, count, day, enumeration, plural, sentence

MOST = 3
"""Controls that stand in the way, and of other lists, before "and … more"."""
MOST_NUMBERS = 4
_FAMILIES = ("fairness", "performance", "data", "explainability", "robustness", "uncertainty")
_LONG, _LINE, _SHORT, _NAME, _GROUP = 170, 106, 90, 66, 32
"""Letters of a text, a line, a title, a name and the name of a group: it is one page, whatever a manifest says."""
_CLOSING = ("block", "sign_off")


@dataclass(frozen=True)
class Obstacle:
    """Something that closes the gate."""

    title: str
    outcome: str
    symbol: str
    word: str
    found: str
    next: str


@dataclass(frozen=True)
class Number:
    """A number that matters, in words."""

    title: str
    symbol: str
    outcome: str
    word: str
    told: Told


@dataclass(frozen=True)
class Executive:
    """Everything on the page."""

    name: str
    open: bool
    verdict: str
    why: str
    counts: str
    as_of: str | None
    obstacles: tuple[Obstacle, ...]
    more: str
    beside: tuple[str, ...]
    """What does not stand in the way and is not well either."""
    numbers: tuple[Number, ...]
    concerns: tuple[tuple[str, str], ...]
    validity: tuple[tuple[str, str], ...]
    signer: str | None


def render_html(audit: Audit, gate: Gate | None, *, audit_digest: str, signing: Signing | None) -> str:
    """The page on screen. `audit_digest` is the SHA-256 of audit.json. Raises AssayError without a gate."""
    return as_html(lambda shown: _page(audit, gate, audit_digest, signing, shown))


def render_pdf(audit: Audit, gate: Gate | None, *, audit_digest: str, signing: Signing | None) -> bytes:
    """The page as one page of PDF."""
    return as_pdf(lambda shown: _page(audit, gate, audit_digest, signing, shown), audit, audit_digest)


def _page(audit: Audit, gate: Gate | None, digest: str, signing: Signing | None, shown: Callable[[str], str]) -> str:
    summary = executive(audit, gate, signing, shown)
    return page("executive", shown, head=replace(head(audit, digest, shown), model=summary.name), summary=summary)


def executive(audit: Audit, gate: Gate | None, signing: Signing | None, shown: Callable[[str], str]) -> Executive:
    """The page. Texts are cut after `shown`, which may make them longer. Raises AssayError without a gate."""
    if gate is None:
        hint = "The one-page summary tells a verdict; `assay audit` writes a gate beside the record."
        raise AssayError("the bundle holds no gate", where="gate.json", hint=hint)

    def cut(text: str, most: int = _LONG) -> str:
        return shortened(shown(" ".join(text.split())), most)

    order = {finding.id: finding for finding in _ordered(audit)}
    closing = [(order[line.finding], line) for line in _in_order(gate, order) if line.effect in _CLOSING]
    elsewhere = [why for why in gate.why if why.split(": ")[0] not in order] if not gate.open else []
    obstacles = [_obstacle(finding, line, audit, cut) for finding, line in closing]
    obstacles += [_unmet(why, cut) for why in elsewhere]
    beside = [_beside(order[line.finding], line, gate, cut) for line in _in_order(gate, order) if _is_beside(line)]
    return Executive(
        name=cut(audit.subject.name, _NAME),
        open=gate.open,
        verdict=f"The gate for {gate.stage} is {gate.state.upper()}",
        why=_why(gate, closing, elsewhere),
        counts=_counts(gate),
        as_of=gate.as_of,
        obstacles=tuple(obstacles[:MOST]),
        more=_more(len(obstacles)),
        beside=(*beside[:MOST], *([f"and {count(len(beside) - MOST)} more"] if len(beside) > MOST else [])),
        numbers=tuple(_numbers(list(order.values()), cut)),
        concerns=tuple((name, cut(text, _LINE)) for name, text in _concerns(audit, list(order.values()))),
        validity=tuple((name, cut(text, _LINE)) for name, text in _validity(audit, gate)),
        signer=cut(signing.name, _NAME) if signing else None,
    )


_Cut = Callable[..., str]


def _ordered(audit: Audit) -> list[Finding]:
    return sorted(audit.findings, key=lambda f: (WORST_FIRST.index(f.outcome), -TIERS.index(f.severity)))


def _in_order(gate: Gate, order: dict[str, Finding]) -> list[GateLine]:
    places = {finding: place for place, finding in enumerate(order)}
    known = [line for line in gate.lines if line.finding in order]
    return sorted(known, key=lambda line: (line.effect != "block", places[line.finding]))


def _why(gate: Gate, closing: list[tuple[Finding, GateLine]], elsewhere: list[str]) -> str:
    """How many controls close it, in one sentence; or that none does."""
    if gate.open:
        evaluated = sum(line.outcome != "not_applicable" for line in gate.lines)
        were = "was" if evaluated == 1 else "were"
        return f"Nothing that has to hold stands in the way. {plural(evaluated, 'control')} {were} evaluated."
    parts = []
    for outcome, one, many in (
        ("error", "could not be evaluated", "could not be evaluated"),
        ("fail", "is not met", "are not met"),
        ("inconclusive", "cannot be decided", "cannot be decided"),
    ):
        amount = sum(finding.outcome == outcome for finding, _ in closing)
        if amount:
            parts.append(f"{plural(amount, 'requirement')} {one if amount == 1 else many}")
    if elsewhere:
        parts.append(f"{plural(len(elsewhere), 'formal condition')} {'is' if len(elsewhere) == 1 else 'are'} open")
    return sentence(enumeration(parts)) if parts else "No requirement was evaluated."


def _counts(gate: Gate) -> str:
    """`16 controls: 3 fail (1 waived), 1 inconclusive, 11 pass, 1 not applicable`."""
    parts = []
    for outcome in WORST_FIRST:
        found = [line for line in gate.lines if line.outcome == outcome]
        waived = sum(line.waived_by is not None and line.effect == "none" for line in found)
        flag = f" ({count(waived)} waived)" if waived else ""
        parts += [f"{count(len(found))} {OUTCOMES[outcome]}{flag}"] if found else []
    return f"{plural(len(gate.lines), 'control')}: {', '.join(parts)}." if parts else "No control was evaluated."


def _more(amount: int) -> str:
    left = amount - MOST
    return f"And {count(left)} more, in the full report." if left > 0 else ""


def _obstacle(finding: Finding, line: GateLine, audit: Audit, cut: _Cut) -> Obstacle:
    number = told(finding, lambda name: cut(name, _GROUP))
    if number is not None:
        around = f"{number.range}; " if number.range else ""
        found = f"Found: {number.found} ({around}required: {number.required})."
    elif finding.outcome == "error":
        found = "The check ended with an error; nothing is known."
    else:
        found = sentence(finding.sentence)
    return Obstacle(
        title=cut(finding.title, _SHORT),
        outcome=finding.outcome,
        symbol=SYMBOLS[finding.outcome],
        word=OUTCOMES[finding.outcome],
        found=cut(found),
        next=cut(_next(finding, line, audit)),
    )


def _unmet(why: str, cut: _Cut) -> Obstacle:
    return Obstacle("A formal condition", "inconclusive", SYMBOLS["inconclusive"], "open", cut(sentence(why)), "")


def _next(finding: Finding, line: GateLine, audit: Audit) -> str:
    """What would take it out of the way."""
    if finding.outcome == "error":
        return "Have the error mended, then audit again. An error cannot be waived into a pass."
    if finding.outcome == "fail":
        held = (held for policy in audit.policies for held in policy.enforcements if held.control == finding.id)
        waivable = all(one.waivable for one in held)
        what = "Change the model or its decisions" if finding.check else "Supply what is asked for"
        shown = " The full report shows what other decisions could reach." if finding.mitigation else ""
        rest = "; or have it waived, with a reason and an end." if waivable else ". It cannot be waived."
        return f"{what} and audit again{rest}{shown}"
    if finding.attest is not None or finding.reason == "attestation_pending":
        roles = finding.attest.roles if finding.attest else None
        return f"Have it attested by somebody in the role {' or '.join(roles)}." if roles else "Have it attested."
    if finding.reason in ("sample_too_small", "interval_straddles"):
        what = sentence(f"Measure on more data{people_needed([finding])}")
    else:
        why = REASONS[finding.reason] if finding.reason else "it is not decided"
        what = sentence(f"Supply what is missing, because {why}, and audit again")
    return f"{what} Or have it signed off." if line.effect == "sign_off" else what


def _is_beside(line: GateLine) -> bool:
    return line.outcome in ("fail", "inconclusive", "error") and line.effect not in _CLOSING


def _beside(finding: Finding, line: GateLine, gate: Gate, cut: _Cut) -> str:
    waiver = next((one for one in gate.waivers if one.id == line.waived_by), None)
    if line.waived_by and line.effect == "none":
        until = f" until {day(waiver.expires)}" if waiver and waiver.expires else ""
        effect = f"waived{until}"
    elif line.signed_off_by:
        effect = f"signed off by {cut(line.signed_off_by, 40)}"
    elif line.attested:
        effect = f"attested as {line.attested}"
    else:
        effect = "does not close the gate"
    return f"{cut(finding.title, _NAME)}: {OUTCOMES[finding.outcome]}, {effect}"


def _numbers(ordered: list[Finding], cut: _Cut) -> list[Number]:
    """The worst of each family of checks."""
    made: list[Number] = []
    for family in _FAMILIES:
        for finding in ordered:
            of_family = finding.check is not None and finding.check.id.split(".")[0] == family
            number = told(finding, lambda name: cut(name, _GROUP)) if of_family else None
            if number is not None and finding.outcome != "not_applicable":
                short = Told(cut(number.found, _LINE), cut(number.range, 60), cut(number.required, 50))
                outcome = finding.outcome
                made.append(Number(cut(finding.title, _NAME), SYMBOLS[outcome], outcome, OUTCOMES[outcome], short))
                break
    return made[:MOST_NUMBERS]


def _concerns(audit: Audit, ordered: list[Finding]) -> list[tuple[str, str]]:
    manifest = audit.manifest
    people = enumeration(lines(manifest, "purpose.affected_persons")) or "not stated in the record"
    exposure = "; ".join(lines(manifest, "risk.exposure"))
    alone = at(manifest, "purpose.decision.solely_automated")
    decides = {True: "the model alone", False: "a person, or the model with people overseeing it"}.get(alone)
    who = "; ".join(lines(manifest, "oversight.final_decision")) or decides or "not stated in the record"
    groups = worst_off(ordered)
    return [
        ("What it is for", "; ".join(lines(manifest, "purpose.context")) or "not stated in the record"),
        ("Whom it concerns", f"{people} ({exposure})" if exposure else people),
        ("Who decides", who),
        ("Found to be worse off", enumeration(groups) if groups else "no group, as far as was measured"),
    ]


def _validity(audit: Audit, gate: Gate) -> list[tuple[str, str]]:
    manifest = audit.manifest
    rows, period = at(manifest, "data.test.rows"), "; ".join(lines(manifest, "data.test.period"))
    data = ", ".join(part for part in (f"{count(rows)} rows" if isinstance(rows, int) else "", period) if part)
    until = [waiver.expires for waiver in gate.waivers if waiver.holds and waiver.expires is not None]
    again = "; ".join(lines(manifest, "lifecycle.dates.next_validation"))
    ends = [f"first waiver ends on {day(min(until))}"] if until else []
    ends += [f"to be validated again by {again}"] if again else []
    changed = "not after the model, its data or the policies change"
    return [
        ("Says something about", f"the data of {period}" if period and not rows else data or "the data in the record"),
        ("Counts until", "; ".join([*ends, changed])),
        ("Policies", enumeration(f"{policy.id} {policy.version}" for policy in audit.policies)),
    ]
