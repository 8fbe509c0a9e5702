from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines import cells as module
from assay.engines.levels import bin_names
from assay.errors import AssayError, DataError
from assay.evidence.request import CellsRequest, ScoresRequest
from assay.record.condition import AllOf, AnyOf, FieldReference, Not, Test
from auditing import shared
from subjects import subject, value, with_data

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"from": "score", "favourable": {"at_least": 0.5}},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {
        "sex": {"column": "sex", "labels": {"1": "male", "2": "female", "3": "female"}},
        "age": {"column": "age", "edges": [25, 35]},
    },
    "unknown_values": [9],
}
KEYS = ("label", "decision", "group:sex", "group:age")
few = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])

rows = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]),
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, float("nan"), None]),
        st.sampled_from([1, 2, 3, 4, 9, None]),
        st.sampled_from([0, 24, 25, 34, 35, 80, 9, None]),
    ),
    max_size=40,
)


def frame(drawn) -> pd.DataFrame:
    table = pd.DataFrame(drawn, columns=["y", "p", "sex", "age"])
    return table.astype({"y": "Int64", "p": "float64", "sex": "Int64", "age": "Int64"})


def by_hand(drawn) -> Counter:
    """The same levels, written out for one row at a time."""
    counts = Counter()
    for y, p, sex, age in drawn:
        label = {1: "favourable", 0: "unfavourable", None: None}[y]
        decision = None if p is None or np.isnan(p) else ("favourable" if p >= 0.5 else "unfavourable")
        group = {1: "male", 2: "female", 3: "female", 4: "4", 9: None, None: None}[sex]
        unknown = age is None or age == 9
        band = None if unknown else "under 25" if age < 25 else "25-34" if age < 35 else "35 and over"
        counts[label, decision, group, band] += 1
    return counts


@few
@given(rows, st.sampled_from(["parquet", "csv"]))
def test_cells_are_the_counts_of_the_rows(tmp_path_factory, drawn, kind):
    made = with_data(tmp_path_factory.mktemp("s"), COLUMNS, kind=kind, test=frame(drawn))
    cells = value(made, CellsRequest("test", KEYS))
    assert dict(zip(cells.rows, cells.counts, strict=True)) == by_hand(drawn)


@few
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(tmp_path_factory, drawn, random):
    shuffled = list(drawn)
    random.shuffle(shuffled)
    first, second = (with_data(tmp_path_factory.mktemp("s"), COLUMNS, test=frame(each)) for each in (drawn, shuffled))
    for request in (CellsRequest("test", KEYS), ScoresRequest("test")):
        assert value(first, request).csv() == value(second, request).csv()


@few
@given(rows)
def test_scores_are_events_and_others_at_each_score(tmp_path_factory, drawn):
    made = with_data(tmp_path_factory.mktemp("s"), COLUMNS, test=frame(drawn))
    scores = value(made, ScoresRequest("test"))
    table = frame(drawn)
    scored = table[table.p.notna()]
    labelled = scored[scored.y.notna()]
    assert scores.score.tolist() == sorted(labelled.p.unique())
    for score, events, others in zip(scores.score, scores.events, scores.nonevents, strict=True):
        assert events == ((labelled.p == score) & (labelled.y == 1)).sum()
        assert others == ((labelled.p == score) & (labelled.y == 0)).sum()
    assert scores.unscored == table.p.isna().sum()
    assert scores.unlabelled == scored.y.isna().sum()
    assert scores.total == len(table)
    assert (scores.event, scores.probability) == ("y = 1", True)


def test_infinite_scores_of_a_rank_are_unscored_and_undecided(tmp_path):
    columns = {
        "label": {"column": "y", "favourable": "good"},
        "score": {"column": "s", "kind": "rank", "higher": "unfavourable"},
        "decision": {"from": "score", "favourable": {"below": 0}},
    }
    table = pd.DataFrame({"y": ["good", "bad", "good"], "s": [float("inf"), -3.0, -0.0]})
    made = with_data(tmp_path, columns, test=table)
    scores = value(made, ScoresRequest("test"))
    assert (scores.unscored, scores.event, scores.probability) == (1, "y = bad", False)
    assert (scores.score.tolist(), scores.events.tolist()) == ([-3.0, 0.0], [1, 0])
    assert not np.signbit(scores.score[1])
    decided = value(made, CellsRequest("test", ("decision",)))
    assert decided.rows == ((None,), ("favourable",), ("unfavourable",))


