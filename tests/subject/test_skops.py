import io
import zipfile

import pytest

from assay.errors import DataError
from assay.subject.adapters import skops


def archive(*sizes: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for place, size in enumerate(sizes):
            with made.open(f"{place}.npy", "w", force_zip64=True) as file:
                for _ in range(size // 1_000_000):
                    file.write(bytes(1_000_000))
    return out.getvalue()


def test_an_archive_that_unpacks_to_far_more_than_itself_is_refused_before_it_is_unpacked():
    bomb = archive(60_000_000, 60_000_000)
    assert len(bomb) < 200_000
    with pytest.raises(DataError, match="unpacks to 120,000,000 bytes, more than 200 for each of its own") as error:
        skops.load(bomb)
    assert error.value.hint


def test_a_directory_that_says_more_than_two_gigabytes_is_refused():
    data = bytearray(archive(1_000_000))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2_000_000_001).to_bytes(4, "little")  # the size, as the directory states it
    with pytest.raises(DataError, match="unpacks to 2,000,000,001 bytes; at most 2,000,000,000"):
        skops.load(bytes(data))


def test_a_small_archive_may_be_packed_well():
    with pytest.raises(DataError, match="no skops file that can be read"):  # it is none, but not for its size
        skops.load(archive(90_000_000))
