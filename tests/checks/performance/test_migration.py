"""How people moved between grades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.performance.migration import migration
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs, people_manifest

ORDER = ["A", "B", "C", "D"]
GRADE = {"grade": {"column": "g", "order": ORDER}}
VIEW = people_manifest(columns={**GRADE, "previous_grade": "h"})
NOW_ONLY = people_manifest(columns=GRADE)
KEYS = ("group:(previous grade)", "group:(grade)")
STAYS = [[80, 12, 6, 2], [10, 70, 15, 5], [4, 16, 70, 10], [1, 4, 15, 80]]


def rows_of(matrix, before=ORDER):
    return [(before[i], ORDER[j]) for i, row in enumerate(matrix) for j, n in enumerate(row) for _ in range(n)]


def moved(rows, **options):
    return measure(migration, VIEW, cells(KEYS, rows), **options)


def outcome(measured, **criterion):
    criteria = (Criterion(source="guidance", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)


def test_the_bandwidths_of_a_matrix():
    upper, lower, *excesses = moved(rows_of(STAYS)).estimates
    assert upper.value == pytest.approx((12 + 12 + 6 + 15 + 10 + 10) / (20 * 3 + 20 * 2 + 10 * 2), abs=1e-12)
    assert lower.value == pytest.approx((10 + 8 + 16 + 3 + 8 + 15) / (10 * 2 + 20 * 2 + 20 * 3), abs=1e-12)
    assert (upper.n, lower.n) == (50, 50)
    for each in (upper, lower):
        assert 0 < each.interval.low < each.value < each.interval.high < 1
    assert len(excesses) == 12
    assert all(excess.value < 0 for excess in excesses)
    assert all(excess.p_adjusted > 0.05 for excess in excesses)


@pytest.mark.parametrize(("far", "wanted"), [(6, "inconclusive"), (14, "inconclusive"), (40, "fail")])
def test_a_farther_grade_that_is_more_frequent_beyond_chance_fails(far, wanted):
    matrix = [row[:] for row in STAYS]
    matrix[0] = [80, 6, far, 2]
    measured = moved(rows_of(matrix))
    excess = next(each for each in measured.estimates if (each.group, each.reference) == ("from A to C", "to B"))
    assert excess.headline
    found = outcome(measured, estimate="excess_over_nearer_grade", significance=0.05)
    assert (found.outcome, excess.p_adjusted <= 0.05) == (wanted, wanted == "fail")


SKEWED = [[60_000, 100, 170, 10], [20, 60, 20, 20], [12, 2, 18, 8], [2, 5, 100, 4000]]
"""The pair with the smallest p-value is of many people and little excess; another one has a large excess."""


def excesses_of(matrix):
    return [each for each in moved(rows_of(matrix)).estimates if each.name == "excess_over_nearer_grade"]


def test_a_large_excess_of_few_is_judged_beside_the_small_one_of_many():
    named = {each.group: each for each in excesses_of(SKEWED)}
    assert named["from A to C"].headline
    assert [each.group for each in named.values() if each.headline] == ["from A to C"]
    assert (named["from C to A"].value, named["from C to A"].n) == (0.25, 40)
    assert named["from C to A"].interval.low > 0.05
    found = outcome(moved(rows_of(SKEWED)), estimate="excess_over_nearer_grade", at_most=0.05)
    assert found.outcome != "pass"
    found = outcome(moved(rows_of([[each * 5 for each in row] for row in SKEWED])),
                    estimate="excess_over_nearer_grade", at_most=0.05)  # fmt: skip
    assert (found.outcome, "from C to A" in found.sentence) == ("fail", True)


def test_pairs_are_adjusted_for_each_other_by_holm():
    found = sorted(excesses_of(SKEWED), key=lambda each: each.p_value)
    assert {each.comparisons for each in found} == {len(found)}
    most = 0.0
    for at, each in enumerate(found):
        most = max(most, min(1.0, (len(found) - at) * each.p_value))
        assert each.p_adjusted == pytest.approx(most, abs=1e-15)
        assert each.simultaneous.low <= each.interval.low <= each.value <= each.interval.high <= each.simultaneous.high


def test_one_person_who_moved_two_grades_fails_nothing():
    measured = moved(rows_of([[0, 0, 1, 0], [0, 40, 0, 0], [0, 0, 40, 0], [0, 0, 0, 40]]))
    (one,) = (each for each in measured.estimates if each.group == "from A to C")
    assert (one.n, one.p_value, one.interval.method) == (1, 0.5, "Clopper-Pearson, paired")
    for criterion in ({"significance": 0.05}, {"at_most": 0.0}):
        found = outcome(measured, estimate="excess_over_nearer_grade", **criterion)
        assert (found.outcome, found.reason) == ("inconclusive", "sample_too_small")


def test_people_who_stay_near_pass_a_margin_by_the_upper_end_alone():
    measured = moved(rows_of([[400, 60, 20, 0], [60, 400, 60, 10], [20, 60, 400, 60], [0, 20, 60, 400]]))
    least = max(each.interval.high for each in measured.estimates[2:])
    asked = {"estimate": "excess_over_nearer_grade", "significance": 0.05}
    assert least < 0.01
    assert outcome(measured, **asked, margin=0.01).outcome == "pass"
    assert outcome(measured, **asked).outcome == "inconclusive"


def test_grades_whose_names_hold_the_word_between_them_are_told_apart():
    order = ["A", "A to B", "B to C", "C"]
    view = people_manifest(columns={"grade": {"column": "g", "order": order}, "previous_grade": "h"})
    rows = [(before, now) for before in order for now in order for _ in range(30)]
    found = measure(migration, view, cells(KEYS, rows)).estimates
    assert len({each.id for each in found}) == len(found)


def test_more_pairs_than_are_compared_leave_the_excess_open():
    order = [f"G{at:02}" for at in range(46)]
    view = people_manifest(columns={"grade": {"column": "g", "order": order}, "previous_grade": "h"})
    rows = [(before, now) for before in order for now in order]
    found = measure(migration, view, cells(KEYS, rows)).estimates[-1]
    assert found.undefined == "2070 pairs of grades, more than 2000"


@pytest.mark.parametrize(("limit", "wanted"), [(0.1, "fail"), (0.65, "pass"), (0.542, "inconclusive")])
def test_a_limit_of_the_bandwidth_is_judged_by_its_interval(limit, wanted):
    assert outcome(moved(rows_of(STAYS)), at_most=limit).outcome == wanted


def test_where_nobody_moved_there_is_no_bandwidth():
    upper, lower, *excesses = moved(rows_of([[40, 0, 0, 0], [0, 40, 0, 0], [0, 0, 40, 0], [0, 0, 0, 40]])).estimates
    assert (upper.undefined, lower.undefined) == ("nobody moved to a worse grade", "nobody moved to a better grade")
    assert {(excess.value, excess.p_value) for excess in excesses} == {(-1.0, 1.0)}


def test_everybody_who_moved_as_far_as_can_be_is_not_known_without_error():
    upper, *_ = moved(rows_of([[50, 0, 0, 40], [0, 50, 0, 0], [0, 0, 50, 0], [0, 0, 0, 50]])).estimates
    assert upper.value == 1.0
    assert upper.interval.low < 0.99


def test_new_clients_are_noted_and_lost_grades_are_a_share():
    measured = moved([*rows_of(STAYS), *[(None, "A")] * 30, *[("A", None)] * 10])
    assert measured.notes == ("300 of 400 people kept their grade.", "30 of 440 people have no previous grade.")
    assert measured.unknown == {"grade": 10 / 440}


@pytest.mark.parametrize(
    ("rows", "why"),
    [([], "nobody in the test data"), ([(None, "A"), ("A", None)], "nobody in"), ([("Z", "A")] * 9, "the grade 'Z'")],
)
def test_what_is_no_matrix_has_no_value(rows, why):
    for found in moved(rows).estimates:
        assert (found.value, why in found.undefined) == (None, True)


@given(st.randoms())
def test_the_order_of_rows_changes_nothing(random):
    rows = rows_of([[20, 2, 1, 0], [1, 20, 2, 0], [0, 3, 20, 1], [0, 0, 2, 20]])
    shuffled = random.sample(rows, len(rows))
    assert moved(shuffled) == moved(rows)


def test_what_it_needs():
    assert needs(migration, manifest()).missing == ("data.test", "columns.grade", "columns.previous_grade")
    assert needs(migration, NOW_ONLY).missing == ("columns.previous_grade",)


def test_from_a_file_to_the_finding(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("h", "g"), rows_of(STAYS))
    asked = control(check="performance.migration", criterion={"reported": True, "source": "guidance"})
    result = evaluate(tmp_path, data, {**GRADE, "previous_grade": "h"}, asked)
    assert finding_of(result).outcome == "pass"
