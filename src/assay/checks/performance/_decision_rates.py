"""Rates of right and wrong decisions, of one positive level or of each of several classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.checks.counted import Levels, counted_rate
from assay.checks.performance._decisions import (
    ClassParameters,
    Decided,
    PositiveParameters,
    Why,
    decided,
    measured_from,
)
from assay.checks.registry import Context
from assay.evidence.keys import ENTITY
from assay.evidence.rates import positive_level
from assay.evidence.value import Evidence
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.stats.groups import GroupCounts
from assay.stats.proportion import clopper_pearson, wilson

Sided = Callable[[Levels, str], bool]
"""Of a cell of label and decision, and the positive level."""


@dataclass(frozen=True)
class DecisionRate:
    """A rate of decisions: who counts, who of them is a hit, and what it is called."""

    name: str
    counts: Sided
    hits: Sided
    who: str
    """Whom it counts: `the decision {}`."""
    told: str
    both_labels: bool = False
    """Where all labels are the same it is 0 or 1, whatever was decided."""
    own_label: bool = False
    """It means nothing where no label is the positive one."""
    apart: bool = False
    """Nobody counts for two classes, so that chance moves the rates of several independently."""
    transform: Callable[[Fraction], Fraction] = lambda rate: rate
    """From the counted rate to the number: it rises with it."""
    through: str = ""
    """What the number is made from, where it is not the counted rate itself."""


RECALL = DecisionRate(
    "recall",
    counts=lambda row, of: row[0] == of,
    hits=lambda row, of: row[1] == of,
    who="the label {}",
    told="positive decisions among positive labels",
    apart=True,
)


def measure_rate(rate: DecisionRate, evidence: Evidence, p: PositiveParameters, c: Context) -> Measured:
    """The rate; with `classes` that of each class, and their mean."""
    given = decided(evidence, p, c)
    levels = p.levels if p.classes else (positive_level(p.positive),)
    groups = [_counted(rate, level, given) for level in levels]
    whys = [_undefined(rate, level, group, given) for level, group in zip(levels, groups, strict=True)]
    m = len(levels)
    estimates = [
        _estimate(rate, group, why, c, of=level if p.classes else None, m=m)
        for level, group, why in zip(levels, groups, whys, strict=True)
    ]
    if p.classes:
        estimates.append(mean_of_rates(f"macro_{rate.name}", rate, groups, whys, given, c))
    return measured_from(estimates, given)


def measure_whole(rate: DecisionRate, evidence: Evidence, p: ClassParameters, c: Context) -> Measured:
    """A rate of all people, whatever is positive; every level that occurs must be named."""
    given = decided(evidence, p, c)
    group = counted_rate("", given.table, lambda row: rate.counts(row, ""), lambda row: rate.hits(row, ""))
    why = given.why_not(p.levels, strict=True)
    if why is None and not group.denominator:
        why = f"nobody has {rate.who}", "sample_too_small"
    return measured_from([_estimate(rate, group, why, c)], given)


def mean_over_labels(name: str, evidence: Evidence, p: ClassParameters, c: Context) -> Measured:
    """The mean of the recalls of all levels, each of which must have a label."""
    given = decided(evidence, p, c)
    why = given.why_not(p.levels, strict=True)
    recalls = [_counted(RECALL, level, given) for level in p.levels]
    whys = [why or _undefined(RECALL, level, group, given) for level, group in zip(p.levels, recalls, strict=True)]
    return measured_from([mean_of_rates(name, RECALL, recalls, whys, given, c)], given)


def _counted(rate: DecisionRate, level: str, given: Decided) -> GroupCounts:
    return counted_rate(level, given.table, lambda row: rate.counts(row, level), lambda row: rate.hits(row, level))


def _undefined(rate: DecisionRate, level: str, group: GroupCounts, given: Decided) -> Why | None:
    why = given.why_not((level,), strict=False)
    if why is not None:
        return why
    labels = {row[0] for row in given.table.rows}
    if rate.own_label and level not in labels:
        return f"nobody has the label {level}, so there is nobody to find", "sample_too_small"
    if rate.both_labels and (level not in labels or len(labels) < 2):
        same = f"all labels are {level}" if level in labels else f"nobody has the label {level}"
        return (
            f"{same}: one class only, of which this is {'1' if level in labels else '0'} at any decisions",
            "sample_too_small",
        )
    if not group.denominator:
        return f"nobody has {rate.who.format(level)}", "sample_too_small"
    return None


def limits_of(group: GroupCounts, confidence: float, minimum: int) -> tuple[float, float]:
    """Wilson's; Clopper and Pearson's for fewer than the minimum."""
    exact = group.denominator < minimum
    return (clopper_pearson if exact else wilson)(*group.at(confidence), confidence)


def _estimate(
    rate: DecisionRate, group: GroupCounts, why: Why | None, c: Context, *, of: str | None = None, m: int = 1
) -> Estimate:
    """With the second interval where there are several classes, or where the first is exact: a few may show a fail."""
    if why is not None:
        return Estimate(name=rate.name, of=of, undefined=why[0], undefined_as=why[1], n=group.denominator)
    small = group.denominator < c.minimum
    exact = "Clopper-Pearson" if small else "Wilson"

    def interval(confidence: float) -> Interval:
        low, high = (float(rate.transform(Fraction(limit))) for limit in limits_of(group, confidence, c.minimum))
        told = f"{exact}, {rate.through}" if rate.through else exact
        return Interval(low=low, high=high, confidence=confidence, method=told)

    counts = not rate.through and group.weights is None
    return Estimate(
        name=rate.name,
        of=of,
        value=float(rate.transform(group.rate)),
        n=group.denominator,
        numerator=group.numerator if counts else None,
        denominator=group.denominator if counts else None,
        design=None if rate.through else group.design,
        interval=interval(c.confidence),
        simultaneous=interval(1 - (1 - c.confidence) / m) if m > 1 or small else None,
        comparisons=m,
        method=rate.told + _designed(group),
    )


def _designed(group: GroupCounts) -> str:
    if group.design is None:
        return ""
    spread = "" if group.design.groups is None else ", spread between random groups of entities"
    return f", {'weighted, ' if group.design.weighted else ''}effective numbers{spread}"


def mean_of_rates(
    name: str,
    rate: DecisionRate,
    groups: Sequence[GroupCounts],
    whys: Sequence[Why | None],
    given: Decided,
    c: Context,
) -> Estimate:
    """The mean of the rates of several classes.

    Where nobody counts for two of them the distances of the limits from the rates are added in squares (MOVER), else as
    they are: an interval that holds whatever one rate tells of another.
    """
    n = min(group.denominator for group in groups)
    why = next((each for each in whys if each is not None), None)
    if why is not None:
        return Estimate(name=name, undefined=why[0], undefined_as=why[1], n=n)
    values = [rate.transform(group.rate) for group in groups]
    k, below, above = len(values), list[float](), list[float]()
    for group, value in zip(groups, values, strict=True):
        low, high = (rate.transform(Fraction(limit)) for limit in limits_of(group, c.confidence, c.minimum))
        below.append(float(value - low))
        above.append(float(high - value))
    apart = rate.apart and ENTITY not in given.table.keys
    total = math.hypot if apart else (lambda *distances: math.fsum(distances))
    mean = sum(values, Fraction()) / k
    method = "MOVER" if apart else "the distances of the limits added up"
    kind = "Clopper-Pearson" if n < c.minimum else "Wilson"
    return Estimate(
        name=name,
        value=float(mean),
        n=n,
        interval=Interval(
            low=max(float(mean) - total(*below) / k, 0.0),
            high=min(float(mean) + total(*above) / k, 1.0),
            confidence=c.confidence,
            method=f"{method}, {kind}",
        ),
        method=f"mean of {k} classes" + _designed(groups[0]),
    )
