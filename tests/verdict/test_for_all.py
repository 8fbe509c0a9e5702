"""for_all, for_any and the star: questions about every entry, or about some."""

import json
from datetime import date

import pytest
from pydantic import TypeAdapter

from assay.errors import PolicyError
from assay.record.condition import Condition
from assay.verdict.conditions import evaluate

ADAPTER = TypeAdapter(Condition)
TREE = {
    "owners": {"business": {"id": "b.burke"}, "developer": [{"id": "ann"}, {"id": "bob"}]},
    "purpose": {"users": ["clerks", "Auditors"], "affected": []},
    "findings": [
        {"id": "F-1", "owner": {"id": "B.Burke"}, "severity": "low", "due": "2026-05-01"},
        {"id": "F-2", "severity": "high", "due": "2026-03-01"},
        {"id": "F-3", "owner": {"id": "cay"}, "severity": "high"},
    ],
    "data": {
        "test": {"digest": "sha256:aa", "steps": [{"by": {"id": "ann"}}]},
        "train": {"digest": "sha256:bb", "steps": [{"by": {"id": "ann"}}, {"by": {"id": "Bob"}}]},
    },
    "empty": {},
}


def read(condition, tree=TREE):
    model = ADAPTER.validate_json(json.dumps(condition), strict=True)
    return evaluate(model, tree, lambda loc: "m:" + "/".join(map(str, loc)), date(2026, 3, 31))


def entries(word, condition, field="findings"):
    return read({"field": field, word: condition})


@pytest.mark.parametrize(
    ("field", "condition", "every", "some"),
    [
        ("findings", {"field": "id", "matches": "F-[0-9]"}, True, True),
        ("findings", {"field": "id", "equals": "F-1"}, False, True),
        ("findings", {"field": "id", "equals": "F-9"}, False, False),
        ("findings", {"field": "owner", "is": "present"}, False, True),
        ("findings", {"field": "owner", "not_equals": "x"}, None, True),
        ("findings", {"field": "owner", "equals": "x"}, False, None),
        ("findings", {"field": "due", "after": "today"}, False, True),
        ("findings", {"field": "owner", "equals": {"field": "/owners.business"}}, False, True),
        ("findings", {"field": "/owners.business", "is": "present"}, True, True),
        ("purpose.users", {"field": ".", "matches": "[A-Za-z]+"}, True, True),
        ("purpose.users", {"field": ".", "matches": "[a-z]+"}, False, True),
        ("data", {"field": "digest", "matches": "sha256:[a-b]+"}, True, True),
        ("data", {"field": "steps", "for_all": {"field": "by", "in": ["ann", "bob"]}}, True, True),
        ("data", {"field": "steps", "for_all": {"field": "by", "equals": "ann"}}, False, True),
        ("data", {"field": "steps", "for_any": {"field": "by", "equals": "bob"}}, False, True),
        (
            "data",
            {"field": "steps", "for_all": {"field": "by", "subset_of": {"field": "/owners.developer"}}},
            True,
            True,
        ),
        ("/owners.developer", {"field": "/data.test.steps", "for_any": {"field": "by", "is": "present"}}, True, True),
    ],
)
def test_entries_are_asked_one_by_one_and_slash_leads_back_to_the_manifest(field, condition, every, some):
    assert entries("for_all", condition, field).result is every
    assert entries("for_any", condition, field).result is some


@pytest.mark.parametrize("word", ["for_all", "for_any"])
@pytest.mark.parametrize("field", ["purpose.affected", "empty", "nothing", "data.nothing.steps"])
def test_an_empty_list_never_satisfies_for_all_nor_refutes_for_any(word, field):
    reading = read({"field": field, word: {"field": "x", "is": "absent"}})
    assert (reading.result, reading.missing) == (None, (field,))
    assert read({"not": {"field": field, word: {"field": "x", "is": "absent"}}}).result is None


