import hashlib
import os
import subprocess

import pytest

from assay.errors import ManifestError
from assay.subject import paths
from assay.subject.paths import digest, inside


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "data/../../secret", "link/secret", "nul\0byte"])
def test_a_path_which_leaves_the_folder_is_refused_with_a_place_and_a_hint(tmp_path, path):
    folder = tmp_path / "subject"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(ManifestError) as error:
        inside(folder, path, where="model.yaml:3:9")
    assert error.value.where == "model.yaml:3:9"
    assert error.value.hint


def test_a_path_which_comes_back_into_the_folder_is_taken(tmp_path):
    assert inside(tmp_path, "data/../test.csv") == tmp_path.resolve() / "test.csv"


def test_a_link_to_a_file_of_the_folder_is_followed(tmp_path):
    (tmp_path / "a.csv").write_text("x\n")
    (tmp_path / "b.csv").symlink_to("a.csv")
    assert inside(tmp_path, "b.csv") == tmp_path.resolve() / "a.csv"


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (3 << 20) + 7])
def test_the_digest_of_a_file_is_the_sha256_of_its_bytes_whatever_its_size(tmp_path, size):
    data = bytes(i % 251 for i in range(size))
    (tmp_path / "f").write_bytes(data)
    assert digest(tmp_path / "f") == "sha256:" + hashlib.sha256(data).hexdigest()


def test_what_is_not_there_has_no_digest(tmp_path):
    assert digest(tmp_path / "nothing") is None


def test_the_digest_of_a_folder_tells_names_and_contents_apart(tmp_path):
    def folder(name, **files):
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
        return digest(tmp_path / name)

    first = folder("one", a="1", b="2")
    assert first == folder("two", b="2", a="1")
    assert len({first, folder("three", a="2", b="1"), folder("four", a="1"), folder("five", a="1", c="2")}) == 4


def test_the_digest_of_a_folder_is_that_of_what_sha256sum_prints(tmp_path):
    folder = tmp_path / "model"
    for name in ("b.txt", "a b.bin", "a/z", "a/deep/er/x", "Z", "é", "a.c"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "empty").mkdir()
    listing = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    told = subprocess.run(["sh", "-c", listing], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert digest(folder) == "sha256:" + told.split()[0]


def test_a_folder_without_any_file_has_no_digest_and_passes_for_nothing(tmp_path):
    (tmp_path / "model" / "empty").mkdir(parents=True)
    assert digest(tmp_path / "model") is None


@pytest.mark.parametrize("target", ["/etc/hostname", "inside", "..", "nowhere"])
def test_a_folder_with_any_link_has_no_digest(tmp_path, target):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").write_text("x")
    (tmp_path / "folder" / "link").symlink_to(target)
    with pytest.raises(ManifestError, match="'link' in the folder 'folder' is a symbolic link"):
        digest(tmp_path / "folder")


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\rb", "\u202egpj.exe", "\udcff"])
def test_a_folder_with_a_name_that_could_be_read_as_two_lines_or_not_at_all_has_no_digest(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text("x")
    with pytest.raises(ManifestError, match="unseen"):
        digest(tmp_path / "folder")


def test_a_folder_with_a_pipe_is_refused_and_not_waited_for(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe")
    with pytest.raises(ManifestError, match="neither a file nor a folder"):
        digest(tmp_path / "folder")


def test_a_folder_beyond_every_limit_is_refused(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    for name in "abc":
        (tmp_path / "folder" / name).write_text("12345")
    monkeypatch.setattr(paths, "MOST_FILES", 2)
    with pytest.raises(ManifestError, match="holds more than"):
        digest(tmp_path / "folder")
    monkeypatch.undo()
    monkeypatch.setattr(paths, "LARGEST_FOLDER", 14)
    with pytest.raises(ManifestError, match="1 TiB"):
        digest(tmp_path / "folder")
