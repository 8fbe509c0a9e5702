from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from assay.errors import PolicyError
from assay.record.condition import Condition
from assay.verdict.conditions import evaluate

ADAPTER = TypeAdapter(Condition)
TREE = {
    "risk": {"tier": "high"},
    "owners": {
        "business": {"id": "b.burke"},
        "developer": [{"id": "ann", "name": "Ann"}, {"id": "bob"}],
        "validator": [{"id": "cay"}],
    },
    "purpose": {"intended_use": [], "users": ["clerks", "auditors"], "context": "  ", "decision": {}},
    "training": {"seed": 7, "hyperparameters": {"rate": 0.1, "early": True}},
    "lifecycle": {"dates": {"approved": "2026-03-31", "deployed": "2026-04-01"}},
    "docs": {"sections": {"limits": {"path": "limits.md"}}},
    "features": None,
}


def place(loc):
    return "model.yaml:" + "/".join(map(str, loc))


def read(condition, tree=TREE):
    return evaluate(ADAPTER.validate_python(condition, strict=False), tree, place, date(2026, 3, 31))


def result(field, **operator):
    return read({"field": field, **operator}).result


@pytest.mark.parametrize(
    ("field", "operator", "expected"),
    [
        ("risk.tier", {"equals": "high"}, True),
        ("risk.tier", {"not_equals": "high"}, False),
        ("risk.tier", {"in": ["high", "critical"]}, True),
        ("risk.tier", {"not_in": ["low"]}, True),
        ("risk.tier", {"at_least": "medium"}, True),
        ("risk.tier", {"at_least": "critical"}, False),
        ("risk.tier", {"below": "critical"}, True),
        ("training.seed", {"equals": 7.0}, True),
        ("training.seed", {"above": 6.5}, True),
        ("training.hyperparameters.rate", {"at_most": 0.1}, True),
        ("training.hyperparameters.early", {"equals": True}, True),
        ("lifecycle.dates.approved", {"at_least": "2026-01-01"}, True),
        ("lifecycle.dates.approved", {"below": {"field": "lifecycle.dates.deployed"}}, True),
        ("purpose.users", {"contains": "clerks"}, True),
        ("purpose.users", {"subset_of": ["clerks"]}, False),
        ("purpose.users", {"disjoint_from": ["robots"]}, True),
        ("purpose.users", {"equals": ["clerks", "auditors"]}, True),
        ("owners.validator", {"disjoint_from": {"field": "owners.developer"}}, True),
        ("owners.developer", {"contains": "ann"}, True),
        ("owners.business", {"equals": "b.burke"}, True),
        ("owners.business", {"disjoint_from": {"field": "owners.developer"}}, True),
        ("owners.developer", {"subset_of": ["ann", "bob", "cay"]}, True),
        ("docs.sections.limits.path", {"contains": ".md"}, True),
    ],
)
def test_operators_compare_the_value_that_is_there(field, operator, expected):
    assert result(field, **operator) is expected


@pytest.mark.parametrize(
    ("field", "present"),
    [
        ("risk.tier", True), ("training.seed", True), ("owners.validator", True), ("docs.sections", True),
        ("purpose.intended_use", False), ("purpose.context", False), ("purpose.decision", False), ("features", False),
        ("champion", False), ("owners.technical.id", False), ("risk.tier.x", False),
    ],
)  # fmt: skip
def test_present_means_neither_null_nor_blank_nor_empty(field, present):
    assert result(field, **{"is": "present"}) is present
    assert result(field, **{"is": "absent"}) is not present


def test_false_and_zero_are_present():
    tree = {"purpose": {"decision": {"consequential": False}}, "training": {"seed": 0}}
    assert read({"field": "purpose.decision", "is": "present"}, tree).result is True
    assert read({"field": "training.seed", "is": "present"}, tree).result is True


@pytest.mark.parametrize(
    "operator",
    [{"equals": "x"}, {"not_equals": "x"}, {"in": ["x"]}, {"not_in": ["x"]}, {"at_least": 1}, {"below": 1},
     {"contains": "x"}, {"subset_of": ["x"]}, {"disjoint_from": ["x"]}],
)  # fmt: skip
@pytest.mark.parametrize("field", ["champion", "features", "nothing.at.all"])
def test_an_absent_field_is_unknown_and_its_path_travels(field, operator):
    reading = read({"field": field, **operator})
    assert reading.result is None
    assert reading.missing == (field,)
    assert f"{field} " in reading.sentence
    assert "it is absent" in reading.sentence


def test_the_field_compared_with_may_be_the_absent_one():
    reading = read({"field": "owners.validator", "disjoint_from": {"field": "owners.auditors"}})
    assert (reading.result, reading.missing) == (None, ("owners.auditors",))


@pytest.mark.parametrize("operator", ["subset_of", "disjoint_from"])
def test_empty_lists_share_nothing_vacuously(operator):
    reading = read({"field": "purpose.intended_use", operator: ["credit"]})
    assert (reading.result, reading.missing) == (None, ("purpose.intended_use",))
    other = read({"field": "purpose.users", operator: {"field": "purpose.intended_use"}})
    assert (other.result, other.missing) == (None, ("purpose.intended_use",))


