"""What lies in a folder, found by name and never outside of it."""

import os

import pytest

from assay.errors import DataError
from assay.subject import surroundings
from assay.subject.surroundings import look_around, walk


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def test_files_are_told_by_their_names(tmp_path):
    put(tmp_path, "scored.csv", "data/b.parquet", "model.skops", "old/m.pkl", "README.md", "docs/limits.md", "notes.md",
        "uv.lock", "requirements-dev.txt", "sub/requirements.txt", "params.json", "trees.txt")  # fmt: skip
    found = look_around(tmp_path)
    assert found.data == ("scored.csv", "data/b.parquet")
    assert found.models == ("model.skops", "old/m.pkl")
    assert found.documents == ("README.md", "docs/limits.md")
    assert found.locks == ("requirements-dev.txt", "uv.lock")


def test_hidden_folders_and_links_that_leave_are_not_followed(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    put(inside, ".git/a.csv", "b.csv", ".c.csv")
    put(outside, "secret.csv", "deep/secret.csv")
    (inside / "linked.csv").symlink_to(outside / "secret.csv")
    (inside / "own.csv").symlink_to(inside / "b.csv")
    (inside / "folder").symlink_to(outside / "deep")
    (inside / "loop").symlink_to(inside)
    (inside / "broken.csv").symlink_to("nowhere.csv")
    assert look_around(inside).data == ("b.csv", "own.csv")


def test_a_folder_that_cannot_be_read_is_told_or_an_error(tmp_path):
    unread = []
    assert list(walk(tmp_path / "nowhere", unread=unread)) == []
    assert unread == [tmp_path / "nowhere"]
    with pytest.raises(DataError, match="cannot be read"):
        look_around(tmp_path / "nowhere")


def test_more_files_than_can_be_looked_at_are_an_error_and_no_short_list(tmp_path, monkeypatch):
    put(tmp_path, *(f"{i}.csv" for i in range(6)))
    monkeypatch.setattr(surroundings, "MOST_FILES", 5)
    with pytest.raises(DataError, match="more than 5 files"):
        look_around(tmp_path)


def test_folders_without_end_are_an_error(tmp_path):
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    put(deep, "a.csv")
    with pytest.raises(DataError, match="deeper than 32"):
        look_around(tmp_path)


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    assert look_around(tmp_path).data == ()
