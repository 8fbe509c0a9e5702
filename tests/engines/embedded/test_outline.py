"""The columns of a data file, before anybody said what they mean."""

import duckdb
import pytest

from assay.engines.embedded.outline import outline
from assay.errors import DataError


def written(tmp_path, text, name="d.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_kinds_values_and_what_is_missing(tmp_path):
    rows = "\n".join(f"{i},{'f' if i % 3 else 'm'},{i / 100},{20 + i % 50},{'' if i % 2 else 'x'}" for i in range(100))
    read = outline(written(tmp_path, "id,sex,pd,age,note\n" + rows), "d.csv")
    by = {column.name: column for column in read.columns}
    assert read.rows == 100
    assert (by["sex"].kind, by["sex"].values) == ("text", (("f", 66), ("m", 34)))
    assert (by["pd"].kind, by["pd"].whole, by["pd"].low, by["pd"].high) == ("number", False, 0.0, 0.99)
    assert (by["age"].whole, by["age"].values, by["age"].low) == (True, (), 20.0)
    assert abs(by["age"].distinct - 50) <= 5
    assert (by["note"].missing, by["note"].values) == (50, (("x", 50),))


def test_twenty_values_are_listed_and_twenty_one_are_not(tmp_path):
    rows = "\n".join(f"v{i % 20},v{i % 21}" for i in range(420))
    twenty, more = outline(written(tmp_path, "a,b\n" + rows), "d.csv").columns
    assert (len(twenty.values), twenty.distinct) == (20, 20)
    assert more.values == ()


def test_names_that_would_be_sql_are_names(tmp_path):
    nasty = ['a"; DROP TABLE d; --', "line\nbreak", "'", "ü\u202e", "c1"]
    columns = ", ".join('{} AS "{}"'.format(i, name.replace('"', '""')) for i, name in enumerate(nasty))
    duckdb.connect().execute(f"COPY (SELECT {columns}) TO '{tmp_path / 'd.parquet'}' (FORMAT parquet)")
    assert [column.name for column in outline(tmp_path / "d.parquet", "d").columns] == nasty


def test_lists_and_structs_are_something_else(tmp_path):
    duckdb.connect().execute(
        f"COPY (SELECT [1, 2] AS l, {{'a': 1}} AS s) TO '{tmp_path / 'd.parquet'}' (FORMAT parquet)"
    )
    assert [(c.kind, c.values, c.missing) for c in outline(tmp_path / "d.parquet", "d").columns] == [
        ("other", (), 0)
    ] * 2


def test_a_thousand_columns_are_looked_at_in_parts(tmp_path):
    header = ",".join(f"c{i}" for i in range(1000))
    rows = "\n".join(",".join(str((i + j) % 3) for i in range(1000)) for j in range(6))
    read = outline(written(tmp_path, f"{header}\n{rows}\n"), "d.csv")
    assert len(read.columns) == 1000
    assert {column.values for column in read.columns} == {(("0", 2), ("1", 2), ("2", 2))}


@pytest.mark.parametrize(("text", "told"), [("", "no header"), ("a,a\n1,2\n", "more than once"), ("a,b\n1\n", "d.csv")])
def test_what_is_no_table_is_told(tmp_path, text, told):
    with pytest.raises(DataError, match=told):
        outline(written(tmp_path, text), "d.csv")


def test_a_header_without_rows_has_columns_without_values(tmp_path):
    read = outline(written(tmp_path, "a,b\n"), "d.csv")
    assert read.rows == 0
    assert [(column.values, column.distinct, column.kind) for column in read.columns] == [((), 0, "text")] * 2


def test_an_arrow_file_is_outlined_like_any_other(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import feather

    feather.write_feather(pa.table({"g": ["a", "b", None], "n": [1, 2, 3]}), str(tmp_path / "d.feather"))
    read = outline(tmp_path / "d.feather", "d.feather")
    assert [(c.name, c.kind, c.values, c.missing) for c in read.columns] == [
        ("g", "text", (("a", 1), ("b", 1)), 1),
        ("n", "number", (("1", 1), ("2", 1), ("3", 1)), 0),
    ]


def test_a_database_is_not_outlined(tmp_path):
    (tmp_path / "d.sqlite").write_bytes(b"SQLite format 3")
    with pytest.raises(DataError, match="many tables"):
        outline(tmp_path / "d.sqlite", "d.sqlite")
