"""A bundle as one file: an ASiC-E container (`.asice`), which is a zip in one fixed form (`container`).

Every entry is stored, so that the bytes depend on no library's idea of compression: the same bundle always gives the
same file. Nothing in the form is free, and reading an archive means comparing it with what packing its files would
write. That one rule refuses what makes zips dangerous: entries twice, hidden between others or behind each other,
names that leave the folder, sizes that lie, links, and bombs, since nothing comes out that is larger than the file.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from assay.attest import layout
from assay.attest.container import (
    LARGEST_ARCHIVE,
    Damaged,
    Entry,
    in_order,
    read_directory,
    render_directory,
    render_header,
)
from assay.attest.folder import Folder, read_folder
from assay.attest.writing import beside, put, remove_abandoned
from assay.errors import AssayError, WriteError

SUFFIX = ".asice"

_CHUNK = 1 << 20
_HINT = "to look into it all the same: unzip FILE -d FOLDER, then `assay verify FOLDER`"

_ROOM = "free some space, or set TMPDIR to a folder that has room"


def pack(folder: Path, target: Path) -> None:
    """Write the bundle in `folder` as the archive `target`: complete or not at all, and never over another file.

    Whether the bundle is intact is not asked. Raises AssayError where the folder holds what no archive can hold or
    the target exists, WriteError where the disk does not take the archive.
    """
    found = read_folder(folder)
    _refuse_unpackable(found, target)
    place = target.absolute()
    try:
        remove_abandoned(place.parent)
        with beside(place, {}) as partial:
            with (partial / place.name).open("xb") as file:
                _write(found, file)
                file.flush()
                os.fsync(file.fileno())
            put(place.parent, partial, [place.name])
    except FileExistsError:
        raise _there(target) from None
    except OSError as error:
        raise WriteError(f"the archive cannot be written: {error.strerror or error}", where=str(target)) from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Path]:
    """Give a folder to read a bundle from: the folder itself, or a private one with the files of an archive.

    The private folder is removed afterwards, whatever happens. Raises AssayError where the archive is not one that
    `pack` would write, WriteError where there is no room for its files.
    """
    if not is_archive(path):
        yield path
        return
    try:
        made = tempfile.TemporaryDirectory(prefix="assay-", ignore_cleanup_errors=True)
    except OSError as error:
        what = f"no folder can be made to unpack the archive: {error.strerror or error}"
        raise WriteError(what, where=str(path), hint=_ROOM) from error
    with made as private:
        extract(path, Path(private))
        try:
            yield Path(private)
        except AssayError as error:
            error.where = error.where.replace(private, str(path), 1)  # the reader knows of no private folder
            raise


def is_archive(path: Path) -> bool:
    """Say whether a path is to be read as an archive: a file, called .asice or one that begins as a zip does."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        if path.suffix.lower() == SUFFIX:
            return True
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError):
        return False


def unpack(path: Path, target: Path) -> None:
    """Write the files of an archive as the folder `target`: complete or not at all, and never over anything."""
    if os.path.lexists(target):
        raise _there(target)
    try:
        remove_abandoned(target.absolute().parent)
        with beside(target.absolute(), {}) as partial:
            extract(path, partial)
            if os.path.lexists(target):  # a rename would replace an empty folder without a word
                raise _there(target)
            partial.rename(target)
    except OSError as error:
        raise WriteError(f"the folder cannot be written: {error.strerror or error}", where=str(target)) from error


def extract(path: Path, folder: Path) -> None:
    """Write the files of an archive into an empty folder. Raises AssayError where it is not what `pack` would write."""
    try:
        with _open(path) as file:
            entries = read_directory(file)
            file.seek(0)
            for entry in entries:
                _extract(file, entry, folder / entry.name)
    except Damaged as error:
        raise AssayError(f"the archive is refused: {error}", where=str(path), hint=_HINT) from error
    except OSError as error:
        raise AssayError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def _extract(file: BinaryIO, entry: Entry, place: Path) -> None:
    header = render_header(entry)
    if file.read(len(header)) != header:
        raise Damaged(f"what stands before {entry.name} contradicts the archive's directory")
    crc, left = 0, entry.size
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as out:
            while left and (chunk := file.read(min(_CHUNK, left))):
                crc, left = zlib.crc32(chunk, crc), left - len(chunk)
                out.write(chunk)
    except OSError as error:
        what = f"the archive cannot be unpacked: {error.strerror or error}"
        raise WriteError(what, where=str(place.parent), hint=_ROOM) from error
    if left or crc != entry.crc:
        raise Damaged(f"the bytes of {entry.name} are not those that its checksum was made over")
    if entry.name == layout.MIMETYPE and place.read_bytes() != layout.ASIC_E.encode():
        raise Damaged(f"{layout.MIMETYPE} does not hold {layout.ASIC_E}")


def _open(path: Path) -> BinaryIO:
    file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Damaged("it is not a plain file")
    return file


def _write(found: Folder, file: BinaryIO) -> None:
    entries = [_entry(found, name) for name in in_order(list(found.digests))]
    for entry in entries:
        file.write(render_header(entry))
        crc = 0
        for chunk in _chunks(found, entry.name):
            crc = zlib.crc32(chunk, crc)
            file.write(chunk)
        if crc != entry.crc:
            raise AssayError("changed while it was being packed", where=str(found.root / entry.name))
    file.write(render_directory(entries))
    if file.tell() > LARGEST_ARCHIVE:
        raise _too_large(found.root)


def _entry(found: Folder, name: str) -> Entry:
    crc = size = 0
    for chunk in _chunks(found, name):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    if size > LARGEST_ARCHIVE:
        raise _too_large(found.root)
    return Entry(name, size, crc)


def _chunks(found: Folder, name: str) -> Iterator[bytes]:
    with (found.root / name).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _refuse_unpackable(found: Folder, target: Path) -> None:
    where = str(found.root)
    if found.problems:
        raise AssayError(str(found.problems[0]), where=where, hint="an archive holds plain files only")
    if layout.MIMETYPE not in found.digests:
        raise AssayError("an unsigned bundle is no container", where=where, hint="sign it first: `assay sign`")
    folded = [name.lower() for name in found.digests]
    if len(set(folded)) != len(folded):
        raise AssayError("names of files differ only in capitals", where=where, hint="rename one of them")
    if sum(path.stat().st_size for path in map(found.root.joinpath, found.digests)) > LARGEST_ARCHIVE:
        raise _too_large(found.root)
    if target.resolve().is_relative_to(found.root.resolve()):
        hint = "a file that nobody signed would make the bundle not intact; choose another place with --out"
        raise AssayError("the archive would lie inside the bundle", where=str(target), hint=hint)
    if os.path.lexists(target):
        raise _there(target)


def _there(target: Path) -> AssayError:
    return AssayError("there is something here already", where=str(target), hint="choose another place with --out")


def _too_large(root: Path) -> AssayError:
    return AssayError("is too large for an archive: 4 GiB is the most", where=str(root), hint="pass it on as a folder")
