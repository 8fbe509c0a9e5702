"""Scores by group, through the real engine on real files."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines import group_scores as module
from assay.errors import DataError
from assay.evidence.cells import group_name
from assay.evidence.keys import grouping_keys
from assay.evidence.reading import read_table
from assay.evidence.request import CellsRequest, GroupScoresRequest
from assay.record.condition import Test
from subjects import value, with_data

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {
        "sex": {"column": "sex", "labels": {"f": "woman", "w": "woman", "m": "man"}},
        "band": {"column": "age", "edges": [30, 50]},
    },
    "unknown_values": ["?"],
}
ASKED = GroupScoresRequest("test", "sex*band")
few = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
rows = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]),
        st.sampled_from([0.0, 0.25, 0.5, 1.0, None]),
        st.sampled_from(["f", "w", "m", "?", None]),
        st.sampled_from([20, 30, 64, None]),
        st.sampled_from([0.0, 0.25, 3.5]),
    ),
    min_size=1,
    max_size=40,
)


def frame(drawn):
    table = pd.DataFrame(drawn, columns=["y", "p", "sex", "age", "v"])
    return table.astype({"y": "Int64", "p": "float64", "sex": "object", "age": "Int64", "v": "float64"})


def people(n=3000, seed=1):
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.3).astype(int)
    return pd.DataFrame(
        {"y": y, "p": 1 / (1 + np.exp(-random.normal(y - 1, 1.0, n))), "sex": random.choice(["f", "m"], n),
         "age": random.integers(18, 70, n), "v": random.exponential(2, n)}
    )  # fmt: skip


@pytest.fixture
def binned(monkeypatch):
    """As if hardly any lines could be fetched."""
    monkeypatch.setattr(module, "MAXIMUM_SCORES", 64)
    monkeypatch.setattr(module, "PROBED", 200)


@few
@given(rows, st.booleans())
def test_everybody_is_counted_once_at_his_score_in_his_group(tmp_path_factory, drawn, weighted):
    table = frame(drawn)
    columns = {**COLUMNS, "weight": "v"} if weighted else COLUMNS
    made = with_data(tmp_path_factory.mktemp("g"), columns, test=table)
    found = value(made, ASKED)
    assert found.groups == value(made, CellsRequest("test", grouping_keys("sex*band"))).rows
    sex = table.sex.map({"f": "woman", "w": "woman", "m": "man"})
    band = pd.cut(table.age.astype("float64"), [-np.inf, 30, 50, np.inf], right=False,
                  labels=["under 30", "30-49", "50 and over"])  # fmt: skip
    for place, (own_sex, own_band) in enumerate(found.groups):
        mine = (sex.isna() if own_sex is None else sex == own_sex) & (
            band.isna() if own_band is None else band == own_band
        )
        assert found.unscored[place] == table.p[mine].isna().sum()
        lines = found.group == place
        for kind, label in ((found.events, 1), (found.nonevents, 0), (found.unlabelled, None)):
            wanted = table[mine & table.p.notna() & (table.y.isna() if label is None else table.y == label)]
            by_score = wanted.groupby("p").agg(n=("p", "size"), v=("v", "sum"), vv=("v", lambda v: (v**2).sum()))
            held = dict(zip(found.score[lines].tolist(), kind.counts[lines].tolist(), strict=True))
            assert {score: n for score, n in held.items() if n} == by_score.n.to_dict()
            if weighted:
                at = [by_score.v.get(score, 0.0) for score in found.score[lines].tolist()]
                assert kind.weights[lines].tolist() == pytest.approx(at)
    assert found.total == len(table)


@few
@given(rows, st.booleans())
def test_the_order_of_rows_does_not_change_a_byte_and_every_table_is_read_back(tmp_path_factory, drawn, weighted):
    columns = {**COLUMNS, "weight": "v"} if weighted else COLUMNS
    made = [
        value(with_data(tmp_path_factory.mktemp("g"), columns, test=frame(each)), ASKED)
        for each in (drawn, drawn[::-1])
    ]
    data = made[0].csv()
    assert made[1].csv() == data
    answered, read = read_table(ASKED, data)
    assert (answered, read.csv()) == (ASKED, data)


def test_without_a_label_all_who_have_a_score_count_alike(tmp_path):
    table = people().assign(y=lambda t: t.y.where(t.age > 25))
    made = with_data(tmp_path, COLUMNS, test=table)
    alike = GroupScoresRequest("test", "sex", labelled=False)
    found = value(made, alike)
    assert found.csv() == value(made, GroupScoresRequest("test", "sex")).without_labels().csv()
    unread = {name: block for name, block in COLUMNS.items() if name != "label"}
    bare = value(with_data(tmp_path, unread, test=table.drop(columns="y")), alike)
    assert bare.csv() == found.csv()
    assert (found.event, int(found.people.counts.sum())) == (None, 3000)


@pytest.mark.usefixtures("binned")
def test_beyond_the_limit_groups_share_their_bins_and_nobody_is_lost(tmp_path):
    table = people()
    found = value(with_data(tmp_path, COLUMNS, test=table), ASKED)
    least, greatest = found.limits
    assert len(found.score) < 200
    assert found.total == len(table)
    assert ((least <= found.score) & (found.score <= greatest)).all()
    by_bin = {}
    for group, low, mean in zip(found.group.tolist(), least.tolist(), found.score.tolist(), strict=True):
        assert by_bin.setdefault(low, mean) == mean, group
    everybody = (found.score * found.people.counts).sum() / len(table)
    assert everybody == pytest.approx(table.p.mean(), abs=1e-12)
    assert read_table(ASKED, found.csv())[1].csv() == found.csv()


@pytest.mark.usefixtures("binned")
def test_ranks_without_bounds_are_binned_between_the_least_and_the_greatest(tmp_path):
    columns = {**COLUMNS, "score": {"column": "p", "kind": "rank", "higher": "favourable"}}
    table = people().assign(p=lambda t: 1e300 * (t.p - 0.5) * 3.5)
    found = value(with_data(tmp_path, columns, test=table), ASKED)
    assert (found.limits[0].min(), found.limits[1].max()) == (table.p.min(), table.p.max())
    assert found.total == len(table)


def test_a_filter_leaves_rows_out_and_their_groups(tmp_path):
    where = Test.model_validate({"field": "age", "below": 30})
    found = value(with_data(tmp_path, COLUMNS, test=people()), GroupScoresRequest("test", "sex*band", where))
    assert [group_name(levels) for levels in found.groups] == ["man, under 30", "woman, under 30"]


def test_no_row_is_a_table_without_lines(tmp_path):
    found = value(with_data(tmp_path, COLUMNS, test=people()[:0]), ASKED)
    assert (found.groups, found.total) == ((), 0)
    assert read_table(ASKED, found.csv())[1].csv() == found.csv()


def test_an_id_is_no_group_and_too_many_groups_are_not_compared(tmp_path, monkeypatch):
    table = people().assign(sex=[f"id{i}" for i in range(3000)])
    columns = {**COLUMNS, "groups": {"sex": {"column": "sex"}}}
    with pytest.raises(DataError, match="different values"):
        value(with_data(tmp_path, columns, test=table), GroupScoresRequest("test", "sex"))
    monkeypatch.setattr(module, "MAXIMUM_GROUPS", 3)
    with pytest.raises(DataError, match="6 groups of sex"):
        value(with_data(tmp_path, COLUMNS, test=people()), ASKED)


def test_a_probability_beyond_1_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"outside \[0, 1\]"):
        value(with_data(tmp_path, COLUMNS, test=people().assign(p=1.5)), ASKED)
