import decimal
import gc
import tempfile

import pytest

from assay.errors import AssayError, DataError, ManifestError
from prepared import counted, prepared
from servers import door
from subjects import subject

HOSTILE = "a:b \"x\" 'y'; DROP TABLE t; -- ü\n"


@pytest.fixture
def address(server, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", server.password)
    server.run("DROP SCHEMA IF EXISTS data CASCADE", "CREATE SCHEMA data")
    return server.address


def test_null_is_not_an_empty_text_and_no_text_is_torn(server, address, tmp_path):
    server.run(
        "CREATE TABLE data.t (g text)",
        "INSERT INTO data.t VALUES (NULL), ('NULL'), (E'\\\\N'), (E'a\"b,\\nc\\td'), ('ü ß'), ('\\.'), (' x')",
    )
    found = counted(tmp_path, {"database": address, "table": "data.t"})
    assert found == {None: 1, "NULL": 1, "\\N": 1, 'a"b,\nc\td': 1, "ü ß": 1, "\\.": 1, " x": 1}


@pytest.mark.parametrize(("kind", "values", "codes"), [
    ("bigint", "9007199254740993, NULL", {"9007199254740993": 1, None: 1}),
    ("smallint", "1, -1", {"1": 1, "-1": 1}),
    ("boolean", "true, false, NULL", {"true": 1, "false": 1, None: 1}),
    ("double precision", "0.1, 'NaN', '-Infinity', 2", {"0.1": 1, None: 1, "-inf": 1, "2": 1}),
    ("numeric(10, 2)", "1.5, 2", {"1.50": 1, "2": 1}),
    ("numeric", "1.50, 2", {"1.5": 1, "2": 1}),
    ("date", "'2026-03-31'", {"2026-03-31": 1}),
    ("timestamptz", "'2026-03-31 12:00+02'", {"2026-03-31 10:00:00+00": 1}),
    ("char(4)", "'a', 'b'", {"a": 1, "b": 1}),
    ("data.mood", "'fine'", {"fine": 1}),
    ("data.positive", "1, 2", {"1": 1, "2": 1}),
    ("text[]", "'{a,b}'", {"{a,b}": 1}),
])  # fmt: skip
def test_values_keep_their_types(server, address, tmp_path, kind, values, codes):
    rows = ", ".join(f"({value.strip()})" for value in ([values] if "{" in values else values.split(",")))
    server.run(
        "CREATE TYPE data.mood AS ENUM ('fine')",
        "CREATE DOMAIN data.positive AS integer CHECK (VALUE > 0)",
        f"CREATE TABLE data.t (g {kind})",
        f"INSERT INTO data.t VALUES {rows}",
    )
    assert counted(tmp_path, {"database": address, "table": "data.t"}) == codes


def test_numbers_of_a_server_are_numbers(server, address, tmp_path):
    server.run("CREATE TABLE data.t (a bigint, b numeric(12, 4), c numeric, d real, e text, f date, g int)")
    made = prepared(tmp_path, {"database": address, "table": "data.t"})
    assert made.data["test"].names == ("a", "b", "c", "d", "e", "f", "g")
    assert list(made.data["test"].columns) == ["g"]


@pytest.mark.parametrize("column", [HOSTILE, "row", "w", "c0", "one", "h", "x0"])
def test_a_name_is_only_a_name(server, address, tmp_path, column):
    sent = '"' + column.replace('"', '""') + '"'
    server.run("CREATE TABLE data.other (x int)", f'CREATE TABLE data."t;""" ({sent} text, b int)')
    server.run("INSERT INTO data.\"t;\"\"\" VALUES ('a', 1), ('b', 2)")
    assert counted(tmp_path, {"database": address, "table": 'data."t;"""'}, column) == {"a": 1, "b": 1}


def test_a_password_in_the_manifest_is_refused(tmp_path):
    for address in ("postgresql://me:secret@host/db", "postgresql://me@host/db?password=secret"):
        with pytest.raises((ManifestError, AssayError)) as error:
            subject(tmp_path, data={"test": {"database": address, "table": "t"}})
        assert "PGPASSWORD" in str(error.value)


def test_rows_and_passwords_go_to_nobody_who_shows_no_certificate(monkeypatch, tmp_path):
    monkeypatch.setenv("PGPASSWORD", "secret")
    for host in ("db.example", "10.0.0.1", "localhost.example"):
        with pytest.raises(DataError, match="sslmode=disable is for this machine alone"):
            prepared(tmp_path, {"database": f"postgresql://me@{host}/db?sslmode=disable", "table": "t"})


def test_on_this_machine_no_certificate_is_needed(server, address, tmp_path):
    server.run("CREATE TABLE data.t (g text)", "INSERT INTO data.t VALUES ('a')")
    assert counted(tmp_path, {"database": f"{address}?sslmode=disable", "table": "data.t"}) == {"a": 1}


def test_a_wrong_password_is_one_clear_error(server, address, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(DataError, match="cannot be reached: password authentication failed") as error:
        prepared(tmp_path, {"database": address, "table": "data.t"})
    assert "wrong" not in str(error.value)


@pytest.mark.parametrize("table", ["data.nothing", "nothing", "a.b.c"])
def test_a_table_that_is_not_there_is_told(address, tmp_path, table):
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"database": address, "table": table})
    assert "the database says" in error.value.what
    assert table in error.value.where


