"""Residual bias and its ratio of errors: a regression by group, beside numpy and fairlearn on the rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.checks.fairness.residual_bias import residual_bias
from auditing import control, evaluate, finding_of
from builders import manifest, measure, needs
from moments import moments

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}, "groups": {"g": {"column": "g"}}}
VIEW = manifest(columns=COLUMNS, data={"test": {"path": "test.csv"}})
UNITS, OVER_S = "residual_bias", "standardised_residual_bias"


def bias(groups, name=UNITS, weights=None, entity=None, **options):
    found = measure(residual_bias, VIEW, moments(groups, weights=weights, entity=entity), **options)
    return {e.group: e for e in found.estimates if e.name == name}


def test_it_is_the_mean_of_the_rows_with_students_interval():
    random = np.random.default_rng(1)
    groups = {"a": random.normal(2, 5, 80), "b": random.gamma(2, 1, 60) - 3, None: random.normal(0, 50, 9)}
    found, over = bias(groups), bias(groups, OVER_S)
    s = np.concatenate(list(groups.values())).std(ddof=1)
    for name in "ab":
        x = groups[name]
        wanted = stats.ttest_1samp(x, 0).confidence_interval(0.95)
        assert found[name].value == pytest.approx(x.mean(), rel=1e-12)
        assert (found[name].interval.low, found[name].interval.high) == pytest.approx(tuple(wanted), rel=1e-10)
        assert over[name].value == pytest.approx(x.mean() / s, rel=1e-12)
        assert found[name].simultaneous.confidence == pytest.approx(0.975)
        assert (found[name].shape, found[name].reference) == ("difference", None)
    assert found["a"].share == pytest.approx(80 / 140)


@pytest.mark.parametrize(("shift", "outcome"), [(0.04, "pass"), (-0.04, "pass"), (0.2, "fail"), (-0.2, "fail"),
                                                (0.1, "inconclusive")])  # fmt: skip
def test_a_bias_within_a_tenth_of_the_spread_passes_on_either_side(tmp_path, shift, outcome):
    z = stats.norm.ppf((np.arange(8000) + 0.5) / 8000)
    frame = pd.DataFrame({"g": ["a", "b"] * 8000, "y": np.repeat(z, 2), "s": 0.0})
    frame.loc[frame.g == "b", "s"] = -shift
    frame.to_csv(tmp_path / "d.csv", index=False)
    criterion = {"estimate": OVER_S, "at_most": 0.1, "source": "house"}
    found = finding_of(evaluate(tmp_path, tmp_path / "d.csv", COLUMNS,
                                control(check="fairness.residual_bias", criterion=criterion)))  # fmt: skip
    assert found.outcome == outcome
    assert "Standardised residual bias of" in found.sentence


def test_what_is_undefined_has_a_reason():
    found = bias({"a": np.arange(50.0), "b": [1.0], "c": []})
    assert "one person of b" in found["b"].undefined
    assert "nobody of c" in found["c"].undefined
    alike = {"a": [2.0] * 40, "b": [2.0] * 40}
    assert (bias(alike)["a"].value, bias(alike)["a"].interval) == (2.0, None)
    assert "all residuals are equal" in bias(alike, OVER_S)["a"].undefined
    nobody = bias({None: [1.0, 2.0]})
    assert nobody[None].undefined == "g: no row has a known group"


def test_the_manifest_says_that_score_and_label_are_numbers():
    probability = {**COLUMNS, "label": {"column": "y", "favourable": 1},
                   "score": {"column": "s", "kind": "probability", "of": 1}}  # fmt: skip
    asked = needs(residual_bias, manifest(columns=probability, data={"test": {"path": "test.csv"}}))
    assert asked.requests == ()
    assert asked.missing == ("columns.score of kind: value",)
    unlabelled = {name: said for name, said in COLUMNS.items() if name != "label"}
    assert "columns.label" in needs(residual_bias, manifest(columns=unlabelled, data=VIEW.model_dump()["data"])).missing


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(-99, 99), min_size=2, max_size=20), min_size=1, max_size=4),
    st.floats(0.01, 100),
    st.randoms(),
)
def test_neither_order_nor_unit_of_weights_matters(groups, scale, random):
    given = {f"g{i}": x for i, x in enumerate(groups)}
    turned = {name: random.sample(x, len(x)) for name, x in reversed(given.items())}
    once, again = bias(given, minimum=2), bias(turned, minimum=2)
    assert {name: e.value for name, e in once.items()} == {
        name: pytest.approx(e.value, rel=1e-9, abs=1e-9) for name, e in again.items()
    }
    weights = {name: [1.0 + place for place in range(len(x))] for name, x in given.items()}
    heavier = {name: [scale * w for w in own] for name, own in weights.items()}
    first, second = (bias(given, OVER_S, weights=each, minimum=2) for each in (weights, heavier))
    for name, estimate in first.items():
        assert (estimate.value is None) == (second[name].value is None)
        if estimate.value is not None:
            assert second[name].value == pytest.approx(estimate.value, rel=1e-9, abs=1e-9)


def test_people_in_several_rows_make_the_interval_wider():
    random = np.random.default_rng(3)
    x = random.normal(1, 2, 200)
    ids = [str(i) for i in range(200)]
    once = bias({"a": x}, entity={"a": ids})["a"]
    plain = bias({"a": x})["a"]
    four = bias({"a": np.tile(x, 4)}, entity={"a": ids * 4})["a"]
    assert (once.interval.low, once.interval.high) == pytest.approx((plain.interval.low, plain.interval.high), rel=1e-9)
    assert (four.interval.low, four.interval.high) == pytest.approx((once.interval.low, once.interval.high), rel=1e-9)
