"""The one form of zip that an archive has: headers and directory follow from the name, size and CRC of each file.

Written and read with `struct` instead of `zipfile`, so that the bytes are the same under every version of Python, and
so that reading can compare each header with the one that writing would have made.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from assay.attest import layout
from assay.attest.folder import MOST_FILES, printable

LARGEST_ARCHIVE = 0xFFFF_FFFE
"""Bytes. What is larger needs zip64, a second way to say every size, in which archives have hidden things."""

_VERSION = 20
_UNIX = 3 << 8
_NEW_YEAR_1980 = 33
_PLAIN_FILE = (stat.S_IFREG | 0o644) << 16

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_FARTHEST_END = 65_535 + _END.size
_LONGEST_NAME = 500


class Damaged(ValueError):
    """A file that is no archive of a bundle; the text says why."""


@dataclass(frozen=True)
class Entry:
    """One file of an archive."""

    name: str
    size: int
    crc: int

    @property
    def room(self) -> int:
        """Bytes that it takes, header and all, before the directory."""
        return _LOCAL.size + len(self.name) + self.size


def render_header(entry: Entry) -> bytes:
    """Write what stands before the bytes of a file."""
    fields = (_VERSION, 0, 0, 0, _NEW_YEAR_1980, entry.crc, entry.size, entry.size, len(entry.name), 0)
    return _LOCAL.pack(_LOCAL_MARK, *fields) + entry.name.encode("ascii")


def render_directory(entries: Sequence[Entry]) -> bytes:
    """Write what stands behind all files: one record each, and the end."""
    records, offset = [], 0
    for one in entries:
        fields = (_UNIX | _VERSION, _VERSION, 0, 0, 0, _NEW_YEAR_1980, one.crc, one.size, one.size)
        rest = (len(one.name), 0, 0, 0, 0, _PLAIN_FILE, offset)
        records.append(_CENTRAL.pack(_CENTRAL_MARK, *fields, *rest) + one.name.encode("ascii"))
        offset += one.room
    directory = b"".join(records)
    return directory + _END.pack(_END_MARK, 0, 0, len(entries), len(entries), len(directory), offset, 0)


def in_order(names: Sequence[str]) -> list[str]:
    """The order of the files: `mimetype` first, as the container format demands, then by name."""
    return sorted(names, key=lambda name: (name != layout.MIMETYPE, name))


def read_directory(file: BinaryIO) -> list[Entry]:
    """Read which files an archive holds, in the order in which they stand. Raises Damaged for any other form."""
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST_ARCHIVE:
        raise Damaged(f"it is larger than {LARGEST_ARCHIVE} bytes")
    count, length, start = _end(file, size)
    file.seek(start)
    directory = file.read(length)
    entries = list(_records(directory, count))
    _refuse_names([entry.name for entry in entries])
    if render_directory(entries) != directory + _tail(file):
        raise Damaged("an entry has a date, an attribute or a version which `assay archive pack` does not write")
    return entries


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Read the last record: how many files, how long the directory is and where it begins."""
    file.seek(0)
    if file.read(4) != _LOCAL_MARK:
        raise Damaged("it does not begin as an archive does: it is no zip, or something was put before it")
    file.seek(max(0, size - _FARTHEST_END))
    last = file.read()
    if not last[-_END.size :].startswith(_END_MARK):
        if _END_MARK in last:
            raise Damaged("it holds more behind its end: a comment, or something that was appended")
        raise Damaged("it has no end: it was cut short")
    _, disk, other, here, count, length, start, comment = _END.unpack(last[-_END.size :])
    if count == 0xFFFF or length == 0xFFFF_FFFF or start == 0xFFFF_FFFF:
        raise Damaged("it is a zip64 archive, which `assay archive pack` does not write")
    if disk or other or here != count or comment:
        raise Damaged("its end contradicts itself")
    if count > MOST_FILES:
        raise Damaged(f"it holds more than {MOST_FILES} files")
    if start + length + _END.size != size or length > count * (_CENTRAL.size + _LONGEST_NAME):
        raise Damaged("its directory is not where its end says, or something stands between the two")
    return count, length, start


def _tail(file: BinaryIO) -> bytes:
    file.seek(-_END.size, os.SEEK_END)
    return file.read(_END.size)


def _records(directory: bytes, count: int) -> Iterator[Entry]:
    place = expected = 0
    for number in range(1, count + 1):
        record = directory[place : place + _CENTRAL.size]
        if len(record) < _CENTRAL.size or record[:4] != _CENTRAL_MARK:
            raise Damaged(f"its directory ends before entry {number} of {count}")
        (_, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, _, _, attributes, offset) = (
            _CENTRAL.unpack(record)
        )
        place += _CENTRAL.size
        name = _name(directory[place : place + named], named)
        if flags & 1:
            raise Damaged(f"{name} is encrypted")
        if method != 0 or packed != size:
            raise Damaged(f"{name} is compressed, as a bomb would be; every file of an archive is stored as it is")
        if stat.S_ISLNK(attributes >> 16):
            raise Damaged(f"{name} is a symbolic link; a bundle holds plain files only")
        if flags or extra or comment:
            raise Damaged(f"{name} carries a flag, an extra field or a comment, in which things can be hidden")
        if offset != expected:
            raise Damaged(f"{name} does not begin where the file before it ends: they overlap, or leave a gap")
        place += named
        entry = Entry(name, size, crc)
        expected += entry.room
        yield entry
    if place != len(directory):
        raise Damaged("its directory holds more than its entries")


def _name(raw: bytes, length: int) -> str:
    shown = printable(raw.decode("utf-8", "replace"))
    if len(raw) != length:
        raise Damaged("its directory is cut short within a name")
    if not raw.isascii():
        raise Damaged(f"{shown} holds letters beyond ASCII, which systems spell in different ways")
    name = raw.decode("ascii")
    if name.startswith("/") or name[1:2] == ":":
        raise Damaged(f"{shown} is an absolute path")
    if ".." in name.replace("\\", "/").split("/"):
        raise Damaged(f"{shown} leads out of the folder")
    if name.endswith("/"):
        raise Damaged(f"{shown} is an entry for a folder; an archive holds files only")
    if not layout.is_safe_name(name):
        raise Damaged(f"{shown} is no name for a file of a bundle")
    return name


def _refuse_names(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise Damaged(f"{name} is there twice, or differs from another only in capitals")
        seen.add(name.lower())
    for name in names:
        parents = name.lower().split("/")[:-1]
        if any("/".join(parents[:length]) in seen for length in range(1, len(parents) + 1)):
            raise Damaged(f"{name} lies in a folder which is a file of the archive as well")
    if names[:1] != [layout.MIMETYPE]:
        raise Damaged(f"its first file is not {layout.MIMETYPE}")
    if list(names) != in_order(names):
        raise Damaged("its files are not in order of their names")