@pytest.mark.parametrize(("cut", "favourable"), [
    ({"below": 0.15}, 1), ({"at_most": 0.15}, 2), ({"above": 0.15}, 1), ({"at_least": 0.15}, 2),
])  # fmt: skip
def test_a_score_at_the_cut_falls_on_the_side_that_the_cut_says(tmp_path, cut, favourable):
    columns = {
        "decision": {"from": "score", "favourable": cut},
        "score": {"column": "p", "kind": "probability", "of": 1},
    }
    made = with_data(tmp_path, columns, test=pd.DataFrame({"p": [0.14, 0.15, 0.16]}))
    cells = value(made, CellsRequest("test", ("decision",)))
    assert cells.counts == (favourable, 3 - favourable)


@pytest.mark.parametrize("codes", [[1, 2, 1], ["1", "2", "1"], [1.0, 2.0, 1.0], ["1.0", "2.0", "1.0"]])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_codes_are_compared_as_the_text_of_their_value(tmp_path, codes, kind):
    columns = {
        "label": {"column": "y", "favourable": 1},
        "groups": {"sex": {"column": "y", "labels": {"1": "m", "2": "f"}}},
    }
    made = with_data(tmp_path, columns, kind=kind, test=pd.DataFrame({"y": codes}))
    cells = value(made, CellsRequest("test", ("label", "group:sex")))
    assert dict(zip(cells.rows, cells.counts, strict=True)) == {("favourable", "m"): 2, ("unfavourable", "f"): 1}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_truth_values_are_levels(tmp_path, kind):
    columns = {"label": {"column": "y", "favourable": True}}
    made = with_data(tmp_path, columns, kind=kind, test=pd.DataFrame({"y": [True, False, True]}))
    assert value(made, CellsRequest("test", ("label",))).counts == (2, 1)


def test_blank_text_and_declared_unknown_values_are_no_group(tmp_path):
    columns = {"groups": {"g": {"column": "g"}}, "unknown_values": ["n/a"]}
    table = pd.DataFrame({"g": ["a", "", "  ", None, "n/a", "N/A"]})
    cells = value(with_data(tmp_path, columns, test=table), CellsRequest("test", ("group:g",)))
    assert dict(zip(cells.rows, cells.counts, strict=True)) == {(None,): 4, ("N/A",): 1, ("a",): 1}


@pytest.mark.parametrize(("edges", "whole", "names"), [
    ((25, 35, 45, 60), True, ("under 25", "25-34", "35-44", "45-59", "60 and over")),
    ((25, 35), False, ("under 25", "25 to under 35", "35 and over")),
    ((0.5, 1.25), False, ("under 0.5", "0.5 to under 1.25", "1.25 and over")),
    ((18, 19, 21), True, ("under 18", "18", "19-20", "21 and over")),
    ((18,), True, ("under 18", "18 and over")),
])  # fmt: skip
def test_bins_have_the_names_people_use(edges, whole, names):
    assert bin_names(tuple(map(float, edges)), whole=whole) == names


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_bins_of_a_column_with_fractions_say_so(tmp_path, kind):
    columns = {"groups": {"age": {"column": "age", "edges": [25, 35]}}}
    made = with_data(tmp_path, columns, kind=kind, test=pd.DataFrame({"age": [34.5, 35.0, None, float("nan")]}))
    cells = value(made, CellsRequest("test", ("group:age",)))
    assert cells.rows == ((None,), ("25 to under 35",), ("35 and over",))
    assert cells.counts == (2, 1, 1)


def test_an_empty_table_has_no_cells_and_no_scores(tmp_path):
    made = with_data(tmp_path, COLUMNS, kind="csv", test=frame([]))
    cells, scores = value(made, CellsRequest("test", KEYS)), value(made, ScoresRequest("test"))
    assert (cells.rows, cells.counts, cells.total) == ((), (), 0)
    assert (scores.total, len(scores.score)) == (0, 0)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_ready_made_counts_stand_for_people(tmp_path, kind):
    columns = {"label": {"column": "y", "favourable": 1}, "count": "n",
               "score": {"column": "p", "kind": "probability", "of": 1}}  # fmt: skip
    table = pd.DataFrame({"y": [1, 0, 1, 0], "p": [0.5, 0.5, 0.5, 0.1], "n": [3, 4, 10**12, 0]})
    made = with_data(tmp_path, columns, kind=kind, test=table)
    assert value(made, CellsRequest("test", ("label",))).counts == (10**12 + 3, 4)
    scores = value(made, ScoresRequest("test"))
    assert (scores.score.tolist(), scores.events.tolist(), scores.nonevents.tolist()) == ([0.5], [10**12 + 3], [4])


