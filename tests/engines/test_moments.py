"""Moments by group, through the real engine on real files, beside numpy on the rows themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import DataError
from assay.evidence.reading import read_table
from assay.evidence.request import MomentsRequest
from subjects import value, with_data

REGRESSION = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value", "higher": "favourable"},
              "groups": {"g": {"column": "g"}}}  # fmt: skip
RANKED = {**REGRESSION, "label": {"column": "y", "favourable": 1}, "query": "q",
          "score": {"column": "s", "kind": "rank", "higher": "favourable"}}  # fmt: skip
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def people(n=2000, seed=3, shift=0.0):
    random = np.random.default_rng(seed)
    g = random.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    y = random.normal(100 + 5.0 * (g == "b"), 15, n) + shift
    s = 0.8 * (y - shift) + random.normal(20, 5, n) + shift
    frame = pd.DataFrame({"y": y, "s": s, "g": g, "v": random.exponential(2, n), "id": random.integers(0, n // 3, n)})
    frame.loc[random.random(n) < 0.05, "y"] = np.nan
    frame.loc[random.random(n) < 0.05, "s"] = np.nan
    frame.loc[random.random(n) < 0.05, "g"] = None
    return frame


def moments(tmp_path, frame, of, columns=REGRESSION, grouping="g", **more):
    return value(with_data(tmp_path, {**columns, **more}, test=frame), MomentsRequest("test", grouping, of))


def by_group(found):
    """Mean and sample variance of each group from its sums."""
    made = {}
    for levels, n, sums in zip(found.rows, found.people, found.sums, strict=True):
        t, t2 = sums[:2]
        variance = (t2 - t * t / n) / (n - 1) * found.unit**2 if n > 1 else None
        made[levels[0]] = (n, found.centre + found.unit * t / n if n else None, variance)
    return made


@pytest.mark.parametrize("shift", [0.0, 1e9])
@pytest.mark.parametrize("of", ["score", "residual", "absolute_residual"])
def test_mean_and_variance_are_those_of_the_rows_however_far_from_zero_they_lie(tmp_path, of, shift):
    frame = people(shift=shift)
    x = {"score": frame.s, "residual": frame.y - frame.s, "absolute_residual": (frame.y - frame.s).abs()}[of]
    found = by_group(moments(tmp_path, frame, of))
    assert set(found) == {None, "a", "b", "c"}
    for group, (n, mean, variance) in found.items():
        own = x[frame.g.isna() if group is None else frame.g == group].dropna()
        assert n == len(own)
        assert mean == pytest.approx(own.mean(), rel=1e-14, abs=1e-12)
        assert variance == pytest.approx(own.var(), rel=1e-12)


def test_missing_scores_and_labels_are_counted_apart(tmp_path):
    frame = people()
    found = moments(tmp_path, frame, "residual")
    assert sum(found.unscored) == frame.s.isna().sum()
    assert sum(found.unlabelled) == (frame.y.isna() & ~frame.s.isna()).sum()
    assert found.total == len(frame)
    assert sum(moments(tmp_path, frame, "score").unlabelled) == 0


def test_weights_and_entities_stand_beside(tmp_path):
    frame = people()
    found = moments(tmp_path, frame, "score", weight="v", entity="id")
    assert found.keys == ("group:g", "entity")
    assert found.weighted
    known = frame[~frame.s.isna() & (frame.g == "b")]
    mine = np.array([sums for levels, sums in zip(found.rows, found.sums, strict=True) if levels[0] == "b"])
    t = (known.s - found.centre) / found.unit
    wanted = [(known.v**a * t**k).sum() for a, powers in ((1, 3), (2, 5)) for k in range(powers)]
    assert mine.sum(axis=0) == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@few
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.one_of(st.none(), st.floats(-1e90, 1e90)), st.integers(0, 3)),
        min_size=1,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_changes_no_bit_and_tables_come_back(tmp_path, rows, random):
    def table(drawn):
        frame = pd.DataFrame(drawn, columns=["g", "s", "n"]).astype({"g": "str", "s": "float64"})
        return moments(tmp_path, frame.assign(g=frame.g.where(frame.g.isin(["a", "b"]), None)), "score", count="n")

    found = table(rows)
    shuffled = random.sample(rows, len(rows))
    assert table(shuffled).csv() == found.csv()
    asked, read = read_table(MomentsRequest("test", "g", "score"), found.csv())
    assert read == found
    assert asked.of == "score"


def test_numbers_beyond_all_bounds_are_refused(tmp_path):
    frame = pd.DataFrame({"g": ["a", "b"], "s": [1e101, 0.0], "y": [0.0, 0.0]})
    with pytest.raises(DataError, match="beyond 1e\\+100"):
        moments(tmp_path, frame, "score")
    with pytest.raises(DataError, match="beyond 1e\\+100"):
        moments(tmp_path, frame.assign(s=1e308, y=-1e308), "residual")
    with pytest.raises(DataError, match="holds text"):
        moments(tmp_path, frame.assign(y=["low", "high"]), "residual")


def test_equal_numbers_have_no_spread(tmp_path):
    frame = pd.DataFrame({"g": ["a", "a", "b"], "s": [0.1, 0.1, 0.1]})
    found = moments(tmp_path, frame, "score")
    assert found.centre == 0.1
    assert all(sums == (0.0, 0.0, 0.0, 0.0) for sums in found.sums)


def exposure(frame, higher=True):
    """By hand: places within each list, the mean exposure of a tie."""
    made = pd.Series(np.nan, frame.index)
    for _, own in frame[~frame.s.isna() & ~frame.q.isna()].groupby("q"):
        ranked = own.s.sort_values(ascending=not higher)
        share = pd.Series(1 / np.log2(1 + np.arange(1, len(ranked) + 1)), ranked.index)
        made[ranked.index] = share.groupby(ranked).transform("mean")
    return made


@pytest.mark.parametrize("higher", [True, False])
def test_exposure_falls_with_the_place_in_the_list_and_ties_share_theirs(tmp_path, higher):
    random = np.random.default_rng(5)
    frame = people(600)
    frame["q"] = random.integers(0, 40, len(frame)).astype(str)
    frame["s"] = frame.s.round(-1)
    frame.loc[:9, "q"] = None
    score = {"column": "s", "kind": "rank", "higher": "favourable" if higher else "unfavourable"}
    found = moments(tmp_path, frame, "exposure", {**RANKED, "score": score})
    assert found.keys == ("group:g", "query")
    frame["x"] = exposure(frame, higher)
    assert len({levels[1] for levels in found.rows} - {None}) <= 40
    for group, own in frame[~frame.g.isna()].groupby("g"):
        lines = [at for at, levels in enumerate(found.rows) if levels[0] == group]
        n = sum(found.people[at] for at in lines)
        assert n == own.x.notna().sum()
        total = found.centre * n + found.unit * sum(found.sums[at][0] for at in lines)
        assert total == pytest.approx(own.x.sum(), rel=1e-12)
    assert found.total == len(frame)


def test_without_lists_everybody_stands_in_one(tmp_path):
    frame = pd.DataFrame({"g": ["a", "b", "a", "b"], "s": [3.0, 2.0, 2.0, None], "y": [1, 0, 1, 0]})
    columns = {key: said for key, said in RANKED.items() if key != "query"}
    found = by_group(moments(tmp_path, frame, "exposure", columns))
    tied = (1 / np.log2(3) + 1 / 2) / 2
    assert found["a"][:2] == (2, pytest.approx((1 + tied) / 2, rel=1e-14))
    assert found["b"][:2] == (1, pytest.approx(tied, rel=1e-14))
    with pytest.raises(DataError, match=r"columns\.count"):
        moments(tmp_path, frame.assign(n=2), "exposure", columns, count="n")
