"""`assay ledger`: make, list, prove, check, export; what it prints and how it ends."""

import json
import shutil

import pytest
import yaml

from assay.api.ledgers import LEDGER
from assay.attest.ledger import check_proof, open_ledger, read_verifier
from assay.cli.ledger.arguments import DEFAULT
from assay.cli.main import main
from ledgers import ORIGIN, changed, digest_of, entry


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def verifier(here, capsys):
    """A ledger of three entries at the usual place; its verifier key."""
    assert main(["ledger", "new", "--origin", ORIGIN]) == 0
    told = capsys.readouterr().out.splitlines()
    with open_ledger(DEFAULT) as ledger:
        ledger.append([entry("a"), entry("b"), entry("c")])
    return told[-1]


def ended(capsys, *arguments):
    code = main(["ledger", *arguments])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out + told.err


def test_a_new_ledger_lies_at_the_usual_place_with_its_key_beside_it(here, verifier):
    assert DEFAULT == LEDGER
    assert sorted(one.name for one in (here / "reports").iterdir()) == ["ledger.sqlite", "ledger.sqlite.key"]
    assert read_verifier(verifier).name == ORIGIN
    assert (here / "reports" / "ledger.sqlite.key").stat().st_mode & 0o777 == 0o600


def test_nothing_is_made_over_a_ledger_or_a_key(here, verifier, capsys):
    before = (here / DEFAULT).read_bytes(), (here / f"{DEFAULT}.key").read_bytes()
    assert ended(capsys, "new", "--origin", "example.com/other")[0] == 2
    code, told = ended(capsys, "new", "--origin", "example.com/other", "--key", "other.key")
    assert code == 2
    assert "there is a file here already" in told
    assert ((here / DEFAULT).read_bytes(), (here / f"{DEFAULT}.key").read_bytes()) == before
    assert not (here / "other.key").exists()


def test_a_ledger_on_a_server_asks_for_the_path_of_its_key(here, capsys):
    code, told = ended(capsys, "new", "postgresql://me@localhost/x", "--origin", ORIGIN)
    assert code == 2
    assert "--key" in told
    assert list(here.iterdir()) == []


def test_a_password_in_an_address_is_refused_and_not_repeated(here, capsys):
    code, told = ended(capsys, "log", "postgresql://me:sesame@localhost/x")
    assert code == 2
    assert "can be read by everybody" in told
    assert "sesame" not in told


def test_entries_are_listed_with_the_newest_last(verifier, capsys):
    code, told = ended(capsys, "log")
    lines = told.splitlines()
    assert code == 0
    assert lines[0].split() == ["index", "made", "kind", "name", "digest", "gate"]
    assert lines[3].split() == ["2", "2026-03-31", "12:00:00Z", "policy", "c", digest_of("c")[:19]]
    whole = [json.loads(line) for line in ended(capsys, "log", DEFAULT, "--json")[1].splitlines()]
    assert [(one["index"], one["entry"]["digest"]) for one in whole] == [(i, digest_of(n)) for i, n in enumerate("abc")]


def test_a_name_in_an_entry_does_not_move_the_cursor(verifier, capsys):
    with open_ledger(DEFAULT) as ledger:
        ledger.append([entry("\x1b[2Jgone\u202e")])
    for arguments in (["log"], ["log", "--json"]):
        told = ended(capsys, *arguments)[1]
        assert "\x1b" not in told
        assert "\u202e" not in told


@pytest.mark.parametrize("which", ["1", digest_of("b")])
def test_an_entry_is_proven_by_index_or_digest(here, verifier, capsys, which):
    assert ended(capsys, "prove", DEFAULT, which, "--out", "b.tlog-proof") == (0, "b.tlog-proof: proof of entry 1\n")
    with open_ledger(DEFAULT) as ledger:
        leaf = ledger.leaf(1)
    proof = (here / "b.tlog-proof").read_bytes()
    assert check_proof(proof, leaf, [read_verifier(verifier)]).key_known
    assert ended(capsys, "prove", DEFAULT, which) == (0, proof.decode())
    assert ended(capsys, "prove", DEFAULT, which, "--out", "b.tlog-proof")[0] == 2


