"""A policy and all that it extends: who is loaded, in which version, and what cannot be."""

import pytest

from assay.errors import AssayError, PolicyError, Problems
from assay.policy.load import load_family, load_policies, load_policy
from policies import control, extends, policy, write


def house(tmp_path, *trees):
    """Policies in folders beside each other."""
    return [write(tmp_path / tree["id"] / "policy.yaml", tree) for tree in trees]


def ids(policies):
    return [(one.policy.id, len(one.policy.controls)) for one in policies]


def test_parents_and_their_parents_come_once_each_sorted_by_id(tmp_path):
    child, *_ = house(
        tmp_path,
        policy("a-child", control("X"), extends=[extends("m-left"), extends("z-right")]),
        policy("m-left", control("A"), extends=[extends("top")]),
        policy("z-right", control("A"), control("B"), extends=[extends("top")]),
        policy("top", control("T")),
    )
    assert ids(load_policies([child])) == [("a-child", 1), ("m-left", 1), ("top", 1), ("z-right", 2)]
    assert ids([load_policy(child)]) == [("a-child", 1)]
    own, family = load_family(child)
    assert own.policy.id == "a-child"
    assert len(family) == 4


def test_a_parent_may_be_named_beside_its_child_and_in_any_order(tmp_path):
    child, parent = house(
        tmp_path,
        policy("child", extends=[extends("parent", controls={"A": {"severity": "high"}})]),
        policy("parent", control("A")),
    )
    together = load_policies([parent, child])
    assert [one.policy for one in together] == [one.policy for one in load_policies([child, parent])]
    assert [one.policy for one in together] == [one.policy for one in load_policies([child])]
    assert together[1].policy.controls[0].severity == "high"
    assert load_policies([parent])[0].policy.controls[0].severity == "medium"


def test_a_policy_that_is_named_twice_or_none_at_all_is_an_error(tmp_path):
    (path,) = house(tmp_path, policy("parent", control("A")))
    with pytest.raises(AssayError, match="policy 'parent' was given twice"):
        load_policies([path, path.parent])
    with pytest.raises(AssayError, match="no policy was given"):
        load_policies([])


def test_places_of_a_pack_name_its_folder_and_places_of_a_file_do_not_name_the_machine(tmp_path):
    (path,) = house(tmp_path, policy("parent", control("A")))
    other = write(tmp_path / "elsewhere" / "policy.yaml", policy("mine", control("A")))
    assert load_policy(path).place("A") == "parent/policy.yaml:6"
    assert load_policy(other).place("A") == "policy.yaml:6"


def test_a_cycle_is_told_with_its_chain(tmp_path):
    path, *_ = house(
        tmp_path,
        policy("a", extends=[extends("b")]),
        policy("b", extends=[extends("c")]),
        policy("c", control("X"), extends=[extends("a")]),
    )
    with pytest.raises(PolicyError, match="a policy cannot extend itself: a → b → c → a") as caught:
        load_policy(path)
    assert caught.value.where == f"{path}:6:9"


def test_a_policy_cannot_bring_more_than_fifty(tmp_path):
    chain = [policy(f"p{number}", control("X"), extends=[extends(f"p{number + 1}")]) for number in range(60)]
    path, *_ = house(tmp_path, *chain, policy("p60", control("X")))
    with pytest.raises(PolicyError, match="more than 50 policies extend each other"):
        load_policy(path)


def test_a_version_outside_the_range_is_an_error_that_names_who_wants_what(tmp_path):
    path, *_ = house(
        tmp_path,
        policy("child", extends=[extends("left"), extends("top", "^2.0")]),
        policy("left", extends=[extends("top", "^1.0")]),
        policy("top", control("T"), version="1.4.0"),
    )
    with pytest.raises(PolicyError, match=r"`top` is 1\.4\.0, wanted is \^2\.0") as caught:
        load_policy(path)
    assert caught.value.where == f"{path}:9:12"
    assert "left wants ^1.0 (left/policy.yaml:7)" in caught.value.hint
    assert str(tmp_path) in caught.value.hint


def test_two_policies_of_one_id_with_other_bytes_are_an_error_that_names_both(tmp_path):
    child, parent = house(tmp_path, policy("child", extends=[extends("parent")]), policy("parent", control("A")))
    other = write(tmp_path / "vendored" / "parent.yaml", policy("parent", control("B")))
    with pytest.raises(PolicyError, match="two different policies are called `parent`") as caught:
        load_policies([child, other])
    assert str(other) in caught.value.hint
    copy = write(tmp_path / "vendored" / "parent.yaml", parent.read_text())
    assert ids(load_policies([child, copy])) == [("child", 0), ("parent", 1)]


def test_a_range_that_cannot_be_read_is_told_with_examples_beside_all_other_errors(tmp_path):
    (path,) = house(
        tmp_path, policy("child", control("A", superseded_by="B1"), control("B"), extends=[extends("x", "1.2")])
    )
    with pytest.raises(Problems) as caught:
        load_policy(path)
    told = [(one.where.removeprefix(f"{path}:"), one.what) for one in caught.value.problems]
    assert told == [("7:12", "`1.2` is no whole version"), ("15:18", "the policy has no control `B1`")]
    assert '"^1.2" (below 2.0.0)' in caught.value.problems[0].hint
    assert caught.value.problems[1].hint == "Did you mean `B`?"


def test_an_error_in_a_parent_is_told_with_the_place_in_the_parent(tmp_path):
    child, _ = house(
        tmp_path, policy("child", extends=[extends("parent")]), policy("parent", control("A", severty="high"))
    )
    with pytest.raises(PolicyError, match="unknown key `severty`") as caught:
        load_policy(child)
    assert caught.value.where.endswith("parent/policy.yaml:12:3")


def test_a_planned_control_needs_neither_condition_nor_check(tmp_path):
    (path,) = house(tmp_path, policy("parent", control("A"), control("B", status="planned")))
    assert [one.status for one in load_policy(path).policy.controls] == ["current", "planned"]


@pytest.mark.parametrize("pack", ["../secret", "/etc", "a/b", "", "A", "." * 3])
def test_a_parent_cannot_be_named_by_a_path(tmp_path, pack):
    (path,) = house(tmp_path, policy("child", extends=[extends(pack)]))
    with pytest.raises(AssayError) as caught:
        load_policy(path)
    assert str(caught.value).startswith(f"{path}:6:9")
