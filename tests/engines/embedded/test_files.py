import gzip

import pandas as pd
import pytest

from assay.engines.embedded.database import Database
from assay.errors import DataError
from assay.evidence.request import CellsRequest
from subjects import subject, value, write_frame

GROUP = {"groups": {"g": {"column": "g"}}}
REQUEST = CellsRequest("test", ("group:g",))


def counted(folder, name, columns=None):
    made = subject(folder, roles=("test",), data={"test": {"path": name}}, columns=columns or GROUP)
    cells = value(made, REQUEST)
    return dict(zip([level[0] for level in cells.rows], cells.counts, strict=True))


@pytest.mark.parametrize(
    "name", ["it's.csv", "a*.csv", "a?[b].csv", "ü ß.csv", "x'; DROP TABLE t; --.csv", "$(x).csv", "a.b.CSV"]
)
def test_a_file_name_is_only_a_name(tmp_path, name):
    (tmp_path / "ab.csv").write_text("g\nanother file\n")
    (tmp_path / name).write_text("g\na\n")
    assert counted(tmp_path, name) == {"a": 1}


@pytest.mark.parametrize("name", ["it's.parquet", "a*[1].parquet", "x.pq"])
def test_a_name_of_a_parquet_file_is_only_a_name(tmp_path, name):
    write_frame(pd.DataFrame({"g": ["other"]}), tmp_path / "a1.parquet")
    write_frame(pd.DataFrame({"g": ["a"]}), tmp_path / "plain.parquet")
    (tmp_path / "plain.parquet").rename(tmp_path / name)
    assert counted(tmp_path, name) == {"a": 1}


@pytest.mark.parametrize("column", ['say "g"', "g'; DROP TABLE x; --", "select", "t0", "row", "w", "s", "größe", "a.b"])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_column_name_is_only_a_name(tmp_path, column, kind):
    write_frame(pd.DataFrame({"other": [1, 2], column: ["a", "b"]}), tmp_path / f"test.{kind}")
    assert counted(tmp_path, f"test.{kind}", {"groups": {"g": {"column": column}}}) == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    "text", ["g;h\na;1\n", "g\th\na\t1\n", "\ufeffg,h\r\na,1\r\n", 'g,h\n"a",1', '"g","h"\na,"1,""2"""\n']
)
def test_usual_forms_of_csv_are_read(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text.encode())
    assert counted(tmp_path, "t.csv") == {"a": 1}


def test_compressed_csv_is_read(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"g\na\n\na\n"))
    assert counted(tmp_path, "t.csv.gz") == {None: 1, "a": 2}


def test_codes_of_csv_keep_their_zeros(tmp_path):
    (tmp_path / "t.csv").write_text("g\n01\n1\n1.0\n1e0\n")
    assert counted(tmp_path, "t.csv") == {"01": 1, "1": 2, "1e0": 1}


@pytest.mark.parametrize(("name", "data", "said"), [
    ("t.csv", b"g,h\na\n", "Expected Number of Columns"),
    ("t.csv", b"g,h\na,1,2\n", "Expected Number of Columns"),
    ("t.csv", b"g,h\n\xff\xfe,a\n", "line 2 is not UTF-8 text"),
    ("t.csv", b"g\xff\na\n", "header is not UTF-8"),
    ("t.csv", b'g,h\n"a,1\n', "unterminated quote"),
    ("t.csv", b"", "no header"),
    ("t.csv", b"g,g\na,b\n", "names 'g' more than once"),
    ("t.csv.gz", b"g\na\n", "cannot be read"),
    ("t.csv", b"g" * (1 << 20), "longer than 1 MiB"),
    ("t.csv.gz", gzip.compress(b"g\n" + b"a\n" * 10_000, mtime=0)[:-20], "cannot be read"),
    ("t.parquet", b"PAR1 no parquet", ""),
    ("t.parquet", b"", ""),
    ("t.xlsx", b"PK", "no format that can be read"),
])  # fmt: skip
def test_a_damaged_file_is_one_clear_error(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as error:
        counted(tmp_path, name)
    assert said.lower() in error.value.what.lower()
    assert name in str(error.value)
    assert error.value.hint
    assert "/assay-data-" not in str(error.value)


def test_the_engine_reads_and_writes_nothing_but_its_files(tmp_path):
    (tmp_path / "mine.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n2\n")
    with Database([tmp_path / "mine.csv"], "100MB") as database:
        assert database.run("SELECT * FROM read_csv(?)", [str(tmp_path / "mine.csv")]) == [(1,)]
        for statement in (
            f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')",
            f"COPY (SELECT 1) TO '{tmp_path / 'new.csv'}'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET memory_limit = '90GB'",
            "SET enable_external_access = true",
            "SELECT * FROM read_csv('https://example.org/x.csv')",
        ):
            with pytest.raises(DataError):
                database.run(statement)
    assert not (tmp_path / "new.csv").exists()


def test_the_engine_leaves_no_folder(tmp_path):
    database = Database([], "100MB")
    folder = database.folder
    assert folder.exists()
    database.close()
    assert not folder.exists()


def test_more_data_than_memory_spills(tmp_path):
    with Database([], "60MB") as database:
        database.run("CREATE TABLE t AS SELECT md5(range::VARCHAR) AS h FROM range(1500000)")
        assert database.run("SELECT count(*) FROM (SELECT h, count(*) FROM t GROUP BY h)") == [(1_500_000,)]
