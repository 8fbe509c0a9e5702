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
from assay.record.estimate import DesignRate, Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.significance import (
    MOST_OF_BOSCHLOO,
    Counts,
    Rate,
    are_many,
    boschloo,
    design_test,
    effective,
    fisher,
    holm,
    is_affordable,
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


@check("fairness.significance", version=1, estimates={"selection_rate_difference": 0}, honours=("weight", "entity"))
def significance(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No group receives the favourable decision more or less often than another by more than chance explains.

    Method: the estimate `selection_rate_difference` subtracts the rates of two groups and has a two-sided p-value of
        the hypothesis that they are the same. `test: auto` takes the z test of two proportions with pooled variance
        where both groups have at least 10 favourable and 10 other people, else Fisher's exact test; `z`, `fisher` and
        `boschloo` take that one, and Fisher's for Boschloo's where both groups have more than 1000 people together, and
        of a whole grouping where the squares of the people of its pairs, each of at least 100, add up to more than
        2,000,000: two pairs of 1000 people or 200 of at most 100. The table says which one was made. Where a group is
        under the minimum the test is an exact one, whatever `test` says. p-values are adjusted by Holm's method for all
        comparisons of a grouping, and of all classes, together. A criterion `significance: 0.05` fails where the
        adjusted p-value is at most 0.05; it passes only with a `margin`, where the interval of the difference lies
        within it, whatever the p-value. With `reference: highest` every pair of groups is compared; with `largest` or
        the name of a group, every other group with that one. Intervals: Newcombe's hybrid score interval; for a group
        under the minimum, Clopper-Pearson limits of both rates. The favourable outcome is the positive one, or the
        other with `positive: unfavourable`; where there are more than two outcomes, each of `classes` in turn is
        positive. Where people have sampling weights the rates are weighted and the z test, whatever `test` says, takes
        the effective number of people of each group, at most Kish's; where somebody stands in several rows the variance
        is that between 400 random groups of entities, with Student's distribution and the degrees of freedom of Welch
        and Satterthwaite; the intervals likewise. There is no exact test of such rows: a pair of which a group is under
        the minimum, or is worth fewer than 10 favourable or 10 other people, has no p-value. Where all weights of a
        group are alike they change nothing.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: the p-value is above the level and no interval lies within a margin: a large p-value shows that
        people are few, not that groups are equal; there are fewer than two groups; no group reaches the minimum; too
        many people have no decision or no known group; the rows have sampling weights or repeated entities and are too
        few for the z test.
    Limits: with many people the smallest difference is significant, and with few a large one is not: without a margin
        the answer says as much of the number of people as of the gap. Each person, or each entity, counts as drawn
        independently, and groups as independent of each other.
    Source: Castaneda v. Partida 1977 and Hazelwood School District v. United States 1977 (two or three standard
        deviations); 29 CFR 1607.4(D). Fisher 1935; Boschloo 1970; Holm 1979; Newcombe 1998. Weights and entities: Rao
        and Scott 1987; Kish 1965; Korn and Graubard 1998; Wolter 2007.
    """
    measured = measure_rates(evidence, _asked(p), p, context)
    groupings = dict.fromkeys(estimate.grouping for estimate in measured.estimates)
    tested: dict[str, Estimate] = {}
    exhibits, notes = list(measured.exhibits), list(measured.notes)
    for grouping in groupings:
        compared = [e for e in measured.estimates if e.grouping == grouping and e.value is not None and e.reference]
        found = _tested(compared, p.test, context)
        tested |= {estimate.id: estimate for estimate in found}
        notes += [_why_none(e) for e in found if e.p_value is None]
        if found:
            exhibits.append(_table(found, grouping or ""))
    estimates = tuple(tested.get(estimate.id, estimate) for estimate in measured.estimates)
    return measured.model_copy(update={"estimates": estimates, "exhibits": tuple(exhibits), "notes": tuple(notes)})


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    return rate_questions("selection_rate", "difference", "Selection rate", p)


def _counts(estimate: Estimate) -> tuple[Counts, Counts] | None:
    """Of group and reference; None where some count for more than others, or stand in several rows."""
    own = _alike(estimate.numerator, estimate.denominator, estimate.design)
    reference = _alike(estimate.reference_numerator, estimate.reference_denominator, estimate.reference_design)
    return None if own is None or reference is None else (own, reference)


def _alike(k: int | None, n: int | None, design: DesignRate | None) -> Counts | None:
    if design is None:
        return (k, n) if k is not None and n else None
    if design.groups is not None or design.effective < design.people:
        return None
    return round(design.rate * design.people), design.people


def _tested(compared: Sequence[Estimate], asked: Test, c: Context) -> list[Estimate]:
    """The estimates of one grouping with their p-values, adjusted for all of its comparisons."""
    few = asked != "boschloo" or is_affordable(filter(None, map(_counts, compared)))
    made = [(estimate, _test(estimate, asked, c.minimum, few=few)) for estimate in compared]
    found = [(estimate, *test) for estimate, test in made if test is not None]
    untested = [
        estimate.model_copy(update={"undefined_as": "sample_too_small", "method": f"{estimate.method}; no test"})
        for estimate, test in made
        if test is None
    ]
    if not found:
        return untested
    adjusted = holm([p for _, _, p in found], max(len(found), found[0][0].comparisons))
    return untested + [
        estimate.model_copy(update={"p_value": p, "p_adjusted": q, "method": f"{estimate.method}; {test}, Holm"})
        for (estimate, test, p), q in zip(found, adjusted, strict=True)
    ]


def _test(estimate: Estimate, asked: Test, minimum: int, *, few: bool) -> tuple[str, float] | None:
    """The test that is made and its p-value; None where there is none for so few."""
    counts = _counts(estimate)
    if counts is not None:
        test = _chosen(asked, *counts, minimum) if few else "fisher"
        name = _NAMES[test] + (", since Boschloo's takes too long" if asked == "boschloo" != test else "")
        return name, {"z": z_test, "fisher": fisher, "boschloo": boschloo}[test](*counts)
    group, reference = estimate.design, estimate.reference_design
    if group is None or reference is None or min(group.people, reference.people) < minimum:
        return None
    if not are_many(effective(group), effective(reference)):
        return None
    return f"{'z' if group.groups is None else 't'} test at effective numbers", design_test(group, reference)


def _effective(estimate: Estimate) -> tuple[Rate, Rate] | None:
    group, reference = estimate.design, estimate.reference_design
    return None if group is None or reference is None else (effective(group), effective(reference))


def _why_none(estimate: Estimate) -> str:
    where = "" if estimate.grouping is None else f" ({estimate.grouping.replace('*', ' and ')})"
    return (
        f"{estimate.group} against {estimate.reference}{where}: no test is made, since people or entities are few, and "
        "of rows with sampling weights or repeated entities there is no exact one."
    )


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
        pair = _counts(estimate) or _effective(estimate)
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
