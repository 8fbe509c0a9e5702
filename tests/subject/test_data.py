import hashlib
import os
import subprocess

import pytest

from assay.errors import DataError, ManifestError
from assay.record.artefact import Dataset
from assay.subject import data
from assay.subject.data import find_data
from assay.subject.paths import folder_digest
from subjects import subject


def write(folder, *names, content=b"x"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def told(folder, pattern):
    found = find_data(folder, pattern)
    return [file.told for file in found.files] if found else None


def test_a_pattern_finds_its_files_in_the_order_of_their_names(tmp_path):
    write(tmp_path, "d/b.parquet", "d/a.parquet", "d/Ä.parquet", "d/c.csv", "d/deep/e.parquet", "a.parquet")
    assert told(tmp_path, "d/*.parquet") == ["d/a.parquet", "d/b.parquet", "d/Ä.parquet"]
    assert told(tmp_path, "d/?.parquet") == ["d/a.parquet", "d/b.parquet", "d/Ä.parquet"]
    assert told(tmp_path, "d/[ab].parquet") == ["d/a.parquet", "d/b.parquet"]
    assert told(tmp_path, "d/**/*.parquet") == ["d/a.parquet", "d/b.parquet", "d/deep/e.parquet", "d/Ä.parquet"]
    assert told(tmp_path, "**/e.parquet") == ["d/deep/e.parquet"]
    assert told(tmp_path, "**/**/e.parquet") == ["d/deep/e.parquet"]
    assert told(tmp_path, "*/deep/*") == ["d/deep/e.parquet"]
    assert told(tmp_path, "d/*.pq") is None
    assert told(tmp_path, "nowhere/*.parquet") is None


def test_what_bears_the_very_name_of_a_pattern_is_that_file(tmp_path):
    write(tmp_path, "a*.csv", "ab.csv")
    assert told(tmp_path, "a*.csv") == ["a*.csv"]


def test_hidden_names_are_left_out_unless_they_are_asked_for(tmp_path):
    write(tmp_path, "d/a.pq", "d/_SUCCESS", "d/.a.pq.crc", "d/_temporary/b.pq", "d/_x.pq")
    assert told(tmp_path, "d") == ["d/a.pq"]
    assert told(tmp_path, "d/*.pq") == ["d/a.pq"]
    assert told(tmp_path, "d/**/*.pq") == ["d/a.pq"]
    assert told(tmp_path, "d/_*.pq") == ["d/_x.pq"]
    write(tmp_path, "e/_key=1/c.pq")
    assert told(tmp_path, "e") == ["e/_key=1/c.pq"]


def test_the_digest_is_what_sha256sum_prints(tmp_path):
    write(tmp_path, "d/b.parquet", content=b"b")
    write(tmp_path, "d/a.parquet", content=b"a")
    printed = subprocess.run(
        "sha256sum d/*.parquet | sha256sum", shell=True, cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    assert find_data(tmp_path, "d/*.parquet").digest() == "sha256:" + printed.split()[0]
    assert find_data(tmp_path, "d").digest() == folder_digest(tmp_path / "d")
    assert find_data(tmp_path, "d/a.parquet").digest() == "sha256:" + hashlib.sha256(b"a").hexdigest()


def test_a_declared_digest_of_many_files_is_checked(tmp_path):
    write(tmp_path, "d/a.parquet", "d/b.parquet")
    digest = find_data(tmp_path, "d/*.parquet").digest()
    block = {"test": {"path": "d/*.parquet", "digest": digest}}
    made = subject(tmp_path, roles=("test",), data=block)
    assert [(file.role, file.path, file.digest) for file in made.files[1:]] == [("data.test", "d/*.parquet", digest)]
    write(tmp_path, "d/c.parquet")
    with pytest.raises(DataError, match="not the file the manifest declares"):
        subject(tmp_path, roles=("test",), data=block)


def test_a_file_that_links_list_often_is_read_once_for_the_digest(tmp_path, monkeypatch):
    write(tmp_path, "one.parquet")
    (tmp_path / "d").mkdir()
    for place in range(50):
        (tmp_path / f"d/{place:02}.parquet").symlink_to(tmp_path / "one.parquet")
    read = []
    monkeypatch.setattr(data, "hash_of", lambda path: read.append(path) or "0" * 64)
    found = find_data(tmp_path, "d")
    found.digest()
    assert len(found.files) == 50
    assert read == [tmp_path / "one.parquet"]


def test_links_that_lead_elsewhere_are_refused(tmp_path):
    folder = tmp_path / "model"
    write(folder, "d/a.parquet")
    write(tmp_path, "secret.parquet", "more/b.parquet")
    link = folder / "d/b.parquet"
    link.symlink_to(tmp_path / "secret.parquet")
    for pattern in ("d", "d/*.parquet", "**/*.parquet"):
        with pytest.raises(ManifestError, match="leaves the manifest's folder"):
            find_data(folder, pattern)
    link.unlink()
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(ManifestError, match="leads nowhere"):
        find_data(folder, "d")
    link.unlink()
    (folder / "d/more").symlink_to(tmp_path / "more")
    with pytest.raises(ManifestError, match="link to a folder"):
        find_data(folder, "d")
    with pytest.raises(ManifestError, match="leaves"):
        find_data(folder, "../more/*.parquet")
    with pytest.raises(ManifestError, match=r"`\.\.`"):
        find_data(folder, "*/../d/*.parquet")


def test_a_folder_of_something_else_is_refused(tmp_path):
    write(tmp_path, "d/a.parquet", "d/b.csv")
    with pytest.raises(DataError, match=r"'b\.csv' in the folder 'd' is no Parquet file") as error:
        find_data(tmp_path, "d")
    assert "d/**/*.parquet" in error.value.hint
    write(tmp_path, "delta/a.parquet", "delta/_delta_log/0.json")
    with pytest.raises(DataError, match="table with a log"):
        find_data(tmp_path, "delta")


def test_a_folder_that_nobody_reads_may_hold_anything(tmp_path):
    write(tmp_path, "d/a.csv")
    assert subject(tmp_path, data={"test": {"path": "d"}}).files[1].digest == folder_digest(tmp_path / "d")


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(DataError, match="is a folder without Parquet files"):
        subject(tmp_path, roles=("test",), data={"test": {"path": "d"}})


def test_names_with_unseen_signs_are_refused(tmp_path):
    write(tmp_path, "d/a\n0.parquet")
    with pytest.raises(ManifestError, match="unseen signs"):
        find_data(tmp_path, "d/*.parquet")


def test_too_many_files_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "MOST_FILES", 3)
    write(tmp_path, *(f"d/{i}.parquet" for i in range(4)))
    with pytest.raises(ManifestError, match="more than 3 files"):
        find_data(tmp_path, "d/*.parquet")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "/*", "d/" + "x" * 300])
