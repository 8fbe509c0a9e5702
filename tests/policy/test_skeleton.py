"""A new policy loads at once, its tests hold, and nothing that was there is lost."""

import json
import os
from pathlib import Path

import pytest

import assay
from assay.api import new_policy, run_policy_tests
from assay.cli.main import main
from assay.errors import AssayError, PolicyError
from assay.policy.load import load_policies
from assay.policy.schema import schema_of
from assay.source import parse_source

FILES = ["README.md", "policy.schema.json", "policy.yaml", "tests/card-lending.yaml"]


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("extends", [None, "baseline"])
def test_a_new_policy_loads_and_its_tests_hold_and_notice_every_change(tmp_path, extends, capsys):
    chosen = ["--extends", extends] if extends else []
    assert main(["policy", "new", "card-lending", "--out", str(tmp_path), *chosen]) == 0
    folder = tmp_path / "card-lending"
    assert written(tmp_path) == [f"card-lending/{name}" for name in FILES]
    assert os.listdir(tmp_path) == ["card-lending"]
    assert main(["policy", "check", str(folder / "policy.yaml")]) == 0
    loaded = {policy.policy.id: policy.policy for policy in load_policies([folder])}
    assert set(loaded) == {"card-lending", *([extends] if extends else [])}
    assert (loaded["card-lending"].title, loaded["card-lending"].status) == ("Card lending", "draft")
    report = run_policy_tests(folder, mutate=True)
    assert report.failures == ()
    assert report.untested == ()
    assert report.mutation.score == 1
    assert main(["policy", "test", str(folder)]) == 0


def test_its_editor_finds_the_schema_beside_it(tmp_path):
    folder = new_policy("card-lending", out=tmp_path)
    first = (folder / "policy.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=policy.schema.json"
    assert json.loads((folder / "policy.schema.json").read_text()) == schema_of("policy")


def test_every_commented_line_can_be_taken_in(tmp_path):
    folder = new_policy("card-lending", out=tmp_path)
    text = (folder / "policy.yaml").read_text().replace("owners: []\n", "")
    text = text.replace("# applies_to:", "applies_to:").replace("# extends:\n#   -", "extends:\n  -")
    parse_source(text.encode(), "policy.yaml", error=PolicyError)
    (folder / "policy.yaml").write_text(text)
    assert [policy.policy.id for policy in load_policies([folder])] == ["baseline", "card-lending"]


def test_a_parent_may_lie_beside_the_new_policy(tmp_path):
    new_policy("house", out=tmp_path)
    folder = new_policy("card-lending", out=tmp_path, extends="house")
    assert 'version: "^0.1"' in (folder / "policy.yaml").read_text()
    assert {policy.policy.id for policy in load_policies([folder])} == {"house", "card-lending"}


def test_nothing_is_written_over(tmp_path, capsys):
    (tmp_path / "card-lending").mkdir()
    (tmp_path / "card-lending" / "policy.yaml").write_text("mine")
    assert main(["policy", "new", "card-lending", "--out", str(tmp_path)]) == 2
    assert "it is there already, and nothing was written" in capsys.readouterr().err
    assert written(tmp_path) == ["card-lending/policy.yaml"]
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(AssayError, match="there already"):
        new_policy("link", out=tmp_path)


def test_a_folder_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch):
    kept = Path.write_text

    def full(self, text, *args, **more):
        if self.name == "README.md":
            raise OSError(28, "No space left on device")
        return kept(self, text, *args, **more)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(assay.errors.WriteError, match="no space left on device"):
        new_policy("card-lending", out=tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "extends", "what"),
    [
        ("../evil", None, "cannot be the id of a policy"),
        ("Card", None, "cannot be the id of a policy"),
        ("a" * 81, None, "cannot be the id of a policy"),
        ("baseline", None, "there is a pack `baseline` already"),
        ("mine", "baselin", "there is no pack `baselin`"),
        ("mine", "mine", "cannot extend itself"),
        ("mine", "../baseline", "there is no pack"),
    ],
)
def test_an_id_that_cannot_be_used_is_told(tmp_path, name, extends, what):
    with pytest.raises(PolicyError, match=what):
        new_policy(name, out=tmp_path, extends=extends)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AssayError, match="there is no such folder"):
        new_policy("card-lending", out=tmp_path / "none")
