"""The number that decides a finding, in words for somebody who is no statistician."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assay.record.estimate import Estimate
from assay.record.finding import Finding, Judgement
from assay.report.language import gettext
from assay.report.requirement import limits
from assay.report.words import MINUS, count, level, number, percent, phrase, threshold, title

MOST_GROUPS = 3


@dataclass(frozen=True)
class Told:
    """A number."""

    found: str
    """`under 25: 44 % of the rate of 35-44`."""
    range: str
    """`likely between 38 % and 54 %`; empty where there is none."""
    required: str
    """`at least 80 %`."""


def worst(finding: Finding) -> Judgement | None:
    """The judgement that the finding's own sentence tells, else the first with its outcome."""
    judged = [one for one in finding.judgements if one.outcome == finding.outcome and not one.tolerated]
    named = next((one for one in judged if one.sentence in finding.sentence), None)
    return named or (judged[0] if judged else None)


def told(finding: Finding, name: Callable[[str], str] = str) -> Told | None:
    """The number behind the outcome; None where there is none with a threshold. `name` shortens names of groups."""
    judged = worst(finding)
    estimates = {one.id: one for one in finding.measured.estimates}
    estimate = estimates.get(judged.estimate) if judged else None
    if judged is None or estimate is None or estimate.value is None or judged.criterion >= len(finding.criteria):
        return None
    region = limits(finding.criteria[judged.criterion], estimate)
    if region is None:
        return None
    write = _Unit(estimate)
    bounds = region.bounds
    low, high = ("" if bound is None else write.as_set(bound) for bound in (region.low, region.high))
    if low and high:
        required = gettext("exactly %(value)s", value=low) if low == high else (
            gettext("%(low)s to %(high)s", low=low, high=high)
        )  # fmt: skip
    else:
        required = gettext("at least %(value)s", value=low) if low else gettext("at most %(value)s", value=high)
    return Told(_found(estimate, write(estimate.value, *bounds), name), _range(estimate, bounds), required)


def worst_off(findings: Iterable[Finding]) -> list[str]:
    """The groups that a failing control of fairness names, in the order of the findings, then how many more."""
    named: dict[str, None] = {}
    for finding in findings:
        if finding.outcome != "fail" or finding.check is None or not finding.check.id.startswith("fairness."):
            continue
        estimates = {one.id: one for one in finding.measured.estimates}
        for judged in finding.judgements:
            found = estimates.get(judged.estimate)
            if judged.outcome == "fail" and found is not None and found.group is not None and found.headline:
                named[f"{found.group} ({phrase(found.grouping)})" if found.grouping else found.group] = None
    groups = list(named)
    return groups[:MOST_GROUPS] + (
        [gettext("%(n)s more", n=count(len(groups) - MOST_GROUPS))] if len(groups) > MOST_GROUPS else []
    )


class _Unit:
    """How values of an estimate are written: a share as percent, a difference of shares in percentage points."""

    def __init__(self, estimate: Estimate) -> None:
        counted = estimate.numerator is not None
        self.share = estimate.shape == "ratio" or (counted and estimate.shape == "value")
        self.points = counted and estimate.shape == "difference"

    def __call__(self, value: float, *bounds: float) -> str:
        if self.share:
            return percent(value)
        if self.points:
            return gettext("%(n)s points", n=f"{100 * value:.1f}".replace("-", MINUS))
        return number(value, *bounds)

    def as_set(self, bound: float) -> str:
        """A threshold, as it was written."""
        if self.share:
            return level(bound)
        return gettext("%(n)s points", n=threshold(100 * bound)) if self.points else threshold(bound)


def _found(estimate: Estimate, value: str, name: Callable[[str], str]) -> str:
    measure = phrase(estimate.name)
    if estimate.group is None:
        if not estimate.of:
            return f"{title(estimate.name)} {value}"
        return gettext("%(measure)s of %(what)s %(value)s", measure=title(estimate.name), what=name(estimate.of),
                       value=value)  # fmt: skip
    group = name(estimate.group)
    if estimate.reference is None:
        return f"{group}: {measure} {value}"
    reference = name(estimate.reference)
    if estimate.shape == "ratio":
        return gettext(
            "%(group)s: %(value)s of the rate of %(reference)s", group=group, value=value, reference=reference
        )
    told = gettext("%(group)s against %(reference)s: %(value)s", group=group, reference=reference, value=value)
    return told if estimate.numerator is not None else f"{told} ({measure})"


def _range(estimate: Estimate, bounds: tuple[float, ...]) -> str:
    interval = estimate.interval
    if interval is None or estimate.basis == "exact":
        return ""
    write = _Unit(estimate)
    if interval.low is None and interval.high is None:
        return gettext("it could be anything")
    if interval.low is None:
        return gettext("likely at most %(high)s", high=write(interval.high or 0, *bounds))
    if interval.high is None:
        return gettext("likely at least %(low)s", low=write(interval.low, *bounds))
    return gettext("likely %(low)s to %(high)s", low=write(interval.low, *bounds), high=write(interval.high, *bounds))
