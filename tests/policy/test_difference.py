"""What changed between two policies."""

import pytest

from assay.policy.difference import differences
from assay.policy.load import load_family
from assay.policy.tighten import tighten
from policies import control, extends, in_memory, policy, write


def family(*trees):
    loaded = tighten({tree["id"]: in_memory(tree) for tree in trees})
    return next(one for one in loaded if one.policy.id == trees[0]["id"]), loaded


def between(old, new):
    return [(one.kind, one.name, one.facets) for one in differences(family(old), family(new))]


def one(**changes):
    """What a change of the control A, and back, is told as."""
    old, new = policy("p", control("A")), policy("p", control("A", **changes))
    ((kind, _, facets),), ((back, _, _),) = between(old, new), between(new, old)
    return kind, back, facets


FLOOR = {"at_least": 0.7, "source": "house"}


@pytest.mark.parametrize(
    ("changes", "kind", "back", "facet"),
    [
        (
            {"criterion": FLOOR | {"at_least": 0.75}},
            "stricter",
            "looser",
            "at_least 0.7 (house) → at_least 0.75 (house)",
        ),
        ({"criterion": FLOOR | {"at_least": 1.2}}, "changed", "changed", "at_least 0.7 (house) → at_least 1.2 (house)"),
        ({"criterion": FLOOR | {"confidence": 0.9}}, "changed", "changed", "confidence 0.95 → 0.9"),
        ({"criterion": FLOOR | {"source": "statute"}}, "changed", "changed", "at_least 0.7 (statute)"),
        ({"criterion": [FLOOR, {"at_most": 0.9, "source": "house"}]}, "stricter", "looser", "also at_most 0.9 (house)"),
        ({"criterion": {"above": 0.7, "source": "house"}}, "looser", "looser", "no longer at_least 0.7 (house)"),
        (
            {"criterion": {"margin": 0.05, "significance": 0.05, "source": "house"}},
            "looser",
            "looser",
            "also margin 0.05, significance 0.05 (house)",
        ),
        ({"severity": "critical"}, "stricter", "looser", "severity medium → critical"),
        ({"enforcement": "warn"}, "looser", "stricter", "enforcement block → warn"),
        ({"enforcement": {"development": "inform"}}, "looser", "stricter", "development inform"),
        ({"on_inconclusive": "warn"}, "looser", "stricter", "on_inconclusive the enforcement → warn"),
        ({"waivable": False}, "stricter", "looser", "waivable true → false"),
        ({"small_groups": {"maximum_unassessed": 0.1}}, "looser", "stricter", "maximum_unassessed 0.05 → 0.1"),
        ({"small_groups": {"minimum": 10}}, "changed", "changed", "small_groups.minimum 30 → 10"),
        ({"maximum_unlabelled": 0.5}, "changed", "changed", "maximum_unlabelled 0.05 → 0.5"),
        ({"when": {"field": "columns.score", "is": "present"}}, "looser", "stricter", "`when` is asked first"),
        ({"applies_from": "2027-01-01"}, "looser", "stricter", "applies_from none → 2027-01-01"),
        ({"applies_until": "2027-01-01"}, "looser", "stricter", "applies_until none → 2027-01-01"),
        ({"roles": ["deployer"]}, "looser", "stricter", "roles everybody → deployer"),
        ({"status": "superseded"}, "changed", "changed", "status current → superseded"),
        ({"title": "Another"}, "changed", "changed", "`title` is another"),
        ({"with": {"data": "train"}}, "changed", "changed", "`with` is another: data"),
        ({"cites": [{"ref": "framework/S17"}]}, "changed", "changed", "`cites` is another"),
    ],
)
def test_a_change_of_a_control_is_looser_stricter_or_not_comparable(changes, kind, back, facet):
    found, returned, facets = one(**changes)
    assert (found, returned) == (kind, back)
    assert any(facet in told for told in facets), facets


