import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assay.export.escaping import markdown, seen

READER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
BLANKS = re.compile(r"[ \t\r\n\v\f\x85]+")
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=y>", "</td></tr></table><h1>x", "<!-- comment -->", "&lt;b&gt;",
    "[a](https://evil.example)", "![a](https://evil.example/x.png)", "[a][b]", "[a]: https://evil.example", "[^1]",
    "<https://evil.example>", "<a@b.example>", "# heading", "heading #", "x\n===", "x\n---", "---", "***", "- - -",
    "- item", "+ item", "* item", "1. item", "12) item", "> quote", "    code", "\tcode", "```sh", "~~~", "`code`",
    "**strong**", "_emphasis_", "~~gone~~", "a | b | c", "|---|", ":-:", "\\|", "\\", "text\\", "a\n\n# b", "a\r\n- b",
    "{{ insert: param, x }}", "{% raw %}", "$x$", "$$x$$", "&amp;", "&copy;", "&#60;", "[x] done",
    "> [!WARNING]", "::error::x", "![", "![a", "](x)",
    "line  \nline",
]  # fmt: skip


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append("!")


def read(document):
    found = Tags()
    found.feed(READER.render(document))
    found.close()
    return found.tags, found.text.strip("\n").replace("\u200b", "")


def shown(text):
    """What a browser would show of the text: blanks are one blank."""
    return seen(BLANKS.sub(" ", text)).strip().replace("\u200b", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_makes_nothing_of_markdown_and_shows_what_it_said(text):
    assert read(markdown(text)) == (["p"], shown(text))
    assert read(f"# {markdown(text)}") == (["h1"], shown(text))
    assert read(f"- {markdown(text)}") == (["ul", "li"], shown(text))


def in_a_cell(text):
    tags, told = read(f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n")
    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    return [line for line in told.split("\n") if line][2]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_in_its_cell(text):
    assert in_a_cell(text) == shown(text)


@given(
    st.text(alphabet=st.one_of(st.sampled_from("\\`*_{}[]()#+-.!|~$<>&:/=^\"'@ \n1ax"), st.characters(codec="utf-8")))
)
def test_whatever_is_written_is_shown_and_makes_nothing(text):
    if not shown(text):
        assert not read(markdown(text))[1]
        return
    assert read(markdown(text)) == (["p"], shown(text))
    assert in_a_cell(text) == shown(text)


@given(st.text(alphabet="\\`*_[]()!<>a ", max_size=12), st.text(alphabet="\\`*_[]()!<>a ", max_size=12))
def test_two_texts_beside_each_other_make_nothing_together(one, other):
    tags, told = read(f"x {markdown(one)}: {markdown(other)} x")
    assert (tags, BLANKS.sub(" ", told)) == (["p"], BLANKS.sub(" ", f"x {shown(one)}: {shown(other)} x"))


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("ask @octocat", "@octocat"), ("see #12", "#12"), ("GH-12", "GH-12"), ("!34", "!34"), ("~bug", "~bug"),
        ("a@b.example", "@b"), ("https://evil.example", "://"), ("www.evil.example", "www."), (":shipit:", ":shipit:"),
        (":+1:", ":+1:"), (":100:", ":100:"),
    ],
)  # fmt: skip
def test_the_pages_of_forges_find_no_mention_no_reference_and_no_address(text, mentions):
    after_markdown = html.unescape(READER.render(markdown(text)))
    assert mentions not in after_markdown
    assert mentions in after_markdown.replace("\u200b", "")


def test_the_time_of_day_is_left_as_it_is():
    assert markdown("31 March 2026, 12:30:45 UTC") == "31 March 2026, 12:30:45 UTC"


def test_text_that_turns_its_neighbours_around_becomes_visible():
    assert markdown("abc\u202edef\x07\u2028") == "abc\\[U+202E\\]def\\[U+0007\\]\\[U+2028\\]"


def test_a_huge_text_takes_the_time_of_reading_it():
    assert len(markdown("[" * 1_000_000)) == 2_000_000
