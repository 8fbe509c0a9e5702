"""What a control required, in words and as the region that charts shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.estimate import Estimate
from assay.record.finding import Finding
from assay.record.policy import Criterion, Source
from assay.report.language import gettext, message
from assay.report.words import count, level, sentence, threshold, title

SOURCES: dict[Source, str] = {
    "statute": message("threshold set by statute"),
    "regulation": message("threshold set by regulation"),
    "guidance": message("threshold from published guidance, which is not law"),
    "convention": message("threshold by convention, not law"),
    "house": message("house threshold, not law"),
}
ASKED: dict[Source, str] = {
    "statute": message("asked for by statute"),
    "regulation": message("asked for by regulation"),
    "guidance": message("asked for by guidance"),
    "convention": message("asked for by convention"),
    "house": message("asked for by a house rule, not law"),
}
COUNTED = {"people": message("people"), "cases": message("cases"), "rows": message("rows")}
"""What numbers of a finding count, for a reader."""
_OPERATORS: dict[str, str] = {
    "at_least": message("at least %(value)s"), "at_most": message("at most %(value)s"),
    "above": message("above %(value)s"), "below": message("below %(value)s"), "equals": message("exactly %(value)s"),
}  # fmt: skip


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
        text += gettext(
            ", judged in both directions, that is between %(low)s and %(high)s",
            low=_bound(region.low),
            high=_bound(region.high),
        )
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
        return gettext("published, no pass mark")
    if isinstance(value, tuple):
        return gettext("between %(low)s and %(high)s", low=threshold(value[0]), high=threshold(value[1]))
    told = threshold(value)
    if criterion.operator == "significance":
        return (
            gettext("not significantly worse at %(value)s", value=told)
            if worse
            else gettext("not significantly different at %(value)s", value=told)
        )
    if criterion.operator == "margin":
        if worse:
            return gettext("not worse by more than %(value)s", value=told)
        return gettext("within %(value)s of equality", value=told)
    return gettext(_OPERATORS[criterion.operator], value=told)


def _asked(criterion: Criterion) -> str:
    return gettext((ASKED if criterion.operator == "reported" else SOURCES)[criterion.source])


def _decision(criterion: Criterion, finding: Finding, judged: Sequence[Estimate]) -> str:
    held = level(criterion.confidence)
    if criterion.operator == "reported":
        return gettext("The number is published; there is no pass mark.")
    if judged and all(estimate.basis == "exact" for estimate in judged):
        return gettext("The number is a fact about the files, without sampling error; the number itself decides.")
    if criterion.decide_on == "estimate":
        return gettext(
            "The number itself decides, as the cited rule defines it; its %(level)s interval, and what the interval "
            "would say, stand beside it.",
            level=held,
        )
    if criterion.significance is not None:
        passes = (
            gettext("Where the interval lies within the margin it passes")
            if criterion.margin
            else gettext("No p-value ever passes")
        )
        return gettext(
            "%(passes)s; otherwise a p-value, adjusted for the comparisons of the grouping, of at most "
            "%(significance)s fails, and anything else is undecided.",
            passes=passes,
            significance=threshold(criterion.significance),
        )
    told = [gettext("The %(level)s interval decides.", level=held)]
    people = gettext(COUNTED[counted(finding)])
    if any(e.simultaneous not in (None, e.interval) for e in judged):
        told.append(gettext("A fail takes more: the wider interval, which holds for all comparisons together."))
    if finding.small_groups and any(e.group and e.basis != "exact" and e.denominator is not None for e in judged):
        least, most = count(finding.small_groups.minimum), level(finding.small_groups.maximum_unassessed)
        told.append(gettext("A group with fewer than %(n)s %(people)s cannot pass.", n=least, people=people))
        if any("*" in (e.grouping or "") for e in judged):
            told.append(
                gettext(
                    "Undecided intersections are tolerated up to %(share)s of the %(people)s, where the estimate is "
                    "acceptable.",
                    share=most,
                    people=people,
                )
            )
    return " ".join(told)
