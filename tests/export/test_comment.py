"""The comment on a change: one that a bot finds again, with what differs from the base, within the platform's limit."""

import re
from dataclasses import replace

import pytest

from assay.export import comment
from assay.export.formats import render
from assay.verdict.difference import difference

from .conftest import NAMES
from .pages import OWN, Page, outcomes

LIMIT = 65_536
"""Characters of a comment on GitHub."""
MARKER = re.compile(r" assay:[A-Za-z0-9_.%/+~-]+ ")


def against(base, recorded):
    """The record as it is exported with `--base`."""
    return replace(recorded, difference=difference((base.audit, base.gate), (recorded.audit, recorded.gate)))


@pytest.mark.parametrize("name", NAMES)
def test_every_record_becomes_a_page_with_one_marker_and_known_elements_only(name, request, passing):
    recorded = request.getfixturevalue(name)
    for each in (recorded, against(passing, recorded)):
        page = Page(render("comment", each))
        [found] = page.comments
        assert MARKER.fullmatch(found)
        assert set(page.tags) <= OWN
        assert all(len(row) == 4 for row in page.rows)


def test_the_marker_is_the_first_line_and_the_same_whatever_the_outcome(failing, waived):
    first = render("comment", failing).splitlines()[0]
    assert first == "<!-- assay:model/p -->" == render("comment", waived).splitlines()[0]


@pytest.mark.parametrize(
    "name",
    ["--><script>alert(1)</script>", "--!><b>", "a--b", "-", ">", "->", "x" * 5000, "\u202e\n-->", "model/p+q", "~%"],
)
def test_no_name_of_a_model_ends_the_marker_or_is_taken_for_another(failing, name):
    subject = failing.audit.subject.model_copy(update={"id": name})
    written = comment.marker(failing.audit.model_copy(update={"subject": subject}))
    assert len(written) < 250
    body = written.removeprefix("<!--").removesuffix("-->")
    assert MARKER.fullmatch(body)
    assert "--" not in body
    assert written != comment.marker(failing.audit)


def test_the_order_of_policies_does_not_change_the_marker(failing):
    [one] = failing.audit.policies
    two = one.model_copy(update={"id": "a"})
    audits = [failing.audit.model_copy(update={"policies": order}) for order in ((one, two), (two, one))]
    assert comment.marker(audits[0]) == "<!-- assay:model/a+p -->" == comment.marker(audits[1])


def test_what_differs_from_the_base_stands_above_the_table(passing, failing):
    document = render("comment", against(passing, failing))
    page = Page(document)
    assert "Worse: the gate closed, 1 newly failing, 2 added. Gate: open → closed (exit 1) at staging." in page.text
    assert "p/FAIR-01: pass → fail, closes the gate; region: north, sex: a" in page.text
    assert document.index("Newly failing (1)") < document.index("| Control |")
    assert outcomes(page)["p/FAIR-01"] == "fail, closes the gate"


def test_without_a_base_nothing_is_compared(failing):
    assert "Compared with" not in render("comment", failing)


def test_another_model_than_that_of_the_base_is_said_first(passing, failing):
    subject = passing.audit.subject.model_copy(update={"id": "another"})
    base = replace(passing, audit=passing.audit.model_copy(update={"subject": subject}))
    document = render("comment", against(base, failing))
    assert document.index("audits of different models: another and model") < document.index("Worse: ")


def test_the_five_outcomes_are_words(everything):
    found = set(outcomes(Page(render("comment", everything))).values())
    assert {"error, closes the gate", "fail, closes the gate", "inconclusive, closes the gate"} < found
    assert "fail, waived by W-1" in found
    text = Page(render("comment", everything)).text
    assert "14 controls: 1 error, 5 fail (1 waived), 6 inconclusive, 1 pass, 1 not applicable." in text


def test_a_huge_record_stays_below_the_limit_with_a_huge_difference(huge, failing):
    for each in (huge, against(failing, huge), against(huge, failing)):
        document = render("comment", each)
        assert len(document) <= len(document.encode()) <= comment.BUDGET < LIMIT
        assert len(Page(document).comments) == 1
    document = render("comment", against(failing, huge))
    shown = len(outcomes(Page(document)))
    assert 0 < shown < 500
    assert f"{500 - shown} more not shown." in document
    assert "Controls added" in document
    assert re.search(r"Controls added \(499\): [0-9]+ more not shown\.", document)
