"""`assay sign`, `assay approve`, `assay archive renew`: a bundle from its first signature to its last timestamp."""

import shutil
from pathlib import Path

import pytest

import assay
from assay import api
from assay.cli.main import main
from assay.errors import AssayError
from attest.conftest import pki, run_tool, tsa  # noqa: F401  fixtures
from auditing import write_csv

pytestmark = pytest.mark.campaign

PEOPLE = [(g, d, y) for g in ("f", "m") for d, y in (("yes", 1), ("no", 0)) for _ in range(500)]
SHORT = ["--label", "repaid=1", "--decision", "decision=yes", "--groups", "sex", "--stage", "development"]


@pytest.fixture(scope="module")
def home(tmp_path_factory, pki):  # noqa: F811
    """An audit that nobody has signed, and keys."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "people.csv", ("sex", "decision", "repaid"), PEOPLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["audit", "people.csv", *SHORT, "--out", "out"]) == 0
    (bundle,) = (folder / "out").glob("*/*")
    bundle.rename(folder / "bundle")
    pki.author.write(folder / "author.pem")
    pki.approver.write(folder / "approver.pem")
    return folder


@pytest.fixture
def here(home, tmp_path, monkeypatch):
    """A copy of the bundle in the working folder, the keys beside it."""
    shutil.copytree(home / "bundle", tmp_path / "bundle")
    for key in home.glob("*.pem"):
        shutil.copy(key, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_bundle_goes_from_unsigned_to_approved_and_timestamped(here, tsa, capsys):  # noqa: F811
    capsys.readouterr()
    assert "NOT SIGNED" in Path("bundle/report.html").read_text()
    assert main(["approve", "bundle", "--sign", "approver.pem"]) == 2
    assert "nobody has signed the bundle" in capsys.readouterr().err
    assert main(["sign", "bundle", "--sign", "author.pem"]) == 0
    said = capsys.readouterr().out.strip()
    assert said == f'{Path("bundle/META-INF/signature001.p7s")}: signed by "Test Author" as author'
    page = Path("bundle/report.html").read_text()
    assert "NOT SIGNED" not in page
    assert "Author: made this report" in page
    assert "NOT SIGNED" not in run_tool("pdftotext", "bundle/report.pdf", "-").stdout
    assert main(["approve", "bundle", "--sign", "approver.pem", "--note", "All seen.", "--tsa", tsa.url]) == 0
    told = capsys.readouterr().out
    for expected in ("SHA-256 of audit.json: ", "gate OPEN for development", "controls: ",
                     "signature 1, author: Test Author", 'signed by "Test Approver" as approver'):  # fmt: skip
        assert expected in told, expected
    assert main(["archive", "renew", "bundle", "--tsa", tsa.url]) == 0
    assert "META-INF/timestamp004.tst: timestamped" in capsys.readouterr().out
    assert main(["verify", "bundle"]) == 0
    told = capsys.readouterr().out
    assert "the signer adds: All seen." in told
    assert told.count("says that everything before it existed at") == 2
    assert "report.html says what the record says" in told


def test_an_audit_can_be_signed_with_a_meaning_and_timestamped_at_once(here, home, tsa, capsys):  # noqa: F811
    shutil.copy(home / "people.csv", here)
    options = ["--sign", "author.pem", "--meaning", "responsibility", "--tsa", tsa.url]
    assert main(["audit", "people.csv", *SHORT, "--out", "out", *options]) == 0
    (bundle,) = Path("out").glob("*/*")
    found = assay.verify(bundle)
    assert found.intact
    assert [one.meaning for one in found.signatures] == ["responsibility"]
    assert [one.number for one in found.timestamps] == [2]
    assert main(["audit", "people.csv", *SHORT, "--out", "other", "--tsa", tsa.url]) == 2
    assert "--tsa goes with --sign" in capsys.readouterr().err


def test_what_cannot_be_signed_is_told_and_left_as_it_is(here, capsys):
    assert main(["archive", "renew", "bundle", "--tsa", "http://127.0.0.1:9/none"]) == 2
    assert "not signed" in capsys.readouterr().err
    main(["sign", "bundle", "--sign", "author.pem"])
    before = {path: path.read_bytes() for path in Path("bundle").rglob("*") if path.is_file()}
    assert main(["sign", "bundle", "--sign", "author.pem"]) == 2
    assert "has signed as author already" in capsys.readouterr().err
    assert main(["sign", "bundle", "--sign", "approver.pem", "--tsa", "http://127.0.0.1:9/none"]) == 3
    assert "http://127.0.0.1:9/none" in capsys.readouterr().err
    assert main(["sign", "none", "--sign", "author.pem"]) == 2
    assert {path: path.read_bytes() for path in Path("bundle").rglob("*") if path.is_file()} == before
    assert main(["sign", "bundle", "--sign", "author.pem", "--meaning", "approver"]) == 0
    assert "where two people are asked for, this is one" in capsys.readouterr().err
    Path("bundle/gate.json").write_bytes(b"{}")
    assert main(["approve", "bundle", "--sign", "approver.pem"]) == 2
    assert "not intact" in capsys.readouterr().err


def test_a_file_of_decisions_is_signed_beside_itself(here, capsys):
    Path("waivers.yaml").write_text("assay: waivers/v1\nwaivers: []\n")
    assert main(["sign", "waivers.yaml", "--sign", "author.pem", "--meaning", "approver"]) == 2
    assert "--meaning goes with a bundle" in capsys.readouterr().err
    assert main(["sign", "waivers.yaml", "--sign", "author.pem"]) == 0
    assert capsys.readouterr().out == 'waivers.yaml.p7s: signed by "Test Author"\n'
    assert Path("waivers.yaml.p7s").exists()


def test_what_changed_after_it_was_shown_is_not_signed(here):
    api.sign("bundle", assay.load_signer("author.pem"))
    shown = api.review("bundle")
    api.sign("bundle", assay.load_signer("author.pem"), meaning="reviewer")
    approver = assay.load_signer("approver.pem")
    with pytest.raises(AssayError, match="is not the one that was shown"):
        api.sign("bundle", approver, meaning="approver", shown=shown)
    assert not Path("bundle/META-INF/signature003.p7s").exists()
    api.sign("bundle", approver, meaning="approver", shown=api.review("bundle"))
    assert assay.verify("bundle").intact
