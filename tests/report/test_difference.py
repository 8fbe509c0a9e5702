"""The page that compares two audits: one file, nothing from elsewhere, and every text as text."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from assay.record.comparison import AuditDifference
from assay.report.difference import MOST, page
from assay.verdict.difference import difference
from gates import audit, finding, gate

EVIL = "</td><script>alert(1)</script>\u202e'\"&"


class Page(HTMLParser):
    def __init__(self, document):
        super().__init__()
        self.tags, self.attributes, self.text, self.meta = [], [], "", {}
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "meta":
            self.meta.update({dict(attrs).get("http-equiv", ""): dict(attrs).get("content")})

    def handle_data(self, data):
        self.text += data


def compared(old, new) -> AuditDifference:
    return difference((old, gate(old, stage="staging")), (new, gate(new, stage="staging")))


def renamed(record, **subject):
    return record.model_copy(update={"subject": record.subject.model_copy(update=subject)})


@pytest.fixture(scope="module")
def worse():
    return page(compared(audit(finding("pass", "18-24", control="A")), audit(finding("fail", "18-24", control="A"))))


def test_the_verdict_is_a_word_and_stands_before_the_sections(worse):
    found = Page(worse)
    assert "Worse: the gate closed, 1 newly failing" in found.text
    assert worse.index("Worse: the gate closed") < worse.index('<h2 id="t1">Newly failing</h2>')
    assert "Gate: open → closed (exit 1) at staging" in found.text
    assert "pass → fail, closes the gate" in found.text


def test_nothing_is_fetched_and_no_script_may_run(worse):
    found = Page(worse)
    style = re.search(r"<style>(.*)</style>", worse, re.DOTALL).group(1)
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    assert found.meta["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; font-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "script" not in found.tags
    assert not [value for name, value in found.attributes if name in ("src", "style") or name.startswith("on")]
    assert all(value.startswith("#") for name, value in found.attributes if name == "href")


def test_hostile_text_is_text():
    old, new = (
        renamed(audit(finding(outcome, EVIL, "b").model_copy(update={"title": EVIL, "sentence": EVIL})),
                name=EVIL, id=f"m{EVIL}", version=EVIL)
        for outcome in ("pass", "fail")
    )  # fmt: skip
    document = page(compared(old, new))
    found = Page(document)
    assert "script" not in found.tags
    assert "\u202e" not in document
    assert "</td><script>alert(1)</script>[U+202E]'\"&" in found.text


def test_two_models_are_said_before_anything_is_compared():
    old, new = audit(finding("pass")), renamed(audit(finding("pass")), id="another")
    document = page(compared(old, new))
    assert document.index("audits of different models: m and another") < document.index("What was compared")


def test_a_record_and_itself_have_no_section():
    record = audit(finding("fail", "18-24"))
    document = page(compared(record, record))
    assert "Nothing differs" in document
    assert "Newly" not in document
    assert "are the same." in document


def test_a_long_table_says_how_much_of_it_is_shown():
    names = [f"C{i:04}" for i in range(MOST + 1)]
    old, new = (audit(*(finding(outcome, control=name) for name in names)) for outcome in ("pass", "fail"))
    document = page(compared(old, new))
    assert f"{MOST + 1} in all; the first {MOST} are shown" in document
    assert document.count('<th scope="row" class="long">') == MOST
