"""The rows of an estimate table: one estimate against one criterion, in words."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.estimate import Estimate
from assay.record.finding import Finding, Judgement
from assay.report.language import gettext, message
from assay.report.requirement import COUNTED, Limits, counted, limits
from assay.report.words import OUTCOMES, SYMBOLS, count, number, p_value, percent, phrase, proportion, sentence, span

MOST_PEOPLE = 1_000_000
OUTCOMES_OF_ROWS: dict[str, str] = {
    **{str(outcome): word for outcome, word in OUTCOMES.items()}, "tolerated": message("not assessed, tolerated"),
    "excluded": message("excluded"), "not judged": message("not judged"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One estimate against one criterion."""

    estimate: Estimate
    limits: Limits | None
    outcome: str
    """An outcome, or `tolerated`, `excluded`, `not judged`."""
    grouping: str
    group: str
    against: str
    n: str
    counts: tuple[str, ...]
    value: str
    interval: str
    simultaneous: str
    why: str

    @property
    def symbol(self) -> str:
        """Goes with the word, so that nothing hangs on colour."""
        return SYMBOLS[self.outcome]

    @property
    def word(self) -> str:
        """The outcome for a reader."""
        return gettext(OUTCOMES_OF_ROWS[self.outcome])


def rows_of(finding: Finding, estimates: list[Estimate]) -> list[Row]:
    """A row per estimate and criterion that judged it."""
    judged: dict[str, list[Judgement]] = {}
    for judgement in finding.judgements:
        judged.setdefault(judgement.estimate, []).append(judgement)
    rows = []
    for estimate in estimates:
        rows += [_row(finding, estimate, judgement) for judgement in judged.get(estimate.id, [None])]
    return rows


def _row(finding: Finding, estimate: Estimate, judgement: Judgement | None) -> Row:
    region = None
    if judgement is not None and judgement.criterion < len(finding.criteria):
        region = limits(finding.criteria[judgement.criterion], estimate)
    bounds = region.bounds if region else ()
    return Row(
        estimate=estimate,
        limits=region,
        outcome=_outcome(estimate, judgement),
        grouping=phrase(estimate.grouping or "") if _needs_grouping(estimate) else "",
        group=named(estimate),
        against=estimate.reference or "",
        n=count(estimate.n),
        counts=_counts(estimate),
        value=_value(estimate, bounds),
        interval=span(estimate.interval, *bounds) if estimate.interval else "",
        simultaneous=span(estimate.simultaneous, *bounds) if estimate.simultaneous else "",
        why=_why(estimate, judgement, counted(finding)),
    )


def named(estimate: Estimate) -> str:
    """What the row is about: `female`, `card: female` of a class, `all groups` where they have a number together."""
    together = gettext("all groups") if estimate.grouping and estimate.value is not None else ""
    group = estimate.group or together
    return f"{estimate.of}: {group}" if estimate.of and group else estimate.of or group


def _needs_grouping(estimate: Estimate) -> bool:
    """The name of an intersection says which attributes it is of."""
    return bool(estimate.grouping) and (estimate.group is None or "*" not in (estimate.grouping or ""))


def _outcome(estimate: Estimate, judgement: Judgement | None) -> str:
    if estimate.excluded is not None:
        return "excluded"
    if judgement is None:
        return "not judged"
    return "tolerated" if judgement.tolerated else judgement.outcome


def _counts(estimate: Estimate) -> tuple[str, ...]:
    if estimate.numerator is None or estimate.denominator is None:
        return ()
    own = proportion(estimate.numerator, estimate.denominator)
    if estimate.reference_numerator is None or estimate.reference_denominator is None:
        return (own,)
    return own, proportion(estimate.reference_numerator, estimate.reference_denominator)


def _value(estimate: Estimate, bounds: tuple[float, ...]) -> str:
    if estimate.value is None:
        return gettext("undefined")
    return p_value(estimate.value) if estimate.name.endswith("p_value") else number(estimate.value, *bounds)


def _why(estimate: Estimate, judgement: Judgement | None, noun: str) -> str:
    """What the row's other cells do not say already."""
    parts = []
    if estimate.excluded is not None:
        told = gettext("Left out") if estimate.share is None else (
            gettext("Left out, %(share)s of the rows", share=percent(estimate.share))
        )  # fmt: skip
        parts.append(f"{told}: {estimate.excluded}")
    if estimate.undefined is not None:
        parts.append(estimate.undefined)
    if judgement is not None:
        parts += _beside(judgement, noun)
    return " ".join(sentence(part) for part in parts)


def _beside(judgement: Judgement, noun: str) -> list[str]:
    parts = []
    if judgement.reason == "sample_too_small":
        parts.append(gettext(_TOO_FEW[noun]))
    elif judgement.reason == "interval_straddles" and judgement.people_to_decide is None:
        parts.append(gettext("reaches over the threshold"))
    elif judgement.reason == "estimate_unstable":
        parts.append(gettext("there is no stable interval"))
    elif judgement.reason == "evidence_missing":
        parts.append(judgement.sentence)
    if judgement.people_to_decide is not None:
        people, what = judgement.people_to_decide, gettext(COUNTED[noun])
        parts.append(
            gettext("about %(n)s %(people)s in the group would decide", n=count(people), people=what)
            if people <= MOST_PEOPLE
            else gettext("more than %(n)s %(people)s in the group would decide", n=count(MOST_PEOPLE), people=what)
        )
    if judgement.by_interval is not None:
        alone = gettext(OUTCOMES[judgement.by_interval])
        same = judgement.by_interval == judgement.outcome
        parts.append(
            gettext("the interval also says %(outcome)s", outcome=alone)
            if same
            else gettext("the interval alone says %(outcome)s", outcome=alone)
        )
    return parts


_TOO_FEW = {"people": message("too few people"), "cases": message("too few cases"), "rows": message("too few rows")}
