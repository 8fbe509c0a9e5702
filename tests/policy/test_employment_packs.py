"""The packs of employment law: what they measure, what they leave to people, and that no number looks like law."""

import re
from pathlib import Path

import pytest

from assay.api import run_policy_tests
from assay.policy.load import load_family, load_policy

ROOT = Path(__file__).parents[2]
NAMES = ("nyc-ll144", "nyc-ll144-four-fifths", "us-ugesp")
ROWS = [f"NY-{number:02}" for number in range(1, 15)] + [f"UG-{number:02}" for number in range(1, 6)]
CONTROLS = {control.id: control for name in NAMES for control in load_policy(name).policy.controls}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_reference_has_a_control(row):
    control = CONTROLS[row]
    assert control.status == "current"
    assert control.cites


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_the_pack_hold_and_notice_small_changes(name):
    report = run_policy_tests(name, mutate=True)
    assert report.failures == ()
    assert report.untested == ()
    assert report.mutation.score >= 0.95


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_and_counts_the_controls(name):
    text = (ROOT / "policies" / name / "README.md").read_text(encoding="utf-8")
    own = [control.id for control in load_policy(name).policy.controls]
    assert f" {len(own)} controls" in text.partition("\n## ")[0].replace("\n", " ")
    named = set(re.findall(r"[NU][YG]-\d\d(?:-[A-Z]+)?", text))
    assert set(own) <= named
    assert named <= set(CONTROLS)


def test_local_law_144_has_no_pass_mark_and_the_overlay_calls_its_own_a_convention():
    pack = load_policy("nyc-ll144").policy
    measured = [control for control in pack.controls if control.check and control.check.startswith("fairness.")]
    assert {control.id for control in measured} == {"NY-03", "NY-05", "NY-06", "NY-06-SCORE"}
    assert all(criterion.reported for control in measured for criterion in control.criteria)
    overlay = load_policy("nyc-ll144-four-fifths").policy
    assert {criterion.source for control in overlay.controls for criterion in control.criteria} == {"convention"}
    assert [policy.policy.id for policy in load_family("nyc-ll144-four-fifths")[1]] == [*NAMES[:2]]


def test_the_four_fifths_of_the_guidelines_is_a_point_and_names_its_place():
    (criterion,) = CONTROLS["UG-01"].criteria
    assert (criterion.at_least, criterion.decide_on, criterion.source) == (0.8, "estimate", "regulation")
    assert "29 CFR 1607.4(D), rescission announced" in criterion.note


@pytest.mark.parametrize("name", NAMES)
def test_nobody_claims_to_have_compared_the_pack_with_the_law(name):
    loaded = load_policy(name)
    assert loaded.policy.verified_on is None
    assert loaded.policy.applies_from is not None
    assert all(words.endswith("[not yet compared with the original]") for words in loaded.citations.values())


@pytest.mark.parametrize("id_", ["NY-08", "NY-10", "NY-12", "NY-08-WHOSE", "NY-10-CONTENT"])
def test_what_the_comptroller_found_missing_is_of_high_severity(id_):
    assert CONTROLS[id_].severity == "high"


def test_a_statement_of_a_person_is_asked_for_and_never_taken_from_the_manifest():
    asked = {id_ for id_, control in CONTROLS.items() if control.attest is not None}
    assert asked == {
        "NY-02", "NY-04", "NY-07", "NY-08-WHOSE", "NY-09-WHY", "NY-10-CONTENT", "NY-12", "NY-13",
        "UG-04-ADEQUATE", "UG-05",
    }  # fmt: skip
    assert all(CONTROLS[id_].attest.maximum_days == 365 for id_ in asked)
