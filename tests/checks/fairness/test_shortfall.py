"""How many people more, at the reference's rate."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.shortfall import shortfall
from assay.record.policy import Criterion, SmallGroups
from assay.run.people import people_to_decide
from assay.stats.comparison import difference_interval
from assay.verdict.rollup import conclude
from builders import by_group, cells, decided, measure, people_manifest, repeated, weighed, with_entity

SEX = people_manifest("sex")
CLIENTS = with_entity(SEX)
KEYS = ("decision", "group:sex")


def short(rows, **options):
    return measure(shortfall, SEX, cells(KEYS, rows), **options)


def outcome(measured, **asked):
    criteria = (Criterion(source="house", **asked),)
    found = conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)
    return found.outcome, found.reason


def test_it_counts_people_and_is_not_rounded():
    found = by_group(short(decided(male=(2, 3), female=(1, 4)), minimum=1))["female"]
    assert found.value == float(4 * (Fraction(2, 3) - Fraction(1, 4)))
    assert (found.shape, found.exact, found.n) == ("value", None, 3)


def test_the_interval_is_that_of_the_difference_times_the_people():
    found = by_group(short(decided(male=(50, 100), female=(80, 200))))["female"]
    difference = difference_interval((80, 200), (50, 100), 0.95)
    assert (found.interval.low, found.interval.high) == (-200 * difference.high, -200 * difference.low)
    assert found.value == 20.0
    assert found.interval.low < 20 < found.interval.high


# questions and answers on 29 CFR 1607.4(D): 16 of 80 white and 3 of 20 black applicants are hired; one black applicant
# hired instead of a white one, and the rate of black applicants is the higher one
def test_one_different_person_turns_the_ratio_of_the_guideline_around():
    measured = short(decided(white=(16, 80), black=(3, 20)), decide_on="estimate")
    table = measured.exhibits[-1]
    names = [column.name for column in table.columns]
    row = dict(zip(names, table.rows[0], strict=True))
    assert row["value"] == 1.0
    assert row["ratio"] == 0.75
    assert row["more"] == 1.0
    assert row["fewer"] == 0.5
    assert row["instead"] == float(Fraction(4, 20) / Fraction(15, 80))
    assert row["instead"] > 1


def test_a_person_more_than_there_are_has_no_ratio():
    rows = decided(a=(10, 10), b=(0, 10))
    table = short(rows, decide_on="estimate", p={"reference": "a"}).exhibits[-1]
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert (row["ratio"], row["fewer"]) == (0.0, None)
    full = short(rows, decide_on="estimate", p={"reference": "b"}).exhibits[-1]
    row = dict(zip([column.name for column in full.columns], full.rows[0], strict=True))
    assert (row["ratio"], row["more"]) == (None, None)
    assert row["value"] == -10.0


def test_the_number_itself_decides_where_it_may_and_the_interval_otherwise():
    point = short(decided(male=(50, 100), female=(48, 100)), decide_on="estimate")
    assert outcome(point, at_most=2, decide_on="estimate") == ("pass", None)
    assert outcome(point, at_most=1.999, decide_on="estimate") == ("fail", None)
    wide = short(decided(male=(50, 100), female=(48, 100)))
    assert outcome(wide, at_most=2) == ("inconclusive", "interval_straddles")
    assert outcome(short(decided(male=(900, 1000), female=(500, 1000))), at_most=2) == ("fail", None)


def test_a_group_that_is_better_off_has_no_shortfall():
    measured = short(decided(male=(500, 1000), female=(900, 1000)), p={"reference": "male"})
    assert by_group(measured)["female"].value == -400.0
    assert outcome(measured, at_most=1) == ("pass", None)


def test_small_and_empty_groups_are_told():
    assert outcome(short(decided(male=(50, 100), female=(5, 10))), at_most=100) == ("inconclusive", "sample_too_small")
    assert outcome(short(decided(male=(50, 100))), at_most=1) == ("inconclusive", "estimate_undefined")
    empty = short(decided(male=(50, 100), female=(40, 100)) + [(None, "x")] * 5)
    assert by_group(empty)["x"].undefined == "nobody of x counts towards the rate"
    assert by_group(empty)["x"].shape == "value"


def test_weighted_rates_are_taken_times_the_people_of_the_dataset():
    given = cells(KEYS, decided(male=(500, 1000), female=(400, 1000)))
    unlike = weighed(given, lambda levels: 3.0 if levels == ("favourable", "female") else 1.0)
    found = by_group(measure(shortfall, SEX, unlike, p={"reference": "male"}))["female"]
    assert found.value == pytest.approx(1000 * (0.5 - 1200 / 1800))
    assert found.n == 1000
    difference = difference_interval(
        (found.design.rate * found.design.effective, found.design.effective), (500, 1000), 0.95
    )
    assert found.interval.low == pytest.approx(-1000 * difference.high)
    table = measure(shortfall, SEX, unlike, p={"reference": "male"}).exhibits[-1]
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert row["ratio"] == pytest.approx(1200 / 1800 / 0.5)
    assert (row["more"], row["fewer"], row["instead"]) == (None, None, None)


@given(st.integers(1, 199), st.integers(1, 199), st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_weights_that_are_all_alike_change_nothing(k, other, weight):
    given = cells(KEYS, decided(male=(k, 200), female=(other, 200)))
    for one, alike in zip(
        measure(shortfall, SEX, given).estimates, measure(shortfall, SEX, weighed(given, weight)).estimates, strict=True
    ):
        assert (alike.group, alike.n) == (one.group, one.n)
        expected = (one.value, one.interval.low, one.interval.high)
        assert (alike.value, alike.interval.low, alike.interval.high) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_rows_of_the_same_entities_leave_the_interval_as_wide_for_each_person():
    given = cells(KEYS, decided(male=(120, 200), female=(90, 200)))
    plain, tenfold = (
        by_group(measure(shortfall, view, one))["female"]
        for view, one in ((SEX, given), (CLIENTS, repeated(given, times=10)))
    )
    assert tenfold.value == pytest.approx(10 * plain.value)
    width = [one.interval.high - one.interval.low for one in (plain, tenfold)]
    assert width[1] >= 10 * 0.97 * width[0]


def test_no_number_of_people_is_said_to_decide_what_grows_with_the_people():
    estimate = by_group(short(decided(male=(50, 100), female=(48, 100))))["female"]
    assert people_to_decide(estimate, Criterion(at_most=2, source="house"), SmallGroups()) is None


counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(lambda c: sum(c) > 0)


@given(st.lists(counts, min_size=2, max_size=5), st.randoms())
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter_and_against_the_highest_nobody_has_a_surplus(groups, random):
    rows = decided(**{f"g{i}": (k, k + other) for i, (k, other) in enumerate(groups)})
    found = short(rows, minimum=1).estimates
    assert found == short(random.sample(rows, len(rows)), minimum=1).estimates
    assert all(e.value >= 0 for e in found)
    assert all(e.interval.low <= e.value <= e.interval.high for e in found)
    shared = sum(k for k, _ in groups) / sum(k + other for k, other in groups)
    best = max(Fraction(k, k + other) for k, other in groups)
    total = sum(e.value for e in found if e.headline)
    assert total == pytest.approx(sum(k + o for k, o in groups) * (float(best) - shared), abs=1e-9)
