"""SARIF: by its published schema, by the rules of GitHub's upload, and by what a reader must not misread."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.export import code_scanning, sarif
from assay.export.recorded import Recorded

from .conftest import NAMES, many

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
LEVELS = {"error", "warning", "note"}


def run_of(recorded: Recorded, module=sarif) -> dict:
    (run,) = json.loads(module.render(recorded))["runs"]
    return run


def by_control(run: dict) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for result in run["results"]:
        found.setdefault(result["ruleId"].removeprefix("p/"), []).append(result)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [sarif, code_scanning])
def test_it_is_valid_by_the_published_schema(request, name, module):
    log = json.loads(module.render(request.getfixturevalue(name)))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)


def test_the_schema_refuses_what_is_no_sarif(failing):
    log = json.loads(sarif.render(failing))
    log["runs"][0]["results"][0]["kind"] = "failed"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SCHEMA)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [sarif, code_scanning])
def test_nothing_that_github_requires_of_an_upload_is_missing(request, name, module):
    """The required properties of "SARIF support for code scanning"; an empty text counts as missing."""
    run = run_of(request.getfixturevalue(name), module)
    driver = run["tool"]["driver"]
    assert driver["name"]
    for rule in driver["rules"]:
        assert rule["id"]
        for text in ("shortDescription", "fullDescription", "help"):
            assert rule[text]["text"].strip()
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert result["message"]["text"].strip()
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        uri = urlsplit(physical["artifactLocation"]["uri"])
        assert (uri.scheme, uri.netloc) == ("", "")
        assert not uri.path.startswith(("/", ".."))
        region = physical["region"]
        assert region["startLine"] >= 1
        assert (region["endLine"], region["endColumn"]) > (region["startLine"], region["startColumn"])
        rule = driver["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]


def test_every_rule_explains_itself_and_no_address_is_made_up(everything):
    driver = json.loads(sarif.render(everything))["runs"][0]["tool"]["driver"]
    assert set(driver) == {"name", "semanticVersion", "rules"}
    for rule, finding in zip(driver["rules"], everything.audit.findings, strict=True):
        assert "helpUri" not in rule
        assert rule["help"]["text"].startswith(finding.title)
        assert finding.check is None or finding.check.docstring.split("\n\n")[0] in rule["help"]["text"]


@pytest.mark.parametrize("name", NAMES)
def test_no_finding_is_called_one_of_security(request, name):
    text = sarif.render(request.getfixturevalue(name))
    assert "security-severity" not in text
    for rule in json.loads(text)["runs"][0]["tool"]["driver"]["rules"]:
        assert "security" not in rule["properties"]["tags"]


def test_a_failing_group_is_a_result_at_the_line_of_its_control(failing):
    found = by_control(run_of(failing))
    assert [len(found[name]) for name in ("FAIR-01", "GOV-01", "DOC-01")] == [2, 1, 1]
    first = found["FAIR-01"][0]
    assert (first["kind"], first["level"]) == ("fail", "error")
    assert first["message"]["text"].startswith("FAIR-01 impact_ratio[sex: a / b]: fail, closes the gate. ")
    physical = first["locations"][0]["physicalLocation"]
    line = next(f.place for f in failing.audit.findings if f.control == "FAIR-01").split(":")[1]
    assert physical["artifactLocation"]["uri"] == "policies/p.yaml"
    assert physical["region"]["startLine"] == int(line)


def test_the_line_of_the_manifest_that_a_condition_read_stands_beside_it(failing):
    (risk,) = by_control(run_of(failing))["GOV-01"]
    (related,) = risk["relatedLocations"]
    read = next(f for f in failing.audit.findings if f.control == "GOV-01").requirement.sentence
    line = related["physicalLocation"]["region"]["startLine"]
    assert f"(model.yaml:{line}:" in read
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "models/credit/model.yaml"


def test_without_paths_every_result_still_has_a_place(failing):
    for result in run_of(replace(failing, policy_paths={}))["results"]:
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "models/credit/model.yaml"
    for result in run_of(replace(failing, policy_paths={}, manifest_path=None))["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "model.yaml"


def test_the_manifest_shows_the_line_that_was_read_where_the_policy_is_a_pack(failing):
    (risk,) = by_control(run_of(replace(failing, policy_paths={})))["GOV-01"]
    assert risk["locations"][0]["physicalLocation"]["region"]["startLine"] > 1
    assert "relatedLocations" not in risk


def test_the_outcomes_are_told_apart_by_kind_level_suppression_and_message(everything):
    found = by_control(run_of(everything))
    shape = {
        name: (one["kind"], one.get("level"), "suppressions" in one, one["message"]["text"].split(". ")[0])
        for name, (one, *_) in found.items()
    }
    assert shape == {
        "PERF-01": ("review", None, False, "PERF-01: error, closes the gate"),
        "FAIR-01": ("fail", "error", False, "FAIR-01 impact_ratio[sex: a / b]: fail, closes the gate"),
        "FAIR-02": ("fail", "note", True, "FAIR-02: fail, waived by W-1"),
        "FAIR-03": ("fail", "warning", False, "FAIR-03: fail, warns"),
        "FAIR-04": ("pass", None, False, "FAIR-04: pass"),
        "GOV-01": ("fail", "warning", False, "GOV-01: fail, closes the gate"),
        "GOV-02": ("notApplicable", None, False, "GOV-02: not applicable"),
        "DOC-01": ("fail", "note", False, "DOC-01: fail, warns"),
        "DOC-02": ("review", None, True, "DOC-02: inconclusive, signed off by S-1"),
        "DOC-03": ("review", None, False, "DOC-03: inconclusive, closes the gate"),
        "DOC-04": ("review", None, False, "DOC-04: inconclusive, closes the gate until signed off"),
        "LAW-01": ("pass", None, False, "LAW-01: inconclusive, attested: pass"),
        "LAW-02": ("fail", "warning", False, "LAW-02: inconclusive, attested: fail, closes the gate"),
        "LAW-03": ("review", None, False, "LAW-03: inconclusive, closes the gate"),
    }


def test_a_waiver_is_a_suppression_with_its_reason_approver_and_last_day(waived):
    results = run_of(waived)["results"]
    assert results
    for result in results:
        (suppression,) = result["suppressions"]
        assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
        for told in ("W-1", "Carla Sousa", "2026-04-12", "A second sample is due in June"):
            assert told in suppression["justification"]


def test_a_waiver_that_opens_no_gate_suppresses_nothing(waived):
    expired = waived.gate.waivers[0].model_copy(update={"holds": False, "why": "EXPIRED on 2026-03-30"})
    lines = tuple(line.model_copy(update={"effect": "block", "waived_by": None}) for line in waived.gate.lines)
    gate = waived.gate.model_copy(update={"waivers": (expired,), "lines": lines})
    run = run_of(replace(waived, gate=gate))
    assert all("suppressions" not in result for result in run["results"])


def test_an_error_is_a_notification_and_no_alert_is_closed_by_it(everything):
    (invocation,) = run_of(everything)["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["associatedRule"]["id"]) == ("error", "p/PERF-01")
    assert "answers with 1 scores" in told["message"]["text"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    assert "PERF-01" in by_control(run_of(everything, code_scanning))


def test_code_scanning_gets_what_is_open_alone_for_it_shows_passes_and_waived_ones_as_alerts(
    everything, passing, waived
):
    assert sorted(by_control(run_of(everything, code_scanning))) == [
        "DOC-01", "DOC-03", "DOC-04", "FAIR-01", "FAIR-03", "GOV-01", "LAW-02", "LAW-03", "PERF-01",
    ]  # fmt: skip
    for recorded in (passing, waived):
        run = run_of(recorded, code_scanning)
        assert run["results"] == []
        assert len(run["tool"]["driver"]["rules"]) == len(recorded.audit.findings)


def test_fingerprints_differ_between_groups_and_stay_when_lines_and_numbers_move(failing, waived, everything):
    for recorded in (failing, everything):
        prints = [result["partialFingerprints"]["assay/v1"] for result in run_of(recorded)["results"]]
        assert len(set(prints)) == len(prints)
    moved = failing.audit.model_copy(
        update={"findings": tuple(f.model_copy(update={"place": "policy.yaml:999"}) for f in failing.audit.findings)}
    )
    again = run_of(replace(failing, audit=moved))
    assert [r["partialFingerprints"] for r in again["results"]] == [
        r["partialFingerprints"] for r in run_of(failing)["results"]
    ]
    of_sex = {by_control(run_of(one))["FAIR-01"][0]["partialFingerprints"]["assay/v1"] for one in (failing, waived)}
    assert len(of_sex) == 1


def test_more_than_code_scanning_stores_is_cut_to_the_worst_and_said(failing):
    text = code_scanning.render(many(failing, 30_000))
    (run,) = json.loads(text)["runs"]
    assert len(run["results"]) == sarif.MOST <= 5_000
    assert {result["ruleId"] for result in run["results"][:2]} == {"p/FAIR-01"}
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert told.startswith(f"{30_000 + 2 - sarif.MOST} more results are not here")
    assert len(gzip.compress(text.encode())) < 10 * 2**20


def test_hostile_text_stays_text(hostile):
    text = sarif.render(hostile)
    for character in "\u202e\u2066\x07\x1b\x7f\x85\u2028":
        assert character not in text
        assert f"\\u{ord(character):04x}" not in text
    run = run_of(hostile)
    for result in run["results"]:
        message = result["message"]["text"]
        assert "](" not in message
        assert "{7*7}" not in message.replace("{{7*7}}", "")
        assert "\n" not in message
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "policies/p.yaml"
    without = run_of(replace(hostile, policy_paths={}))
    uri = without["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == hostile.manifest_path
    assert set(uri) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_record_gives_the_same_bytes(request, name):
    recorded = request.getfixturevalue(name)
    assert sarif.render(recorded) == sarif.render(recorded)


def test_of_a_condition_that_read_a_place_made_up_in_a_value_the_file_stays_the_manifest(failing):
    finding = failing.audit.findings[1]
    read = finding.requirement.model_copy(update={"sentence": "it is (/etc/passwd:1:1) (model.yaml:7:1)"})
    findings = (finding.model_copy(update={"requirement": read}),)
    audit = failing.audit.model_copy(update={"findings": findings})
    gate = failing.gate.model_copy(update={"lines": failing.gate.lines[1:2]})
    (result,) = run_of(replace(failing, audit=audit, gate=gate))["results"]
    assert [r["physicalLocation"]["artifactLocation"]["uri"] for r in result["relatedLocations"]] == [
        "models/credit/model.yaml"
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_whatever_a_path_holds_its_address_is_relative_and_reads_back(failing, path):
    result = run_of(replace(failing, policy_paths={"p": path}))["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == path
    assert urlsplit(uri).scheme == ""
    assert not set(uri) & set(':?#% \\<>"') - {"%"}
