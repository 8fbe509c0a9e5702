"""JUnit XML of policy tests, held against the structure of the schema that Jenkins publishes (junit-10.xsd)."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from assay.export.policy_junit import junit
from assay.record.policy_tests import PolicyTestLine, PolicyTestReport

ATTRIBUTES = {
    "testsuites": ({"tests", "failures", "errors"}, {"name", "time"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped", "time", "timestamp", "hostname", "id"}),
    "testcase": ({"name", "classname"}, {"time", "group"}),
    "failure": (set(), {"type", "message"}),
    "system-out": (set(), set()),
}
"""Element → attributes it has, and may have."""
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "system-out", "properties"},
    "testcase": {"failure"},
    "failure": set(),
    "system-out": set(),
}


def line(control="FAIR-01", *, holds=True, test="a test", sentence="0.7, required at least 0.8"):
    return PolicyTestLine(
        test=test, place="tests/a.yaml:9", control=control, control_place="policy.yaml:12", expected="pass",
        found="pass" if holds else "fail", sentence=sentence, holds=holds,
    )  # fmt: skip


def report(*lines, policy="small", untested=(), unreached=None):
    return PolicyTestReport(
        policy=policy, version="1.0.0", tests=1, lines=lines, untested=untested, unreached=unreached or {}
    )


def read(*reports):
    root = ElementTree.fromstring(junit(reports))
    assert root.tag == "testsuites"
    for element in root.iter():
        required, allowed = ATTRIBUTES[element.tag]
        assert required <= set(element.attrib) <= required | allowed
        assert {child.tag for child in element} <= INSIDE[element.tag]
    for case in root.iter("testcase"):
        assert len(case.findall("failure")) <= 1
    return root


def test_a_suite_per_policy_and_a_case_per_test_and_control():
    root = read(report(line(), line("GOV-01", holds=False)), report(line("A"), policy="other"))
    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in root] == [
        ("small", "2", "1"),
        ("other", "1", "0"),
    ]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    failed = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert [(case.get("classname"), case.get("name")) for case in failed] == [("small.GOV-01", "a test")]
    failure = failed[0].find("failure")
    assert failure.get("message") == "expected pass, got fail"
    assert failure.text == "tests/a.yaml:9: expected pass, got fail\npolicy.yaml:12: 0.7, required at least 0.8"


def test_a_warning_is_no_failure():
    """conftest, output/junit.go: warnings were written as failures."""
    root = read(report(line(), untested=("DOC-01",), unreached={"FAIR-01": ("fail", "inconclusive")}))
    assert list(root.iter("failure")) == []
    assert root.find("testsuite/system-out").text == (
        "without a test: DOC-01\nFAIR-01: no test expects fail or inconclusive"
    )


def test_characters_that_xml_cannot_hold_do_not_break_it():
    root = read(report(line(holds=False, test="\x00 \x1b[2J <&> \ufffe", sentence="]]> \x0b")))
    assert root.find("testsuite/testcase").get("name") == "� �[2J <&> �"
    assert root.find("testsuite/testcase/failure").text.endswith("]]> �")


@given(st.text(), st.text())
def test_any_text_can_be_read_back(test, sentence):
    read(report(line(holds=False, test=test, sentence=sentence)))


def test_nothing_tested_is_a_valid_file():
    assert read().get("tests") == "0"
