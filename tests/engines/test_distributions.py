import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.evidence.distributions import Distributions, read_distributions
from assay.evidence.request import DistributionsRequest
from assay.record.condition import Test
from assay.stats.two_samples import ks, wasserstein
from subjects import value, with_data

few = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
numbers = st.lists(st.one_of(st.none(), st.integers(-5, 5), st.floats(-1e6, 1e6).map(float)), min_size=1, max_size=60)


def distributions(folder, table, against, *, kind="parquet", where=None, blocks=None):
    made = with_data(folder, kind=kind, blocks=blocks, test=table, train=against)
    found = value(made, DistributionsRequest("test", "train", tuple(table.columns), where))
    assert read_distributions(found.csv()) == found
    return found.columns


def numeric(values):
    return pd.DataFrame({"x": pd.Series(values, dtype="float64")})


@few
@given(numbers, numbers, st.sampled_from(["parquet", "csv"]))
def test_few_values_are_counted_one_by_one(tmp_path_factory, own, other, kind):
    (column,) = distributions(tmp_path_factory.mktemp("s"), numeric(own), numeric(other), kind=kind)
    known = [np.array([v for v in side if v is not None], dtype=float) for side in (own, other)]
    values = np.unique(np.concatenate(known))
    assert column.lows == column.highs == tuple(values)
    assert column.counts == tuple(int((known[0] == v).sum()) for v in values)
    assert column.against_counts == tuple(int((known[1] == v).sum()) for v in values)
    assert (column.rows, column.missing, column.distinct) == (len(own), own.count(None), len(np.unique(known[0])))
    outside = ((known[0] < known[1].min()) | (known[0] > known[1].max())) if len(known[1]) else known[0] == known[0]
    assert column.unseen == outside.sum()
    if len(known[1]) > 1:
        assert column.deviation == pytest.approx(known[1].std(ddof=1), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("draw", ["normal", "lognormal", "ties", "apart"])
def test_many_values_are_counted_in_bins_that_bound_both_distances(tmp_path, kind, draw):
    random = np.random.default_rng(7)
    own, other = random.normal(0.1, 1, 4000), random.normal(0, 1, 6000)
    if draw == "lognormal":
        own, other = np.exp(3 * own), np.exp(3 * other)
    if draw == "ties":
        own[:2000], other[:3500] = 0.0, 0.0
    if draw == "apart":
        own += 20
    (column,) = distributions(tmp_path, numeric(own), numeric(other), kind=kind)
    assert len(column.counts) <= 1300
    assert (sum(column.counts), sum(column.against_counts)) == (4000, 6000)
    counts = [np.array(side) for side in (column.counts, column.against_counts)]
    found, far = ks(column.lows, column.highs, *counts), wasserstein(column.lows, column.highs, *counts)
    assert found.value - 1e-12 <= stats.ks_2samp(own, other).statistic <= found.value + found.bound + 1e-12
    assert found.bound < 0.004
    assert abs(far.value - stats.wasserstein_distance(own, other)) <= far.bound + 1e-9 * far.value
    assert far.bound / column.deviation < 0.02
    assert column.unseen == ((own < other.min()) | (own > other.max())).sum()


@few
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_no_byte(tmp_path_factory, seed):
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"x": random.normal(1e6, 1, 700), "c": random.choice(list("abc"), 700)})
    mixed = table.sample(frac=1, random_state=seed)
    first, again = (
        Distributions(distributions(tmp_path_factory.mktemp("s"), each, each)).csv() for each in (table, mixed)
    )
    assert first == again


def test_categories_are_counted_with_those_that_only_one_side_has(tmp_path):
    own = pd.DataFrame({"c": ["a", "b", None, "new", "new"]})
    (column,) = distributions(tmp_path, own, pd.DataFrame({"c": ["a", "a", "old"]}))
    assert (column.levels, column.counts, column.against_counts) == (
        ("a", "b", "new", "old"),
        (1, 1, 2, 0),
        (2, 0, 0, 1),
    )
    assert (column.missing, column.unseen, column.listed) == (1, 3, True)


def test_rows_that_stand_for_several_people_count_as_often(tmp_path):
    own = pd.DataFrame({"x": [1.0, 2.0, 2.0], "c": ["a", "b", "b"], "n": [5, 0, 3]})
    other = pd.DataFrame({"x": [1.0, 4.0], "c": ["a", "a"], "n": [1, 3]})
    made = with_data(tmp_path, blocks={"columns": {"count": "n"}}, test=own, train=other)
    x, c = value(made, DistributionsRequest("test", "train", ("x", "c"))).columns
    assert (x.lows, x.counts, x.against_counts) == ((1.0, 2.0, 4.0), (5, 3, 0), (1, 0, 3))
    assert x.deviation == pytest.approx(np.std([1, 4, 4, 4], ddof=1), rel=1e-15)
    assert (c.levels, c.counts) == (("a", "b"), (5, 3))


def test_only_rows_that_meet_the_filter_count(tmp_path):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "g": ["a", "b", "b"]})
    where = Test(field="g", equals="b")
    x, _ = distributions(tmp_path, table, table, where=where)
    assert (x.rows, x.lows) == (2, (2.0, 3.0))


def test_an_identifier_and_free_text_leave_no_value_behind(tmp_path):
    table = pd.DataFrame({"id": [f"n{i}" for i in range(10_001)], "text": ["x" * 201] * 10_001})
    for column in distributions(tmp_path, table, table):
        assert (column.levels, column.counts, column.listed) == ((), (), False)
        assert column.rows == 10_001


def test_numbers_beyond_all_floats_have_bins_and_no_deviation(tmp_path):
    values = [-1.7e308, 1.7e308, *np.linspace(-8e307, 8e307, 1000)]
    (column,) = distributions(tmp_path, numeric(values), numeric(values))
    assert column.deviation is None
    assert sum(column.counts) == len(values)