@pytest.mark.parametrize(
    ("field", "operator", "what"),
    [
        ("risk.tier", {"equals": 3}, "risk.tier is text (high) and cannot be compared with a number (3)"),
        ("risk.tier", {"at_least": 3}, "cannot be compared"),
        ("risk.tier", {"at_least": "tall"}, "high and tall have no order"),
        ("training.seed", {"equals": "7"}, "training.seed is a number (7) and cannot be compared with text (7)"),
        ("training.seed", {"in": [7, "8"]}, "cannot be compared with text"),
        ("training.seed", {"equals": True}, "cannot be compared with true or false"),
        ("training.hyperparameters.early", {"above": 0}, "is true or false (true)"),
        ("risk.tier", {"in": "high"}, "`in` and `not_in` take a list"),
        ("purpose.users", {"in": ["clerks"]}, "purpose.users is a list"),
        ("training.seed", {"contains": 7}, "training.seed is not a list"),
        ("docs.sections.limits", {"equals": "limits.md"}, "cannot be compared: a mapping"),
        ("purpose.users", {"subset_of": {"field": "docs.sections.limits"}}, "cannot be compared"),
    ],
)
def test_values_of_different_types_are_an_error_never_false(field, operator, what):
    with pytest.raises(PolicyError) as caught:
        read({"field": field, **operator})
    assert what in caught.value.what
    assert caught.value.where == place(field.split("."))
    assert caught.value.hint


def test_sentences_say_what_was_asked_what_was_found_and_where():
    assert read({"field": "risk.tier", "in": ["high", "critical"]}).sentence == (
        "risk.tier is one of high, critical: it is high (model.yaml:risk/tier)"
    )
    assert read({"field": "owners.validator", "disjoint_from": {"field": "owners.developer"}}).sentence == (
        "owners.validator shares nothing with owners.developer: it is cay (model.yaml:owners/validator), "
        "owners.developer is ann, bob (model.yaml:owners/developer)"
    )
    assert read({"field": "docs", "is": "present"}).sentence == "docs is present: it is there (model.yaml:docs)"
    both = {"all": [{"field": "risk.tier", "is": "present"}, {"not": {"field": "champion", "is": "present"}}]}
    assert read(both).sentence == (
        "risk.tier is present: it is high (model.yaml:risk/tier); and not (champion is present: it is absent)"
    )


def test_long_values_are_cut_in_sentences():
    tree = {"purpose": {"context": "x" * 5000, "users": [str(i) for i in range(5000)]}}
    assert len(read({"field": "purpose.context", "is": "present"}, tree).sentence) < 200
    assert "and 4990 more" in read({"field": "purpose.users", "is": "present"}, tree).sentence


def test_only_what_left_it_unknown_is_missing():
    unknown, false, true = {"field": "a", "equals": 1}, {"field": "b", "equals": 2}, {"field": "b", "equals": 1}
    tree = {"b": 1}
    assert read({"all": [unknown, false]}, tree).missing == ()
    assert read({"any": [unknown, true]}, tree).missing == ()
    assert read({"all": [true, unknown]}, tree).missing == ("a",)
    assert read({"not": {"any": [false, unknown]}}, tree).missing == ("a",)


FIELDS = ["a", "b", "c"]
leaves = st.builds(
    lambda field, operator, value: {"field": field, operator: value},
    st.sampled_from(FIELDS), st.sampled_from(["equals", "not_equals", "at_least", "below"]), st.integers(0, 2),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda members: {"all": members}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda members: {"any": members}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda member: {"not": member}, inner),
    ),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 2) | st.none())


def opposite(answer):
    return None if answer is None else not answer


@given(st.lists(conditions, min_size=1, max_size=4), facts)
def test_de_morgan_holds(members, tree):
    negated = [{"not": member} for member in members]
    assert read({"not": {"all": members}}, tree).result is read({"any": negated}, tree).result
    assert read({"not": {"any": members}}, tree).result is read({"all": negated}, tree).result


@given(conditions, facts)
def test_twice_not_is_the_condition_itself(condition, tree):
    plain = read(condition, tree)
    assert read({"not": condition}, tree).result is opposite(plain.result)
    assert read({"not": {"not": condition}}, tree).result is plain.result


@given(st.lists(conditions, min_size=1, max_size=4), facts, st.randoms())
def test_order_never_matters(members, tree, random):
    shuffled = list(members)
    random.shuffle(shuffled)
    for word in ("all", "any"):
        before, after = read({word: members}, tree), read({word: shuffled}, tree)
        assert (before.result, before.missing) == (after.result, after.missing)


@given(conditions, facts, facts)
def test_to_learn_a_fact_never_changes_an_answer_that_was_given(condition, tree, more):
    known = {name: value for name, value in tree.items() if value is not None}
    before = read(condition, known).result
    after = read(condition, {**more, **known}).result
    assert before is None or after is before


@given(conditions, facts)
def test_unknown_always_names_what_is_missing_and_an_answer_never_does(condition, tree):
    reading = read(condition, tree)
    assert (reading.result is None) == bool(reading.missing)
    assert all(tree.get(path) is None for path in reading.missing)
