"""The documents say what the program does: their commands are understood, their policies load, their links lead on."""

import argparse
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from assay.cli.main import main, parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "reports" / "README.md",
    ROOT / "examples" / "credit_default" / "README.md",
]
README = ROOT / "README.md"


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"))


def commands() -> list[str]:
    lines = [line for document in DOCUMENTS for block in blocks(document, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("assay ")]


def subparsers(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """`audit`, …, `policy check`: every command with its parser."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found |= {f"{name} {inner}": part for inner, part in subparsers(child).items()} or {name: child}
    return found


def test_the_readme_shows_commands():
    assert len(commands()) >= 4


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_documents_is_understood(command):
    parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_option_of_the_documents_exists(document):
    known = {option for part in subparsers(parser()).values() for option in part._option_string_actions}
    planned = document.read_text(encoding="utf-8").partition("\n## Not yet\n")[2]
    text = document.read_text(encoding="utf-8").removesuffix(planned)
    inline = re.findall(r"`(--[a-z-]+)", re.sub(r"(?ms)^```.*?^```$", "", text))
    assert set(inline) <= known


@pytest.mark.parametrize("command", subparsers(parser()))
def test_every_command_is_in_the_readme(command):
    assert f"| `assay {command}` |" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", subparsers(parser()))
def test_every_command_and_option_has_help(command, capsys):
    part = subparsers(parser())[command]
    for action in part._actions:
        assert action.help, f"{command} {action.dest}"
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    assert f"usage: assay {command}" in capsys.readouterr().out


def test_the_readme_is_short_and_its_policy_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200
    (policy,) = blocks(README, "yaml")
    assert len(policy.splitlines()) <= 12


def test_the_policy_of_the_readme_loads(tmp_path):
    from assay.policy.load import load_policy

    (tmp_path / "card-lending.yaml").write_text(blocks(README, "yaml")[0], encoding="utf-8")
    loaded = load_policy(str(tmp_path / "card-lending.yaml"))
    assert [control.id for control in loaded.policy.controls] == ["FAIR-01"]


def test_the_first_command_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people = [f"{sex},{age},{repaid},{decision}" for sex in ("f", "m") for age in (23, 31, 40, 50, 66)
              for repaid, decision in (("yes", "approve"),) * 60 + (("no", "refuse"),) * 40]  # fmt: skip
    Path("scored.csv").write_text("\n".join(["sex,age,repaid,decision", *people, ""]), encoding="utf-8")
    code = main(shlex.split(commands()[0])[1:])
    assert code in (0, 1, 4)
    (record,) = Path("reports").glob("*/*/audit.json")
    assert b'"age: ' in record.read_bytes() or b'"age"' in record.read_bytes()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_the_documents_leads_to_a_file(document):
    targets = re.findall(r"\]\(([^)\s#]+)\)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


def test_every_dependency_has_its_reason_and_its_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[<>=~!]", dependency)[0] for dependency in project["project"]["dependencies"]]
    rows = dict(re.findall(r"(?m)^\| ([a-z0-9-]+) \| ([^|]+ \| [^|]+) \|$", (ROOT / "CONTRIBUTING.md").read_text()))
    assert [name for name in names if name not in rows] == []


@pytest.mark.parametrize("name", ["demo.txt", "test.txt", "oldest.txt"])
def test_every_requirement_is_pinned_and_hashed_and_names_no_index(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 50
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement
    assert "://" not in text
    assert "--index" not in text
