"""Checkpoints (c2sp.org/tlog-checkpoint): how large a ledger was and what it held, in three lines and a signature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assay.attest.ledger.merkle import EMPTY_ROOT, HASH
from assay.attest.ledger.notes import BrokenNote, LedgerKey, Verifier, decoded, encoded, is_key_name, read_note

LARGEST_SIZE = 2**53
"""Entries; more is no ledger but an attack on whoever counts them."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says."""

    origin: str
    """Name of the ledger."""
    size: int
    root: bytes
    note: bytes
    """The signed note itself."""
    key_known: bool
    """Whether it carries the signature of a key that was given for this origin."""


def sign_checkpoint(origin: str, size: int, root: bytes, key: LedgerKey) -> bytes:
    """Put the state of a ledger under the signature of its key."""
    return key.sign(f"{origin}\n{size}\n{encoded(root)}\n")


def read_checkpoint(note: bytes, keys: Sequence[Verifier]) -> Checkpoint:
    """Read a checkpoint; only keys whose name is the checkpoint's origin count. Raises BrokenNote."""
    read = read_note(note, keys)
    origin, *rest = read.text[:-1].split("\n")
    root = decoded(rest[1]) if len(rest) > 1 else None
    size = number(rest[0]) if rest else None
    if not is_key_name(origin) or size is None or root is None or len(root) != HASH or "" in rest:
        raise BrokenNote("it is not a checkpoint: name of the ledger, size and root, each on its line")
    if size == 0 and root != EMPTY_ROOT:
        raise BrokenNote("it is not a checkpoint: the root of an empty ledger is another one")
    return Checkpoint(origin, size, root, note, any(key.name == origin for key in read.signed_by))


def number(text: str) -> int | None:
    """A size or an index as the formats write it, None for anything else."""
    value = int(text) if _NUMBER.fullmatch(text) else None
    return value if value is not None and value <= LARGEST_SIZE else None
