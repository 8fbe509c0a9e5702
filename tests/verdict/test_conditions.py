import json
from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

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
    return evaluate(ADAPTER.validate_json(json.dumps(condition), strict=True), tree, place, date(2026, 3, 31))


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
        ("lifecycle.dates.approved", {"before": "2026-04-01"}, True),
        ("lifecycle.dates.approved", {"before": "2026-03-31"}, False),
        ("lifecycle.dates.approved", {"after": "2026-03-31"}, False),
        ("lifecycle.dates.deployed", {"after": {"field": "lifecycle.dates.approved"}}, True),
        ("lifecycle.dates.deployed", {"after": "today"}, True),
        ("lifecycle.dates.approved", {"before": "today"}, False),
        ("lifecycle.dates.approved", {"at_least": "today"}, True),
        ("lifecycle.dates.deployed", {"at_most": "today"}, False),
        ("docs.sections.limits.path", {"matches": r"[a-z]+\.md"}, True),
        ("docs.sections.limits.path", {"matches": "limits"}, False),
        ("docs.sections.limits.path", {"matches": "limits|x"}, False),
        ("purpose.users", {"superset_of": ["clerks"]}, True),
        ("purpose.users", {"superset_of": ["clerks", "robots"]}, False),
        ("owners.developer", {"superset_of": {"field": "owners.validator"}}, False),
        ("purpose.users", {"unique": True}, True),
        ("owners.developer", {"unique": True}, True),
        ("owners.developer", {"unique": "id"}, True),
        ("purpose.users", {"length": 2}, True),
        ("purpose.users", {"length": {"at_least": 3}}, False),
        ("purpose.users", {"length": {"at_least": 2, "at_most": 2}}, True),
        ("purpose.intended_use", {"length": 0}, True),
        ("purpose.intended_use", {"length": {"at_least": 1}}, False),
        ("purpose.decision", {"length": 0}, True),
        ("docs.sections", {"length": 1}, True),
        ("risk.tier", {"length": {"at_most": 4}}, True),
        ("/risk.tier", {"equals": "high"}, True),
        ("docs.sections.*.path", {"contains": ".md"}, True),
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
     {"contains": "x"}, {"subset_of": ["x"]}, {"superset_of": ["x"]}, {"disjoint_from": ["x"]}, {"before": "today"},
     {"after": "2026-01-01"}, {"within": "90d"}, {"matches": "x"}, {"unique": True}, {"unique": "id"}, {"length": 0},
     {"at_least": "today"}, {"for_all": {"field": "x", "is": "present"}}, {"for_any": {"field": ".", "equals": 1}}],
)  # fmt: skip
@pytest.mark.parametrize("field", ["champion", "features", "nothing.at.all"])
def test_an_absent_field_is_unknown_and_its_path_travels(field, operator):
    reading = read({"field": field, **operator})
    assert reading.result is None
    assert reading.missing == (field,)
    assert reading.sentence.endswith((": it is absent", f": {field} is absent"))


def test_the_field_compared_with_may_be_the_absent_one():
    reading = read({"field": "owners.validator", "disjoint_from": {"field": "owners.auditors"}})
    assert (reading.result, reading.missing) == (None, ("owners.auditors",))


@pytest.mark.parametrize("operator", ["subset_of", "superset_of", "disjoint_from"])
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
        ("risk.tier", {"before": "today"}, "risk.tier: high is no day"),
        ("training.seed", {"within": "90d"}, "training.seed: 7 is no day"),
        ("lifecycle.dates.approved", {"after": {"field": "risk.tier"}}, "high is no day"),
        ("risk.tier", {"at_most": "today"}, "high and 2026-03-31 have no order"),
        ("training.seed", {"at_most": "today"}, "cannot be compared with text (2026-03-31)"),
        ("training.seed", {"matches": "7"}, "training.seed is a number, not a text"),
        ("purpose.users", {"matches": "[a-z]+"}, "purpose.users is a list, not a text"),
        ("owners.business", {"matches": "b.*"}, "not a text"),
        ("risk.tier", {"matches": "(?=high)"}, "`matches` is no valid pattern: look-around"),
        ("training.seed", {"length": 1}, "training.seed has no length: it is 7"),
        ("risk.tier", {"unique": True}, "risk.tier is not a list"),
        ("docs.sections", {"unique": "path"}, "docs.sections is not a list"),
        ("purpose.users", {"unique": "id"}, "the entries of purpose.users have no keys"),
        ("risk.tier", {"for_all": {"field": ".", "equals": "high"}}, "risk.tier has no entries: it is high"),
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


