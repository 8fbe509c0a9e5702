"""The beginning of a waiver, from records that may be hostile."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.policy.waiver_draft import draft
from assay.source import parse_source
from gates import audit, finding

HOSTILE = ['18-24"}\n  - id: W-2', "a: b # c", "{x}", "- y", "no", "ü\u00a0z", "'", "\\", "\t", "1"]


def read(text):
    tree = parse_source(text.encode(), "w.yaml", error=AssayError).tree
    (one,) = tree["waivers"]
    return one


def drafted(record, control="p/A", groups=None, expires=None):
    return draft(record, control, groups=groups or {}, expires=expires)


@pytest.mark.parametrize("group", HOSTILE)
def test_the_name_of_a_group_is_a_name_and_nothing_else(group):
    one = read(drafted(audit(finding("fail", group))))
    assert one["groups"] == {"age": [group]}
    assert (one["id"], one["reason"], one["expires"], one["approver"]) == (None, None, None, {"id": None})


@pytest.mark.parametrize("group", ["a\u2028b", "a\x85b"])
def test_a_name_that_no_yaml_may_hold_is_refused_when_it_is_read_and_never_folded(group):
    with pytest.raises(AssayError, match=r"w\.yaml:6:\d+: the character U\+"):
        read(drafted(audit(finding("fail", group))))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), min_size=1, max_size=80))
def test_no_title_or_sentence_leaves_its_comment(text):
    record = audit(finding("fail", "18-24").model_copy(update={"title": text, "sentence": text + "\n- x"}))
    assert read(drafted(record))["control"] == "p/A"


def test_what_is_tolerated_or_passes_is_not_covered():
    failing = finding("fail", "18-24", "60+", "25-59")
    first, second, third = failing.judgements
    mixed = failing.model_copy(
        update={
            "judgements": (
                first,
                second.model_copy(update={"outcome": "pass"}),
                third.model_copy(update={"outcome": "inconclusive", "reason": "sample_too_small", "tolerated": True}),
            )
        }
    )
    one = read(drafted(audit(mixed)))
    assert (one["groups"], one["covers"]) == ({"age": ["18-24"]}, ["fail"])


def test_a_fail_beside_an_undecided_group_covers_both_unless_one_is_asked_for():
    failing = finding("fail", "18-24", "60+")
    young, old = failing.judgements
    open_ = old.model_copy(update={"outcome": "inconclusive", "reason": "sample_too_small"})
    record = audit(failing.model_copy(update={"judgements": (young, open_)}))
    assert read(drafted(record))["covers"] == ["fail", "inconclusive"]
    one = read(drafted(record, groups={"age": ["60+"]}, expires=date(2026, 6, 30)))
    assert (one["groups"], one["covers"], one["expires"]) == ({"age": ["60+"]}, ["inconclusive"], "2026-06-30")


@pytest.mark.parametrize("name", ["../x", "A\n- id: W", "A B"])
def test_a_name_that_no_control_can_have_is_refused(name):
    record = audit(finding("fail", "18-24", control="A"))
    bad = record.model_copy(update={"findings": tuple(f.model_copy(update={"control": name}) for f in record.findings)})
    with pytest.raises(AssayError, match="cannot be the name of a control"):
        drafted(bad, control=name)


def test_a_control_that_two_policies_have_must_be_named_whole():
    record = audit(finding("fail", "18-24"))
    twin = record.findings[0].model_copy(update={"policy": "q"})
    with pytest.raises(AssayError, match="several policies have") as caught:
        drafted(record.model_copy(update={"findings": (*record.findings, twin)}), control="A")
    assert caught.value.hint == "Say which: p/A, q/A."
