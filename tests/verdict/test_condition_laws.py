"""What holds of every condition and every manifest: Kleene's laws, order, knowledge."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from assay.errors import PolicyError
from assay.record.condition import Condition
from assay.verdict.conditions import evaluate

ADAPTER = TypeAdapter(Condition)


def read(condition, tree):
    model = ADAPTER.validate_json(json.dumps(condition), strict=True)
    return evaluate(model, tree, lambda loc: "m:" + "/".join(map(str, loc)), date(2026, 3, 31))


def conditions(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda members: {"all": members}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda members: {"any": members}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda member: {"not": member}, inner),
            st.builds(
                lambda field, word, member: {"field": field, word: member},
                st.sampled_from(["list", "/list", "map"]), st.sampled_from(["for_all", "for_any"]), inner,
            ),
        ),
        max_leaves=6,
    )  # fmt: skip


# `a`, `b`, `c` are numbers or absent wherever they stand: at the root, or in an entry of `list` or `map`.
names = st.sampled_from(["a", "b", "/a", "/c", "list.*.a", "/map.*.b"])
numbers = st.integers(0, 2)
comparisons = st.builds(
    lambda field, operator, operand: {"field": field, operator: operand},
    names,
    st.sampled_from(["equals", "not_equals", "at_least", "below"]),
    numbers | st.builds(lambda field: {"field": field}, st.sampled_from(["a", "b", "/c"])),
) | st.builds(lambda field, items: {"field": field, "in": items}, names, st.lists(numbers, min_size=1))
lists = st.builds(
    lambda operator: {"field": "/list", **operator},
    st.sampled_from([{"unique": "a"}, {"length": {"at_least": 2}}, {"length": 1}]),
)
typed = conditions(comparisons | lists)

facts = st.fixed_dictionaries({}, optional={name: numbers | st.none() for name in "abc"})
trees = st.builds(
    lambda root, entries, values: root | {"list": entries, "map": values},
    facts, st.lists(facts, max_size=3), st.dictionaries(st.sampled_from("xyz"), facts, max_size=3),
)  # fmt: skip


def opposite(answer):
    return None if answer is None else not answer


@given(st.lists(typed, min_size=1, max_size=3), trees)
def test_de_morgan_holds(members, tree):
    negated = [{"not": member} for member in members]
    assert read({"not": {"all": members}}, tree).result is read({"any": negated}, tree).result
    assert read({"not": {"any": members}}, tree).result is read({"all": negated}, tree).result


@given(typed, trees, st.sampled_from(["list", "map"]))
def test_de_morgan_holds_for_entries(condition, tree, field):
    every, some = {"field": field, "for_all": condition}, {"field": field, "for_any": condition}
    negated = {"not": condition}
    assert read({"not": every}, tree).result is read({"field": field, "for_any": negated}, tree).result
    assert read({"not": some}, tree).result is read({"field": field, "for_all": negated}, tree).result


@given(typed, trees)
def test_twice_not_is_the_condition_itself(condition, tree):
    plain = read(condition, tree)
    assert read({"not": condition}, tree).result is opposite(plain.result)
    assert read({"not": {"not": condition}}, tree).result is plain.result


@given(st.lists(typed, min_size=1, max_size=3), trees, st.randoms())
def test_the_order_of_members_never_matters(members, tree, random):
    shuffled = list(members)
    random.shuffle(shuffled)
    for word in ("all", "any"):
        before, after = read({word: members}, tree), read({word: shuffled}, tree)
        assert (before.result, before.missing) == (after.result, after.missing)


@given(typed, trees, st.randoms())
def test_the_order_of_entries_never_matters(condition, tree, random):
    shuffled = list(tree["list"])
    random.shuffle(shuffled)
    keys = list(tree["map"])
    random.shuffle(keys)
    other = tree | {"list": shuffled, "map": {key: tree["map"][key] for key in keys}}
    assert read(condition, tree).result is read(condition, other).result


@given(typed, trees, st.data())
def test_to_learn_a_fact_never_changes_an_answer_that_was_given(condition, tree, data):
    def completed(known):
        return data.draw(facts) | {name: value for name, value in known.items() if value is not None}

    more = completed({name: tree.get(name) for name in "abc"}) | {
        "list": [completed(entry) for entry in tree["list"]],
        "map": {key: completed(entry) for key, entry in tree["map"].items()},
    }
    before, after = read(condition, tree).result, read(condition, more).result
    assert before is None or after is before


@given(typed, trees)
def test_unknown_always_names_what_is_missing_and_an_answer_never_does(condition, tree):
    reading = read(condition, tree)
    assert (reading.result is None) == bool(reading.missing)


@given(typed, trees)
def test_entries_that_are_not_there_never_make_an_answer(condition, tree):
    for word in ("for_all", "for_any"):
        reading = read({"field": "list", word: condition}, tree | {"list": []})
        assert reading.result is None
        assert reading.missing == ("list",)


# Any operator on anything: types that do not fit are errors of ours, whatever the tree holds.
days = st.sampled_from(["2026-03-31", "2026-02-30", "2025-01-01"])
texts = st.sampled_from(["high", "ann", "ANN ", "", "today", "[a-z]+", "("]) | days
scalars = st.integers(-1, 3) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id"]), inner, max_size=3),
    max_leaves=8,
)
paths = st.sampled_from(["a", "b", "a.b", "/a", "a.id", "a.*", "a.*.b", "*", ".", "/a.*.id"])
operands = scalars | st.lists(scalars, max_size=3) | st.builds(lambda field: {"field": field}, paths)
anything = conditions(
    st.one_of(
        st.builds(
            lambda field, operator, operand: {"field": field, operator: operand},
            paths,
            st.sampled_from(["equals", "not_equals", "in", "not_in", "at_least", "at_most", "above", "below",
                             "contains", "subset_of", "superset_of", "disjoint_from"]),
            operands,
        ),
        st.builds(
            lambda field, test: {"field": field, **test},
            paths,
            st.sampled_from([{"is": "present"}, {"is": "absent"}, {"before": "today"}, {"after": {"field": "b"}},
                             {"within": "90d"}, {"matches": "[a-z]*"}, {"matches": "(?=a)"}, {"unique": True},
                             {"unique": "id"}, {"length": 1}, {"length": {"at_most": 2}}]),
        ),
        st.builds(
            lambda field, word, operator: {"field": field, word: {"field": ".", operator: "ann"}},
            paths, st.sampled_from(["for_all", "for_any"]), st.sampled_from(["equals", "contains", "disjoint_from"]),
        ),
    )
)  # fmt: skip


@given(anything, st.dictionaries(st.sampled_from(["a", "b", "list", "map"]), values))
def test_whatever_a_manifest_holds_the_answer_is_a_reading_or_an_error_of_ours(condition, tree):
    reading = error = None
    try:
        reading = read(condition, tree)
    except PolicyError as raised:
        error = raised
    if error is not None:
        assert error.what
        assert error.where.startswith("m:")
        assert error.hint
    else:
        assert reading.sentence
        assert (reading.result is None) == bool(reading.missing)
