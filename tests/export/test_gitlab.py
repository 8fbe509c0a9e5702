"""GitLab Code Quality: the fields that its documentation asks for, and no two issues that it would take for one."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from assay.export import gitlab

from .conftest import NAMES, many

REPORT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/|\\.\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""The table "Code Quality report format" of GitLab's documentation, which publishes no schema."""


def issues(recorded) -> list[dict]:
    return json.loads(gitlab.render(recorded))


def severities(recorded) -> dict[str, str]:
    return {one["check_name"].removeprefix("p/"): one["severity"] for one in issues(recorded)}


@pytest.mark.parametrize("name", NAMES)
def test_the_report_has_the_documented_fields_and_no_byte_order_mark(request, name):
    text = gitlab.render(request.getfixturevalue(name))
    jsonschema.validate(json.loads(text), REPORT)
    assert text.startswith("[")


def test_what_passes_is_no_issue_and_an_empty_report_is_an_empty_list(passing):
    assert issues(passing) == []


def test_a_failing_group_is_an_issue_at_the_line_of_its_control(failing):
    first = issues(failing)[0]
    assert first["location"] == {"path": "policies/p.yaml", "lines": {"begin": 6}}
    assert first["description"].startswith("FAIR-01 impact_ratio[sex: a / b]: fail, closes the gate. ")
    assert severities(failing) == {"FAIR-01": "critical", "GOV-01": "major", "DOC-01": "minor"}


def test_a_waived_fail_stays_visible_as_information(waived):
    assert set(severities(waived).values()) == {"info"}
    assert all("fail, waived by W-1. " in one["description"] for one in issues(waived))


def test_too_little_evidence_says_so(inconclusive):
    assert all(": inconclusive, closes the gate. " in one["description"] for one in issues(inconclusive))
    assert severities(inconclusive) == {"FAIR-01": "critical", "DOC-02": "major"}


def test_what_the_gate_does_bounds_the_severity(everything):
    assert severities(everything) == {
        "PERF-01": "blocker", "FAIR-01": "critical", "FAIR-02": "info", "FAIR-03": "minor", "GOV-01": "major",
        "DOC-01": "minor", "DOC-02": "info", "DOC-03": "major", "DOC-04": "major", "LAW-01": "info",
        "LAW-02": "major", "LAW-03": "major",
    }  # fmt: skip


def test_no_two_issues_have_one_fingerprint_for_gitlab_would_keep_one_of_them(failing, everything):
    for recorded in (failing, everything, many(failing, 500)):
        prints = [one["fingerprint"] for one in issues(recorded)]
        assert len(set(prints)) == len(prints)


def test_hostile_text_stays_on_its_line(hostile):
    for one in issues(replace(hostile, policy_paths={})):
        assert "\n" not in one["description"]
        assert "\u202e" not in one["description"]
        assert one["location"]["path"] == hostile.manifest_path
