"""JUnit XML, held against the schema that Jenkins publishes, and against what the older one for Ant asks beyond it."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from assay.export.cases import cases
from assay.export.junit import render

FIXTURES = ("failing", "passing", "inconclusive", "waived", "everything", "hostile")
ANT = {
    "testsuites": (set(), ["testsuite"]),
    "testsuite": (
        {"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), ["property"]),
    "property": ({"name", "value"}, []),
    "testcase": ({"name", "classname", "time"}, ["skipped", "error", "failure"]),
    "failure": ({"message", "type"}, []),
    "error": ({"message", "type"}, []),
    "skipped": ({"message"}, []),
    "system-out": (set(), []),
    "system-err": (set(), []),
}
"""Element → its attributes, no more and no fewer, and its children in their order."""


@cache
def schema():
    return etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "junit-10.xsd"))


def read(recorded):
    root = etree.fromstring(render(recorded).encode())
    schema().assertValid(root)
    for element in root.iter():
        attributes, inside = ANT[element.tag]
        assert set(element.attrib) == attributes
        places = [inside.index(child.tag) for child in element]
        assert places == sorted(places)
    for number, suite in enumerate(root):
        assert [len(suite.findall(each)) for each in ("properties", "system-out", "system-err")] == [1, 1, 1]
        assert suite.get("id") == str(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
        counts = [len(suite.findall(f"testcase{each}")) for each in ("", "/failure", "/error", "/skipped")]
        assert counts == [int(suite.get(each)) for each in ("tests", "failures", "errors", "skipped")]
    named = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(named)) == len(named)
    for case in root.iter("testcase"):
        assert len(case) <= 1
    return root


def told(case):
    if not len(case):
        return "passed", ""
    return case[0].tag, case[0].get("message")


def answers(recorded, policy="p"):
    suite = next(suite for suite in read(recorded) if suite.get("name") == policy)
    return {case.get("name"): told(case) for case in suite.iter("testcase")}


def of_audit(recorded, **more):
    return replace(recorded, audit=recorded.audit.model_copy(update=more))


@pytest.mark.parametrize("name", FIXTURES)
def test_some_case_fails_exactly_where_the_gate_is_closed(name, request):
    recorded = request.getfixturevalue(name)
    root = read(recorded)
    bad = [case for case in root.iter("testcase") if case.find("failure") is not None or case.find("error") is not None]
    assert bool(bad) is not recorded.gate.open
    assert len(list(root.iter("testcase"))) == 1 + len(cases(recorded))


@pytest.mark.parametrize("name", FIXTURES)
def test_the_same_record_gives_the_same_text(name, request):
    recorded = request.getfixturevalue(name)
    assert render(recorded) == render(recorded)


def test_what_passes_says_nothing(passing):
    assert answers(passing) == {
        f"FAIR-01 impact_ratio[{pair}]": ("passed", "") for pair in ("sex: b / a", "region: south / north")
    }
    assert answers(passing, "assay.gate") == {"gate at staging": ("passed", "")}


def test_a_group_that_fails_is_one_failure_and_a_fail_that_warns_stays_visible(failing):
    assert answers(failing) == {
        "FAIR-01 impact_ratio[sex: a / b]": (
            "failure",
            "FAIL, closes the gate. Impact ratio of a against b (sex) is 0.333 (0.277 to 0.399), required between "
            "0.8 and 1.25",
        ),
        "FAIR-01 impact_ratio[region: north / south]": (
            "failure",
            "FAIL, closes the gate. Impact ratio of north against south (region) is 0.630 (0.564 to 0.704), required "
            "between 0.8 and 1.25",
        ),
        "GOV-01": (
            "failure",
            "FAIL, closes the gate. risk.tier is one of low, medium: it is high (model.yaml:19:9)",
        ),
        "DOC-01": (
            "skipped",
            "FAIL, warns (does not close the gate at staging). purpose.intended_use is present: it is absent",
        ),
    }
    suite = read(failing)[1]
    assert suite.find("system-out").text.startswith("DOC-01: FAIL, warns (does not close the gate at staging).")


def test_a_failure_tells_what_to_do_without_the_report(failing):
    failure = read(failing)[1].find("testcase[@name='GOV-01']/failure")
    assert failure.get("type") == "fail"
    assert failure.text.splitlines() == [
        "FAIL, closes the gate. risk.tier is one of low, medium: it is high (model.yaml:19:9)",
        "control: p/GOV-01, The risk is not high",
        "severity: medium",
        "at the gate: fails",
        "asked for in: policy.yaml:14",
    ]


def test_an_inconclusive_that_closes_the_gate_is_a_failure_of_its_own_type(inconclusive):
    root = read(inconclusive)
    assert {case.find("failure").get("type") for case in root.iter("testcase")} == {"inconclusive"}
    assert answers(inconclusive)["DOC-02"] == (
        "failure",
        "INCONCLUSIVE (evidence missing), closes the gate. Not known: model.task equals binary: it is absent",
    )


def test_a_waived_fail_is_a_fail_that_is_waived(waived):
    first = answers(waived)["FAIR-01 impact_ratio[sex: a / b]"]
    assert first[0] == "skipped"
    assert first[1].startswith("FAIL, waived by W-1. Impact ratio of a against b (sex) is 0.333")
    assert "Carla Sousa" in read(waived)[1].find("testcase/skipped").text


def test_outcomes_and_the_answers_of_people_can_be_told_apart(everything):
    heads = {name: (kind, message.partition(". ")[0]) for name, (kind, message) in answers(everything).items()}
    assert heads == {
        "PERF-01": ("error", "ERROR, closes the gate"),
        "FAIR-01 impact_ratio[sex: a / b]": ("failure", "FAIL, closes the gate"),
        "FAIR-01 impact_ratio[region: north / south]": ("failure", "FAIL, closes the gate"),
        "FAIR-02": ("skipped", "FAIL, waived by W-1"),
        "FAIR-03": ("skipped", "FAIL, warns (does not close the gate at staging)"),
        "FAIR-04": ("passed", ""),
        "GOV-01": ("failure", "FAIL, closes the gate"),
        "GOV-02": ("skipped", "NOT APPLICABLE"),
        "DOC-01": ("skipped", "FAIL, warns (does not close the gate at staging)"),
        "DOC-02": ("skipped", "INCONCLUSIVE (evidence missing), signed off by S-1"),
        "DOC-03": ("failure", "INCONCLUSIVE (evidence missing), closes the gate"),
        "DOC-04": ("failure", "INCONCLUSIVE (evidence missing), closes the gate until signed off"),
        "LAW-01": ("skipped", "INCONCLUSIVE (attestation pending), attested: pass"),
        "LAW-02": ("failure", "INCONCLUSIVE (attestation pending), attested: fail, closes the gate"),
        "LAW-03": ("failure", "INCONCLUSIVE (attestation pending), closes the gate"),
    }
    assert "planned, not evaluated: PLAN-01 Later" in read(everything)[1].find("system-out").text


def test_the_gate_is_a_case_for_what_no_control_knows(passing):
    why = ("p needs the signatures approver: see `assay gate --trust`",)
    gate = passing.gate.model_copy(update={"state": "closed", "exit_code": 4, "why": why})
    root = read(replace(passing, gate=gate))
    failed = [case.find("failure") for case in root.iter("testcase") if len(case)]
    assert [each.get("message") for each in failed] == [f"CLOSED at staging, exit code 4: {why[0]}"]


def test_an_error_of_the_gate_is_an_error(everything):
    assert read(everything)[0].get("errors") == "1"


def test_the_suite_says_which_audit_it_is(failing):
    properties = {each.get("name"): each.get("value") for each in read(failing)[1].iter("property")}
    assert properties == {
        "assay.audit": failing.audit.id,
        "assay.audit_digest": failing.audit_digest,
        "assay.model": "model 1",
        "assay.model_digest": failing.audit.subject.digest,
        "assay.stage": "staging",
        "assay.gate": "closed",
        "assay.exit_code": "1",
        "assay.policy": "p 1.0.0",
        "assay.policy_digest": failing.audit.policies[0].digest,
    }
    assert read(failing)[0].get("timestamp") == "2026-03-31T12:00:00"


def test_evidence_that_is_missing_shows_where_every_group_that_was_measured_passes(passing):
    """Otherwise the page is green, and the gate closed."""
    finding = passing.audit.findings[0]
    measured = finding.measured.model_copy(update={"missing": ("columns.groups.age",)})
    told_by = {"outcome": "inconclusive", "reason": "evidence_missing", "sentence": "Not there: columns.groups.age"}
    audit = of_audit(passing, findings=(finding.model_copy(update={"measured": measured, **told_by}),))
    line = passing.gate.lines[0].model_copy(update={"outcome": "inconclusive", "effect": "block"})
    changed = replace(audit, gate=passing.gate.model_copy(update={"lines": (line,)}))
    found = answers(changed)
    assert [kind for kind, _ in found.values()] == ["passed", "passed", "failure"]
    assert found["FAIR-01"][1].startswith("INCONCLUSIVE (evidence missing), closes the gate. Not there: ")


def test_a_group_that_passes_or_is_undecided_does_not_fail_with_the_control(failing):
    finding = failing.audit.findings[0]
    first = finding.judgements[0].model_copy(update={"outcome": "inconclusive", "reason": "sample_too_small"})
    changed = finding.model_copy(update={"judgements": (first, *finding.judgements[1:])})
    found = list(answers(of_audit(failing, findings=(changed, *failing.audit.findings[1:]))).values())
    assert [kind for kind, _ in found[:2]] == ["skipped", "failure"]
    assert found[0][1].startswith(
        "INCONCLUSIVE (sample too small); the control as a whole: fail, closes the gate. Impact ratio of a against b"
    )


def test_an_undecided_group_that_is_tolerated_is_no_failure(inconclusive):
    finding = inconclusive.audit.findings[0]
    first = finding.judgements[0].model_copy(update={"tolerated": True})
    changed = finding.model_copy(update={"judgements": (first, *finding.judgements[1:])})
    found = list(answers(of_audit(inconclusive, findings=(changed, *inconclusive.audit.findings[1:]))).values())
    assert [kind for kind, _ in found] == ["skipped", "failure", "failure"]
    assert found[0][1].startswith("INCONCLUSIVE (interval straddles); the control as a whole: inconclusive, closes")


def test_foreign_text_forges_neither_markup_nor_lines_nor_names_without_end(hostile):
    root = read(hostile)
    for case in root.iter("testcase"):
        assert len(case.get("name")) <= 200
        assert case.get("name").isprintable()
        if len(case):
            assert len(case[0].get("message")) <= 2000
            assert case[0].get("message").isprintable()
            assert not [line for line in case[0].text.splitlines() if line.startswith("::")]
    assert all(len(value.get("value")) <= 2000 for value in root.iter("property"))


def test_an_audit_without_findings_is_a_valid_file_that_is_not_green(inconclusive):
    why = ("nothing was evaluated",)
    gate = inconclusive.gate.model_copy(update={"lines": (), "why": why, "exit_code": 4})
    root = read(replace(of_audit(inconclusive, findings=()), gate=gate))
    assert [(suite.get("tests"), suite.get("failures")) for suite in root] == [("1", "1"), ("0", "0")]
