"""`assay archive pack` and `unpack`."""

import pytest

from assay.cli.main import main
from attest.conftest import an_audit, files_of


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    from assay.attest.bundle import write_bundle
    from assay.attest.keys import load_signer, make_demo_identity

    folder = tmp_path_factory.mktemp("home")
    write_bundle(folder / "m-1", files_of(an_audit()), signer=load_signer(make_demo_identity(folder / "demo")))
    return folder / "m-1"


def snapshot(path):
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def test_a_bundle_goes_into_one_file_and_comes_back(bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["archive", "pack", str(bundle), "--out", "sent.asice"]) == 0
    assert main(["archive", "unpack", "sent.asice", "--out", "received"]) == 0
    assert capsys.readouterr().out == "sent.asice\nreceived\n"
    assert snapshot(tmp_path / "received") == snapshot(bundle)


def test_the_archive_lies_beside_the_bundle_where_nothing_else_is_said(bundle, monkeypatch, capsys):
    monkeypatch.chdir(bundle)
    assert main(["archive", "pack", "."]) == 0
    beside = bundle.parent / "m-1.asice"
    assert capsys.readouterr().out == f"{beside}\n"
    assert main(["archive", "pack", "."]) == 2
    assert "something here already" in capsys.readouterr().err
    assert beside.read_bytes()[30:38] == b"mimetype"


def test_what_cannot_be_packed_or_unpacked_is_told_with_what_to_do(bundle, tmp_path, capsys):
    assert main(["archive", "pack", str(tmp_path)]) == 2
    assert "is not a bundle" in capsys.readouterr().err
    (tmp_path / "x.asice").write_bytes(b"PK\x03\x04 and nothing else")
    assert main(["archive", "unpack", str(tmp_path / "x.asice"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "x.asice: the archive is refused: it has no end: it was cut short" in told
    assert "unzip FILE -d FOLDER" in told
    assert main(["archive", "unpack", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_exit_code_3(bundle, tmp_path, capsys):
    assert main(["archive", "pack", str(bundle), "--out", str(tmp_path / "no" / "x.asice")]) == 3
    assert "cannot be written" in capsys.readouterr().err
