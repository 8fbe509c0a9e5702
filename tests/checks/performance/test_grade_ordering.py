"""Whether default rates rise from grade to grade."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.performance.grade_ordering import grade_ordering
from assay.record.policy import Criterion, SmallGroups
from assay.stats.comparison import difference_interval
from assay.verdict.rollup import conclude
from builders import cells, manifest, measure, needs, people_manifest, weighed, with_entity

VIEW = people_manifest(columns={
    "label": {"column": "y", "favourable": 0}, "grade": {"column": "g", "order": ["A", "B", "C", "D"]},
})  # fmt: skip
KEYS = ("label", "group:(grade)")


def people(**grades):
    return [("unfavourable" if i < d else "favourable", g) for g, (d, n) in grades.items() for i in range(n)]


def ordered(rows, **options):
    return measure(grade_ordering, VIEW, cells(KEYS, rows), **options)


def outcome(measured, **criterion):
    criteria = (Criterion(source="house", **{"at_most": 0, **criterion}),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)


@pytest.mark.parametrize(
    ("grades", "inversions", "ends", "wanted"),
    [
        ({"A": (10, 1000), "B": (50, 1000), "C": (150, 1000)}, 0, (0, 0), "pass"),
        ({"A": (10, 1000), "B": (150, 1000), "C": (50, 1000)}, 1, (1, 1), "fail"),
        ({"A": (10, 1000), "B": (50, 1000), "C": (51, 1000)}, 0, (0, 1), "inconclusive"),
        ({"A": (10, 1000), "B": (50, 1000), "C": (45, 1000)}, 1, (0, 1), "inconclusive"),
        ({"A": (500, 1000), "B": (150, 1000), "C": (50, 1000)}, 2, (2, 2), "fail"),
        ({"A": (0, 20), "B": (19, 20)}, 0, (0, 0), "inconclusive"),
        ({"A": (19, 20), "B": (0, 20)}, 1, (1, 1), "fail"),
    ],
)
def test_an_order_passes_where_every_step_is_shown_and_fails_where_one_is_shown_to_go_down(
    grades, inversions, ends, wanted
):
    measured = ordered(people(**grades))
    found = measured.estimates[0]
    assert (found.name, found.value) == ("inversions", inversions)
    assert (found.interval.low, found.interval.high) == ends
    assert outcome(measured).outcome == wanted


@pytest.mark.parametrize(("worse", "wanted"), [(100, "pass"), (99, "fail")])
def test_equal_rates_are_no_inversion(worse, wanted):
    measured = ordered(people(A=(100, 1000), B=(worse, 1000)), decide_on="estimate")
    assert outcome(measured, decide_on="estimate").outcome == wanted


def test_each_step_is_a_difference_of_rates_with_newcombes_interval():
    _, step = ordered(people(A=(10, 200), C=(30, 300))).estimates
    assert (step.group, step.reference, step.id) == ("C", "A", "default_rate_step[grade: C / A]")
    assert step.value == 0.05
    again = difference_interval((30, 300), (10, 200), 0.95)
    assert (step.interval.low, step.interval.high) == (again.low, again.high)


def test_empty_grades_are_passed_over_and_told():
    measured = ordered([*people(A=(1, 80), D=(9, 80)), (None, "B"), ("favourable", None)])
    assert measured.notes == ("Nobody with a label is in the grades B, C.",)
    assert (measured.unlabelled, measured.unknown) == (1 / 162, {"grade": 1 / 162})


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "fewer than two grades"),
        (people(A=(5, 50)), "fewer than two grades"),
        ([(None, "A"), (None, "B")], "fewer than two grades"),
        (people(A=(5, 50), E=(5, 50)), "the grade 'E' occurs"),
    ],
)
def test_what_has_no_order_has_no_value(rows, why):
    (found,) = ordered(rows).estimates
    assert (found.value, why in found.undefined) == (None, True)


@given(st.randoms())
def test_the_order_of_rows_changes_nothing(random):
    rows = people(A=(2, 90), B=(7, 60), C=(20, 80))
    assert ordered(random.sample(rows, len(rows))) == ordered(rows)


def test_weights_and_entities_are_honoured():
    rows = people(A=(10, 400), B=(40, 400))
    plain = ordered(rows).estimates[1]
    same = measure(grade_ordering, VIEW, weighed(cells(KEYS, rows), 2.0)).estimates[1]
    assert (same.value, same.interval.low) == (plain.value, pytest.approx(plain.interval.low, abs=1e-12))
    by_entity = cells((*KEYS, "entity"), [(*row, f"{at % 40:03}") for at, row in enumerate(rows)])
    found = measure(grade_ordering, with_entity(VIEW), by_entity).estimates[1]
    assert found.value == plain.value
    assert found.interval.low != plain.interval.low


def test_what_it_needs():
    assert needs(grade_ordering, manifest()).missing == ("data.test", "columns.label", "columns.grade")


@pytest.mark.parametrize(("limit", "wanted"), [(-0.2, "pass"), (-0.09, "inconclusive"), (-0.01, "fail")])
def test_a_small_fall_can_be_allowed_and_a_rise_never_fails(limit, wanted):
    measured = ordered(people(A=(10, 400), B=(200, 400), C=(160, 400)))
    assert outcome(measured, estimate="default_rate_step", at_most=None, at_least=limit).outcome == wanted


def test_a_step_shown_to_rise_only_by_its_own_interval_may_fall_where_another_may():
    _, first, second = ordered(people(A=(100, 1000), B=(130, 1000), C=(131, 1000))).estimates
    assert first.simultaneous.low < 0 < first.interval.low
    assert second.interval.low < 0
    assert ordered(people(A=(100, 1000), B=(130, 1000), C=(131, 1000))).estimates[0].interval.high == 2
