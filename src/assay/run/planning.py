"""How many people a policy needs, and what a number of people can show: from policy and manifest, before any data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Literal

from assay.errors import AssayError
from assay.evidence.rates import RateName
from assay.policy.load import LoadedPolicy
from assay.record.estimate import Estimate
from assay.record.manifest import Manifest
from assay.record.policy import Criterion
from assay.record.study import PeopleNeeded, PlannedComparison, PlannedGroup, PlannedPolicy, StudyPlan
from assay.run.plan import Plan, PlannedControl
from assay.run.second import METRICS
from assay.source import nearest
from assay.stats.power import Rule, bound_shown, disparity_found, people_needed, power_to_pass
from assay.verdict.region import Region, region
from assay.verdict.words import requirement

TRUE_RATIOS = (1.0, 0.95, 0.9)
EVERY = "every group"
"""The name that stands for all groups of a grouping, of one size."""
LEAST_SHARE = 0.001
"""Of a rate or a power: nearer to 0 or 1 the approximation says nothing."""
EXPECTED = 10
"""People expected on either side of a rate, below which the approximation is not trusted (stats/power.py)."""
Sizes = Mapping[str, Mapping[str, int]]
"""Grouping → group → people."""
_COUNTED: dict[RateName, str] = {
    "selection_rate": "people with a decision",
    "scoring_rate": "people with a score",
    "true_positive_rate": "people whose outcome is positive",
    "false_negative_rate": "people whose outcome is positive",
    "false_positive_rate": "people whose outcome is negative",
    "positive_predictive_value": "people whose decision is positive",
    "false_discovery_rate": "people whose decision is positive",
    "false_omission_rate": "people whose decision is negative",
}


def study_of(
    plan: Plan,
    manifest: Manifest,
    policies: Sequence[LoadedPolicy],
    *,
    rate: float,
    power: float,
    people: Sizes,
    each: int | None = None,
) -> StudyPlan:
    """What every control that compares rates of groups needs. Nothing of the data is read.

    `people`: the sizes of the groups, where they are known; `each`: the size of every group of any other grouping.
    Raises AssayError for sizes of a grouping that no control compares, or of one group, and for a rate or power nearer
    to 0 or 1 than LEAST_SHARE.
    """
    comparing = [planned for planned in plan.controls if planned.applies and _rates(planned)]
    known = tuple(dict.fromkeys(name for planned in comparing for name in _groupings(planned, manifest)))
    if other := [name for name in people if name not in known]:
        raise AssayError(f"no control compares rates by {other[0][:80]!r}", hint=nearest(other[0], known))
    for name, groups in people.items():
        if len(groups) < 2:
            raise AssayError(f"sizes of {name[:80]!r} name one group", hint="Give all groups: sex:f=500,m=700")
    for told, share in (("rate", rate), ("power", power)):
        if not LEAST_SHARE <= share <= 1 - LEAST_SHARE:
            raise AssayError(f"the {told} {share!r} is not between {LEAST_SHARE} and {1 - LEAST_SHARE}")
    comparisons: list[PlannedComparison] = []
    left_out: list[tuple[str, str]] = []
    for planned in comparing:
        for criterion in planned.control.criteria:
            why = _why_not(criterion)
            if why is not None:
                left_out.append((_name(planned), why))
                continue
            sizes = {name: people.get(name) or _alike(each) for name in _groupings(planned, manifest)}
            comparisons += _planned(planned, criterion, rate, power, sizes)
    return StudyPlan(
        model=manifest.identity.id,
        version=manifest.identity.version,
        policies=tuple(
            PlannedPolicy(id=one.policy.id, version=one.policy.version, digest=one.digest) for one in policies
        ),
        rate=rate,
        power=power,
        comparisons=tuple(comparisons),
        left_out=tuple(left_out),
    )


def _name(planned: PlannedControl) -> str:
    return f"{planned.policy.policy.id}/{planned.control.id}"


def _rates(planned: PlannedControl) -> dict[str, RateName]:
    return METRICS.get(planned.check.id, {}) if planned.check is not None else {}


def _groupings(planned: PlannedControl, manifest: Manifest) -> tuple[str, ...]:
    groups: tuple[str, ...] | str = getattr(planned.parameters, "groups", ())
    declared = manifest.columns.certain if manifest.columns else ()
    return declared if isinstance(groups, str) else groups


def _alike(each: int | None) -> dict[str, int]:
    return {} if each is None else {EVERY: each}


def _why_not(criterion: Criterion) -> str | None:
    if criterion.reported:
        return "it is published, no pass mark: any number of people will do"
    if criterion.decide_on == "estimate":
        return "the point decides, whatever the number of people"
    if criterion.operator == "significance":
        return "a p-value without a margin never passes, whatever the number of people"
    return None


def _planned(
    planned: PlannedControl, criterion: Criterion, rate: float, power: float, sizes: Sizes
) -> Iterator[PlannedComparison]:
    """Of each rate that the criterion judges."""
    assert planned.check is not None  # noqa: S101  _rates has asked
    for estimate, name in _judged(planned, criterion).items():
        shape: Literal["ratio", "difference"] = "ratio" if estimate.endswith("_ratio") else "difference"
        good = region(criterion, Estimate(name=estimate, shape=shape, value=0.0))
        if good is None or good.empty:
            continue
        yield PlannedComparison(
            control=_name(planned),
            title=planned.control.title,
            check=planned.check.id,
            estimate=estimate,
            shape=shape,
            counted=_COUNTED[name],
            requirement=requirement(good),
            low=_number(good.low),
            high=_number(good.high),
            confidence=criterion.confidence,
            minimum=planned.control.small_groups.minimum,
            needed=tuple(_needed(planned, criterion, good, shape, rate, power)),
            groups=tuple(_groups(planned, criterion, good, shape, rate, power, sizes)),
        )


def _judged(planned: PlannedControl, criterion: Criterion) -> dict[str, RateName]:
    """The estimate that the criterion names; else the check's first, which may be the largest of several rates."""
    rates = _rates(planned)
    if criterion.estimate in rates:
        return {criterion.estimate: rates[criterion.estimate]}
    compare = getattr(planned.parameters, "compare", None)
    return {name: rate for name, rate in rates.items() if compare is None or name.endswith(f"_{compare}")}