@pytest.mark.parametrize(
    ("counts", "said"), [([1, -1], "is -1 in row 2"), ([1.5, 1], "is 1.5 in row 1"), ([1, None], "is nothing in row 2")]
)
def test_counts_that_are_none_are_errors(tmp_path, counts, said):
    made = with_data(tmp_path, {"label": {"column": "y", "favourable": 1}, "count": "n"},
                     test=pd.DataFrame({"y": [1, 0], "n": counts}))  # fmt: skip
    with pytest.raises(DataError, match=said) as error:
        value(made, CellsRequest("test", ("label",)))
    assert error.value.where.startswith("model.yaml:")


def error_of(folder, table, request=None, columns=None, kind="parquet"):
    made = with_data(folder, columns or COLUMNS, kind=kind, test=table)
    with pytest.raises(AssayError) as error:
        value(made, request or CellsRequest("test", KEYS))
    assert error.value.hint
    assert error.value.where
    return error.value


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_column_that_is_not_there_is_an_error_with_file_place_and_nearest_name(tmp_path, kind):
    error = error_of(tmp_path, frame([]).rename(columns={"sex": "SEX"}), kind=kind)
    assert error.what == f"test.{kind} has no column 'sex'"
    assert error.where == "model.yaml:23:15"
    assert error.hint == "Did you mean 'SEX'?"


@pytest.mark.parametrize(
    ("kind", "said"), [("parquet", "holds text, not numbers"), ("csv", "'old' in row 2, which is no number")]
)
def test_a_column_of_the_wrong_type_is_an_error(tmp_path, kind, said):
    table = frame([(1, 0.5, 1, 30)] * 3).astype({"age": object})
    table["age"] = ["30", "old", "40"]
    assert said in error_of(tmp_path, table, kind=kind).what


def test_days_are_no_numbers(tmp_path):
    table = frame([(1, 0.5, 1, 30)]).assign(age=pd.to_datetime(["2020-01-01"]))
    assert "holds text, not numbers" in error_of(tmp_path, table).what


@pytest.mark.parametrize("declared", [{}, {"unfavourable": 0}])
def test_a_third_level_of_the_label_is_an_error_that_names_it(tmp_path, declared):
    columns = COLUMNS | {
        "label": COLUMNS["label"] | declared,
        "score": {"column": "p", "kind": "rank", "higher": "favourable"},
    }
    error = error_of(
        tmp_path, frame([(1, 0.5, 1, 30), (0, 0.5, 1, 30)]).assign(y=[1, 2] if declared else [0, 2]), columns=columns
    )
    assert "'2'" in error.what
    assert "columns.label" in error.hint


def test_a_level_that_differs_from_the_favourable_one_only_in_case_is_an_error(tmp_path):
    columns = {"decision": {"column": "d", "favourable": "yes"}}
    error = error_of(tmp_path, pd.DataFrame({"d": ["Yes", "Yes"]}), CellsRequest("test", ("decision",)), columns)
    assert "'Yes'" in error.what


def test_one_other_level_beside_the_favourable_one_is_the_unfavourable_one(tmp_path):
    columns = {"decision": {"column": "d", "favourable": "yes"}}
    made = with_data(tmp_path, columns, test=pd.DataFrame({"d": ["no", "no", "yes", None]}))
    assert value(made, CellsRequest("test", ("decision",))).counts == (1, 1, 2)


def test_the_level_of_the_probability_has_to_be_one_of_the_label(tmp_path):
    columns = COLUMNS | {"label": {"column": "y", "favourable": 1, "unfavourable": 0},
                         "score": {"column": "p", "kind": "probability", "of": 7}}  # fmt: skip
    error = error_of(tmp_path, frame([(1, 0.5, 1, 30)]), ScoresRequest("test"), columns)
    assert "columns.score.of is 7" in error.what


