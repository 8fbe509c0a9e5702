"""What the batches of an Arrow file say of themselves, read before anything is unpacked: pyarrow unpacks all of a batch
at once, as large as it says that it is.

The layout is that of File.fbs and Message.fbs of Arrow, tables of FlatBuffers. Nothing here is believed: a reading that
leads astray is an error, or a number of nothing.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import error as struct_error
from struct import unpack_from

from assay.errors import DataError

MOST_BYTES = 1 << 30
"""Bytes that the packed columns of a batch, or the dictionaries of a file, may take unpacked."""
MOST_ROWS = 1 << 28
"""Rows of a batch: a column of nulls takes no bytes at all."""
_END = b"ARROW1"
_PACKED_OF_OLD = b"ARROW:experimental_compression"
_HINT = "Write it with more and smaller batches, such as 65,536 rows."


def require_bounded(path: Path, told: str, buffers: Sequence[int] | None) -> None:
    """DataError for a file that would take more. `buffers` are the places of those that are read, all where None."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            footer = _Footer(data)
            _require("its dictionaries", sum(size for _, size in footer.batches(data, 2)), MOST_BYTES, "bytes", told)
            for number, (rows, size) in enumerate(footer.batches(data, 3, buffers), 1):
                _require(f"its batch {number}", rows, MOST_ROWS, "rows", told)
                _require(f"its batch {number}", size, MOST_BYTES, "bytes", told)
        except (struct_error, ValueError, IndexError):
            hint = "Is the file whole, and an Arrow file (Feather, version 2)?"
            raise DataError("cannot be read: it leads astray", where=told, hint=hint) from None


def _require(part: str, size: int, most: int, unit: str, told: str) -> None:
    if not 0 <= size <= most:
        raise DataError(f"{part} would take {size:,} {unit} unpacked, more than {most:,}", where=told, hint=_HINT)


class _Table:
    """A table of FlatBuffers: fields that stand where a list before it says."""

    def __init__(self, data: mmap.mmap | bytes, at: int) -> None:
        self.data, self.at = data, at
        self._fields = at - _number(data, "<i", at)
        self._size = _number(data, "<H", self._fields)

    def place(self, field: int) -> int | None:
        """Where a field is; None where it is not set."""
        slot = 4 + 2 * field
        offset = _number(self.data, "<H", self._fields + slot) if slot + 2 <= self._size else 0
        return self.at + offset if offset else None

    def table(self, field: int) -> _Table:
        place = self.place(field)
        if place is None:
            raise ValueError
        return _Table(self.data, place + _number(self.data, "<I", place))

    def vector(self, field: int, width: int) -> Iterator[int]:
        """Where each entry is."""
        place = self.place(field)
        if place is not None:
            begin = place + _number(self.data, "<I", place)
            count = _number(self.data, "<I", begin)
            if begin + 4 + count * width > len(self.data):
                raise ValueError
            yield from range(begin + 4, begin + 4 + count * width, width)


class _Footer:
    def __init__(self, data: mmap.mmap) -> None:
        at = len(data) - len(_END) - 4
        begin = at - _number(data, "<i", at)
        if data[at + 4 :] != _END or not 0 < begin < at:
            raise ValueError
        footer = data[begin:at]
        self._table = _Table(footer, _number(footer, "<I", 0))

    def batches(self, data: mmap.mmap, field: int, wanted: Sequence[int] | None = None) -> Iterator[tuple[int, int]]:
        """Rows and unpacked bytes of each batch that a list names: 2 of dictionaries, 3 of rows."""
        for block in self._table.vector(field, 24):
            begin, length = _number(self._table.data, "<q", block), _number(self._table.data, "<i", block + 8)
            if begin < 0 or length < 8:
                raise ValueError
            message = data[begin : begin + length]
            prefix = 8 if message[:4] == b"\xff\xff\xff\xff" else 4  # the older form has no mark before its length
            message = message[prefix:]
            header = _Table(message, _number(message, "<I", 0)).table(2)
            yield _batch(header if field == 3 else header.table(1), data, begin + length, wanted, whole=field == 2)


def _batch(batch: _Table, data: mmap.mmap, body: int, wanted: Sequence[int] | None, *, whole: bool) -> tuple[int, int]:
    """Rows and bytes; what is not packed is not read into memory, and counts only where `whole` says so."""
    place = batch.place(0)
    rows = _number(batch.data, "<q", place) if place is not None else 0
    packed = batch.place(3) is not None or _PACKED_OF_OLD in batch.data[:]
    places = list(batch.vector(2, 16))
    size = 0
    for buffer in places if wanted is None else [places[each] for each in wanted]:
        begin, length = (_number(batch.data, "<q", buffer + part) for part in (0, 8))
        if packed and length > 0:
            unpacked = _number(data, "<q", body + begin)
            if unpacked < -1:
                raise ValueError
            size += length if unpacked == -1 else unpacked
        elif whole:
            size += length
    return rows, size


def _number(data: mmap.mmap | bytes, form: str, at: int) -> int:
    if at < 0:
        raise ValueError
    number: int = unpack_from(form, data, at)[0]
    return number
