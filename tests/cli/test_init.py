"""`assay init`: writes once, says what is missing."""

import os
import stat

import pytest

from assay.cli.main import main
from auditing import write_csv


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [(sex, decision) for sex in "fm" for decision in ["yes"] * 30 + ["no"] * 10]
    write_csv(tmp_path / "scored.csv", ("sex", "decision"), rows)
    return tmp_path


def test_what_is_written_can_be_audited_at_once(folder, capsys):
    assert main(["init", "--data", "scored.csv", "--decision", "decision=yes", "--groups", "sex"]) == 0
    out = capsys.readouterr().out
    assert "model.yaml: 9 facts, " in out
    assert "6 controls by the manifest alone: 1 fail, 3 not applicable; 2 need an audit" in out
    assert "  owners.business                      baseline/GOV-01 (fail)\n" in out
    assert main(["audit", "model.yaml", "--out", "r"]) == 1


def test_a_manifest_that_is_there_is_never_overwritten(folder, capsys):
    (folder / "model.yaml").write_text("mine\n")
    assert main(["init"]) == 2
    assert (folder / "model.yaml").read_text() == "mine\n"
    (folder / "link.yaml").symlink_to("nowhere")
    assert main(["init", "--out", "link.yaml"]) == 2
    assert "already" in capsys.readouterr().err


def test_another_name_and_another_folder(folder):
    (folder / "m").mkdir()
    assert main(["init", "m", "--out", "m/first.yaml"]) == 0
    assert stat.S_IMODE((folder / "m" / "first.yaml").stat().st_mode) & 0o600 == 0o600
    assert sorted(os.listdir(folder / "m")) == ["first.yaml"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--data", "scored.csv", "--label", "decision"], "does not say which value is favourable"),
        (["--data", "scored.csv", "--decision", "decison=yes"], "Did you mean `decision`"),
        (["--data", "empty.csv"], "no header"),
        (["nowhere"], "cannot be read"),
        (["--policy", "baselin"], "baseline"),
    ],
)
def test_what_cannot_be_used_writes_nothing(folder, options, told, capsys):
    (folder / "empty.csv").write_text("")
    assert main(["init", *options]) == 2
    assert told in capsys.readouterr().err
    assert not (folder / "model.yaml").exists()
