import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.checks.data.distribution_shift import distribution_shift
from assay.evidence.request import DistributionsRequest
from auditing import shared
from beside import beside, one
from builders import needs, people_manifest

CHECK = "data.distribution_shift"
few = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
random = np.random.default_rng(11)
TRAIN, SAME, SHIFTED = random.normal(0, 1, 2000), random.normal(0, 1, 2000), random.normal(0.4, 1, 2000)


@few
@given(st.lists(st.integers(0, 20), min_size=5, max_size=80), st.lists(st.integers(0, 20), min_size=5, max_size=80))
def test_a_number_has_scipys_distances_and_p_value(tmp_path_factory, own, other):
    finding = beside(tmp_path_factory.mktemp("s"), CHECK, own, other)
    expected = stats.ks_2samp(own, other)
    if set(own) | set(other) == {own[0]}:
        assert one(finding, "shift").undefined.startswith("it holds one value")
        return
    found = one(finding, "shift")
    assert found.value == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    assert found.interval.low <= found.value <= found.interval.high
    moved = one(finding, "wasserstein")
    if len(set(other)) > 1:
        expected = stats.wasserstein_distance(own, other) / np.std(other, ddof=1)
        assert moved.value == pytest.approx(expected, abs=1e-12)
    else:
        assert moved.undefined == "it has no spread in the data that it is compared with"


def test_a_category_has_scipys_chi_square_and_v(tmp_path):
    own, other = ["a"] * 50 + ["b"] * 30 + [None] * 20, ["a"] * 90 + ["b"] * 70 + [None] * 40
    found = one(beside(tmp_path, CHECK, own, other, dtype="category"), "shift")
    table = [[50, 30, 20], [90, 70, 40]]
    assert found.value == pytest.approx(stats.contingency.association(table, method="cramer"), abs=1e-12)
    assert found.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, abs=1e-12)
    assert found.method == "Cramér's V over 3 values, p-value by the chi-square law"


def test_many_numbers_have_the_distances_of_scipy_within_the_bound(tmp_path):
    finding = beside(tmp_path, CHECK, SHIFTED, TRAIN)
    for name, expected in (
        ("shift", stats.ks_2samp(SHIFTED, TRAIN).statistic),
        ("wasserstein", stats.wasserstein_distance(SHIFTED, TRAIN) / TRAIN.std(ddof=1)),
    ):
        found = one(finding, name)
        assert 0 < found.bound < 0.02
        assert abs(found.value - expected) <= found.bound
    assert one(finding, "shift").p_value >= stats.ks_2samp(SHIFTED, TRAIN).pvalue


@pytest.mark.parametrize(
    ("own", "criterion", "outcome"),
    [
        (SAME, {"at_most": 0.15}, "pass"),
        (SHIFTED, {"at_most": 0.05}, "fail"),
        (SHIFTED, {"at_most": 0.15}, "inconclusive"),
        (SHIFTED, {"significance": 0.05}, "fail"),
        (SAME, {"significance": 0.05}, "inconclusive"),
        (SAME, {"significance": 0.05, "margin": 0.15}, "pass"),
        (SHIFTED, {"estimate": "wasserstein", "at_most": 0.1, "decide_on": "estimate"}, "fail"),
        (SHIFTED, {"estimate": "wasserstein", "at_most": 0.9, "decide_on": "estimate"}, "pass"),
        (SHIFTED, {"estimate": "wasserstein", "at_most": 0.1}, "fail"),
        (SHIFTED, {"estimate": "wasserstein", "at_most": 0.3}, "inconclusive"),
        (SAME, {"estimate": "wasserstein", "at_most": 1.0}, "pass"),
    ],
)
def test_a_policy_decides_by_the_interval_by_the_p_value_or_by_how_far_rows_moved(tmp_path, own, criterion, outcome):
    assert beside(tmp_path, CHECK, own, TRAIN, criterion={**criterion, "source": "house"}).outcome == outcome


def test_exactly_the_threshold_is_still_allowed(tmp_path):
    own, other = [0] * 40 + [1] * 60, [0] * 50 + [1] * 50
    allowed, beyond = ({"at_most": t, "decide_on": "estimate", "source": "house"} for t in (0.1, 0.0999999))
    assert beside(tmp_path, CHECK, own, other, criterion=allowed).outcome == "pass"
    assert beside(tmp_path, CHECK, own, other, criterion=beyond).outcome == "fail"


def test_fewer_rows_than_the_minimum_decide_nothing(tmp_path):
    criterion = {"at_most": 0.99, "source": "house"}
    finding = beside(tmp_path, CHECK, [1, 2, 3] * 5, [1, 2, 3] * 100, criterion=criterion)
    assert (finding.outcome, one(finding, "shift").n) == ("inconclusive", 15)


