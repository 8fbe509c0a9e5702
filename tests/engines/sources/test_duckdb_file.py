import os
import subprocess
import sys

import duckdb
import pytest

from assay.errors import DataError
from prepared import counted, prepared


def made(folder, *statements, name="x.duckdb"):
    with duckdb.connect(str(folder / name)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(("value", "code"), [
    ("1::TINYINT", "1"),
    ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"),
    ("1.50::DECIMAL(5, 2)", "1.50"),
    ("0.1::DOUBLE", "0.1"),
    ("true", "true"),
    ("DATE '2026-03-31'", "2026-03-31"),
    ("'a'::ENUM ('a', 'b')", "a"),
    ("[1, 2]", "[1, 2]"),
    ("NULL::INTEGER", None),
    ("''", None),
])  # fmt: skip
def test_values_keep_their_types(tmp_path, value, code):
    made(tmp_path, f"CREATE TABLE t AS SELECT {value} AS g")
    assert counted(tmp_path, {"path": "x.duckdb", "table": "t"}) == {code: 1}


@pytest.mark.parametrize("column", ["a:b \"x\" 'y'; DROP TABLE t; --\n", "row", "w", "c0", "one", "rowid", "ü"])
def test_a_name_is_only_a_name(tmp_path, column):
    quoted = '"' + column.replace('"', '""') + '"'
    made(tmp_path, 'CREATE SCHEMA "s."', f'CREATE TABLE "s."."t;" AS SELECT \'a\' AS {quoted}, 1 AS b')
    assert counted(tmp_path, {"path": "x.duckdb", "table": '"s."."t;"'}, column) == {"a": 1}


def test_rows_that_were_deleted_are_gone(tmp_path):
    made(tmp_path, "CREATE TABLE t AS SELECT range % 2 AS g FROM range(10)", "DELETE FROM t WHERE g = 0")
    assert counted(tmp_path, {"path": "x.duckdb", "table": "t"}) == {"1": 5}


def test_a_view_is_never_read(tmp_path):
    """Not one of another file, and not one that gives other rows each time, under the same digest."""
    (tmp_path / "secret.csv").write_text("g\nsecret\n")
    made(
        tmp_path,
        f"CREATE VIEW v AS SELECT * FROM read_csv('{tmp_path}/secret.csv')",
        "CREATE MACRO m() AS TABLE SELECT content AS g FROM read_text('/etc/hostname')",
        "CREATE VIEW w AS FROM m()",
        f"CREATE VIEW x AS SELECT filename AS g FROM read_blob('{tmp_path}/*')",
        "CREATE VIEW y AS SELECT random() AS g FROM range(10)",
    )
    for view in "vwxy":
        with pytest.raises(DataError, match=f"views are not read: '{view}' is a view") as error:
            prepared(tmp_path, {"path": "x.duckdb", "table": view})
        assert error.value.where == "x.duckdb"
        assert "CREATE TABLE" in error.value.hint


@pytest.mark.parametrize("computed", ["random()", "now()", "a * 2"])
def test_a_computed_column_is_not_read(tmp_path, computed):
    made(
        tmp_path,
        f"CREATE TABLE t (a INTEGER, c VARCHAR GENERATED ALWAYS AS ({computed}) VIRTUAL)",
        "INSERT INTO t VALUES (1), (2)",
    )
    with pytest.raises(DataError, match="computed columns are not read: 'c' is GENERATED"):
        prepared(tmp_path, {"path": "x.duckdb", "table": "t"}, "c")
    assert counted(tmp_path, {"path": "x.duckdb", "table": "t"}, "a") == {"1": 1, "2": 1}


def test_changes_that_are_not_yet_in_the_file_are_told(tmp_path):
    program = (
        "import duckdb, os, sys\nc = duckdb.connect(sys.argv[1])\nc.execute('CREATE TABLE t AS SELECT 1 AS g')\n"
        "c.execute('CHECKPOINT')\nc.execute('INSERT INTO t VALUES (2)')\nos._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "x.duckdb"], check=True)
    assert os.path.exists(tmp_path / "x.duckdb.wal")
    with pytest.raises(DataError, match=r"x\.duckdb\.wal.*not yet in it"):
        prepared(tmp_path, {"path": "x.duckdb", "table": "t"})
    made(tmp_path, "CHECKPOINT")
    assert counted(tmp_path, {"path": "x.duckdb", "table": "t"}) == {"1": 1, "2": 1}


def test_a_table_that_is_not_there_is_told_with_the_nearest(tmp_path):
    made(tmp_path, "CREATE SCHEMA s", "CREATE TABLE s.applications AS SELECT 1 AS g")
    with pytest.raises(DataError, match=r"no table 's\.aplications'") as error:
        prepared(tmp_path, {"path": "x.duckdb", "table": "s.aplications"})
    assert "s.applications" in error.value.hint


@pytest.mark.parametrize("damage", [lambda data: data[:8_000], lambda data: b"\0" * 200, lambda data: data[:12]])
def test_a_damaged_file_is_one_clear_error(tmp_path, damage):
    made(tmp_path, "CREATE TABLE t AS SELECT range AS g FROM range(100)")
    path = tmp_path / "x.duckdb"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"path": "x.duckdb", "table": "t"})
    assert "x.duckdb" in str(error.value)
    assert "/assay-data-" not in str(error.value)


def test_a_db_file_is_what_its_first_bytes_say(tmp_path):
    made(tmp_path, "CREATE TABLE t AS SELECT 'of duckdb' AS g", name="a.db")
    assert counted(tmp_path, {"path": "a.db", "table": "t"}) == {"of duckdb": 1}
    import sqlite3

    connection = sqlite3.connect(tmp_path / "b.db")
    connection.executescript("CREATE TABLE t (g); INSERT INTO t VALUES ('of sqlite')")
    connection.close()
    assert counted(tmp_path, {"path": "b.db", "table": "t"}) == {"of sqlite": 1}
