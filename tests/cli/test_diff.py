"""`assay diff`: what got worse, in the terminal and in files, and an exit code that says whether anything did."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from assay.api import diff, make_demo_identity
from assay.cli.main import main
from assay.record.comparison import AuditDifference

FAIR = {
    "id": "FAIR-01", "title": "Every group is approved at least four fifths as often", "severity": "high",
    "check": "fairness.impact_ratio", "criterion": {"at_least": 0.8, "source": "convention"},
}  # fmt: skip
EVEN = {"a": (300, 500), "b": (300, 500)}
SKEWED = {"a": (100, 500), "b": (300, 500)}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Signed bundles of the same model, one with a gate that is open, one with a gate that is closed."""
    root, found = tmp_path_factory.mktemp("diff"), {}
    key = make_demo_identity(root / "demo")
    for name, groups in (("even", EVEN), ("skewed", SKEWED)):
        folder = root / name
        folder.mkdir()
        rows = [f"{group},{level}" for group, (yes, all_) in groups.items()
                for level, n in (("yes", yes), ("no", all_ - yes)) for _ in range(n)]  # fmt: skip
        (folder / "d.csv").write_text("\n".join(["sex,decision", *rows, ""]))
        manifest = {
            "assay": "manifest/v1",
            "identity": {"id": "credit", "name": "Credit", "version": "1.0.0"},
            "data": {"test": {"path": "d.csv"}},
            "columns": {
                "decision": {"column": "decision", "favourable": "yes"},
                "groups": {"sex": {"column": "sex"}},
            },
        }
        policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": [FAIR]}
        (folder / "model.yaml").write_text(yaml.safe_dump(manifest))
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy))
        asked = [
            "audit",
            str(folder / "model.yaml"),
            "--policy",
            str(folder / "policy.yaml"),
            "--no-pdf",
            "--sign",
            str(key),
        ]
        assert main([*asked, "--stage", "staging", "--out", str(folder / "out")]) in (0, 1)
        (record,) = folder.glob("out/*/*/audit.json")
        found[name] = record.parent
    return found


