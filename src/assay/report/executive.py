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
from assay.report.language import gettext, message, ngettext
from assay.report.plain import Told, told, worst_off
from assay.report.sheet import Fact, as_html, as_pdf, head, page
from assay.report.steps import people_needed
from assay.report.words import OUTCOMES, REASONS, STAGES, SYMBOLS, count, day, enumeration, sentence, shortened

MOST = 3
"""Controls that stand in the way, and of other lists, before "and … more"."""
MOST_NUMBERS = 4
_FAMILIES = ("fairness", "performance", "data", "explainability", "robustness", "uncertainty")
_LONG, _LINE, _SHORT, _NAME, _GROUP = 170, 106, 90, 66, 32
"""Letters of a text, a line, a title, a name and the name of a group: it is one page, whatever a manifest says."""
_CLOSING = ("block", "sign_off")
_VERDICTS = {"open": message("The gate for %(stage)s is OPEN"), "closed": message("The gate for %(stage)s is CLOSED")}
_NOT_STATED = message("not stated in the record")
_ENDED = message("Have the error mended, then audit again. An error cannot be waived into a pass.")
_MEND = {
    (True, True): message(
        "Change the model or its decisions and audit again; or have it waived, with a reason and an end."
    ),
    (True, False): message("Change the model or its decisions and audit again. It cannot be waived."),
    (False, True): message("Supply what is asked for and audit again; or have it waived, with a reason and an end."),
    (False, False): message("Supply what is asked for and audit again. It cannot be waived."),
}
"""Whether a check measured it, whether it may be waived → what to do about a fail."""


@dataclass(frozen=True)
class Obstacle:
    """Something that closes the gate."""

    title: str
    outcome: str
    symbol: str
    word: str
    found: str
    recorded: bool
    """Whether that is the record's own sentence."""
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
    concerns: tuple[Fact, ...]
    validity: tuple[Fact, ...]
    signer: str | None


def render_html(audit: Audit, gate: Gate | None, *, audit_digest: str, signing: Signing | None) -> str:
    """The page on screen. `audit_digest` is the SHA-256 of audit.json. Raises AssayError without a gate."""
    return as_html(lambda shown: _page(audit, gate, audit_digest, signing, shown), audit)


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
        verdict=gettext(_VERDICTS[gate.state], stage=gettext(STAGES[gate.stage])),
        why=_why(gate, closing, elsewhere),
        counts=_counts(gate),
        as_of=gate.as_of,
        obstacles=tuple(obstacles[:MOST]),
        more=_more(len(obstacles)),
        beside=(*beside[:MOST], *_and_more(len(beside) - MOST)),
        numbers=tuple(_numbers(list(order.values()), cut)),
        concerns=tuple(_short(fact, cut) for fact in _concerns(audit, list(order.values()))),
        validity=tuple(_validity(audit, gate, cut)),
        signer=cut(signing.name, _NAME) if signing else None,
    )


_Cut = Callable[..., str]


def _short(fact: Fact, cut: _Cut) -> Fact:
    return fact._replace(text=cut(fact.text, _LINE))


def _and_more(left: int) -> list[str]:
    return [gettext("and %(n)s more", n=count(left))] if left > 0 else []


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
        return ngettext(
            "Nothing that has to hold stands in the way. %(n)s control was evaluated.",
            "Nothing that has to hold stands in the way. %(n)s controls were evaluated.",
            evaluated, n=count(evaluated),
        )  # fmt: skip
    errors, fails, open_ = (
        sum(finding.outcome == outcome for finding, _ in closing) for outcome in ("error", "fail", "inconclusive")
    )
    parts = []
    if errors:
        parts.append(ngettext("%(n)s requirement could not be evaluated", "%(n)s requirements could not be evaluated",
                              errors, n=count(errors)))  # fmt: skip
    if fails:
        parts.append(ngettext("%(n)s requirement is not met", "%(n)s requirements are not met", fails, n=count(fails)))
    if open_:
        parts.append(ngettext("%(n)s requirement cannot be decided", "%(n)s requirements cannot be decided",
                              open_, n=count(open_)))  # fmt: skip
    if elsewhere:
        parts.append(ngettext("%(n)s formal condition is open", "%(n)s formal conditions are open",
                              len(elsewhere), n=count(len(elsewhere))))  # fmt: skip
    return sentence(enumeration(parts)) if parts else gettext("No requirement was evaluated.")


def _counts(gate: Gate) -> str:
    """`16 controls: 3 fail (1 waived), 1 inconclusive, 11 pass, 1 not applicable`."""
    parts = []
    for outcome in WORST_FIRST:
        found = [line for line in gate.lines if line.outcome == outcome]
        waived = sum(line.waived_by is not None and line.effect == "none" for line in found)
        told = f"{count(len(found))} {gettext(OUTCOMES[outcome])}"
        parts += [told + (gettext(" (%(n)s waived)", n=count(waived)) if waived else "")] if found else []
    if not parts:
        return gettext("No control was evaluated.")
    all_ = len(gate.lines)
    return ngettext("%(n)s control", "%(n)s controls", all_, n=count(all_)) + f": {', '.join(parts)}."


def _more(amount: int) -> str:
    left = amount - MOST
    return gettext("And %(n)s more, in the full report.", n=count(left)) if left > 0 else ""


