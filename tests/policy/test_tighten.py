"""What a child may ask of its parent, and what becomes of it."""

import json

import pytest

from assay.errors import AssayError, Problems
from assay.policy.load import load_policies
from assay.policy.tighten import tighten
from assay.record.audit import EnforcementOf
from assay.record.policy import Control, EnforcementByStage, Tightened
from policies import control, extends, in_memory, policy, write

PARENT = policy(
    "parent",
    control(
        "FAIR", check="fairness.impact_ratio", criterion={"at_least": "$floor", "source": "convention", "sides": "two"}
    ),
    control(
        "PERF",
        criterion=[
            {"at_least": 0.7, "source": "house", "confidence": 0.9},
            {"at_most": 0.05, "estimate": "gini", "source": "house", "confidence": 0.9},
        ],
    ),
    control("RANGE", criterion={"between": ["$low", 1.25], "source": "house"}, enforcement={"production": "warn"}),
    control("SIGNED", enforcement="warn", on_inconclusive={"high": "sign_off", "else": "warn"}),
    control(
        "EXPL",
        check="explainability.additivity",
        criterion={"at_most": 0.01, "source": "house"},
        **{"with": {"rows": "$rows"}},
    ),
    control("DOC", require={"field": "purpose.intended_use", "is": "present"}),
    control("SHOWN", criterion={"reported": True, "source": "guidance"}),
    control("SAME", criterion={"equals": 0.0, "source": "house"}),
    control("TEST", criterion={"significance": "$alpha", "source": "convention"}),
    control("EQUAL", criterion={"margin": 0.05, "significance": "$beside", "source": "convention"}),
    control("LATER", status="planned"),
    parameters={
        "floor": {"default": 0.8, "minimum": 0.8, "maximum": 1.0, "tighten": "up"},
        "low": {"default": 0.8, "tighten": "up"},
        "rows": {"type": "integer", "default": 500, "tighten": "up"},
        "alpha": {"default": 0.05, "maximum": 0.2, "tighten": "up"},
        "beside": {"default": 0.05, "tighten": "up"},
        "fixed": {"default": 1},
        "whole": {"type": "integer", "default": 5, "tighten": "down"},
    },
)


def child(name="child", **asked):
    return policy(name, extends=[extends("parent", **asked)])


def parent_of(*children, parent=PARENT):
    loaded = tighten({tree["id"]: in_memory(tree) for tree in (parent, *children)})
    return next(one for one in loaded if one.policy.id == parent["id"])


def controls(*children):
    return {one.id: one for one in parent_of(*children).policy.controls}


def refused(*children):
    """(place, what, hint) of every error."""
    with pytest.raises(AssayError) as caught:
        parent_of(*children)
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    return [(one.where, one.what, one.hint) for one in found]


def test_a_parameter_moves_every_threshold_in_which_it_stands_and_says_who_moved_it():
    asked = child(parameters={"floor": {"value": 0.85, "source": "house", "note": "minute 12"}})
    loaded = parent_of(asked)
    criterion = loaded.policy.controls[0].criteria[0]
    assert (criterion.at_least, criterion.source, criterion.sides) == (0.85, "house", "two")
    assert criterion.note == "minute 12; tightened by child 1.0.0 from 0.8 (convention)"
    assert loaded.policy.parameters["floor"].default == 0.85
    assert loaded.tightened == (
        Tightened(control="FAIR", what="at_least", before="0.8", after="0.85", by="child 1.0.0", place="child.yaml:11"),
    )


def test_a_threshold_keeps_confidence_and_rule_of_the_parent_and_the_criterion_beside_it_stays():
    perf = controls(child(controls={"PERF": {"criterion": {"at_least": 0.75, "source": "regulation"}}}))["PERF"]
    first, second = perf.criteria
    assert (first.at_least, first.source, first.confidence) == (0.75, "regulation", 0.9)
    assert first.note == "tightened by child 1.0.0 from 0.7 (house)"
    assert second == in_memory(PARENT).policy.controls[1].criteria[1]


