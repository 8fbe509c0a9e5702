"""The impact ratio of an attribute that is known only as probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, UncertainRequest
from assay.evidence.uncertain import UncertainGroups
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.record.frozen import Name
from assay.stats.uncertain import Pair, Side, UncertainRate, identified, merged, uncertain_rate, uncertain_ratio

_NAME = "uncertain_impact_ratio"


class Parameters(DataParameters):
    """Which people, which attributes, which reference."""

    groups: tuple[Name, ...] | Literal["declared"] = "declared"
    """Attributes with `probabilities`; `declared`: all of them."""
    reference: str = "highest"
    """`highest`, `largest`, or the name of a group."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People by probability and decision, for each attribute."""
    missing = [*view.lacks(data=(p.data,), decision=True)]
    declared = view.manifest.columns.groups if view.manifest.columns else {}
    unsure = [name for name in _wanted(p, view) if name in declared and declared[name].probabilities is not None]
    if p.groups == "declared":
        lacking = [] if unsure else ["columns.groups.*.probabilities"]
    else:
        lacking = [f"columns.groups.{name}.probabilities" for name in p.groups if name not in unsure]
    requests = tuple(UncertainRequest(p.data, name, p.where) for name in unsure)
    return Needs(() if missing else requests, (*missing, *lacking))


