"""Two scores of the same rows through the real engine on real files."""

from dataclasses import astuple, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import DataError
from assay.evidence.paired_scores import PairedLoss, Placements
from assay.evidence.reading import read_table
from assay.evidence.request import PairedScoresRequest
from assay.evidence.table import UnreadableTable
from assay.record.condition import Test as FieldTest
from pairs import paired_numbers, paired_scores
from subjects import value, with_data

REQUEST, NUMBERS = PairedScoresRequest("test"), PairedScoresRequest("test", of="residuals")
COLUMNS = {
    "label": {"column": "y", "favourable": 0, "unfavourable": 1},
    "score": {"column": "s", "kind": "probability", "of": 1},
    "champion": {"score": "t"},
}
VALUES = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}, "champion": {"score": "t"}}
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
probability = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0, None]), st.floats(0, 1))
rows = st.lists(st.tuples(st.sampled_from([0, 1, None]), probability, probability), min_size=1, max_size=40)


def frame(drawn):
    return pd.DataFrame(drawn, columns=["y", "s", "t"]).astype({"y": "Int64", "s": "float64", "t": "float64"})


def measured(folder, table, columns=COLUMNS, request=REQUEST):
    return value(with_data(folder, columns, test=table), request)


def same(found, expected):
    """Counts alike, and sums of floats to rounding."""
    plain = [replace(each, losses=()) for each in (found, expected)]
    assert plain[0] == plain[1]
    for one, other in zip(found.losses, expected.losses, strict=True):
        assert astuple(one)[:2] == astuple(other)[:2]
        assert astuple(one)[2:] == pytest.approx(astuple(other)[2:], rel=1e-12, abs=1e-12)


@few
@given(rows)
def test_the_sums_are_those_of_the_rows_and_the_table_reads_back(tmp_path, drawn):
    found = measured(tmp_path, frame(drawn))
    known = [row for row in drawn if None not in row]
    unscored = sum(None in row[1:] for row in drawn)
    unlabelled = sum(row[0] is None and None not in row[1:] for row in drawn)
    y, s, t = zip(*known, strict=True) if known else ([], [], [])
    same(found, paired_scores(y, s, t, unlabelled=unlabelled, unscored=unscored))
    assert read_table(REQUEST, found.csv()) == (REQUEST, found)


@few
@given(rows, st.randoms())
def test_the_bytes_are_the_same_under_any_order_of_rows(tmp_path, drawn, random):
    assert (
        measured(tmp_path, frame(drawn)).csv()
        == measured(tmp_path, frame(random.sample(drawn, len(drawn)))).csv()
    )  # fmt: skip


def large(n=20_000, seed=3):
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.2).astype(int)
    s, t = (1 / (1 + np.exp(-random.normal(y - 1, 1.0))) for _ in "st")
    return pd.DataFrame({"y": y, "s": s, "t": np.where(random.random(n) < 0.3, 0.25, t)})


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_continuous_scores_in_many_bins_are_ranked_exactly(tmp_path, kind):
    table = large(4000)
    found = value(with_data(tmp_path, COLUMNS, kind=kind, test=table), REQUEST)
    same(found, paired_scores(table.y, table.s, table.t))


def test_a_champion_that_speaks_for_the_other_outcome_is_turned_round(tmp_path):
    table = large(2000)
    expected = paired_scores(table.y, table.s, table.t)
    other = {**COLUMNS, "champion": {"score": "t", "of": 0}}
    same(measured(tmp_path, table.assign(t=1 - table.t), other), expected)
    rank = {**COLUMNS, "champion": {"score": "t", "kind": "rank", "higher": "favourable"}}
    found = measured(tmp_path, table.assign(t=100 - 50 * table.t), rank)
    assert found.placements == expected.placements
    assert found.losses == ()


def test_ready_made_counts_are_people(tmp_path):
    table = large(300)
    times = np.arange(300) % 3
    counted = measured(tmp_path, table.assign(n=times), {**COLUMNS, "count": "n"})
    assert counted.people == times.sum()
    same(counted, measured(tmp_path, table.loc[table.index.repeat(times)]))


def test_a_filter_is_honoured(tmp_path):
    table = large(500).assign(g=np.arange(500) % 2)
    found = measured(tmp_path, table, request=PairedScoresRequest("test", FieldTest(field="g", equals=1)))
    same(found, measured(tmp_path, table[table.g == 1]))


