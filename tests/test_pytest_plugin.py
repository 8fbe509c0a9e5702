"""The pytest plugin: why an asserted gate is closed, policies as test items, and nothing unless it is asked for."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from auditing import DECIDED, control, people, write_csv

pytest_plugins = "pytester"
ROOT = Path(__file__).parents[1]

POLICY = """\
assay: policy/v1
id: small
version: 1.0.0
title: Small
controls:
  - id: ROLE-01
    title: Somebody validates
    require: {field: owners.validator, is: present}
  - id: USE-01
    title: A use
    require: {field: purpose.intended_use, is: present}
"""
TESTS = """\
assay: policy-tests/v1
tests:
  - name: nobody
    expect: {ROLE-01: fail, USE-01: fail}
    gate: closed
  - name: ann
    manifest: {owners: {validator: [{id: ann}]}}
    expect: {ROLE-01: pass}
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """pytest in a process of its own, with this plugin and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return lambda *options: pytester.runpytest_subprocess(
        "-p", "assay.pytest_plugin", "-p", "no:cacheprovider", "--color=no", *options
    )


@pytest.fixture
def policies(pytester):
    folder = pytester.mkdir("small")
    (folder / "tests").mkdir()
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "tests" / "roles.yaml").write_text(TESTS)
    return folder


@pytest.fixture
def model(pytester):
    """A model whose group b is favoured half as often as a.

    It is audited in processes of their own: pytester forgets what was imported here, which numpy does not survive.
    """
    header, rows = people(("a", "yes", 80), ("a", "no", 20), ("b", "yes", 40), ("b", "no", 60))
    write_csv(pytester.path / "people.csv", header, rows)
    identity = {"id": "model", "name": "Model", "version": "1"}
    manifest = {
        "assay": "manifest/v1", "identity": identity, "data": {"test": {"path": "people.csv"}}, "columns": DECIDED
    }  # fmt: skip
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": [control()]}
    (pytester.path / "model.yaml").write_text(yaml.safe_dump(manifest))
    (pytester.path / "policy.yaml").write_text(yaml.safe_dump(policy))
    return pytester


def test_an_asserted_gate_that_is_closed_says_the_control_and_its_sentence(model, run):
    model.makepyfile(
        """
        import assay

        def test_gate():
            assert assay.audit("model.yaml", policies=["policy.yaml"]).gate.open
        """
    )
    run().stdout.fnmatch_lines(
        [
            "E*AssertionError: assert False",
            "E*<gate CLOSED for production (exit 1); p/C: fails>.open",
            "E       gate CLOSED for production (exit 1)",
            "E         p/C: fails",
            "E           Impact ratio of b against a (group) is 0.5 (*), required between 0.8 and 1.25",
            "FAILED test_an_asserted_gate_*::test_gate*",
        ]
    )


def test_a_gate_with_a_name_says_why_whatever_way_it_is_asserted(model, run):
    model.makepyfile(
        """
        import unittest
        import assay

        GATE = assay.audit("model.yaml", policies=["policy.yaml"]).gate

        def test_bare(): gate = GATE; assert gate.open
        def test_code(): gate = GATE; assert gate.exit_code == 0
        def test_message(): gate = GATE; assert gate.open, "not today"

        class TestGate(unittest.TestCase):
            def test_unittest(self): gate = GATE; self.assertTrue(gate.open)
        """
    )
    told = [line for line in run().outlines if line.startswith("E ") and "(exit 1)" in line and "<" not in line]
    assert [line.split(maxsplit=1)[1] for line in told] == ["gate CLOSED for production (exit 1)"] * 4


def test_what_holds_a_gate_and_no_record_says_why_the_gate_is_closed(model, run):
    model.makepyfile(
        """
        import assay
        from dataclasses import make_dataclass

        def test_verified():
            gate = assay.audit("model.yaml", policies=["policy.yaml"]).gate
            found = make_dataclass("Verification", ["gate", "audit"])(gate, "0123456789abcdef")
            found.__class__.__module__ = "assay.attest.verify"
            del gate
            assert not found
        """
    )
    told = run().outlines
    assert not any("INTERNALERROR" in line for line in told)
    assert any(line.startswith("E ") and "gate CLOSED for production (exit 1)" in line for line in told)


def test_a_gate_that_is_open_and_another_failure_say_nothing_of_it(model, run):
    model.makepyfile(
        """
        import assay

        def test_gate():
            gate = assay.audit("model.yaml", policies=["policy.yaml"]).gate
            assert not gate.open
            shut, gate = gate.exit_code, gate.model_copy(update={"state": "open"})
            assert shut == 2

        def test_no_assertion():
            gate = assay.audit("model.yaml", policies=["policy.yaml"]).gate
            raise ValueError("something else")
        """
    )
    result = run("--tb=short")
    result.assert_outcomes(failed=2)
    result.stdout.no_fnmatch_line("E *gate *")


def test_policies_are_items_only_where_somebody_asks(policies, run, pytester):
    pytester.makepyfile("def test_own(): pass")
    run().assert_outcomes(passed=1)
    run("--assay-policies").assert_outcomes(passed=5)
    pytester.makeini("[pytest]\nassay_policies = true\n")
    run().assert_outcomes(passed=5)


def test_each_expectation_is_an_item_with_a_name_to_select_it_by(policies, run):
    result = run("--assay-policies", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [
        "small/policy.yaml::nobody [ROLE-01]", "small/policy.yaml::nobody [USE-01]", "small/policy.yaml::nobody [gate]",
        "small/policy.yaml::ann [ROLE-01]",
    ]  # fmt: skip
    run("--assay-policies", "-k", "ann").assert_outcomes(passed=1, deselected=3)
    run("--assay-policies", "small/policy.yaml::ann [ROLE-01]").assert_outcomes(passed=1)


def test_an_expectation_that_does_not_hold_says_both_places_and_why(policies, run):
    (policies / "tests" / "roles.yaml").write_text(TESTS.replace("{ROLE-01: pass}", "{ROLE-01: fail, USE-01: pass}"))
    result = run("--assay-policies")
    result.assert_outcomes(passed=3, failed=2)
    text = result.stdout.str()
    assert (
        "expected fail, got pass\n"
        "  tests/roles.yaml:8: ann\n"
        "  small/policy.yaml:6: ROLE-01: owners.validator is present: it is ann (roles.yaml:7:36)\n"
    ) in text
    assert "expected pass, got fail\n  tests/roles.yaml:8: ann\n  small/policy.yaml:9: USE-01: " in text
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text


def test_each_item_gets_the_outcome_of_its_own_control_and_test(policies, run):
    for wrong, failed in (
        (TESTS.replace("ROLE-01: fail", "ROLE-01: pass"), "nobody [ROLE-01]"),
        (TESTS.replace("USE-01: fail", "USE-01: pass"), "nobody [USE-01]"),
        (TESTS.replace("gate: closed", "gate: open"), "nobody [gate]"),
        (TESTS.replace("{ROLE-01: pass}", "{ROLE-01: fail}"), "ann [ROLE-01]"),
    ):
        (policies / "tests" / "roles.yaml").write_text(wrong)
        result = run("--assay-policies", "-rf", "--tb=no")
        result.assert_outcomes(passed=3, failed=1)
        (line,) = [line for line in result.outlines if line.startswith("FAILED")]
        assert line.startswith(f"FAILED small/policy.yaml::{failed}")


@pytest.mark.parametrize(
    ("policy", "tests", "told"),
    [
        (POLICY.replace("is: present", "is: presnt", 1), TESTS, "*policy.yaml:8:*presnt*"),
        (POLICY, TESTS.replace("{ROLE-01: pass}", "{ROLE-1: pass}"), "*Did you mean `ROLE-01`?"),
        (POLICY, "assay: policy-tests/v1\ntests: []\n", "*roles.yaml:2:*"),
        (POLICY, None, "*the policy `small` has no tests"),
    ],
)
def test_what_cannot_be_collected_is_an_error_with_its_place_and_never_green(policies, run, policy, tests, told):
    (policies / "policy.yaml").write_text(policy)
    if tests is None:
        (policies / "tests" / "roles.yaml").unlink()
    else:
        (policies / "tests" / "roles.yaml").write_text(tests)
    result = run("--assay-policies")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_policy_of_another_program_is_left_alone_and_a_policy_of_another_name_is_collected_when_named(policies, run):
    (policies / "policy.yaml").rename(policies / "lending.yaml")
    (policies / "policy.yaml").write_text("apiVersion: v1\nkind: Policy\n")
    assert run("--assay-policies").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    run("--assay-policies", "small/lending.yaml").assert_outcomes(passed=4)


def test_the_shipped_baseline_passes_as_items(run):
    program = "from assay.api import list_policy_tests; print(len(list_policy_tests('baseline')))"
    listed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    folder = str(ROOT / "policies" / "baseline")
    run("--assay-policies", f"--rootdir={ROOT}", "--import-mode=importlib", folder).assert_outcomes(passed=int(listed))


def test_the_plugin_loads_pytest_and_nothing_of_assay_but_its_name():
    program = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import assay.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "['assay', 'assay.pytest_plugin']"


def test_pytest_finds_the_plugin_by_its_entry_point():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"assay": "assay.pytest_plugin"}
