"""The files of a cache: each under a name, with a code over name and content that only the user's own key makes.

The folder may be damaged, full, read-only, or written by somebody else: nothing of it ends an audit, and what does not
fit its code is removed and never used.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from assay.processes import host, is_running

MAGIC = b"assay cache 1\n"
CODE_BYTES = 32
PIECE = 1 << 20
MOST_ENTRIES = 20_000
A_DAY = 86_400
FOLDER = "evidence"
"""Below the folder that the user names. Nothing outside of it is ever written, and in it only what has our names."""
_ENTRY = re.compile(r"[0-9a-f]{64}\.entry")
_PART = re.compile(r"[0-9a-f]{64}\.(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-[0-9a-f]{8}\.part")
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class NotKept(Exception):
    """There is no such entry, or none that can be believed; whatever was read of it does not count."""


class Refused(Exception):
    """A folder or key that others could write. The message says why."""


def key_file() -> Path:
    """`$XDG_STATE_HOME/assay/cache.key`, else `~/.local/state/assay/cache.key`. RuntimeError where there is no home."""
    named = os.environ.get("XDG_STATE_HOME", "")
    state = Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "state"
    return state / "assay" / "cache.key"


def open_entries(folder: Path, size: int, note: Callable[[str], None]) -> Entries | None:
    """The entries below `folder`, which may take `size` bytes; None, with a note, where they cannot be kept safely."""
    if os.name != "posix":
        note("the cache is off: this system has no owners of files that could be checked")
        return None
    try:
        key = _key(key_file(), folder)
        os.close(_private(folder))
        return Entries(_private(folder / FOLDER), folder / FOLDER, key, size, note)
    except (OSError, RuntimeError, ValueError, Refused) as why:
        note(f"the cache is off: {why}")
        return None


def _private(folder: Path) -> int:
    """The folder, made where it is not there. Refused where it is a link or others may write into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise Refused(f"{folder} is a symbolic link")
    opened = os.open(folder, _READ | os.O_DIRECTORY)
    try:
        _require_ours(os.fstat(opened), str(folder), stat.S_IWGRP | stat.S_IWOTH)
    except Refused:
        os.close(opened)
        raise
    return opened


def _require_ours(found: os.stat_result, name: str, forbidden: int) -> None:
    if found.st_uid != os.geteuid():
        raise Refused(f"{name} belongs to somebody else")
    if found.st_mode & forbidden:
        raise Refused(f"{name} is open to others: chmod go-rwx")


