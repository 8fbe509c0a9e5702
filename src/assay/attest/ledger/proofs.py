"""Proofs that an entry is in a ledger (c2sp.org/tlog-proof): one text file that is checked without the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.attest.ledger.checkpoint import number, read_checkpoint
from assay.attest.ledger.database import damaged
from assay.attest.ledger.merkle import DEEPEST, HASH, leaf_hash, root_with
from assay.attest.ledger.notes import LARGEST_NOTE, BrokenNote, LedgerKey, Verifier, decoded, encoded
from assay.attest.ledger.store import Ledger
from assay.errors import AssayError

HEADER = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF = LARGEST_NOTE + 200_000


class BrokenProof(AssayError):
    """A proof that proves nothing."""


@dataclass(frozen=True)
class ProvenEntry:
    """What a proof has shown: an entry stands at `index` in a tree of this size and root."""

    index: int
    size: int
    root: bytes
    origin: str
    """Name of the ledger, as the checkpoint says it."""
    key_known: bool
    """Whether a key that was given has signed the checkpoint. Otherwise anybody may have made this ledger."""
    checkpoint: bytes
    """The signed note."""


def prove(ledger: Ledger, index: int, key: LedgerKey) -> bytes:
    """Prove that an entry is in the ledger, under a checkpoint signed now. Raises AssayError where it cannot."""
    leaf = ledger.leaf(index)
    note = ledger.checkpoint(key)
    size = read_checkpoint(note, ()).size
    hashes = [encoded(one) for one in ledger.inclusion(index, size)]
    proof = "\n".join([HEADER, f"index {index}", *hashes, "", ""]).encode() + note
    try:
        check_proof(proof, leaf, [key.verifier])
    except BrokenProof:
        raise damaged(ledger.address, f"entry {index} is not the one that the tree was made over") from None
    return proof


def check_proof(proof: bytes, entry: bytes, keys: Sequence[Verifier]) -> ProvenEntry:
    """Check the proof of an entry, given its bytes. Raises BrokenProof with the reason.

    Without a key that signed the checkpoint the tree is checked all the same, and `key_known` is false.
    """
    if len(proof) > LARGEST_PROOF:
        raise BrokenProof(f"a proof of more than {LARGEST_PROOF} bytes is not read")
    head, blank, note = proof.partition(b"\n\n")
    index, hashes = _head(head) if blank else (None, None)
    if index is None or hashes is None:
        raise BrokenProof(f"it is not a proof of a ledger: {HEADER}, index, hashes, a blank line, a checkpoint")
    try:
        checkpoint = read_checkpoint(note, keys)
    except BrokenNote as error:
        raise BrokenProof(f"its checkpoint: {error.what}") from None
    if index >= checkpoint.size:
        raise BrokenProof(f"it speaks of entry {index} of a ledger that had {checkpoint.size}")
    root = root_with(leaf_hash(entry), index, checkpoint.size, hashes)
    if root != checkpoint.root:
        raise BrokenProof(f"this is not entry {index} of the ledger, or the proof was changed")
    return ProvenEntry(index, checkpoint.size, root, checkpoint.origin, checkpoint.key_known, checkpoint.note)


def checkpoint_of(proof: bytes) -> bytes | None:
    """The checkpoint at the end of a proof, None where the bytes are no proof."""
    head, blank, note = proof.partition(b"\n\n")
    return note if blank and _head(head)[0] is not None else None


def _head(head: bytes) -> tuple[int | None, list[bytes] | None]:
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        return None, None
    if lines.pop(0) != HEADER:
        return None, None
    extra = lines.pop(0) if lines and lines[0].startswith("extra ") else "extra "  # unauthenticated: it says nothing
    if decoded(extra.removeprefix("extra ")) is None:
        return None, None
    if not lines or not lines[0].startswith("index ") or len(lines) > DEEPEST + 1:
        return None, None
    hashes = [decoded(line) for line in lines[1:]]
    whole = [one for one in hashes if one is not None and len(one) == HASH]
    return (number(lines[0].removeprefix("index ")), whole) if len(whole) == len(hashes) else (None, None)
