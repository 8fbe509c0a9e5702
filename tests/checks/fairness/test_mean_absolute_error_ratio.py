"""The ratio of mean absolute errors, beside fairlearn on the rows."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error

from assay.checks.fairness.mean_absolute_error_ratio import mean_absolute_error_ratio
from auditing import control, evaluate, finding_of
from builders import by_group, manifest, measure
from moments import moments

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}, "groups": {"g": {"column": "g"}}}
VIEW = manifest(columns=COLUMNS, data={"test": {"path": "test.csv"}})


def ratio(groups, p=None, weights=None, entity=None, **options):
    sizes = {name: np.abs(x) for name, x in groups.items()}
    return measure(mean_absolute_error_ratio, VIEW, moments(sizes, weights=weights, entity=entity), p=p, **options)


def regression(n=600, seed=1):
    random = np.random.default_rng(seed)
    g = random.choice(["a", "b", "c"], n)
    y = random.normal(300, 40, n)
    return pd.DataFrame({"y": y, "s": y + random.normal(0, 1, n) * np.where(g == "b", 9, 6), "g": g})


def test_an_audit_gives_fairlearns_numbers(tmp_path):
    frame = regression()
    frame.to_csv(tmp_path / "d.csv", index=False)
    frame = pd.read_csv(tmp_path / "d.csv")
    by = MetricFrame(metrics=mean_absolute_error, y_true=frame.y, y_pred=frame.s, sensitive_features=frame.g).by_group
    asked = control(check="fairness.mean_absolute_error_ratio", criterion={"at_most": 1.25, "source": "house"},
                    **{"with": {"reference": "a"}})  # fmt: skip
    found = finding_of(evaluate(tmp_path, tmp_path / "d.csv", COLUMNS, asked))
    for estimate in found.measured.estimates:
        assert estimate.value == pytest.approx(by[estimate.group] / by["a"], rel=1e-12)
        assert estimate.interval.low < estimate.value < estimate.interval.high
        assert estimate.simultaneous.low < estimate.interval.low


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, "pass"), (1.4, "fail"), (1.25, "inconclusive")])
def test_on_both_sides_of_the_limit_and_at_it(tmp_path, factor, outcome):
    errors = np.abs(np.random.default_rng(2).normal(0, 5, 4000))
    rows = {"g": np.repeat(["a", "b"], 4000), "y": 0.0, "s": np.concatenate([errors, -factor * errors])}
    pd.DataFrame(rows).to_csv(tmp_path / "d.csv", index=False)
    asked = control(check="fairness.mean_absolute_error_ratio", criterion={"at_most": 1.25, "source": "house"},
                    **{"with": {"reference": "a"}})  # fmt: skip
    assert finding_of(evaluate(tmp_path, tmp_path / "d.csv", COLUMNS, asked)).outcome == outcome


def test_a_perfect_group_has_no_ratio_to_it_and_a_small_one_never_fails():
    perfect = by_group(ratio({"a": [0.0] * 40, "b": np.arange(40.0)}, {"reference": "a"}))["b"]
    assert "every error of a is 0" in perfect.undefined
    other = by_group(ratio({"a": [0.0] * 40, "b": np.arange(40.0)}, {"reference": "b"}))["a"]
    assert (other.value, other.interval) == (0.0, None)
    small = by_group(ratio({"a": np.arange(90.0), "b": np.arange(9.0)}), headline=False)["b"]
    assert small.simultaneous is None
    few = ratio({"a": np.arange(9.0), "b": np.arange(9.0)}).estimates
    assert {e.undefined_as for e in few} == {"sample_too_small"}


def test_exchanging_the_groups_gives_the_reciprocal():
    random = np.random.default_rng(5)
    groups = {"a": random.normal(0, 3, 90), "b": random.normal(0, 4, 70)}
    one = by_group(ratio(groups, {"reference": "a"}))["b"]
    other = by_group(ratio(groups, {"reference": "b"}))["a"]
    assert one.value == pytest.approx(1 / other.value)
    assert (one.interval.low, one.interval.high) == pytest.approx((1 / other.interval.high, 1 / other.interval.low))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(-99, 99), min_size=2, max_size=20), min_size=2, max_size=4),
    st.floats(0.01, 100),
    st.randoms(),
)
def test_neither_order_nor_unit_nor_scale_of_weights_matters(groups, scale, random):
    given = {f"g{i}": [*x, 1] for i, x in enumerate(groups)}
    changed = {name: [scale * v for v in random.sample(x, len(x))] for name, x in reversed(given.items())}
    first, again = (by_group(ratio(each, {"reference": "g0"}, minimum=2)) for each in (given, changed))
    assert {name: e.value for name, e in again.items()} == {
        name: pytest.approx(e.value, rel=1e-9, abs=1e-9) for name, e in first.items()
    }
    weights = {name: [1.0 + i for i in range(len(x))] for name, x in given.items()}
    heavier = {name: [scale * w for w in own] for name, own in weights.items()}
    one, two = (by_group(ratio(given, {"reference": "g0"}, weights=w, minimum=2)) for w in (weights, heavier))
    assert {name: e.value for name, e in two.items()} == {
        name: pytest.approx(e.value, rel=1e-9, abs=1e-9) for name, e in one.items()
    }
