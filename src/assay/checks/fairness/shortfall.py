"""How many people more would have been favoured at the reference's rate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from assay.checks.exhibit import columns
from assay.checks.fairness._rates import RateQuestion, measure_rates, rate_needs
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.rates import Rate
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured

RATE = Rate("selection_rate")


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions by group."""
    return rate_needs(RATE, p, view)


@check("fairness.shortfall", version=1, estimates={"shortfall": "lower"}, honours=("weight", "entity"))
def shortfall(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Hardly anybody more in a group would have received the favourable decision at the rate of the reference group.

    Method: the estimate `shortfall` is the number of people of a group with a decision, times the rate of the reference
        minus that of the group. It is in people, is not rounded, and is negative where the group has the higher rate.
        With `reference: highest` every pair of groups is compared, the lower rate with the higher; with `largest` or
        the name of a group, every other group with that one. A group under the minimum is compared with each that
        reaches it, whichever has the lower rate. The interval is that of the difference of the rates (Newcombe; for a
        group under the minimum, Clopper-Pearson limits of both rates) times the same number of people; a second,
        simultaneous one at 1 - alpha/m holds for all m comparisons of a grouping together. A table shows the impact
        ratio as it is, with one person more and with one fewer of the group favoured, and with one more of the group in
        place of one of the reference: whoever reads a ratio near a threshold sees whether one person moves it across.
        Where people have sampling weights the rates are weighted and the intervals take the effective number of people,
        at most Kish's; where somebody stands in several rows the variance is that between 400 random groups of
        entities, with Student's quantile. The people are those of the dataset all the same, since the unit of the
        weights is not known, and the table leaves out what one person more would change, since one weighs more than
        another.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; no group reaches the minimum; an interval straddles the
        threshold; too many people have no decision or no known group.
    Limits: a shortfall grows with the number of people and says nothing about qualification. It counts those of this
        dataset, not those who never applied. Shortfalls of several groups against the same reference do not add up to
        places that were there to be given.
    Source: 29 CFR 1607.4(D) (small numbers) and the questions and answers on it, 44 FR 11996 (whether one different
        person would leave the other group with the higher rate: the last column, above 1); Gastwirth 1988 (shortfall).
        Intervals: Newcombe 1998; Clopper and Pearson 1934; with weights or entities Korn and Graubard 1998, Kish 1965,
        Wolter 2007.
    """
    asked = RateQuestion("shortfall", "difference", "Favourable decisions", RATE)
    measured = measure_rates(evidence, (asked,), p, context)
    compared = measured.estimates
    tables = [
        _table(mine, grouping, context)
        for grouping in dict.fromkeys(e.grouping or "" for e in compared)
        if (mine := [e for e in compared if (e.grouping or "") == grouping and e.headline and e.value is not None])
    ]
    update = {"estimates": tuple(map(_in_people, compared)), "exhibits": (*measured.exhibits, *tables)}
    return measured.model_copy(update=update)


def _people(difference: Estimate) -> float | None:
    """Exactly, where the rates are made of counts."""
    if difference.value is None:
        return None
    exact = difference.exact
    return (0 - difference.value) * difference.n if exact is None else float(-exact * difference.n)


def _in_people(difference: Estimate) -> Estimate:
    people, n = _people(difference), difference.n
    if people is None:
        return difference.model_copy(update={"shape": "value"})
    return difference.model_copy(
        update={
            "shape": "value",
            "value": people,
            "numerator": None,
            "denominator": None,
            "reference_numerator": None,
            "reference_denominator": None,
            "n": min(n, _of_reference(difference)),
            "worse_only": False,
            "interval": _times(difference.interval, n),
            "simultaneous": _times(difference.simultaneous, n),
            "method": f"{difference.method}, times {n} people",
        }
    )


def _of_reference(difference: Estimate) -> int:
    design = difference.reference_design
    return design.people if design is not None else difference.reference_denominator or difference.n


def _times(interval: Interval | None, people: int) -> Interval | None:
    if interval is None or interval.low is None or interval.high is None:
        return None
    return interval.model_copy(update={"low": -interval.high * people, "high": -interval.low * people})


def _table(compared: Sequence[Estimate], grouping: str, c: Context) -> Exhibit:
    rows = []
    for estimate in compared:
        interval = _times(estimate.interval, estimate.n)
        rows.append((
            f"{estimate.group} against {estimate.reference}",
            _people(estimate),
            interval.low if interval else None,
            interval.high if interval else None,
            *_ratios(estimate),
        ))  # fmt: skip
    return Exhibit(
        name=f"shortfall[{grouping}]",
        title=f"Shortfall by {grouping.replace('*', ' and ')}",
        columns=columns(
            ("label", "Group", "text"), ("value", "Shortfall", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("ratio", "Impact ratio", "ratio"), ("more", "With one more", "ratio"),
            ("fewer", "With one fewer", "ratio"), ("instead", "One more instead of one of the reference", "ratio"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.0,
        note=f"Intervals at {c.confidence:g}; one more or one fewer person of the group favoured.",
    )  # fmt: skip


def _ratios(estimate: Estimate) -> tuple[float | None, ...]:
    """The impact ratio as it is, with one more, with one fewer, and with one more instead of one of the reference."""
    k, n = estimate.numerator, estimate.denominator
    other, m = estimate.reference_numerator, estimate.reference_denominator
    if k is None or n is None or other is None or m is None:
        own, reference = estimate.design, estimate.reference_design
        return (own.rate / reference.rate if own and reference and reference.rate else None, None, None, None)
    return tuple(
        _ratio(*one, m) for one in ((k, n, other), (k + 1, n, other), (k - 1, n, other), (k + 1, n, other - 1))
    )


def _ratio(k: int, n: int, other: int, m: int) -> float | None:
    """None where there are no such counts, or no ratio to them."""
    if not 0 <= k <= n or not 0 < other <= m or not n:
        return None
    return float(Fraction(k, n) / Fraction(other, m))
