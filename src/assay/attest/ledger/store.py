"""The ledger: entries are added and never changed; each state of it has a root, each entry a proof."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from assay.attest.ledger import merkle
from assay.attest.ledger.checkpoint import LARGEST_SIZE, Checkpoint, read_checkpoint, sign_checkpoint
from assay.attest.ledger.database import VERSION, Database, Run, damaged, not_a_ledger
from assay.attest.ledger.notes import LARGEST_NOTE, BrokenNote, LedgerKey, is_key_name
from assay.errors import AssayError, SignatureError
from assay.record.ledger import LARGEST_ENTRY, Entry

_HASHES = 64 * merkle.HASH
_PAGE = 500
_AT_ONCE = 200
"""Rows of one INSERT: SQLite of old takes 999 parameters."""


@dataclass(frozen=True)
class Row:
    """One row of the entries as it lies in the database: not believed yet."""

    position: object
    hashes: object
    entry: object


def open_ledger(address: str | Path, *, create: bool = False, origin: str | None = None) -> Ledger:
    """Open the ledger at a path (SQLite) or at `postgresql://user@host:port/database`; with `create`, make it first.

    A new ledger needs an `origin`: its name for ever, e.g. `example.com/model-risk`. Raises AssayError where there is
    no ledger (or, with `create`, where there is something already), WriteError where it cannot be written.
    """
    if create:
        _refuse_origin(origin or "")
    text = str(address)
    if text.startswith(("postgresql://", "postgres://")):
        from assay.attest.ledger.postgresql import Postgresql

        return Ledger(Postgresql(text, create=origin if create else None))
    if "://" in text or text.startswith("file:"):
        raise AssayError(
            "is no address of a ledger", where=text[:200], hint="Give a path, or postgresql://user@host:port/database."
        )
    from assay.attest.ledger import sqlite

    if create:
        sqlite.create(Path(text), origin or "")
    return Ledger(sqlite.Sqlite(Path(text)))


def _refuse_origin(origin: str) -> None:
    if not is_key_name(origin) or "://" in origin or not origin.isprintable():
        raise AssayError(
            f"{origin[:80]!r} cannot be the name of a ledger",
            hint="Write a name that nobody else has, like a web address without https://: example.com/model-risk",
        )


def _origin(found: list[tuple[object, ...]], address: str) -> str:
    """The name of a ledger, where its tables are ones that are known here."""
    version, origin = found[0] if len(found) == 1 else (None, None)
    if not isinstance(version, int) or not isinstance(origin, str) or not is_key_name(origin):
        raise not_a_ledger(address, "it does not say its name")
    if version > VERSION:
        raise AssayError(
            f"this ledger was made by a newer assay (format {version}, known here: {VERSION})", where=address
        )
    if version < VERSION:
        raise not_a_ledger(address, "its format is not valid")
    return origin


class Ledger:
    """An open ledger. Several processes may hold it open at once; those that append wait for each other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        try:
            with database.reading() as run:
                found = run("SELECT version, origin FROM ledger")
            self.origin = _origin(found, database.address)
        except AssayError:
            database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where it lies, for messages."""
        return self._database.address

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def append(self, entries: Sequence[Entry]) -> range:
        """Add entries, all or none; gives their indices. Once this returns, they survive a loss of power."""
        leaves = [_leaf(entry) for entry in entries]
        if not leaves:
            return range(0)
        with self._database.writing() as run:
            first = self._size(run)
            tree = merkle.Frontier(first, self._nodes(run, merkle.nodes((0, first))))
            rows = [(b"".join(tree.add(merkle.leaf_hash(leaf))), leaf) for leaf in leaves]
            for begin in range(0, len(rows), _AT_ONCE):
                _insert(run, first + begin, rows[begin : begin + _AT_ONCE])
        return range(first, first + len(leaves))

    def size(self) -> int:
        """Number of entries."""
        with self._database.reading() as run:
            return self._size(run)

    def leaf(self, index: int) -> bytes:
        """The bytes of an entry, which its hash is over."""
        with self._database.reading() as run:
            found = run(
                "SELECT substr(entry, 1, :most) FROM entries WHERE position = :position",
                most=LARGEST_ENTRY + 1,
                position=min(index, LARGEST_SIZE),
            )
        if not found:
            raise AssayError(f"the ledger has no entry {index}", where=self.address)
        return self._bytes(found[0][0], LARGEST_ENTRY, f"entry {index} is no entry")

    def entry(self, index: int) -> Entry:
        """An entry."""
        return self._parsed(index, self.leaf(index))

    def entries(self, begin: int = 0) -> Iterator[tuple[int, Entry]]:
        """The entries from an index on, each with its index, the oldest first."""
        for row in self.rows(begin):
            index = self._number(row.position)
            yield index, self._parsed(index, self._bytes(row.entry, LARGEST_ENTRY, f"entry {index} is no entry"))

    def find(self, digest: str) -> tuple[int, ...]:
        """The indices of the entries about something with this digest, the oldest first."""
        return tuple(index for index, entry in self.entries() if entry.digest == digest)

    def root(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        with self._database.reading() as run:
            return merkle.fold(self._nodes(run, merkle.nodes((0, size))))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that an entry is among the first `size` (RFC 6962, 2.1.1)."""
        return self._roots(merkle.inclusion(index, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` entries begin with the first `old` (RFC 6962, 2.1.2)."""
        return self._roots(merkle.consistency(old, new))

    def checkpoint(self, key: LedgerKey) -> bytes:
        """Sign what the ledger holds now, and keep the signed note in it.

        Raises AssayError where its last checkpoint says otherwise: a log never signs two stories.
        """
        if key.name != self.origin:
            raise SignatureError(f"the key is one for {key.name}, and this ledger is {self.origin}", where=self.address)
        with self._database.writing() as run:
            size = self._size(run)
            root = merkle.fold(self._nodes(run, merkle.nodes((0, size))))
            note = sign_checkpoint(self.origin, size, root, key)
            last = self._last(run)
            if last is not None:
                self._refuse_another_story(run, last, size)
            if last is None or last.size < size:
                run("INSERT INTO checkpoints (size, note) VALUES (:size, :note)", size=size, note=note)
        return note

    def last_checkpoint(self) -> bytes | None:
        """The newest checkpoint that the ledger keeps, None where none was ever made."""
        with self._database.reading() as run:
            last = self._last(run)
        return None if last is None else last.note

    def rows(self, begin: int = 0) -> Iterator[Row]:
        """The rows of the entries as they lie there, in their order, for those who check them."""
        while True:
            with self._database.reading() as run:
                page = run(
                    "SELECT position, substr(hashes, 1, :hashes), substr(entry, 1, :entry) "
                    "FROM entries WHERE position >= :begin ORDER BY position LIMIT :page",
                    hashes=_HASHES + 1,
                    entry=LARGEST_ENTRY + 1,
                    begin=begin,
                    page=_PAGE,
                )
            yield from (Row(*row) for row in page)
            if len(page) < _PAGE:
                return
            last = self._number(page[-1][0])
            if last < begin:
                raise damaged(self.address, "its entries have no order")
            begin = last + 1

    def kept(self) -> list[tuple[object, object]]:
        """The checkpoints kept in the ledger as they lie there, the newest first and at most 1 000."""
        with self._database.reading() as run:
            return [(size, note) for size, note in run(_CHECKPOINTS, most=LARGEST_NOTE + 1, rows=1000)]

    def _refuse_another_story(self, run: Run, last: Checkpoint, size: int) -> None:
        if last.size > size or last.origin != self.origin:
            raise damaged(self.address, f"its last checkpoint is over {last.size} entries, and it holds {size}")
        if merkle.fold(self._nodes(run, merkle.nodes((0, last.size)))) != last.root:
            raise damaged(self.address, f"its first {last.size} entries are not those that it signed")

    def _last(self, run: Run) -> Checkpoint | None:
        found = run(_CHECKPOINTS, most=LARGEST_NOTE + 1, rows=1)
        if not found:
            return None
        try:
            return read_checkpoint(self._bytes(found[0][1], LARGEST_NOTE, "its last checkpoint is none"), ())
        except BrokenNote as error:
            raise damaged(self.address, f"its last checkpoint: {error.what}") from None

    def _roots(self, spans: list[merkle.Span]) -> list[bytes]:
        wanted = [merkle.nodes(span) for span in spans]
        with self._database.reading() as run:
            hashes = iter(self._nodes(run, [node for nodes in wanted for node in nodes]))
        return [merkle.fold([next(hashes) for _ in nodes]) for nodes in wanted]

    def _nodes(self, run: Run, nodes: list[merkle.Node]) -> list[bytes]:
        """Hashes of complete subtrees: each lies with the entry that completed it."""
        if not nodes:
            return []
        places = [((index + 1 << level) - 1, level * merkle.HASH) for level, index in nodes]
        parameters = {f"p{number}": place for number, place in enumerate({place for place, _ in places})}
        names = ", ".join(f":{name}" for name in parameters)
        found = run(
            f"SELECT position, substr(hashes, 1, :most) FROM entries WHERE position IN ({names})",  # noqa: S608  ours
            most=_HASHES + 1,
            **parameters,
        )
        rows = {place: self._bytes(hashes, _HASHES, f"the hashes of entry {place} are none") for place, hashes in found}
        hashes = [rows.get(place, b"")[offset : offset + merkle.HASH] for place, offset in places]
        for (place, _), one in zip(places, hashes, strict=True):
            if len(one) != merkle.HASH:
                raise damaged(self.address, f"entry {place} or a hash of it is missing")
        return hashes

    def _size(self, run: Run) -> int:
        (last,) = run("SELECT max(position) FROM entries")[0]
        return 0 if last is None else self._number(last) + 1

    def _number(self, value: Any) -> int:
        if type(value) is not int or not 0 <= value < LARGEST_SIZE:
            raise damaged(self.address, "an entry has no valid number")
        return value

    def _bytes(self, value: object, largest: int, what: str) -> bytes:
        if not isinstance(value, bytes) or len(value) > largest:
            raise damaged(self.address, what)
        return value

    def _parsed(self, index: int, leaf: bytes) -> Entry:
        try:
            return Entry.model_validate_json(leaf, strict=True)
        except (ValidationError, ValueError):
            raise damaged(self.address, f"entry {index} is no entry") from None


_CHECKPOINTS = "SELECT size, substr(note, 1, :most) FROM checkpoints ORDER BY size DESC LIMIT :rows"


def leaf_of(entry: Entry) -> bytes:
    """The canonical JSON (RFC 8785) of an entry.

    An entry has no floats and only ASCII keys. For such data Python's own encoder writes the same bytes as `canonical`,
    in a fifth of the time, which a ledger of a hundred thousand entries feels.
    """
    data = entry.model_dump(mode="json")
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _leaf(entry: Entry) -> bytes:
    leaf = leaf_of(entry)
    if len(leaf) > LARGEST_ENTRY:
        raise AssayError(f"an entry of {len(leaf)} bytes is too large; {LARGEST_ENTRY} fit", where=entry.name)
    return leaf


def _insert(run: Run, first: int, rows: Sequence[tuple[bytes, bytes]]) -> None:
    parameters: dict[str, int | str | bytes] = {}
    for number, (hashes, leaf) in enumerate(rows):
        parameters |= {f"p{number}": first + number, f"h{number}": hashes, f"e{number}": leaf}
    values = ", ".join(f"(:p{number}, :h{number}, :e{number})" for number in range(len(rows)))
    run(f"INSERT INTO entries (position, hashes, entry) VALUES {values}", **parameters)  # noqa: S608  ours
