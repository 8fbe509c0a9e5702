import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from assay.checks.performance.ks import ks
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found, law_school

rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=100)


@settings(max_examples=30, deadline=None)
@given(rows)
def test_the_estimate_is_that_of_scipy_and_its_interval_holds_it(given_):
    score, label = (np.array(column) for column in zip(*given_, strict=True))
    estimate = found(ks, scores(score, label))["ks"]
    if len(set(label)) == 1:
        assert (estimate.value, estimate.undefined_as) == (None, "estimate_undefined")
        return
    expected = ks_2samp(score[label == 1], score[label == 0], method="asymp").statistic
    assert estimate.value == pytest.approx(expected, abs=1e-12)
    assert 0 <= estimate.interval.low <= estimate.value <= estimate.interval.high <= 1
    assert estimate.interval.low < estimate.interval.high


@settings(max_examples=10, deadline=None)
@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_, random):
    one, other = (measure(ks, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other


def test_reversing_the_score_keeps_the_distance():
    p, y = drawn()
    assert found(ks, scores(1 - p, y))["ks"].value == pytest.approx(found(ks, scores(p, y))["ks"].value, abs=1e-12)


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimate = found(ks, given_)["ks"]
    assert (estimate.value, estimate.undefined_as) == (None, kind)
    assert why in estimate.undefined


def test_a_constant_score_is_a_distance_of_nothing_with_an_interval():
    estimate = found(ks, scores([0.5] * 200, [0, 1] * 100))["ks"]
    assert (estimate.value, estimate.interval.low) == (0.0, 0.0)
    assert 0 < estimate.interval.high < 0.25


def test_the_interval_holds_the_truth_where_nothing_differs_and_where_much_does():
    random, held = np.random.default_rng(2), {0.0: 0, 1.0: 0}
    truth = {0.0: 0.0, 1.0: 0.38292}  # 2 Φ(1/2) − 1 for two normal distributions one apart
    for apart in held:
        for _ in range(25):
            y = (np.arange(400) < 120).astype(int)
            interval = found(ks, scores(random.normal(apart * y, 1), y))["ks"].interval
            held[apart] += interval.low <= truth[apart] <= interval.high
    assert min(held.values()) >= 23


def test_few_events_get_the_bounds_that_hold_at_any_number():
    p, y = drawn(60, rate=0.12)
    assert y.sum() < 10
    assert found(ks, scores(p, y))["ks"].interval.method == "Dvoretzky-Kiefer-Wolfowitz bounds"


def test_weights_weigh_and_widen_the_interval():
    p, y = drawn()
    weight = np.random.default_rng(1).exponential(1, len(y))
    estimate = found(ks, designed(p, y, weight=weight))["ks"]
    own, other = (np.array([np.average(p[y == level] <= t, weights=weight[y == level]) for t in p]) for level in (1, 0))
    cut = np.abs(own - other).max()
    assert estimate.value == pytest.approx(cut, abs=1e-12)
    assert estimate.method == "Kolmogorov-Smirnov distance, weighted"
    plain = found(ks, scores(p, y))["ks"].interval
    assert estimate.interval.high - estimate.interval.low > 1.1 * (plain.high - plain.low)


def test_bins_print_what_they_hide_and_no_point_decides():
    p, y = drawn()
    estimate = found(ks, binned(p, y, 40))["ks"]
    exact = found(ks, scores(p, y))["ks"].value
    assert estimate.value <= exact <= estimate.value + estimate.bound
    assert estimate.interval.method.endswith("wider by the bins' bound")
    point = found(ks, binned(p, y, 40), decide_on="estimate")["ks"]
    assert (point.value, point.undefined_as) == (None, "estimate_unstable")


def test_the_curve_holds_the_greatest_difference():
    (curve,) = measure(ks, VIEW, scores(*drawn())).exhibits
    assert len(curve.rows) <= 51
    assert max(abs(y) for _, y in curve.rows) == found(ks, scores(*drawn()))["ks"].value


def test_a_manifest_without_a_score_is_missing_evidence():
    assert set(needs(ks, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


# scipy.stats.ks_2samp on the first-year grades of the law school survey
def test_the_grades_of_the_law_school_lie_as_far_apart_as_scipy_says():
    grade, passed = law_school()
    expected = ks_2samp(grade[passed == 1], grade[passed == 0], method="asymp").statistic
    estimate = found(ks, scores(grade, passed, probability=False))["ks"]
    assert (estimate.n, estimate.value) == (20798, pytest.approx(expected, abs=1e-12))
    assert estimate.interval.high - estimate.interval.low < 0.07


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(
    ("threshold", "outcome"), [(0.2, "pass"), (0.4, "inconclusive"), (0.6, "fail")]
)  # fmt: skip
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(2000)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    asked = control(check="performance.ks", criterion={"at_least": threshold, "source": "convention"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(0.1, 0), (0.9, 1)] * 15 + [(0.9, 0), (0.1, 1)] * 5)
    for operator, outcome in (("at_least", "pass"), ("above", "fail")):
        asked = control(check="performance.ks", criterion={operator: 0.5, "source": "house", "decide_on": "estimate"})
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome
