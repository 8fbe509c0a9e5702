"""Policy tests as JUnit XML: a suite per policy, a test case per test and control, at most one failure each."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assay.export.legible import legal
from assay.record.policy_tests import PolicyTestLine, PolicyTestReport


def junit(reports: Sequence[PolicyTestReport]) -> bytes:
    """UTF-8 XML. Controls without a test are told in the output of their suite: a warning is not a failure."""
    lines = [line for report in reports for line in report.lines]
    root = Element("testsuites", _counts(lines))
    for report in reports:
        suite = SubElement(root, "testsuite", {"name": legal(report.policy), **_counts(report.lines)})
        for line in report.lines:
            _case(suite, report.policy, line)
        told = [f"without a test: {name}" for name in report.untested]
        told += [f"{name}: no test expects {' or '.join(missed)}" for name, missed in report.unreached.items()]
        if told:
            SubElement(suite, "system-out").text = legal("\n".join(told))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _counts(lines: Sequence[PolicyTestLine]) -> dict[str, str]:
    failures = sum(not line.holds for line in lines)
    return {"tests": str(len(lines)), "failures": str(failures), "errors": "0"}


def _case(suite: Element, policy: str, line: PolicyTestLine) -> None:
    named = {"classname": legal(f"{policy}.{line.control}"), "name": legal(line.test)}
    case = SubElement(suite, "testcase", named)
    if not line.holds:
        message = f"expected {line.expected}, got {line.found}"
        failure = SubElement(case, "failure", {"type": "outcome", "message": legal(message)})
        failure.text = legal(f"{line.place}: {message}\n{line.control_place}: {line.sentence}")
