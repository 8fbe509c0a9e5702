"""Whatever is done to the database of a ledger is found, as far as somebody has kept a checkpoint."""

from __future__ import annotations

import shutil

import pytest

from assay.attest.canonical import canonical
from assay.attest.ledger import BrokenNote, LedgerKey, open_ledger
from assay.attest.ledger.checkpoint import sign_checkpoint
from assay.attest.ledger.consistency import MOST_TOLD, Kept, check
from assay.attest.ledger.merkle import leaf_hash
from ledgers import KEY, ORIGIN, changed, entry, ledger_with, rewritten

KNOWN = [KEY.verifier]


@pytest.fixture(scope="module")
def kept(twelve, tmp_path_factory) -> Kept:
    """The checkpoint over twelve entries that an auditor took home."""
    path = tmp_path_factory.mktemp("kept") / "ledger.sqlite"
    shutil.copy(twelve, path)
    with open_ledger(path) as ledger:
        return Kept("my copy", ledger.checkpoint(KEY))


def found(path, *kept, keys=KNOWN):
    with open_ledger(path) as ledger:
        return check(ledger, kept, keys)


def test_a_ledger_that_only_grew_is_consistent_with_each_older_checkpoint(ledger):
    kept = []
    for size in range(1, 9):
        ledger.append([entry(size)])
        kept.append(Kept(f"over {size}", ledger.checkpoint(KEY)))
    ledger.append([entry("newest")])
    shown = check(ledger, kept, KNOWN)
    assert (shown.verdict, shown.problems, shown.size, shown.covered) == ("consistent", (), 9, 8)
    assert {(one.name, one.size, one.key_known, one.own) for one in shown.compared} >= {("over 3", 3, True, False)}
    assert shown.root == ledger.root(9)


def test_without_any_checkpoint_nothing_is_shown(copy):
    assert found(copy()).verdict == "not_evaluated"


def test_a_checkpoint_over_nothing_shows_nothing(copy):
    nothing = Kept("empty", sign_checkpoint(ORIGIN, 0, bytes.fromhex(EMPTY), KEY))
    assert found(copy(), nothing).verdict == "not_evaluated"


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_its_own_checkpoint_counts_only_under_a_known_signature(copy):
    path = copy()
    with open_ledger(path) as ledger:
        ledger.checkpoint(KEY)
    assert found(path).verdict == "consistent"
    assert found(path, keys=[]).verdict == "not_evaluated"
    assert found(path, keys=[LedgerKey(ORIGIN, bytes(32)).verifier]).verdict == "not_evaluated"


def test_a_checkpoint_kept_outside_counts_also_where_the_key_is_not_known(copy, kept):
    shown = found(copy(), kept, keys=[])
    assert shown.verdict == "consistent"
    assert [one.key_known for one in shown.compared] == [False]


CHANGED = "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), '\"4\"', '\"X\"') AS BLOB) WHERE position = 4"


def test_a_changed_entry_is_found_by_its_hash_and_by_the_checkpoint(copy, kept):
    path = copy()
    changed(path, CHANGED)
    assert found(path).problems == ("entry 4 or its stored hash was changed: the one does not fit the other",)
    assert any("the first 12 entries are not those of my copy" in one for one in found(path, kept).problems)


def test_a_changed_hash_is_found(copy, kept):
    path = copy()
    changed(path, "UPDATE entries SET hashes = zeroblob(length(hashes)) WHERE position = 6")
    assert found(path, kept).problems == ("entry 6 or its stored hash was changed: the one does not fit the other",)
    path = copy("inner.sqlite")
    changed(path, "UPDATE entries SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(32) AS BLOB) WHERE position = 5")
    (problem,) = found(path, kept).problems
    assert problem == "the hashes stored with entry 5 are not those of the entries before it"


def test_an_entry_changed_together_with_all_hashes_is_found_by_the_checkpoint(copy, kept):
    path = copy()
    leaves = [canonical(entry(number)) for number in range(12)]
    leaves[4] = canonical(entry("X"))
    rewritten(path, leaves)
    assert found(path).verdict == "not_evaluated"
    shown = found(path, kept)
    (problem,) = shown.problems
    assert shown.verdict == "inconsistent"
    assert problem.startswith("the first 12 entries are not those of my copy: entries were changed or reordered")


def test_reordered_entries_are_found(copy, kept):
    path = copy()
    leaves = [canonical(entry(number)) for number in range(12)]
    leaves[3], leaves[4] = leaves[4], leaves[3]
    rewritten(path, leaves)
    assert "changed or reordered" in found(path, kept).problems[0]
    path = copy("rows.sqlite")
    for old, new in ((3, 99), (4, 3), (99, 4)):
        changed(path, f"UPDATE entries SET position = {new} WHERE position = {old}")
    assert found(path).problems == ("the hashes stored with entry 3 are not those of the entries before it",)


def test_a_deleted_entry_is_found(copy, kept):
    path = copy()
    changed(path, "DELETE FROM entries WHERE position = 4")
    assert found(path, kept).problems[0] == "entry 4 is missing, and there is one after it"
    assert found(path).problems == ("entry 4 is missing, and there is one after it",)


def test_an_inserted_entry_is_found(copy, kept):
    path = copy()
    leaves = [canonical(entry(number)) for number in range(12)]
    rewritten(path, [*leaves[:4], canonical(entry("smuggled")), *leaves[4:]])
    assert "the first 12 entries are not those of my copy" in found(path, kept).problems[0]


