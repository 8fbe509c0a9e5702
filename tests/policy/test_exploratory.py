"""A control of what a search has found informs or warns, whatever a policy or its child writes."""

import pytest

from assay.errors import AssayError, Problems
from assay.policy.load import load_policies, load_policy
from policies import control, extends, policy, write

BY_STAGE = {"development": "inform", "staging": "warn", "production": "warn", "monitoring": "warn"}


def slice_control(**more):
    criterion = {"estimate": "relative_drop", "at_most": 0.2, "source": "convention"}
    return control("SLICE", check="performance.weakest_slice", criterion=criterion, **more)


def loaded(folder, **more):
    return load_policy(write(folder / "p.yaml", policy("p", slice_control(**more))))


@pytest.mark.parametrize(
    "more",
    [
        {"enforcement": "warn"},
        {"enforcement": "inform"},
        {"enforcement": BY_STAGE},
        {"enforcement": "warn", "on_inconclusive": "inform"},
        {"enforcement": "warn", "on_inconclusive": {"high": "warn", "else": "inform"}},
    ],
)
def test_it_may_inform_or_warn(tmp_path, more):
    assert loaded(tmp_path, **more).policy.controls[0].id == "SLICE"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, 8),
        ({"enforcement": "block"}, 13),
        ({"enforcement": {"development": "inform"}}, 14),
        ({"enforcement": {**BY_STAGE, "production": "block"}}, 14),
        ({"enforcement": "warn", "on_inconclusive": "block"}, 14),
        ({"enforcement": "warn", "on_inconclusive": "sign_off"}, 14),
        ({"enforcement": "warn", "on_inconclusive": {"high": "sign_off", "else": "warn"}}, 15),
    ],
)
def test_it_closes_no_gate_and_the_error_stands_where_it_is_written(tmp_path, more, line):
    with pytest.raises(AssayError) as raised:
        loaded(tmp_path, **more)
    (problem,) = raised.value.problems if isinstance(raised.value, Problems) else [raised.value]
    assert problem.what == "`performance.weakest_slice` is exploratory and cannot close a gate"
    assert f"p.yaml:{line}:" in problem.where


@pytest.mark.parametrize("wrong", [{"enforcement": 3}, {"enforcement": ["block"]}, {"on_inconclusive": {"high": []}}])
def test_what_is_no_enforcement_at_all_is_an_error_and_no_traceback(tmp_path, wrong):
    with pytest.raises(AssayError):
        loaded(tmp_path, **wrong)


@pytest.mark.parametrize(("raised_to", "allowed"), [("warn", True), ("block", False), ({"staging": "warn"}, False)])
def test_a_child_cannot_raise_it_to_close_one(tmp_path, raised_to, allowed):
    write(tmp_path / "parent.yaml", policy("parent", slice_control(enforcement="inform")))
    tightened = extends("parent", controls={"SLICE": {"enforcement": raised_to}})
    child = write(tmp_path / "child.yaml", policy("child", control("X"), extends=[tightened]))
    if allowed:
        parent = next(each for each in load_policies([child]) if each.policy.id == "parent")
        assert parent.policy.controls[0].enforcement == "warn"
    else:
        with pytest.raises(AssayError, match="exploratory and cannot close a gate"):
            load_policies([child])
