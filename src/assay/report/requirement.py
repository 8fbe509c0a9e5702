"""What a control required, in words and as the region that charts shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.estimate import Estimate
from assay.record.finding import Finding
from assay.record.policy import Criterion, Source
from assay.report.words import count, level, phrase, sentence, threshold, title

SOURCES: dict[Source, str] = {
    "statute": "threshold set by statute",
    "regulation": "threshold set by regulation",
    "guidance": "threshold from published guidance, which is not law",
    "convention": "threshold by convention, not law",
    "house": "house threshold, not law",
}


@dataclass(frozen=True)
class Requirement:
    """One criterion for a reader."""

    text: str
    """"Impact ratio: at least 0.8; judged in both directions, that is between 0.8 and 1.25."""
    source: str
    house: bool
    note: str | None
    decision: str


@dataclass(frozen=True)
class Limits:
    """The acceptable values, for the eye. verdict/ has judged already."""

    low: float | None
    high: float | None
    label: str

    @property
    def bounds(self) -> tuple[float, ...]:
        """The thresholds that there are."""
        return tuple(value for value in (self.low, self.high) if value is not None)


def requirements(finding: Finding) -> tuple[Requirement, ...]:
    """Every criterion of the finding."""
    return tuple(_requirement(criterion, finding, index) for index, criterion in enumerate(finding.criteria))


def limits(criterion: Criterion, estimate: Estimate | None) -> Limits | None:
    """The region for this estimate; None where nothing is required."""
    value = criterion.threshold
    if value is None or criterion.operator == "significance":
        return None
    label = _comparison(criterion)
    if isinstance(value, tuple):
        return Limits(value[0], value[1], label)
    if criterion.operator == "equals":
        return Limits(value, value, label)
    if criterion.operator == "margin":
        if estimate is None or estimate.shape != "ratio":
            return Limits(-value, value, label)
        return Limits(1 - value, 1 / (1 - value), label) if value < 1 else None
    rises = criterion.operator in ("at_least", "above")
    if estimate is None or estimate.shape == "value" or criterion.sides == "one":
        return Limits(value if rises else None, None if rises else value, label)
    if estimate.shape == "difference":
        both = Limits(-abs(value), abs(value), label)
    else:
        inverse = 1 / value if value else None
        both = Limits(value, inverse, label) if rises else Limits(inverse, value, label)
    if not estimate.worse_only:
        return both
    return Limits(None, both.high, label) if estimate.high_is_worse else Limits(both.low, None, label)


def counted(finding: Finding) -> str:
    """What the numbers of a finding count: people where groups of people are compared, otherwise rows or cases."""
    family = finding.check.id.partition(".")[0] if finding.check else ""
    return {"fairness": "people", "governance": "cases", "": "cases"}.get(family, "rows")


def _judged(finding: Finding, index: int) -> Estimate | None:
    """An estimate which this criterion judged; preferably one against another group."""
    found = _all_judged(finding, index)
    return next((estimate for estimate in found if not estimate.worse_only), found[0] if found else None)


def _all_judged(finding: Finding, index: int) -> list[Estimate]:
    judged = {judgement.estimate for judgement in finding.judgements if judgement.criterion == index}
    return [estimate for estimate in finding.measured.estimates if estimate.id in judged]


def _requirement(criterion: Criterion, finding: Finding, index: int) -> Requirement:
    estimate = _judged(finding, index)
    name = criterion.estimate or (estimate.name if estimate else "")
    worse = _one_sided(criterion, _all_judged(finding, index))
    text = (
        f"{title(name)}: {_comparison(criterion, worse=worse)}" if name else title(_comparison(criterion, worse=worse))
    )
    region = limits(criterion, estimate)
    if estimate is not None and estimate.shape != "value" and region is not None and None not in (
        region.low, region.high,
    ) and criterion.operator not in ("between", "equals", "margin"):  # fmt: skip
        text += f", judged in both directions, that is between {_bound(region.low)} and {_bound(region.high)}"
    return Requirement(
        text=text + ".",
        source=title(_asked(criterion)),
        house=criterion.source == "house",
        note=sentence(criterion.note) if criterion.note else None,
        decision=_decision(criterion, finding, _all_judged(finding, index)),
    )


def _bound(value: float | None) -> str:
    return "" if value is None else threshold(float(f"{value:.4g}"))


def _one_sided(criterion: Criterion, judged: Sequence[Estimate]) -> bool:
    """Whether only what is worse counts: then the claim is not that both are equal."""
    told = (estimate.worse_only or "one-sided" in (estimate.method or "") for estimate in judged)
    return criterion.sides == "one" or (bool(judged) and all(told))


def _comparison(criterion: Criterion, *, worse: bool = False) -> str:
    value = criterion.threshold
    if value is None:
        return "published, no pass mark"
    if isinstance(value, tuple):
        return f"between {threshold(value[0])} and {threshold(value[1])}"
    if criterion.operator == "significance":
        return f"not significantly {'worse' if worse else 'different'} at {threshold(value)}"
    if criterion.operator == "margin":
        if worse:
            return f"not worse by more than {threshold(value)}"
        return f"within {threshold(value)} of equality"
    return f"{ {'equals': 'exactly'}.get(criterion.operator, phrase(criterion.operator)) } {threshold(value)}"


def _asked(criterion: Criterion) -> str:
    if criterion.operator != "reported":
        return SOURCES[criterion.source]
    return "asked for by a house rule, not law" if criterion.source == "house" else f"asked for by {criterion.source}"


def _decision(criterion: Criterion, finding: Finding, judged: Sequence[Estimate]) -> str:
    held = level(criterion.confidence)
    if criterion.operator == "reported":
        return "The number is published; there is no pass mark."
    if judged and all(estimate.basis == "exact" for estimate in judged):
        return "The number is a fact about the files, without sampling error; the number itself decides."
    if criterion.decide_on == "estimate":
        return (
            f"The number itself decides, as the cited rule defines it; its {held} interval, and what the interval "
            "would say, stand beside it."
        )
    if criterion.significance is not None:
        passes = "Where the interval lies within the margin it passes" if criterion.margin else "No p-value ever passes"
        return (
            f"{passes}; otherwise a p-value, adjusted for the comparisons of the grouping, of at most "
            f"{threshold(criterion.significance)} fails, and anything else is undecided."
        )
    told = [f"The {held} interval decides."]
    if any(e.simultaneous not in (None, e.interval) for e in judged):
        told.append("A fail takes more: the wider interval, which holds for all comparisons together.")
    if finding.small_groups and any(e.group and e.basis != "exact" and e.denominator is not None for e in judged):
        told.append(f"A group with fewer than {count(finding.small_groups.minimum)} {counted(finding)} cannot pass.")
        if any("*" in (e.grouping or "") for e in judged):
            most = f"{level(finding.small_groups.maximum_unassessed)} of the {counted(finding)}"
            told.append(f"Undecided intersections are tolerated up to {most}, where the estimate is acceptable.")
    return " ".join(told)