def test_a_threshold_of_a_named_estimate_is_met_by_its_name():
    asked = {"criterion": [{"estimate": "gini", "at_most": 0.03, "source": "house"}]}
    assert controls(child(controls={"PERF": asked}))["PERF"].criteria[1].at_most == 0.03


def test_severity_and_enforcement_rise_stage_by_stage():
    asked = {"severity": "critical", "enforcement": {"development": "block", "production": "block"}}
    found = controls(child(controls={"RANGE": asked}))["RANGE"]
    assert (found.severity, found.enforcement) == ("critical", "block")
    assert controls(child(controls={"RANGE": {"severity": "medium"}}))["RANGE"].severity == "medium"


def test_what_is_the_same_as_in_the_parent_changes_nothing():
    asked = child(
        parameters={"floor": {"value": 0.8, "source": "house"}, "rows": {"value": 500, "source": "house"}},
        controls={
            "PERF": {"criterion": {"at_least": 0.7, "source": "statute"}, "severity": "medium"},
            "SAME": {"criterion": {"equals": 0.0, "source": "statute"}},
        },
    )
    assert parent_of(asked).policy == in_memory(PARENT).policy
    assert parent_of(asked).tightened == ()


def test_loosening_shows_parent_and_child_side_by_side(tmp_path):
    write(tmp_path / "parent" / "policy.yaml", PARENT)
    path = write(
        tmp_path / "card" / "card.yaml", child(controls={"PERF": {"criterion": {"at_least": 0.65, "source": "house"}}})
    )
    with pytest.raises(AssayError) as caught:
        load_policies([path])
    assert (
        str(caught.value)
        == f"""\
{path}:12:21: loosens PERF of parent 1.0.0
   12 |           at_least: 0.65
      |                     ^
  parent/policy.yaml:43   at_least 0.7 (house)
  card.yaml:12            at_least 0.65 (house)
  A child may only tighten. A waiver is the way to loosen, because everybody sees it."""
    )


@pytest.mark.parametrize(
    ("asked", "what", "hint"),
    [
        (
            {"parameters": {"flor": {"value": 0.9, "source": "house"}}},
            "`parent` has no parameter `flor`",
            "Did you mean `floor`?",
        ),
        (
            {"parameters": {"floor": {"value": 1.5, "source": "house"}}},
            "the parameter `floor` of parent has to be at least 0.8 and at most 1, found 1.5",
            "",
        ),
        (
            {"parameters": {"low": {"value": 0.7, "source": "house"}}},
            "loosens the parameter `low` of parent 1.0.0",
            "may only go up",
        ),
        (
            {"parameters": {"low": {"value": 1.3, "source": "house"}}},
            "does not tighten RANGE of parent 1.0.0",
            "[1.3, 1.25]",
        ),
        ({"parameters": {"fixed": {"value": 2, "source": "house"}}}, "does not say which direction is strict", ""),
        ({"parameters": {"whole": {"value": 4.5, "source": "house"}}}, "is a whole number, found 4.5", ""),
        ({"parameters": {"rows": {"value": 600, "source": "house"}}}, "is not only a threshold (parent.yaml:", ""),
        ({"controls": {"PERFF": {"severity": "high"}}}, "`parent` has no control `PERFF`", "Did you mean `PERF`?"),
        ({"controls": {"PERF": {"severity": "low"}}}, "loosens PERF of parent 1.0.0", "severity medium"),
        ({"controls": {"PERF": {"enforcement": {"staging": "warn"}}}}, "loosens PERF of parent 1.0.0", "staging warn"),
        (
            {"controls": {"PERF": {"criterion": {"above": 0.9, "source": "house"}}}},
            "PERF of parent has no criterion `above`",
            "It has: at_least; at_most of gini.",
        ),
        (
            {"controls": {"PERF": {"criterion": {"at_most": 0.01, "source": "house"}}}},
            "no criterion `at_most`",
            "at_most of gini",
        ),
        (
            {"controls": {"FAIR": {"criterion": {"at_least": 1.2, "source": "house"}}}},
            "does not tighten FAIR of parent 1.0.0",
            "judged on both sides",
        ),
        (
            {"controls": {"DOC": {"criterion": {"at_least": 1, "source": "house"}}}},
            "DOC of parent has no criterion",
            "no criterion",
        ),
        (
            {"controls": {"LATER": {"criterion": {"at_least": 1, "source": "house"}}}},
            "LATER of parent has no criterion",
            "",
        ),
        (
            {"controls": {"SHOWN": {"criterion": {"at_least": 1, "source": "house"}}}},
            "SHOWN of parent has no criterion",
            "reported",
        ),
        (
            {"controls": {"SAME": {"criterion": {"equals": 1, "source": "house"}}}},
            "loosens SAME of parent 1.0.0",
            "equals 0 (house)",
        ),
        (
            {"controls": {"TEST": {"criterion": {"significance": 0.01, "source": "house"}}}},
            "loosens TEST of parent 1.0.0",
            "significance 0.05 (convention)",
        ),
        (
            {"controls": {"EQUAL": {"criterion": {"margin": 0.04, "significance": 0.1, "source": "house"}}}},
            "the significance beside the margin of EQUAL of parent may not change",
            "Give the margin alone.",
        ),
        ({"parameters": {"beside": {"value": 0.1, "source": "house"}}}, "is not only a threshold (parent.yaml:", ""),
        (
            {"controls": {"SIGNED": {"criterion": {"at_least": 0.9, "source": "house"}}}},
            "tightening SIGNED would open a gate: in development, tier high, a fail weighs less than an inconclusive",
            "Raise",
        ),
    ],
)
def test_what_is_no_tightening_is_refused_with_its_reason(asked, what, hint):
    ((where, told, hinted),) = refused(child(**asked))
    assert what in told
    assert hint in hinted
    assert where.startswith("child.yaml:")


