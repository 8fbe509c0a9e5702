"""What a git checkout says of a folder: commit, remote, whether tracked files differ. Read by hand.

No git is run: the configuration of a hostile repository can name programs that git would start. What cannot be told
from the files alone is None, never a guess.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

SMALL, LARGE = 1 << 20, 256 << 20
"""Bytes that are read of a text file of git, and of an index or a tracked file."""
MOST_FILES, MOST_BYTES = 100_000, 1 << 30
"""Tracked files that are looked at, and bytes of them that are hashed."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[\x21-\x7e]{1,240}")


@dataclass(frozen=True)
class Checkout:
    """The checkout that holds a folder."""

    commit: str
    repo: str | None
    """Address of the remote `origin`, without user and password; None for none and for a path of this machine."""
    dirty: bool | None
    """Whether tracked files differ from the commit; None where that cannot be told."""


def find_checkout(folder: Path) -> Checkout | None:
    """The checkout around `folder`, or None: no checkout, or one without a commit."""
    for root in (folder.resolve(), *folder.resolve().parents):
        git = _git_folder(root)
        if git is not None:
            common = _common(git)
            commit = _commit(git, common)
            return None if commit is None else Checkout(commit, _remote(common), _is_dirty(root, git, common, commit))
    return None


def _git_folder(root: Path) -> Path | None:
    """`.git` itself, or the folder that the file `.git` of a worktree names."""
    git = root / ".git"
    if git.is_dir():
        return git
    said = _text(git)
    if said is None or not said.startswith("gitdir:"):
        return None
    named = root / said.removeprefix("gitdir:").strip()
    return named if (named / "HEAD").is_file() else None


def _common(git: Path) -> Path:
    """Where refs, objects and configuration lie: elsewhere for a worktree."""
    said = _text(git / "commondir")
    return git if said is None else git / said.strip()


def _text(path: Path) -> str | None:
    """A small regular file, or None."""
    data = _bytes(path, SMALL)
    return None if data is None else data.decode("utf-8", "replace")


def _bytes(path: Path, most: int) -> bytes | None:
    try:
        if not path.is_file() or path.stat().st_size > most:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _commit(git: Path, common: Path) -> str | None:
    """HEAD, followed through at most five names."""
    said = (_text(git / "HEAD") or "").strip()
    for _ in range(5):
        if _COMMIT.fullmatch(said):
            return said
        ref = said.removeprefix("ref:").strip()
        if not said.startswith("ref:") or not _REF.fullmatch(ref) or ".." in ref:
            return None
        own = _text(git / ref) if git != common else None
        said = (own or _text(common / ref) or _packed_ref(common, ref)).strip()
    return None


def _packed_ref(common: Path, ref: str) -> str:
    for line in (_text(common / "packed-refs") or "").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return ""


_SECTION = re.compile(r'\[\s*remote\s+"origin"\s*\]', re.IGNORECASE)
_URL = re.compile(r'\s*url\s*=\s*"?([^"#;]*)', re.IGNORECASE)


def _remote(common: Path) -> str | None:
    inside = False
    for line in (_text(common / "config") or "").splitlines():
        if line.lstrip().startswith("["):
            inside = _SECTION.match(line.strip()) is not None
        elif inside and (url := _URL.match(line)):
            return without_credentials(url.group(1).strip())
    return None


def without_credentials(address: str) -> str | None:
    """The address of a remote without user, password and query; None where it is a path of this machine."""
    if "://" in address:
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return None
        if parts.scheme == "file" or not host:
            return None
        return urlunsplit((parts.scheme, host + port, parts.path, "", ""))
    host, colon, path = address.rpartition("@")[2].partition(":")
    if not colon or not path or "/" in host or len(host) < 2:
        return None  # a path, or a drive of Windows
    return f"{host}:{path}"


def _is_dirty(root: Path, git: Path, common: Path, commit: str) -> bool | None:
    """Index against commit by their trees, then files against index; only files that git tracks count."""
    index = _bytes(git / "index", LARGE)
    if index is None or len(commit) != 40:
        return None
    try:
        entries, staged = _read_index(index)
    except (struct.error, ValueError, IndexError):
        return None
    if entries is None:
        return None
    looks = [_differs_outside(root, entry) for entry in entries]
    committed = _tree_of(common / "objects", commit)
    if True in looks or (staged is not None and committed is not None and staged != committed):
        return True
    touched = [entry for entry, look in zip(entries, looks, strict=True) if look is None]
    if sum(entry.size for entry in touched) > MOST_BYTES:
        return None
    if any(_differs_inside(root, entry) for entry in touched):
        return True
    return None if staged is None or committed is None else False


@dataclass(frozen=True)
class _Entry:
    """A tracked file, as the index has it."""

    path: str
    mode: int
    size: int
    modified: tuple[int, int]
    blob: bytes


_SKIPPED = 0x4000  # skip-worktree, of a sparse checkout


