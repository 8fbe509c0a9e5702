"""What two audits asked, and which of them asks for more."""

import pytest

from assay.record.finding import CheckRecord
from assay.record.policy import AnswerByTier, Criterion, EnforcementByStage, SmallGroups
from assay.verdict.terms import changed_policies, changed_terms
from gates import audit, finding

OPPOSITE = {"looser": "stricter", "stricter": "looser", "changed": "changed"}


def asked(criterion=None, audited=None, **changes):
    one = finding("pass", criterion=criterion).model_copy(update=changes)
    return audit(one, **(audited or {}))


def criterion(**more):
    return Criterion(source="house", **more)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (criterion(at_least=0.8), criterion(at_least=0.5), "looser at_least 0.8 → 0.5"),
        (criterion(at_least=0.8), criterion(at_least=1.5), "changed at_least 0.8 → 1.5"),
        (criterion(between=(0.8, 1.2)), criterion(between=(0.9, 1.1)), "stricter between [0.8, 1.2] → [0.9, 1.1]"),
        (criterion(at_most=2), criterion(at_most=2, confidence=0.9), "changed at_most: confidence 0.95 → 0.9"),
        (
            criterion(estimate="auc", at_least=0.8),
            criterion(estimate="auc", at_least=0.7),
            "looser auc at_least 0.8 → 0.7",
        ),
    ],
)
def test_a_threshold_is_told_with_its_direction_and_turned_round_on_the_way_back(old, new, told):
    [forth], [back] = changed_terms(asked(old), asked(new)), changed_terms(asked(new), asked(old))
    assert f"{forth.direction} {forth.what} {forth.before} → {forth.after}" == told
    assert (back.direction, back.before, back.after) == (OPPOSITE[forth.direction], forth.after, forth.before)


def test_another_operator_is_a_demand_that_went_and_one_that_came():
    found = changed_terms(asked(criterion(at_least=0.8)), asked(criterion(at_most=0.8)))
    assert [(one.direction, one.what, one.before, one.after) for one in found] == [
        ("looser", "at_least", "0.8", "nothing"),
        ("stricter", "at_most", "nothing", "0.8"),
    ]


def test_what_the_gate_does_is_compared_over_all_stages_and_tiers():
    old = asked(audited={"enforcement": "block", "on_inconclusive": "block"})
    by_stage = EnforcementByStage(development="inform")
    new = asked(audited={"enforcement": by_stage, "on_inconclusive": AnswerByTier(high="block", otherwise="warn")})
    found = {one.what: (one.direction, one.after) for one in changed_terms(old, new)}
    assert found["enforcement"][0] == "looser"
    assert found["enforcement"][1] == "development inform, staging block, production block, monitoring block"
    assert found["on_inconclusive"] == ("looser", "high block, else warn")


def test_groups_that_count_shares_that_are_tolerated_and_the_check_itself_are_terms():
    record = CheckRecord(id="fairness.impact_ratio", version=1, parameters={"groups": ["sex"]}, docstring="d")
    old = asked(small_groups=SmallGroups(), check=record, severity="high")
    new = asked(
        small_groups=SmallGroups(minimum=10, maximum_unassessed=0.2),
        check=record.model_copy(update={"version": 2, "parameters": {"groups": ["age"]}}),
        limits=(0.05, 0.05, 0.5),
        severity="low",
    )
    assert {(one.direction, one.what, one.before, one.after) for one in changed_terms(old, new)} == {
        ("looser", "severity", "high", "low"),
        ("changed", "small_groups.minimum", "30", "10"),
        ("looser", "maximum_unassessed", "0.05", "0.2"),
        ("looser", "maximum_unknown", "0.05", "0.5"),
        ("changed", "check", "fairness.impact_ratio, version 1", "fairness.impact_ratio, version 2"),
        ("changed", "with groups", "[sex]", "[age]"),
    }


def test_the_loosened_stand_first():
    old = audit(finding("pass", control="A"), finding("pass", control="B", criterion=criterion(at_least=0.9)))
    new = audit(finding("pass", control="A", criterion=criterion(at_least=0.9)), finding("pass", control="B"))
    assert [one.finding for one in changed_terms(old, new)] == ["p/B", "p/A"]


def test_policies_come_go_and_change_by_their_bytes():
    record = audit(finding("pass"))
    [one] = record.policies
    other = one.model_copy(update={"id": "q", "version": "2.0.0"})
    changed = one.model_copy(update={"digest": "sha256:" + "1" * 64})
    old, new = (record.model_copy(update={"policies": held}) for held in ((one,), (changed, other)))
    found = changed_policies(old, new)
    assert [(each.id, each.before_version, each.after_version) for each in found] == [
        ("p", "1.0.0", "1.0.0"),
        ("q", None, "2.0.0"),
    ]
    assert changed_policies(old, old) == ()
