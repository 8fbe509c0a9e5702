import sqlite3

import pytest

from assay.errors import DataError
from prepared import counted, prepared


def made(folder, *statements, rows=(), name="x.sqlite"):
    connection = sqlite3.connect(folder / name)
    for statement in statements:
        connection.execute(statement)
    if rows:
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(("rows", "codes", "kind"), [
    ([(1,), (2,), (None,)], {"1": 1, "2": 1, None: 1}, "BIGINT"),
    ([(2**62 + 1,)], {str(2**62 + 1): 1}, "BIGINT"),
    ([(0.1,), (1,), (float("inf"),)], {"0.1": 1, "1": 1, "inf": 1}, "DOUBLE"),
    ([("",), ("NULL",), (None,), ('a",\r\nb\0c',)], {None: 2, "NULL": 1, 'a",\r\nb\0c': 1}, "VARCHAR"),
    ([("a",), (1,), (2.5,), (1.0,)], {"a": 1, "1": 2, "2.5": 1}, "untyped"),
    ([(b"\x00\xff",), (None,)], {"00ff": 1, None: 1}, "VARCHAR"),
    ([(None,)], {None: 1}, "VARCHAR"),
])  # fmt: skip
def test_a_column_is_what_its_values_are(tmp_path, rows, codes, kind):
    made(tmp_path, "CREATE TABLE t (g)", rows=rows)
    data = {"path": "x.sqlite", "table": "t"}
    assert counted(tmp_path, data) == codes
    assert ("g" in prepared(tmp_path, data).data["test"].untyped) == (kind == "untyped")


@pytest.mark.parametrize("column", ["a:b \"x\" 'y'; DROP TABLE t; --\n", "row", "w", "c0", "one", "t", "rowid", "ü"])
@pytest.mark.parametrize("table", ["t", 'a"b.c; DROP TABLE t'])
def test_a_name_is_only_a_name(tmp_path, column, table):
    quoted = ['"' + name.replace('"', '""') + '"' for name in (table, column)]
    made(tmp_path, f"CREATE TABLE {quoted[0]} (b, {quoted[1]})", f"INSERT INTO {quoted[0]} VALUES (1, 'a'), (2, 'b')")
    assert counted(tmp_path, {"path": "x.sqlite", "table": quoted[0]}, column) == {"a": 1, "b": 1}


def test_the_record_has_the_digest_of_the_file(tmp_path):
    made(tmp_path, "CREATE TABLE t (g)", rows=[(1,)])
    subject = prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    import hashlib

    assert subject.files[1].digest == "sha256:" + hashlib.sha256((tmp_path / "x.sqlite").read_bytes()).hexdigest()


def test_changes_that_are_not_yet_in_the_file_are_told(tmp_path):
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE t (g)")
    connection.execute("INSERT INTO t VALUES ('only in the log')")
    connection.commit()
    with pytest.raises(DataError, match=r"x\.sqlite-wal.*not yet in it") as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert "Close the program" in error.value.hint
    connection.close()
    assert counted(tmp_path, {"path": "x.sqlite", "table": "t"}) == {"only in the log": 1}


