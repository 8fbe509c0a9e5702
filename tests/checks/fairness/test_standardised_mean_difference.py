"""The standardised mean difference of scores: published numbers, intervals, and what has none."""

import json
from pathlib import Path
from shutil import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.checks.fairness.standardised_mean_difference import standardised_mean_difference
from auditing import control, evaluate, finding_of, shared, write_csv
from builders import by_group, manifest, measure
from moments import moments

VIEW = manifest(
    columns={"score": {"column": "s", "kind": "rank", "higher": "favourable"}, "groups": {"g": {"column": "g"}}},
    data={"test": {"path": "test.csv"}},
)
COLUMNS = {"score": {"column": "s", "kind": "rank", "higher": "favourable"}, "groups": {"g": {"column": "g"}}}


def smd(groups, p=None, weights=None, entity=None, **options):
    given = moments({name: np.asarray(x, float) for name, x in groups.items()}, weights=weights, entity=entity)
    return measure(standardised_mean_difference, VIEW, given, p=p, **options)


def drawn(random, *means, n=200):
    return {f"g{i}": random.normal(mean, 1, n) for i, mean in enumerate(means)}


@pytest.mark.parametrize(
    ("grouping", "reference", "published"),
    [
        ("Race", "White", {"Black": 27.559, "Asian": -70.355, "Native american": 27.617}),
        ("Ethnicity", "Non-Hispanic", {"Hispanic": 43.545}),
        ("Sex", "Male", {"Female": 16.655}),
    ],
)
def test_the_differences_that_solasai_published_for_mortgage_prices(tmp_path, grouping, reference, published):
    """SolasAI, solas-ai-disparity 7bdcc33, notebook on HMDA prices: times 100, over the deviation of all rows."""
    columns = {"score": {"column": "Prediction", "kind": "value"}, "groups": {"g": {"column": grouping}},
               "unknown_values": ["Unknown"]}  # fmt: skip
    criterion = {"reported": True, "source": "convention"}
    asked = control(check="fairness.standardised_mean_difference", criterion=criterion, maximum_unknown=1,
                    **{"with": {"reference": reference}})  # fmt: skip
    data = Path(copy(shared("hmda_pricing/hmda_test.parquet"), tmp_path))
    result = evaluate(tmp_path, data, columns, asked)
    found = {e.group: e for e in finding_of(result).measured.estimates}
    for group, value in published.items():
        assert round(100 * found[group].value, 3) == value
        assert found[group].reference == reference
        assert found[group].interval.low < found[group].value < found[group].interval.high


def test_it_is_numpy_on_the_rows_with_every_row_in_the_spread_and_welch_where_the_means_agree():
    random = np.random.default_rng(1)
    groups = {"a": random.gamma(2, 3, 300), "b": random.gamma(3, 2, 90), None: random.normal(40, 1, 20)}
    found = by_group(smd(groups, {"reference": "a"}))["b"]
    everybody = np.concatenate(list(groups.values()))
    assert found.value == pytest.approx((groups["b"].mean() - groups["a"].mean()) / everybody.std(ddof=1), rel=1e-12)
    pooled = by_group(smd(groups, {"reference": "a", "spread": "pooled"}))["b"]
    s = np.sqrt((299 * groups["a"].var(ddof=1) + 89 * groups["b"].var(ddof=1)) / 388)
    assert pooled.value == pytest.approx((groups["b"].mean() - groups["a"].mean()) / s, rel=1e-12)
    b = groups["b"] - groups["b"].mean() + groups["a"].mean()
    same = by_group(smd({**groups, "b": b}, {"reference": "a"}))["b"].interval
    welch = stats.ttest_ind(b, groups["a"], equal_var=False).confidence_interval(0.95)
    s = np.concatenate([groups["a"], b, groups[None]]).std(ddof=1)
    assert (same.low, same.high) == pytest.approx((welch.low / s, welch.high / s), rel=1e-10, abs=1e-12)


