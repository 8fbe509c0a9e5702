import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from assay.checks.performance.average_precision import average_precision
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found, law_school

NAME = "average_precision"
rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=100)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_the_estimate_is_that_of_scikit_learn_and_its_interval_holds_it(given_):
    score, label = zip(*given_, strict=True)
    estimate = found(average_precision, scores(score, label))[NAME]
    if len(set(label)) == 1:
        assert (estimate.value, estimate.undefined_as) == (None, "estimate_undefined")
        return
    assert estimate.value == pytest.approx(average_precision_score(label, score), abs=1e-12)
    assert 0 <= estimate.interval.low <= estimate.value <= estimate.interval.high <= 1
    assert estimate.interval.low < estimate.interval.high


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_, random):
    one, other = (measure(average_precision, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimate = found(average_precision, given_)[NAME]
    assert (estimate.value, estimate.undefined_as) == (None, kind)
    assert why in estimate.undefined


# scikit-learn's documentation of average_precision_score
def test_the_documented_example_is_reproduced():
    estimate = found(average_precision, scores([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))[NAME]
    assert estimate.value == pytest.approx(0.83333333, abs=1e-8)
    assert estimate.interval.method == "Clopper-Pearson at the effective number"


def test_a_constant_score_has_the_share_of_events_and_a_note_says_so():
    measured = measure(average_precision, VIEW, scores([0.5] * 200, [0, 1, 0, 0] * 50))
    (estimate,) = measured.estimates
    assert estimate.value == 0.25
    assert estimate.interval.low < 0.25 < estimate.interval.high
    assert "share of events is 0.25" in measured.notes[0]


def test_a_perfect_order_is_1_and_not_known_without_error():
    estimate = found(average_precision, scores(np.arange(100) / 100, (np.arange(100) >= 60).astype(int)))[NAME]
    assert estimate.value == 1
    assert estimate.interval.high == 1
    assert 0.85 < estimate.interval.low < 0.95  # 40 of 40 events


def test_weights_weigh_as_scikit_learn_has_it_whatever_their_unit():
    p, y = drawn()
    weight = np.random.default_rng(1).exponential(1, len(y))
    one, two = (found(average_precision, designed(p, y, weight=weight * unit))[NAME] for unit in (1.0, 100.0))
    assert one.value == pytest.approx(average_precision_score(y, p, sample_weight=weight), abs=1e-12)
    assert one.method == "average precision, weighted"
    assert (two.value, two.interval.low) == (pytest.approx(one.value), pytest.approx(one.interval.low))
    plain = found(average_precision, scores(p, y))[NAME].interval
    assert one.interval.high - one.interval.low > 1.1 * (plain.high - plain.low)


def test_people_in_several_rows_widen_the_interval():
    p, y = drawn(100)
    many = np.repeat(p, 8), np.repeat(y, 8), np.repeat(np.arange(100), 8)
    alone = found(average_precision, scores(*many[:2]))[NAME].interval
    grouped = found(average_precision, designed(*many[:2], group=many[2]))[NAME]
    assert grouped.interval.high - grouped.interval.low > 2 * (alone.high - alone.low)


def test_bins_print_what_they_hide_and_no_point_decides():
    p, y = drawn()
    estimate = found(average_precision, binned(p, y, 200))[NAME]
    assert 0 < abs(estimate.value - average_precision_score(y, p)) <= estimate.bound < 0.2
    assert estimate.interval.method.endswith("wider by the bins' bound")
    point = found(average_precision, binned(p, y, 200), decide_on="estimate")[NAME]
    assert (point.value, point.undefined_as) == (None, "estimate_unstable")


def test_the_curve_ends_at_all_events():
    (curve,) = measure(average_precision, VIEW, scores(*drawn(), unlabelled=3)).exhibits
    assert len(curve.rows) <= 51
    assert curve.rows[-1] == (1.0, pytest.approx(drawn()[1].mean()))


def test_a_manifest_without_a_score_is_missing_evidence():
    assert set(needs(average_precision, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


def test_the_grades_of_the_law_school_have_the_number_of_scikit_learn():
    grade, passed = law_school()
    estimate = found(average_precision, scores(-grade, 1 - passed, probability=False))[NAME]
    assert (estimate.n, estimate.value) == (
        20798,
        pytest.approx(average_precision_score(1 - passed, -grade), abs=1e-12),
    )
    assert estimate.interval.high - estimate.interval.low < 0.05


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(("threshold", "outcome"), [(0.45, "pass"), (0.55, "inconclusive"), (0.7, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(2000)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    asked = control(check="performance.average_precision", criterion={"at_least": threshold, "source": "house"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(0.5, 0), (0.5, 1)] * 20)
    for operator, outcome in (("at_least", "pass"), ("above", "fail")):
        asked = control(
            check="performance.average_precision",
            criterion={operator: 0.5, "source": "house", "decide_on": "estimate"},
        )
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome
