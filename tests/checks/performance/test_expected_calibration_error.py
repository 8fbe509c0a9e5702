import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.performance.expected_calibration_error import expected_calibration_error as check
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found

NAMES = ("expected_calibration_error", "uncorrected_error")


def of_rows(p, y, bins=10):
    """Rows sorted, cut into bins of equal size: there are no ties."""
    order = np.argsort(p)
    parts = zip(np.array_split(p[order], bins), np.array_split(y[order], bins), strict=True)
    return sum(len(a) / len(p) * abs(b.mean() - a.mean()) for a, b in parts)


def right(n, seed=1):
    random = np.random.default_rng(seed)
    p = random.beta(1.5, 3, n)
    return p, (random.random(n) < p).astype(int)


@pytest.mark.parametrize("bins", [5, 10, 20])
def test_the_uncorrected_error_is_that_of_the_rows(bins):
    p, y = drawn(1000)
    assert found(check, scores(p, y), p={"bins": bins})[NAMES[1]].value == pytest.approx(of_rows(p, y, bins), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms())
def test_the_order_of_the_rows_changes_nothing(seed, random):
    p, y = right(300, seed)
    order = random.sample(range(300), 300)
    assert measure(check, VIEW, scores(p, y)) == measure(check, VIEW, scores(p[order], y[order]))


def test_chance_alone_is_taken_off_and_the_interval_holds_0():
    held, corrected, plain = 0, [], []
    for seed in range(100):
        estimates = found(check, scores(*right(1000, seed)))
        held += estimates[NAMES[0]].interval.low == 0
        corrected.append(estimates[NAMES[0]].value)
        plain.append(estimates[NAMES[1]].value)
    assert held >= 95
    assert np.mean(corrected) < 0.7 * np.mean(plain)


def test_a_constant_probability_has_one_bin_and_its_distance():
    estimates = found(check, scores([0.4] * 200, [1, 0, 0, 0] * 50))
    assert estimates[NAMES[1]].value == pytest.approx(0.15)
    assert 0.14 < estimates[NAMES[0]].value <= 0.15


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimates = found(check, given_)
    assert tuple(estimates) == NAMES
    for estimate in estimates.values():
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined


def test_bins_of_fewer_than_ten_rows_are_too_small():
    p, y = drawn(200)
    assert found(check, scores(p, y), p={"bins": 20})[NAMES[0]].value is not None
    estimate = found(check, scores(p, y), p={"bins": 21})[NAMES[0]]
    assert (estimate.value, estimate.undefined_as) == (None, "sample_too_small")


def test_weights_weigh_and_people_in_several_rows_widen_the_interval():
    p, y = drawn(400)
    weight = np.random.default_rng(1).integers(1, 4, 400).astype(float)
    weighted, plain = (found(check, table)[NAMES[1]] for table in (designed(p, y, weight=weight), scores(p, y)))
    order = np.argsort(p)
    parts = np.array_split(order, 10)
    expected = sum(abs((weight[i] * (y[i] - p[i])).sum()) for i in parts) / weight.sum()
    assert weighted.value == pytest.approx(expected, abs=1e-12)
    assert weighted.interval.high - weighted.value > plain.interval.high - plain.value
    many = np.repeat(p[:100], 8), np.repeat(y[:100], 8), np.repeat(np.arange(100), 8)
    alone = found(check, scores(*many[:2]), p={"bins": 4})[NAMES[0]].interval
    grouped = found(check, designed(*many[:2], group=many[2]), p={"bins": 4})[NAMES[0]].interval
    assert grouped.high - grouped.low > alone.high - alone.low


def test_bins_of_the_evidence_stay_together():
    p, y = drawn(2000)
    exact, bins = (found(check, table)[NAMES[1]].value for table in (scores(p, y), binned(p, y, 2000)))
    assert bins == pytest.approx(exact, abs=5e-3)


def test_the_table_holds_every_row():
    (table,) = measure(check, VIEW, scores(*drawn())).exhibits
    assert (table.chart, len(table.rows), sum(row[4] for row in table.rows)) == ("calibration", 10, 600)


def test_a_score_that_is_no_probability_is_missing_evidence():
    assert set(needs(check, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(
    ("power", "rows", "outcome"), [(1.0, 20000, "pass"), (1.0, 500, "inconclusive"), (0.5, 20000, "fail")]
)
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, power, rows, outcome):
    p, y = right(rows)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip((p**power).tolist(), y.tolist(), strict=True))
    asked = control(check="performance.expected_calibration_error", criterion={"at_most": 0.05, "source": "convention"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(0.25, 0), (0.25, 1)] * 20)
    for operator, outcome in (("at_most", "pass"), ("below", "fail")):
        criterion = {"estimate": "uncorrected_error", operator: 0.25, "source": "house", "decide_on": "estimate"}
        asked = control(check="performance.expected_calibration_error", criterion=criterion)
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome
