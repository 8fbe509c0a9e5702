"""The three packs of ml-governance claim what their conditions read, and every row of the framework has a place."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from assay.api import run_policy_tests
from assay.policy.load import load_family, load_policy
from assay.record.condition import AllOf, AnyOf, Not, Test
from assay.verdict.conditions import evaluate

ROOT = Path(__file__).parents[2]
NAMES = ("ml-governance-bronze", "ml-governance-silver", "ml-governance")
CONTROLS = [(name, control) for name in NAMES for control in load_policy(name).policy.controls]
REAL = [(name, control) for name, control in CONTROLS if control.status != "planned"]
DECLARED = [(name, control) for name, control in REAL if control.require is not None]
NAMED = [f"{name}/{control.id}" for name, control in DECLARED]
NOTHING = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "draft"}}
AT = date(2026, 3, 31)


def questions_of(condition):
    """Every single question of a condition, also those asked of entries."""
    match condition:
        case AllOf():
            return [test for member in condition.all for test in questions_of(member)]
        case AnyOf():
            return [test for member in condition.any for test in questions_of(member)]
        case Not():
            return questions_of(condition.not_)
        case Test() if condition.operator in ("for_all", "for_any"):
            return [condition, *questions_of(condition.operand)]
    return [condition]


def never_unknown(control):
    """Only `is`, which answers for absent fields too, and only of one place; or of the version, always there."""
    asked = [one for part in (control.require, control.when) if part for one in questions_of(part)]
    answered = [(one.operator == "is" and "*" not in one.field) or one.field == "identity.version" for one in asked]
    return control.check is None and all(answered)


def test_gold_holds_silver_and_silver_holds_bronze():
    assert [policy.policy.id for policy in load_family("ml-governance")[1]] == sorted(NAMES)
    assert [policy.policy.id for policy in load_family("ml-governance-silver")[1]] == sorted(NAMES[:2])


def test_no_control_id_is_in_two_of_the_packs():
    ids = Counter(control.id for _, control in CONTROLS)
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize(("name", "control"), CONTROLS, ids=[f"{n}/{c.id}" for n, c in CONTROLS])
def test_every_control_cites_a_row_and_has_a_title_like_a_sentence(name, control):
    assert [cite.ref for cite in control.cites if cite.ref.startswith("framework/S")]
    assert control.title[0].isupper()
    assert not control.title.endswith(".")


@pytest.mark.parametrize(("name", "control"), DECLARED, ids=NAMED)
def test_a_control_that_reads_a_declaration_says_so(name, control):
    honest = (
        "nothing is measured|is not (visited|fetched|read|opened|measured|checked)|are not read|declared by the owner"
    )
    reads_digest = control.id == "CAT-02" or "names of the files" in control.description
    assert reads_digest or re.search(honest, control.description, re.IGNORECASE), control.description


@pytest.mark.parametrize(("name", "control"), DECLARED, ids=NAMED)
def test_a_manifest_that_says_nothing_passes_nothing(name, control):
    def asked(condition):
        return evaluate(condition, NOTHING, lambda path: ".".join(map(str, path)), AT).result

    applies = control.when is None or asked(control.when)
    assert applies is not True or asked(control.require) is not True


@pytest.mark.parametrize(("name", "control"), DECLARED, ids=NAMED)
def test_a_statement_answers_its_own_control(name, control):
    named = [test.operand for test in questions_of(control.require) if test.field == "control"]
    assert named in ([], [f"{name}/{control.id}"])
    assert bool(named) is (getattr(control.require, "field", "") == "attestations")


def test_thresholds_of_the_packs_claim_no_law():
    sources = {criterion.source for _, control in REAL for criterion in control.criteria}
    assert sources == {"house", "convention"}


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_the_pack_hold_and_notice_small_changes(name):
    report = run_policy_tests(name, mutate=True)
    assert report.failures == ()
    assert report.untested == ()
    assert report.mutation.score >= 0.95
    open_ = {id_ for id_, outcomes in report.unreached.items() if set(outcomes) - {"inconclusive"}}
    assert open_ == set(), "each control has a test that passes and one that fails"
    assert set(report.unreached) == {control.id for pack, control in REAL if pack == name and never_unknown(control)}


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_of_the_pack_counts_its_controls(name):
    text = (ROOT / "policies" / name / "README.md").read_text(encoding="utf-8")
    own = sum(pack == name for pack, _ in REAL)
    assert f" {own} controls" in text.partition("\n\n")[2].partition("\n\n")[0].replace("\n", " ")


def coverage():
    return yaml.safe_load((ROOT / "docs" / "coverage.yaml").read_text(encoding="utf-8"))


def table():
    """Row → kind, state and what covers it, as docs/coverage.md prints them."""
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^\| (S\d+) \| (.*) \| ([CFTO/]+) \| ([a-z ]+) \| (.*) \|$", text)
    return {row: (kind, state, by) for row, _, kind, state, by in lines}


def test_the_coverage_document_is_current():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "coverage.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_coverage_document_holds_all_rows_and_counts_them():
    rows = table()
    assert list(rows) == [f"S{number}" for number in range(1, 179)]
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    (counted,) = re.findall(r"(?m)^\| all \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text)
    states = Counter(state for _, state, _ in rows.values())
    expected = [states[state] for state in ("covered", "partly covered", "planned", "out of scope")]
    assert [int(count) for count in counted] == [*expected, 178]


@pytest.mark.parametrize("row", [row for row, entry in coverage().items() if set("CT") & set(entry["kind"])])
def test_every_row_that_asks_for_a_control_has_one(row):
    citing = [control.id for _, control in CONTROLS if f"framework/{row}" in [cite.ref for cite in control.cites]]
    assert citing
    assert all(f"[{id_}](../policies/" in table()[row][2] for id_ in citing)
    assert table()[row][1] != "out of scope"


def test_every_row_without_control_says_what_serves_it_or_why_not():
    for row, (kind, state, by) in table().items():
        assert by, row
        if state == "out of scope":
            assert "O" in kind, row
            assert "outside: " in by, row
