import hashlib

import pytest

from assay.errors import ManifestError
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


def test_a_folder_with_a_link_that_leaves_it_has_no_digest(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "out").symlink_to("/etc/hostname")
    with pytest.raises(ManifestError):
        digest(tmp_path / "folder")
