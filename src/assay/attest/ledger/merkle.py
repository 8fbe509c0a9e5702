"""The Merkle tree of RFC 6962 and RFC 9162: hashes, proofs and their verification. It stores nothing.

A *node* is a complete subtree: `(level, index)` is the root over the 2**level leaves from index * 2**level on. Complete
subtrees never change as the tree grows, so a ledger stores them once and no proof reads the leaves again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

Node = tuple[int, int]
Span = tuple[int, int]
"""Leaves from the first number on, up to and without the second."""

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
DEEPEST = 63
"""Hashes of the longest inclusion proof: no ledger has 2**63 entries."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: the 0x00 in front keeps a node from being taken for a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over its two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees that make up a tree of some size, the largest first. It grows leaf by leaf."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")
        self.size, self.hashes = size, list(hashes)

    def add(self, leaf: bytes) -> list[bytes]:
        """Add the hash of a leaf; gives the nodes which it completes, level 0 first."""
        completed = [leaf]
        index = self.size
        while index & 1:
            completed.append(node_hash(self.hashes.pop(), completed[-1]))
            index >>= 1
        self.hashes.append(completed[-1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        return fold(self.hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring complete subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def nodes(span: Span) -> list[Node]:
    """The complete subtrees that make up a span, the largest first. The span begins where RFC 6962 lets one begin."""
    begin, end = span
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def inclusion(index: int, size: int) -> list[Span]:
    """The spans whose roots prove that the leaf is in the tree of this size, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return list(_path(index, (0, size)))[::-1]


def _path(index: int, span: Span) -> Iterator[Span]:
    begin, end = span
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield begin, middle
            begin = middle


def consistency(old: int, new: int) -> list[Span]:
    """The spans whose roots prove that the tree of size `old` is the beginning of the tree of size `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {new}")
    return list(_old_and_new(old, new))[::-1] if 0 < old < new else []


def _old_and_new(old: int, new: int) -> Iterator[Span]:
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            yield middle, end
            end = middle
        else:
            yield begin, middle
            begin, whole = middle, False
    if not whole:
        yield begin, end


def _split(width: int) -> int:
    """The largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1


def root_with(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), None where it is no proof for index and size."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds (RFC 9162, 2.1.4.2). Every tree goes on from the empty one."""
    if not 0 <= old <= new:
        return False
    if old == new or old == 0:
        return not proof and old_root == (new_root if old == new else EMPTY_ROOT)
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