def _wanted(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    if p.groups != "declared":
        return tuple(dict.fromkeys(p.groups))
    return tuple(view.manifest.columns.groups) if view.manifest.columns else ()


@check("fairness.uncertain_impact_ratio", version=1, estimates={"uncertain_impact_ratio": 1})
def uncertain_impact_ratio(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group receives the favourable decision about as often as any other, whoever the people of the groups may be.

    Method: nobody's group is known; the manifest gives the probability of belonging to each group of an attribute
        (`probabilities`, such as those of BISG). The estimate `uncertain_impact_ratio` divides two rates in which each
        person counts by the probability of belonging to the group. What the ratio can be at all is more: within bins of
        the probability the favourable people of a group are between the Frechet-Hoeffding limits, and the least and the
        most of the ratio follow. The bins are hundredths, neighbours merged until each has at least 200 people, unless
        their group is certain. The interval is for all of that: its ends are those limits, each moved out by the most
        by which limits from a sample are too narrow on average (s/sqrt(2 pi) for each bin in which the two amounts
        compared are within 3 s, their standard error), and by the sampling errors of its two rates, normal on the
        logarithm and added, since how they hang together is not known, and no end is nearer than that of MOVER-R from
        Wilson limits at Kish's effective numbers: among people whose group is certain a rate of 0 or 1 shows no error.
        A second, simultaneous interval at 1 - alpha/m holds for all m comparisons of an attribute. With `reference:
        highest` every pair of groups is compared, the lower weighted rate over the higher; with `largest` or the name
        of a group, every other group with that one. A group counts as so many people as its probabilities add up to.
    Evidence: people, and the sums of their probabilities and of the squares, by bin of the probability and decision,
        for each of `groups` (attributes; all those with probabilities unless named) in the dataset `data`, of the rows
        that meet `where`. People without probabilities are counted as of unknown group; people without a decision are
        left out. Probabilities that do not add up to 1 are an error.
    Inconclusive when: the limits lie on both sides of the threshold, which no number of people changes; fewer people
        than the minimum are expected in a group; nobody of the reference is favourable; too many people have no
        decision or no probabilities; the rows have sampling weights or repeated entities.
    Limits: everything rests on the probabilities being right for these people; BISG was made for the population of a
        census, and is off where applicants are not like it. The weighted ratio alone is biased where decisions depend
        on what the probabilities are made of, such as the place of residence; only the limits hold then. The interval
        is conservative: in simulations of 500 to 50000 people, with rates that rise, fall or stay the same, it held
        both ends in 97 % or more.
    Source: Chen, Kallus, Mao, Svacha and Udell 2019 (weighted); Kallus, Mao and Zhou 2022 (limits); Donner and Zou
        2012, Wilson 1927, Kish 1965 (least width).
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    undecided = None
    for request in needs(p, context.view).requests:
        assert isinstance(request, UncertainRequest)  # noqa: S101
        value = evidence.of(request, UncertainGroups)
        rates = {group: uncertain_rate(_pairs(value, group)) for group in value.groups}
        known = {group: rate for group, rate in rates.items() if rate is not None}
        found = list(_compared(known, request.attribute, p.reference, value.people, context))
        estimates += found
        exhibits += [_rates(known, request.attribute), *_ratios(known, found, request.attribute)]
        if value.total:
            unknown[request.attribute] = value.unknown / value.total
            undecided = max(undecided or 0.0, value.undecided / value.total)
    return Measured(estimates=tuple(estimates), exhibits=tuple(exhibits), undecided=undecided, unknown=unknown)


def _pairs(value: UncertainGroups, group: str) -> tuple[Pair, ...]:
    bins: dict[int, dict[bool, Side]] = {}
    for each in value.of(group):
        bins.setdefault(each.place, {})[each.favourable] = Side(each.people, each.probability, each.square)
    return merged([(sides.get(True, Side()), sides.get(False, Side())) for _, sides in sorted(bins.items())])


def _compared(
    rates: Mapping[str, UncertainRate], attribute: str, asked: str, people: int, c: Context
) -> Iterator[Estimate]:
    def rank(name: str) -> tuple[bool, float, float, str]:
        rate = rates[name]
        return c.decide_on == "interval" and rate.expected < c.minimum, -rate.weighted.rate, -rate.expected, name

    ranked, why = sorted(rates, key=rank), None
    if len(rates) < 2:
        why = "fewer than two groups can have anybody"
    elif asked not in ("highest", "largest") and asked not in rates:
        why = f"there is no reference group {asked!r} that can have anybody"
    if why is not None:
        yield Estimate(name=_NAME, shape="ratio", grouping=attribute, undefined=f"{attribute}: {why}")
        return
    if asked == "highest":
        top, pairs = ranked[0], [(low, high) for high, low in combinations(ranked, 2)]
    else:
        top = min(rates, key=lambda name: (-rates[name].expected, name)) if asked == "largest" else asked
        pairs = [(name, top) for name in ranked if name != top]
    for group, reference in pairs:
        own, other = rates[group], rates[reference]
        few = min(own.expected, other.expected)
        made = {
            "name": _NAME, "shape": "ratio", "grouping": attribute, "group": group, "reference": reference,
            "n": int(few), "comparisons": len(pairs), "headline": reference == top, "share": own.expected / people,
            "worse_only": asked == "highest" and c.decide_on == "interval" and own.expected < c.minimum,
        }  # fmt: skip
        if not other.weighted.rate:
            yield Estimate.model_validate({**made, "undefined": f"nobody of {reference} is favourable"})
            continue
        level = 1 - (1 - c.confidence) / len(pairs)
        yield Estimate.model_validate({
            **made, "value": own.weighted.rate / other.weighted.rate, "method": "ratio of two weighted rates",
            "interval": uncertain_ratio(own, other, c.confidence),
            "simultaneous": uncertain_ratio(own, other, level) if few >= c.minimum else None,
        })  # fmt: skip


def _rates(rates: Mapping[str, UncertainRate], attribute: str) -> Exhibit:
    return Exhibit(
        name=f"rates[{attribute}]",
        title=f"What the rates by {attribute} can be",
        columns=columns(
            ("label", "Group", "text"), ("value", "Weighted rate", "rate"), ("low", "Least", "rate"),
            ("high", "Most", "rate"), ("expected", "People expected", "number"),
        ),
        rows=tuple(
            (name, rate.weighted.rate, rate.least.rate, rate.most.rate, rate.expected) for name, rate in rates.items()
        ),
        chart="interval",
        note="Limits of what the probabilities leave open, without sampling error.",
    )  # fmt: skip


def _ratios(rates: Mapping[str, UncertainRate], found: list[Estimate], attribute: str) -> Iterator[Exhibit]:
    rows = []
    for e in found:
        if e.headline and e.value is not None and e.group and e.reference and e.interval is not None:
            least, most = identified(rates[e.group], rates[e.reference])
            rows.append((
                f"{e.group} against {e.reference}", e.value, least, most, e.interval.low, e.interval.high,
            ))  # fmt: skip
    if rows:
        yield Exhibit(
            name=f"ratios[{attribute}]",
            title=f"What the impact ratios by {attribute} can be",
            columns=columns(
                ("label", "Groups", "text"), ("value", "Weighted ratio", "ratio"), ("low", "Least", "ratio"),
                ("high", "Most", "ratio"), ("from", "With sampling, from", "ratio"), ("to", "to", "ratio"),
            ),
            rows=tuple(rows),
            chart="interval",
            limit=1.0,
        )  # fmt: skip
