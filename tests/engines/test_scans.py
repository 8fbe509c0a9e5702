"""One scan for many requests: whatever way it is done, the cells are those of a plain count."""

import math
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines import cells as module
from assay.engines.levels import code_of
from assay.engines.measure import measure
from assay.engines.scans import scans
from assay.errors import DataError
from assay.evidence.keys import ENTITY
from assay.evidence.request import CellsRequest, ProfileRequest, ScoresRequest
from assay.record.condition import AllOf, Test
from subjects import subject, value, with_data

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"from": "score", "favourable": {"at_least": 0.5}},
    "score": {"column": "p", "kind": "rank", "higher": "favourable"},
    "groups": {
        "sex": {"column": "sex", "labels": {"1": "male", "2": "female"}},
        "race": {"column": "race"},
        "age": {"column": "age", "edges": [25, 35]},
    },
    "unknown_values": ["?"],
}
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
ODD = ["white", "1", "1.0", "1.00", "-1.0", "1.", "１.0", "01.0", " x", "", " \t", "\xa0", "nan", "NaN", "None", "?",
       "a, b", 'q"', "x'; DROP TABLE", "é", "\u0065\u0301", None]  # fmt: skip
rows = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]),
        st.sampled_from([0.0, 0.5, 1.0, float("nan"), float("inf"), None]),
        st.sampled_from([1, 2, 3, None]),
        st.sampled_from(ODD),
        st.sampled_from([24.0, 25.0, 34.0, 80.0, float("nan"), None]),
        st.sampled_from([0.0, 1.0, 0.1, 2.5, 1e-6, 123456.789]),
    ),
    max_size=30,
)
ASKED = [
    CellsRequest("test", keys)
    for keys in (("decision", "group:sex", "label"), ("decision", "group:race"), ("group:age", "group:sex"), ("label",))
]


def frame(drawn) -> pd.DataFrame:
    table = pd.DataFrame(drawn, columns=["y", "p", "sex", "race", "age", "weight"])
    return table.astype(
        {"y": "Int64", "p": "float64", "sex": "Int64", "race": object, "age": "float64", "weight": "float64"}
    )


def by_hand(row) -> dict:
    y, p, sex, race, age, _ = row
    missing = race is None or race.strip(" \t\r\n") == "" or race in ("nan", "NaN", "?")
    whole = {"1.0": "1", "1.00": "1", "-1.0": "-1", "01.0": "01"}
    scored = p is not None and math.isfinite(p)
    return {
        "label": {1: "favourable", 0: "unfavourable", None: None}[y],
        "decision": ("favourable" if p >= 0.5 else "unfavourable") if scored else None,
        "group:sex": {1: "male", 2: "female", 3: "3", None: None}[sex],
        "group:race": None if missing else whole.get(race, race),
        "group:age": None if age is None or math.isnan(age)
        else "under 25" if age < 25 else "25-34" if age < 35 else "35 and over",
    }  # fmt: skip


def all_of(made, requests):
    return measure(requests, made, seed=1, progress=lambda *told: None)


@few
@given(rows, st.sampled_from([0, 50_000]), st.booleans())
def test_cells_and_weights_are_those_of_a_plain_count(tmp_path_factory, drawn, cube, weighted):
    columns = COLUMNS | ({"weight": "weight"} if weighted else {})
    made = with_data(tmp_path_factory.mktemp("s"), columns, test=frame(drawn))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAXIMUM_CUBE", cube)
        values = all_of(made, ASKED)
    for request in ASKED:
        counts, weights, squares = Counter(), defaultdict(Fraction), defaultdict(Fraction)
        for row in drawn:
            levels = tuple(by_hand(row)[key] for key in request.keys)
            counts[levels] += 1
            weights[levels] += Fraction(row[5])
            squares[levels] += Fraction(row[5] * row[5])
        cells = values[request]
        assert dict(zip(cells.rows, cells.counts, strict=True)) == counts
        if weighted:
            assert cells.weights == pytest.approx([float(weights[levels]) for levels in cells.rows], rel=1e-15)
            assert cells.squares == pytest.approx([float(squares[levels]) for levels in cells.rows], rel=1e-12)
        else:
            assert (cells.weights, cells.squares) == (None, None)


@few
@given(rows, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_way_of_counting_changes_a_bit_of_the_weights(
    tmp_path_factory, drawn, random
):
    shuffled = list(drawn)
    random.shuffle(shuffled)
    tables = []
    for each, cube in ((drawn, 50_000), (shuffled, 50_000), (shuffled, 0)):
        made = with_data(tmp_path_factory.mktemp("s"), COLUMNS | {"weight": "weight"}, test=frame(each))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "MAXIMUM_CUBE", cube)
            tables.append([cells.csv() for cells in all_of(made, ASKED).values()])
    assert tables[0] == tables[1] == tables[2]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=6), st.sampled_from(ODD)), min_size=1, max_size=20))
