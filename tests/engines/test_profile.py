import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import DataError
from assay.evidence.request import ProfileRequest
from assay.record.condition import Test
from subjects import subject, value, with_data

few = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
numbers = st.lists(st.one_of(st.none(), st.integers(-5, 5), st.floats(-1e6, 1e6).map(float)), min_size=1, max_size=60)


def profile(folder, table, against=None, *, kind="parquet", bins=10, where=None, blocks=None):
    frames = {"test": table} | ({} if against is None else {"train": against})
    made = with_data(folder, kind=kind, blocks=blocks, **frames)
    asked = ProfileRequest("test", tuple(table.columns), None if against is None else "train", bins, where)
    return value(made, asked).columns


def numeric(values):
    return pd.DataFrame({"x": pd.Series(values, dtype="float64")})


def expected_counts(values, against, bins):
    """By numpy's quantiles, or distinct values where they are few; where a quantile is the least value, the next one.
    None where a value lies on an edge but for rounding.
    """
    distinct = np.unique(against)
    if len(distinct) <= bins:
        return [int((values == v).sum()) for v in distinct] + [int((~np.isin(values, distinct)).sum())]
    quantiles = np.quantile(against, [i / bins for i in range(1, bins)])
    edges = np.unique(np.where(quantiles <= distinct[0], distinct[1], quantiles))
    if any(np.min(np.abs(v - edges)) < 1e-9 * max(1, abs(v)) for v in values):
        return None
    places = np.searchsorted([distinct[0], *edges, np.nextafter(distinct[-1], np.inf)], values, side="right")
    return np.bincount(places, minlength=len(edges) + 3).tolist()


@few
@given(numbers, numbers, st.sampled_from(["parquet", "csv"]))
def test_numbers_are_counted_between_the_quantiles_of_the_other_dataset(tmp_path_factory, own, other, kind):
    (column,) = profile(tmp_path_factory.mktemp("s"), numeric(own), numeric(other), kind=kind)
    known = [np.array([v for v in values if v is not None], dtype=float) for values in (own, other)]
    expected = [expected_counts(values, known[1], 10) for values in known]
    found = list(zip(column.counts, column.against_counts, strict=True))
    if None not in expected:
        assert found == [pair for pair in zip(*expected, strict=True) if any(pair)]
    assert (sum(column.counts), sum(column.against_counts)) == (len(known[0]), len(known[1]))
    assert (column.rows, column.missing) == (len(own), own.count(None))
    assert (column.against_rows, column.against_missing) == (len(other), other.count(None))
    assert column.distinct == len(np.unique(known[0]))
    assert column.low == (known[0].min() if len(known[0]) else None)
    assert len(column.bins) == len(column.counts) == len(column.against_counts)


@few
@given(numbers, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(tmp_path_factory, values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    first, second = (profile(tmp_path_factory.mktemp("s"), numeric(each)) for each in (values, shuffled))
    assert first == second


def test_bins_are_named_and_values_outside_have_bins_of_their_own(tmp_path):
    (column,) = profile(tmp_path, numeric([-100.0, 1.0, 100.0, None]), numeric(range(20)), bins=2)
    assert column.bins == ("under 0", "0 to under 9.5", "9.5 to 19", "above 19")
    assert (column.counts, column.against_counts) == ((1, 1, 0, 1), (0, 10, 10, 0))
    assert (column.low, column.high) == (-100.0, 100.0)


def test_the_least_and_the_greatest_value_are_not_outside(tmp_path):
    (column,) = profile(tmp_path, numeric([0.0, 19.0]), numeric(range(20)), bins=2)
    assert (column.bins, column.counts) == (("0 to under 9.5", "9.5 to 19"), (1, 1))


@pytest.mark.parametrize(
    ("against", "own", "bins", "counts"),
    [
        ([0.0] * 950 + [None] * 50, [*map(float, range(1, 951))] + [None] * 50, ("0", "(other)"), (0, 950)),
        ([0.0, 1.0], [-7.0, 900.0], ("0", "1", "(other)"), (0, 0, 2)),
        ([0.0, 1.0], [0.5, 1.0], ("0", "1", "(other)"), (0, 1, 1)),
        ([None, None], [3.0, 4.0], ("(other)",), (2,)),
    ],
    ids=["one value", "both sides", "between", "none"],
)
def test_values_that_the_other_dataset_never_held_are_a_bin_of_their_own(tmp_path, against, own, bins, counts):
    (column,) = profile(tmp_path, numeric(own), numeric(against))
    assert (column.bins, column.counts) == (bins, counts)
    assert column.against_counts[-1] == 0


weights = st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 40)), min_size=1, max_size=60)


@few
@given(weights, weights)
def test_the_same_people_as_rows_or_as_counts_have_the_same_profile(tmp_path_factory, own, other):
    def frames(pairs):
        rows = [float(value) for value, n in pairs for _ in range(n)]
        return numeric(rows), numeric([value for value, _ in pairs]).assign(n=[n for _, n in pairs])

    (own_rows, own_counts), (other_rows, other_counts) = frames(own), frames(other)
    as_rows = profile(tmp_path_factory.mktemp("s"), own_rows, other_rows)
    made = with_data(tmp_path_factory.mktemp("s"), {"count": "n"}, test=own_counts, train=other_counts)
    assert value(made, ProfileRequest("test", ("x",), "train")).columns == as_rows


