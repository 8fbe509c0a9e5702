"""The tree against published vectors, against the definition of RFC 6962 itself, and against every mutation."""

from __future__ import annotations

import random

import pytest

from assay.attest.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency,
    fold,
    inclusion,
    is_consistent,
    leaf_hash,
    nodes,
    root_with,
)
from ledgers import mth, path, subproof

# The test vectors of Certificate Transparency (google/certificate-transparency, merkletree/merkle_tree_test.cc; also
# transparency-dev/merkle, testonly/constants.go and reference_test.go).
CT_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
CT_INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CT_CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (6, 7): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}

LARGEST = 200
LEAVES = tuple(f"leaf {number}".encode() for number in range(LARGEST))


class Tree:
    """A tree whose nodes are kept as a ledger keeps them: each when it is complete."""

    def __init__(self, leaves: tuple[bytes, ...]) -> None:
        self.stored: dict[tuple[int, int], bytes] = {}
        self.roots = [EMPTY_ROOT]
        frontier = Frontier()
        for index, leaf in enumerate(leaves):
            for level, completed in enumerate(frontier.add(leaf_hash(leaf))):
                self.stored[level, (index + 1 >> level) - 1] = completed
            self.roots.append(frontier.root())

    def proof(self, spans: list[tuple[int, int]]) -> list[bytes]:
        return [fold([self.stored[node] for node in nodes(span)]) for span in spans]

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return self.proof(inclusion(index, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        return self.proof(consistency(old, new))


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(LEAVES)


@pytest.fixture(scope="module")
def published() -> Tree:
    return Tree(tuple(bytes.fromhex(leaf) for leaf in CT_LEAVES))


def test_roots_are_the_published_ones(published):
    assert tuple(root.hex() for root in published.roots) == CT_ROOTS


@pytest.mark.parametrize(("place", "proof"), CT_INCLUSION.items())
def test_inclusion_proofs_are_the_published_ones(published, place, proof):
    index, size = place
    assert tuple(one.hex() for one in published.inclusion(index, size)) == proof
    leaf = leaf_hash(bytes.fromhex(CT_LEAVES[index]))
    assert root_with(leaf, index, size, [bytes.fromhex(one) for one in proof]).hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("sizes", "proof"), CT_CONSISTENCY.items())
def test_consistency_proofs_are_the_published_ones(published, sizes, proof):
    old, new = sizes
    assert tuple(one.hex() for one in published.consistency(old, new)) == proof
    roots = bytes.fromhex(CT_ROOTS[old]), bytes.fromhex(CT_ROOTS[new])
    assert is_consistent(old, new, *roots, [bytes.fromhex(one) for one in proof])


def test_roots_are_those_of_the_definition(tree):
    assert tree.roots == [mth(LEAVES[:size]) for size in range(LARGEST + 1)]


def test_each_inclusion_in_each_tree_is_that_of_the_definition_and_verifies(tree):
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert root_with(leaf_hash(LEAVES[index]), index, size, proof) == tree.roots[size], (index, size)
            assert proof == path(index, LEAVES[:size]), (index, size)


def test_each_prefix_of_each_tree_is_that_of_the_definition_and_verifies(tree):
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            proof = tree.consistency(old, new)
            assert is_consistent(old, new, tree.roots[old], tree.roots[new], proof), (old, new)
            if old:
                assert proof == subproof(old, LEAVES[:new]), (old, new)


def mutated(proof: list[bytes], drawn: random.Random) -> list[list[bytes]]:
    """Proofs that are almost this one: a bit of each element, one left out, added, doubled, two exchanged."""
    found = []
    for place, one in enumerate(proof):
        bit = drawn.randrange(256)
        flipped = (int.from_bytes(one) ^ 1 << bit).to_bytes(32)
        found.append([*proof[:place], flipped, *proof[place + 1 :]])
        found.append([*proof[:place], *proof[place + 1 :]])
        found.append([*proof[: place + 1], *proof[place:]])
        if place and proof[place - 1] != one:
            found.append([*proof[: place - 1], one, proof[place - 1], *proof[place + 1 :]])
    return [*found, [*proof, bytes(32)], [bytes(32), *proof]]


# A root alone does not say its size: that is what a checkpoint signs together. So a wrong size comes with its own root.


def test_no_mutated_inclusion_proof_verifies(tree):
    drawn = random.Random(6962)
    for size in range(1, LARGEST + 1):
        for index in {0, size - 1, drawn.randrange(size), drawn.randrange(size)}:
            leaf, root, proof = leaf_hash(LEAVES[index]), tree.roots[size], tree.inclusion(index, size)
            for broken in mutated(proof, drawn):
                assert root_with(leaf, index, size, broken) != root, (index, size)
            for other in {-1, size, drawn.randrange(size), index ^ 1, index + 1, index - 1} - {index}:
                assert root_with(leaf, other, size, proof) != root, (index, other, size)
            for other in {0, drawn.randrange(LARGEST + 1), size - 1, min(size + 1, LARGEST)} - {size}:
                assert root_with(leaf, index, other, proof) != tree.roots[other], (index, size, other)
            bit = drawn.randrange(256)
            assert root_with((int.from_bytes(leaf) ^ 1 << bit).to_bytes(32), index, size, proof) != root


def test_every_bit_of_an_inclusion_proof_counts(tree):
    leaf, proof = leaf_hash(LEAVES[77]), tree.inclusion(77, LARGEST)
    for place, one in enumerate(proof):
        for bit in range(256):
            flipped = (int.from_bytes(one) ^ 1 << bit).to_bytes(32)
            assert root_with(leaf, 77, LARGEST, [*proof[:place], flipped, *proof[place + 1 :]]) != tree.roots[LARGEST]


def test_no_mutated_consistency_proof_verifies(tree):
    drawn = random.Random(9162)
    for new in range(1, LARGEST + 1):
        for old in {1, new, drawn.randrange(1, new + 1), drawn.randrange(1, new + 1)}:
            roots, proof = (tree.roots[old], tree.roots[new]), tree.consistency(old, new)
            for broken in mutated(proof, drawn):
                assert not is_consistent(old, new, *roots, broken), (old, new)
            for other in {drawn.randrange(1, LARGEST + 1), old - 1, old + 1} - {old, 0, LARGEST + 1}:
                if old != new:
                    assert not is_consistent(other, new, tree.roots[other], roots[1], proof), (old, other, new)
            for other in {drawn.randrange(1, LARGEST + 1), new - 1, new + 1} - {new, 0, LARGEST + 1}:
                assert not is_consistent(old, other, roots[0], tree.roots[other], proof), (old, new, other)
            for which in (0, 1):
                wrong = [*roots]
                wrong[which] = (int.from_bytes(roots[which]) ^ 1 << drawn.randrange(256)).to_bytes(32)
                assert not is_consistent(old, new, *wrong, proof)


def test_a_leaf_is_never_taken_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != fold([left, right])


def test_the_empty_tree_is_the_beginning_of_every_other_and_only_with_its_own_root(tree):
    assert is_consistent(0, 5, EMPTY_ROOT, tree.roots[5], [])
    assert not is_consistent(0, 5, tree.roots[5], tree.roots[5], [])
    assert not is_consistent(0, 5, EMPTY_ROOT, tree.roots[5], [EMPTY_ROOT])
    assert not is_consistent(5, 5, tree.roots[5], tree.roots[4], [])
    assert not is_consistent(6, 5, tree.roots[6], tree.roots[5], [])


def test_nothing_is_proven_outside_of_the_tree():
    with pytest.raises(ValueError, match="no leaf 5 in a tree of 5"):
        inclusion(5, 5)
    with pytest.raises(ValueError, match="not the beginning"):
        consistency(6, 5)
    with pytest.raises(ValueError, match="2 complete subtrees"):
        Frontier(3, [bytes(32)])
