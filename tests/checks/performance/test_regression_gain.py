"""The gain over the mean label of the training data, beside scikit-learn's dummy on the rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.dummy import DummyRegressor
from sklearn.metrics import mean_squared_error

from assay.checks.performance.regression_gain import regression_gain
from auditing import control, evaluate, finding_of
from builders import manifest, measure, needs
from residuals import residuals

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}}
VIEW = manifest(columns=COLUMNS, data={"train": {"path": "train.csv"}, "test": {"path": "test.csv"}})


def gain(label, score, train, weights=None, entity=None, **options):
    test = residuals(label, score, weights=weights, entity=entity)
    ones = None if weights is None else np.ones(len(train))
    seen = residuals(train, np.zeros(len(train)), weights=ones, entity=None if entity is None else ["000"] * len(train))
    (estimate,) = measure(regression_gain, VIEW, test, seen, **options).estimates
    return estimate


def wanted(label, score, train, weights=None):
    dummy = DummyRegressor().fit(np.zeros((len(train), 1)), train).predict(np.zeros((len(label), 1)))
    own, naive = (mean_squared_error(label, each, sample_weight=weights) for each in (score, dummy))
    return 1 - own / naive


numbers = st.integers(-(10**6), 10**6).map(lambda whole: whole / 1000)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers, st.floats(0.1, 9)), min_size=2, max_size=30),
    st.lists(numbers, min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_it_is_one_less_the_quotient_of_scikit_learns_squared_errors(rows, train, random):
    y, s, w = np.array(rows).T
    if np.abs(y - np.mean(train)).max() < 1e-3:
        train = [train[0] + 1.0]
    for weights in (None, w):
        assert 1 - gain(y, s, train, weights).value == pytest.approx(1 - wanted(y, s, train, weights), rel=1e-10)
    turned = random.sample(rows, len(rows))
    assert gain(*np.array(turned).T[:2], train).value == pytest.approx(gain(y, s, train).value, rel=1e-10, abs=1e-10)


def test_the_interval_is_the_delta_method_on_the_logarithm():
    random = np.random.default_rng(1)
    y, train = random.normal(50, 10, 300), random.normal(45, 10, 200)
    s = y + random.normal(0, 4, 300)
    own, naive = (y - s) ** 2, (y - train.mean()) ** 2
    half = stats.t.ppf(0.975, 299) * stats.sem(own / own.mean() - naive / naive.mean())
    low, high = 1 - own.mean() / naive.mean() * np.exp([half, -half])
    found = gain(y, s, train)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-10)
    four = gain(np.tile(y, 4), np.tile(s, 4), train, entity=[f"{i:03}" for i in range(300)] * 4)
    assert (four.interval.low, four.interval.high) == pytest.approx((low, high), rel=0.02)


def test_what_cannot_be_measured_has_a_reason():
    assert (
        gain([5.0, 5.0], [1.0, 2.0], [4.0, 6.0]).undefined
        == "every label is 5, or next to it, as the naive model predicts"
    )
    assert gain([], [], [4.0]).undefined == "the test data have no rows"
    assert gain([1.0, 2.0], [1.0, 2.0], []).undefined == "the train data have no rows"
    far = gain([5.0] * 40, np.linspace(4, 5, 40), [4.0, 8.0])
    assert far.value == pytest.approx(1 - np.mean((5 - np.linspace(4, 5, 40)) ** 2), rel=1e-12)
    exact = gain([1.0, 2.0, 4.0], [1.0, 2.0, 4.0], [3.0])
    assert (exact.value, exact.interval) == (1.0, None)


def test_it_asks_for_two_datasets_of_numbers():
    alone = manifest(columns=COLUMNS, data={"test": {"path": "test.csv"}})
    assert needs(regression_gain, alone).missing == ("data.train",)
    assert needs(regression_gain, alone).requests == ()


@pytest.mark.parametrize(("spread", "outcome"), [(3.0, "pass"), (7.0, "fail"), (5.0, "inconclusive")])
def test_either_side_of_a_threshold_and_too_close_to_it(tmp_path, spread, outcome):
    random = np.random.default_rng(4)
    y = random.normal(50, 10, 4000)
    frame = pd.DataFrame({"y": y, "s": y + spread * stats.norm.ppf((random.permutation(4000) + 0.5) / 4000)})
    frame.to_csv(tmp_path / "test.csv", index=False)
    pd.DataFrame({"y": [50.0] * 9, "s": [50.0] * 9}).to_csv(tmp_path / "train.csv", index=False)
    asked = control(check="performance.regression_gain", criterion={"at_least": 0.75, "source": "house"})
    data = {"data": {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}}}
    result = evaluate(tmp_path, tmp_path / "test.csv", COLUMNS, asked, manifest=data)
    assert finding_of(result).outcome == outcome
