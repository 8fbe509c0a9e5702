"""`assay policy test`: what is printed, and which exit code means what."""

import json
from xml.etree import ElementTree

import pytest

from assay.cli.main import main

POLICY = """\
assay: policy/v1
id: small
version: 1.0.0
title: Small
controls:
  - id: ROLE-01
    title: Somebody validates
    enforcement: inform
    require: {field: owners.validator, is: present}
  - id: USE-01
    title: A use
    require: {field: purpose.intended_use, is: present}
"""
TESTS = """\
assay: policy-tests/v1
tests:
  - name: nobody
    expect: {ROLE-01: fail}
  - name: ann
    manifest: {owners: {validator: [{id: ann}]}}
    expect: {ROLE-01: pass}
"""


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "tests" / "roles.yaml").write_text(TESTS)
    return tmp_path


def test_all_as_expected_is_zero_and_says_what_has_no_test(policy, capsys):
    assert main(["policy", "test", str(policy)]) == 0
    assert capsys.readouterr().out == (
        "without a test: USE-01\n"
        "ROLE-01: no test expects inconclusive\n"
        "small 1.0.0: 2 tests, 2 of 2 expectations hold\n"
    )


def test_a_failed_test_is_one_and_shows_expected_and_got_with_both_places(policy, capsys):
    (policy / "tests" / "roles.yaml").write_text(TESTS.replace("ROLE-01: pass", "ROLE-01: not_applicable"))
    assert main(["policy", "test", str(policy)]) == 1
    assert capsys.readouterr().out.splitlines()[:3] == [
        "FAILED tests/roles.yaml:7: ann",
        "  ROLE-01 (policy.yaml:6): expected not_applicable, got pass",
        "    owners.validator is present: it is ann (roles.yaml:6:36)",
    ]


def test_a_typo_is_two_and_the_other_policies_are_still_tested(policy, capsys):
    (policy / "tests" / "roles.yaml").write_text(TESTS.replace("expect: {ROLE-01: pass}", "expect: {ROLE-1: pass}"))
    assert main(["policy", "test", str(policy), "baseline"]) == 2
    printed = capsys.readouterr()
    assert "roles.yaml:7:14: the policy has no control `ROLE-1`" in printed.err
    assert "Did you mean `ROLE-01`?" in printed.err
    assert "baseline 1.0.0: " in printed.out


def test_a_policy_without_tests_is_two(policy, capsys):
    (policy / "tests" / "roles.yaml").unlink()
    assert main(["policy", "test", str(policy)]) == 2
    assert "the policy `small` has no tests" in capsys.readouterr().err


def test_a_low_mutation_score_is_one_and_the_least_score_can_be_said(policy, capsys):
    assert main(["policy", "test", str(policy), "--mutate"]) == 1
    printed = capsys.readouterr().out
    assert "SURVIVED policy.yaml:12: USE-01: require.is present -> absent\n" in printed
    assert "2 changes of the policy, 1 noticed (thresholds are moved by 10 %)\n" in printed
    assert printed.endswith("mutation score 50.0%\n")
    assert main(["policy", "test", str(policy), "--mutate", "--minimum-score", "0.5"]) == 0


def test_an_explained_survivor_is_printed_with_its_explanation(policy, capsys):
    (policy / "tests" / "survivors.yaml").write_text(
        "assay: survivors/v1\nsurvivors:\n"
        "  - {control: USE-01, mutation: require.is present -> absent, why: tested elsewhere}\n"
    )
    assert main(["policy", "test", str(policy), "--mutate"]) == 1
    printed = capsys.readouterr().out
    assert "explained policy.yaml:12: USE-01: require.is present -> absent\n    tested elsewhere\n" in printed
    assert "SURVIVED" not in printed


@pytest.mark.parametrize("score", ["1.5", "-1", "high", "nan"])
def test_a_score_that_is_no_share_is_refused(policy, score, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["policy", "test", str(policy), "--mutate", "--minimum-score", score])
    assert stopped.value.code == 2
    assert "is not a share between 0 and 1" in capsys.readouterr().err


def test_json_holds_every_expectation_and_the_score(policy, capsys):
    assert main(["policy", "test", str(policy), "--mutate", "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert [(line["control"], line["found"], line["holds"]) for line in report["lines"]] == [
        ("ROLE-01", "fail", True), ("ROLE-01", "pass", True)
    ]  # fmt: skip
    assert report["untested"] == ["USE-01"]
    assert (report["mutation"]["score"], report["mutation"]["mutants"]) == (0.5, 2)


def test_junit_is_written_over_and_a_failing_warning_control_as_expected_is_no_failure(policy, tmp_path):
    target = tmp_path / "results.xml"
    target.write_text("old")
    assert main(["policy", "test", str(policy), "--junit", str(target)]) == 0
    root = ElementTree.parse(target).getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    assert [path.name for path in tmp_path.iterdir() if "results" in path.name] == ["results.xml"]


def test_junit_that_cannot_be_written_is_three(policy, capsys):
    assert main(["policy", "test", str(policy), "--junit", str(policy / "nowhere" / "results.xml")]) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_a_test_cannot_move_the_cursor_of_the_terminal(policy, capsys):
    (policy / "tests" / "roles.yaml").write_text(TESTS.replace("name: ann", r'name: "\e[2Jann"'))
    assert main(["policy", "test", str(policy)]) == 2
    printed = capsys.readouterr()
    assert "U+001B is not allowed" in printed.err
    assert "\x1b" not in printed.out + printed.err
