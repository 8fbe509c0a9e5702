"""The documents say what the program does: their commands are understood, their policies load, their links lead on."""

import argparse
import re
import shlex
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from assay.cli.main import main, parser
from assay.errors import AssayError, ManifestError, PolicyError, Problems
from assay.policy.load import load_policies
from assay.policy.waivers import load_waivers
from assay.record.attestation import Attestations, SignOffs
from assay.record.catalogue import Catalogue
from assay.record.condition import Test
from assay.record.lock import Lock
from assay.record.manifest import Manifest
from assay.record.policy_tests import PolicyTests, Survivors
from assay.record.trust import Trust
from assay.source import parse_source, read_model
from auditing import shared

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "policies.md",
    ROOT / "docs" / "checks.md",
    ROOT / "docs" / "ci.md",
    ROOT / "docs" / "coverage.md",
    ROOT / "docs" / "exports.md",
    ROOT / "docs" / "measuring.md",
    ROOT / "docs" / "python.md",
    ROOT / "docs" / "reports.md",
    ROOT / "docs" / "statistics.md",
    ROOT / "docs" / "trust.md",
    ROOT / "reports" / "README.md",
    ROOT / "examples" / "credit_default" / "README.md",
    *sorted(ROOT.glob("policies/*/README.md")),
]
README = ROOT / "README.md"


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"))


GUIDE = ROOT / "docs" / "policies.md"

POLICY = """\
assay: policy/v1
id: example
version: 1.0.0
title: Example
parameters:
  floor: {type: number, default: 0.80, minimum: 0.80, maximum: 1.0, tighten: up}
  auc_margin: {type: number, default: 0.02, minimum: 0, maximum: 0.02, tighten: down}
"""
MANIFEST = """\
assay: manifest/v1
identity: {id: example, name: Example, version: 1.0.0}
"""
WHOLE = {
    "trust": (Trust, PolicyError), "attestations": (Attestations, PolicyError), "sign-offs": (SignOffs, PolicyError),
    "manifest": (Manifest, ManifestError), "catalogue": (Catalogue, PolicyError), "lock": (Lock, PolicyError),
    "policy-tests": (PolicyTests, PolicyError), "survivors": (Survivors, PolicyError),
}  # fmt: skip


