"""Annotations, read as the runner reads them: one command a line, escaped, at most ten of a level."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.export import github
from assay.export.escaping import line as on_one_line

from .conftest import NAMES, many

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text: str, codes: str) -> str:
    """As the runner does: the percent sign last."""
    for code in codes.split():
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


def commands(recorded) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of each line; anything else than a command is an error."""
    found = []
    for line in github.render(recorded).split("\n")[:-1]:
        read = COMMAND.fullmatch(line)
        assert read, line
        level, given, message = read.groups()
        properties = dict(pair.split("=", 1) for pair in given.split(","))
        codes = "%0D %0A %3A %2C %25"
        found.append((level, {k: unescaped(v, codes) for k, v in properties.items()}, unescaped(message, codes)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_one_command_of_a_known_level(request, name):
    text = github.render(request.getfixturevalue(name))
    assert text.endswith("\n")
    for level, properties, message in commands(request.getfixturevalue(name)):
        assert level in ("error", "warning", "notice")
        assert set(properties) in ({"title"}, {"file", "line", "title"})
        assert message
        assert len(message) <= 4096
        assert len(properties["title"]) <= 255


def test_a_failing_control_is_an_error_at_its_line(failing):
    (gate, first, *_) = commands(failing)
    assert gate[:2] == ("error", {"title": "gate closed for staging, exit code 1"})
    assert (first[0], first[1]["file"], first[1]["line"]) == ("error", "policies/p.yaml", "6")
    assert first[2].startswith("FAIR-01 impact_ratio[sex: a / b]: fail, closes the gate. ")


def test_an_open_gate_with_nothing_to_say_says_so(passing):
    ((level, properties, message),) = commands(passing)
    assert (level, properties["title"]) == ("notice", "gate open for staging, exit code 0")
    assert "1 pass" in message


def test_what_a_waiver_covers_is_a_notice_that_says_so(waived):
    assert {level for level, _, _ in commands(waived)} == {"notice"}
    assert all("fail, waived by W-1. " in message for _, _, message in commands(waived)[1:])


def test_too_little_evidence_is_an_error_where_it_closes_the_gate(inconclusive):
    assert {level for level, _, _ in commands(inconclusive)} == {"error"}
    assert "DOC-02: inconclusive, closes the gate. " in commands(inconclusive)[-1][2]


def test_the_gate_decides_the_level_and_passes_are_not_told(everything):
    levels = {message.split(":")[0].split(" ")[0]: level for level, properties, message in commands(everything)[1:]}
    assert levels == {
        "PERF-01": "error", "FAIR-01": "error", "GOV-01": "error", "DOC-03": "error", "DOC-04": "error",
        "LAW-02": "error", "LAW-03": "error", "FAIR-03": "warning", "DOC-01": "warning", "FAIR-02": "notice",
        "DOC-02": "notice", "LAW-01": "notice",
    }  # fmt: skip


@pytest.mark.parametrize(("groups", "shown"), [(7, 10), (8, 10), (300, 10)])
def test_the_tenth_of_a_level_says_how_many_github_would_have_dropped(failing, groups, shown):
    """The gate, so many groups and GOV-01 are errors."""
    errors = [one for one in commands(many(failing, groups)) if one[0] == "error"]
    beyond = groups + 2 - github.MOST
    assert len(errors) == min(groups + 2, shown)
    if beyond > 0:
        assert errors[-1][2] == f"{beyond + 1} more of this level are not shown: see the report"
        assert errors[0][1]["title"].startswith("gate closed")
    else:
        assert "not shown" not in errors[-1][2]


def test_the_last_annotation_links_the_report(failing):
    assert (
        github.render(replace(many(failing, 50), report="https://ci.example/r,1")).count("https://ci.example/r,1") == 1
    )


def test_hostile_text_is_no_command_and_ends_no_property(hostile):
    text = github.render(replace(hostile, policy_paths={}))
    lines = text.split("\n")[:-1]
    assert all(line.startswith(("::error ", "::notice ")) for line in lines)
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069]", text) is None
    for _, properties, _ in commands(replace(hostile, policy_paths={})):
        assert set(properties) in ({"title"}, {"file", "line", "title"})
        assert properties.get("file", hostile.manifest_path) == hostile.manifest_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=200), path=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_whatever_a_title_and_a_path_hold_the_runner_reads_them_back(failing, title, path):
    first = failing.audit.findings[0].model_copy(update={"title": title})
    audit = failing.audit.model_copy(update={"findings": (first, *failing.audit.findings[1:])})
    told = commands(replace(failing, audit=audit, policy_paths={"p": path}))
    assert {properties["file"] for _, properties, _ in told[1:]} == {path}
    assert told[1][1]["title"] in (said := on_one_line(f"p/FAIR-01 {title}"), said[:249] + "…")
