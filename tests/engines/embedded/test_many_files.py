"""Globs, folders and partitions: many files are one dataset, or one clear error."""

import pandas as pd
import pytest

from assay.engines.embedded.database import Database
from assay.engines.embedded.files import open_data
from assay.errors import DataError
from assay.subject.data import find_data
from prepared import REQUEST
from subjects import subject, value, write_frame


def counted(folder, path, column="g"):
    made = subject(
        folder, roles=("test",), data={"test": {"path": path}}, columns={"groups": {"g": {"column": column}}}
    )
    cells = value(made, REQUEST)
    return dict(zip([level[0] for level in cells.rows], cells.counts, strict=True))


def write(folder, **frames):
    for name, columns in frames.items():
        path = folder / "d" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_frame(pd.DataFrame(columns), path)


def partitioned(folder, *values, column="year", below="d"):
    for place, one in enumerate(values):
        path = folder / below / f"{column}={one}" / "a.parquet"
        path.parent.mkdir(parents=True)
        write_frame(pd.DataFrame({"g": [str(place)] * (place + 1)}), folder / "written.parquet")
        (folder / "written.parquet").rename(path)


@pytest.mark.parametrize("path", ["d", "d/", "d/*.parquet", "**/*.parquet", "d/[ab]*"])
def test_many_files_are_one_dataset(tmp_path, path):
    write(tmp_path, a={"g": ["x", "y"]}, b={"g": ["x", None]})
    assert counted(tmp_path, path) == {"x": 2, "y": 1, None: 1}


def test_a_file_that_is_listed_often_counts_often(tmp_path):
    write(tmp_path, a={"g": ["x", "y"]})
    (tmp_path / "often").mkdir()
    for place in range(20):
        (tmp_path / f"often/{place}.parquet").symlink_to(tmp_path / "d/a.parquet")
    assert counted(tmp_path, "often") == {"x": 20, "y": 20}


def test_rows_are_counted_through_all_files(tmp_path):
    write(tmp_path, a={"g": [0, 1]}, b={"g": [2]}, c={"g": [3, 4]})
    data = find_data(tmp_path, "d")
    with Database([file.path for file in data.files], "100MB") as database:
        opened = open_data(database, data, "t", None)
        assert database.run(f"SELECT row, c0 FROM {opened.table} ORDER BY row") == [(i, i) for i in range(5)]


def test_columns_may_stand_in_another_order_and_others_may_differ(tmp_path):
    write(tmp_path, a={"g": ["x"], "n": [1], "only": [1]}, b={"n": ["text"], "g": ["y"]})
    assert counted(tmp_path, "d") == {"x": 1, "y": 1}


@pytest.mark.parametrize(("other", "said"), [
    ({"g": ["1"]}, "the column 'g' is text in d/b.parquet and whole number (bigint) in d/a.parquet"),
    ({"g": [1.5]}, "the column 'g' is number (double) in d/b.parquet and whole number (bigint) in d/a.parquet"),
    ({"g": [True]}, "the column 'g' is truth value in d/b.parquet and whole number (bigint) in d/a.parquet"),
    ({"h": [1]}, "the column 'g' of d/a.parquet is not in d/b.parquet"),
])  # fmt: skip
def test_a_column_that_changes_between_files_is_named_with_both_types(tmp_path, other, said):
    write(tmp_path, a={"g": [1]}, b=other, c={"g": [2]})
    with pytest.raises(DataError) as error:
        counted(tmp_path, "d")
    assert error.value.what == said
    assert error.value.where == "d/b.parquet"
    assert error.value.hint


