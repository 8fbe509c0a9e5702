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


@check("fairness.shortfall", version=1)
def shortfall(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Hardly anybody more in a group would have received the favourable decision at the rate of the reference group.

    Method: the estimate `shortfall` is the number of people of a group with a decision, times the rate of the reference
        minus that of the group. It is in people, is not rounded, and is negative where the group has the higher rate.
        With `reference: highest` every pair of groups is compared, the lower rate with the higher; with `largest` or
        the name of a group, every other group with that one. The interval is that of the difference of the rates
        (Newcombe; for a group under the minimum, Clopper-Pearson limits of both rates) times the same number of people;
        a second, simultaneous one at 1 - alpha/m holds for all m comparisons of a grouping together. A table shows the
        impact ratio as it is, with one person more and with one fewer of the group favoured, and with one more of the
        group in place of one of the reference: a ratio that crosses 0.8 by one person says little.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; no group reaches the minimum; an interval straddles the
        threshold; too many people have no decision or no known group; the rows have sampling weights or repeated
        entities.
    Limits: a shortfall grows with the number of people and says nothing about qualification. It counts those of this
        dataset, not those who never applied. Shortfalls of several groups against the same reference do not add up to
        places that were there to be given.
    Source: 29 CFR 1607.4(D) (small numbers) and the questions and answers on it, 44 FR 11996 (one different person for
        one job); Gastwirth 1988 (shortfall). Intervals: Newcombe 1998; Clopper and Pearson 1934.
    """
    asked = RateQuestion("shortfall", "difference", "Favourable decisions", RATE)
    measured = measure_rates(evidence, (asked,), p, context)
    compared = measured.estimates
    tables = [
        _table(mine, grouping, context)
        for grouping in dict.fromkeys(e.grouping or "" for e in compared)
        if (mine := [e for e in compared if (e.grouping or "") == grouping and e.headline and e.exact is not None])
    ]
    update = {"estimates": tuple(map(_in_people, compared)), "exhibits": (*measured.exhibits, *tables)}
    return measured.model_copy(update=update)


def _people(difference: Estimate) -> Fraction | None:
    return None if difference.exact is None else -difference.exact * (difference.denominator or 0)


def _in_people(difference: Estimate) -> Estimate:
    people, n = _people(difference), difference.denominator or 0
    if people is None:
        return difference.model_copy(update={"shape": "value"})
    return difference.model_copy(
        update={
            "shape": "value",
            "value": float(people),
            "numerator": None,
            "denominator": None,
            "reference_numerator": None,
            "reference_denominator": None,
            "n": min(n, difference.reference_denominator or n),
            "worse_only": False,
            "interval": _times(difference.interval, n),
            "simultaneous": _times(difference.simultaneous, n),
            "method": f"{difference.method}, times {n} people",
        }
    )


def _times(interval: Interval | None, people: int) -> Interval | None:
    if interval is None or interval.low is None or interval.high is None:
        return None
    return interval.model_copy(update={"low": -interval.high * people, "high": -interval.low * people})


def _table(compared: Sequence[Estimate], grouping: str, c: Context) -> Exhibit:
    rows = []
    for estimate in compared:
        k, n = estimate.numerator or 0, estimate.denominator or 0
        other, m = estimate.reference_numerator or 0, estimate.reference_denominator or 0
        people, interval = _people(estimate), _times(estimate.interval, n)
        rows.append((
            f"{estimate.group} against {estimate.reference}",
            None if people is None else float(people),
            interval.low if interval else None,
            interval.high if interval else None,
            _ratio(k, n, other, m), _ratio(k + 1, n, other, m), _ratio(k - 1, n, other, m),
            _ratio(k + 1, n, other - 1, m),
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


def _ratio(k: int, n: int, other: int, m: int) -> float | None:
    """None where there are no such counts, or no ratio to them."""
    if not 0 <= k <= n or not 0 < other <= m or not n:
        return None
    return float(Fraction(k, n) / Fraction(other, m))
