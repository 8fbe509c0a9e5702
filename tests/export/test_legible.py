"""Foreign text in formats that programs read."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from assay.export.legible import legal, line, name

ANYTHING = st.text(st.characters())


@given(ANYTHING)
def test_xml_can_hold_what_is_legal(text):
    assert etree.fromstring(etree.tostring(_element(legal(text)))).text in (legal(text), legal(text) or None)


def _element(text):
    element = etree.Element("a")
    element.text = text
    return element


def test_characters_that_xml_cannot_hold_are_replaced_and_no_others():
    assert legal("\x00 \x1b[2J <&> \ufffe \ud800 é\t\n\U0001f600") == "� �[2J <&> � � é\t\n\U0001f600"


@given(ANYTHING, st.integers(1, 50))
def test_a_line_is_one_line_that_can_be_seen(text, most):
    shown = line(text, most)
    assert len(shown) <= most
    assert len(shown.splitlines()) <= 1
    assert legal(shown) == shown


def test_a_line_shows_what_turns_text():
    assert line("a\r\n::error::b \u202egnp.exe") == "a ::error::b [U+202E]gnp.exe"


@given(st.lists(ANYTHING, unique=True, max_size=8))
def test_two_names_never_become_the_same(texts):
    assert len({name(text) for text in texts}) == len(texts)


def test_names_of_which_the_beginning_agrees_are_told_apart():
    one, other = name("x" * 1000 + "a"), name("x" * 1000 + "b")
    assert one != other
    assert {len(one), len(other)} == {200}


def test_a_name_that_needs_no_change_has_none():
    assert name("impact_ratio[sex: female / male]") == "impact_ratio[sex: female / male]"
