"""`assay policy check|show|diff|list|lock`: what they print, and their exit codes."""

import json
import re

import pytest
import yaml

from assay.cli.main import main
from policies import control, extends, policy, write


@pytest.fixture
def child(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parent = policy("house", control("A", cites=[{"ref": "framework/S17"}]), control("LATER", status="planned"))
    write(tmp_path / "house" / "policy.yaml", parent)
    asked = extends("house", controls={"A": {"severity": "high", "criterion": {"at_least": 0.8, "source": "house"}}})
    write(tmp_path / "card.yaml", policy("card", control("X"), extends=[asked], review_by="2020-01-31", status="draft"))
    write(tmp_path / "card" / "policy.yaml", policy("other", control("X")))
    write(tmp_path / "rules" / "house.yaml", "broken: [")
    return "card.yaml"


@pytest.fixture
def flat(tmp_path, child):
    """The child beside its parent's folder, as `card/../house`."""
    path = tmp_path / "mine" / "card.yaml"
    write(path, (tmp_path / "card.yaml").read_text())
    return "mine/card.yaml"


def run(capsys, *arguments):
    code = main(["policy", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_check_counts_what_is_inherited_and_warns_on_stderr(flat, capsys):
    code, out, err = run(capsys, "check", flat)
    assert code == 0
    assert re.fullmatch(r"mine/card.yaml: card 1.0.0, 1 controls and 1 inherited, sha256:[0-9a-f]{64}\n", out)
    assert "warning: a draft that nobody has approved" in err
    assert "warning: its review was due by 2020-01-31" in err
    assert "warning: controls that cite nothing: X" in err
    assert "warning: what it extends is not locked: assay policy lock mine/card.yaml" in err
    assert run(capsys, "check", "house")[1].startswith("house: house 1.0.0, 1 controls, 1 planned, sha256:")


def test_check_goes_on_after_an_error_and_ends_with_2(flat, capsys):
    write_to = "mine/wrong.yaml"
    with open(write_to, "w") as file:
        yaml.safe_dump(policy("wrong", extends=[extends("house", controls={"B": {"severity": "high"}})]), file)
    code, out, err = run(capsys, "check", write_to, "baseline", flat)
    assert code == 2
    assert "mine/wrong.yaml:6:7: `house` has no control `B`" in err
    assert "baseline: baseline 1.0.0, 6 controls" in out
    assert "card 1.0.0" in out


def test_lock_writes_once_and_check_refuses_what_is_stale(flat, capsys, tmp_path):
    assert run(capsys, "lock", flat, "--check")[0] == 2
    assert run(capsys, "lock", flat) == (0, "mine/card.lock: written\n", "")
    assert run(capsys, "lock", flat, "--check") == (0, "mine/card.lock: up to date\n", "")
    assert "not locked" not in run(capsys, "check", flat)[2]
    assert "extends: house ^1.0, locked\n" in run(capsys, "show", flat)[1]
    write(tmp_path / "house" / "policy.yaml", policy("house", control("A"), title="Other"))
    for arguments in (["lock", flat, "--check"], ["check", flat], ["show", flat]):
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert "`house` 1.0.0 has other bytes than those that were locked" in err


def test_lock_that_cannot_be_written_is_3(flat, capsys, tmp_path):
    (tmp_path / "mine" / "card.lock").mkdir()
    code, _, err = run(capsys, "lock", flat)
    assert code == 3
    assert "card.lock: cannot be written" in err
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["card.lock", "card.yaml"]


def test_show_prints_what_is_asked_and_what_the_child_tightened(flat, capsys):
    code, out, _ = run(capsys, "show", flat)
    assert code == 0
    assert "card 1.0.0: card" in out
    assert "extends: house ^1.0\n" in out
    assert "house/A" in out
    assert "tightened: at_least 0.7 → 0.8, by card 1.0.0 (card.yaml:" in out
    assert "The control LATER [planned]" in out


def test_show_resolved_prints_yaml(flat, capsys):
    code, out, _ = run(capsys, "show", flat, "--resolved")
    assert code == 0
    assert yaml.safe_load(out)["house"]["controls"][0]["criterion"]["at_least"] == 0.8
    assert "was 0.7 at house/policy.yaml:" in out


def test_diff_prints_what_is_looser_first_and_ends_with_0(flat, capsys, tmp_path):
    write(tmp_path / "new.yaml", policy("house", control("A", severity="low"), control("B", title="Another")))
    code, out, _ = run(capsys, "diff", "house/policy.yaml", "new.yaml")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("looser    A  The control A (house/policy.yaml:6 → new.yaml:6)")
    assert lines[1] == "            looser: severity medium → low"
    assert lines[-1] == "1 looser, 1 gone, 1 changed, 1 new" or lines[-1] == "1 looser, 1 gone, 1 new"
    code, out, _ = run(capsys, "diff", "house/policy.yaml", "new.yaml", "--json")
    assert code == 0
    assert json.loads(out)[0]["kind"] == "looser"
    assert run(capsys, "diff", "house/policy.yaml", "house/policy.yaml") == (0, "no difference\n", "")
    assert run(capsys, "diff", "house/policy.yaml", "nowhere.yaml")[0] == 2


def test_list_names_every_pack_with_its_controls(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "baseline 1.0.0: Baseline for models that decide about people\n" in out
    assert "6 controls · shipped" in out
    code, out, _ = run(capsys, "list", "--json")
    listing = json.loads(out)
    assert code == 0
    assert {pack["id"]: pack["controls"] for pack in listing["packs"]}["baseline"] == 6
    assert {"packs", "catalogues"} == set(listing)


def test_a_text_of_a_policy_cannot_move_the_cursor(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "p.yaml", policy("p", control("A", title="a\u202eb".replace("\u202e", "\u00ad") + "c")))
    assert "a\ufffdbc" in run(capsys, "show", "p.yaml")[1]


def test_the_name_of_a_file_cannot_move_the_cursor(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = "es\x1b[31m\x9b2J\u202ec.yaml"
    (tmp_path / name).write_text("x: [")
    assert main(["policy", "check", name]) == 2
    told = capsys.readouterr().err
    assert told.startswith("es\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}2J\N{REPLACEMENT CHARACTER}c.yaml:")


def test_a_name_that_no_file_can_have_is_an_error_and_no_bug(capsys):
    assert main(["policy", "check", "a" * 5000]) == 2
    assert main(["waiver", "list", "a" * 5000]) == 2
    assert capsys.readouterr().err.count("file name too long") == 2


def test_a_policy_cannot_cost_minutes_by_its_patterns(tmp_path, capsys):
    asked = [control(f"C{i}", require={"field": "identity.name", "matches": f"a{i}"}) for i in range(101)]
    for one in asked:
        one.pop("check", None), one.pop("criterion", None)
    write(tmp_path / "p.yaml", policy("p", *asked))
    assert main(["policy", "check", str(tmp_path / "p.yaml")]) == 2
    assert "more than 100 different patterns" in capsys.readouterr().err