@pytest.mark.parametrize(
    ("score", "said"), [(1.5, "1 scores of test.parquet (p) lie outside [0, 1], e.g. 1.5"), (-0.1, "e.g. -0.1")]
)
def test_probabilities_outside_0_and_1_are_an_error_with_an_example(tmp_path, score, said):
    table = frame([(1, 0.5, 1, 30), (0, score, 1, 30)])
    for request in (ScoresRequest("test"), CellsRequest("test", ("decision",))):
        assert said in error_of(tmp_path, table, request).what


def test_more_cells_than_the_cap_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAXIMUM_CELLS", 100)
    columns = {"groups": {"id": {"column": "id"}}}
    error = error_of(tmp_path, pd.DataFrame({"id": range(101)}), CellsRequest("test", ("group:id",)), columns)
    assert "more than 100 cells" in error.what
    made = with_data(tmp_path, columns, test=pd.DataFrame({"id": range(100)}))
    assert value(made, CellsRequest("test", ("group:id",))).total == 100


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_column_of_ids_is_no_group(tmp_path, kind):
    columns = {"groups": {"sex": {"column": "sex"}}}
    table = pd.DataFrame({"sex": range(300_000)})
    error = error_of(tmp_path, table, CellsRequest("test", ("group:sex",)), columns, kind=kind)
    assert error.what == "the column 'sex' has 300,000 different values as groups; at most 500"
    assert error.where.startswith("model.yaml:")
    assert "`edges`" in error.hint
    assert "`labels`" in error.hint


def test_five_hundred_groups_are_allowed_and_one_more_is_not(tmp_path):
    columns = {"groups": {"g": {"column": "g", "labels": {"500": "499"}}}, "unknown_values": [501]}
    asked = CellsRequest("test", ("group:g",))
    made = with_data(tmp_path, columns, test=pd.DataFrame({"g": [*range(502), None]}))
    assert len(value(made, asked).rows) == 501  # of which one is unknown
    error = error_of(tmp_path, pd.DataFrame({"g": range(503)}), asked, columns)
    assert "501 different values" in error.what


def test_many_codes_may_share_few_labels(tmp_path):
    columns = {"groups": {"g": {"column": "g", "labels": {str(code): f"region {code % 4}" for code in range(900)}}}}
    made = with_data(tmp_path, columns, test=pd.DataFrame({"g": range(900)}))
    assert value(made, CellsRequest("test", ("group:g",))).counts == (225, 225, 225, 225)


def test_a_group_with_a_page_for_a_name_is_an_error(tmp_path):
    columns = {"groups": {"g": {"column": "g"}}}
    asked = CellsRequest("test", ("group:g",))
    error = error_of(tmp_path, pd.DataFrame({"g": ["a", "b" * 201]}), asked, columns)
    assert error.what == "the column 'g' has a value of 201 characters as a group; at most 200"
    made = with_data(tmp_path, columns, test=pd.DataFrame({"g": ["a", "b" * 200]}))
    assert value(made, asked).total == 2


WHERE = pd.DataFrame({"a": [1.0, 2.0, None, 4.0], "b": ["x", None, "z", "xy"], "c": [2, 2, 2, 2]})


