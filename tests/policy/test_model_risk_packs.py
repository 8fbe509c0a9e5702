"""The packs of model risk management: what they measure, when they hold, and that no number looks like law."""

import re
from pathlib import Path

import pytest

from assay.api import run_policy_tests
from assay.policy.load import load_policy

ROOT = Path(__file__).parents[2]
NAMES = ("us-mrm-sr26-2", "us-mrm-sr11-7")
ROWS = [f"{number:02}" for number in range(1, 21)]
"""Rows of the reference."""


def controls(name):
    return {control.id: control for control in load_policy(name).policy.controls}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_reference_has_a_control(row):
    control = controls("us-mrm-sr26-2")[f"MR-{row}"]
    assert control.status == "current"
    assert control.cites


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_the_pack_hold_and_notice_small_changes(name):
    report = run_policy_tests(name, mutate=True)
    assert report.failures == ()
    assert report.untested == ()
    assert report.mutation.score >= 0.95


@pytest.mark.parametrize("name", NAMES)
def test_the_guidance_sets_no_number(name):
    sources = {criterion.source for control in controls(name).values() for criterion in control.criteria}
    assert sources == {"house", "convention"}


def test_the_readme_names_and_counts_the_controls():
    text = (ROOT / "policies" / "us-mrm-sr26-2" / "README.md").read_text(encoding="utf-8")
    current = [id_ for id_, control in controls("us-mrm-sr26-2").items() if control.status == "current"]
    assert f" {len(current)} controls" in text.partition("\n## ")[0].replace("\n", " ")
    assert set(re.findall(r"MR-\d\d(?:-[A-Z]+)?", text)) == set(controls("us-mrm-sr26-2"))


def test_the_old_guidance_asks_what_the_new_one_asks_and_for_a_yearly_review():
    new, old = (set(controls(name)) for name in NAMES)
    assert {id_.replace("SR-", "MR-") for id_ in old} - new == {"MR-REVIEW"}
    assert new - {id_.replace("SR-", "MR-") for id_ in old} == set()
    for id_ in new:
        here, there = controls(NAMES[0])[id_], controls(NAMES[1])[id_.replace("MR-", "SR-")]
        assert (here.check, here.with_, here.require) == (there.check, there.with_, there.require)


def test_the_old_guidance_ends_the_day_before_the_new_one_begins():
    new, old = (load_policy(name).policy for name in NAMES)
    assert (old.status, old.superseded_by) == ("superseded", "us-mrm-sr26-2")
    assert (new.applies_from - old.applies_until).days == 1