def _obstacle(finding: Finding, line: GateLine, audit: Audit, cut: _Cut) -> Obstacle:
    number = told(finding, lambda name: cut(name, _GROUP))
    if number is not None:
        around = f"{number.range}; " if number.range else ""
        found = gettext(
            "Found: %(found)s (%(range)srequired: %(required)s).",
            found=number.found, range=around, required=number.required,
        )  # fmt: skip
    elif finding.outcome == "error":
        found = gettext("The check ended with an error; nothing is known.")
    else:
        found = sentence(finding.sentence)
    word = gettext(OUTCOMES[finding.outcome])
    return Obstacle(
        title=cut(finding.title, min(_SHORT, _SHORT - 2 * (len(word) - len(OUTCOMES["inconclusive"])))),
        outcome=finding.outcome,
        symbol=SYMBOLS[finding.outcome],
        word=word,
        found=cut(found),
        recorded=number is None and finding.outcome != "error",
        next=_next(finding, line, audit, cut),
    )


def _unmet(why: str, cut: _Cut) -> Obstacle:
    title, word = gettext("A formal condition"), gettext("open")
    return Obstacle(title, "inconclusive", SYMBOLS["inconclusive"], word, cut(sentence(why)), True, "")


def _next(finding: Finding, line: GateLine, audit: Audit, cut: _Cut) -> str:
    """What would take it out of the way."""
    if finding.outcome == "error":
        return gettext(_ENDED)
    if finding.outcome == "fail":
        held = (held for policy in audit.policies for held in policy.enforcements if held.control == finding.id)
        waivable = all(one.waivable for one in held)
        shown = gettext("The full report shows what other decisions could reach.") if finding.mitigation else ""
        return f"{gettext(_MEND[finding.check is not None, waivable])} {shown}".rstrip()
    if finding.attest is not None or finding.reason == "attestation_pending":
        roles = finding.attest.roles if finding.attest else None
        if not roles:
            return gettext("Have it attested.")
        return gettext(
            "Have it attested by somebody in the role %(roles)s.", roles=cut(gettext(" or ").join(roles), _NAME)
        )
    if finding.reason in ("sample_too_small", "interval_straddles"):
        what = sentence(gettext("Measure on more data") + people_needed([finding]))
    else:
        why = gettext(REASONS[finding.reason]) if finding.reason else gettext("it is not decided")
        what = gettext("Supply what is missing, because %(why)s, and audit again.", why=why)
    return f"{what} {gettext('Or have it signed off.')}" if line.effect == "sign_off" else what


def _is_beside(line: GateLine) -> bool:
    return line.outcome in ("fail", "inconclusive", "error") and line.effect not in _CLOSING


def _beside(finding: Finding, line: GateLine, gate: Gate, cut: _Cut) -> str:
    waiver = next((one for one in gate.waivers if one.id == line.waived_by), None)
    if line.waived_by and line.effect == "none":
        ends = waiver.expires if waiver else None
        effect = gettext("waived until %(day)s", day=day(ends)) if ends else gettext("waived")
    elif line.signed_off_by:
        effect = gettext("signed off by %(who)s", who=cut(line.signed_off_by, 40))
    elif line.attested:
        effect = gettext("attested as %(answer)s", answer=line.attested)
    else:
        effect = gettext("does not close the gate")
    return f"{cut(finding.title, _NAME)}: {gettext(OUTCOMES[finding.outcome])}, {effect}"


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
                word = gettext(OUTCOMES[outcome])
                made.append(Number(cut(finding.title, _NAME), SYMBOLS[outcome], outcome, word, short))
                break
    return made[:MOST_NUMBERS]


def _concerns(audit: Audit, ordered: list[Finding]) -> list[Fact]:
    manifest = audit.manifest
    people, exposure = enumeration(lines(manifest, "purpose.affected_persons")), lines(manifest, "risk.exposure")
    alone = at(manifest, "purpose.decision.solely_automated")
    decides = {
        True: gettext("the model alone"),
        False: gettext("a person, or the model with people overseeing it"),
    }.get(alone, gettext(_NOT_STATED))
    groups = worst_off(ordered)
    return [
        _said(gettext("What it is for"), "; ".join(lines(manifest, "purpose.context"))),
        _said(
            gettext("Whom it concerns"),
            f"{people or gettext(_NOT_STATED)} ({'; '.join(exposure)})" if exposure else people,
        ),
        _said(gettext("Who decides"), "; ".join(lines(manifest, "oversight.final_decision")), decides),
        Fact(
            gettext("Found to be worse off"),
            enumeration(groups) if groups else gettext("no group, as far as was measured"),
        ),
    ]


def _said(name: str, text: str, otherwise: str = "") -> Fact:
    """A fact of the manifest, or what stands where it holds none."""
    return Fact(name, text, recorded=True) if text else Fact(name, otherwise or gettext(_NOT_STATED))


def _validity(audit: Audit, gate: Gate, cut: _Cut) -> list[Fact]:
    manifest = audit.manifest
    rows, lasted = at(manifest, "data.test.rows"), at(manifest, "data.test.period")
    period = gettext("%(first)s to %(last)s", first=lasted["start"], last=lasted["end"]) if lasted else ""
    counted = gettext("%(n)s rows", n=count(rows)) if isinstance(rows, int) else ""
    data = ", ".join(part for part in (counted, period) if part)
    until = [waiver.expires for waiver in gate.waivers if waiver.holds and waiver.expires is not None]
    again = "; ".join(lines(manifest, "lifecycle.dates.next_validation"))
    ends = [gettext("first waiver ends on %(day)s", day=day(min(until)))] if until else []
    ends += [gettext("to be validated again by %(day)s", day=again)] if again else []
    changed = gettext("not after the model, its data or the policies change")
    says = gettext("the data of %(period)s", period=period) if period and not rows else data
    return [
        Fact(gettext("Says something about"), cut(says, _LINE) or gettext("the data in the record")),
        Fact(gettext("Counts until"), "; ".join([*ends, changed])),
        Fact(
            gettext("Policies"), cut(enumeration(f"{policy.id} {policy.version}" for policy in audit.policies), _LINE)
        ),
    ]