def test_the_error_of_the_spread_is_that_of_hedges_and_olkin_for_normal_rows():
    random = np.random.default_rng(2)
    n = 4000
    a, b = random.normal(0, 1, n), random.normal(1.5, 1, n)
    found = by_group(smd({"a": a, "b": b}, {"reference": "a", "spread": "pooled"}))["b"]
    error = (found.interval.high - found.interval.low) / 2 / stats.norm.ppf(0.975)
    assert error == pytest.approx(np.sqrt(2 / n + found.value**2 / (4 * n)), rel=0.03)


@pytest.mark.parametrize(("shift", "outcome"), [(0.12, "pass"), (0.48, "fail"), (0.3, "inconclusive")])
def test_on_both_sides_of_the_limit_and_at_it(tmp_path, shift, outcome):
    z = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    rows = [("a", x) for x in z] + [("b", x + shift) for x in z]
    data = write_csv(tmp_path / "d.csv", ("g", "s"), rows)
    criterion = {"at_most": 0.3, "source": "house"}
    found = evaluate(
        tmp_path, data, COLUMNS, control(check="fairness.standardised_mean_difference", criterion=criterion)
    )
    assert finding_of(found).outcome == outcome


def test_what_is_undefined_has_a_reason_and_no_value():
    alike = smd({"a": [5.0] * 40, "b": [5.0] * 40}).estimates
    assert [(e.value, e.undefined_as) for e in alike] == [(None, "estimate_undefined")]
    assert "all scores are equal" in alike[0].undefined
    one = smd({"a": np.arange(50.0)}).estimates[0]
    assert "only one group (a)" in one.undefined
    nobody = smd({None: np.arange(50.0)}).estimates[0]
    assert "no row has a known group" in nobody.undefined
    lonely = by_group(smd({"a": np.arange(50.0), "b": np.arange(50.0), "c": [1.0]}))["c"]
    assert lonely.value is None
    assert "one person of c" in lonely.undefined
    absent = smd({"a": np.arange(50.0), "b": np.arange(50.0)}, {"reference": "z"}).estimates[0]
    assert (absent.undefined_as, absent.value) == ("evidence_missing", None)


def test_groups_in_which_nothing_varies_have_a_difference_and_no_interval():
    found = by_group(smd({"a": [0.0] * 40, "b": [1.0] * 40}))["a"]
    assert found.value == pytest.approx(-0.5 / np.sqrt(0.25 * 80 / 79) * 1.0, rel=1e-12) or found.value < 0
    assert found.interval is None
    assert found.simultaneous is None


def test_a_small_group_neither_passes_nor_fails():
    random = np.random.default_rng(3)
    found = by_group(smd({"a": random.normal(0, 1, 500), "b": random.normal(9, 1, 12)}), headline=False)["b"]
    assert found.interval is not None
    assert found.simultaneous is None


def test_each_grouping_has_its_share_of_the_error():
    found = smd(drawn(np.random.default_rng(4), 0, 0.1, 0.2, 0.3)).estimates
    assert len(found) == 6
    assert {e.comparisons for e in found} == {6}
    assert all(e.simultaneous.confidence == pytest.approx(1 - 0.05 / 6) for e in found)
    assert all(e.simultaneous.low < e.interval.low < e.value < e.interval.high < e.simultaneous.high for e in found)


values = st.lists(st.integers(-50, 50), min_size=2, max_size=30)


@settings(max_examples=50, deadline=None)
@given(st.lists(values, min_size=2, max_size=4), st.floats(0.1, 10), st.integers(-1000, 1000), st.randoms())
def test_neither_order_nor_unit_nor_names_matter(groups, unit, shift, random):
    given = {f"g{i}": x for i, x in enumerate(groups)}
    found = {name: e.value for name, e in by_group(smd(given, {"reference": "g0"}, minimum=2)).items()}
    turned = {name: random.sample(x, len(x)) for name, x in reversed(given.items())}
    again = {name: e.value for name, e in by_group(smd(turned, {"reference": "g0"}, minimum=2)).items()}
    assert again == {name: pytest.approx(x, rel=1e-9, abs=1e-9) if x is not None else None for name, x in found.items()}
    moved = {f"h{i}": [unit * v + shift for v in x] for i, x in enumerate(groups)}
    renamed = by_group(smd(moved, {"reference": "h0"}, minimum=2))
    assert {name: e.value for name, e in renamed.items() if e.value is not None} == {
        name and name.replace("g", "h"): pytest.approx(x, rel=1e-6, abs=1e-6)
        for name, x in found.items()
        if x is not None
    }


