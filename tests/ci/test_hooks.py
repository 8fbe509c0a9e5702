"""The hooks of pre-commit: each is run with its entry on files that pass and files that do not."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ci.steps import ROOT

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
POLICY = """\
assay: policy/v1
id: small
version: 1.0.0
title: Small
controls:
  - id: ROLE-01
    title: Somebody validates
    require: {field: owners.validator, is: present}
"""
TESTS = "assay: policy-tests/v1\ntests:\n  - {name: nobody, expect: {ROLE-01: fail}}\n"


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "policies" / "small"
    (folder / "tests").mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "tests" / "roles.yaml").write_text(TESTS)
    return tmp_path


def run(hook, folder, *args, files=()):
    """As pre-commit does: the entry, the args of the user's configuration, then the files that were changed."""
    program, *rest = shlex.split(HOOKS[hook]["entry"])
    passed = files if HOOKS[hook].get("pass_filenames", True) else ()
    command = [str(Path(sys.executable).parent / program), *rest, *args, *passed]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_there_are_three_and_each_says_what_pre_commit_asks_for():
    assert list(HOOKS) == ["assay-policy-check", "assay-policy-test", "assay-policy-docs"]
    known = {"id", "name", "description", "entry", "language", "files", "types", "pass_filenames"}
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= set(hook) <= known
        assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("hook", "path", "wanted"),
    [
        ("assay-policy-check", "policies/small/policy.yaml", True),
        ("assay-policy-check", "policy.yaml", True),
        ("assay-policy-check", "policies/small/tests/roles.yaml", False),
        ("assay-policy-check", "not-a-policy.yaml", False),
        ("assay-policy-test", "policies/small/tests/roles.yaml", True),
        ("assay-policy-test", "policies/small/catalogue.yaml", True),
        ("assay-policy-test", "src/model.py", False),
        ("assay-policy-docs", "docs/controls.md", True),
        ("assay-policy-docs", "policies/small/policy.yaml", True),
        ("assay-policy-docs", "src/model.py", False),
    ],
)
def test_a_hook_runs_where_something_that_it_reads_has_changed(hook, path, wanted):
    assert (re.search(HOOKS[hook]["files"], path) is not None) is wanted


def test_a_policy_with_a_typo_is_not_committed(repository):
    file = "policies/small/policy.yaml"
    assert run("assay-policy-check", repository, files=[file]).returncode == 0
    (repository / file).write_text(POLICY.replace("require:", "requires:"))
    done = run("assay-policy-check", repository, files=[file])
    assert done.returncode == 2
    assert f"{file}:8:5: unknown key `requires`" in done.stderr


def test_a_policy_whose_tests_fail_is_not_committed(repository):
    changed = ["policies/small/tests/roles.yaml"]
    assert run("assay-policy-test", repository, "policies/small", files=changed).returncode == 0
    (repository / changed[0]).write_text(TESTS.replace("fail", "pass"))
    done = run("assay-policy-test", repository, "policies/small", files=changed)
    assert done.returncode == 1
    assert "expected pass, got fail" in done.stdout


def test_a_hook_that_is_told_no_policy_is_never_green(repository):
    assert run("assay-policy-test", repository, files=["policies/small/policy.yaml"]).returncode == 2
    assert run("assay-policy-docs", repository, files=["policies/small/policy.yaml"]).returncode == 2


def test_a_control_list_that_is_not_current_is_not_committed(repository):
    args = ("controls.md", "policies/small")
    assert run("assay-policy-docs", repository, *args).returncode == 2
    written = subprocess.run(
        [str(Path(sys.executable).parent / "assay"), "policy", "docs", "policies/small", "--out", "controls.md"],
        cwd=repository, capture_output=True,
    )  # fmt: skip
    assert written.returncode == 0
    assert run("assay-policy-docs", repository, *args).returncode == 0
    policy = repository / "policies" / "small" / "policy.yaml"
    policy.write_text(POLICY.replace("Somebody validates", "Somebody else validates"))
    done = run("assay-policy-docs", repository, *args)
    assert done.returncode == 1
    assert "assay policy docs policies/small --out controls.md" in done.stderr
