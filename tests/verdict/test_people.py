import pytest
from pydantic import ValidationError

from assay.record.people import Person
from assay.verdict.people import folded, known_by_id


@pytest.mark.parametrize(
    "other",
    ["M.Tanaka", " m.tanaka ", "m.tanaka\u00a0", "\uff4d.tanaka", "M.TANAKA", "m.\u200btanaka", "m.tan\u00adaka"],
)
def test_another_spelling_of_an_id_is_the_same_person(other):
    assert folded(other) == folded("m.tanaka")


def test_different_ids_stay_different():
    assert len({folded(name) for name in ("ann", "an n", "anna", "änn", "")}) == 5
    assert folded("Straße") == folded("STRASSE")
    assert all(folded(folded(name)) == folded(name) for name in ("\u1e9e", "\u0390", "İ", "ﬁ"))


def test_only_what_has_an_id_in_words_is_known_by_it():
    assert known_by_id({"id": "ann", "name": "Ann"})
    assert not any(known_by_id(value) for value in ({"id": 3}, {"name": "Ann"}, "ann", None, ["ann"]))


@pytest.mark.parametrize("unseen", ["\u034f", "\u3164", "\uffa0", "\ufe0f", "\u2800", "\U000e0101", "\u2060"])
def test_nobody_becomes_another_person_by_what_cannot_be_seen(unseen):
    assert folded(f"an{unseen}n") == "ann"


@pytest.mark.parametrize("unseen", ["", "  ", "\u200b", "\u3164 ", "\u2800"])
def test_a_person_whose_id_cannot_be_seen_is_nobody(unseen):
    with pytest.raises(ValidationError, match="nothing of it can be seen"):
        Person(id=unseen)