def test_python_reads_a_text_as_the_engine_does(texts):
    import duckdb

    from assay.engines.embedded.dataset import _code

    connection = duckdb.connect()
    texts = [text for text in texts if text is None or "\x00" not in text]
    given_values = ", ".join("(?)" for _ in texts) or "(NULL)"
    found = connection.execute(f"SELECT x, {_code('x', 'text')} FROM (VALUES {given_values}) t(x)", texts).fetchall()
    for raw, code in found:
        assert code_of(raw, "text") == code


def test_people_of_ready_made_counts_count_in_the_weights(tmp_path):
    columns = {"label": {"column": "y", "favourable": 1}, "count": "n", "weight": "u"}
    table = pd.DataFrame({"y": [1, 1, 0], "n": [3, 2, 0], "u": [0.1, 2.0, 5.0]})
    cells = value(with_data(tmp_path, columns, test=table), CellsRequest("test", ("label",)))
    assert (cells.rows, cells.counts) == ((("favourable",),), (5,))
    assert cells.weights == pytest.approx((4.3,), rel=1e-15)
    assert cells.squares == pytest.approx((8.03,), rel=1e-15)


def test_weights_that_no_cell_can_hold_beside_each_other_are_an_error(tmp_path):
    columns = {"label": {"column": "y", "favourable": 1}, "weight": "u"}
    made = with_data(tmp_path, columns, test=pd.DataFrame({"y": [1, 0], "u": [1e-9, 1e9]}))
    with pytest.raises(DataError, match="range from 1e-09 to 1e"):
        value(made, CellsRequest("test", ("label",)))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_people_without_a_group_are_a_group_of_their_own(tmp_path, kind):
    columns = {"groups": {"g": {"column": "g"}, "age": {"column": "age", "edges": [30]}}}
    table = pd.DataFrame({"g": ["a", None, "", "b", None], "age": [20, 40, None, None, 25]})
    made = with_data(tmp_path, columns, kind=kind, test=table)
    cells = value(made, CellsRequest("test", ("group:g", "group:age")))
    assert dict(zip(cells.rows, cells.counts, strict=True)) == {
        (None, None): 1, (None, "30 and over"): 1, (None, "under 30"): 1, ("a", "under 30"): 1, ("b", None): 1,
    }  # fmt: skip


def test_cells_by_entity_keep_each_persons_rows_in_one_random_group(tmp_path):
    from hashlib import md5

    columns = {"label": {"column": "y", "favourable": 1}, "entity": "who"}
    people = [f"p{i % 40}" for i in range(200)]
    made = with_data(tmp_path, columns, test=pd.DataFrame({"y": [1, 0] * 100, "who": people}))
    cells = value(made, CellsRequest("test", (ENTITY, "label")))
    by_hand = Counter(
        (f"{int(md5(who.encode()).hexdigest()[:8], 16) % 400:03d}", "favourable" if i % 2 == 0 else "unfavourable")
        for i, who in enumerate(people)
    )
    assert dict(zip(cells.rows, cells.counts, strict=True)) == by_hand


def test_cells_by_entity_need_an_entity(tmp_path):
    made = with_data(tmp_path, {"label": {"column": "y", "favourable": 1}}, test=pd.DataFrame({"y": [1, 0]}))
    with pytest.raises(DataError, match="does not declare entity"):
        value(made, CellsRequest("test", (ENTITY,)))


