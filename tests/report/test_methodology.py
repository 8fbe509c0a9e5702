from __future__ import annotations

from assay.report.methodology import Paragraph, paragraphs


def test_headed_sections_are_joined_lines_and_backticks_are_code() -> None:
    found = paragraphs("First sentence\ngoes on.\n\nMethod: one\n    two `x`.\nSource: book.\n\nLoose: no\n")
    assert [(p.heading, p.text) for p in found] == [
        (None, "First sentence goes on."),
        ("Method", "one two `x`."),
        ("Source", "book."),
        ("Loose", "no"),
    ]
    assert found[1].segments == ((False, "one two "), (True, "x"), (False, "."))


def test_an_empty_docstring_has_no_paragraphs() -> None:
    assert paragraphs("") == ()
    assert Paragraph(None, "").segments == ()
