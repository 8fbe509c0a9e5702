"""docs/ci.md: its commands and examples are run, its files are valid, its tables are what the programs do."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assay.export.formats import FORMATS
from ci.steps import ACTION, ROOT
from schemas import check_jsonschema

DOCUMENT = ROOT / "docs" / "ci.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", TEXT)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]
FOREIGN = [yaml.safe_load(block) for block in blocks("yml")]


def run(command, folder):
    """With the programs of this environment, and pytest with the plugin alone, whether or not it is installed."""
    program, *rest = shlex.split(command)
    plugin = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p assay.pytest_plugin -p no:cacheprovider"}
    return subprocess.run(
        [str(Path(sys.executable).parent / program), *rest], cwd=folder, capture_output=True, text=True,
        env={**os.environ, **plugin},
    )  # fmt: skip


def valid(schema, document, path, *more):
    path.write_text(yaml.safe_dump(document))
    done = check_jsonschema("--builtin-schema", schema, *more, path)
    assert done.exit_code == 0, done.stdout


@pytest.fixture
def repository(tmp_path, write_model):
    """What a reader of the page has: a model, a policy, and a policy with tests in a folder."""
    write_model(tmp_path, "failing")
    folder = tmp_path / "policies" / "card-lending"
    (folder / "tests").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (folder / "policy.yaml").write_text(
        "assay: policy/v1\nid: card-lending\nversion: 1.0.0\ntitle: Cards\ncontrols:\n"
        "- {id: USE-01, title: A use, require: {field: purpose.intended_use, is: present}}\n"
    )
    (folder / "tests" / "use.yaml").write_text(
        "assay: policy-tests/v1\ntests: [{name: none, expect: {USE-01: fail}}]\n"
    )
    return tmp_path


def test_every_command_of_the_page_runs(repository):
    expected = {"assay audit": 1}  # a model that fails
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        done = run(command, repository)
        assert done.returncode == expected.get(" ".join(command.split()[:2]), 0), (
            f"{command}\n{done.stdout}{done.stderr}"
        )
    for name in ("junit.xml", "assay.sarif", "summary.md", "docs/controls.md"):
        assert (repository / name).stat().st_size > 100


def test_the_python_of_the_page_fails_as_the_page_shows(repository):
    (program,) = blocks("python")
    (shown,) = (block for block in blocks("text") if "assert False" in block)
    (repository / "test_page.py").write_text(program)
    policy = repository / "policy.yaml"
    policy.write_text(policy.read_text().replace("id: p\n", "id: card\n").replace("id: C\n", "id: FAIR-01\n"))
    done = run("pytest test_page.py", repository)
    assert done.returncode == 1
    for line in shown.splitlines():
        assert "…" in line or line in done.stdout.splitlines(), f"{line}\n{done.stdout}"


def test_the_workflow_and_the_job_are_valid_and_use_what_there_is(tmp_path):
    workflow, included, allowed, hooks = FOREIGN
    workflow["on"] = workflow.pop(True)  # YAML 1.1 reads `on` as a truth value
    valid("vendor.github-workflows", workflow, tmp_path / "workflow.yml")
    (_, step) = workflow["jobs"]["audit"]["steps"]
    assert set(step["with"]) <= set(ACTION["inputs"])
    template = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
    assert set(included["variables"]) <= set(template["variables"])
    assert included["include"][0]["file"] == "docs/ci/gitlab.yml"
    for document in (included, {"assay": {**template["assay"], **allowed["assay"]}}):
        valid("vendor.gitlab-ci", document, tmp_path / "gitlab.yml", "--data-transform", "gitlab-ci")
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in hooks["repos"][0]["hooks"]} == known
    assert set(re.findall(r"(?m)^\| `(assay-[a-z-]+)` \|", TEXT)) == known


def test_the_table_names_every_format_and_no_other():
    table = TEXT.partition("| format |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert named == set(FORMATS)


def test_the_exit_codes_are_those_of_the_readme():
    def codes(text):
        return set(re.findall(r"(?m)^\| ([0-9]) \|", text))

    assert codes(TEXT) == codes((ROOT / "README.md").read_text(encoding="utf-8")) == set("01234")


@pytest.mark.parametrize("kind", ["passing", "failing", "inconclusive"])
def test_the_columns_of_the_table_are_what_the_formats_do(tmp_path, write_model, kind):
    """Junit, SARIF and Code Quality, for the outcomes that a small model has."""
    write_model(tmp_path, kind)
    run("assay audit model.yaml --policy policy.yaml --no-pdf -o junit=j -o sarif=s -o gitlab=g -o github=a", tmp_path)
    table = {row.split("|")[1].strip(" `"): [cell.strip(" `") for cell in row.split("|")[3:]]
             for row in TEXT.partition("| format |")[2].partition("\n\n")[0].splitlines()[2:]}  # fmt: skip
    column = ["passing", "failing", "inconclusive"].index(kind)
    results = json.loads((tmp_path / "s").read_text())["runs"][0]["results"]
    assert {result["kind"] for result in results} == {table["sarif"][column]}
    failed = "<failure" in (tmp_path / "j").read_text()
    assert failed is (table["junit"][column] == "failure")
    assert ("::error " in (tmp_path / "a").read_text()) is (table["github"][column] == "error")
    assert (json.loads((tmp_path / "g").read_text()) == []) is (table["gitlab"][column] == "–")
