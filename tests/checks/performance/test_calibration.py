from dataclasses import replace

import numpy as np
import pytest

from assay.checks.performance.calibration import calibration
from assay.evidence.scores import Weights
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest, scores

VIEW = people_manifest()


def drawn(n=4000, sharpen=1.0, seed=1):
    random = np.random.default_rng(seed)
    truth = random.uniform(0.05, 0.95, n).round(2)
    label = (random.uniform(size=n) < truth).astype(int)
    logit = sharpen * np.log(truth / (1 - truth))
    return (1 / (1 + np.exp(-logit))).round(6), label


def estimates(*given, **more):
    return {e.name: e for e in measure(calibration, VIEW, scores(*given, **more)).estimates}


def test_a_calibrated_model_is_near_one_twice():
    found = estimates(*drawn())
    for name in ("observed_expected", "slope"):
        assert found[name].interval.low < 1 < found[name].interval.high
    assert found["observed_expected"].n == 4000


def test_observed_over_expected_is_the_mean_label_over_the_mean_probability():
    probability, label = drawn(500)
    assert estimates(probability, label)["observed_expected"].value == pytest.approx(label.mean() / probability.mean())


def test_too_extreme_probabilities_have_a_slope_below_one():
    assert estimates(*drawn(sharpen=2.0))["slope"].interval.high < 0.7


def test_the_first_estimate_is_the_one_a_criterion_without_a_name_means():
    measured = measure(calibration, VIEW, scores(*drawn(200)))
    assert [e.name for e in measured.estimates] == ["observed_expected", "slope", "calibration_in_the_large"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (scores([], []), "evidence_missing"),
        (scores([0.2] * 50, [1] * 50), "estimate_undefined"),
        (scores([0.2, 0.8], [0, 1], unscored=3), "estimate_undefined"),
    ],
)
def test_all_are_undefined_where_nothing_can_be_measured(given, kind):
    found = measure(calibration, VIEW, given).estimates
    assert [(e.value, e.undefined_as) for e in found] == [(None, kind)] * 3


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (([0.2] * 30 + [0.8] * 9, [0] * 30 + [1] * 9), "sample_too_small"),
        (([0.2] * 30 + [0.8] * 30, [0] * 30 + [1] * 30), "estimate_unstable"),
        (([0.5] * 60, [0, 1] * 30), "estimate_unstable"),
    ],
    ids=["few events", "separated", "constant"],
)
def test_a_slope_that_cannot_be_had_is_undefined_while_the_rest_stands(given, kind):
    found = estimates(*given)
    assert (found["slope"].value, found["slope"].undefined_as) == (None, kind)
    assert found["observed_expected"].value is not None


def test_probabilities_of_zero_are_counted_in_a_note():
    probability, label = drawn(300)
    measured = measure(calibration, VIEW, scores([0.0, 0.0, *probability], [0, 1, *label]))
    assert any("2 probabilities of 0 or 1" in note for note in measured.notes)


def test_the_table_by_tenths_holds_every_row():
    (table,) = measure(calibration, VIEW, scores(*drawn(1000))).exhibits
    assert [column.name for column in table.columns][:5] == ["predicted", "observed", "low", "high", "n"]
    assert sum(row[4] for row in table.rows) == 1000
    assert all(row[2] <= row[1] <= row[3] for row in table.rows)


def test_a_score_that_is_no_probability_is_missing_evidence():
    columns = {
        "label": {"column": "y", "favourable": 1},
        "score": {"column": "s", "kind": "rank", "higher": "favourable"},
    }
    found = needs(calibration, people_manifest(columns=columns))
    assert (found.requests, found.missing) == ((), ("columns.score.kind: probability",))


def test_row_order_changes_nothing_and_twice_the_data_only_the_intervals():
    probability, label = drawn(400)
    measured = measure(calibration, VIEW, scores(probability, label))
    assert measure(calibration, VIEW, scores(probability[::-1], label[::-1])) == measured
    twice = estimates(np.tile(probability, 2), np.tile(label, 2))
    for estimate in measured.estimates:
        assert twice[estimate.name].value == pytest.approx(estimate.value, abs=1e-9)
        assert twice[estimate.name].interval.low > estimate.interval.low


def test_a_slope_of_a_handful_of_heavy_events_is_undefined_however_many_people_there_are():
    made = scores(*drawn(400))
    heavy = np.where(np.arange(len(made.score)) == 40, 1000.0, 1.0) * made.events
    weights = Weights(heavy, heavy**2 / np.maximum(made.events, 1), made.nonevents * 0.1, made.nonevents * 0.1**2)
    slope = measure(calibration, VIEW, replace(made, weights=weights)).estimates[1]
    assert slope.undefined_as == "sample_too_small"
    assert "people by their weights; the slope needs 10" in slope.undefined


def test_ten_events_of_equal_weight_are_ten_however_their_sums_are_rounded():
    probability, label = drawn(400)
    kept = np.concatenate([np.flatnonzero(label == 1)[:10], np.flatnonzero(label == 0)])
    made = scores(probability[kept], label[kept])
    w = 0.1
    weights = Weights(made.events * w, made.events * w**2, made.nonevents * w, made.nonevents * w**2)
    assert measure(calibration, VIEW, replace(made, weights=weights)).estimates[1].value is not None


def test_the_intercept_is_that_of_a_logistic_regression_with_the_logit_as_offset():
    from statsmodels.api import GLM, families

    probability, label = drawn(500, sharpen=1.5)
    found = estimates(probability, label)["calibration_in_the_large"]
    logit = np.log(probability / (1 - probability))
    fit = GLM(label, np.ones(len(label)), family=families.Binomial(), offset=logit).fit(cov_type="HC0")
    assert found.value == pytest.approx(fit.params[0], abs=1e-9)
    half = 1.959964 * fit.bse[0] * (500 / 499) ** 0.5
    assert found.interval.high - found.value == pytest.approx(half, abs=1e-6)
    assert found.value - found.interval.low == pytest.approx(half, abs=1e-6)


def test_the_intercept_tells_probabilities_that_are_too_high_and_needs_events_for_an_interval():
    probability, label = drawn(2000)
    higher = 1 / (1 + np.exp(-(np.log(probability / (1 - probability)) + 1)))
    found = estimates(higher, label)["calibration_in_the_large"]
    assert found.interval.low < -1 < found.interval.high < -0.7
    few = estimates([0.2] * 40, [1] * 9 + [0] * 31)["calibration_in_the_large"]
    assert few.value == pytest.approx(np.log(9 / 31) - np.log(0.25), abs=1e-9)
    assert few.interval is None


# Before, at_most: 0.1 passed where all probabilities were far too high, since the intercept is negative then.
@pytest.mark.parametrize(("moved", "limit", "outcome"), [(1, 0.5, "fail"), (-1, 0.5, "fail"), (0, 0.5, "pass"),
                                                         (1, 1.5, "pass"), (-1, 1.5, "pass")])  # fmt: skip
def test_a_limit_on_the_intercept_holds_on_both_sides(moved, limit, outcome):
    probability, label = drawn(4000)
    shown = 1 / (1 + np.exp(-(np.log(probability / (1 - probability)) + moved)))
    criterion = Criterion(source="house", estimate="calibration_in_the_large", at_most=limit)
    measured = measure(calibration, VIEW, scores(shown, label))
    concluded = conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)
    assert concluded.outcome == outcome
