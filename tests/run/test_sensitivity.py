"""What would change a judgement: thresholds and people, put to the test by judging again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.record.policy import Criterion, SmallGroups
from assay.run.sensitivity import flips_at, people_to_flip, with_sensitivity
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.stats.proportion import wilson
from assay.verdict.judge import judge
from assay.verdict.replay import differences
from assay.verdict.rollup import conclude
from auditing import DECIDED, control, evaluate, finding_of, people, write_csv

FOUR_FIFTHS = Criterion(at_least=0.8, source="convention")
SMALL = SmallGroups()


def compared(a, n, b, m, *, shape="ratio", reference="highest", decide_on="interval", family=1):
    groups = [GroupCounts("a", a, n, n), GroupCounts("b", b, m, m)]
    return compare_groups(groups, Question("x", shape, "g", 0.95, 30, decide_on, reference, family=family))[0]


def outcome(estimate, criterion=FOUR_FIFTHS):
    return judge(estimate, criterion, 0, SMALL).outcome


def near(threshold, side):
    return threshold * (1 + side * 1e-6) if threshold else side * 1e-6


def test_an_undecided_ratio_passes_below_its_interval_and_fails_above_it():
    estimate = compared(400, 1000, 500, 1000)
    assert outcome(estimate) == "inconclusive"
    assert flips_at(estimate, FOUR_FIFTHS, SMALL) == {
        "pass": estimate.interval.low, "fail": estimate.interval.high
    }  # fmt: skip


def test_a_pass_of_two_sides_flips_where_the_nearer_side_does():
    estimate = compared(1030, 2000, 1000, 2000, reference="b")
    found = flips_at(estimate, FOUR_FIFTHS, SMALL)
    assert outcome(estimate) == "pass"
    assert found["inconclusive"] == 1 / estimate.interval.high


def test_a_point_that_decides_flips_at_the_point():
    by_point = Criterion(at_least=0.8, source="convention", decide_on="estimate")
    estimate = compared(70, 100, 100, 110, decide_on="estimate")
    assert flips_at(estimate, by_point, SMALL) == {"pass": estimate.value}


def test_fails_tell_the_interval_with_all_comparisons():
    estimate = compared(200, 1000, 500, 1000, family=6)
    assert outcome(estimate) == "fail"
    found = flips_at(estimate, FOUR_FIFTHS, SMALL)
    assert found == {"inconclusive": estimate.simultaneous.high, "pass": estimate.interval.low}


def test_nothing_is_told_of_what_has_no_threshold_or_two():
    estimate = compared(400, 1000, 500, 1000)
    assert flips_at(estimate, Criterion(reported=True, source="statute"), SMALL) == {}
    assert flips_at(estimate, Criterion(between=(0.8, 1.25), source="house"), SMALL) == {}


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 120), st.integers(1, 120), st.integers(30, 120), st.integers(30, 120),
    st.sampled_from([
        ("ratio", "at_least", 0.8), ("difference", "at_most", 0.1), ("difference", "at_least", -0.1),
        ("ratio", "margin", 0.2), ("difference", "margin", 0.1),
    ]),
)  # fmt: skip
def test_beyond_each_told_threshold_it_is_the_told_outcome_and_before_it_the_old_one(a, b, n, m, asked):
    shape, operator, threshold = asked
    estimate = compared(min(a, n), n, min(b, m), m, shape=shape, reference="b")
    if estimate.value is None:
        return
    criterion = Criterion(**{operator: threshold}, source="house")
    start = outcome(estimate, criterion)
    for other, step in flips_at(estimate, criterion, SMALL).items():
        assert other != start
        away = 1 if step > threshold else -1
        beyond = criterion.model_copy(update={operator: near(step, away * (1 if step > 0 else -1) if step else away)})
        assert outcome(estimate, beyond) == other
    nearest = min((abs(s - threshold) for s in flips_at(estimate, criterion, SMALL).values()), default=0)
    for side in (-0.99, 0.99):
        moved = threshold + side * nearest
        if moved * threshold > 0 and (shape == "difference" or moved < 1):  # beyond equality it is another question
            assert outcome(estimate, criterion.model_copy(update={operator: moved})) == start


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, 90), st.integers(1, 90), st.integers(10, 90), st.integers(20, 90),
    st.sampled_from([("ratio", "at_least", 0.8), ("difference", "at_most", 0.1), ("ratio", "at_most", 1.3)]),
    st.sampled_from(["one", "two"]), st.sampled_from(["interval", "estimate"]), st.integers(1, 6),
)  # fmt: skip
def test_as_many_people_and_no_fewer_change_the_outcome(a, b, n, m, asked, sides, decide_on, family):
    shape, operator, threshold = asked
    criterion = Criterion(**{operator: threshold}, source="house", sides=sides, decide_on=decide_on)

    def with_hits(hits):
        return compared(hits, n, min(b, m), m, shape=shape, reference="b", decide_on="estimate", family=family)

    start = with_hits(min(a, n))
    if start.value is None:
        return
    outcomes = [outcome(with_hits(hits), criterion) for hits in range(n + 1)]
    other = [abs(hits - start.numerator) for hits, one in enumerate(outcomes) if one != outcomes[start.numerator]]
    assert people_to_flip(start, criterion, SMALL) == min(other, default=None)


def test_a_rate_of_its_own_is_counted_again_by_wilson():
    low, high = wilson(3, 100, 0.95)
    rate = Estimate(
        name="flips", value=0.03, n=100, numerator=3, denominator=100,
        interval=Interval(low=low, high=high, confidence=0.95, method="Wilson"),
    )  # fmt: skip
    criterion = Criterion(at_most=0.1, source="house")
    assert outcome(rate, criterion) == "pass"
    assert wilson(4, 100, 0.95)[1] <= 0.1 < wilson(5, 100, 0.95)[1]
    assert people_to_flip(rate, criterion, SMALL) == 2


def test_no_threshold_beyond_equality_is_told_for_a_group_that_can_only_be_worse_off():
    groups = [GroupCounts("a", 15, 20, 20), GroupCounts("b", 500, 1000, 1000)]
    small = compare_groups(groups, Question("x", "ratio", "g", 0.95, 30))[0]
    assert small.worse_only
    assert small.simultaneous.high > 1
    assert flips_at(small, FOUR_FIFTHS, SMALL) == {}


def test_a_test_flips_at_its_p_value_and_says_nothing_of_people():
    tested = compared(400, 1000, 500, 1000).model_copy(update={"p_value": 0.03, "p_adjusted": 0.09})
    level = Criterion(significance=0.05, source="house")
    assert (outcome(tested, level), flips_at(tested, level, SMALL)) == ("inconclusive", {"fail": 0.09})
    assert people_to_flip(tested, level, SMALL) is None


def test_intervals_made_otherwise_and_numbers_without_counts_say_nothing_of_people():
    estimate = compared(400, 1000, 500, 1000)
    wider = estimate.interval.model_copy(update={"low": 0.5, "method": "bootstrap"})
    assert people_to_flip(estimate.model_copy(update={"interval": wider}), FOUR_FIFTHS, SMALL) is None
    auc = Estimate(
        name="auc", value=0.7, n=100, interval=Interval(low=0.6, high=0.8, confidence=0.95, method="DeLong")
    )  # fmt: skip
    assert people_to_flip(auc, Criterion(at_least=0.65, source="house"), SMALL) is None
    assert flips_at(auc, Criterion(at_least=0.65, source="house"), SMALL) == {"pass": 0.6, "fail": 0.8}


@pytest.mark.parametrize("unlabelled", [None, 0.5])
def test_only_what_decides_is_told_and_nothing_where_something_else_decides(unlabelled):
    groups = [GroupCounts("a", 400, 1000, 1000), GroupCounts("b", 900, 1000, 1000), GroupCounts("c", 880, 1000, 1000)]
    found = compare_groups(groups, Question("x", "ratio", "g", 0.95, 30))
    concluded = conclude(criteria=(FOUR_FIFTHS,), measured=Measured(estimates=found, unlabelled=unlabelled))
    told = with_sensitivity(
        concluded.judgements, concluded.leading, {e.id: e for e in found}, (FOUR_FIFTHS,), SMALL
    )  # fmt: skip
    assert {one.estimate: bool(one.flips_at) for one in told} == {
        "x[g: a / b]": unlabelled is None, "x[g: a / c]": unlabelled is None, "x[g: c / b]": False
    }  # fmt: skip


def test_an_audit_tells_it_in_record_and_report_and_verifies(tmp_path):
    data = write_csv(
        tmp_path / "d.csv", *people(("f", "yes", 400), ("f", "no", 600), ("m", "yes", 500), ("m", "no", 500))
    )
    result = evaluate(tmp_path, data, DECIDED, control(), out=tmp_path / "reports", pdf=False)
    (judgement,) = finding_of(result).judgements
    assert set(judgement.flips_at) == {"pass", "fail"}
    assert judgement.people_to_flip == people_to_flip(finding_of(result).measured.estimates[0], FOUR_FIFTHS, SMALL)
    said = (result.bundle / "report.html").read_text()
    assert f"had {judgement.people_to_flip} people of that group fared otherwise" in said
    assert "pass with a threshold beyond" in said
    assert differences(result.audit) == ()