def test_a_truncated_ledger_is_found(copy, kept):
    path = copy()
    changed(path, "DELETE FROM entries WHERE position >= 10")
    assert found(path).verdict == "not_evaluated"
    (problem,) = found(path, kept).problems
    assert problem.startswith(
        "my copy covers 12 entries, and the ledger holds 10: entries were deleted, or an older copy"
    )


def test_an_older_copy_put_in_its_place_is_found_also_after_it_grew_again(copy, kept):
    path = copy()
    changed(path, "DELETE FROM entries WHERE position >= 10")
    with open_ledger(path) as ledger:
        ledger.append([entry("another"), entry("story"), entry("altogether")])
    assert "the first 12 entries are not those of my copy" in found(path, kept).problems[0]


def test_a_forked_ledger_is_found_by_whoever_kept_the_other_branch(copy, kept):
    left, right = copy("left.sqlite"), copy("right.sqlite")
    branches = []
    for path in (left, right):
        with open_ledger(path) as ledger:
            ledger.append([entry(path.name)])
            branches.append(Kept(path.name, ledger.checkpoint(KEY)))
    assert found(left, kept, branches[0]).verdict == "consistent"
    shown = found(left, kept, branches[1])
    assert shown.verdict == "inconsistent"
    assert any("or the ledger was forked" in one for one in shown.problems)


def test_two_checkpoints_of_one_size_are_told_as_equivocation_with_both_names(copy):
    left, right = copy("left.sqlite"), copy("right.sqlite")
    branches = []
    for path in (left, right):
        with open_ledger(path) as ledger:
            ledger.append([entry(path.name)])
            branches.append(Kept(f"the {path.stem} one", ledger.checkpoint(KEY)))
    told = found(copy("before.sqlite"), *branches).problems
    assert any(
        one.startswith("equivocation: the left one and the right one are over the same 13 entries")
        and one.endswith("the ledger's key signed both")
        for one in told
    )
    unknown = found(copy("again.sqlite"), *branches, keys=[]).problems
    assert any("equivocation" in one and "not both carry a signature that is known here" in one for one in unknown)


def test_a_log_does_not_sign_a_second_story(copy):
    for number, statement in enumerate((CHANGED, "DELETE FROM entries WHERE position >= 10")):
        path = copy(f"{number}.sqlite")
        with open_ledger(path) as ledger:
            ledger.checkpoint(KEY)
        changed(path, statement)
        if number == 0:
            rewritten(path, [canonical(entry("X" if index == 4 else index)) for index in range(12)])
        with open_ledger(path) as ledger, pytest.raises(Exception, match="the ledger is damaged"):
            ledger.checkpoint(KEY)


def test_a_checkpoint_of_another_ledger_is_told(copy):
    other = LedgerKey("example.com/other", bytes(32))
    foreign = Kept("theirs", sign_checkpoint(other.name, 1, leaf_hash(b"x"), other))
    (problem,) = found(copy(), foreign, keys=[other.verifier]).problems
    assert problem == f"theirs is of the ledger example.com/other, and this one is {ORIGIN}"


def test_a_ledger_that_was_given_another_name_is_told(copy, kept):
    path = copy()
    changed(path, "UPDATE ledger SET origin = 'example.com/renamed'")
    assert found(path, kept).problems == (f"my copy is of the ledger {ORIGIN}, and this one is example.com/renamed",)


def test_a_kept_checkpoint_that_is_none_cannot_be_compared(copy, kept):
    with pytest.raises(BrokenNote, match="my copy: the signature"):
        found(copy(), Kept("my copy", kept.note.replace(b"\n12\n", b"\n11\n")))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE checkpoints SET size = 11", "the ledger's own checkpoint over 11 entries speaks of 12"),
        ("UPDATE checkpoints SET note = x'00'", "the ledger's own checkpoint over 12 entries: it is not a signed note"),
        ("UPDATE checkpoints SET note = 'text'", "the ledger's own checkpoint over 12 entries is none"),
        ("UPDATE checkpoints SET note = zeroblob(999999)", "the ledger's own checkpoint over 12 entries is none"),
    ],
)
def test_a_forged_checkpoint_of_its_own_is_told(copy, statement, told):
    path = copy()
    with open_ledger(path) as ledger:
        ledger.checkpoint(KEY)
    changed(path, statement)
    assert any(one.startswith(told) for one in found(path).problems)


@pytest.mark.parametrize("leaf", [b"{}", b"[]", b"\xff", b"[" * 60_000, b'{"a":1e999}', canonical(entry(1)) + b" "])
def test_a_leaf_that_is_no_canonical_entry_is_told(copy, leaf):
    path = copy()
    rewritten(path, [canonical(entry(0)), leaf])
    assert found(path).problems == ("entry 1 is not the canonical JSON of an entry",)


@pytest.mark.parametrize("leaf", ["7", "'text'", "zeroblob(900000)"])
def test_a_leaf_that_is_no_leaf_ends_the_reading(copy, leaf):
    path = copy()
    changed(path, f"UPDATE entries SET entry = {leaf} WHERE position = 5")
    shown = found(path)
    assert (shown.problems, shown.size) == (("entry 5 is no entry",), 5)


def test_a_flood_of_problems_is_told_in_part(tmp_path):
    path = tmp_path / "many.sqlite"
    ledger_with(path, 200).close()
    changed(path, "UPDATE entries SET hashes = x'00'")
    told = found(path, Kept("mine", sign_checkpoint(ORIGIN, 300, bytes(32), KEY))).problems
    assert len(told) == MOST_TOLD + 1
    assert told[-1] == "and 1 more"