def test_a_higher_level_and_a_smaller_margin_are_stricter():
    asked = child(
        parameters={"alpha": {"value": 0.1, "source": "house"}},
        controls={"EQUAL": {"criterion": {"margin": 0.04, "source": "house"}}},
    )
    found = controls(asked)
    assert found["TEST"].criteria[0].significance == 0.1
    assert (found["EQUAL"].criteria[0].margin, found["EQUAL"].criteria[0].significance) == (0.04, 0.05)


def test_all_that_is_wrong_in_a_child_is_told_at_once_in_the_order_of_its_lines():
    asked = child(
        parameters={"floor": {"value": 0.7, "source": "house"}, "nope": {"value": 1, "source": "house"}},
        controls={
            "PERF": {"severity": "low", "enforcement": "inform", "criterion": {"at_least": 0.1, "source": "house"}},
            "NOPE": {"severity": "low"},
        },
    )
    assert [where for where, _, _ in refused(asked)] == [
        f"child.yaml:{place}" for place in ("11:16", "13:7", "18:19", "19:22", "21:21", "23:7")
    ]


def test_a_stricter_threshold_is_accepted_where_the_enforcement_rises_with_it():
    asked = {"enforcement": "block", "criterion": {"at_least": 0.9, "source": "house"}}
    found = controls(child(controls={"SIGNED": asked}))["SIGNED"]
    assert (found.enforcement, found.criteria[0].at_least) == ("block", 0.9)
    assert controls(child(controls={"SIGNED": {"severity": "high"}}))["SIGNED"].severity == "high"


def test_the_enforcement_of_another_child_does_not_excuse_a_stricter_threshold():
    """Who extends only the one of them would get an open gate."""
    raises = child("raises", controls={"SIGNED": {"enforcement": "block"}})
    tightens = child("tightens", controls={"SIGNED": {"criterion": {"at_least": 0.9, "source": "house"}}})
    ((where, what, _),) = refused(raises, tightens)
    assert where.startswith("tightens.yaml:")
    assert "would open a gate" in what


def test_a_parameter_cannot_open_a_gate_either():
    answered = control(
        "A", enforcement="warn", on_inconclusive="block", criterion={"at_least": "$t", "source": "house"}
    )
    parent = policy("parent", answered, parameters={"t": {"default": 0.7, "tighten": "up"}})
    with pytest.raises(AssayError, match="tightening A would open a gate"):
        parent_of(child(parameters={"t": {"value": 0.8, "source": "house"}}), parent=parent)


