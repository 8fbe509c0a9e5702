"""What a model may have written instead of the arrays that were asked for."""

import os
import zipfile

import numpy as np
import pytest

from assay.subject.returned import Nonsense, read_array, read_arrays


def test_an_array_comes_back_as_it_was_written(tmp_path):
    for array in (np.array([1.0, np.nan, -np.inf]), np.arange(6.0).reshape(2, 3), np.asfortranarray(np.eye(3))):
        np.save(tmp_path / "a.npy", array)
        np.testing.assert_array_equal(read_array(tmp_path / "a.npy", array.shape), array)
    np.savez(tmp_path / "a.npz", x=np.zeros(2), y=np.ones((2, 1)))
    y, x = read_arrays(tmp_path / "a.npz", {"y": (2, 1), "x": (2,)})
    assert (y.tolist(), x.tolist()) == ([[1.0], [1.0]], [0.0, 0.0])


@pytest.mark.parametrize("array", [
    np.zeros(3), np.zeros((2, 1)), np.zeros(2, "float32"), np.zeros(2, ">f8"), np.array(["a", "b"]), np.zeros(10**6),
])  # fmt: skip
def test_another_shape_or_type_is_nonsense(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(Nonsense):
        read_array(tmp_path / "a.npy", (2,))


def test_objects_are_never_unpickled(tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    np.save(tmp_path / "a.npy", np.array([Harm(), Harm()], dtype=object), allow_pickle=True)
    with pytest.raises(Nonsense):
        read_array(tmp_path / "a.npy", (2,))
    assert not (tmp_path / "ran").exists()


def test_what_is_no_plain_file_is_not_opened(tmp_path):
    np.save(tmp_path / "real.npy", np.zeros(2))
    (tmp_path / "link.npy").symlink_to(tmp_path / "real.npy")
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "folder.npy").mkdir()
    for name in ("link", "pipe", "folder", "nothing"):
        with pytest.raises(Nonsense):
            read_array(tmp_path / f"{name}.npy", (2,))


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000, b"PK\x03\x04" + b"x" * 99]
)
def test_damaged_files_are_nonsense(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(Nonsense):
        read_array(tmp_path / "a", (2,))
    with pytest.raises(Nonsense):
        read_arrays(tmp_path / "a", {"x": (2,)})


def test_an_array_cut_short_is_nonsense(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(5))
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])
    with pytest.raises(Nonsense, match="cut short"):
        read_array(tmp_path / "a.npy", (5,))


def test_an_archive_that_unpacks_to_more_than_was_asked_for_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\0" * 10**6)
    with pytest.raises(Nonsense, match="more than the arrays"):
        read_arrays(tmp_path / "a.npz", {"x": (2,)})