def test_a_name_that_is_too_long_is_one_clear_error(tmp_path, name):
    write(tmp_path, "d/a.parquet")
    with pytest.raises(DataError, match="cannot be looked up: File name too long"):
        find_data(tmp_path, name)


@pytest.mark.parametrize("pattern", ["d", "d/*", "d/**/*.parquet"])
def test_a_link_that_leads_to_itself_is_one_clear_error(tmp_path, pattern):
    write(tmp_path, "d/a.parquet")
    (tmp_path / "d/loop").symlink_to("loop")
    with pytest.raises((DataError, ManifestError)) as error:
        find_data(tmp_path, pattern, where="model.yaml:3:5")
    assert error.value.where == "model.yaml:3:5"


def test_folders_within_folders_without_end_are_one_clear_error(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    for pattern in ("d", "**/*.parquet", "**/" * 300 + "*"):
        with pytest.raises(ManifestError, match="below more than 100 folders"):
            find_data(tmp_path, pattern)
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


def test_folders_name_columns(tmp_path):
    write(tmp_path, "d/year=2026/land=de%2Fat/a.pq", "d/year=__HIVE_DEFAULT_PARTITION__/land=fr/b.pq")
    found = find_data(tmp_path, "d")
    assert [file.parts for file in found.files] == [
        (("year", "2026"), ("land", "de/at")),
        (("year", None), ("land", "fr")),
    ]


@pytest.mark.parametrize("other", ["d/b.pq", "d/month=1/b.pq", "d/year=1/month=2/b.pq", "d/year=1/year=2/b.pq"])
def test_folders_that_name_other_columns_are_told(tmp_path, other):
    write(tmp_path, "d/year=2026/a.pq", other)
    with pytest.raises(DataError, match="name"):
        find_data(tmp_path, "d")


@pytest.mark.parametrize(("block", "said"), [
    ({}, "needs a `path`, or a `database`"),
    ({"path": "a.csv", "database": "postgresql://u@h/d", "table": "t"}, "not both"),
    ({"path": "a.sqlite"}, "say which with `table`"),
    ({"database": "postgresql://u@h/d"}, "say which with `table`"),
    ({"path": "a.csv", "table": "t"}, "`table` belongs to"),
    ({"database": "mysql://u@h/d", "table": "t"}, "is an address: postgresql://"),
    ({"database": "postgresql://u:p@h/d", "table": "t"}, "PGPASSWORD"),
    ({"path": "a.db", "table": "a..b"}, "is a name, or schema.name"),
    ({"path": "a.db", "table": 'a"b'}, "is a name, or schema.name"),
])  # fmt: skip
def test_a_dataset_has_one_place(tmp_path, block, said):
    with pytest.raises(ManifestError) as error:
        subject(tmp_path, data={"test": block})
    assert said in str(error.value)


@pytest.mark.parametrize(("table", "parts"), [
    ("t", ("t",)),
    ("public.t", ("public", "t")),
    ('"a.b"."say ""x"""', ("a.b", 'say "x"')),
    ("t; DROP TABLE u", ("t; DROP TABLE u",)),
    ("ü ß", ("ü ß",)),
])  # fmt: skip
def test_a_table_is_named_as_in_sql(table, parts):
    dataset = Dataset(database="postgresql://u@h/d", table=table)
    assert dataset.table_name == parts
    assert dataset.told == f"postgresql://u@h/d, table {table}"
