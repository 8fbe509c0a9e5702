"""A ledger keeps what it was given, in its order, and its tree is that of RFC 6962: in SQLite and in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies
from pydantic import ValidationError

from assay.attest.canonical import canonical
from assay.attest.ledger import LedgerKey, open_ledger, read_checkpoint
from assay.attest.ledger.merkle import EMPTY_ROOT
from assay.attest.ledger.store import leaf_of
from assay.errors import AssayError, SignatureError
from assay.record.ledger import Entry, LoggedFile
from ledgers import KEY, ORIGIN, digest_of, entry, mth, path, subproof


def test_an_entry_is_found_again_by_index_and_by_digest(ledger):
    assert ledger.append([entry("a"), entry("b")]) == range(2)
    assert ledger.append([entry("c"), entry("b")]) == range(2, 4)
    assert ledger.append([]) == range(0)
    assert ledger.size() == 4
    assert [(index, one.name) for index, one in ledger.entries()] == [(0, "a"), (1, "b"), (2, "c"), (3, "b")]
    assert [index for index, _ in ledger.entries(2)] == [2, 3]
    assert ledger.entry(2) == entry("c")
    assert ledger.leaf(2) == canonical(entry("c"))
    assert ledger.find(digest_of("b")) == (1, 3)
    assert ledger.find(digest_of("nothing")) == ()


def test_a_new_ledger_is_empty_and_another_process_finds_it(ledger, address):
    assert (ledger.size(), ledger.origin, ledger.root(0)) == (0, ORIGIN, EMPTY_ROOT)
    ledger.append([entry("a")])
    with open_ledger(address) as again:
        assert (again.size(), again.origin) == (1, ORIGIN)


def test_roots_and_proofs_are_those_of_the_definition_at_every_size(ledger):
    leaves: tuple[bytes, ...] = ()
    for batch in (1, 1, 2, 3, 5, 8, 13):
        entries = [entry(len(leaves) + number) for number in range(batch)]
        ledger.append(entries)
        leaves += tuple(canonical(one) for one in entries)
        assert ledger.root(len(leaves)) == mth(leaves)
    for size in range(1, len(leaves) + 1):
        assert ledger.root(size) == mth(leaves[:size])
        assert ledger.inclusion(size // 2, size) == path(size // 2, leaves[:size])
        assert ledger.consistency(size, len(leaves)) == subproof(size, leaves)


def test_more_entries_than_one_statement_takes_and_more_than_one_page(ledger):
    entries = [entry(number) for number in range(701)]
    assert ledger.append(entries) == range(701)
    assert ledger.root(701) == mth([canonical(one) for one in entries])
    assert [one for _, one in ledger.entries()] == entries


@pytest.mark.parametrize("index", [-1, 1, 2**62, 2**70])
def test_an_entry_that_is_not_there_is_said_so(ledger, index):
    ledger.append([entry("a")])
    with pytest.raises(AssayError, match="has no entry"):
        ledger.leaf(index)


def test_a_checkpoint_says_what_the_ledger_holds_now_and_is_kept(ledger):
    assert ledger.last_checkpoint() is None
    empty = read_checkpoint(ledger.checkpoint(KEY), [KEY.verifier])
    assert (empty.size, empty.root, empty.key_known) == (0, EMPTY_ROOT, True)
    ledger.append([entry("a"), entry("b")])
    note = ledger.checkpoint(KEY)
    assert note == ledger.checkpoint(KEY) == ledger.last_checkpoint()
    read = read_checkpoint(note, [KEY.verifier])
    assert (read.origin, read.size, read.root) == (ORIGIN, 2, mth([ledger.leaf(0), ledger.leaf(1)]))
    assert [size for size, _ in ledger.kept()] == [2, 0]


def test_a_crash_between_entry_and_checkpoint_leaves_it_to_the_next_checkpoint(ledger, address):
    ledger.append([entry("a")])
    ledger.checkpoint(KEY)
    ledger.append([entry("b")])
    ledger.close()
    with open_ledger(address) as again:
        again.append([entry("c")])
        assert read_checkpoint(again.checkpoint(KEY), []).size == 3


def test_a_renewed_key_signs_where_the_old_one_did(ledger):
    ledger.append([entry("a")])
    ledger.checkpoint(KEY)
    renewed = LedgerKey(ORIGIN, bytes(32))
    assert read_checkpoint(ledger.checkpoint(renewed), [renewed.verifier]).key_known


def test_the_key_of_another_ledger_signs_nothing_here(ledger):
    with pytest.raises(SignatureError, match=r"the key is one for example\.com/other"):
        ledger.checkpoint(LedgerKey("example.com/other", bytes(32)))


def test_a_second_ledger_is_never_made_over_the_first(ledger, address):
    ledger.append([entry("a")])
    with pytest.raises(AssayError, match="already"):
        open_ledger(address, create=True, origin="example.com/other")
    assert (ledger.size(), ledger.origin) == (1, ORIGIN)


@pytest.mark.parametrize(
    "origin", [None, "", "a b", "a+b", "https://example.com/x", "a\nb", "a\u2003b", "a\x00b", "x" * 400]
)
def test_a_name_that_cannot_stand_in_a_checkpoint_is_refused(tmp_path, origin):
    with pytest.raises(AssayError, match="cannot be the name of a ledger"):
        open_ledger(tmp_path / "new.sqlite", create=True, origin=origin)
    assert list(tmp_path.iterdir()) == []


def test_the_database_itself_refuses_what_an_honest_hand_does_by_mistake(ledger):
    ledger.append([entry("a")])
    ledger.checkpoint(KEY)
    for statement in ("UPDATE entries SET position = 7", "DELETE FROM entries", "DELETE FROM checkpoints",
                      "UPDATE ledger SET origin = 'x'"):  # fmt: skip
        with pytest.raises(AssayError, match="a ledger only grows"), ledger._database.writing() as run:
            run(statement)
    assert (ledger.size(), ledger.origin) == (1, ORIGIN)


def test_text_in_an_entry_is_never_taken_for_a_statement(ledger):
    hostile = "x'); DROP TABLE entries; -- :p0 ? %s $1 \\ \""
    ledger.append([entry(hostile)])
    assert [one.name for _, one in ledger.entries()] == [hostile]
    with pytest.raises(AssayError, match="has no entry"):
        ledger.leaf(1)


def test_all_entries_of_one_append_or_none(ledger):
    large = Entry.model_construct(**(dict(entry("x")) | {"name": "x" * 70_000}))
    with pytest.raises(AssayError, match=r"70\d+ bytes is too large; 65535 fit"):
        ledger.append([entry("a"), large])
    assert ledger.size() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "sha256:xyz"},
        {"kind": "rumour"},
        {"name": "x" * 301},
        {"kind": "audit"},
        {"kind": "plan", "audit": "a", "model": "m", "version": "1", "subject": digest_of("s")},
        {"gate": "open"},
        {"outcomes": {"pass": 1}},
        {"policies": (digest_of("p"),)},
        {"model": "m"},
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_refused(change):
    with pytest.raises(ValidationError):
        Entry(**(dict(entry("a")) | change))


text = strategies.text(max_size=30)
digests = strategies.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}")
moments = strategies.datetimes(datetime(2000, 1, 1), timezones=strategies.just(UTC))  # noqa: DTZ001  the zone follows
audits = strategies.builds(
    Entry, kind=strategies.just("audit"), made=moments, digest=digests,
    name=text, audit=text, model=text, version=text, subject=digests,
    policies=strategies.tuples(digests), gate=strategies.sampled_from(["open", "closed"]),
    files=strategies.lists(strategies.builds(LoggedFile, role=text, path=text, digest=digests), max_size=3).map(tuple),
    outcomes=strategies.dictionaries(strategies.sampled_from(["pass", "fail", "error"]), strategies.integers(0, 10**6)),
)  # fmt: skip


@given(audits)
def test_an_entry_is_written_as_rfc_8785_says(audit):
    assert leaf_of(audit) == canonical(audit)
    assert Entry.model_validate_json(leaf_of(audit), strict=True) == audit


def test_an_audit_names_what_it_judged():
    audit = Entry(
        **(dict(entry("m 1")) | {"kind": "audit", "audit": "0123456789abcdef", "model": "m", "version": "1",
                                 "subject": digest_of("s"), "policies": (digest_of("p"),), "outcomes": {"pass": 3},
                                 "gate": "open"})
    )  # fmt: skip
    assert Entry.model_validate_json(canonical(audit), strict=True) == audit
    with pytest.raises(ValidationError, match="outcomes"):
        Entry(**(dict(audit) | {"outcomes": {"splendid": 3}}))
