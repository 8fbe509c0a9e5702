import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.metrics import brier_score_loss

from assay.checks.performance.brier import NAMES, brier
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found

rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0]), st.integers(0, 1)), min_size=2, max_size=100
)


@settings(max_examples=50, deadline=None)
@given(rows)
def test_the_estimates_are_those_of_scikit_learn(given_):
    p, y = (np.array(column) for column in zip(*given_, strict=True))
    estimates = found(brier, scores(p, y))
    if len(set(y)) == 1:
        assert {each.undefined_as for each in estimates.values()} == {"estimate_undefined"}
        return
    expected = brier_score_loss(y, p)
    assert estimates["brier"].value == pytest.approx(expected, abs=1e-12)
    interval = estimates["brier"].interval
    assert 0 <= interval.low <= expected + 1e-15
    assert expected - 1e-15 <= interval.high <= 1
    assert interval.low < interval.high
    naive = DummyClassifier(strategy="prior").fit(p[:, None], y).predict_proba(p[:, None])[:, 1]
    skill = estimates["brier_skill"]
    assert skill.value == pytest.approx(1 - expected / brier_score_loss(y, naive), abs=1e-9)
    if skill.interval is not None:
        assert skill.interval.low <= skill.value <= skill.interval.high < 1


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_, random):
    one, other = (measure(brier, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other


# scikit-learn's documentation of brier_score_loss
def test_the_documented_example_is_reproduced():
    estimates = found(brier, scores([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]))
    assert estimates["brier"].value == pytest.approx(0.0375, abs=1e-12)
    assert estimates["brier"].interval.method == "Clopper-Pearson at the effective number"
    assert (estimates["brier_skill"].value, estimates["brier_skill"].interval) == (pytest.approx(0.85), None)


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimates = found(brier, given_)
    assert tuple(estimates) == NAMES
    for estimate in estimates.values():
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined


def test_a_constant_probability_gains_nothing_and_its_z_is_that_of_the_rate():
    right, wrong = (found(brier, scores([p] * 400, [1] * 100 + [0] * 300)) for p in (0.25, 0.35))
    assert right["brier_skill"].value == pytest.approx(0, abs=1e-12)
    assert right["spiegelhalter_z"].value == pytest.approx(0, abs=1e-12)
    assert wrong["brier_skill"].value < 0
    assert wrong["spiegelhalter_z"].value == pytest.approx((0.25 - 0.35) / (0.35 * 0.65 / 400) ** 0.5)
    assert wrong["spiegelhalter_z"].p_value < 1e-4


def test_a_probability_of_one_half_for_all_leaves_z_undefined_and_says_why():
    estimate = found(brier, scores([0.5] * 100, [0, 1] * 50))["spiegelhalter_z"]
    assert "every probability is 0, 1/2 or 1" in estimate.undefined


def test_perfect_forecasts_are_a_skill_of_1_without_an_interval():
    estimates = found(brier, scores([0.0, 1.0] * 50, [0, 1] * 50))
    assert estimates["brier"].value == 0
    assert 0 < estimates["brier"].interval.high < 0.05
    assert (estimates["brier_skill"].value, estimates["brier_skill"].interval) == (1, None)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    random, held = np.random.default_rng(8), {"brier": 0, "brier_skill": 0}
    many = random.beta(1, 3, 2_000_000)
    truth = {"brier": (many * (1 - many)).mean()}
    truth["brier_skill"] = 1 - truth["brier"] / (many.mean() * (1 - many.mean()))
    for _ in range(300):
        p = random.beta(1, 3, 500)
        estimates = found(brier, scores(p, random.random(500) < p))
        for name in held:
            held[name] += estimates[name].interval.low <= truth[name] <= estimates[name].interval.high
    assert min(held.values()) >= 276


def test_weights_weigh_as_scikit_learn_has_it():
    p, y = drawn()
    weight = np.random.default_rng(1).exponential(1, len(y))
    estimates, plain = found(brier, designed(p, y, weight=weight)), found(brier, scores(p, y))
    assert estimates["brier"].value == pytest.approx(brier_score_loss(y, p, sample_weight=weight), abs=1e-12)
    assert estimates["brier"].method == "mean squared error, weighted"
    for name in ("brier", "brier_skill"):
        widths = [each[name].interval.high - each[name].interval.low for each in (estimates, plain)]
        assert widths[0] > 1.1 * widths[1]


def test_people_in_several_rows_widen_the_intervals():
    p, y = drawn(100)
    many = np.repeat(p, 8), np.repeat(y, 8), np.repeat(np.arange(100), 8)
    alone, grouped = found(brier, scores(*many[:2])), found(brier, designed(*many[:2], group=many[2]))
    for name in ("brier", "brier_skill"):
        widths = [each[name].interval.high - each[name].interval.low for each in (grouped, alone)]
        assert widths[0] > 2 * widths[1]
    assert grouped["spiegelhalter_z"].p_value > alone["spiegelhalter_z"].p_value


def test_bins_lose_nothing_of_the_score():
    p, y = drawn()
    exact, bins = found(brier, scores(p, y)), found(brier, binned(p, y, 200))
    assert bins["brier"].value == pytest.approx(exact["brier"].value, abs=1e-12)
    assert bins["brier_skill"].value == pytest.approx(exact["brier_skill"].value, abs=1e-12)
    assert bins["brier"].bound is None
    assert bins["brier"].interval.high == pytest.approx(exact["brier"].interval.high, abs=1e-4)
    assert bins["spiegelhalter_z"].value == pytest.approx(exact["spiegelhalter_z"].value, abs=0.02)


def test_a_score_that_is_no_probability_is_missing_evidence():
    assert set(needs(brier, manifest()).missing) == {"data.test", "columns.label", "columns.score"}
    rank = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(
        update={"score": VIEW.columns.score.model_copy(update={"kind": "rank"})})})  # fmt: skip
    assert needs(brier, rank).missing == ("columns.score.kind: probability",)


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(("threshold", "outcome"), [(0.2, "pass"), (0.18, "inconclusive"), (0.15, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(2000)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    asked = control(check="performance.brier", criterion={"at_most": threshold, "source": "convention"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(0.5, 0), (0.5, 1)] * 20)
    for operator, outcome in (("at_most", "pass"), ("below", "fail")):
        criterion = {operator: 0.25, "source": "house", "decide_on": "estimate"}
        asked = control(check="performance.brier", criterion=criterion)
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_a_significance_fails_by_the_p_value_of_z_and_never_passes(tmp_path):
    random = np.random.default_rng(3)
    p = random.beta(1, 3, 1000)
    y = (random.random(1000) < p).astype(int)
    asked = control(
        check="performance.brier",
        criterion={"estimate": "spiegelhalter_z", "significance": 0.05, "source": "convention"},
    )
    for shown, outcome in ((p, "inconclusive"), (p**0.5, "fail")):
        data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(shown.tolist(), y.tolist(), strict=True))
        finding = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
        assert finding.outcome == outcome
        assert "p = " in finding.sentence


# Before, |z| <= 1.96 passed on the point the more often, the fewer the rows; and -5 was at most 1.96.
@pytest.mark.parametrize("criterion", [{"at_most": 1.96}, {"between": [-1.96, 1.96]}, {"at_least": -1.96}])
@pytest.mark.parametrize("decide_on", ["estimate", "interval"])
def test_no_limit_on_a_test_statistic_passes_or_fails(tmp_path, criterion, decide_on):
    p, y = drawn(500)
    asked = control(check="performance.brier", criterion={
        "estimate": "spiegelhalter_z", "source": "house", "decide_on": decide_on, **criterion})  # fmt: skip
    for shown in (p, p**0.5):
        data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(shown.tolist(), y.tolist(), strict=True))
        finding = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
        assert (finding.outcome, finding.reason) == ("inconclusive", "estimate_unstable")


def test_where_the_point_decides_the_statistic_is_undefined_and_the_other_numbers_stand():
    estimates = found(brier, scores(*drawn(500)), decide_on="estimate")
    assert "ask for `significance`" in estimates["spiegelhalter_z"].undefined
    assert estimates["brier"].value is not None
    assert estimates["brier_skill"].value is not None
