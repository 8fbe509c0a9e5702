import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from assay.attest.canonical import canonical
from assay.export.card_results import number, required, span
from assay.export.model_card import SILENT, render
from assay.record.audit import Audit
from assay.record.criterion import Criterion
from assay.record.estimate import Interval
from export_example import example
from export_manifests import FULL, HOSTILE_MANIFEST, with_manifest

KINDS = ["failing", "passing", "inconclusive", "waived", "everything", "hostile"]
READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
OURS = {"h1", "h2", "h3", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}
SECTIONS = [
    "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data", "Quantitative analyses",
    "Ethical considerations", "Caveats and recommendations",
]  # fmt: skip


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.inner, self.headings, self.cells, self.text = [], [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inner.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append((tag, ""))
        elif tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_endtag(self, tag):
        assert self.inner.pop() == tag

    def handle_comment(self, data):
        self.tags.append("!")

    def handle_data(self, data):
        self.text += data
        inner = self.inner[-1] if self.inner else ""
        if inner in ("h1", "h2", "h3"):
            tag, told = self.headings[-1]
            self.headings[-1] = (tag, told + data)
        elif inner in ("td", "th"):
            self.cells[-1][-1] += data


def read(recorded):
    page = Page()
    page.feed(READER.render(render(recorded)))
    page.close()
    page.text = page.text.replace("\u200b", "")
    return page


@pytest.fixture(params=KINDS)
def any_of_them(request):
    return request.getfixturevalue(request.param)


def test_it_has_the_nine_sections_in_their_order(any_of_them):
    page = read(any_of_them)
    assert [told for tag, told in page.headings if tag == "h2"] == SECTIONS
    assert set(page.tags) <= OURS


def test_the_same_record_gives_the_same_bytes_also_when_it_is_read_back(any_of_them):
    back = replace(any_of_them, audit=Audit.model_validate_json(canonical(any_of_them.audit)))
    assert render(any_of_them) == render(back)
    assert render(any_of_them).endswith("\n")


def test_each_number_has_its_interval_its_count_and_its_outcome(failing):
    rows = [row for row in read(failing).cells if row and row[0] == "impact_ratio"]
    finding = next(one for one in failing.audit.findings if one.control == "FAIR-01")
    assert [row[1] for row in rows] == ["sex: a / b", "region: north / south"]
    for row, one in zip(rows, finding.measured.estimates, strict=True):
        assert float(row[2]) == pytest.approx(one.value, rel=1e-3)
        low, high = re.match(r"([0-9.]+) to ([0-9.]+) \(95 %\)", row[3]).groups()
        assert (float(low), float(high)) == pytest.approx((one.interval.low, one.interval.high), rel=1e-3)
        assert (row[4], row[5]) == (str(one.n), "fail")


def test_how_each_control_stands_is_told_in_words(everything):
    text = read(everything).text
    for told in (
        "fail, closes the gate", "fail, waived by W-1", "fail, warns", "error, closes the gate", "not applicable",
        "inconclusive, signed off by S-1", "inconclusive, attested: pass",
        "inconclusive, attested: fail, closes the gate",
        "A second sample is due in June", "S-1 for p/DOC-02, counts: Hanna Roth on 2026-03-31. It follows in May",
        "A-2 for p/LAW-02, counts: Hanna Roth says on 2026-03-31 that it is not so. It was not.",
    ):  # fmt: skip
        assert told in text


def test_an_undefined_number_says_why(everything):
    undefined = [
        one
        for finding in everything.audit.findings
        for one in finding.measured.estimates
        if one.undefined is not None and one.headline
    ]
    text = read(everything).text
    assert all(f"not defined: {one.undefined}" in text for one in undefined)


def test_what_nobody_has_written_down_is_said_to_be_missing(passing):
    text = read(passing).text
    for asked in ("Intended users", "Limitations", "Algorithm", "Human oversight", "Collection"):
        assert f"{asked}: {SILENT}" in text


def test_what_the_manifest_states_is_told_and_an_empty_list_is_none(failing):
    manifest = {**FULL, "model": {**FULL["model"], "limitations": []}}
    text = read(with_manifest(failing, manifest | {"columns": FULL["columns"]})).text
    for told in (
        "Ana Reis, Example Bank (business)", "Ben Cho, Lead developer (developer, technical)", "Clients of six months",
        "Uses out of scope: New applicants", "LIMIT_BAL for age_band: Needed", "Period: 2005-04-01 to 2005-10-31",
        "bias: Old decisions: Measured each quarter", "Threshold moved to 0.15", "Where people can object: Branch",
        "AUC; dataset: test; kind: statistical; value: 0.78", "Limitations: none",
    ):  # fmt: skip
        assert told in text


def test_hostile_text_makes_no_tag_no_link_no_picture_no_heading_and_no_row(hostile):
    recorded = with_manifest(hostile, HOSTILE_MANIFEST)
    page = read(recorded)
    assert set(page.tags) <= OURS
    assert [told for tag, told in page.headings if tag == "h2"] == SECTIONS
    assert {len(row) for row in page.cells} == {6}
    assert "<img src=x onerror=alert(1)> [a](javascript:b) ![c](http://d) # e | f ## g - h @i #1 [U+202E]" in page.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f]", render(recorded))


def test_the_example_tells_which_interval_decides():
    page = read(example())
    undecided = [row for row in page.cells if len(row) == 6 and row[5] == "inconclusive: interval straddles"]
    assert undecided
    assert any("with all 45 comparisons" in row[3] for row in undecided)


def test_a_number_can_be_told_from_the_threshold_it_does_not_reach():
    assert number(0.79999999, 0.8) == "0.79999999"
    assert number(0.8, 0.8) == "0.8"
    assert number(0.123456) == "0.1235"


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0.1, 0.2, "0.1 to 0.2 (95 %)"), (None, 0.2, "up to 0.2 (95 %)"), (0.0, None, "0 and above (95 %)"),
     (None, None, "unbounded (95 %)")],
)  # fmt: skip
def test_an_interval_without_a_bound_is_told(low, high, told):
    assert span(Interval(low=low, high=high, confidence=0.95, method="m")) == told


def test_what_is_required_names_the_number_and_who_says_it():
    assert (
        required(Criterion(between=(0.9, 1.1), estimate="slope", source="house")) == "slope between 0.9 and 1.1 (house)"
    )
    assert required(Criterion(equals=1.0, source="statute")) == "exactly 1 (statute)"
    assert required(Criterion(reported=True, source="statute")) == "published, with no pass mark"