@pytest.mark.parametrize("cut", [lambda data: data[:-20], lambda data: data[: len(data) // 2], lambda data: b""])
def test_a_truncated_file_among_many_is_named(tmp_path, cut):
    write(tmp_path, **{f"p{i:02}": {"g": ["x"] * 100} for i in range(12)})
    path = tmp_path / "d/p07.parquet"
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(DataError) as error:
        counted(tmp_path, "d/*.parquet")
    assert error.value.where == "d/p07.parquet"
    assert "/assay-data-" not in str(error.value)


def test_partitions_are_columns(tmp_path):
    partitioned(tmp_path, 2025, 2026)
    assert counted(tmp_path, "d", "year") == {"2025": 1, "2026": 2}
    assert counted(tmp_path, "d/**/*.parquet", "year") == {"2025": 1, "2026": 2}
    assert counted(tmp_path, "d", "g") == {"0": 1, "1": 2}


@pytest.mark.parametrize(("values", "kind", "codes"), [
    (("2025", "-3"), "integer", {"2025": 1, "-3": 2}),
    (("01", "2"), "text", {"01": 1, "2": 2}),
    (("1", "__HIVE_DEFAULT_PARTITION__"), "integer", {"1": 1, None: 2}),
    (("1.0", "2"), "text", {"1": 1, "2": 2}),
    (("a'); DROP TABLE x; --", "%22ü%0A"), "text", {"a'); DROP TABLE x; --": 1, '"ü\n': 2}),
    (("2026-01-01", "2026-02-01"), "text", {"2026-01-01": 1, "2026-02-01": 2}),
    (("9" * 18, "1" * 19), "text", {"9" * 18: 1, "1" * 19: 2}),
])  # fmt: skip
def test_a_partition_is_a_whole_number_where_all_are_written_as_one(tmp_path, values, kind, codes):
    partitioned(tmp_path, *values, column="p")
    data = find_data(tmp_path, "d")
    with Database([file.path for file in data.files], "100MB") as database:
        assert open_data(database, data, "t", ["p"]).kinds == {"p": ("c0", kind)}
    assert counted(tmp_path, "d", "p") == codes


@pytest.mark.parametrize("column", ["row", "w", "c0", "s", 'say "g"', "a'; DROP TABLE t"])
def test_a_name_is_only_a_name(tmp_path, column):
    write(tmp_path, a={column: ["x"], "other": [1]}, b={column: ["y"], "other": [2]})
    assert counted(tmp_path, "d", column) == {"x": 1, "y": 1}
    partitioned(tmp_path, "k", "l", column=column.replace("/", ""), below="p")
    assert counted(tmp_path, "p", column) == {"k": 1, "l": 2}


@pytest.mark.parametrize("column", ["file_index", "FILE_ROW_NUMBER"])
def test_a_name_that_would_hide_the_place_of_a_row_is_refused(tmp_path, column):
    write(tmp_path, a={column: [7], "g": ["x"]}, b={column: [7], "g": ["y"]})
    with pytest.raises(DataError, match=f"cannot be called '{column}'"):
        counted(tmp_path, "d")


def test_a_partition_that_is_a_column_too_is_told(tmp_path):
    partitioned(tmp_path, "a", "b", column="g")
    with pytest.raises(DataError, match="'g' stands in the files and in the names of their folders"):
        counted(tmp_path, "d")


def test_csv_files_of_a_pattern_are_one_dataset(tmp_path):
    (tmp_path / "a.csv").write_text("g,n\nx,1\ny,2\n")
    (tmp_path / "b.csv").write_text("g,n\nx,3\n")
    assert counted(tmp_path, "*.csv") == {"x": 2, "y": 1}
    for land, name in (("at", "a"), ("de", "b")):
        (tmp_path / f"p/land={land}").mkdir(parents=True)
        (tmp_path / f"{name}.csv").rename(tmp_path / f"p/land={land}/{name}.csv")
    assert counted(tmp_path, "p/**/*.csv", "land") == {"at": 2, "de": 1}


@pytest.mark.parametrize(("other", "said"), [
    ("g,m\nx,1\n", "the column 'n' of a.csv is not in b.csv"),
    ("n,g\n1,x\n", "another order"),
    ("g;n\nx;1\n", "separates them by another sign"),
    ("g,n,o\nx,1,2\n", "the column 'o' of b.csv is not in a.csv"),
])  # fmt: skip
def test_csv_files_have_the_same_header(tmp_path, other, said):
    (tmp_path / "a.csv").write_text("g,n\nx,1\n")
    (tmp_path / "b.csv").write_text(other)
    with pytest.raises(DataError) as error:
        counted(tmp_path, "*.csv")
    assert said in error.value.what
    assert "b.csv" in error.value.where


def test_files_of_two_formats_are_no_dataset(tmp_path):
    write(tmp_path, a={"g": ["x"]})
    (tmp_path / "d/b.csv").write_text("g\nx\n")
    with pytest.raises(DataError, match="not all of one format"):
        counted(tmp_path, "d/*")


def test_only_the_columns_that_are_asked_for_are_read(tmp_path):
    write(tmp_path, a={"g": ["x"], "h": ["y"], "n": [1]}, b={"g": ["x"], "h": ["y"], "n": [1]})
    columns = {"groups": {name: {"column": name} for name in ("g", "h", "n")}}
    made = subject(tmp_path, roles=("test",), data={"test": {"path": "d"}}, columns=columns)
    from assay.engines.embedded.dataset import open_dataset

    with Database([file.path for file in made.data["test"].files], "100MB") as database:
        open_dataset(database, made, "test", dict.fromkeys(["g", "h", "n"], "here"))
        plan = database.run("EXPLAIN SELECT t0, count(*) FROM data_test GROUP BY t0")[0][1]
        read = plan[plan.index("READ_PARQUET") :]
        assert "g" in read.split("Projections:")[1].split("\n")[0]
        for absent in ("h", "n", "file_index", "file_row_number"):
            assert f" {absent}" not in read.split("Projections:")[1].split("\n")[0]
        assert "DOUBLE" not in plan
