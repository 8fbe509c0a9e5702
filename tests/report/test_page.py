from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from jinja2 import Environment

from assay.record.audit import Confinement, FileDigest
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.report import page as page_module
from assay.report.page import compile_templates, print_stylesheet, render_html, stylesheet
from assay.report.parts import part

from .conftest import Sample, sample, sample_audit, signing_of

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}{% raw %}\u202edetrevni\u0007 file:///etc/passwd " + "x" * 300


class Page(HTMLParser):
    """Tags in order, text without style, and what each tag points at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n\t]+", " ", " ".join(self.words))

    def named(self, *names: str) -> list[str]:
        return [tag for tag, _ in self.tags if tag in names]


def page(made: Sample, signer: str | None = "A. Signer") -> Page:
    return Page(render_html(made.audit, made.gate, audit_digest=made.digest, signing=signing_of(signer)))


def hostile() -> Sample:
    audit = sample_audit()
    first = audit.findings[0]
    estimate = Estimate(name=HOSTILE, group=HOSTILE, grouping=HOSTILE, undefined=HOSTILE, n=3)
    measured = Measured(estimates=(estimate,), notes=(HOSTILE,), missing=(HOSTILE,), exhibits=first.measured.exhibits)
    spoiled = first.model_copy(
        update={
            "title": HOSTILE, "control": HOSTILE, "sentence": HOSTILE, "description": HOSTILE, "place": HOSTILE,
            "error": HOSTILE, "measured": measured, "judgements": (),
        }
    )  # fmt: skip
    subject = audit.subject.model_copy(
        update={
            "name": HOSTILE, "version": HOSTILE, "id": HOSTILE, "summary": ((HOSTILE, HOSTILE),),
            "files": (FileDigest(role=HOSTILE, path=HOSTILE, digest="sha256:" + "0" * 64),),
        }
    )  # fmt: skip
    return sample(audit.model_copy(update={"subject": subject, "findings": (spoiled, *audit.findings[1:])}))


def test_text_of_manifest_and_data_stays_text() -> None:
    made = hostile()
    text = render_html(made.audit, made.gate, audit_digest=made.digest, signing=signing_of(HOSTILE), ledger=HOSTILE)
    found = Page(text)
    assert found.named("script", "iframe", "object", "img", "link", "base", "form") == []
    assert "<script>alert(1)</script>" in found.text
    assert "{{7*7}}" in found.text
    assert all(not name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert not {"\u202e", "\u0007"} & set(text)
    assert "[U+202E]" in found.text


def test_nothing_is_fetched_and_every_link_stays_on_the_page() -> None:
    found = page(hostile())
    pointing = [
        v for _, a in found.tags for k, v in a.items() if k in ("href", "src", "srcset", "action", "data", "style")
    ]
    assert pointing
    assert all(value and value.startswith("#") for value in pointing)
    assert set(re.findall(r"url\(([a-z]+:)", stylesheet())) == {"data:"}
    assert "@import" not in stylesheet()


def test_on_paper_each_name_of_a_colour_or_a_font_has_become_its_value_in_light() -> None:
    assert "html { font: 16px/1.55 var(--serif); color: var(--ink);" in stylesheet()
    light = 'html { font: 16px/1.55 "Assay Serif", "Assay Math", "Assay Symbols", Georgia, serif; color: #1b1f24;'
    assert light in print_stylesheet()
    assert "var(" not in print_stylesheet()
    ours = stylesheet().replace(part("browser.css").read_text(encoding="utf-8"), "")
    assert ours.count("{") == print_stylesheet().count("{") + 1, "every rule but that of the names"


def test_links_lead_to_ids_that_are_there_once(audited: Sample) -> None:
    found = page(audited)
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"] for tag, a in found.tags if tag == "a"}
    assert {f"#{name}" for name in ids} >= links


def test_the_content_security_policy_allows_our_style_and_nothing_else(audited: Sample) -> None:
    text = render_html(audited.audit, audited.gate, audit_digest=audited.digest, signing=None)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    policy = next(a["content"] for tag, a in Page(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_headings_start_at_one_and_skip_no_level(audited: Sample) -> None:
    levels = [int(tag[1]) for tag in page(audited).named("h1", "h2", "h3", "h4", "h5")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_landmarks_language_and_skip_link_are_there(audited: Sample) -> None:
    found = page(audited)
    assert [found.named(name) for name in ("header", "nav", "main", "footer")] == [
        ["header"],
        ["nav"],
        ["main"],
        ["footer"],
    ]
    assert next(a for tag, a in found.tags if tag == "html") == {"lang": "en"}
    body = [(tag, a) for tag, a in found.tags if tag in ("a", "header")]
    assert body[0] == ("a", {"class": "skip", "href": "#findings"})


def test_every_chart_has_a_title_and_a_table_after_it(audited: Sample) -> None:
    found = page(audited)
    charts = [index for index, (tag, _) in enumerate(found.tags) if tag == "svg"]
    assert len(charts) >= 6
    for index in charts:
        attributes = found.tags[index][1]
        assert attributes["role"] == "img"
        assert found.tags[index + 1] == ("title", {"id": attributes["aria-labelledby"]})
        following = [tag for tag, _ in found.tags[index:] if tag in ("table", "section")]
        assert following[0] == "table"


def test_every_table_has_a_caption_and_scoped_heads(audited: Sample) -> None:
    found = page(audited)
    assert len(found.named("caption")) == len(found.named("table")) > 10
    assert all("scope" in attributes for tag, attributes in found.tags if tag == "th")


def test_the_verdict_comes_first(audited: Sample) -> None:
    text = page(audited).text
    at = ["Gate: CLOSED for production", "What was audited", "What to do next", "Findings, what blocks first"]
    assert [text.index(words) for words in at] == sorted(text.index(words) for words in at)
    assert "It is closed because 1 control could not be evaluated (EXPL-01), 3 controls fail" in text
    assert "Exit code 3: a control could not be evaluated because of an error." in text


def test_the_report_says_what_held_the_process_of_the_model_where_one_ran() -> None:
    held = Confinement(network="none: sockets refused by seccomp", files="f", processes="p", memory="at most 4,000 MB")
    told = page(sample(sample_audit(confinement=held))).text
    assert "What held the process that ran the model" in told
    assert "sockets refused by seccomp" in told
    assert "What held the process" not in page(sample()).text


def test_an_open_gate_says_open() -> None:
    made = sample(state="open", exit_code=0, why=("nothing blocks; 5 controls pass",), lines=())
    text = page(made).text
    assert "Gate: OPEN for production" in text
    assert "Nothing blocks; 5 controls pass." in text
    assert "CLOSED" not in text


def test_a_gate_closed_by_the_date_alone_says_so() -> None:
    why = "no production gate opens as of 2026-03-31, made 2026-05-01"
    made = sample(why=(why,), lines=(), exit_code=4, as_of="as of 2026-03-31, made 2026-05-01")
    text = page(made).text
    assert f"It is closed because {why}." in text
    assert "Not today’s date: as of 2026-03-31, made 2026-05-01." in text.replace(" :", ":")


def test_the_summary_counts_controls_and_waived_ones(audited: Sample) -> None:
    told = "15 controls: 5 pass, 4 fail (1 waived), 3 inconclusive, 1 error, 2 not applicable."
    assert told in page(audited).text


def test_findings_are_sorted_by_what_blocks_and_none_is_lost(audited: Sample) -> None:
    text = page(audited).text
    table = text[text.index("Findings, what blocks first") : text.index("The gate is drawn")]
    order = [
        table.index(f" {finding}")
        for finding in ("EXPL-01", "FAIR-01", "FAIR-02", "PERF-03", "pass, each folded in its part:")
    ]
    assert order == sorted(order), "an error, a fail, what waits for a sign-off, a waived fail"
    assert " DOC-01 " in table[order[-1] :]
    for finding in audited.audit.findings:
        assert finding.control in text
        assert finding.title in text


def test_a_waived_fail_is_a_fail_with_a_flag(audited: Sample) -> None:
    text = page(audited).text
    assert "✕ fail waived" in text
    assert "waived by W-2026-03" in text
    assert "DOES NOT HOLD" in text
    assert "approver not verified" in text


def test_a_waiver_that_opens_no_gate_is_not_called_waived() -> None:
    made = sample()
    lines = tuple(
        line.model_copy(update={"effect": "block", "why": "fails"}) if line.waived_by else line
        for line in made.gate.lines
    )
    text = page(sample(lines=lines)).text
    assert "waiver without effect" in text
    assert "4 fail," in text


def test_the_digest_is_printed_whole(audited: Sample) -> None:
    text = page(audited).text
    assert text.count(audited.digest) >= 2
    assert audited.audit.id in text


def test_a_report_without_a_signer_says_so_unmistakably(audited: Sample) -> None:
    text = page(audited, signer=None).text
    assert "NOT SIGNED." in text
    assert "Signer NOT SIGNED" in text
    assert "Signed by" not in text
    assert "NOT SIGNED" not in page(audited, signer="A. Signer").text


def test_the_signature_page_says_who_signed_when_with_which_meaning_and_what_key(audited: Sample) -> None:
    said = {"meaning": "responsibility", "storage": "token", "note": "Seen <b>twice</b>."}
    made = render_html(
        audited.audit, audited.gate, audit_digest=audited.digest, signing=signing_of("A. Signer", **said)
    )
    text = Page(made).text.partition("The first signature")[2].partition("How to verify")[0]
    for told in (
        "Name A. Signer", "Meaning Responsibility: answers for this report", "31 March 2026",
        "by the signer’s own clock",
        "in a token", "Note Seen <b>twice</b>.", "c" * 64, "report.2.pdf", "signatures/002.json",
        "Take no signature here for a qualified electronic signature",
    ):  # fmt: skip
        assert told in text, told


def test_the_signature_page_says_which_signatures_policies_wait_for(audited: Sample) -> None:
    policy = audited.audit.policies[0]
    waiting = policy.model_copy(update={"signatures": ("author", "approver")})
    made = sample(audited.audit.model_copy(update={"policies": (waiting, *audited.audit.policies[1:])}))
    asked = f"{policy.id} waits for the signature of an author and the signature of an approver, in this order"
    assert asked in page(made).text
    assert "waits for" not in page(audited).text


def test_the_signed_state_of_the_ledger_is_printed_as_it_is(audited: Sample) -> None:
    state = "bank.example/assay\n17\nAAAA=\n\n— bank.example/assay BBBB=\n"
    made = render_html(audited.audit, audited.gate, audit_digest=audited.digest, signing=None, ledger=state)
    assert state in made
    assert "The ledger" not in page(audited).text


def test_a_house_number_is_called_one_and_never_law(audited: Sample) -> None:
    text = page(audited).text
    assert "House threshold, not law" in text
    assert "Threshold by convention, not law" in text
    assert "Threshold set by regulation" in text


def test_requirements_are_printed_in_their_two_sided_form(audited: Sample) -> None:
    text = page(audited).text
    assert "Impact ratio: at least 0.8, judged in both directions, that is between 0.8 and 1.25." in text
    assert "judged in both directions, that is between −0.05 and 0.05." in text


def test_a_number_under_the_threshold_is_not_rounded_onto_it(audited: Sample) -> None:
    assert "0.79996" in page(audited).text


@pytest.mark.parametrize(
    "told",
    [
        "About 1\u202f240 people in the group would decide.",
        "The group holds 7 people, none with a decision.",
        "Left out, 0.39\u202f% of the rows: under 2 % of the rows, which 6 RCNY 5-301 lets the auditor leave out.",
        "not assessed, tolerated",
        "The interval alone says inconclusive.",
        "7.2\u202f% of the rows have no known label, more than the tolerated 5\u202f%.",
        "1.2\u202f% of the rows have no known group of “age band”; tolerated up to 5\u202f%.",
        "4 further comparisons, all in audit.json: 1 fail, 3 pass.",
        "Shown: 40 of 55 rows, those that decide among them. All of them are in audit.json (SHA-256",
        "Missing: docs.sections.monitoring.",
        "fairlearn 0.15.0 computed 34 group metrics again from the same counts.",
        "The two computations agree.",
        "The number is a fact about the files",
        "Method: the share of all pairs",
        "It does not give legal advice",
        "Whether it is an advanced one depends on who controls the key",
        "ValueError: the explainer returned 14 columns",
    ],
)
def test_nothing_that_a_reader_needs_is_left_out(audited: Sample, told: str) -> None:
    assert told in page(audited).text


def test_controls_that_do_not_apply_are_one_short_table_with_reasons(audited: Sample) -> None:
    text = page(audited).text
    at_end = text[text.index("They leave the count; nothing was measured for them") :]
    assert "Does not apply: there is none." in at_end
    assert "DOC-03" in at_end


def test_no_machine_notation_reaches_the_reader(audited: Sample) -> None:
    text = re.sub(r"\b[0-9a-f]{12,64}\b", "digest", page(audited).text)
    assert re.search(r"\d\.\d{7,}", text) is None
    assert not re.search(r"[\[({]'|\bNone\b|True[,)]|False[,)]|\d[eE]-?\d", text)
    headings = re.findall(r"<h[1-4][^>]*>(.*?)</h[1-4]>", render_html(
        audited.audit, audited.gate, audit_digest=audited.digest, signing=None
    ), re.DOTALL)  # fmt: skip
    assert headings
    assert not any("_" in re.sub("<[^>]+>", "", heading) for heading in headings)


def test_an_audit_of_nothing_is_told_as_nothing() -> None:
    text = page(sample(sample_audit(findings=()), why=("nothing was evaluated",), exit_code=4)).text
    assert "0 controls: 0 pass, 0 fail, 0 inconclusive" in text
    assert "It is closed because nothing was evaluated." in text
    assert "No control was evaluated." in text


def test_long_tables_are_capped_and_say_how_much_is_left() -> None:
    audit = sample_audit()
    many = tuple(Estimate(name="rate", group=f"group {i}", value=0.5, n=10) for i in range(100))
    first = audit.findings[0].model_copy(update={"measured": Measured(estimates=many), "judgements": ()})
    text = page(sample(audit.model_copy(update={"findings": (first,)}))).text
    assert "Shown: 40 of 100 rows. All of them are in audit.json (SHA-256" in text
    assert "group 39" in text
    assert "group 40" not in text


def test_computations_that_disagree_are_told_loudly() -> None:
    audit = sample_audit()
    assert audit.second_computation is not None
    second = audit.second_computation.model_copy(update={"agrees": False, "largest_difference": 0.1})
    assert "DO NOT AGREE" in page(sample(audit.model_copy(update={"second_computation": second}))).text


def test_two_renders_are_the_same(audited: Sample) -> None:
    first, second = (
        render_html(audited.audit, audited.gate, audit_digest=audited.digest, signing=None) for _ in range(2)
    )
    assert first == second


def test_after_compiling_ahead_a_report_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str | None] = []
    compile_ = Environment.compile

    def told(self: Environment, source: Any, name: str | None = None, *rest: Any) -> Any:
        compiled.append(name)
        return compile_(self, source, name, *rest)

    monkeypatch.setattr(Environment, "compile", told)
    page_module._compiled.cache_clear()
    compile_templates()
    assert "report.html.j2" in compiled
    ahead = len(compiled)
    page(sample(sample_audit()))
    assert compiled[ahead:] == []
