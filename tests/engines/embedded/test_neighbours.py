"""Who the nearest are, against scikit-learn's search on the raw rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from assay.engines.embedded.neighbours import _favourable
from assay.evidence.request import NeighboursRequest
from assay.record.condition import Test
from assay.stats.proportion import wilson
from assay.subject.inputs import Input
from subjects import value, with_data, with_model

RNG = np.random.default_rng(5)
N = 400
TABLE = pd.DataFrame({"a": RNG.normal(size=N), "b": 10 * RNG.normal(size=N), "c": RNG.choice(["x", "y", "z"], N)})
TABLE["d"] = np.where(TABLE.a + RNG.normal(size=N) > 0, "yes", "no")
TABLE["y"] = TABLE.d
FEATURES = [{"name": "a"}, {"name": "b"}, {"name": "c", "dtype": "category"}]
DECIDED = {"decision": {"column": "d", "favourable": "yes"}}


def neighbours(folder, table=TABLE, *, features=("a", "b", "c"), k=5, size=N, where=None, columns=DECIDED, seed=1):
    folder.mkdir(exist_ok=True)
    made = with_data(folder, columns, blocks={"features": FEATURES}, test=table)
    return value(made, NeighboursRequest("test", features, k, size, where), seed=seed)


def test_the_nearest_are_those_of_an_independent_search():
    numbers = [Input(name, TABLE[name].to_numpy()) for name in ("a", "b")]
    codes = Input("c", pd.Categorical(TABLE.c).codes.astype(np.int32), ("x", "y", "z"))
    asked, pool, good = np.arange(150), np.arange(150, N), (TABLE.d == "yes").to_numpy()
    scaled = [(TABLE[name] - TABLE[name].mean()) / TABLE[name].std(ddof=0) for name in ("a", "b")]
    coded = [(TABLE.c == level) / np.sqrt(2) for level in "xyz"]
    matrix = np.column_stack([*scaled, *coded])
    found = NearestNeighbors(n_neighbors=7).fit(matrix[pool]).kneighbors(matrix[asked], return_distance=False)
    expected = good[pool][found].sum(axis=1)
    np.testing.assert_array_equal(_favourable((*numbers, codes), asked, pool, good, 7, 1), expected)


def test_of_people_equally_far_everybody_has_others():
    same = (Input("a", np.zeros(2008)),)
    good = np.array([False] * 2000 + [True, True, False, False, False, False, True, True])
    asked, pool = np.arange(2000), np.arange(2000, 2008)
    found = _favourable(same, asked, pool, good, 4, 1)
    assert found.tolist() == _favourable(same, asked, pool, good, 4, 1).tolist()
    # four of eight, of whom four are favourable
    np.testing.assert_allclose(np.bincount(found) / 2000, np.array([1, 16, 36, 16, 1]) / 70, atol=0.03)


def test_who_is_nearer_is_a_neighbour_before_any_who_are_equally_far():
    held = (Input("a", np.array([0.0] * 500 + [0.1, 0.2, 1.0, 1.0, 1.0, -1.0])),)
    good = np.array([False] * 500 + [True, False, True, False, False, False])
    found = _favourable(held, np.arange(500), np.arange(500, 506), good, 3, 1)
    assert set(found.tolist()) == {1, 2}
    assert found.mean() == pytest.approx(1.25, abs=0.06)


def _one_category(random, n):
    level = random.integers(0, 3, n)
    return (Input("a", level.astype(np.int32), ("x", "y", "z")),), np.array([0.2, 0.5, 0.7])[level]


def _three_of_four(random, n):
    levels = random.integers(0, 4, (3, n))
    made = tuple(Input(str(at), each.astype(np.int32), tuple("wxyz")) for at, each in enumerate(levels))
    return made, 1 / (1 + np.exp(3.15 - 0.7 * levels.sum(axis=0)))


def _rare_in_one_category(random, n):
    made, rate = _one_category(random, n)
    return made, rate / 15


def _three_numbers(random, n):
    numbers = random.normal(size=(3, n))
    return tuple(Input(str(at), each) for at, each in enumerate(numbers)), 1 / (1 + np.exp(-numbers.sum(axis=0)))


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("draw", [_one_category, _rare_in_one_category, _three_of_four, _three_numbers])
def test_the_interval_covers_the_mean_over_people_and_pools(draw, k):
    random, n, found = np.random.default_rng(3), 200, []
    for at in range(300):
        inputs, rate = draw(random, n)
        good, asked, pool = random.random(n) < rate, np.arange(n // 2), np.arange(n // 2, n)
        share = _favourable(inputs, asked, pool, good, k, at) / k
        found.append(1 - abs(good[asked] - share).mean())
    truth, ends = np.mean(found), [wilson(value * n / 4, n / 4, 0.95) for value in found]
    assert np.mean([low <= truth <= high for low, high in ends]) >= 0.94


def test_a_missing_number_is_far_from_one_that_is_there():
    held = np.array([np.nan, np.nan, 0.0, 0.1, -0.1, 50.0, -50.0])
    good = np.array([False, True, False, False, False, False, False])
    assert _favourable((Input("a", held),), np.array([0]), np.arange(1, 7), good, 1, 1).tolist() == [1]


def test_half_is_asked_about_and_the_other_half_is_the_pool(tmp_path):
    found = neighbours(tmp_path / "m")
    assert (found.available, found.people, found.pool, found.undecided, found.k) == (N, 200, 200, 0, 5)
    assert len(found.favourable) == len(found.unfavourable) == 6


def test_decisions_that_follow_the_inputs_are_consistent_and_random_ones_are_not(tmp_path):
    wave = TABLE.assign(d=np.where(TABLE.a > 0, "yes", "no"))
    ordered = neighbours(tmp_path / "a", wave, features=("a",), k=1)
    assert ordered.favourable[1] + ordered.unfavourable[0] >= 195
    noise = neighbours(tmp_path / "b", TABLE.assign(d=RNG.choice(["yes", "no"], N)), features=("a",), k=1)
    assert 60 < noise.favourable[1] + noise.unfavourable[0] < 140


def test_people_without_a_decision_are_asked_about_neither_way(tmp_path):
    found = neighbours(tmp_path / "m", TABLE.assign(d=TABLE.d.where(TABLE.a < 1)))
    assert found.undecided == (TABLE.a >= 1).sum()
    assert found.people + found.pool + found.undecided == N


def test_the_order_of_the_rows_changes_nothing_and_the_filter_holds(tmp_path):
    where = Test(field="c", equals="x")
    first = neighbours(tmp_path / "a", size=60, where=where)
    assert first.csv() == neighbours(tmp_path / "b", TABLE.sample(frac=1, random_state=1), size=60, where=where).csv()
    assert first.available == (TABLE.c == "x").sum()


@pytest.mark.parametrize(("rows", "pool"), [(0, 0), (4, 4), (8, 8)])
def test_too_few_for_a_pool_are_not_asked_about(tmp_path, rows, pool):
    found = neighbours(tmp_path / "m", TABLE[:rows].assign(d=["yes", "no", *["yes"] * 20][:rows]))
    assert (found.people, found.pool) == (0, pool)


def test_a_cut_of_the_models_score_decides(tmp_path):
    model = LogisticRegression().fit(TABLE[["a", "b"]], TABLE.y)
    columns = {
        "label": {"column": "y", "favourable": "yes"},
        "score": {"from": "model", "kind": "probability", "of": "yes"},
        "decision": {"from": "score", "favourable": {"at_least": 0.5}},
    }
    blocks = {"identity": with_model(tmp_path, model), "features": FEATURES[:2]}
    made = with_data(tmp_path, columns, needs_model=True, blocks=blocks, test=TABLE)
    found = value(made, NeighboursRequest("test", ("a", "b"), 1, N))
    assert found.undecided == 0
    assert found.favourable[1] + found.unfavourable[0] > 0.9 * found.people