@pytest.mark.parametrize("let_through", [0, 100, 1_500, 60_000, 3_000_000])
def test_a_connection_that_is_cut_is_one_error_and_leaves_nothing(server, address, tmp_path, monkeypatch, let_through):
    server.run(
        "CREATE TABLE data.t AS SELECT md5(i::text) || repeat('x', 100) AS g FROM generate_series(1, 50000) AS i"
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with door(server.port, let_through) as port, pytest.raises(DataError) as error:
        prepared(tmp_path, {"database": address.replace(str(server.port), str(port)), "table": "data.t"})
    assert "connection was lost" in error.value.what or "cannot be reached" in error.value.what
    assert error.value.hint
    assert list(tmp_path.glob("assay-*")) == []


def test_the_digest_knows_the_rows_and_not_their_order(server, address, tmp_path):
    data = {"database": address, "table": "data.t"}
    server.run("CREATE TABLE data.t (g text, other int)", "INSERT INTO data.t VALUES ('a', 1), ('b', 2), ('b', 3)")
    first = prepared(tmp_path, data)
    server.run("TRUNCATE data.t", "INSERT INTO data.t VALUES ('b', 9), ('a', 1), ('b', 2)")
    second = prepared(tmp_path, data)
    server.run("UPDATE data.t SET g = 'a' WHERE other = 9")
    third = prepared(tmp_path, data)
    assert first.digest == second.digest != third.digest
    file = first.files[1]
    assert (file.role, file.path) == ("data.test", f"{address}, table data.t")
    declared = {**data, "digest": file.digest}
    with pytest.raises(DataError, match="not those the manifest declares") as error:
        prepared(tmp_path, declared)
    assert "g" in error.value.hint


def test_the_digest_can_be_computed_with_other_tools(server, address, tmp_path):
    import hashlib

    server.run("CREATE TABLE data.t (g text)", "INSERT INTO data.t VALUES ('ü'), (NULL)")
    rows = sorted(hashlib.sha256(row.encode()).hexdigest() + "\n" for row in ('["ü"]', "[null]"))
    said = '{"columns":[["g","VARCHAR"]],"table":["data","t"]}\n' + "".join(rows)
    made = prepared(tmp_path, {"database": address, "table": "data.t"})
    assert made.files[1].digest == "sha256:" + hashlib.sha256(said.encode()).hexdigest()


def test_more_rows_than_one_chunk_are_all_there(server, address, tmp_path, monkeypatch):
    monkeypatch.setattr("assay.engines.sources.snapshot.CHUNK", 50_000)
    server.run("CREATE TABLE data.t AS SELECT (i % 3)::int AS g FROM generate_series(1, 30000) AS i", "ANALYZE data.t")
    told = []
    found = counted(tmp_path, {"database": address, "table": "data.t"}, progress=lambda *step: told.append(step))
    assert found == {"0": 10_000, "1": 10_000, "2": 10_000}
    assert ("read data.test", 20_000, 30_000) in told


def test_one_state_of_the_table_is_read(server, address, tmp_path):
    """A writer that commits in the middle is not seen: what is read is one state."""
    server.run("CREATE TABLE data.t AS SELECT 'old'::text AS g FROM generate_series(1, 60000)")
    done = []

    def meddle(stage, rows, total):
        if rows >= 20_000 and not done:
            done.append(True)
            server.run("UPDATE data.t SET g = 'new'")

    assert counted(tmp_path, {"database": address, "table": "data.t"}, progress=meddle) == {"old": 60_000}
    assert done


def test_the_snapshot_goes_with_its_subject(server, address, tmp_path):
    server.run("CREATE TABLE data.t AS SELECT 1 AS g")
    made = prepared(tmp_path, {"database": address, "table": "data.t"})
    folder = made.data["test"].files[0].path.parent
    assert folder.exists()
    del made
    gc.collect()
    assert not folder.exists()


def test_numbers_with_a_scale_are_exact(server, address, tmp_path):
    exact = decimal.Decimal("12345678901234567890.12")
    server.run("CREATE TABLE data.t (g numeric(30, 2))", f"INSERT INTO data.t VALUES ({exact})")
    assert counted(tmp_path, {"database": address, "table": "data.t"}) == {str(exact): 1}
