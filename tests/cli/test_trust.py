"""`assay trust`: begin the file that says whom to believe, and list what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.api import load_trust, make_demo_identity
from assay.cli.main import main
from attest.pki import authority, crl, person, timestamper

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AT = ["--at", "2026-03-31T12:00:00Z"]
ROOT = authority("House Root", end=datetime(2030, 1, 1, tzinfo=UTC))
STAMP_ROOT = authority("Stamp Root", end=datetime(2026, 1, 1, tzinfo=UTC))
MARIA, BEN = person("Maria Lopez", ROOT), person('Ben "B" Cho', ROOT)
LEDGER = "bank.example/assay+2f5c8d1e+AQ" + "A" * 40 + "=="


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pki").mkdir()
    for name, one in (
        ("root", ROOT),
        ("stamps", STAMP_ROOT),
        ("maria", MARIA),
        ("clock", timestamper("C", STAMP_ROOT)),
    ):
        (tmp_path / "pki" / f"{name}.pem").write_bytes(one.pem)
    BEN.write(tmp_path / "ben.pem")
    (tmp_path / "pki" / "root.crl").write_bytes(crl(ROOT, [(BEN, NOW - DAY)], at=NOW - 2 * DAY, until=NOW + DAY))
    (tmp_path / "pki" / "old.crl").write_bytes(crl(STAMP_ROOT, at=NOW - 9 * DAY, until=NOW - 2 * DAY))
    return tmp_path


def new(*arguments: str) -> int:
    return main(["trust", "new", "trust.yaml", *arguments])


WHOLE = [
    "--root", "pki/root.pem", "--timestamp-root", "pki/stamps.pem", "--revocation", "pki/root.crl",
    "--revocation", "pki/old.crl", "--person", "maria=pki/maria.pem:author,reviewer", "--person", "ben=ben.pem",
    "--require", "author,approver", "--require-timestamp", "--ledger", LEDGER,
]  # fmt: skip


def test_what_new_writes_is_what_check_reads(here, capsys):
    assert new(*WHOLE) == 0
    assert capsys.readouterr().out == "trust.yaml: written; `assay trust check trust.yaml` says whom it trusts\n"
    trust = load_trust("trust.yaml").trust
    assert (trust.roots, trust.timestamp_roots) == (("pki/root.pem",), ("pki/stamps.pem",))
    assert trust.revocation == ("pki/root.crl", "pki/old.crl")
    assert [(one.id, one.name, one.meanings) for one in trust.people] == [
        ("maria", "Maria Lopez", ("author", "reviewer")), ("ben", 'Ben "B" Cho', None),
    ]  # fmt: skip
    assert trust.people[1].certificates == ("sha256:" + BEN.fingerprint,)
    assert (trust.bundle.meanings, trust.bundle.timestamp) == (("author", "approver"), True)
    assert trust.ledgers == (LEDGER,)


def test_check_lists_everything_that_is_trusted(here, capsys):
    new(*WHOLE)
    capsys.readouterr()
    assert main(["trust", "check", "trust.yaml", *AT]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"trust.yaml: {load_trust('trust.yaml').digest}",
        "roots",
        f"  House Root: 2020-01-01 to 2030-01-01, sha256:{ROOT.fingerprint}",
        "timestamp roots",
        f"  Stamp Root: 2020-01-01 to 2026-01-01, sha256:{STAMP_ROOT.fingerprint}",
        "revocation",
        '  list of "House Root", 1 revoked: of 2026-03-29 12:00, next 2026-04-01 12:00',
        '  list of "Stamp Root", 0 revoked: of 2026-03-22 12:00, next 2026-03-29 12:00',
        "people",
        f"  maria (Maria Lopez): author, reviewer; sha256:{MARIA.fingerprint}",
        f'  ben (Ben "B" Cho): any meaning; sha256:{BEN.fingerprint}',
        "demands: author, approver; a timestamp over every signature",
        "ledgers",
        f"  {LEDGER}",
    ]
    assert told.err.splitlines() == [
        'trust.yaml: warning: root "Stamp Root": expired on 2026-01-01; it counts for what '
        "a timestamp shows to be older",
        'trust.yaml: warning: list of "Stamp Root", 0 revoked: is out of date since 2026-03-29',
    ]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("", ["there are neither roots nor people: no signature is trusted"]),
        ("roots: [pki/root.pem]", ["nobody is named: anybody below the roots is trusted, with any meaning"]),
        ("roots: [pki/root.pem]\npeople: [{id: m, subject: CN=M, meanings: [author]}]\nbundle: {meanings: [approver]}",
         ["a signature with the meaning approver is demanded, and nobody may give one"]),
        ("roots: [pki/root.pem]",
         ["bundle.meanings demands no signatures: one trusted signature, of any meaning, is enough"]),
    ],
)  # fmt: skip
def test_check_warns_of_what_is_trusted_too_easily_or_never(text, warnings, here, capsys):
    (here / "trust.yaml").write_text(f"assay: trust/v1\n{text}\n")
    assert main(["trust", "check", "trust.yaml", *AT]) == 0
    told = [line.removeprefix("trust.yaml: warning: ") for line in capsys.readouterr().err.splitlines()]
    assert set(warnings) <= set(told)
    assert "there is no revocation list or answer: revocation is not checked" in told
    assert "there are no timestamp_roots: a signature counts only as long as its certificate is valid" in told


def test_check_warns_of_a_root_that_stands_for_nobody(here, capsys):
    make_demo_identity(here / "demo")
    new("--root", "demo/root.pem")
    main(["trust", "check", "trust.yaml"])
    assert "is a DEMONSTRATION root, which stands for nobody" in capsys.readouterr().err


def test_check_ends_with_2_for_a_file_that_cannot_be_used(here, capsys):
    (here / "trust.yaml").write_text("assay: trust/v1\nroots: [pki/maria.pem]\n")
    assert main(["trust", "check", "trust.yaml"]) == 2
    assert 'trust.yaml:2:9: `pki/maria.pem` holds "Maria Lopez", which is no authority (CA)' in capsys.readouterr().err
    assert main(["trust", "check", "nowhere.yaml"]) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--root", "pki/maria.pem"], "which is no authority (CA)"),
        (["--root", "pki/none.pem"], "`pki/none.pem` is not there"),
        (["--root", "../outside.pem"], "../outside.pem: lies outside the folder of the trust file"),
        (["--person", "maria=pki/root.crl"], "pki/root.crl: holds no certificate in PEM"),
        (["--person", "maria=none.pem"], "none.pem: is not there"),
        (["--person", "maria=pki/maria.pem", "--person", "ben=pki/maria.pem"], "this certificate is that of maria too"),
        (["--require-timestamp"], "no timestamp can be trusted"),
        (["--ledger", "bank"], "a ledger's verifier key is written"),
    ],
)
def test_new_writes_nothing_that_could_not_be_read(arguments, told, here, capsys):
    (here.parent / "outside.pem").write_bytes(ROOT.pem)
    assert new(*arguments) == 2
    assert told in capsys.readouterr().err
    assert not (here / "trust.yaml").exists()


def test_new_overwrites_nothing(here, capsys):
    (here / "trust.yaml").write_text("mine")
    assert new("--root", "pki/root.pem") == 2
    assert "the file is there already" in capsys.readouterr().err
    assert (here / "trust.yaml").read_text() == "mine"


def test_paths_are_written_as_the_trust_file_sees_them(here):
    assert main(["trust", "new", "pki/trust.yaml", "--root", "pki/root.pem"]) == 0
    assert load_trust("pki/trust.yaml").trust.roots == ("root.pem",)


@pytest.mark.parametrize(
    ("person", "told"),
    [
        ("maria", "'maria' is nobody; write e.g. maria=maria.pem:author,reviewer"),
        ("=pki/maria.pem", "'=pki/maria.pem' is nobody"),
        ("maria=", "'maria=' is nobody"),
        ("maria=pki/maria.pem:author,boss", "'boss' is no meaning; known: author, reviewer, approver, responsibility"),
    ],
)
def test_somebody_who_is_not_written_as_somebody_is_a_mistake_of_the_command(person, told, here, capsys):
    with pytest.raises(SystemExit) as ended:
        new("--person", person)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_colon_in_a_path_is_no_meaning(here):
    (here / "a:b.pem").write_bytes(MARIA.pem)
    assert new("--person", "maria=a:b.pem") == 0
    assert load_trust("trust.yaml").trust.people[0].meanings is None


def test_the_schema_of_trust_files_is_published(capsys):
    assert main(["policy", "schema", "--of", "trust"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["title"] == "Assay trust"
    assert {"roots", "people", "bundle", "ledgers"} <= set(schema["properties"])