def problems_of(block: str, folder: Path) -> list[str]:
    """What is wrong with an example: a whole file, or a part of one, which is put into the smallest whole."""
    text, first = block, block.lstrip().splitlines()[0]
    key = first.partition(":")[0]
    if first.startswith("- "):
        text = f"{POLICY}controls:\n{block}"
    elif key != "assay" and key in Manifest.model_fields:
        text = MANIFEST + block
    elif key != "assay":
        controls = (
            "" if re.search(r"(?m)^(controls|extends):", block) else "controls:\n- {id: A, title: A, status: planned}\n"
        )
        text = re.sub(r"(?m)^parameters:\n(  .*\n)+", "", POLICY) if "parameters:" in block else POLICY
        text += block + controls
    kind = text.partition("assay: ")[2].partition("/")[0]
    (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
    try:
        if kind == "policy":
            load_policies([folder / "policy.yaml"])
        elif kind == "waivers":
            load_waivers(folder / "waivers.yaml")
        else:
            model, error = WHOLE[kind]
            read_model(parse_source(text.encode(), f"{kind}.yaml", error=error), model, error=error)
    except AssayError as problem:
        return [one.what for one in (problem.problems if isinstance(problem, Problems) else [problem])]
    return []


def commands(*documents: Path) -> list[str]:
    lines = [
        line for document in documents or DOCUMENTS for block in blocks(document, "sh") for line in block.splitlines()
    ]
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
    parser().parse_args(shlex.split(command, comments=True)[1:])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_option_of_the_documents_exists(document):
    known = {option for part in subparsers(parser()).values() for option in part._option_string_actions}
    planned = document.read_text(encoding="utf-8").partition("\n## Not yet\n")[2]
    text = document.read_text(encoding="utf-8").removesuffix(planned)
    inline = re.findall(r"`(--[a-z-]+)", re.sub(r"(?ms)^```.*?^```$", "", text))
    assert set(inline) <= known


@pytest.mark.parametrize("command", subparsers(parser()))
def test_every_command_is_listed(command):
    assert f"| `assay {command}` |" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


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


def yaml_blocks() -> list:
    return [
        pytest.param(block, id=f"{document.relative_to(ROOT).as_posix()} {number}")
        for document in DOCUMENTS
        for number, block in enumerate(blocks(document, "yaml"), 1)
    ]


@pytest.mark.parametrize("block", yaml_blocks())
def test_every_yaml_of_the_documents_loads(block, tmp_path):
    assert problems_of(block, tmp_path) == []


def test_the_guide_is_short_and_its_example_is_tested_by_its_tests(tmp_path, capsys):
    assert len(GUIDE.read_text(encoding="utf-8").splitlines()) <= 275
    policy, *others = blocks(GUIDE, "yaml")
    (tests,) = (block for block in others if block.startswith("assay: policy-tests/v1"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "tests" / "all.yaml").write_text(tests, encoding="utf-8")
    assert main(["policy", "test", str(tmp_path), "--mutate", "--minimum-score", "1"]) == 0, capsys.readouterr()


def test_every_operator_of_conditions_is_in_the_guide_and_its_example_loads(tmp_path):
    table = GUIDE.read_text(encoding="utf-8").partition("## Conditions")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (`.+?`) \| `(\{field: .+?\})`[^`]", table)
    named = {name for first, _ in rows for name in re.findall(r"`(\w+)`", first)}
    assert named == {info.alias or name for name, info in Test.model_fields.items()} - {"field"}
    for _, example in rows:
        assert problems_of(f"- {{id: A, title: A, require: {example}}}\n", tmp_path) == [], example


def test_an_example_that_does_not_load_is_told(tmp_path):
    readme = blocks(README, "yaml")[0]
    assert problems_of(readme.replace("severity", "x").replace("cites:", "cite:"), tmp_path) == ["unknown key `cite`"]
    assert problems_of("  - {id: A, title: A, require: {field: owner, is: present}}\n", tmp_path) == [
        "the manifest has no field `owner`"
    ]
    assert problems_of("columns:\n  lable: {column: a, favourable: 1}\n", tmp_path) == ["unknown key `lable`"]
    assert problems_of("parameters:\n  a: {default: x}\n", tmp_path) == [
        '`default`: expected a number, found the text "x"'
    ]


def section(document: Path, heading: str) -> list[str]:
    """The YAML blocks of a part of a document, in their order."""
    text = document.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    assert text, f"{document.name} has no heading {heading}"
    part = re.split(rf"(?m)^#{{1,{heading.count('#')}}} ", text)[0]
    return re.findall(r"(?ms)^```yaml\n(.*?)^```$", part)


def test_the_policy_of_the_design_loads(tmp_path):
    policy, _ = section(shared("../design.md"), "## 4. Policy language")
    assert problems_of(policy, tmp_path) == []


def test_the_columns_of_the_design_load(tmp_path):
    _, columns = section(shared("../design.md"), "## 4. Policy language")
    assert problems_of(columns, tmp_path) == []


def test_the_controls_of_the_language_load_but_for_a_check_of_another_name(tmp_path):
    controls, _ = section(shared("../reference/policy_language.md"), "### 4.1 Examples")
    assert problems_of(controls, tmp_path) == ["unknown check `fairness.ll144_selection`"]
    assert problems_of(controls.replace("fairness.ll144_selection", "fairness.impact_ratio"), tmp_path) == []


def test_the_waiver_of_the_language_loads_but_for_its_digest_which_is_cut_short(tmp_path):
    _, waivers = section(shared("../reference/policy_language.md"), "### 4.1 Examples")
    assert problems_of(waivers, tmp_path) == ['`subject` cannot be the text "sha256:41bd…"']
    assert problems_of(waivers.replace("41bd…", "41bd" * 16), tmp_path) == []


def test_the_first_ten_minutes_of_the_readme_run_as_printed(tmp_path, monkeypatch, capsys):
    (tmp_path / "assay").symlink_to(ROOT)
    (tmp_path / "trial").mkdir()
    monkeypatch.chdir(tmp_path / "trial")
    (policy,) = blocks(README, "yaml")
    Path("card-lending.yaml").write_text(policy, encoding="utf-8")
    first = README.read_text(encoding="utf-8").partition("## Audit a table")[2].partition("## Read the answer")[0]
    assert "python ../assay/examples/first_audit.py" in first
    subprocess.run([sys.executable, "../assay/examples/first_audit.py"], check=True)
    people = Path("scored.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("scored.csv").write_text("".join(people[:2001]), encoding="utf-8")
    printed = ""
    for line in [line for line in commands(README) if " policy new" not in line and " policy test" not in line]:
        words = shlex.split(re.sub(r"reports/\S+/0123456789abcdef", printed, line))[1:]
        if words[:2] == ["policy", "lock"]:
            continue
        code = main([*words, *(["--no-pdf"] if words[0] == "audit" else [])])
        told = capsys.readouterr()
        assert code in ((0, 1, 4) if words[0] == "audit" else (0,)), f"{line}: {told.err}"
        if words[0] == "audit":
            printed = re.findall(r"(?m)^bundle: (\S+)", told.out)[0]
            assert printed.startswith("reports/")
    assert "trial" in Path("summary.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_the_documents_leads_to_a_file(document):
    targets = re.findall(r"\]\(([^)\s#]+)\)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


def test_every_dependency_has_its_reason_and_its_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = [
        *project["project"]["dependencies"],
        *chain.from_iterable(project["project"]["optional-dependencies"].values()),
    ]
    names = [re.split(r"[\[<>=~!]", dependency)[0] for dependency in listed]
    rows = dict(re.findall(r"(?m)^\| ([a-z0-9-]+) \| ([^|]+ \| [^|]+) \|$", (ROOT / "CONTRIBUTING.md").read_text()))
    assert [name for name in names if name not in rows] == []


@pytest.mark.parametrize("name", ["demo.txt", "test.txt", "fuzz.txt", "oldest.txt"])
def test_every_requirement_is_pinned_and_hashed_and_names_no_index(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 50
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement
    assert "://" not in text
    assert "--index" not in text