def test_too_many_cells_are_an_error_that_names_keys_and_levels(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAXIMUM_CELLS", 1000)
    monkeypatch.setattr(module, "MAXIMUM_CUBE", 500)
    columns = {"groups": {"a": {"column": "a"}, "b": {"column": "b"}, "c": {"column": "c"}}}
    numbers = np.arange(2000)
    made = with_data(tmp_path, columns, test=pd.DataFrame({"a": numbers % 40, "b": numbers // 40, "c": numbers % 2}))
    asked = [CellsRequest("test", ("group:a", "group:b")), CellsRequest("test", ("group:c",))]
    with pytest.raises(DataError) as error:
        all_of(made, asked)
    said = "test.parquet has more than 1,000 cells of group:a (40 levels), group:b (50 levels)"
    assert error.value.what == said
    assert error.value.hint


def test_a_cube_that_turns_out_large_gives_way_to_what_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FIRST_ROWS", 1)
    monkeypatch.setattr(module, "MAXIMUM_CUBE", 100)
    columns = {"groups": {"a": {"column": "a"}, "b": {"column": "b"}}}
    numbers = np.arange(2000)
    made = with_data(tmp_path, columns, test=pd.DataFrame({"a": numbers % 40, "b": numbers // 40}))
    values = all_of(made, [CellsRequest("test", ("group:a",)), CellsRequest("test", ("group:b",))])
    assert [set(cells.counts) for cells in values.values()] == [{50}, {40}]


def test_ids_that_begin_after_the_first_rows_are_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FIRST_ROWS", 10)
    monkeypatch.setattr(module, "MAXIMUM_CELLS", 1000)
    made = with_data(
        tmp_path, {"groups": {"g": {"column": "g"}}}, test=pd.DataFrame({"g": [0] * 10 + list(range(5000))})
    )
    with pytest.raises(DataError, match="has 5,000 different values as groups; at most 500"):
        value(made, CellsRequest("test", ("group:g",)))


DAYS = pd.DataFrame({
    "day": ["2026-03-30", "2026-03-31", "2026-04-01", None],
    "moment": ["2026-03-30 23:59:00", "2026-03-31 12:00:00", "2026-04-01 00:00:00", None],
    "id": ["0", "1", "2", "3"],
})  # fmt: skip


# A moment begins with its day: 2026-03-31 12:00 is not at most 2026-03-31, but below 2026-04-01.
@pytest.mark.parametrize(("where", "kept"), [
    (Test(field="day", at_least="2026-03-31"), {1, 2}),
    (Test(field="day", at_most="2026-03-31"), {0, 1}),
    (Test(field="day", below="2026-04-01"), {0, 1}),
    (Test(field="day", equals="2026-03-31"), {1}),
    (Test(field="moment", below="2026-04-01"), {0, 1}),
    (Test(field="moment", at_least="2026-03-31"), {1, 2}),
    (Test(field="moment", at_most="2026-03-31"), {0}),
    (Test(field="moment", at_most="2026-03-31 12:00:00"), {0, 1}),
    (AllOf(all=(Test(field="moment", at_least="2026-03-31"), Test(field="moment", below="2026-04-01"))), {1}),
    (Test(field="day", is_="absent"), {3}),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_window_of_time_keeps_the_days_it_names(tmp_path, where, kept, kind):
    made = with_data(tmp_path, {"groups": {"id": {"column": "id"}}}, kind=kind, test=DAYS)
    if kind == "parquet":
        import duckdb

        path = tmp_path / "test.parquet"
        typed = f"SELECT day::DATE AS day, moment::TIMESTAMP AS moment, id FROM '{path}'"
        duckdb.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {typed}; COPY typed TO '{path}' (FORMAT parquet)")
    cells = value(made, CellsRequest("test", ("group:id",), where=where))
    assert {int(level[0]) for level in cells.rows} == kept


def test_requests_of_one_dataset_and_filter_share_a_scan(tmp_path):
    manifest = subject(tmp_path, columns=COLUMNS).manifest
    where = Test(field="a", equals=1)
    asked = [CellsRequest("test", ("label",)), ScoresRequest("test"), CellsRequest("test", ("group:sex",)),
             CellsRequest("test", ("label",), where), CellsRequest("train", ("label",)),
             ProfileRequest("test", ("a",))]  # fmt: skip
    told = scans(asked, manifest)
    assert told == [(asked[0], asked[2]), (asked[1],), (asked[3],), (asked[4],), (asked[5],)]


def test_cells_that_need_a_score_of_the_model_stand_apart_from_those_that_do_not(tmp_path):
    columns = COLUMNS | {"score": {"from": "model", "kind": "probability", "of": 1}}
    manifest = subject(tmp_path, columns=columns).manifest
    asked = [
        CellsRequest("test", ("label",)),
        CellsRequest("test", ("decision",)),
        CellsRequest("test", ("decision", "label")),
    ]
    assert scans(asked, manifest) == [(asked[0],), (asked[1], asked[2])]


def test_a_hundred_attributes_fit_into_the_memory_of_few(tmp_path):
    rng = np.random.default_rng(3)
    names = [f"g{place}" for place in range(100)]
    table = pd.DataFrame({name: rng.integers(0, 21, 4000).astype(str) for name in names})
    of = with_data(tmp_path, {"groups": {name: {"column": name} for name in names}}, test=table)
    requests = [CellsRequest("test", (f"group:{name}",)) for name in names]
    found = measure(requests, of, seed=1, progress=lambda *told: None)
    for name, request in zip(names, requests, strict=True):
        counted = table[name].value_counts()
        assert dict(zip((row[0] for row in found[request].rows), found[request].counts, strict=True)) == dict(counted)
