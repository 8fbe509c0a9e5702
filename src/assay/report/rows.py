"""The rows of an estimate table: one estimate against one criterion, in words."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.estimate import Estimate
from assay.record.finding import Finding, Judgement
from assay.report.requirement import Limits, counted, limits
from assay.report.words import SYMBOLS, count, number, p_value, percent, phrase, proportion, sentence, span

MOST_PEOPLE = 1_000_000


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
        return {"tolerated": "not assessed, tolerated", "not_applicable": "not applicable"}.get(
            self.outcome, self.outcome
        )


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
    together = "all groups" if estimate.grouping and estimate.value is not None else ""
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
        return "undefined"
    return p_value(estimate.value) if estimate.name.endswith("p_value") else number(estimate.value, *bounds)


def _why(estimate: Estimate, judgement: Judgement | None, noun: str) -> str:
    """What the row's other cells do not say already."""
    parts = []
    if estimate.excluded is not None:
        share = f", {percent(estimate.share)} of the rows" if estimate.share is not None else ""
        parts.append(f"Left out{share}: {estimate.excluded}")
    if estimate.undefined is not None:
        parts.append(estimate.undefined)
    if judgement is not None:
        parts += _beside(judgement, noun)
    return " ".join(sentence(part) for part in parts)


def _beside(judgement: Judgement, noun: str) -> list[str]:
    parts = []
    if judgement.reason == "sample_too_small":
        parts.append(f"too few {noun}")
    elif judgement.reason == "interval_straddles" and judgement.people_to_decide is None:
        parts.append("reaches over the threshold")
    elif judgement.reason == "estimate_unstable":
        parts.append("there is no stable interval")
    elif judgement.reason == "evidence_missing":
        parts.append(judgement.sentence)
    if judgement.people_to_decide is not None:
        people = judgement.people_to_decide
        amount = f"about {count(people)}" if people <= MOST_PEOPLE else f"more than {count(MOST_PEOPLE)}"
        parts.append(f"{amount} {noun} in the group would decide")
    if judgement.by_interval is not None:
        same = judgement.by_interval == judgement.outcome
        parts.append(f"the interval {'also' if same else 'alone'} says {judgement.by_interval.replace('_', ' ')}")
    return parts