def test_of_several_children_the_strictest_counts_whatever_their_order():
    first = child(
        "first",
        parameters={"floor": {"value": 0.85, "source": "house", "note": "one"}},
        controls={
            "RANGE": {
                "enforcement": {"development": "block", "production": "block"},
                "criterion": {"between": [0.9, 1.25], "source": "house"},
            }
        },
    )
    second = child(
        "second",
        parameters={"floor": {"value": 0.9, "source": "guidance", "note": "two"}},
        controls={"RANGE": {"severity": "high", "criterion": {"between": [0.85, 1.1], "source": "guidance"}}},
    )
    found = parent_of(first, second)
    assert found.policy == parent_of(second, first).policy
    assert found.tightened == parent_of(second, first).tightened
    fair, _, between = found.policy.controls[:3]
    assert (fair.criteria[0].at_least, fair.criteria[0].source) == (0.9, "guidance")
    assert fair.criteria[0].note == "two; tightened by second 1.0.0 from 0.8 (convention)"
    assert between.criteria[0].between == (0.9, 1.1)
    assert "tightened by first 1.0.0 and second 1.0.0 from [0.8, 1.25] (house)" in between.criteria[0].note
    assert (between.severity, between.enforcement) == ("high", "block")
    assert found.policy.parameters["floor"].default == 0.9


def test_of_two_children_that_ask_for_the_same_the_one_first_by_its_id_is_named():
    trees = [
        child(name, controls={"PERF": {"criterion": {"at_least": 0.8, "source": source, "note": name}}})
        for name, source in (("zeta", "statute"), ("alpha", "house"))
    ]
    for order in (trees, trees[::-1]):
        criterion = parent_of(*order).policy.controls[1].criteria[0]
        assert (criterion.source, criterion.note) == ("house", "alpha; tightened by alpha 1.0.0 from 0.7 (house)")


def test_children_that_leave_nothing_to_accept_are_an_error_naming_both():
    low = child("low", controls={"RANGE": {"criterion": {"between": [0.8, 0.9], "source": "house"}}})
    high = child("high", controls={"RANGE": {"criterion": {"between": [1.0, 1.25], "source": "house"}}})
    ((where, what, hint),) = refused(low, high)
    assert where.startswith("high.yaml:")
    assert what == "what is asked of RANGE of parent cannot be had together"
    assert "high 1.0.0 asks for between [1, 1.25]" in hint
    assert "low 1.0.0 asks for between [0.8, 0.9]" in hint


def test_grandparents_come_with_what_the_parent_asks_of_them():
    middle = child("middle", parameters={"floor": {"value": 0.9, "source": "house"}})
    below = policy("below", control("X"), extends=[extends("middle", controls={}), extends("parent")])
    fair = controls(middle, below)["FAIR"]
    assert fair.criteria[0].at_least == 0.9


def test_only_what_stands_in_the_pack_itself_can_be_tightened_in_it():
    middle = policy("middle", control("M"), extends=[extends("parent")])
    below = policy("below", extends=[extends("middle", controls={"PERF": {"severity": "high"}})])
    ((_, what, _),) = refused(middle, below)
    assert what == "`middle` has no control `PERF`"


def test_the_longest_note_still_makes_a_record_that_can_be_read_again():
    asked = {"criterion": {"at_least": 0.8, "source": "house", "note": "n" * 4000}}
    found = controls(child(controls={"PERF": asked}))["PERF"]
    assert found.criteria[0].note.endswith("…; tightened by child 1.0.0 from 0.7 (house)")
    assert Control.model_validate_json(json.dumps(found.model_dump(mode="json", by_alias=True, exclude_none=True)))


def test_what_the_gate_reads_is_what_was_tightened():
    found = controls(child(controls={"RANGE": {"enforcement": {"production": "block", "staging": "block"}}}))["RANGE"]
    assert EnforcementOf(control="parent/RANGE", enforcement=found.enforcement).enforcement == "block"
    by_stage = in_memory(PARENT).policy.controls[2].enforcement
    assert by_stage == EnforcementByStage(production="warn")
