"""What can be wrong with a condition before any manifest is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import PolicyError
from assay.policy.fields import condition_problems
from assay.record.condition import Condition
from assay.record.frozen import Frozen
from assay.source import Source, check_model, in_order, parse_source


class Holder(Frozen):
    """A condition in a file."""

    when: Condition


def source_of(condition):
    return parse_source(f"when: {condition}".encode(), "p.yaml", error=PolicyError)


def told(condition):
    """Problems of shape and of fields: column, text, hint. `§` marks the expected column."""
    source = source_of(condition.replace("§", ""))
    _, invalid = check_model(source, Holder, error=PolicyError)
    problems = in_order([*invalid, *condition_problems(source, source.tree["when"], ("when",))])
    return [(int(problem.where.split(":")[2]), problem.what, problem.hint) for problem in problems]


@pytest.mark.parametrize(
    "condition",
    [
        "{field: findings, for_all: {field: owner, is: present}}",
        "{field: findings, for_any: {any: [{field: id, equals: a}, {not: {field: severity, in: [high]}}]}}",
        "{field: approvals, for_all: {field: by, disjoint_from: {field: /owners.developer}}}",
        "{field: approvals, for_all: {field: date, at_least: {field: /lifecycle.dates.approved}}}",
        "{field: purpose.users, for_all: {field: ., matches: '[a-z]+'}}",
        "{field: data, for_all: {field: known_gaps, for_any: {field: ., contains: x}}}",
        "{field: data.*.digest, matches: 'sha256:[0-9a-f]{64}'}",
        "{field: data.*.known_gaps.*, length: {at_least: 3}}",
        "{field: docs.sections.anything.reviewed, within: 365d}",
        "{field: docs.sections.*.reviewed, before: {field: lifecycle.dates.approved}}",
        "{field: identity.labels.anything, equals: x}",
        "{field: /risk.tier, equals: high}",
        "{field: lifecycle.dates.approved, at_most: today}",
        "{field: owners.developer, unique: id}",
        "{field: owners.developer, unique: true}",
        "{field: features, unique: name}",
        "{field: purpose.users, unique: true}",
        "{field: purpose.users, superset_of: [clerks]}",
        "{field: owners.validator, superset_of: {field: owners.developer}}",
        "{field: features, length: {at_least: 1}}",
        "{field: data, length: 2}",
    ],
)
def test_what_can_be_asked_of_the_manifest_is_accepted(condition):
    assert told(condition) == []


@pytest.mark.parametrize(
    ("condition", "what", "hint"),
    [
        ("{field: findings, for_all: {field: §ownr, is: present}}",
         "an entry of `findings` has no field `ownr`", "Did you mean `owner`?"),
        ("{field: findings, for_all: {all: [{field: owner, equals: {field: §/owners.busines}}]}}",
         "the manifest has no field `/owners.busines`", "Did you mean `/owners.business`?"),
        ("{field: findings, for_all: {field: §owners.business, is: present}}",
         "an entry of `findings` has no field `owners`", "Write `/owners.business` for the field of the manifest."),
        ("{field: data, for_all: {field: known_gaps, for_all: {field: §x, is: present}}}",
         "an entry of `known_gaps` has no parts", "Write `field: .` for the entry itself."),
        ("{field: risk.tier, for_all: §{field: ., equals: high}}",
         "`risk.tier` has no entries", "`for_all` asks about lists and mappings with free keys."),
        ("{field: owners, for_any: §{field: id, equals: ann}}",
         "`owners` has no entries", "`for_any` asks about lists and mappings with free keys."),
        ("{field: §., is: present}",
         "`.` is the entry of a for_all or for_any, and there is none around it", "Name a field of the manifest."),
        ("{field: §data.*.digst, is: present}",
         "the manifest has no field `data.*.digst`", "Did you mean `data.*.digest`?"),
        ("{field: §owners.*, is: present}",
         "`owners` has no entries for `*`", "Lists and mappings with free keys have entries."),
        ("{field: §owners.validator.0.id, is: present}", "`owners.validator` is a list: a path ends there",
         "Write `field: owners.validator.*.id` for every entry, or use for_all or for_any."),
        ("{field: data.test.digest, equals: {field: §data.*.digest}}",
         "`*` cannot stand in the field compared with", "Put it into `field`, or use for_all."),
        ("{field: risk.tier, within: §90d}", "`risk.tier` is no day", "`within` asks about days."),
        ("{field: training.seed, before: §today}", "`training.seed` is no day", "`before` asks about days."),
        ("{field: lifecycle.dates.approved, after: {field: §risk.tier}}",
         "`risk.tier` is no day", "`after` compares days."),
        ("{field: training.seed, at_least: §today}",
         "`training.seed` is no day", "`today` is one, and compares with days."),
        ("{field: lifecycle.dates.approved, before: §2026-13-01}",
         'expected a day such as 2026-03-31, or `today`, found "2026-13-01"', ""),
        ("{field: lifecycle.dates.approved, within: §3 months}",
         'a duration is whole days, at most 36500d, for example 90d, found "3 months"', ""),
        ("{field: lifecycle.dates.approved, matches: §'2026.*'}",
         "`lifecycle.dates.approved` is not a text", "Use before, after or within for days."),
        ("{field: purpose.users, matches: §'[a-z]+'}",
         "`purpose.users` is not a text", "Use for_all, or `field: purpose.users.*`."),
        ("{field: training.seed, matches: §'7'}", "`training.seed` is not a text", "Only texts match."),
        ("{field: purpose.users, for_all: {field: ., matches: §'(?<=a)b'}}",
         "`matches` is no valid pattern: look-around, including look-ahead and look-behind, is not supported",
         "Look-around and back-references do not exist here; large repetitions such as {1000}{1000} are refused."),
        ("{field: purpose.context, matches: §'(a{1000}){1000}'}", "`matches` is no valid pattern: it is too large",
         "Look-around and back-references do not exist here; large repetitions such as {1000}{1000} are refused."),
        ("{field: training.seed, length: §3}",
         "`training.seed` has no length", "Lists, mappings with free keys and texts have one."),
        ("{field: features, length: {at_least: 1, §above: 3}}",
         "unknown key `above`", "Known here: at_least, at_most."),
        ("{field: features, unique: §nme}", "an entry of `features` has no field `nme`", "Did you mean `name`?"),
        ("{field: purpose.users, unique: §id}",
         "an entry of `purpose.users` has no field `id`", "Write `unique: true`."),
        ("{field: risk.tier, unique: §true}", "`risk.tier` is not a list", "Only the entries of a list are unique."),
        ("{field: features, unique: §false}",
         "`unique` is true, or the name of a key; for the opposite use `not`", ""),
        ("{field: owners.validator, superset_of: [ann, §3]}",
         "`owners.validator` is never the number 3", "It is text."),
        ("{field: purpose.users, superset_of: §[]}", "`superset_of` has an empty list", "Name what it may hold."),
        ("{field: findings, for_all: {field: severity, equals: §hgh}}", '`severity` is never "hgh"', "`high`"),
    ],
)  # fmt: skip
def test_what_no_manifest_could_answer_is_told_before_one_is_read(condition, what, hint):
    ((column, said, hinted),) = told(condition)
    assert (column, said) == (len("when: ") + condition.index("§") + 1, what)
    assert hint in hinted


def test_entries_that_do_not_compare_need_a_key():
    ((_, what, hint),) = told("{field: features, unique: true}")
    assert what == "the entries of `features` do not compare as a whole"
    assert hint.startswith("Name a key. Known here: ")


def test_a_wrong_list_is_told_once_and_not_again_for_each_of_its_entries():
    problems = told("{field: findngs, for_all: {all: [{field: anything, is: present}, {field: /rsk, is: present}]}}")
    assert [what for _, what, _ in problems] == [
        "the manifest has no field `findngs`",
        "the manifest has no field `/rsk`",
    ]


KEYS = st.sampled_from(["field", "all", "any", "not", "for_all", "for_any", "matches", "unique", "length", "within",
                        "before", "in", "at_least", "is"])  # fmt: skip
VALUES = st.sampled_from(["findings", "data.*.digest", ".", "/", "*", "", "today", "90d", "(", "id", "x..y", "/*.*"])
TREES = st.recursive(
    VALUES | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(TREES)
def test_no_shape_of_a_condition_is_anything_but_an_error_of_ours(tree):
    source = source_of("x")
    source = Source(source.name, source.data, tree, source.root)
    assert all(problem.what and problem.where for problem in condition_problems(source, tree, ()))
