"""What a manifest says, in lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.said import called, entries, lines, people, role, stated, words

MANIFEST = {
    "purpose": {"intended_use": ["Loans", "Cards"], "decision": {"solely_automated": False, "domain": "credit"}},
    "data": {"test": {"rows": 10, "period": {"end": "2025-12-31", "start": "2025-01-01"}}, "train": {"rows": 20}},
    "owners": {"developer": [{"id": "m.t", "name": "Mei Tanaka", "role": "Lead"}], "business": {"id": "l.c"}},
    "lineage": {"third_party": [], "upstream_models": [{"gate": "open", "id": "kyc", "version": "2"}]},
    "model": {"kind": "", "algorithm": None},
}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("purpose.intended_use", ("Loans", "Cards")),
        ("purpose.decision", ("domain: credit; solely automated: no",)),
        ("data.test.period", ("2025-01-01 to 2025-12-31",)),
        ("data.*.rows", ("test: 10", "train: 20")),
        ("owners.developer", ("Mei Tanaka, Lead",)),
        ("owners.business", ("l.c",)),
        ("lineage.third_party", ("none",)),
        ("lineage.upstream_models", ("kyc; 2; gate: open",)),
        ("model.kind", ()),
        ("model.algorithm", ()),
        ("nothing.at.all", ()),
        ("purpose.intended_use.deeper", ()),
    ],
)
def test_each_kind_of_value_is_told_in_words(path, told):
    assert lines(MANIFEST, path) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""), ("", ""), ([], "none"), ({}, "none"), (True, "yes"), (False, "no"), (0, "0"), (0.1, "0.1"),
        (["a", ["b", "c"]], "a; b; c"), ({"max_depth": 3, "id": "x", "alpha": []}, "x; max depth: 3"),
        ({"start": 1, "end": 2}, "1 to 2"), ({"start": 1, "end": 2, "gap": 3}, "end: 2; gap: 3; start: 1"),
        ({"id": "m.t", "name": "Mei Tanaka", "trained": "2025"}, "Mei Tanaka, trained on 2025"),
    ],
)  # fmt: skip
def test_any_value_has_words_and_never_those_of_python(value, told):
    assert words(value) == told


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    )
)
def test_whatever_a_record_holds_has_words(value):
    """A record may hold a manifest of another version."""
    assert isinstance(words(value), str)
    manifest = {"a": value, "owners": value, "data": {"test": value}}
    assert all(isinstance(line, str) for path in ("a", "a.b", "data.*.b", "a.*.b") for line in lines(manifest, path))
    assert all(isinstance(called(person), str) for _, person in people(manifest))
    assert list(entries(manifest, "a")) == [
        one for one in (value if isinstance(value, list) else []) if isinstance(one, dict)
    ]


def test_blanks_say_nothing_and_an_empty_list_says_that_there_is_none():
    manifest = {"a": "  ", "b": {}, "c": [], "d": 0}
    assert [stated(manifest, path) for path in "abcde"] == [None, None, [], 0, None]


def test_owners_are_found_by_key_one_or_several():
    found = [(key, called(person)) for key, person in people(MANIFEST)]
    assert found == [("business", "l.c"), ("developer", "Mei Tanaka")]


def test_a_published_person_has_a_role_and_no_name():
    assert role({"id": "m.t", "name": "Mei Tanaka", "role": "Lead", "organisation": "Bank"}) == "Lead, Bank"
    assert role({"id": "m.t", "name": "Mei Tanaka"}) == "somebody whose role is not stated"
