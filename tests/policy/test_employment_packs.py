"""The packs of employment law: what they measure, what they leave to people, and that no number looks like law."""

import re
from pathlib import Path

import pytest

from assay.api import run_policy_tests
from assay.policy.catalogue import load_citations
from assay.policy.load import load_family, load_policy

ROOT = Path(__file__).parents[2]
NAMES = ("nyc-ll144", "nyc-ll144-four-fifths", "us-ugesp")
ROWS = [f"NY-{number:02}" for number in (*range(1, 6), *range(7, 15))] + ["UG-01", "UG-02", "UG-04", "UG-05"]
"""Rows of the reference. People of unknown category (NY-06) and groups under two percent (UG-03) have no control of
their own: NY-03 and NY-05 count the former, and UG-01 judges the latter."""
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
    assert {control.id for control in measured} == {"NY-03", "NY-05"}
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


def test_no_place_of_the_catalogue_is_left_without_a_control():
    uncited = {"us-ugesp/1607.15(A)(2)"}  # a share of the labour force, which no data hold
    for name in ("nyc-ll144", "us-ugesp"):
        loaded = load_policy(name)
        (instrument,) = (one for id_, one in load_citations().instruments.items() if id_ == name)
        places = {f"{name}/{place}" for place in instrument.places}
        cited = {cite.ref for control in loaded.policy.controls for cite in control.cites}
        assert places - cited <= uncited
        assert cited <= places


@pytest.mark.parametrize("name", NAMES)
def test_people_of_unknown_category_are_never_a_group_that_others_are_measured_against(name):
    measured = [one for one in load_policy(name).policy.controls if one.check and one.check.startswith("fairness.")]
    assert measured
    assert all("missing" not in control.with_ for control in measured)


def test_nobody_is_left_out_of_the_guidelines_for_being_few_of_the_applicants():
    measured = [CONTROLS[id_] for id_ in ("UG-01", "UG-02", "UG-02-PAIRS", "UG-02-SHORTFALL")]
    assert all("exclude_under" not in control.with_ for control in measured)
    (criterion,) = CONTROLS["UG-02-SHORTFALL"].criteria
    assert criterion.decide_on == "interval"  # so that no group under the minimum is the reference


def test_the_bottom_line_is_not_an_answer_to_a_component_that_has_an_impact():
    asked = CONTROLS["UG-05"]
    assert "also where the whole process has no adverse impact" in asked.attest.statement.replace("\n", " ")
    assert "no defence" in asked.description


def test_the_example_that_leaves_a_group_out_by_name_can_be_loaded(tmp_path):
    text = (ROOT / "policies" / "us-ugesp" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?s)```yaml\n(.*?)```", text)
    path = tmp_path / "policy.yaml"
    path.write_text(f"assay: policy/v1\nid: own\nversion: 1.0.0\ntitle: Own\n{example}")
    assert [control.id for control in load_policy(str(path)).policy.controls] == ["RATIO", "RATIO-SHARE"]


@pytest.mark.parametrize("id_", ["NY-08", "NY-10", "NY-12", "NY-08-WHOSE", "NY-10-CONTENT"])
def test_what_the_comptroller_found_missing_is_of_high_severity(id_):
    assert CONTROLS[id_].severity == "high"


def test_a_statement_of_a_person_is_asked_for_and_never_taken_from_the_manifest():
    asked = {id_ for id_, control in CONTROLS.items() if control.attest is not None}
    assert asked == {
        "NY-02", "NY-03-CATEGORIES", "NY-04", "NY-07", "NY-08-WHOSE", "NY-09-WHY", "NY-10-CONTENT", "NY-12", "NY-13",
        "UG-04-ADEQUATE", "UG-05",
    }  # fmt: skip
    assert all(CONTROLS[id_].attest.maximum_days == 365 for id_ in asked)
