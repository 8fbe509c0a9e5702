"""Favourable decisions compared within strata, with the aggregate beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.fairness._strata import Groups, counted, groups_within
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.keys import DECISION, grouping_keys
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.record.frozen import Name
from assay.stats.comparison import exact_ratio_interval, level_of_each, ratio_interval
from assay.stats.design import NOTHING
from assay.stats.groups import GroupCounts
from assay.stats.significance import holm
from assay.stats.strata import METHOD, Strata
from assay.stats.strata_design import LEAST_WORTH, Mass, Sampled

MOST_GROUPS, MOST_REPEATED = 100, 30
"""Compared each with each, and where entities repeat: some seconds. Beyond it a reference is named."""
_SHOWN = 12
"""So many strata without both groups or both outcomes are named in a note."""


class Parameters(GroupParameters):
    """Which people, which groups, which reference, within which strata."""

    strata: Annotated[tuple[Name, ...], Field(min_length=1)] | Literal["declared"] = "declared"
    """Names of `columns.strata`, crossed with one another; `declared`: all of them."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions by group and stratum."""
    missing = list(view.lacks(data=(p.data,), decision=True, groups=p.groups))
    missing += view.lacks(strata=_strata(p, view)) if _strata(p, view) else ["columns.strata"]
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    requests = tuple(dict.fromkeys(_requests(p, view).values())) if measurable else ()
    return Needs(requests, tuple(missing))


@check(
    "fairness.conditional_disparity",
    version=1,
    estimates={"conditional_odds_ratio": 1, "conditional_ratio": 1, "aggregate_odds_ratio": 1, "aggregate_ratio": 1},
    honours=("weight", "entity"),
)
def conditional_disparity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Within each stratum each group receives the favourable decision about as often as the reference group.

    Method: people are compared within `strata` such as the job applied for; several are crossed. The estimate
        `conditional_odds_ratio` is Mantel and Haenszel's odds ratio common to all strata, and `conditional_ratio` their
        ratio of rates. Beside them stand `aggregate_odds_ratio` and `aggregate_ratio` of the same people without
        strata, so that neither hides the other: they can point in opposite directions (Simpson's paradox). A criterion
        judges the first unless it names another under `estimate`. Intervals: normal on the logarithm, with the variance
        of Robins, Breslow and Greenland, for `conditional_ratio` of Greenland and Robins; for `aggregate_ratio` MOVER-R
        from Wilson limits; a second, simultaneous one at 1 - alpha/m holds for all m comparisons of a grouping. The
        p-value is that of the Cochran-Mantel-Haenszel test without correction for continuity, adjusted by Holm's
        method. With `reference: highest` every pair of groups is compared, the one with the lower aggregate rate
        against the other; with `largest` or the name of a group, every other group with that one. A stratum without
        people of both groups adds nothing, one without both outcomes nothing to the odds ratio; both are told. Where an
        odds ratio is 0 or has no bound, its interval ends at the exact conditional limit on the other side, and the
        median unbiased estimate stands for one without bound; where `conditional_ratio` is 0, at the exact limit for
        counts of rare events, which is too wide rather than too narrow. A note gives the Breslow-Day test, with
        Tarone's correction, of the strata having the same odds ratio: where it is unlikely, the common one is an
        average of unlike ones and the table is what to read. Where people have sampling weights each group of a stratum
        has its weighted rate and Kish's effective number in the place of its people, also against the minimum, and the
        variance grows by what the linearised one of the rates is larger than Kish's. Where somebody stands in several
        rows the variance is that of a jackknife over 400 random groups of entities, never below the one of rows that
        stand alone, with Student's quantile by the group of which fewer random groups hold anybody; the p-value is the
        larger of that of the test and of Student's for the common difference of rates. `aggregate_ratio` takes
        effective numbers as `fairness.impact_ratio` does. With either there is no Breslow-Day test.
    Evidence: counts of people by decision, group (`groups`, `a*b` for intersections) and stratum in the dataset `data`,
        of the rows that meet `where`. People whose group or stratum is unknown are counted and left out, or with
        `missing: group` those of unknown group are a group of their own; people without a decision are left out.
    Inconclusive when: an interval straddles the threshold; fewer people than the minimum stand in strata that tell
        something, since no exact method is used; no stratum does; more than 100 groups are compared each with each, or
        30 where entities repeat; nobody of the reference is favourable, for a ratio of rates; a ratio is 0 or has no
        bound and entities repeat; nobody of a group has a decision and a known stratum; too many people have no
        decision, no known group or no known stratum; weights differ and a group is worth fewer than 30 people in a
        stratum on average; entities repeat and fewer than 10 random groups of them hold people of a group.
    Limits: strata have to be legitimate reasons. What itself follows from group membership, such as a salary that was
        unequal before, hides a disparity when it is a stratum. Nothing is said of people outside the strata. Where
        strata are unlike, the common ratio weighs them by effective numbers and not by the population they stand for.
    Source: Mantel and Haenszel 1959; Cochran 1954; Robins, Breslow and Greenland 1986; Greenland and Robins 1985;
        Cornfield 1956 and Gart 1970 (exact conditional limits); Hirji, Tsiatis and Mehta 1989 (median unbiased
        estimate); Przyborowski and Wilenski 1940; Breslow and Day 1980, section 4.4; Tarone 1985; Holm 1979; Bickel,
        Hammel and O'Connell 1975. Weights and entities: Kish 1965; Efron and Stein 1981; Wolter 2007.
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    notes: list[str] = []
    unknown: dict[str, float] = {}
    undecided = None
    for grouping, request in _requests(p, context.view).items():
        cells = evidence.cells(request)
        found = groups_within(cells, grouping, _strata(p, context.view), keep_unknown=p.missing == "group")
        compared = list(_compared(found, grouping, p.reference, context))
        estimates += _adjusted(compared)
        for estimate in compared:
            if estimate.name == _FIRST and estimate.headline and estimate.group and estimate.reference:
                exhibits.append(_table(estimate.group, estimate.reference, grouping, found, compared, context))
                notes += _told(estimate.group, estimate.reference, grouping, found)
        if cells.total:
            unknown[grouping] = found.without / cells.total
            undecided = found.undecided / cells.total
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(exhibits),
        notes=tuple(dict.fromkeys(notes)),
        undecided=undecided,
        unknown=unknown,
    )