def _key(file: Path, cache: Path) -> bytes:
    """The key, made at first use; of two audits that make it at once, one wins. Refused where it lies in the cache."""
    if file.resolve().is_relative_to(cache.resolve()):
        raise Refused(f"its key {file} would lie in the cache itself")
    os.close(_private(file.parent))
    if not file.exists():
        part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(part, _WRITE, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as new:
                new.write(secrets.token_bytes(CODE_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(part, file)
        finally:
            part.unlink()
    with os.fdopen(os.open(file, _READ), "rb") as kept:
        found = os.fstat(kept.fileno())
        _require_ours(found, str(file), stat.S_IRWXG | stat.S_IRWXO)
        key = kept.read(CODE_BYTES + 1)
    if not stat.S_ISREG(found.st_mode) or len(key) != CODE_BYTES:
        raise Refused(f"{file} is no key of {CODE_BYTES} bytes: remove it")
    return key


class Entries:
    """Entries of a folder that is open. What is written is kept when `keep` is called, and not before."""

    def __init__(self, opened: int, folder: Path, key: bytes, size: int, note: Callable[[str], None]) -> None:
        self._opened, self._folder, self._key, self._size, self._note = opened, folder, key, size, note
        self._parts: dict[str, str] = {}
        """Name of the entry → name of what was written for it."""
        self._full = False

    def has(self, name: str) -> bool:
        """Whether there seems to be such an entry."""
        try:
            os.stat(_file(name), dir_fd=self._opened, follow_symlinks=False)
        except OSError:
            return False
        return True

    def read(self, name: str) -> bytes:
        """The content of an entry, or NotKept."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str, piece: int = PIECE) -> Iterator[bytes]:
        """The content in pieces. NotKept at the end where the code does not fit: what was given does not count."""
        try:
            opened = os.open(_file(name), _READ, dir_fd=self._opened)
        except FileNotFoundError:
            raise NotKept from None
        except OSError as error:
            raise self.reject(name, error.strerror or str(error)) from error
        found = os.fstat(opened)
        left = found.st_size - len(MAGIC) - CODE_BYTES
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or left < 0:
            os.close(opened)
            raise self.reject(name, "it is no entry")
        with os.fdopen(opened, "rb") as file:
            code = self._code(name)
            try:
                code.update(file.read(len(MAGIC)))
                while left > 0 and (content := file.read(min(piece, left))):
                    left -= len(content)
                    code.update(content)
                    yield content
                rest = file.read(CODE_BYTES + 1)
            except OSError as error:
                raise self.reject(name, error.strerror or str(error)) from error
            if left or not hmac.compare_digest(code.digest(), rest):
                raise self.reject(name, "it is damaged, or this user did not make it")
            with contextlib.suppress(OSError):
                os.utime(opened)

    def reject(self, name: str, why: str) -> NotKept:
        """Remove an entry that cannot be believed and say so."""
        with contextlib.suppress(OSError):
            os.unlink(_file(name), dir_fd=self._opened)
        self._note(f"the cache's entry {self._folder / _file(name)} was removed and measured again: {why}")
        return NotKept(why)

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """What writes the content, piece by piece. What cannot be written or is too large is let go."""
        part = f"{name}.{host()}-{os.getpid()}-{secrets.token_hex(4)}.part"
        try:
            descriptor = None if self._full else os.open(part, _WRITE, 0o600, dir_fd=self._opened)
        except OSError as error:
            self._cannot_write(error)
            descriptor = None
        if descriptor is None:
            yield _let_go
            return
        code, room, well = self._code(name), self._size - CODE_BYTES, True

        def write(content: bytes) -> None:
            nonlocal room, well
            room -= len(content)
            well = well and room >= 0
            if well:
                code.update(content)
                try:
                    while content:
                        content = content[os.write(descriptor, content) :]
                except OSError as error:
                    well = False
                    self._cannot_write(error)

        try:
            write(MAGIC)
            yield write
            room += CODE_BYTES
            write(code.digest())
        except BaseException:
            well = False
            raise
        finally:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            if well:
                self._drop(self._parts.pop(name, None))
                self._parts[name] = part
            else:
                self._drop(part)

    @property
    def written(self) -> bool:
        """Whether something waits to be kept."""
        return bool(self._parts)

    def keep(self) -> None:
        """Keep what was written; what was used least recently goes where there is no room."""
        try:
            for name, part in self._parts.items():
                size = os.stat(part, dir_fd=self._opened, follow_symlinks=False)
                self._make_room(size.st_size, size.st_mtime, besides=_file(name))
                os.rename(part, _file(name), src_dir_fd=self._opened, dst_dir_fd=self._opened)
        except OSError as error:
            self._cannot_write(error)
        self._parts = {}

    def close(self) -> None:
        """Forget what was written and not kept."""
        for part in self._parts.values():
            self._drop(part)
        os.close(self._opened)

    def _make_room(self, size: int, now: float, *, besides: str) -> None:
        found = []
        with os.scandir(self._opened) as listed:
            for entry in listed:
                with contextlib.suppress(FileNotFoundError):
                    if _ENTRY.fullmatch(entry.name) and entry.name != besides:
                        about = entry.stat(follow_symlinks=False)
                        found.append((about.st_mtime_ns, entry.name, about.st_size))
                    elif part := _PART.fullmatch(entry.name):
                        here = part["host"] == host()
                        age = now - entry.stat(follow_symlinks=False).st_mtime
                        if not is_running(int(part["pid"])) if here else age > A_DAY:
                            self._drop(entry.name)
        total = size + sum(each for _, _, each in found)
        for left, (_, oldest, each) in enumerate(sorted(found)):
            if total <= self._size and len(found) - left < MOST_ENTRIES:
                break
            self._drop(oldest)
            total -= each

    def _code(self, name: str) -> hmac.HMAC:
        return hmac.new(self._key, name.encode() + b"\n", "sha256")

    def _drop(self, file: str | None) -> None:
        if file is not None:
            with contextlib.suppress(OSError):
                os.unlink(file, dir_fd=self._opened)

    def _cannot_write(self, error: OSError) -> None:
        if not self._full:
            self._note(f"nothing is kept in the cache {self._folder}: {error.strerror or error}")
        self._full = True


def _file(name: str) -> str:
    return f"{name}.entry"


def _let_go(content: bytes) -> None:
    """Keep nothing."""
