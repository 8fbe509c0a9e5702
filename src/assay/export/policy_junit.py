"""Policy tests as JUnit XML: a suite per policy, a test case per test and control, at most one failure each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assay.record.policy_tests import PolicyTestLine, PolicyTestReport

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[PolicyTestReport]) -> bytes:
    """UTF-8 XML. Controls without a test are told in the output of their suite: a warning is not a failure."""
    lines = [line for report in reports for line in report.lines]
    root = Element("testsuites", _counts(lines))
    for report in reports:
        suite = SubElement(root, "testsuite", {"name": _text(report.policy), **_counts(report.lines)})
        for line in report.lines:
            _case(suite, report.policy, line)
        told = [f"without a test: {name}" for name in report.untested]
        told += [f"{name}: no test expects {' or '.join(missed)}" for name, missed in report.unreached.items()]
        if told:
            SubElement(suite, "system-out").text = _text("\n".join(told))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _counts(lines: Sequence[PolicyTestLine]) -> dict[str, str]:
    failures = sum(not line.holds for line in lines)
    return {"tests": str(len(lines)), "failures": str(failures), "errors": "0"}


def _case(suite: Element, policy: str, line: PolicyTestLine) -> None:
    named = {"classname": _text(f"{policy}.{line.control}"), "name": _text(line.test)}
    case = SubElement(suite, "testcase", named)
    if not line.holds:
        message = f"expected {line.expected}, got {line.found}"
        failure = SubElement(case, "failure", {"type": "outcome", "message": _text(message)})
        failure.text = _text(f"{line.place}: {message}\n{line.control_place}: {line.sentence}")


def _text(text: str) -> str:
    """Characters that XML cannot hold are replaced."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