def test_a_flag_which_is_nearly_always_0_still_has_a_bin_of_its_own_for_1(tmp_path):
    (column,) = profile(tmp_path, numeric([1.0] * 50 + [0.0] * 50), numeric([0.0] * 99 + [1.0]))
    assert (column.counts, column.against_counts) == ((50, 50), (99, 1))


def test_an_amount_which_is_nearly_always_0_keeps_0_apart(tmp_path):
    against = [0.0] * 95 + [float(v) for v in range(1, 21)]
    (column,) = profile(tmp_path, numeric([float(v) for v in range(1, 101)]), numeric(against))
    assert column.counts[0] == 0
    assert column.against_counts[0] == 95


def test_one_bin_holds_every_value(tmp_path):
    table = pd.DataFrame({"x": [1.0, 2.0, None, 4.0], "k": ["a", None, "", "b"]})
    number, category = profile(tmp_path, table, bins=1)
    assert (number.bins, number.counts, number.missing) == (("(any value)",), (3,), 1)
    assert (category.bins, category.counts, category.missing) == (("(any value)",), (2,), 2)
    assert (number.low, number.high, category.distinct) == (1.0, 4.0, 2)


def test_a_constant_has_one_bin_and_a_column_without_values_has_none(tmp_path):
    table = pd.DataFrame({"same": [3.0, 3.0], "none": pd.Series([None, None], dtype="float64")})
    same, none = profile(tmp_path, table)
    assert (same.bins, same.counts) == (("3",), (2,))
    assert (none.counts, none.missing, none.low) == ((), 2, None)


def test_infinite_and_not_a_number_are_missing(tmp_path):
    (column,) = profile(tmp_path, numeric([1.0, float("inf"), float("-inf"), float("nan"), None]))
    assert (column.missing, column.distinct, column.high) == (4, 1, 1.0)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_categories_are_counted_by_code_and_blank_is_missing(tmp_path, kind):
    table = pd.DataFrame({"c": ["b", "a", "b", "", None, "new"]})
    against = pd.DataFrame({"c": ["a", "a", "b", "gone"]})
    (column,) = profile(tmp_path, table, against, kind=kind)
    assert (column.numeric, column.missing, column.distinct) == (False, 2, 3)
    assert column.bins == ("a", "b", "gone", "new")
    assert (column.counts, column.against_counts) == ((1, 2, 0, 1), (2, 1, 1, 0))


def test_categories_beyond_fifty_are_one(tmp_path):
    against = pd.DataFrame({"c": [f"v{i:02}" for i in range(60) for _ in range(60 - i)]})
    table = pd.DataFrame({"c": ["v00", "v59", "elsewhere"]})
    (column,) = profile(tmp_path, table, against)
    assert column.bins == (*(f"v{i:02}" for i in range(50)), "(other)")
    assert (column.counts[0], column.counts[-1], sum(column.counts)) == (1, 2, 3)
    assert column.against_counts[-1] == sum(60 - i for i in range(50, 60))


def test_an_empty_table_has_an_empty_profile(tmp_path):
    (column,) = profile(tmp_path, numeric([]), kind="csv")
    assert (column.rows, column.missing, column.distinct, column.counts) == (0, 0, 0, ())
    (column,) = profile(tmp_path, numeric([]), numeric([1.0, 2.0, 3.0]))
    assert (column.rows, column.counts, column.against_counts) == (0, (0, 0, 0), (1, 1, 1))


def test_counts_of_rows_weigh(tmp_path):
    table = pd.DataFrame({"c": ["a", "b", None], "n": [5, 2, 3]})
    made = with_data(tmp_path, {"count": "n"}, test=table)
    (column,) = value(made, ProfileRequest("test", ("c",))).columns
    assert (column.rows, column.missing, column.counts) == (10, 3, (5, 2))


def test_a_filter_holds_for_both_datasets(tmp_path):
    table, against = (pd.DataFrame({"x": [1.0, 2.0, 3.0], "g": g}) for g in (["a", "b", "a"], ["b", "a", "b"]))
    made = with_data(tmp_path, test=table, train=against)
    (column,) = value(made, ProfileRequest("test", ("x",), "train", where=Test(field="g", equals="a"))).columns
    assert (column.rows, column.against_rows) == (2, 1)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_feature_declared_a_number_that_holds_text_is_an_error_at_its_place(tmp_path, kind):
    table = pd.DataFrame({"x": ["1", "two"]})
    blocks = {"features": [{"name": "x"}]}
    with pytest.raises(DataError) as error:
        profile(tmp_path, table, kind=kind, blocks=blocks)
    assert error.value.where == "model.yaml:7:9"


def test_a_whole_number_declared_a_category_is_one(tmp_path):
    blocks = {"features": [{"name": "x", "dtype": "category"}]}
    (column,) = profile(tmp_path, pd.DataFrame({"x": [1, 2, 2]}), blocks=blocks)
    assert (column.numeric, column.bins, column.counts) == (False, ("1", "2"), (1, 2))


@pytest.mark.parametrize("word", ["NA", "N/A", "null", "None", "NaN", ""])
def test_words_for_a_missing_number_are_missing_in_csv(tmp_path, word):
    (tmp_path / "test.csv").write_text(f"x,y\n1,1\n{word},1\n2.5,1\n")
    made = subject(tmp_path, roles=("test",), data={"test": {"path": "test.csv"}}, features=[{"name": "x"}])
    (column,) = value(made, ProfileRequest("test", ("x",))).columns
    assert (column.numeric, column.missing, column.high) == (True, 1, 2.5)