@pytest.mark.parametrize("scale", [0.25, 1.0, 1000.0])
def test_equal_weights_are_none_and_the_scale_of_weights_does_not_matter(scale):
    random = np.random.default_rng(5)
    groups = {"a": random.normal(0, 1, 80), "b": random.normal(0.4, 2, 60)}
    plain = by_group(smd(groups, {"reference": "a"}))["b"]
    equal = by_group(
        smd(groups, {"reference": "a"}, weights={name: np.full(len(x), scale) for name, x in groups.items()})
    )
    assert equal["b"].value == pytest.approx(plain.value, rel=1e-12)
    assert equal["b"].interval.low == pytest.approx(plain.interval.low, rel=1e-9)
    uneven = {name: random.exponential(1, len(x)) for name, x in groups.items()}
    found = [by_group(smd(groups, {"reference": "a"}, weights={k: c * w for k, w in uneven.items()}))["b"]
             for c in (1.0, scale)]  # fmt: skip
    assert found[0].interval.high == pytest.approx(found[1].interval.high, rel=1e-9)
    x, w = np.concatenate(list(groups.values())), np.concatenate(list(uneven.values()))
    mean = np.average(x, weights=w)
    s = np.sqrt(np.average((x - mean) ** 2, weights=w) * 140 / 139)
    means = [np.average(groups[name], weights=uneven[name]) for name in ("b", "a")]
    assert found[0].value == pytest.approx((means[0] - means[1]) / s, rel=1e-12)
    assert found[0].interval.high - found[0].interval.low > plain.interval.high - plain.interval.low


def test_people_in_several_rows_count_once_for_the_error():
    random = np.random.default_rng(6)
    people = {"a": random.normal(0, 1, 300), "b": random.normal(0.3, 1, 300)}
    ids = {"a": [f"{i:03}" for i in range(300)], "b": [f"{i:03}" for i in range(50, 350)]}
    once = by_group(smd(people, {"reference": "a"}, entity=ids))["b"]
    thrice = by_group(smd({name: np.repeat(x, 3) for name, x in people.items()}, {"reference": "a"},
                          entity={name: np.repeat(x, 3) for name, x in ids.items()}))["b"]  # fmt: skip
    plain = by_group(smd(people, {"reference": "a"}))["b"]
    assert thrice.interval.high - thrice.interval.low == pytest.approx(once.interval.high - once.interval.low, rel=0.01)
    assert once.interval.high - once.interval.low == pytest.approx(plain.interval.high - plain.interval.low, rel=0.2)
    few = by_group(smd(people, {"reference": "a"}, entity={name: ["001"] * 300 for name in people}))["b"]
    assert few.interval is None


def test_an_audit_with_missing_scores_says_so(tmp_path):
    frame = pd.DataFrame({"g": ["a", "b"] * 50, "s": np.arange(100.0)})
    frame.loc[:19, "s"] = np.nan
    data = tmp_path / "d.csv"
    frame.to_csv(data, index=False)
    asked = control(check="fairness.standardised_mean_difference", criterion={"at_most": 3, "source": "house"})
    found = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
    assert (found.outcome, found.reason) == ("inconclusive", "evidence_missing")
    assert found.measured.undecided == 0.2
    assert found.measured.notes == ("20 people have no finite score; they are left out.",)
    assert json.loads(found.model_dump_json())["measured"]["unlabelled"] is None