def test_p_values_and_second_intervals_are_for_all_columns_together(tmp_path):
    frames = [pd.DataFrame({"a": SAME, "b": side, "c": ["x", "y"] * 1000}) for side in (SHIFTED, TRAIN)]
    finding = beside(tmp_path, CHECK, *frames, columns=["a", "b", "c"], dtype=None, manifest={"features": []})
    found = {e.group: e for e in finding.measured.estimates if e.name == "shift"}
    assert {e.comparisons for e in found.values()} == {3}
    assert found["b"].p_adjusted == pytest.approx(3 * found["b"].p_value)
    assert found["b"].simultaneous.high > found["b"].interval.high
    moved = {e.group: e for e in finding.measured.estimates if e.name == "wasserstein"}
    assert {e.comparisons for e in moved.values()} == {2}
    assert moved["b"].simultaneous.high > moved["b"].interval.high > moved["b"].value > moved["b"].interval.low
    assert finding.measured.exhibits[0].rows[0][0] == "b"


@pytest.mark.parametrize(
    ("own", "other", "why"),
    [
        ([1.0] * 9, [1.0] * 5, "one value in both"),
        ([np.nan] * 9, [1.0, 2.0], "no number in the test data"),
        ([1.0, 2.0], [np.nan, np.inf], "no number in the train data"),
    ],
)
def test_where_there_is_no_distribution_there_is_no_shift(tmp_path, own, other, why):
    finding = beside(tmp_path, CHECK, own, other)
    assert why in one(finding, "shift").undefined
    assert finding.outcome == "inconclusive"


def test_a_dataset_without_rows_is_undefined(tmp_path):
    for own, other, role in (([], [1.0, 2.0], "test"), ([1.0, 2.0], [], "train")):
        finding = beside(tmp_path, CHECK, pd.Series(own, dtype=float), pd.Series(other, dtype=float))
        assert one(finding, "shift").undefined == f"the {role} data have no rows"
        assert one(finding, "wasserstein").undefined == "no column can be compared"


@few
@given(st.integers(0, 1000))
def test_the_order_of_rows_and_the_names_of_categories_change_nothing(tmp_path_factory, seed):
    draw = np.random.default_rng(seed)
    own, other = (pd.DataFrame({"x": draw.normal(0, 1, 60), "c": draw.choice(["a", "b", "c"], 60)}) for _ in "ab")
    renamed = [each.assign(c=each.c.map({"a": "z", "b": "k", "c": "y"})) for each in (own, other)]
    first, again = (
        beside(tmp_path_factory.mktemp("s"), CHECK, *frames, columns=["x", "c"], manifest={"features": []})
        for frames in ((own, other), (renamed[0].sample(frac=1, random_state=seed), renamed[1]))
    )
    assert first.measured.estimates == again.measured.estimates


# The split of the census of 1994 that its publishers made: train 32 561, test 16 281 rows.
def test_the_two_files_of_adult_hardly_differ(tmp_path):
    adult = pd.read_csv(shared("adult/adult.csv.gz"), keep_default_na=False)
    train, test = (adult[adult.split == role].reset_index(drop=True) for role in ("train", "test"))
    assert (len(train), len(test)) == (32561, 16281)
    columns = ["age", "hours_per_week", "workclass", "sex"]
    finding = beside(tmp_path, CHECK, test[columns], train[columns], columns=columns, manifest={"features": []})
    found = {e.group: e for e in finding.measured.estimates if e.name == "shift"}
    for name in ("age", "hours_per_week"):
        expected = stats.ks_2samp(test[name], train[name])
        assert found[name].value == pytest.approx(expected.statistic, abs=1e-12)
        assert found[name].p_value == pytest.approx(expected.pvalue, rel=1e-9)
    for name in ("workclass", "sex"):
        table = pd.crosstab(pd.concat([test, train])[name], np.repeat(["a", "b"], [len(test), len(train)]))
        chi = stats.chi2_contingency(table, correction=False)
        assert found[name].value ** 2 * (len(test) + len(train)) == pytest.approx(chi.statistic, rel=1e-9)
    assert all(e.interval.high < 0.05 for e in found.values())


def test_what_is_not_declared_is_missing_evidence():
    view = people_manifest(features=[{"name": "income"}])
    assert needs(distribution_shift, view).requests == (DistributionsRequest("test", "train", ("income", "p")),)
    bare = people_manifest(columns={"label": {"column": "y", "favourable": 1}})
    assert needs(distribution_shift, bare).missing == ("features",)
