"""A proof shows that an entry is in a ledger, to somebody who has neither; whatever is changed in it shows nothing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from assay.attest.canonical import canonical
from assay.attest.ledger import BrokenProof, LedgerKey, check_proof, open_ledger, prove
from assay.attest.ledger.proofs import LARGEST_PROOF, checkpoint_of
from assay.errors import AssayError
from ledgers import KEY, ORIGIN, changed, entry

KNOWN = [KEY.verifier]


@pytest.fixture(scope="module")
def proof(twelve, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("proof") / "ledger.sqlite"
    path.write_bytes(twelve.read_bytes())
    with open_ledger(path) as ledger:
        return prove(ledger, 4, KEY)


LEAF = canonical(entry(4))


def test_a_proof_shows_which_entry_of_which_ledger(ledger):
    ledger.append([entry(number) for number in range(9)])
    made = prove(ledger, 4, KEY)
    shown = check_proof(made, ledger.leaf(4), KNOWN)
    assert (shown.index, shown.size, shown.origin, shown.key_known) == (4, 9, ORIGIN, True)
    assert shown.root == ledger.root(9)
    assert shown.checkpoint == ledger.last_checkpoint() == checkpoint_of(made)


def test_each_entry_of_each_small_ledger_is_proven(tmp_path):
    with open_ledger(tmp_path / "l.sqlite", create=True, origin=ORIGIN) as ledger:
        for size in range(1, 10):
            ledger.append([entry(size)])
            for index in range(size):
                assert check_proof(prove(ledger, index, KEY), ledger.leaf(index), KNOWN).index == index


def test_a_proof_is_written_as_the_specification_says(proof):
    """c2sp.org/tlog-proof: header, index, hashes from the leaf's sibling up, blank line, checkpoint as it is."""
    lines = proof.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 4"]
    assert all(len(line) == 44 for line in lines[2:6])
    assert lines[6:9] == ["", ORIGIN, "12"]


def test_extra_data_says_nothing_and_is_read_over(proof):
    extra = proof.replace(b"index 4", b"extra YWdl\nindex 4")
    assert check_proof(extra, LEAF, KNOWN).index == 4
    with pytest.raises(BrokenProof):
        check_proof(proof.replace(b"index 4", b"extra !\nindex 4"), LEAF, KNOWN)


def test_without_the_key_the_tree_is_checked_and_the_key_is_not_known(proof):
    for keys in ([], [LedgerKey("example.com/other", bytes(32)).verifier]):
        shown = check_proof(proof, LEAF, keys)
        assert (shown.index, shown.key_known) == (4, False)
    with pytest.raises(BrokenProof, match="not entry 4 of the ledger"):
        check_proof(proof, LEAF + b" ", [])


def test_a_ledger_that_somebody_else_made_is_not_the_known_one(tmp_path):
    forger = LedgerKey(ORIGIN, bytes(32))
    with open_ledger(tmp_path / "forged.sqlite", create=True, origin=ORIGIN) as forged:
        forged.append([entry(4)])
        made = prove(forged, 0, forger)
    assert not check_proof(made, LEAF, KNOWN).key_known
    renamed = made.replace(forger.verifier.id.hex().encode(), KEY.verifier.id.hex().encode())
    assert not check_proof(renamed, LEAF, KNOWN).key_known


def test_no_changed_bit_of_a_proof_passes(proof):
    for place in range(len(proof)):
        for bit in (0, 5):
            changed_proof = proof[:place] + bytes([proof[place] ^ 1 << bit]) + proof[place + 1 :]
            try:
                shown = check_proof(changed_proof, LEAF, KNOWN)
            except BrokenProof:
                continue
            assert not shown.key_known, (place, bit)  # the name or key id of the signature is somebody else's now


def test_no_other_entry_passes(proof):
    for other in (canonical(entry(5)), LEAF + b"\n", LEAF[:-1], b"", LEAF.replace(b'"4"', b'"5"')):
        with pytest.raises(BrokenProof, match="not entry 4"):
            check_proof(proof, other, KNOWN)


