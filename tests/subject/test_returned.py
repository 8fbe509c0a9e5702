"""What a model may have written instead of the arrays that were asked for."""

import contextlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.subject.returned import Nonsense, read_array


def test_an_array_comes_back_as_it_was_written(tmp_path):
    for array in (np.array([1.0, np.nan, -np.inf]), np.arange(6.0).reshape(2, 3), np.asfortranarray(np.eye(3))):
        np.save(tmp_path / "a.npy", array)
        np.testing.assert_array_equal(read_array(tmp_path / "a.npy", array.shape), array)


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


def test_an_array_cut_short_is_nonsense(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(5))
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])
    with pytest.raises(Nonsense, match="cut short"):
        read_array(tmp_path / "a.npy", (5,))


def written(header: bytes, numbers: bytes = bytes(16)) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + numbers


@pytest.mark.parametrize("header", [
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"-" * 5000 + b"2,), }\n",  # too deep for Python's parser
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"9" * 90 + b",), }\n",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': " + b"[" * 5000 + b"}\n",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'shape': (2,), }\n",
    b"{'descr': '<f8', 'fortran_order': 0, 'shape': (2,), }\n",
    b"{'descr': ('<f8', (2,)), 'fortran_order': False, 'shape': (2,), }\n",
    b"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n",
    b"\xff\xfe\0",
    b"",
])  # fmt: skip
def test_only_the_header_that_numpy_writes_is_taken(tmp_path, header):
    plain = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n"
    (tmp_path / "a").write_bytes(written(plain))
    assert read_array(tmp_path / "a", (2,)).tolist() == [0.0, 0.0]
    (tmp_path / "a").write_bytes(written(header))
    with pytest.raises(Nonsense):
        read_array(tmp_path / "a", (2,))


@given(place=st.integers(0, 127), byte=st.integers(0, 255), cut=st.integers(0, 200))
def test_whatever_is_changed_in_a_file_it_is_an_array_of_that_shape_or_nonsense(tmp_path_factory, place, byte, cut):
    path = tmp_path_factory.getbasetemp() / "changed.npy"
    np.save(path, np.ones((3, 2)))
    content = bytearray(path.read_bytes())
    content[place] = byte
    path.write_bytes(content[: len(content) - cut])
    with contextlib.suppress(Nonsense):
        assert read_array(path, (3, 2)).shape == (3, 2)
