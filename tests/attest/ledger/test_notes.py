"""Signed notes against the published examples of Go and C2SP, and against everything that is almost one."""

from __future__ import annotations

import base64
import stat

import pytest

from assay.attest.ledger.checkpoint import number, read_checkpoint, sign_checkpoint
from assay.attest.ledger.merkle import EMPTY_ROOT, leaf_hash
from assay.attest.ledger.notes import (
    LARGEST_NOTE,
    BrokenNote,
    LedgerKey,
    encoded,
    make_key,
    read_key,
    read_note,
    read_verifier,
)
from assay.errors import AssayError, SignatureError
from ledgers import KEY, ORIGIN

# The examples of the Go package golang.org/x/mod/sumdb/note (its documentation and note_test.go).
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# The example of the specification, c2sp.org/signed-note.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# A key of type 0x04 (a witness), from transparency-dev/formats.
WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"


@pytest.fixture
def peter(tmp_path):
    path = tmp_path / "peter.key"
    path.write_text(PETER_PRIVATE + "\n")
    return read_key(path)


def note(*lines: str) -> bytes:
    return (TEXT + "\n" + "".join(lines)).encode()


def test_a_key_and_its_signature_are_those_of_the_published_example(peter):
    assert str(peter.verifier) == PETER
    assert peter.sign(TEXT) == note(PETER_LINE)


def test_a_private_key_is_written_as_the_published_example_writes_it(tmp_path, peter, monkeypatch):
    made = make_key(tmp_path / "made.key", "PeterNeumann")
    again = read_key(tmp_path / "made.key")
    assert again == made
    line = (tmp_path / "made.key").read_text()
    assert line == f"PRIVATE+KEY+PeterNeumann+{made.verifier.id.hex()}+{encoded(bytes([1]) + made.seed)}\n"
    assert f"PRIVATE+KEY+PeterNeumann+c74f20a3+{encoded(bytes([1]) + peter.seed)}" == PETER_PRIVATE


@pytest.mark.parametrize("line", [PETER_LINE, ENOCH_LINE + PETER_LINE, PETER_LINE + ENOCH_LINE, PETER_LINE * 2])
def test_the_signature_of_a_given_key_is_found_among_others(line):
    read = read_note(note(line), [read_verifier(PETER)])
    assert (read.text, [str(one) for one in read.signed_by]) == (TEXT, [PETER])


def test_both_published_signatures_verify_and_so_does_the_specification_s():
    both = read_note(note(PETER_LINE, ENOCH_LINE), [read_verifier(ENOCH), read_verifier(PETER)])
    assert {one.name for one in both.signed_by} == {"PeterNeumann", "EnochRoot"}
    assert read_note(FOO_NOTE.encode(), [read_verifier(FOO)]).signed_by == (read_verifier(FOO),)


def test_a_signature_by_a_key_that_was_not_given_counts_for_nothing():
    assert read_note(note(PETER_LINE), []).signed_by == ()
    assert read_note(note(PETER_LINE), [read_verifier(ENOCH)]).signed_by == ()
    stranger = LedgerKey("PeterNeumann", bytes(32))  # the same name, another key
    assert read_note(stranger.sign(TEXT), [read_verifier(PETER)]).signed_by == ()


def test_no_changed_bit_of_a_note_passes():
    whole = note(PETER_LINE)
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        try:
            read = read_note(changed, [read_verifier(PETER)])
        except BrokenNote:
            continue
        assert read.signed_by == (), place  # its name or key id is that of somebody else now


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        note(PETER_LINE)[:-1],
        note(PETER_LINE, "\n"),
        note(PETER_LINE, "a line of nobody\n"),
        note(PETER_LINE).replace(b"\n\n", b"\r\n\r\n"),
        note(PETER_LINE).replace("—".encode(), b"-"),
        note(PETER_LINE.replace("PeterNeumann", "Peter+Neumann")),
        note(PETER_LINE.replace("PeterNeumann", "")),
        note("— PeterNeumann x08go/Zj===\n"),
        note("— PeterNeumann x08g\n"),
        note(PETER_LINE.replace("nAM=", "nAN=")),  # the same bytes, written in another way
        note(PETER_LINE).replace(b"cryptography", b"crypto\tgraphy"),
        note(PETER_LINE).replace(b"cryptography", b"crypto\xffgraphy"),
        note(PETER_LINE * 101),
        b"x" * LARGEST_NOTE + note(PETER_LINE),
    ],
)
def test_what_is_almost_a_note_is_refused(broken):
    with pytest.raises(BrokenNote):
        read_note(broken, [read_verifier(PETER)])