def _number(bound: object) -> float | None:
    return None if bound is None else float(bound)  # type: ignore[arg-type]


def _rule(criterion: Criterion, good: Region, shape: Literal["ratio", "difference"], comparisons: int = 1) -> Rule:
    return Rule(shape, _number(good.low), _number(good.high), criterion.confidence, comparisons)


def _needed(
    planned: PlannedControl,
    criterion: Criterion,
    good: Region,
    shape: Literal["ratio", "difference"],
    rate: float,
    power: float,
) -> Iterator[PeopleNeeded]:
    rule = _rule(criterion, good, shape)
    for ratio in TRUE_RATIOS:
        true = ratio if shape == "ratio" else rate * (ratio - 1)
        people = people_needed(rule, rate, true, power)
        if people is not None:
            own = rate * true if shape == "ratio" else rate + true
            fewest = EXPECTED / min(rate, 1 - rate, own, 1 - own)
            people = max(people, planned.control.small_groups.minimum, ceil(fewest))
        inside = good.room(true) > 0
        decides: Literal["pass", "fail"] | None = None if people is None else "pass" if inside else "fail"
        yield PeopleNeeded(true_ratio=ratio, decides=decides, people=people)


def _groups(
    planned: PlannedControl,
    criterion: Criterion,
    good: Region,
    shape: Literal["ratio", "difference"],
    rate: float,
    power: float,
    sizes: Sizes,
) -> Iterator[PlannedGroup]:
    reference, least = getattr(planned.parameters, "reference", "highest"), planned.control.small_groups.minimum
    equal = 1.0 if shape == "ratio" else 0.0
    for grouping, people in sizes.items():
        ranked = sorted(people, key=lambda name: (-people[name], name))
        other = reference if reference in people else next(iter(ranked), "")
        pairs = len(people) - 1 if reference != "highest" else len(people) * (len(people) - 1) // 2
        rule = _rule(criterion, good, shape, max(pairs, 1))
        for group, n in people.items():
            if other == group and group != EVERY:
                continue
            pair, enough = (n, people[other]), min(n, people[other]) >= least
            possible = enough and good.holds(equal)
            yield PlannedGroup(
                grouping=grouping,
                group=group,
                people=n,
                reference=other,
                reference_people=people[other],
                power_to_pass=power_to_pass(rule, rate, equal, *pair) if possible else None,
                shows=bound_shown(shape, rate, *pair, power, criterion.confidence) if enough else None,
                finds=disparity_found(rule, rate, *pair, power) if enough else None,
            )
