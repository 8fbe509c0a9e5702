import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss as sklearn_log_loss

from assay.checks.performance.log_loss import log_loss
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found

rows = st.lists(st.tuples(st.sampled_from([0.01, 0.1, 0.25, 0.5, 0.8]), st.integers(0, 1)), min_size=2, max_size=100)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_the_estimate_is_that_of_scikit_learn(given_):
    p, y = zip(*given_, strict=True)
    estimate = found(log_loss, scores(p, y))["log_loss"]
    if len(set(y)) == 1:
        assert estimate.undefined_as == "estimate_undefined"
        return
    assert estimate.value == pytest.approx(sklearn_log_loss(y, p), abs=1e-12)
    if estimate.interval is not None:
        assert 0 <= estimate.interval.low < estimate.value < estimate.interval.high


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_, random):
    one, other = (measure(log_loss, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other


# scikit-learn's documentation of log_loss
def test_the_documented_example_is_reproduced():
    estimate = found(log_loss, scores([0.1, 0.9, 0.8, 0.35], [0, 1, 1, 0]))["log_loss"]
    assert estimate.value == pytest.approx(0.21616, abs=5e-6)
    assert estimate.interval is None  # two events


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimate = found(log_loss, given_)["log_loss"]
    assert (estimate.value, estimate.undefined_as) == (None, kind)
    assert why in estimate.undefined


def test_a_model_that_was_sure_and_wrong_has_no_number():
    estimate = found(log_loss, scores([0.0, 1.0] * 50 + [0.0], [0, 1] * 50 + [1]))["log_loss"]
    assert (estimate.value, estimate.undefined_as) == (None, "estimate_undefined")
    assert "infinite" in estimate.undefined
    assert found(log_loss, scores([0.0, 1.0] * 50, [0, 1] * 50))["log_loss"].value == 0


def test_where_everybody_loses_the_same_there_is_no_interval():
    estimate = found(log_loss, scores([0.5] * 100, [0, 1] * 50))["log_loss"]
    assert (estimate.value, estimate.interval) == (pytest.approx(np.log(2)), None)


def test_the_interval_is_that_of_a_mean_and_holds_the_truth():
    random, held = np.random.default_rng(8), 0
    many = random.beta(2, 4, 2_000_000)
    truth = -(many * np.log(many) + (1 - many) * np.log1p(-many)).mean()
    for _ in range(300):
        p = random.beta(2, 4, 400)
        y = random.random(400) < p
        interval = found(log_loss, scores(p, y))["log_loss"].interval
        each = -np.log(np.where(y, p, 1 - p))
        assert interval.high - interval.low == pytest.approx(2 * 1.959964 * each.std(ddof=1) / 20, rel=1e-6)
        held += interval.low <= truth <= interval.high
    assert held >= 276


def test_weights_weigh_as_scikit_learn_has_it():
    p, y = drawn()
    weight = np.random.default_rng(1).exponential(1, len(y))
    estimate, plain = (
        found(log_loss, designed(p, y, weight=weight))["log_loss"],
        found(log_loss, scores(p, y))["log_loss"],
    )
    assert estimate.value == pytest.approx(sklearn_log_loss(y, p, sample_weight=weight), abs=1e-12)
    assert estimate.interval.high - estimate.interval.low > 1.1 * (plain.interval.high - plain.interval.low)


def test_people_in_several_rows_widen_the_interval():
    p, y = drawn(100)
    many = np.repeat(p, 8), np.repeat(y, 8), np.repeat(np.arange(100), 8)
    alone = found(log_loss, scores(*many[:2]))["log_loss"].interval
    grouped = found(log_loss, designed(*many[:2], group=many[2]))["log_loss"].interval
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_bins_lose_nothing():
    p, y = drawn()
    exact, bins = (found(log_loss, table)["log_loss"] for table in (scores(p, y), binned(p, y, 200)))
    assert bins.value == pytest.approx(exact.value, abs=1e-12)
    assert bins.interval.high == pytest.approx(exact.interval.high, abs=1e-3)


def test_a_score_that_is_no_probability_is_missing_evidence():
    assert set(needs(log_loss, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(("threshold", "outcome"), [(0.7, "pass"), (0.53, "inconclusive"), (0.5, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(2000)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    asked = control(check="performance.log_loss", criterion={"at_most": threshold, "source": "house"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_without_an_interval_nothing_is_decided(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(0.5, 0), (0.5, 1)] * 20)
    asked = control(check="performance.log_loss", criterion={"at_most": 2, "source": "house"})
    finding = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
    assert (finding.outcome, finding.reason) == ("inconclusive", "estimate_unstable")
