"""Errors show the line they are about, with a caret under the character that `where` names."""

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assay
from assay.cli.main import main
from assay.errors import AssayError, ManifestError, PolicyError, Problems
from assay.policy.load import load_policy
from assay.policy.waivers import load_waivers
from assay.record.manifest import Manifest
from assay.source import parse_source, read_model
from assay.source.told import excerpt, quote

POLICY = """\
assay: policy/v1
id: p
version: 1.0.0
title: P
controls:
  - id: A
    title: The AUC is high enough
    check: performance.auc
    critrion: {at_least: 0.7, source: house}
"""


@dataclass(frozen=True)
class Text:
    name: str
    data: bytes


def excerpts(act):
    with pytest.raises(AssayError) as caught:
        act()
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    return [problem.excerpt for problem in found]


def parse(data):
    return parse_source(data if isinstance(data, bytes) else data.encode(), "p.yaml", error=PolicyError)


def columns(text):
    """How wide a terminal shows a text."""
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text
    )


def test_an_error_reads_like_one_of_a_compiler(tmp_path, capsys):
    (tmp_path / "policy.yaml").write_text(POLICY)
    assert main(["policy", "check", str(tmp_path / "policy.yaml")]) == 2
    assert (
        f"""\
{tmp_path}/policy.yaml:9:5: unknown key `critrion`
   9 |     critrion: {{at_least: 0.7, source: house}}
     |     ^
  Did you mean `criterion`?
"""
        in capsys.readouterr().err
    )


def test_several_errors_of_a_file_stand_apart_each_with_its_line(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY.replace("title: P", "tittle: P"))
    with pytest.raises(Problems) as caught:
        load_policy(tmp_path / "policy.yaml")
    blocks = str(caught.value).split("\n\n")
    assert ["`title` is missing" in block for block in blocks] == [True, False, False]
    assert [block.splitlines()[1] for block in blocks] == [
        "   1 | assay: policy/v1",
        "   4 | tittle: P",
        "   9 |     critrion: {at_least: 0.7, source: house}",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a: 1\n\tb: 2", "   2 | �b: 2\n     | ^"),
        ("a: 1\r\nb: {c: [1, 2}", "   2 | b: {c: [1, 2}\n     |             ^"),
        ("a: 'x\nb: 1\n", "   1 | a: 'x\n     |    ^"),
        ("a: x\x1b[31m", "   1 | a: x�[31m\n     |     ^"),
        ("a: \u202egnp.exe", "   1 | a: �gnp.exe\n     |    ^"),
        (b"\xef\xbb\xbfok: 1\rb: caf\xe9", "   2 | b: caf�\n     |       ^"),
        ("x: 1\n" * 11 + "y: .nan", None),
        ("\n" * 999 + "y: .nan", "   1000 | y: .nan\n        |    ^"),
    ],
)
def test_what_is_not_yaml_shows_its_line_without_what_moves_a_terminal(text, shown):
    found = excerpts(lambda: parse(text))
    assert found[-1] == (shown or "   12 | y: .nan\n      |    ^")
    assert all(line.isprintable() for one in found for line in one.split("\n"))


def test_the_caret_stands_right_after_wide_and_combining_characters():
    line = 'title: "日本e\u0301", sevrity: 3'
    (gutter, text), (_, caret) = (part.split(" | ") for part in excerpt(line, 7, line.index("sev") + 1).split("\n"))
    assert (gutter, text) == ("   7", line)
    assert len(caret) - 1 == columns('title: "日本e\u0301", ') == 16


@given(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1, max_size=400), st.data())
def test_the_caret_is_under_its_character_however_long_the_line_is(line, data):
    column = data.draw(st.integers(1, len(line)))
    top, bottom = excerpt(line, 12, column).split("\n")
    text, blanks = top.removeprefix("   12 | "), bottom.removeprefix("      | ").removesuffix("^")
    assert len(text) <= 102
    assert blanks.strip() == ""
    marked = line[column - 1] if line[column - 1].isprintable() else "�"
    places = [i for i in range(len(text)) if columns(text[:i]) == len(blanks) and text[i] == marked]
    assert places or marked == " "


def test_a_manifest_and_a_waiver_file_show_their_lines_too(tmp_path):
    manifest = parse("assay: manifest/v1\nidentity: {id: a, nmae: b, version: '1'}")
    assert excerpts(lambda: read_model(manifest, Manifest, error=ManifestError)) == [
        "   2 | identity: {id: a, nmae: b, version: '1'}\n     |           ^",
        "   2 | identity: {id: a, nmae: b, version: '1'}\n     |                   ^",
    ]
    one = f"{{id: W, control: p/A, subject: 'sha256:{'0' * 64}', reason: r, approver: {{id: a}}, expires: 2026-03-31}}"
    (tmp_path / "w.yaml").write_text(f"assay: waivers/v1\nwaivers:\n  - {one}\n  - {one}\n")
    (shown,) = excerpts(lambda: load_waivers(tmp_path / "w.yaml"))
    assert shown.startswith("   4 |   - {id: W, control: p/A")
    assert shown.splitlines()[1] == "     |          ^"


def test_only_errors_of_the_text_show_a_line_of_it():
    problems = [PolicyError("x", where=where) for where in ("p.yaml:1:1", "q.yaml:1:1", "p.yaml", "p.yaml:9:1", "")]
    quote(problems, Text("p.yaml", b"one"))
    assert [problem.excerpt for problem in problems] == ["   1 | one\n     | ^", "", "", "", ""]


def test_what_is_found_out_while_evaluating_shows_the_line_of_the_manifest(tmp_path):
    (tmp_path / "model.yaml").write_text(
        "assay: manifest/v1\nidentity: {id: a, name: b, version: '1'}\ndata:\n  test: {path: none.csv}\n"
        "columns:\n  label: {column: y, favourable: 1}\n  score: {column: p, kind: probability, of: 1}\n"
    )
    (tmp_path / "policy.yaml").write_text(POLICY.replace("critrion", "criterion"))
    with pytest.raises(AssayError) as caught:
        assay.audit(tmp_path / "model.yaml", policies=[tmp_path / "policy.yaml"])
    assert caught.value.excerpt == "   4 |   test: {path: none.csv}\n     |                ^"
    with pytest.raises(AssayError) as loaded:
        assay.audit(assay.load_manifest(tmp_path / "model.yaml"), policies=[tmp_path / "policy.yaml"])
    assert (loaded.value.where, loaded.value.excerpt) == (caught.value.where, caught.value.excerpt)


def test_a_manifest_that_nobody_wrote_shows_no_line(tmp_path):
    (tmp_path / "scored.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ManifestError) as caught:
        assay.load_data(tmp_path / "scored.csv", label="x" * 5000 + "=1")
    assert caught.value.excerpt == ""
    assert "|" not in str(caught.value)