@few
@given(st.lists(st.tuples(*3 * [st.floats(-500, 500)]), min_size=1, max_size=40))
def test_sums_of_errors_are_those_of_the_rows(tmp_path, drawn):
    found = measured(tmp_path, frame_of(drawn), VALUES, NUMBERS)
    y, s, t = zip(*drawn, strict=True)
    expected = paired_numbers(y, s, t)
    for one, other in zip(found.losses, expected.losses, strict=True):
        ratio = one.unit / other.unit
        scaled = [each * ratio**power for each, power in zip(astuple(one)[2:], (1, 1, 2, 2, 2), strict=True)]
        assert scaled == pytest.approx(astuple(other)[2:], rel=1e-12, abs=1e-15)
    assert read_table(NUMBERS, found.csv()) == (NUMBERS, found)


def frame_of(drawn):
    return pd.DataFrame(drawn, columns=["y", "s", "t"]).astype("float64")


def test_errors_beyond_measure_are_an_error_and_those_of_nobody_are_0(tmp_path):
    with pytest.raises(DataError, match="beyond 1e\\+100"):
        measured(tmp_path, frame_of([(1e150, 0.0, 0.0)]), VALUES, NUMBERS)
    nobody = measured(tmp_path, frame_of([(np.nan, 1.0, 2.0), (1.0, np.inf, 2.0)]), VALUES, NUMBERS)
    assert (nobody.people, nobody.unlabelled, nobody.unscored) == (0, 1, 1)
    assert read_table(NUMBERS, nobody.csv()) == (NUMBERS, nobody)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({**COLUMNS, "weight": "s"}, "columns.weight"),
        ({**COLUMNS, "entity": "y"}, "columns.entity"),
        ({**COLUMNS, "champion": {"decision": {"column": "y", "favourable": 1}}}, "champion's score"),
        ({**COLUMNS, "champion": {"score": "big"}}, "lie outside"),
        ({**COLUMNS, "champion": {"score": "none"}}, "no column 'none'"),
        ({**COLUMNS, "champion": {"score": "text"}}, "holds text"),
    ],
)
def test_what_cannot_be_paired_is_an_error_with_a_place(tmp_path, columns, told):
    table = large(20).assign(big=7.0, text="x")
    with pytest.raises(DataError, match=told):
        measured(tmp_path, table, columns)


def test_no_row_is_read_as_none(tmp_path):
    found = measured(tmp_path, large(5).iloc[:0])
    assert found.total == 0
    assert read_table(REQUEST, found.csv()) == (REQUEST, found)


@pytest.mark.parametrize(
    "change",
    [
        {"people": 5}, {"events": None}, {"events": 5000}, {"event": None}, {"unscored": 2**53 + 1},
        *({"placements": {name: factor}} for name in Placements.__slots__ for factor in (0, 10**30)),
        {"impossible": (10**6, 0)},
    ],
)  # fmt: skip
def test_a_table_whose_counts_contradict_each_other_is_refused(change):
    table = large(300)
    made = paired_scores(table.y, table.s, table.t)
    if "placements" in change:
        change = {"placements": replace(made.placements, **change["placements"])}
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, replace(made, **change).csv())


@pytest.mark.parametrize("field", [field for field in PairedLoss.__slots__ if field != "name"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_table_whose_losses_contradict_each_other_is_refused(field, place):
    table = large(300)
    made = paired_scores(table.y, table.s, table.t)
    assert read_table(REQUEST, made.csv())[1] == made
    losses = list(made.losses)
    losses[place] = replace(losses[place], **{field: 3.0 if field == "unit" else 1e9})
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, replace(made, losses=tuple(losses)).csv())


@pytest.mark.parametrize(
    "cut",
    [lambda data: data.replace(b"own,", b"own,-"), lambda data: data.replace(b"people,", b"persons,"),
     lambda data: data + b"more,1\n", lambda data: data + data.split(b"\n")[1] + b"\n", lambda data: data[:-30],
     lambda data: data.replace(b"square unit,1.0\n", b""), lambda data: data.replace(b"1.0", b"nan"), lambda data: b""],
)  # fmt: skip
def test_damaged_bytes_are_refused(cut):
    table = large(50)
    data = paired_scores(table.y, table.s, table.t).csv()
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, cut(data))