_FIRST = "conditional_odds_ratio"


def _strata(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    if p.strata != "declared":
        return tuple(dict.fromkeys(p.strata))
    return tuple(view.manifest.columns.strata) if view.manifest.columns else ()


def _requests(p: Parameters, view: SubjectView) -> dict[str, CellsRequest]:
    keys = (DECISION, *(key for name in _strata(p, view) for key in grouping_keys(name)))
    return view.cells(p.data, keys, view.groupings(p.groups), p.where)


def _compared(found: Groups, grouping: str, asked: str, c: Context) -> Iterator[Estimate]:
    """Four estimates of each comparison."""
    whole = {name: found.whole(name) for name in found.people}
    names = [name for name in whole if whole[name].denominator]

    def rank(name: str) -> tuple[bool, Fraction, int, str]:
        own = whole[name]
        few = c.decide_on == "interval" and own.denominator < c.minimum
        return few, -own.rate, -own.denominator, name

    why = None
    if sum(map(bool, found.people.values())) < 2:
        why = "fewer than two groups are known"
    elif asked not in ("highest", "largest") and asked not in names:
        why = f"there is no reference group {asked!r} with decisions"
    elif len(names) < 2:
        why = "fewer than two groups have decisions"
    elif asked == "highest" and len(names) > (MOST_GROUPS if found.entities is None else MOST_REPEATED):
        why = f"{len(names)} groups are too many to compare each with each; name a reference, or `largest`"
    if why is not None:
        yield from (_undefined(name, grouping, f"{grouping}: {why}") for name in _NAMES)
        return
    ranked = sorted(names, key=rank)
    if asked == "highest":
        top, pairs = ranked[0], [(low, high) for high, low in combinations(ranked, 2)]
    else:
        top = min(names, key=lambda name: (-found.people[name], name)) if asked == "largest" else asked
        pairs = [(name, top) for name in ranked if name != top]
    simultaneous = 1 - (1 - c.confidence) / max(len(pairs), 1)
    for group, reference in pairs:
        worse_only = asked == "highest" and c.decide_on == "interval" and whole[group].denominator < c.minimum
        shared = {
            "shape": "ratio", "grouping": grouping, "group": group, "reference": reference, "comparisons": len(pairs),
            "headline": reference == top, "share": found.people[group] / sum(found.people.values()),
            "worse_only": worse_only,
        }  # fmt: skip
        yield from _pair(found, shared, whole[group], whole[reference], simultaneous, c)
    for group in sorted(set(found.people) - set(names)):
        share = found.people[group] / sum(found.people.values())
        made = {"group": group, "share": share, "undefined_as": "sample_too_small"}
        why = f"nobody of {group} has a decision and a known stratum"
        yield from (_undefined(name, grouping, why).model_copy(update=made) for name in _NAMES)


def _undefined(name: str, grouping: str, why: str) -> Estimate:
    return Estimate(name=name, grouping=grouping, undefined=why, shape="ratio")


def _pair(
    found: Groups, shared: Mapping[str, object], own: GroupCounts, other: GroupCounts, simultaneous: float, c: Context
) -> Iterator[Estimate]:
    group, reference = own.name, other.name
    within, aggregate = found.compared(group, reference), found.aggregate(group, reference)
    for name, common, people in (
        (_FIRST, within.odds_ratio, _fewest(within)),
        ("conditional_ratio", within.rate_ratio, _fewest(within)),
        ("aggregate_odds_ratio", aggregate.odds_ratio, _fewest(aggregate)),
    ):
        made = {**shared, "name": name, "n": people}
        value = common.median if common.value is None else common.value
        if value is None:
            yield Estimate.model_validate({**made, "undefined": _why_none(name, within, group, reference)})
            continue
        many = people >= c.minimum
        yield Estimate.model_validate({
            **made, "value": value,
            "method": METHOD if common.value is not None else f"{METHOD}, without bound: median unbiased estimate",
            "interval": common.interval(c.confidence),
            "simultaneous": common.interval(simultaneous) if many else None,
            "p_value": (aggregate if name.startswith("aggregate") else within).p_value if many else None,
        })  # fmt: skip
    made = {**shared, "name": "aggregate_ratio", "n": own.denominator}
    if not other.rate:
        yield Estimate.model_validate({**made, "undefined": f"nobody in {reference} is favourable"})
        return
    many = min(own.denominator, other.denominator) >= c.minimum

    def interval(confidence: float) -> Interval:
        level = confidence if many else level_of_each(confidence)
        of_both = ratio_interval if many else exact_ratio_interval
        return of_both(own.at(level), other.at(level), confidence)

    if own.weights is None:
        made |= {
            "numerator": own.numerator, "denominator": own.denominator, "reference_numerator": other.numerator,
            "reference_denominator": other.denominator,
        }  # fmt: skip
    yield Estimate.model_validate({
        **made, "value": float(own.rate / other.rate), "method": "ratio of two rates", "design": own.design,
        "reference_design": other.design, "interval": interval(c.confidence), "simultaneous": interval(simultaneous),
        "p_value": aggregate.p_value if many else None,
    })  # fmt: skip


def _fewest(within: Strata | Sampled) -> int:
    """People of the smaller group in the strata that tell something, or what their weights leave of them."""
    fewest = min(sum(t.of_group for t in within.telling), sum(t.of_reference for t in within.telling))
    return int(fewest * (1 + NOTHING))


_NAMES = (_FIRST, "conditional_ratio", "aggregate_odds_ratio", "aggregate_ratio")


def _why_none(name: str, within: Strata | Sampled, group: str, reference: str) -> str:
    if not within.telling and name.startswith("conditional"):
        return "no stratum holds both groups and both outcomes"
    if name == "conditional_ratio":
        return f"nobody in {reference} is favourable in a stratum that holds both groups"
    where = "" if name.startswith("aggregate") else " in any stratum"
    return f"nobody{where} is favourable in {reference} beside somebody who is not in {group}: the ratio has no bound"


def _adjusted(compared: Sequence[Estimate]) -> list[Estimate]:
    """The p-values of each estimate, adjusted for all comparisons of the grouping."""
    adjusted: dict[str, float] = {}
    for name in _NAMES:
        tested = [e for e in compared if e.name == name and e.p_value is not None]
        if tested:
            values = holm([e.p_value for e in tested if e.p_value is not None], tested[0].comparisons)
            adjusted |= {e.id: q for e, q in zip(tested, values, strict=True)}
    return [e.model_copy(update={"p_adjusted": adjusted[e.id]}) if e.id in adjusted else e for e in compared]


def _told(group: str, reference: str, grouping: str, found: Groups) -> Iterator[str]:
    """The strata that add nothing, and whether the others agree."""
    what = f"{group} against {reference} ({grouping.replace('*', ' and ')})"
    tables = {name: counted(four) for name, four in found.within(group, reference).items()}
    if silent := [name for name, table in tables.items() if not table.tells]:
        people = sum(tables[name].people for name in silent)
        more = f" and {len(silent) - _SHOWN} more" if len(silent) > _SHOWN else ""
        yield (
            f"{what}: {len(silent)} of {len(tables)} strata add nothing to the odds ratio, since a group or an outcome "
            f"is absent ({', '.join(silent[:_SHOWN])}{more}; {people} people)."
        )
    within = found.compared(group, reference)
    if isinstance(within, Sampled) and within.sparse:
        yield (
            f"{what}: a group is worth fewer than {LEAST_WORTH} people in a stratum on average, too few to see how "
            "weights follow the outcome: there is no interval."
        )
    tested = within.homogeneity
    if tested is not None:
        statistic, freedom, p = tested
        yield (
            f"{what}: that the odds ratio is the same in every stratum has p = {p:.3g} (Breslow-Day with Tarone's "
            f"correction, {statistic:.4g} on {freedom} degrees of freedom)."
        )


def _table(
    group: str,
    reference: str,
    grouping: str,
    found: Groups,
    compared: Sequence[Estimate],
    c: Context,
) -> Exhibit:
    """A row for each stratum, one for all people together, and one for what is common to the strata."""
    tables = found.within(group, reference)
    alone = [(f"stratum {name}", four, found.compared(group, reference, name)) for name, four in tables.items()]
    own, other = (found.whole(name) for name in (group, reference))
    rows: list[tuple[str | int | float | None, ...]] = []
    for name, four, within in alone:
        rows.append((name, *_odds(within, c), *_counts(*four[:2]), *_counts(*four[2:])))
    sums = [(each.numerator, each.denominator, float(each.rate)) for each in (own, other)]
    rows.append(("aggregate", *_odds(found.aggregate(group, reference), c), *sums[0], *sums[1]))
    mine = next(e for e in compared if (e.name, e.group, e.reference) == (_FIRST, group, reference))
    ends = (mine.interval.low, mine.interval.high) if mine.interval else (None, None)
    rows.append(("within strata", mine.value, *ends, None, None, None, None, None, None))
    return Exhibit(
        name=f"strata[{grouping}: {group} / {reference}]",
        title=f"{group} against {reference} by stratum and in aggregate",
        columns=columns(
            ("label", "Stratum", "text"), ("value", "Odds ratio", "ratio"), ("low", "From", "ratio"),
            ("high", "To", "ratio"), ("favourable", f"Favourable, {group}", "count"),
            ("people", f"People, {group}", "count"), ("rate", f"Rate, {group}", "rate"),
            ("reference_favourable", f"Favourable, {reference}", "count"),
            ("reference_people", f"People, {reference}", "count"), ("reference_rate", f"Rate, {reference}", "rate"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=1.0,
        note="Odds ratios of the group against the reference; above 1 the group is favoured more often. "
        "For one without bound its median unbiased estimate.",
    )  # fmt: skip


def _odds(within: Strata | Sampled, c: Context) -> tuple[float | None, float | None, float | None]:
    ratio = within.odds_ratio
    interval = ratio.interval(c.confidence)
    value = ratio.median if ratio.value is None else ratio.value
    return value, interval.low if interval else None, interval.high if interval else None


def _counts(favourable: Mass, other: Mass) -> tuple[int, int, float | None]:
    """Favourable people, all, and the rate."""
    weight = favourable.weight + other.weight
    return favourable.people, favourable.people + other.people, favourable.weight / weight if weight else None