def test_an_empty_list_inside_an_entry_leaves_the_whole_unknown():
    tree = {"findings": [{"actions": [{"done": True}]}, {"actions": []}]}
    nested = {"field": "findings", "for_all": {"field": "actions", "for_all": {"field": "done", "equals": True}}}
    reading = read(nested, tree)
    assert (reading.result, reading.missing) == (None, ("findings.1.actions",))


def test_the_absent_field_of_an_entry_is_named_with_its_number_from_zero():
    reading = entries("for_all", {"field": "owner", "not_equals": "x"})
    assert (reading.result, reading.missing) == (None, ("findings.1.owner",))
    assert read({"field": "data", "for_all": {"field": "rows", "above": 1}}).missing == (
        "data.test.rows",
        "data.train.rows",
    )


def test_an_entry_that_is_null_is_unknown_not_skipped():
    assert read({"field": "a", "for_all": {"field": "x", "equals": 1}}, {"a": [{"x": 1}, None]}).missing == ("a.1.x",)
    assert read({"field": "a.*", "is": "present"}, {"a": ["x", None]}).result is False


@pytest.mark.parametrize(
    ("condition", "result", "missing"),
    [
        ({"field": "data.*.digest", "is": "present"}, True, ()),
        ({"field": "data.*.rows", "is": "present"}, False, ()),
        ({"field": "data.*.rows", "above": 3}, None, ("data.test.rows", "data.train.rows")),
        ({"field": "data.*.digest", "matches": "sha256:.*"}, True, ()),
        ({"field": "data.*.steps.*.by", "in": ["ann", "bob"]}, True, ()),
        ({"field": "data.*.steps.*.by", "subset_of": {"field": "owners.developer"}}, True, ()),
        ({"field": "purpose.users.*", "matches": "[a-z]+"}, False, ()),
        ({"field": "findings.*.owner.id", "is": "present"}, False, ()),
        ({"field": "empty.*.digest", "is": "present"}, None, ("empty",)),
        ({"field": "empty.*.digest", "is": "absent"}, None, ("empty",)),
        ({"field": "nothing.*.digest", "is": "absent"}, None, ("nothing",)),
        ({"field": "purpose.affected.*", "equals": "x"}, None, ("purpose.affected",)),
        ({"field": "data.*.steps", "for_any": {"field": "by", "equals": "ann"}}, True, ()),
        ({"field": "data", "for_all": {"field": "steps.*.by", "is": "present"}}, True, ()),
        ({"field": "data.*.steps", "for_all": {"field": "*", "is": "present"}}, True, ()),
    ],
)
def test_a_star_asks_every_entry_and_nothing_of_an_empty_mapping(condition, result, missing):
    reading = read(condition)
    assert (reading.result, reading.missing) == (result, missing)


def test_the_field_compared_with_a_star_begins_where_the_condition_stands():
    tree = {"limit": 3, "rows": [{"n": 1, "limit": 0}, {"n": 2, "limit": 0}]}
    assert read({"field": "rows.*.n", "below": {"field": "limit"}}, tree).result is True
    assert read({"field": "rows", "for_all": {"field": "n", "below": {"field": "limit"}}}, tree).result is False


def test_something_without_entries_is_an_error_never_an_answer():
    for field, word in (("purpose.users", "for_all"), ("purpose.users", "for_any")):
        with pytest.raises(PolicyError, match=r"purpose.users.0 has no entries: it is clerks") as caught:
            read({"field": field, word: {"field": ".", word: {"field": ".", "is": "present"}}})
        assert caught.value.where == "m:purpose/users/0"


