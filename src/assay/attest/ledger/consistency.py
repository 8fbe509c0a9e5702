"""Is a ledger still what it was? The tree is made again from every entry and held against what others have kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from assay.attest.ledger.checkpoint import Checkpoint, read_checkpoint
from assay.attest.ledger.merkle import EMPTY_ROOT, HASH, Frontier, leaf_hash
from assay.attest.ledger.notes import LARGEST_NOTE, BrokenNote, Verifier
from assay.attest.ledger.store import Ledger, Row, leaf_of
from assay.record.ledger import LARGEST_ENTRY, Entry

MOST_TOLD = 50


@dataclass(frozen=True)
class Kept:
    """A checkpoint that lay somewhere."""

    name: str
    """Where."""
    note: bytes


@dataclass(frozen=True)
class Compared:
    """A checkpoint that the ledger was held against."""

    name: str
    size: int
    key_known: bool
    """Whether a key that was given has signed it."""
    own: bool
    """Whether it lay in the ledger itself: without a known signature it shows nothing."""


@dataclass(frozen=True)
class Consistency:
    """What the comparison has shown."""

    origin: str
    size: int
    """Entries found, up to the first that is missing."""
    root: bytes
    """The root over them, made from the entries themselves."""
    problems: tuple[str, ...]
    compared: tuple[Compared, ...]

    @property
    def verdict(self) -> Literal["consistent", "inconsistent", "not_evaluated"]:
        """Without entries under a checkpoint from outside, or under one with a known signature, nothing is shown."""
        if self.problems:
            return "inconsistent"
        return "consistent" if self.covered else "not_evaluated"

    @property
    def covered(self) -> int:
        """How many entries lie under a checkpoint that shows something; whatever is newer may yet be changed unseen."""
        return max((one.size for one in self.compared if not one.own or one.key_known), default=0)


@dataclass(frozen=True)
class _Told:
    name: str
    checkpoint: Checkpoint
    own: bool


def check(ledger: Ledger, kept: Sequence[Kept], keys: Sequence[Verifier]) -> Consistency:
    """Make the tree again from all entries; compare it with the stored hashes and with each checkpoint.

    Entries that were changed, deleted, reordered, cut off, put back to an older state or forked are found, as far as a
    checkpoint covers them. Raises BrokenNote for a kept checkpoint that is none, AssayError for an unreadable ledger.
    """
    problems: list[str] = []
    told = [_read(one, keys) for one in kept] + list(_own(ledger, keys, problems))
    wanted = {one.checkpoint.size for one in told}
    tree, roots = Frontier(), {0: EMPTY_ROOT}
    for row in ledger.rows():
        wrong = _added(tree, row, inner=not problems)
        if wrong is not None and len(problems) < MOST_TOLD:
            problems.append(wrong)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
        if row.position != tree.size - 1:
            break
    problems += _two_stories(told)
    problems += [wrong for one in told if (wrong := _differs(one, ledger.origin, tree.size, roots)) is not None]
    cut = [*problems[:MOST_TOLD], f"and {len(problems) - MOST_TOLD} more"] if len(problems) > MOST_TOLD else problems
    compared = tuple(Compared(one.name, one.checkpoint.size, one.checkpoint.key_known, one.own) for one in told)
    return Consistency(ledger.origin, tree.size, tree.root(), tuple(cut), compared)


def _read(one: Kept, keys: Sequence[Verifier]) -> _Told:
    try:
        return _Told(one.name, read_checkpoint(one.note, keys), own=False)
    except BrokenNote as error:
        raise BrokenNote(error.what, where=one.name, hint=error.hint) from None


def _own(ledger: Ledger, keys: Sequence[Verifier], problems: list[str]) -> Iterator[_Told]:
    for size, note in ledger.kept():
        name = f"the ledger's own checkpoint over {str(size)[:20]} entries"
        if not isinstance(note, bytes) or len(note) > LARGEST_NOTE:
            problems.append(f"{name} is none")
            continue
        try:
            read = read_checkpoint(note, keys)
        except BrokenNote as error:
            problems.append(f"{name}: {error.what}")
            continue
        if read.size != size:
            problems.append(f"{name} speaks of {read.size}")
        yield _Told(name, read, own=True)


def _added(tree: Frontier, row: Row, *, inner: bool) -> str | None:
    """Add an entry to the tree; gives what is wrong with its row. The tree stays as it is where there is no entry.

    `inner`: whether hashes above the entry are told; after a first change they all differ, and say nothing more.
    """
    index = tree.size
    if row.position != index:
        return f"entry {index} is missing, and there is one after it"
    leaf = row.entry
    if not isinstance(leaf, bytes) or len(leaf) > LARGEST_ENTRY:
        return f"entry {index} is no entry"
    completed = tree.add(leaf_hash(leaf))
    if row.hashes == b"".join(completed):
        return _not_canonical(index, leaf)
    if isinstance(row.hashes, bytes) and row.hashes[:HASH] == completed[0]:
        return f"the hashes stored with entry {index} are not those of the entries before it" if inner else None
    return f"entry {index} or its stored hash was changed: the one does not fit the other"


def _not_canonical(index: int, leaf: bytes) -> str | None:
    try:
        if leaf_of(Entry.model_validate_json(leaf, strict=True)) == leaf:
            return None
    except (ValidationError, ValueError):
        pass
    return f"entry {index} is not the canonical JSON of an entry"


def _two_stories(told: Sequence[_Told]) -> Iterator[str]:
    """Two checkpoints of one size with different roots: whoever signed them has told two stories."""
    first: dict[tuple[str, int], _Told] = {}
    for one in told:
        other = first.setdefault((one.checkpoint.origin, one.checkpoint.size), one)
        if other.checkpoint.root != one.checkpoint.root:
            both = one.checkpoint.key_known and other.checkpoint.key_known
            by = "the ledger's key signed both" if both else "not both carry a signature that is known here"
            yield (
                f"equivocation: {other.name} and {one.name} are over the same {one.checkpoint.size} entries of "
                f"{one.checkpoint.origin} and have different roots; {by}"
            )


def _differs(one: _Told, origin: str, size: int, roots: dict[int, bytes]) -> str | None:
    checkpoint = one.checkpoint
    if checkpoint.origin != origin:
        return f"{one.name} is of the ledger {checkpoint.origin}, and this one is {origin}"
    if checkpoint.size > size:
        return (
            f"{one.name} covers {checkpoint.size} entries, and the ledger holds {size}: entries were deleted, "
            "or an older copy was put in its place"
        )
    if checkpoint.root != roots[checkpoint.size]:
        return (
            f"the first {checkpoint.size} entries are not those of {one.name}: entries were changed or reordered, "
            "or the ledger was forked"
        )
    return None