# Expected rows by Kleene's tables, from the values above: a null comparison is unknown, and so is its negation.
@pytest.mark.parametrize(("where", "kept"), [
    (Test(field="a", equals=1), {0}),
    (Test(field="a", not_equals=1), {1, 3}),
    (Not(not_=Test(field="a", equals=1)), {1, 3}),
    (Test(field="a", at_least=2), {1, 3}),
    (Test(field="a", below=2.5), {0, 1}),
    (Test(field="a", in_=(1, 4)), {0, 3}),
    (Test(field="a", not_in=(1, 4)), {1}),
    (Test(field="a", is_="absent"), {2}),
    (Test(field="b", is_="present"), {0, 2, 3}),
    (Test(field="b", contains="x"), {0, 3}),
    (Test(field="b", at_least="y"), {2}),
    (Test(field="a", above=FieldReference(field="c")), {3}),
    (Test(field="a", equals=FieldReference(field="c")), {1}),
    (AllOf(all=(Test(field="a", above=0), Test(field="b", equals="x"))), {0}),
    (AnyOf(any=(Test(field="a", above=3), Test(field="b", equals="z"))), {2, 3}),
    (Not(not_=AllOf(all=(Test(field="a", above=100), Test(field="b", equals="q")))), {0, 1, 2, 3}),
    (Not(not_=AnyOf(any=(Test(field="a", above=100), Test(field="b", equals="q")))), {0, 3}),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_where_keeps_the_rows_for_which_the_condition_is_true(tmp_path, where, kept, kind):
    table = WHERE.assign(id=["0", "1", "2", "3"])
    made = with_data(tmp_path, {"groups": {"id": {"column": "id"}}}, kind=kind, test=table)
    cells = value(made, CellsRequest("test", ("group:id",), where=where))
    assert {int(level[0]) for level in cells.rows} == kept


@pytest.mark.parametrize(
    "where", [Test(field="a", subset_of=(1, 2)), Test(field="gone", equals=1), Test(field="b", above=1)]
)
def test_a_filter_that_columns_do_not_have_is_an_error(tmp_path, where):
    columns = {"groups": {"id": {"column": "c"}}}
    assert error_of(tmp_path, WHERE, CellsRequest("test", ("group:id",), where=where), columns).what


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (Test(field="b", matches="x"), "`where` on the column 'b' cannot be `matches`"),
        (Test(field="b", within="90d"), "`where` on the column 'b' cannot be `within`"),
        (Test(field="b", at_least="today"), "`where` on the column 'b' cannot be `at_least`: today"),
        (Test(field="b", for_all=Test(field="a", equals=1)), "`where` on the column 'b' cannot be `for_all`"),
    ],
)
def test_a_question_about_days_and_entries_is_never_ignored_on_a_column(tmp_path, where, what):
    columns = {"groups": {"id": {"column": "c"}}}
    error = error_of(tmp_path, WHERE, CellsRequest("test", ("group:id",), where=where), columns)
    assert error.what == what
    assert error.where
    assert error.hint.startswith("A column takes is, equals, ")


# ProPublica's notebook of 2016 prints 990, 805, 532 and 1369 for the 3696 black defendants.
def test_the_published_cells_of_compas_come_out(tmp_path):
    (tmp_path / "compas.csv.gz").write_bytes(shared("compas/compas_two_years.csv.gz").read_bytes())
    columns = {
        "label": {"column": "two_year_recid", "favourable": 0},
        "score": {"column": "decile_score", "kind": "rank", "higher": "unfavourable"},
        "decision": {"from": "score", "favourable": {"at_most": 4}},
        "groups": {"race": {"column": "race"}},
    }
    made = subject(tmp_path, roles=("test",), data={"test": {"path": "compas.csv.gz"}}, columns=columns)
    cells = value(made, CellsRequest("test", ("decision", "group:race", "label")))
    of = {
        (level[2], level[0]): n
        for level, n in zip(cells.rows, cells.counts, strict=True)
        if level[1] == "African-American"
    }
    good, bad = "favourable", "unfavourable"
    assert [of[good, good], of[good, bad], of[bad, good], of[bad, bad]] == [990, 805, 532, 1369]
    assert cells.total == 7214


def test_cells_of_real_parquet_are_those_of_a_plain_count(tmp_path):
    import duckdb

    (tmp_path / "acs.parquet").write_bytes(shared("acs_income/acs_income_test_with_predictions.parquet").read_bytes())
    connection = duckdb.connect()
    parquet = connection.sql(f"SELECT * FROM '{tmp_path / 'acs.parquet'}'")
    name = next(column for column in parquet.columns if "SEX" in column.upper())
    counted = Counter(str(row[0]) for row in parquet.select(f'"{name}"').fetchall())
    columns = {"groups": {"sex": {"column": name}}}
    made = subject(tmp_path, roles=("test",), data={"test": {"path": "acs.parquet"}}, columns=columns)
    cells = value(made, CellsRequest("test", ("group:sex",)))
    assert {level[0]: n for level, n in zip(cells.rows, cells.counts, strict=True)} == {
        code.removesuffix(".0"): n for code, n in counted.items()
    }
    assert cells.total == 332_900


def test_edges_are_half_open(tmp_path):
    edges = [25.0, 35.0, 45.0]
    made = with_data(
        tmp_path, {"groups": {"age": {"column": "age", "edges": edges}}}, test=pd.DataFrame({"age": range(20, 50)})
    )
    cells = value(made, CellsRequest("test", ("group:age",)))
    sizes = [5, *(int(high - low) for low, high in pairwise(edges)), 5]
    assert dict(zip([level[0] for level in cells.rows], cells.counts, strict=True)) == dict(
        zip(["under 25", "25-34", "35-44", "45 and over"], sizes, strict=True)
    )
