import os

import pytest

from assay.api import load_signer
from assay.cli.main import main


def test_a_demo_identity_is_called_one(tmp_path, capsys):
    assert main(["keygen", str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert "trusted by nobody" in told
    assert f"--sign {tmp_path / 'demo' / 'signer.pem'}" in told
    assert sorted(os.listdir(tmp_path / "demo")) == ["root.pem", "signer.pem"]


def test_a_person_s_key_says_what_it_proves_and_how_it_is_trusted(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NEW_PASSWORD", "open sesame")
    folder = str(tmp_path / "maria")
    assert main(["keygen", folder, "--name", "Maria Lopez", "--rsa", "--password-env", "NEW_PASSWORD"]) == 0
    told = capsys.readouterr().out
    signer = load_signer(f"{folder}/signer.pem", password=b"open sesame")
    assert signer.certificate.public_key().key_size == 3072
    assert f"sha256:{signer.fingerprint}" in told
    assert "nobody has confirmed who Maria Lopez is" in told
    assert "NOT PROTECTED" not in told
    assert "open sesame" not in told
    assert main(["keygen", folder, "--name", "Maria Lopez", "--password-env", "NEW_PASSWORD"]) == 2
    assert "never overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--rsa"], "a demo identity has no options"),
        (["--password-fd", "0"], "a demo identity has no options"),
        (["--name", "M" * 65, "--password-env", "NEW_PASSWORD"], "cannot carry this name"),
        (["--name", "Maria", "--password-env", "NOT_SET"], "NOT_SET is not set"),
    ],
)
def test_what_keygen_cannot_do_is_wrong_usage_and_writes_nothing(tmp_path, capsys, monkeypatch, options, what):
    monkeypatch.setenv("NEW_PASSWORD", "open sesame")
    assert main(["keygen", str(tmp_path / "new"), *options]) == 2
    assert what in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