def test_a_hundred_strange_signatures_are_read_over():
    others = "".join(f"— other{number} {encoded(bytes([number] * 68))}\n" for number in range(99))
    assert len(read_note(note(others, PETER_LINE), [read_verifier(PETER)]).signed_by) == 1


def test_no_part_and_no_changed_letter_of_a_verifier_key_is_taken_for_one():
    for begin in range(len(PETER) + 1):
        for end in range(begin + 1, len(PETER) + 1):
            if (begin, end) != (0, len(PETER)):
                with pytest.raises(BrokenNote):
                    read_verifier(PETER[begin:end])
    for place, letter in enumerate(PETER):
        with pytest.raises(BrokenNote):
            read_verifier(PETER[:place] + chr(ord(letter) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        WITNESS,
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # as note_test.go has it
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_kind_is_refused(text):
    with pytest.raises(BrokenNote, match="not the verifier key of a ledger"):
        read_verifier(text)


def test_a_private_key_is_for_its_owner_only_and_never_overwritten(tmp_path):
    path = tmp_path / "ledger.key"
    made = make_key(path, ORIGIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "seed" not in repr(made)
    before = path.read_bytes()
    with pytest.raises(AssayError, match="never overwritten"):
        make_key(path, ORIGIN)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not the private key"),
        (PETER, "not the private key"),
        (PETER_PRIVATE[:-4], "not the private key"),
        (PETER_PRIVATE.replace("c74f20a3", "c74f20a4"), "damaged"),
        (PETER_PRIVATE.replace("PeterNeumann", "PeterNewmann"), "damaged"),
    ],
)
def test_a_damaged_private_key_is_refused(tmp_path, text, told):
    (tmp_path / "key").write_text(text)
    with pytest.raises(SignatureError, match=told):
        read_key(tmp_path / "key")


def test_a_missing_private_key_says_where_it_should_be(tmp_path):
    with pytest.raises(SignatureError, match=r"(?s)no such file.*--key"):
        read_key(tmp_path / "key")


def test_a_checkpoint_is_three_lines_under_a_signature():
    root = leaf_hash(b"x")
    signed = sign_checkpoint(ORIGIN, 1, root, KEY)
    assert signed.decode().split("\n")[:4] == [ORIGIN, "1", base64.b64encode(root).decode(), ""]
    read = read_checkpoint(signed, [KEY.verifier])
    assert (read.origin, read.size, read.root, read.key_known) == (ORIGIN, 1, root, True)
    assert not read_checkpoint(signed, []).key_known


def test_the_key_of_one_ledger_does_not_speak_for_another():
    other = LedgerKey("example.com/other", bytes(32))
    signed = other.sign(f"{ORIGIN}\n1\n{encoded(leaf_hash(b'x'))}\n")
    assert not read_checkpoint(signed, [other.verifier]).key_known


def test_lines_of_an_extension_are_read_over():
    signed = KEY.sign(f"{ORIGIN}\n1\n{encoded(leaf_hash(b'x'))}\nsomething else\n")
    assert read_checkpoint(signed, [KEY.verifier]).key_known


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        f"{ORIGIN}\n",
        f"{ORIGIN}\n1\n",
        f"{ORIGIN}\n1\nshort=\n",
        f"{ORIGIN}\n01\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n-1\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n1e3\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n١\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n{2**53 + 1}\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n{'9' * 400}\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n1\n{encoded(bytes(31))}\n",
        f"{ORIGIN}\n0\n{encoded(bytes(32))}\n",
        f"\n1\n{encoded(bytes(32))}\n",
        f"a name\n1\n{encoded(bytes(32))}\n",
        f"{ORIGIN}\n1\n{encoded(bytes(32))}\n\nmore\n",
    ],
)
def test_what_is_almost_a_checkpoint_is_refused(text):
    with pytest.raises(BrokenNote, match="not a checkpoint"):
        read_checkpoint(KEY.sign(text), [KEY.verifier])


def test_an_empty_ledger_has_the_root_of_nothing():
    assert read_checkpoint(sign_checkpoint(ORIGIN, 0, EMPTY_ROOT, KEY), [KEY.verifier]).size == 0


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("7", 7), (str(2**53), 2**53), ("", None), ("1\n", None)])
def test_numbers_are_written_in_one_way(text, value):
    assert number(text) == value
