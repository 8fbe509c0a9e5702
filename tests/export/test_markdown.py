"""The job summary, read as a page of Markdown: the gate first, one table worst first, within the platform's limit."""

from dataclasses import replace

import pytest

from assay.export import markdown
from assay.export.formats import render

from .conftest import NAMES
from .pages import OWN, Page, outcomes

LIMIT = 1024 * 1024
"""Bytes of a job summary on GitHub; one byte more and all of it is dropped."""


@pytest.mark.parametrize("name", NAMES)
def test_every_record_becomes_a_page_of_known_elements_only(name, request):
    page = Page(render("markdown", request.getfixturevalue(name)))
    assert set(page.tags) <= OWN
    assert not page.comments
    assert all(len(row) in (3, 4) for row in page.rows), "no text of a stranger opens or closes a cell"


def test_the_gate_comes_first_and_every_reason_that_closes_it(failing):
    document = render("markdown", failing)
    assert document.startswith("## Assay\n\n**Gate CLOSED** for Model 1 at staging")
    assert document.index("p/FAIR-01: fails") < document.index("| Control |")


def test_the_five_outcomes_and_what_people_answered_are_words(everything):
    found = outcomes(Page(render("markdown", everything)))
    assert found == {
        "p/PERF-01": "error, closes the gate",
        "p/FAIR-01": "fail, closes the gate",
        "p/GOV-01": "fail, closes the gate",
        "p/DOC-03": "inconclusive, closes the gate",
        "p/LAW-02": "inconclusive, attested: fail, closes the gate",
        "p/LAW-03": "inconclusive, closes the gate",
        "p/DOC-04": "inconclusive, closes the gate until signed off",
        "p/FAIR-03": "fail, warns",
        "p/DOC-01": "fail, warns",
        "p/FAIR-02": "fail, waived by W-1",
        "p/DOC-02": "inconclusive, signed off by S-1",
        "p/LAW-01": "inconclusive, attested: pass",
        "p/FAIR-04": "pass",
    }
    assert "Not applicable: 1 control (p/GOV-02)" in Page(render("markdown", everything)).text


def test_what_closes_the_gate_stands_above_a_fail_that_is_waived_or_only_warns(everything):
    rows = list(outcomes(Page(render("markdown", everything))))
    assert rows.index("p/DOC-03") < rows.index("p/FAIR-03") < rows.index("p/FAIR-02")


def test_what_passes_is_folded(everything, passing):
    page = Page(render("markdown", everything))
    assert page.folded == [13], "the table of what does not pass, with its head, stands before the fold"
    assert [row[0].split()[0] for row in page.rows[page.folded[0] :]] == ["Control", "p/FAIR-04"]
    clean = render("markdown", passing)
    assert clean.index("Gate open") < clean.index("<details>")
    assert "| Severity |" not in clean, "no empty table"


def test_groups_are_told_in_the_row_of_their_control_and_are_no_rows(failing):
    rows = Page(render("markdown", failing)).rows
    [cell] = [row[3] for row in rows if row[0].startswith("p/FAIR-01")]
    assert cell.startswith("2 of 4 groups fail: sex: a, region: north")


def test_a_waiver_that_lapses_soon_is_said(waived):
    assert "Waiver W-1, p/FAIR-01: expires in 12 days" in Page(render("markdown", waived)).text


def test_a_link_to_the_report_is_no_other_link(hostile, failing):
    assert Page(render("markdown", hostile)).links == ["https://reports.example/a?b=c&d=%3Ce%3E"]
    assert Page(render("markdown", replace(failing, report="javascript:alert(1)"))).links == []
    beside = Page(render("markdown", replace(failing, report="reports/a (1)/report.html")))
    assert beside.links == ["reports/a%20(1)/report.html"]


def test_a_huge_record_stays_below_the_limit_and_says_how_much_is_missing(huge):
    document = render("markdown", huge)
    assert len(document.encode()) <= markdown.BUDGET < LIMIT / 2
    shown = outcomes(Page(document))
    assert 0 < len(shown) < 500
    assert f"{500 - len(shown)} more not shown. The report in the bundle holds all of them." in document
    linked = render("markdown", replace(huge, report="https://reports.example/r"))
    assert len(linked.encode()) <= markdown.BUDGET
    assert Page(linked).links == ["https://reports.example/r"]
    assert "more not shown.\n\n[The whole report]" in linked


def test_hundreds_of_groups_are_counted_and_the_first_named(huge):
    [cell] = [row[3] for row in Page(render("markdown", huge)).rows if row[0].startswith("p/FAIR-01")]
    assert "75 of 300 groups fail: " in cell
    assert " and 69 more" in cell


def test_the_same_record_gives_the_same_text(everything):
    assert render("markdown", everything) == render("markdown", everything)