def test_an_answer_that_is_the_enforcement_anyway_is_no_difference():
    assert between(policy("p", control("A")), policy("p", control("A", on_inconclusive="block"))) == []


def test_a_stricter_threshold_is_not_called_stricter_where_it_may_open_a_gate():
    answered = {"enforcement": "warn", "on_inconclusive": "block"}
    old = policy("p", control("A", **answered))
    new = policy("p", control("A", **answered, criterion=FLOOR | {"at_least": 0.8}))
    ((kind, _, (facet,)),) = between(old, new)
    assert kind == "changed"
    assert facet.endswith("where a fail weighs less than an inconclusive")


def test_a_planned_control_that_is_evaluated_now_is_stricter():
    old, new = policy("p", control("A"), control("B", status="planned")), policy("p", control("A"), control("B"))
    assert between(old, new) == [("stricter", "B", ("stricter: evaluated, no longer planned",))]
    assert between(new, old) == [("looser", "B", ("looser: no longer evaluated: planned",))]


def test_looser_comes_first_then_what_is_gone_and_new_comes_last():
    old = policy("p", control("A"), control("B"), control("C"), control("D"))
    new = policy("p", control("A", severity="high"), control("C", enforcement="warn", severity="high"),
                 control("D", title="Another"), control("E"))  # fmt: skip
    assert [(kind, name) for kind, name, _ in between(old, new)] == [
        ("looser", "C"), ("gone", "B"), ("changed", "D"), ("stricter", "A"), ("new", "E"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "kind", "facet"),
    [
        ({"maximum_open_waivers": 3}, "stricter", "maximum_open_waivers any → 3"),
        ({"maximum_open_waivers": 0}, "stricter", "maximum_open_waivers any → 0"),
        ({"signatures": ["author", "approver"]}, "stricter", "signatures none → author, approver"),
        ({"unsigned_waivers": "accept"}, "looser", "unsigned_waivers refuse → accept"),
        ({"applies_to": {"field": "risk.tier", "equals": "high"}}, "looser", "`applies_to` is asked first"),
        ({"version": "1.1.0"}, "changed", "version 1.0.0 → 1.1.0"),
        ({"applies_until": "2026-12-31"}, "looser", "applies_until none → 2026-12-31"),
    ],
)
def test_what_holds_for_the_whole_policy_is_compared_too(changes, kind, facet):
    ((found, name, facets),) = between(policy("p", control("A")), policy("p", control("A"), **changes))
    assert (found, name, facets) == (kind, "the policy", (f"{kind}: {facet}",))


def test_parameters_are_compared_as_the_thresholds_they_are():
    fair = control("A", criterion={"at_least": "$floor", "source": "house"})
    old, new = (policy("p", fair, parameters={"floor": {"default": number}}) for number in (0.7, 0.6))
    ((kind, name, facets),) = between(old, new)
    assert (kind, name, facets) == ("looser", "A", ("looser: at_least 0.7 (house) → at_least 0.6 (house)",))


def test_a_policy_is_compared_with_its_own_child_under_the_names_of_both(tmp_path):
    write(tmp_path / "parent" / "policy.yaml", policy("parent", control("A")))
    child = policy("card", control("X"), extends=[extends("parent", controls={"A": {"severity": "high"}})])
    path = write(tmp_path / "card.yaml", child)
    write(tmp_path / "parent.yaml", (tmp_path / "parent" / "policy.yaml").read_text())
    found = differences(load_family(tmp_path / "parent"), load_family(path))
    assert [(one.kind, one.name) for one in found] == [("stricter", "parent/A"), ("new", "card"), ("new", "card/X")]


def test_versions_under_another_id_are_compared_control_by_control():
    ((kind, name, _), (_, policy_name, _)) = between(
        policy("p", control("A")), policy("q", control("A", severity="low"))
    )
    assert (kind, name, policy_name) == ("looser", "A", "the policy")
