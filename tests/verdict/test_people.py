import pytest

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