def test_values_of_different_types_in_an_entry_are_an_error_at_that_entry():
    with pytest.raises(PolicyError, match=r"a.1.n is text \(x\) and cannot be compared with a number \(1\)") as caught:
        read({"field": "a", "for_any": {"field": "n", "equals": 1}}, {"a": [{"n": 1}, {"n": "x"}]})
    assert caught.value.where == "m:a/1/n"


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (
            {"field": "findings", "for_all": {"field": "owner", "is": "present"}},
            "in every entry of findings, owner is present: this holds in 2 of 3, "
            "not in entry 2 (m:findings/1): owner is absent",
        ),
        (
            {"field": "findings", "for_any": {"field": "owner", "equals": {"field": "/owners.business"}}},
            "in some entry of findings, owner equals /owners.business: this holds in 1 of 3: "
            "entry 1 (m:findings/0): owner is B.Burke, /owners.business is b.burke",
        ),
        (
            {"field": "findings", "for_all": {"any": [
                {"field": "severity", "equals": "low"},
                {"all": [{"field": "owner", "is": "present"}, {"field": "due", "after": "today"}]},
            ]}},
            "in every entry of findings, (severity equals low; or (owner is present; and due lies after today "
            "(2026-03-31))): this holds in 1 of 3, not in entry 2 (m:findings/1): severity is high, owner is absent, "
            "due is 2026-03-01",
        ),
        (
            {"field": "findings", "for_all": {"field": "due", "after": "2026-01-01"}},
            "in every entry of findings, due lies after 2026-01-01: this holds in 2 of 3, "
            "unknown in entry 3 (m:findings/2): due is absent",
        ),
        (
            {"field": "purpose.users", "for_all": {"field": ".", "matches": "[a-z]+"}},
            "in every entry of purpose.users, it matches [a-z]+: this holds in 1 of 2, "
            "not in entry 2 (m:purpose/users/1): it is Auditors",
        ),
        (
            {"field": "data.*.steps", "for_all": {"field": "by", "equals": "ann"}},
            "in every entry of data, in every entry of steps, by equals ann: this holds in 1 of 2, not in entry train "
            "(m:data/train): steps: this holds in 1 of 2, not in entry 2 (m:data/train/steps/1): by is Bob",
        ),
        (
            {"field": "purpose.affected", "for_any": {"field": ".", "equals": "x"}},
            "in some entry of purpose.affected, it equals x: purpose.affected is an empty list (m:purpose/affected)",
        ),
        (
            {"not": {"field": "owners.developer", "for_any": {"field": "id", "equals": "cay"}}},
            "not (in some entry of owners.developer, id equals cay: this holds in 0 of 2, "
            "not in entry 1 (m:owners/developer/0): id is ann; entry 2 (m:owners/developer/1): id is bob)",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_in_how_many_entries_and_which_decide(condition, sentence):
    assert read(condition).sentence == sentence


def test_a_long_list_makes_neither_a_long_sentence_nor_a_long_list_of_what_is_missing():
    tree = {"a": [{"name": "x" * 500} for _ in range(2000)]}
    reading = read({"field": "a", "for_all": {"field": "n", "equals": 1}}, tree)
    assert reading.sentence == (
        "in every entry of a, n equals 1: this holds in 0 of 2000, unknown in entry 1 (m:a/0): n is absent; "
        "entry 2 (m:a/1): n is absent; entry 3 (m:a/2): n is absent; 1997 more"
    )
    assert reading.missing == tuple(f"a.{number}.n" for number in range(10))
    wrong = read({"field": "a", "for_all": {"field": "name", "equals": "y"}}, tree)
    assert len(wrong.sentence) < 400
    deep = {"a": [[[["x" * 90] * 9] * 9] * 9] * 9}
    nested = {
        "field": ".",
        "for_all": {"field": ".", "for_all": {"field": ".", "for_all": {"field": ".", "equals": "y"}}},
    }
    assert len(read({"field": "a", "for_all": nested}, deep).sentence) < 600


def test_nesting_that_multiplies_ends_with_an_error_not_with_an_endless_run():
    condition = {"field": "n", "at_least": 0}
    for _ in range(20):
        condition = {"field": "/rows", "for_all": condition}
    with pytest.raises(PolicyError, match="a condition asks too much of long lists"):
        read(condition, {"rows": [{"n": 1}] * 50})
