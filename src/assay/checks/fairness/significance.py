"""Whether favourable decisions differ between groups by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.fairness._rates import RateParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.significance import (
    MOST_OF_BOSCHLOO,
    Counts,
    are_many,
    boschloo,
    fisher,
    holm,
    standard_deviations,
    z_test,
)

Test = Literal["auto", "z", "fisher", "boschloo"]
_NAMES: dict[Test, str] = {"z": "z test, pooled", "fisher": "Fisher's exact test", "boschloo": "Boschloo's exact test"}


class Parameters(RateParameters):
    """Which people, which groups, which reference, what is positive, and which test."""

    test: Test = "auto"
    """`auto`: the z test, and Fisher's exact test where people are few."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check("fairness.significance", version=1)
def significance(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No group receives the favourable decision more or less often than another by more than chance explains.

    Method: the estimate `selection_rate_difference` subtracts the rates of two groups and has a two-sided p-value of
        the hypothesis that they are the same. `test: auto` takes the z test of two proportions with pooled variance
        where both groups have at least 10 favourable and 10 other people, else Fisher's exact test; `z`, `fisher` and
        `boschloo` take that one, and Fisher's for Boschloo's where both groups have more than 1000 people together.
        Where a group is under the minimum the test is an exact one, whatever `test` says. p-values are adjusted by
        Holm's method for all comparisons of a grouping, and of all classes, together. A criterion `significance: 0.05`
        fails where the adjusted p-value is at most 0.05; it passes only with a `margin`, where the interval of the
        difference lies within it, whatever the p-value. With `reference: highest` every pair of groups is compared;
        with `largest` or the name of a group, every other group with that one. Intervals: Newcombe's hybrid score
        interval; for a group under the minimum, Clopper-Pearson limits of both rates. The favourable outcome is the
        positive one, or the other with `positive: unfavourable`; where there are more than two outcomes, each of
        `classes` in turn is positive.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: the p-value is above the level and no interval lies within a margin: a large p-value shows
        that people are few, not that groups are equal; there are fewer than two groups; no group reaches the minimum;
        too many people have no decision or no known group; the rows have sampling weights or repeated entities.
    Limits: with many people the smallest difference is significant, and with few a large one is not: without a margin
        the answer says as much of the number of people as of the gap. Each person counts as drawn independently.
    Source: Castaneda v. Partida 1977 and Hazelwood School District v. United States 1977 (two or three standard
        deviations); 29 CFR 1607.4(D). Fisher 1935; Boschloo 1970; Holm 1979; Newcombe 1998.
    """
    measured = measure_rates(evidence, _asked(p), p, context)
    groupings = dict.fromkeys(estimate.grouping for estimate in measured.estimates)
    tested: dict[str, Estimate] = {}
    exhibits = list(measured.exhibits)
    for grouping in groupings:
        compared = [e for e in measured.estimates if e.grouping == grouping and _counts(e) is not None]
        found = _tested(compared, p.test, context)
        tested |= {estimate.id: estimate for estimate in found}
        if found:
            exhibits.append(_table(found, grouping or ""))
    estimates = tuple(tested.get(estimate.id, estimate) for estimate in measured.estimates)
    return measured.model_copy(update={"estimates": estimates, "exhibits": tuple(exhibits)})


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    return rate_questions("selection_rate", "difference", "Selection rate", p)


def _counts(estimate: Estimate) -> tuple[Counts, Counts] | None:
    own, reference = (
        (estimate.numerator, estimate.denominator),
        (estimate.reference_numerator, estimate.reference_denominator),
    )
    if own[0] is None or not own[1] or reference[0] is None or not reference[1]:
        return None
    return (own[0], own[1]), (reference[0], reference[1])


def _tested(compared: Sequence[Estimate], asked: Test, c: Context) -> list[Estimate]:
    """The estimates of one grouping with their p-values, adjusted for all of its comparisons."""
    found: list[tuple[Estimate, Test, float]] = []
    for estimate in compared:
        pair = _counts(estimate)
        if pair is not None:
            test = _chosen(asked, *pair, c.minimum)
            found.append((estimate, test, {"z": z_test, "fisher": fisher, "boschloo": boschloo}[test](*pair)))
    if not found:
        return []
    adjusted = holm([p for _, _, p in found], max(len(found), found[0][0].comparisons))
    return [
        estimate.model_copy(
            update={"p_value": p, "p_adjusted": q, "method": f"{estimate.method}; {_NAMES[test]}, Holm"}
        )
        for (estimate, test, p), q in zip(found, adjusted, strict=True)
    ]


def _chosen(asked: Test, group: Counts, reference: Counts, minimum: int) -> Test:
    small = min(group[1], reference[1]) < minimum
    if asked == "auto":
        return "fisher" if small or not are_many(group, reference) else "z"
    if asked == "z":
        return "fisher" if small else "z"
    return "fisher" if asked == "boschloo" and group[1] + reference[1] > MOST_OF_BOSCHLOO else asked


def _table(tested: Sequence[Estimate], grouping: str) -> Exhibit:
    rows = []
    for estimate in tested:
        pair = _counts(estimate)
        interval = estimate.interval
        rows.append((
            f"{estimate.group} against {estimate.reference}" + (f" ({estimate.of})" if estimate.of else ""),
            estimate.value,
            interval.low if interval else None,
            interval.high if interval else None,
            standard_deviations(*pair) if pair else None,
            estimate.p_value, estimate.p_adjusted,
            (estimate.method or "").rpartition("; ")[2].removesuffix(", Holm"),
        ))  # fmt: skip
    return Exhibit(
        name=f"tests[{grouping}]",
        title=f"Tests by {grouping.replace('*', ' and ')}",
        columns=columns(
            ("label", "Groups", "text"), ("value", "Difference", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("deviations", "Standard deviations", "number"), ("p", "p", "number"),
            ("adjusted", "p, adjusted", "number"), ("test", "Test", "text"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.0,
        note=f"Adjusted for {tested[0].comparisons} comparisons by Holm's method." if tested else None,
    )  # fmt: skip