@pytest.mark.parametrize("index", ["0", "3", "5", "11"])
def test_no_other_index_passes(proof, index):
    with pytest.raises(BrokenProof, match=f"not entry {index} of the ledger"):
        check_proof(proof.replace(b"index 4", f"index {index}".encode()), LEAF, KNOWN)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"index 4", b"index 12", "entry 12 of a ledger that had 12"),
        (b"index 4", b"index 9007199254740993", "not a proof"),
        (b"index 4", b"index -1", "not a proof"),
        (b"index 4", b"index 04", "not a proof"),
        (b"index 4", b"index 4 ", "not a proof"),
        (b"index 4\n", b"", "not a proof"),
        (b"@v1", b"@v2", "not a proof"),
        (b"\n\n", b"\n", "not a proof"),
        (b"\n12\n", b"\n13\n", "its checkpoint: the signature"),
        (b"=\n\n", b"=\nAAAA\n\n", "not a proof"),
        (b"=\n\n", b"=\n" + b"A" * 43 + b"=\n\n", "not entry 4"),
        (b"=\n\n", b"=\n" + (b"A" * 43 + b"=\n") * 70 + b"\n", "not a proof"),
        (b"index 4", b"index \xff", "not a proof"),
    ],
)
def test_what_is_almost_a_proof_is_refused_with_a_reason(proof, old, new, told):
    assert old in proof
    with pytest.raises(BrokenProof, match=told):
        check_proof(proof.replace(old, new, 1), LEAF, KNOWN)


@pytest.mark.parametrize("hostile", [b"", b"\n\n", b"x" * (LARGEST_PROOF + 1), b"c2sp.org/tlog-proof@v1", b"\0" * 99])
def test_anything_else_is_no_proof(hostile):
    with pytest.raises(BrokenProof):
        check_proof(hostile, LEAF, KNOWN)
    assert checkpoint_of(hostile) is None


@given(strategies.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_cut_out_of_a_proof_and_put_elsewhere_is_refused_and_never_a_crash(proof, data):
    begin, end, place = (data.draw(strategies.integers(0, len(proof))) for _ in range(3))
    piece = data.draw(strategies.sampled_from([proof[begin:end], b"", b"\n", b"\n\n", b"=", b"\xff", b"index 0\n"]))
    hostile = proof[:place] + piece + proof[place + data.draw(strategies.integers(0, 60)) :]
    with contextlib.suppress(BrokenProof):
        assert hostile == proof or not check_proof(hostile, LEAF, KNOWN).key_known or same_claim(hostile, proof)


def same_claim(one: bytes, other: bytes) -> bool:
    """Whether two proofs differ in nothing but signatures of strangers."""
    return one.split(b"\n\n")[:2] == other.split(b"\n\n")[:2]


def test_a_checkpoint_taken_later_shows_the_same_entry(tmp_path):
    with open_ledger(tmp_path / "l.sqlite", create=True, origin=ORIGIN) as ledger:
        ledger.append([entry(4)])
        first = prove(ledger, 0, KEY)
        ledger.append([entry(5)])
        assert check_proof(first, LEAF, KNOWN).size == 1
        assert check_proof(prove(ledger, 0, KEY), LEAF, KNOWN).size == 2


def test_nothing_is_proven_of_an_entry_that_was_changed(copy):
    path = copy()
    changed(
        path,
        "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), '\"4\"', '\"X\"') AS BLOB) WHERE position = 4",
    )
    with (
        open_ledger(path) as ledger,
        pytest.raises(AssayError, match="entry 4 is not the one that the tree was made over"),
    ):
        prove(ledger, 4, KEY)


def test_an_entry_that_is_not_there_is_not_proven(copy):
    with open_ledger(copy()) as ledger, pytest.raises(AssayError, match="has no entry 12"):
        prove(ledger, 12, KEY)
