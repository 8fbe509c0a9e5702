import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss

from assay.checks.performance.gain_over_naive import gain_over_naive as check
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn

METRICS = ("brier", "log_loss", "accuracy")
rows = st.lists(st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda given_: len({y for _, y in given_}) == 2
)


def gain(test, train, **p):
    (found,) = measure(check, VIEW, test, train, p=p).estimates
    return found


def of_scikit_learn(metric, p, y, known, weight=None):
    """(s - s0) / (s* - s0) with the score of scikit-learn's DummyClassifier."""
    naive = DummyClassifier(strategy="prior").fit(np.zeros((len(known), 1)), known)
    q = naive.predict_proba(np.zeros((len(y), 1)))[:, 1]
    if metric == "accuracy":
        own = accuracy_score(y, p > 0.5, sample_weight=weight)
        other = accuracy_score(y, naive.predict(np.zeros((len(y), 1))), sample_weight=weight)
        return (own - other) / (1 - other)
    loss = brier_score_loss if metric == "brier" else log_loss
    own, other = (loss(y, each, sample_weight=weight) for each in (p, q))
    return (own - other) / (0 - other)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METRICS), rows, rows)
def test_the_gain_is_that_over_scikit_learns_dummy(metric, test, train):
    (p, y), (q, known) = ((np.array(column) for column in zip(*each, strict=True)) for each in (test, train))
    found = gain(scores(p, y), scores(q, known), metric=metric)
    assert found.value == pytest.approx(of_scikit_learn(metric, p, y, known), abs=1e-12, rel=1e-12)
    if found.interval is not None:
        assert found.interval.low < found.value < found.interval.high < 1


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(METRICS), rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(metric, given_, random):
    one, other = (scores(*zip(*each, strict=True)) for each in (given_, random.sample(given_, len(given_))))
    assert gain(one, one, metric=metric) == gain(other, other, metric=metric)


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    fine = scores([0.1, 0.9] * 20, [0, 1] * 20)
    for pair, name in (((given_, fine), "test"), ((fine, given_), "train")):
        found = gain(*pair)
        assert (found.value, found.undefined_as) == (None, kind)
        assert why.replace("test", name) in found.undefined


def test_the_rate_itself_gains_nothing_and_has_no_interval():
    constant = scores([0.25] * 200, [1, 0, 0, 0] * 50)
    for metric in METRICS:
        found = gain(constant, constant, metric=metric)
        assert (found.value, found.interval) == (pytest.approx(0, abs=1e-12), None)


def test_a_model_that_is_worse_than_the_rate_is_below_0():
    p, y = drawn()
    found = gain(scores(1 - p, y), scores(p, y))
    assert found.interval.high < 0


def test_a_perfect_model_gains_1_and_a_sure_and_wrong_one_has_no_log_loss():
    perfect, wrong = scores([0.0, 1.0] * 50, [0, 1] * 50), scores([0.0, 1.0] * 50 + [0.0], [0, 1] * 50 + [1])
    assert {gain(perfect, perfect, metric=metric).value for metric in METRICS} == {1.0}
    assert "infinite" in gain(wrong, perfect, metric="log_loss").undefined


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(8)
    many = random.beta(1, 3, 2_000_000)
    loss = (many * (1 - many)).mean(), np.minimum(many, 1 - many).mean()
    truth = {"brier": 1 - loss[0] / (many.mean() * (1 - many.mean())), "accuracy": 1 - loss[1] / many.mean()}
    train = scores(np.linspace(0.1, 0.9, 400), np.arange(400) < 400 * many.mean())
    held = dict.fromkeys(truth, 0)
    for _ in range(300):
        p = random.beta(1, 3, 500)
        test = scores(p, random.random(500) < p)
        for metric in held:
            interval = gain(test, train, metric=metric).interval
            held[metric] += interval.low <= truth[metric] <= interval.high
    assert min(held.values()) >= 276


@pytest.mark.parametrize("metric", METRICS)
def test_weights_weigh_and_people_in_several_rows_widen_the_interval(metric):
    p, y = drawn()
    weight = np.random.default_rng(1).integers(1, 5, len(y)).astype(float)
    weighted = gain(designed(p, y, weight=weight), scores(p, y), metric=metric)
    assert weighted.value == pytest.approx(of_scikit_learn(metric, p, y, y, weight), abs=1e-12)
    assert weighted.method.endswith("weighted")
    many = np.repeat(p[:100], 8), np.repeat(y[:100], 8), np.repeat(np.arange(100), 8)
    alone, grouped = (gain(table, scores(p, y), metric=metric).interval
                      for table in (scores(*many[:2]), designed(*many[:2], group=many[2])))  # fmt: skip
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_bins_lose_nothing_of_the_losses_and_of_accuracy_only_the_one_at_one_half():
    p, y = drawn()
    exact, bins = scores(p, y), binned(p, y, 63)  # a bin across one half
    for metric in ("brier", "log_loss"):
        assert gain(bins, exact, metric=metric).value == pytest.approx(
            gain(exact, exact, metric=metric).value, abs=1e-12
        )
    one, other = gain(bins, exact, metric="accuracy"), gain(exact, exact, metric="accuracy")
    assert 0 < one.bound < 0.2
    assert abs(one.value - other.value) <= one.bound
    assert one.interval.method.endswith("wider by the bins' bound")
    (point,) = measure(check, VIEW, bins, exact, p={"metric": "accuracy"}, decide_on="estimate").estimates
    assert (point.value, point.undefined_as) == (None, "estimate_unstable")


def test_the_same_data_are_asked_for_once():
    assert len(needs(check, VIEW).requests) == 2
    assert len(needs(check, VIEW, against="test").requests) == 1
    assert needs(check, manifest()).missing


def test_both_models_are_published():
    (table,) = measure(check, VIEW, scores(*drawn()), scores(*drawn(seed=5))).exhibits
    assert [row[0] for row in table.rows] == ["Brier score", "Log loss", "Accuracy"]


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


def audited(tmp_path, rows, criterion, **more):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), rows)
    manifest_ = {"data": {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}}}
    write_csv(tmp_path / "train.csv", ("p", "y"), [(0.3, 1), (0.3, 0), (0.3, 0), (0.3, 0)] * 50)
    asked = control(check="performance.gain_over_naive", criterion={"source": "house", **criterion}, **more)
    return finding_of(evaluate(tmp_path, data, COLUMNS, asked, manifest=manifest_)).outcome


@pytest.mark.parametrize(("threshold", "outcome"), [(0.1, "pass"), (0.24, "inconclusive"), (0.4, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(3000, apart=1.3)
    assert audited(tmp_path, zip(p.tolist(), y.tolist(), strict=True), {"at_least": threshold}) == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    rows = [(0.9, 1)] * 10 + [(0.1, 1)] * 10 + [(0.1, 0)] * 60  # 10 wrong where the naive model has 20
    for operator, outcome in (("at_least", "pass"), ("above", "fail")):
        criterion = {operator: 0.5, "decide_on": "estimate"}
        assert audited(tmp_path, rows, criterion, **{"with": {"metric": "accuracy"}}) == outcome