def test_what_decides_stands_before_what_does_not():
    unknown, false, true = {"field": "a", "equals": 1}, {"field": "b", "equals": 2}, {"field": "b", "equals": 1}
    order = [[word.split()[0] for word in read(joined, {"b": 1}).sentence.split("; ")] for joined in (
        {"all": [true, unknown]}, {"all": [unknown, false]}, {"any": [unknown, true]}, {"all": [true, true]}
    )]  # fmt: skip
    assert [first[0] for first in order] == ["a", "b", "b", "b"]


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


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ("2026-03-31", "0d", True), ("2026-03-30", "0d", False), ("2025-12-31", "90d", True),
        ("2025-12-30", "90d", False), ("2026-04-01", "90d", False), ("2024-02-29", "761d", True),
        ("0001-01-01", "36500d", False),
    ],
)  # fmt: skip
def test_within_counts_whole_days_up_to_today_and_a_day_to_come_has_not_happened(day, duration, expected):
    assert read({"field": "reviewed", "within": duration}, {"reviewed": day}).result is expected


@pytest.mark.parametrize("duration", ["90", "90 d", "-1d", "090d", "36501d", "99999d", "1.5d", "90D", "٩d", "", "d"])
def test_a_malformed_duration_is_refused_before_anything_is_read(duration):
    with pytest.raises(ValidationError, match="a duration is whole days, at most 36500d, for example 90d"):
        read({"field": "reviewed", "within": duration})


@pytest.mark.parametrize(
    "operator",
    [{"unique": False}, {"unique": None}, {"unique": 1}, {"length": {}}, {"length": -1}, {"length": True},
     {"length": {"at_least": 3, "at_most": 2}}, {"matches": ""}, {"matches": "a" * 201}, {"before": "tomorrow"},
     {"after": "2026-02-30"}, {"for_all": {}}, {"equals": None, "in": ["a"]}, {"equals": 1, "below": 2}],
)  # fmt: skip
def test_an_operand_that_asks_nothing_is_refused(operator):
    with pytest.raises(ValidationError):
        read({"field": "a", **operator})


@pytest.mark.parametrize(
    ("items", "key", "expected", "missing"),
    [
        (["a", "b"], True, True, ()),
        (["a", "A"], True, True, ()),
        (["a", "b", "a"], True, False, ()),
        ([{"id": "Ann"}, {"id": "ann "}], True, False, ()),
        ([{"id": "Ann"}, {"id": "ann"}], "id", False, ()),
        ([{"id": "r1"}, {"id": "r2"}], "id", True, ()),
        ([{"id": "r1"}, {"name": "x"}], "id", None, ("a.1.id",)),
        ([{"id": "r1"}, {"name": "x"}, {"id": "R1"}], "id", False, ()),
        ([{"by": {"id": "ann"}}, {"by": {"id": "ANN"}}], "by", False, ()),
        ([{"n": 1}, {"n": 1.0}], "n", False, ()),
        (["a", None], True, None, ("a.1",)),
        ([], True, None, ("a",)),
        ([], "id", None, ("a",)),
    ],
)
def test_unique_is_neither_evaded_by_a_capital_letter_nor_given_to_an_empty_list(items, key, expected, missing):
    reading = read({"field": "a", "unique": key}, {"a": items})
    assert (reading.result, reading.missing) == (expected, missing)


def test_a_length_counts_characters_not_blanks_around_them():
    assert read({"field": "a", "length": {"at_least": 1}}, {"a": "   "}).result is False
    assert read({"field": "a", "length": 3}, {"a": " a b "}).result is True


SAME_PERSON = ["ann lee", "Ann Lee", " ANN  LEE ", "\uff21nn Lee"]