@pytest.mark.parametrize("which", ["3", "-1", "99999999999999999999", digest_of("x"), "b", "1 OR 1=1"])
def test_an_entry_that_is_not_there_is_not_proven(verifier, capsys, which):
    code, told = (
        ended(capsys, "prove", DEFAULT, "--", which) if which == "-1" else ended(capsys, "prove", DEFAULT, which)
    )
    assert code == 2
    assert "no entry" in told


def test_a_check_tells_what_it_was_compared_with(here, verifier, capsys):
    assert ended(capsys, "check", DEFAULT)[0] == 3
    ended(capsys, "prove", DEFAULT, "1", "--out", "kept")
    with open_ledger(DEFAULT) as ledger:
        ledger.append([entry("d")])
    code, told = ended(capsys, "check", DEFAULT, "--against", "kept")
    assert code == 0
    assert "compared with kept, 3 entries; its signature was not checked: log key not known" in told
    assert "consistent; 1 entries are newer than each of these checkpoints" in told
    code, told = ended(capsys, "check", DEFAULT, "--against", "kept", "--verifier", verifier)
    assert (code, "signed by a known key" in told) == (0, True)
    (here / "trust.yaml").write_text(yaml.safe_dump({"assay": "trust/v1", "ledgers": [verifier]}))
    assert ended(capsys, "check", DEFAULT, "--trust", "trust.yaml")[0] == 0


def test_a_check_finds_what_was_done_to_the_ledger(here, verifier, capsys):
    shutil.copy(DEFAULT, "older.sqlite")
    with open_ledger(DEFAULT) as ledger:
        ledger.append([entry("d")])
    ended(capsys, "prove", DEFAULT, "3", "--out", "kept")
    shutil.copy("older.sqlite", DEFAULT)
    code, told = ended(capsys, "check", DEFAULT, "--against", "kept", "--verifier", verifier)
    assert code == 1
    assert "kept covers 4 entries, and the ledger holds 3" in told
    assert told.endswith("NOT CONSISTENT\n")


def test_checkpoints_of_bundles_and_exports_are_found_in_them(here, verifier, capsys):
    ended(capsys, "prove", DEFAULT, "1", "--out", "kept")
    bundle = here / "bundle" / "ledger"
    bundle.mkdir(parents=True)
    shutil.move("kept", bundle / "proof.txt")
    assert ended(capsys, "export", DEFAULT, "--out", "plain") == (
        0, "plain: 3 entries, of which the checkpoint covers 3; VERIFY.txt says how to check them\n"
    )  # fmt: skip
    code, told = ended(capsys, "check", DEFAULT, "--against", "bundle", "plain", "plain/checkpoint.txt")
    assert code == 0
    assert told.count("compared with") == 3
    changed(here / DEFAULT, "DELETE FROM entries WHERE position = 1")
    assert ended(capsys, "check", DEFAULT, "--against", "bundle")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere"],
        ["check", DEFAULT, "--against", "nowhere"],
        ["check", DEFAULT, "--against", "."],
        ["check", DEFAULT, "--against", DEFAULT],
        ["check", DEFAULT, "--against", "/dev/null"],
        ["check", DEFAULT, "--verifier", "x"],
        ["check", DEFAULT, "--trust", "nowhere.yaml"],
        ["check", f"{DEFAULT}.key"],
        ["export", DEFAULT, "--out", "reports"],
        ["log", "reports"],
    ],
)
def test_what_cannot_be_read_ends_with_two(verifier, capsys, arguments):
    assert ended(capsys, *arguments)[0] == 2


def test_a_missing_key_is_told_and_nothing_is_signed(here, verifier, capsys):
    (here / f"{DEFAULT}.key").unlink()
    code, told = ended(capsys, "prove", DEFAULT, "1")
    assert code == 3
    assert "the key of the ledger cannot be read" in told
    assert ended(capsys, "export", DEFAULT, "--out", "plain")[0] == 2