def test_a_control_that_newly_fails_is_told_first_and_the_exit_code_is_1(bundles, capsys):
    assert main(["diff", str(bundles["even"]), str(bundles["skewed"])]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("old: Credit 1.0.0, audit ")
    assert lines[2:6] == [
        "gate: open → closed (exit 1) at staging",
        "",
        "Newly failing (1)",
        "  p/FAIR-01: pass → fail, closes the gate; sex: a",
    ]
    assert lines[-1] == "Worse: the gate closed, 1 newly failing."


def test_a_fix_is_told_and_the_exit_code_is_0(bundles, capsys):
    assert main(["diff", str(bundles["skewed"]), str(bundles["even"])]) == 0
    out = capsys.readouterr().out
    assert "  p/FAIR-01: fail → pass; sex: a" in out
    assert out.splitlines()[-1] == "Nothing got worse: 1 fixed."


def test_an_audit_and_itself_do_not_differ(bundles, capsys):
    assert main(["diff", str(bundles["even"]), str(bundles["even"])]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing differs."


def test_a_record_alone_has_no_gate_to_speak_of(bundles, capsys):
    assert main(["diff", str(bundles["even"] / "audit.json"), str(bundles["skewed"])]) == 1
    out = capsys.readouterr().out
    assert "pass → fail; sex: a" in out
    assert "gate" not in out


def test_an_archive_is_read_like_its_folder(bundles, tmp_path, capsys):
    archive = tmp_path / "a.asice"
    assert main(["archive", "pack", str(bundles["skewed"]), "--out", str(archive)]) == 0
    assert main(["diff", str(bundles["skewed"]), str(archive)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing differs."


def test_a_waiver_that_expired_is_the_reason_of_exit_1_and_is_told_as_one(bundles, tmp_path, capsys):
    found = diff(bundles["skewed"], bundles["skewed"])
    waiver = {"id": "W-1", "control": "p/FAIR-01", "subject": found.old.digest, "reason": "A second sample",
              "approver": {"id": "cro"}, "expires": "2026-03-31"}  # fmt: skip
    (tmp_path / "w.yaml").write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": [waiver]}))
    source, sides = bundles["skewed"].parents[2], []
    for day in ("2026-03-31", "2026-04-01"):
        asked = ["audit", str(source / "model.yaml"), "--policy", str(source / "policy.yaml"), "--waivers",
                 str(tmp_path / "w.yaml"), "--no-pdf", "--stage", "staging", "--at", f"{day}T12:00:00Z"]  # fmt: skip
        assert main([*asked, "--out", str(tmp_path / day)]) == (0 if day == "2026-03-31" else 1)
        (record,) = (tmp_path / day).glob("*/*/audit.json")
        sides.append(str(record.parent))
    capsys.readouterr()
    assert main(["diff", *sides]) == 1
    out = capsys.readouterr().out
    assert "Closes the gate and did not (1)\n  p/FAIR-01: fail: does nothing to the gate → closes the gate\n" in out
    assert "      fails; waiver W-1 expired: EXPIRED on 2026-03-31. " in out
    assert out.splitlines()[-1] == "Worse: the gate closed, 1 newly closing the gate."
    assert main(["diff", *reversed(sides)]) == 0


def test_json_holds_everything_and_is_the_same_on_the_terminal_and_in_a_file(bundles, tmp_path, capsys):
    sides = str(bundles["even"]), str(bundles["skewed"])
    assert main(["diff", *sides, "--json", "-o", str(tmp_path / "d.json")]) == 1
    printed = capsys.readouterr().out
    assert (tmp_path / "d.json").read_text(encoding="utf-8") == printed
    told = json.loads(printed)
    assert list(told) == sorted([*AuditDifference.model_fields, "worse", "closed", "headline"])
    assert (told["assay"], told["worse"], told["closed"]) == ("difference/v1", True, True)
    assert told["headline"] == "Worse: the gate closed, 1 newly failing"
    [change] = told["newly_failing"]
    assert {key: change[key] for key in ("finding", "before", "after", "parts", "after_effect", "after_why")} == {
        "finding": "p/FAIR-01", "before": "pass", "after": "fail", "parts": ["sex: a"], "after_effect": "block",
        "after_why": "fails",
    }  # fmt: skip
    came_to = {"worse", "closed", "headline"}
    again = json.dumps({key: value for key, value in told.items() if key not in came_to})
    assert AuditDifference.model_validate_json(again) == diff(*sides)
    assert main(["diff", sides[0], sides[0], "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert (same["worse"], same["headline"], same["moved"]) == (False, "Nothing differs", [])


def test_every_field_of_the_json_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
    documented = text.partition("## What differs between two audits")[2]
    assert [
        name for name in (*AuditDifference.model_fields, "worse", "closed", "headline") if f"`{name}`" not in documented
    ] == []


@pytest.mark.parametrize("ending", ["md", "HTML"])
def test_the_difference_is_also_written_to_a_new_file(bundles, tmp_path, capsys, ending):
    file = tmp_path / f"d.{ending}"
    assert main(["diff", str(bundles["even"]), str(bundles["skewed"]), "-o", str(file)]) == 1
    assert "Worse: the gate closed, 1 newly failing" in file.read_text(encoding="utf-8")
    assert "Newly failing (1)" in capsys.readouterr().out
    assert main(["diff", str(bundles["even"]), str(bundles["skewed"]), "-o", str(file)]) == 2
    assert "the file is there already" in capsys.readouterr().err


def test_another_ending_is_refused_before_anything_is_written(bundles, tmp_path, capsys):
    assert main(["diff", str(bundles["even"]), str(bundles["skewed"]), "-o", str(tmp_path / "d.pdf")]) == 2
    assert "Give a file that ends in .md, .html or .json." in capsys.readouterr().err
    assert not (tmp_path / "d.pdf").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", "{}", "is not the record of an audit"),
        ("a.json", "[[[", "is not the record of an audit"),
        ("a.json", b"\xff\xfe", "is not the record of an audit"),
        ("a.json", None, "no such file"),
        ("folder", None, "folder"),
    ],
)
def test_what_is_no_audit_is_one_clear_error(bundles, tmp_path, capsys, name, content, told):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["diff", str(file), str(bundles["even"])]) == 2
    err = capsys.readouterr().err
    assert told in err.lower()
    assert str(file) in err


def test_a_record_with_a_name_twice_is_refused_because_one_would_hide_the_other(bundles, tmp_path, capsys):
    tree = json.loads((bundles["even"] / "audit.json").read_text())
    tree["findings"] *= 2
    (tmp_path / "audit.json").write_text(json.dumps(tree))
    assert main(["diff", str(tmp_path / "audit.json"), str(bundles["even"])]) == 2
    assert "two findings have the same name" in capsys.readouterr().err


def test_a_bundle_that_was_changed_after_it_was_signed_is_refused(bundles, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(bundles["even"], copy)
    shutil.copy(bundles["skewed"] / "gate.json", copy / "gate.json")
    assert main(["diff", str(copy), str(bundles["even"])]) == 2
    assert "the bundle is not intact" in capsys.readouterr().err


def test_a_name_in_a_record_cannot_steer_the_terminal(bundles, tmp_path, capsys):
    tree = json.loads((bundles["even"] / "audit.json").read_text())
    tree["subject"]["name"] = "\x1b[2Jgone\n\u202egate: open"
    (tmp_path / "audit.json").write_text(json.dumps(tree))
    assert main(["diff", str(bundles["even"]), str(tmp_path / "audit.json")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert not any(line.startswith("gate") for line in out.splitlines())


def test_the_function_gives_what_the_command_tells(bundles):
    found = diff(bundles["even"], bundles["skewed"])
    assert [change.finding for change in found.newly_failing] == ["p/FAIR-01"]
    assert found.worse