def test_reading_changes_nothing(tmp_path):
    made(tmp_path, "CREATE TABLE t (g)", rows=[(1,)])
    before = (tmp_path / "x.sqlite").read_bytes()
    counted(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert (tmp_path / "x.sqlite").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.yaml", "x.sqlite"]


@pytest.mark.parametrize("statement", [
    "CREATE VIEW t AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS g FROM r",
    "CREATE VIEW t AS SELECT random() AS g",
    "CREATE VIEW t AS SELECT 1 AS g",
    "CREATE VIRTUAL TABLE t USING fts4(g)",
])  # fmt: skip
def test_what_is_no_table_is_never_read(tmp_path, statement):
    """It can give other rows each time, under the same digest, and need never end."""
    made(tmp_path, statement)
    with pytest.raises(DataError, match="views and virtual tables are not read: 't' is a v") as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert error.value.where == "x.sqlite"
    assert "CREATE TABLE" in error.value.hint


@pytest.mark.parametrize(("kind", "name", "sql"), [
    ("table", "t", "CREATE VIEW t AS SELECT random() AS g"),
    ("table", "t", "CREATE TABLE other (g)"),
    ("table", "t", "CREATE TABLE t AS SELECT random() AS g"),
    ("table", "other", "CREATE VIEW t AS SELECT random() AS g"),
])  # fmt: skip
def test_a_view_that_is_listed_as_a_table_is_not_read(tmp_path, kind, name, sql):
    made(tmp_path, "CREATE TABLE t (g)", "CREATE VIEW v AS SELECT random() AS g", rows=[(1,)])
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET type = ?, name = ?, sql = ? WHERE name = 'v'", (kind, name, sql))
    if name == "t":
        connection.execute("DELETE FROM sqlite_schema WHERE sql = 'CREATE TABLE t (g)'")
    connection.commit()
    connection.close()
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert error.value.where == "x.sqlite"


def test_every_way_to_write_the_name_of_a_table_is_known(tmp_path):
    spellings = ("t0", '"t1"', "[t2]", "`t3`", "'t4'", "t5/* (x */", "IF NOT EXISTS main.t6", "t7 ")
    for place, spelt in enumerate(spellings):
        made(tmp_path, f"CREATE TABLE {spelt}(g)", f"INSERT INTO t{place} VALUES ({place})")
    made(tmp_path, "CREATE TABLE a AS SELECT 8 AS g", "ALTER TABLE a RENAME TO t8")
    for place in range(9):
        assert counted(tmp_path, {"path": "x.sqlite", "table": f"t{place}"}) == {str(place): 1}


def test_a_value_that_says_it_is_huge_is_refused_and_others_are_read(tmp_path):
    made(
        tmp_path,
        "CREATE TABLE t (g, b, c AS (zeroblob(a)), a)",
        "INSERT INTO t VALUES ('x', zeroblob(5000000), 900000000)",
    )
    assert counted(tmp_path, {"path": "x.sqlite", "table": "t"}) == {"x": 1}
    for column in "bc":
        with pytest.raises(DataError, match="too big") as error:
            prepared(tmp_path, {"path": "x.sqlite", "table": "t"}, column)
        assert "1 MiB" in error.value.hint


def test_a_table_that_is_not_there_is_told_with_the_nearest(tmp_path):
    made(tmp_path, "CREATE TABLE applications (g)")
    with pytest.raises(DataError, match="no table 'aplications'") as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "aplications"})
    assert "applications" in error.value.hint


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: data[:4096] + b"\xff" * 4096, lambda _: b""])
def test_a_damaged_file_is_one_clear_error(tmp_path, damage):
    made(tmp_path, "CREATE TABLE t (g)", rows=[(f"value {i}",) for i in range(2_000)])
    path = tmp_path / "x.sqlite"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert error.value.where == "x.sqlite"
    assert error.value.hint


def test_a_text_that_is_not_utf8_is_one_clear_error(tmp_path):
    made(tmp_path, "CREATE TABLE t (g)", "INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"path": "x.sqlite", "table": "t"})
    assert error.value.where == "x.sqlite"


def test_many_rows_and_chunks_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.engines.sources.snapshot.CHUNK", 20_000)
    made(tmp_path, "CREATE TABLE t (g)", rows=[(i % 4,) for i in range(12_000)])
    assert counted(tmp_path, {"path": "x.sqlite", "table": "t"}) == {str(i): 3_000 for i in range(4)}
    files = prepared(tmp_path, {"path": "x.sqlite", "table": "t"}).data["test"].files
    assert [file.path.name for file in files] == [f"{place:05}.parquet" for place in range(len(files))]
    assert len(files) > 1