def _read_index(data: bytes) -> tuple[list[_Entry] | None, str | None]:
    """Tracked files, and the tree that they make; None for files of a format that is not read, or for no such tree."""
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3) or count > MOST_FILES:
        return None, None
    at, entries = 12, []
    for _ in range(count):
        _, _, seconds, nanoseconds, _, _, mode, _, _, size, blob, flags = struct.unpack_from(">10I20sH", data, at)
        extended = struct.unpack_from(">H", data, at + 62)[0] if flags & 0x4000 else 0
        begin = at + (64 if flags & 0x4000 else 62)
        end = data.index(b"\0", begin)
        if not extended & _SKIPPED:
            path = os.fsdecode(data[begin:end])
            entries.append(_Entry(path, mode, size, (seconds, nanoseconds), blob))
        at += (end - at + 8) // 8 * 8
    return entries, _cached_tree(data, at)


def _cached_tree(data: bytes, at: int) -> str | None:
    """The root of the extension TREE: the tree that a commit of the index would have."""
    while at + 8 <= len(data) - 20:
        name, size = struct.unpack_from(">4sI", data, at)
        if name == b"TREE":
            root = data[at + 8 : at + 8 + size].removeprefix(b"\0")
            counts, _, rest = root.partition(b"\n")
            return rest[:20].hex() if not counts.startswith(b"-") and len(rest) >= 20 else None
        at += 8 + size
    return None


def _differs_outside(root: Path, entry: _Entry) -> bool | None:
    """Whether the file is another by its kind, size and mode; None where only its content tells."""
    kind = stat.S_IFMT(entry.mode)
    if kind not in (stat.S_IFREG, stat.S_IFLNK):
        return False  # a submodule is a checkout of its own
    parts = Path(entry.path).parts
    if not parts or ".." in parts or Path(entry.path).is_absolute():
        return True
    try:
        found = (root / entry.path).lstat()
    except (OSError, ValueError):
        return True
    if stat.S_IFMT(found.st_mode) != kind or found.st_size & 0xFFFFFFFF != entry.size:
        return True
    if os.name == "posix" and kind == stat.S_IFREG and bool(found.st_mode & 0o100) is not bool(entry.mode & 0o100):
        return True
    seconds, nanoseconds = divmod(found.st_mtime_ns, 1_000_000_000)
    untouched = bool(nanoseconds) and (seconds & 0xFFFFFFFF, nanoseconds) == entry.modified
    return False if untouched else None


def _differs_inside(root: Path, entry: _Entry) -> bool:
    """Whether the content is another; one that cannot be read is."""
    path = root / entry.path
    try:
        content = os.fsencode(os.readlink(path)) if stat.S_ISLNK(entry.mode) else _bytes(path, LARGE)
    except (OSError, ValueError):
        return True
    return content is None or _blob(content) != entry.blob


def _blob(content: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).digest()


def _tree_of(objects: Path, commit: str) -> str | None:
    """The tree of a commit: from its own file, or from a pack where it is stored whole."""
    loose = _bytes(objects / commit[:2] / commit[2:], SMALL)
    try:
        content = _inflated(loose).partition(b"\0")[2] if loose is not None else _packed_commit(objects, commit)
    except (zlib.error, OSError, struct.error, ValueError, LookupError, StopIteration):
        return None
    found = re.match(rb"tree ([0-9a-f]{40})\n", content or b"")
    return found.group(1).decode() if found else None


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, SMALL)


def _packed_commit(objects: Path, commit: str) -> bytes | None:
    for index in sorted((objects / "pack").glob("*.idx")):
        packed = index.with_suffix(".pack")
        if not index.is_file() or not packed.is_file():
            continue
        with index.open("rb") as file:
            offset = _offset(file, bytes.fromhex(commit))
        if offset is None:
            continue
        with packed.open("rb") as pack:
            pack.seek(offset)
            data = pack.read(SMALL)
        if data[0] >> 4 & 7 != 1:
            return None  # not stored whole
        begin = next(place for place, byte in enumerate(data[:12]) if not byte & 0x80) + 1
        return _inflated(data[begin:])
    return None


def _offset(file: IO[bytes], wanted: bytes) -> int | None:
    """Where the object stands in the pack, by its index of version 2."""
    if file.read(8) != b"\xfftOc\0\0\0\2":
        return None
    fanout = struct.unpack(">256I", file.read(1024))
    low, high, total = fanout[wanted[0] - 1] if wanted[0] else 0, fanout[wanted[0]], fanout[255]
    if not low <= high <= total or 20 * (high - low) > LARGE:
        return None
    file.seek(8 + 1024 + 20 * low)
    names = file.read(20 * (high - low))
    place = next((at for at in range(0, len(names), 20) if names[at : at + 20] == wanted), None)
    if place is None:
        return None
    file.seek(8 + 1024 + 24 * total + 4 * (low + place // 20))
    (offset,) = struct.unpack(">I", file.read(4))
    if offset & 0x80000000:
        file.seek(8 + 1024 + 28 * total + 8 * (offset & 0x7FFFFFFF))
        (offset,) = struct.unpack(">Q", file.read(8))
    return int(offset)