@pytest.mark.parametrize("other", SAME_PERSON)
def test_nobody_becomes_independent_of_himself_by_another_spelling(other):
    tree = {"a": [{"id": "ann lee"}], "b": [{"id": other}], "one": {"id": other}}
    for field in ("b", "one"):
        assert read({"field": "a", "disjoint_from": {"field": field}}, tree).result is False
        assert read({"field": "a", "subset_of": {"field": field}}, tree).result is True
        assert read({"field": "a", "superset_of": {"field": field}}, tree).result is True
    assert read({"field": "a", "disjoint_from": [other]}, tree).result is False
    assert read({"field": "a", "contains": other}, tree).result is True
    assert read({"field": "one", "not_equals": "ann lee"}, tree).result is False
    assert read({"field": "one", "not_in": ["bob", "ann lee"]}, tree).result is False
    assert read({"field": "one.id", "not_equals": "ann lee"}, tree).result is False
    assert read({"field": "b", "for_all": {"field": "id", "equals": "ann lee"}}, tree).result is True


def test_words_that_are_no_ids_keep_their_capital_letters():
    assert read({"field": "a", "equals": "High"}, {"a": "high"}).result is False
    assert read({"field": "a", "disjoint_from": ["Ann"]}, {"a": ["ann"]}).result is True


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (
            {"field": "lifecycle.dates.approved", "within": "90d"},
            "lifecycle.dates.approved is today (2026-03-31) or at most 90 days before: "
            "it is 2026-03-31 (model.yaml:lifecycle/dates/approved)",
        ),
        (
            {"field": "lifecycle.dates.approved", "before": {"field": "lifecycle.dates.deployed"}},
            "lifecycle.dates.approved lies before lifecycle.dates.deployed: it is 2026-03-31 "
            "(model.yaml:lifecycle/dates/approved), lifecycle.dates.deployed is 2026-04-01 "
            "(model.yaml:lifecycle/dates/deployed)",
        ),
        (
            {"field": "lifecycle.dates.deployed", "at_most": "today"},
            "lifecycle.dates.deployed is at most today (2026-03-31): "
            "it is 2026-04-01 (model.yaml:lifecycle/dates/deployed)",
        ),
        (
            {"field": "purpose.users", "length": {"at_least": 1, "at_most": 3}},
            "purpose.users has a length of at least 1 and at most 3: it has a length of 2 (model.yaml:purpose/users)",
        ),
        (
            {"field": "owners.developer", "unique": "id"},
            "owners.developer holds no `id` twice: it has 2 different entries (model.yaml:owners/developer)",
        ),
        (
            {"field": "purpose.users", "superset_of": ["clerks", "judges"]},
            "purpose.users holds all of clerks, judges: it is clerks, auditors (model.yaml:purpose/users)",
        ),
        (
            {"not": {"field": "risk.tier", "matches": "h.*"}},
            "not (risk.tier matches h.*: it is high (model.yaml:risk/tier))",
        ),
    ],
)
def test_the_new_operators_speak_in_whole_sentences(condition, sentence):
    assert read(condition).sentence == sentence


@pytest.mark.parametrize(
    ("value", "operator"),
    [
        ("", {"not_equals": "none"}), (" ", {"not_in": ["none"]}), ("\u200b", {"matches": ".*"}),
        ("\u3164", {"not_equals": {"field": "other"}}), ([""], {"disjoint_from": ["a"]}),
        (["\u200b"], {"disjoint_from": {"field": "other"}}), ("x", {"not_in": {"field": "empty"}}),
        ("x", {"not_equals": {"field": "blank"}}), (["", " "], {"unique": True}),
    ],
)  # fmt: skip
def test_nothing_holds_of_a_text_in_which_nothing_stands(value, operator):
    tree = {"a": value, "other": ["b"] if isinstance(value, list) else "b", "empty": [], "blank": "\u2060"}
    said = read({"field": "a", **operator}, tree)
    assert said.result is None
    assert said.missing
    assert read({"not": {"field": "a", **operator}}, tree).result is None


def test_invisible_texts_are_absent_and_have_no_length():
    tree = {"a": "\u200b\u3164", "list": ["\u200b", ""]}
    assert read({"field": "a", "is": "absent"}, tree).result is True
    assert read({"field": "list", "is": "present"}, tree).result is False
    assert read({"field": "a", "length": {"at_least": 1}}, tree).result is False
    assert read({"field": "list", "length": {"at_least": 1}}, tree).result is False
