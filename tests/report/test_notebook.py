from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from assay.record.estimate import Estimate
from assay.record.finding import Judgement, Measured
from assay.report.notebook import MOST_FINDINGS, render_notebook

from .conftest import Sample, sample, sample_audit
from .test_page import HOSTILE

VOID = {"br", "img", "input", "meta", "link", "hr"}


class Fragment(HTMLParser):
    """Tags with their attributes, the text, and whether each tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def fragment(made: Sample, *notes: str) -> Fragment:
    return Fragment(render_notebook(made.audit, made.gate, notes=notes))


def test_it_is_one_closed_fragment_without_script_style_sheet_or_address() -> None:
    found = fragment(sample())
    assert found.open == []
    assert found.tags[0][0] == "div"
    tags = {tag for tag, _ in found.tags}
    assert tags <= {"div", "p", "b", "span", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "code"}
    assert {name for _, attributes in found.tags for name in attributes} <= {"style", "scope"}


def test_every_outcome_is_told_by_a_word_and_a_symbol() -> None:
    made = sample()
    text = fragment(made).text
    outcomes = {finding.outcome for finding in made.audit.findings}
    assert outcomes == {"pass", "fail", "inconclusive", "error", "not_applicable"}
    for told in ("\u2713 pass", "\u2715 fail", "\u25d0 inconclusive", "! error", "\u2013 not applicable"):
        assert told in text
    assert f"Gate {made.gate.state}" in text
    assert f"{len(made.audit.findings)} controls: " in text


def test_findings_come_worst_first_and_all_are_counted() -> None:
    made = sample()
    rows = list(re.findall(r'<th scope="row"[^>]*>([^<]+)</th>', render_notebook(made.audit, made.gate)))
    assert rows[: len(made.audit.findings)] == [finding.id for finding in made.audit.findings]
    audit = made.audit
    many = audit.model_copy(
        update={"findings": tuple(audit.findings[0].model_copy(update={"control": f"C-{n}"}) for n in range(200))}
    )
    told = Fragment(render_notebook(many, made.gate))
    assert f"{200 - MOST_FINDINGS} more" in told.text
    assert "200 controls" in told.text


def test_the_groups_that_do_not_pass_are_shown_with_their_numbers() -> None:
    made = sample()
    text = fragment(made).text
    worst = next(
        (finding, judgement)
        for finding in made.audit.findings
        for judgement in finding.judgements
        if judgement.outcome == "fail" and "[" in judgement.estimate
    )
    estimate = next(e for e in worst[0].measured.estimates if e.id == worst[1].estimate)
    table = text.partition("Groups that do not pass")[2]
    assert estimate.group is not None
    assert estimate.group in table
    assert f"against {estimate.reference}" in table


def test_the_group_farthest_from_the_others_comes_first() -> None:
    audit = sample_audit()
    first = audit.findings[0]
    estimates = tuple(
        Estimate(name="impact_ratio", shape="ratio", grouping="sex", group=name, reference="r", value=value, n=9)
        for name, value in (("near", 0.7), ("far", 0.2), ("middle", 0.5), ("mid", 0.6))
    )
    judged = tuple(Judgement(estimate=estimate.id, outcome="fail", sentence="no") for estimate in estimates)
    spoiled = first.model_copy(update={"measured": Measured(estimates=estimates), "judgements": judged})
    row = fragment(sample(audit.model_copy(update={"findings": (spoiled,)}))).text.partition("Groups that do not")[2]
    assert row.index("far against") < row.index("middle against") < row.index("mid against")
    assert "near against" not in row


def test_nothing_undefined_is_shown_as_a_number() -> None:
    audit = sample_audit()
    first = audit.findings[0]
    estimate = Estimate(name="impact_ratio", grouping="sex", group="x", undefined="nobody is there", n=0)
    judged = Judgement(estimate=estimate.id, outcome="inconclusive", reason="estimate_undefined", sentence="no")
    spoiled = first.model_copy(update={"measured": Measured(estimates=(estimate,)), "judgements": (judged,)})
    row = fragment(sample(audit.model_copy(update={"findings": (spoiled,)}))).text.partition("Groups that do not")[2]
    assert "undefined" in row


def test_text_stays_text_and_what_steers_it_is_made_visible() -> None:
    audit = sample_audit()
    first = audit.findings[0]
    estimate = Estimate(name=HOSTILE, group=HOSTILE, grouping=HOSTILE, undefined=HOSTILE, n=3)
    judged = Judgement(estimate=estimate.id, outcome="fail", sentence=HOSTILE)
    spoiled = first.model_copy(
        update={
            "control": HOSTILE, "sentence": HOSTILE, "measured": Measured(estimates=(estimate,)),
            "judgements": (judged,),
        }
    )  # fmt: skip
    subject = audit.subject.model_copy(update={"name": HOSTILE, "version": HOSTILE})
    made = sample(audit.model_copy(update={"subject": subject, "findings": (spoiled, *audit.findings[1:])}))
    found = fragment(made, HOSTILE)
    assert found.open == []
    assert not {tag for tag, _ in found.tags} & {"script", "img", "style", "iframe"}
    assert "<script>alert(1)</script>" in found.text
    assert "{{7*7}}" in found.text
    assert "\u202e" not in found.text
    assert "[U+202E]" in found.text


@pytest.mark.parametrize("note", ["no PDF: nothing to draw with"])
def test_notes_are_shown(note: str) -> None:
    assert note in fragment(sample(), note).text


def test_text_takes_the_colour_of_the_notebook() -> None:
    made = sample()
    styles = re.findall(r'style="([^"]*)"', render_notebook(made.audit, made.gate))
    assert styles
    for style in styles:
        assert re.findall(r"(?<![-\w])color:([^;]+)", style) in ([], ["inherit"]), style
        assert re.findall(r"background[-\w]*:([^;]+)", style) in ([], ["transparent"]), style
