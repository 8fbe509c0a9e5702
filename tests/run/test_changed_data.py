"""Digests are taken before the data are read. An audit of other bytes than those in its record is none."""

import os
import shutil
import sqlite3

import pytest

from assay.engines.options import EngineOptions
from assay.errors import DataError
from auditing import DECIDED, control, evaluate, people, write_csv

DATA = people(("a", "yes", 30), ("a", "no", 20), ("b", "yes", 30), ("b", "no", 20))
OTHER = people(("a", "yes", 30), ("a", "no", 20), ("b", "yes", 10), ("b", "no", 40))


def rewrite(path):
    """Other bytes of the same length, and the old time again."""
    old = path.stat()
    path.write_bytes(path.read_bytes().replace(b"b,yes", b"a,yes", 5))
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))


def replace(path):
    """Another file under the name."""
    other = write_csv(path.with_suffix(".other"), *OTHER)
    shutil.copystat(path, other)
    other.replace(path)


def remove(path):
    path.unlink()


def during(step, change, path):
    """Change it once, when the audit tells that step."""
    done = []

    def tell(stage, *numbers):
        if stage == step and not done:
            done.append(True)
            change(path)

    return tell


@pytest.mark.parametrize("change", [rewrite, replace, remove])
def test_data_that_change_while_they_are_measured_make_no_audit(tmp_path, change):
    data = write_csv(tmp_path / "data.csv", *DATA)
    with pytest.raises(DataError) as error:
        evaluate(tmp_path, data, DECIDED, control(), progress=during("measure", change, data), out=tmp_path / "out")
    if change is not remove or "changed" in error.value.what:
        assert "the data changed while they were measured: 'data.csv' of data.test" in error.value.what
        assert "model.yaml:" in error.value.where
        assert error.value.hint
    assert not list(tmp_path.glob("out/**/audit.json"))


def test_data_that_change_beside_kept_evidence_make_no_audit(tmp_path):
    data = write_csv(tmp_path / "data.csv", *DATA)
    options = EngineOptions(cache=tmp_path / "cache")
    evaluate(tmp_path, data, DECIDED, control(), engine=options)
    assert list((tmp_path / "cache").rglob("*"))
    with pytest.raises(DataError, match="the data changed while they were measured"):
        evaluate(tmp_path, data, DECIDED, control(), engine=options, progress=during("measure", rewrite, data))


def test_one_file_of_many_that_changes_is_told_by_its_name(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in "ab":
        write_csv(tmp_path / "parts" / f"{name}.csv", *DATA)
    with pytest.raises(DataError, match=r"'b\.csv' of data\.test is another file now"):
        evaluate(tmp_path, tmp_path / "parts" / "*.csv", DECIDED, control(),
                 progress=during("measure", rewrite, tmp_path / "parts" / "b.csv"))  # fmt: skip


def test_a_database_file_that_changes_after_its_snapshot_makes_no_audit(tmp_path):
    path, rows = tmp_path / "data.sqlite", DATA[1]

    def grow(path):
        with sqlite3.connect(path) as connection:
            connection.execute("INSERT INTO people VALUES ('b', 'yes')")
        connection.close()

    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE people ("group", decision)')
        connection.executemany("INSERT INTO people VALUES (?, ?)", rows)
    connection.close()
    manifest = {"data": {"test": {"path": "data.sqlite", "table": "people"}}}
    assert evaluate(tmp_path, path, DECIDED, control(), manifest=manifest).audit.findings
    with pytest.raises(DataError, match="the data changed while they were measured"):
        evaluate(tmp_path, path, DECIDED, control(), manifest=manifest, progress=during("measure", grow, path))


def test_a_file_that_no_control_reads_may_change(tmp_path):
    data, train = write_csv(tmp_path / "data.csv", *DATA), write_csv(tmp_path / "train.csv", *DATA)
    manifest = {"data": {"test": {"path": "data.csv"}, "train": {"path": "train.csv"}}}
    tell = during("measure", rewrite, train)
    assert evaluate(tmp_path, data, DECIDED, control(), manifest=manifest, progress=tell).audit.findings
