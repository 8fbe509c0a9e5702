"""JUnit XML: a suite for the gate, then a suite per policy with a test case per control and group.

What closes the gate is a failure. What does not pass and closes nothing is skipped, and says in its message which of
the two it is: a waived fail is a FAIL that is waived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assay.export.cases import Case, cases, whole
from assay.export.legible import legal, line, name
from assay.export.recorded import Recorded
from assay.export.standing import OUTCOMES, standing
from assay.record.audit import AppliedPolicy
from assay.record.gate import Gate

_CLOSING = ("block", "sign_off")


@dataclass(frozen=True)
class _Test:
    """One test case as JUnit knows it."""

    classname: str
    name: str
    answer: str | None = None
    """`failure`, `error` or `skipped`; None: it passed."""
    kind: str = ""
    """The type of the failure: an outcome."""
    message: str = ""
    details: str = ""


def render(recorded: Recorded) -> str:
    """The whole file. Every suite counts its own cases; some case fails exactly where the gate is closed."""
    root = Element("testsuites")
    gate = recorded.gate
    said = [*recorded.audit.notes, *((gate.as_of,) if gate.as_of else ())]
    _suite(root, recorded, "assay.gate", [_of_gate(gate)], {}, said)
    shown = list(_shown(recorded))
    for policy in recorded.audit.policies:
        tests = [_test(each, gate) for each in shown if each.case.finding.policy == policy.id]
        more = {"policy": f"{policy.id} {policy.version}", "policy_digest": policy.digest}
        _suite(root, recorded, policy.id, tests, more, _said(policy, tests))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(
    root: Element, recorded: Recorded, called: str, tests: Sequence[_Test], more: dict[str, str], said: Sequence[str]
) -> None:
    answers = [test.answer for test in tests]
    counts = {
        "tests": len(tests), "failures": answers.count("failure"), "errors": answers.count("error"),
        "skipped": answers.count("skipped"),
    }  # fmt: skip
    attributes = {
        "name": called, "package": called, "id": str(len(root)), "hostname": "localhost", "time": "0",
        "timestamp": f"{recorded.audit.at:%Y-%m-%dT%H:%M:%S}", **{key: str(count) for key, count in counts.items()},
    }  # fmt: skip
    suite = SubElement(root, "testsuite", attributes)
    properties = SubElement(suite, "properties")
    for key, value in {**_properties(recorded), **more}.items():
        SubElement(properties, "property", {"name": f"assay.{key}", "value": line(value)})
    for test in tests:
        case = SubElement(suite, "testcase", {"classname": test.classname, "name": test.name, "time": "0"})
        if test.answer is not None:
            kind = {} if test.answer == "skipped" else {"type": test.kind}
            SubElement(case, test.answer, {**kind, "message": test.message}).text = test.details
    SubElement(suite, "system-out").text = "\n".join(line(one) for one in said)
    SubElement(suite, "system-err")


def _properties(recorded: Recorded) -> dict[str, str]:
    audit, gate = recorded.audit, recorded.gate
    return {
        "audit": audit.id, "audit_digest": recorded.audit_digest,
        "model": f"{audit.subject.id} {audit.subject.version}", "model_digest": audit.subject.digest,
        "stage": gate.stage, "gate": gate.state, "exit_code": str(gate.exit_code),
        **({"report": recorded.report} if recorded.report else {}),
    }  # fmt: skip


def _of_gate(gate: Gate) -> _Test:
    """It closes for reasons that no control knows, too: a signature that is not there, nothing that was evaluated."""
    called = ("assay.gate", f"gate at {gate.stage}")
    if gate.open:
        return _Test(*called)
    kind = {1: "fail", 3: "error"}.get(gate.exit_code, "inconclusive")
    message = line(f"CLOSED at {gate.stage}, exit code {gate.exit_code}: {'; '.join(gate.why)}")
    return _Test(
        *called, "error" if kind == "error" else "failure", kind, message, "\n".join(line(why) for why in gate.why)
    )


def _said(policy: AppliedPolicy, tests: Sequence[_Test]) -> list[str]:
    """What pages that hide skipped cases would hide with them."""
    failed = [f"{test.name}: {test.message}" for test in tests if test.answer == "skipped" and test.kind == "fail"]
    planned = [f"planned, not evaluated: {control} {title}" for control, title in policy.planned]
    return [*policy.notes, *failed, *planned]


@dataclass(frozen=True)
class _Shown:
    """A case, and whether it is what the whole control is: a group that passes is not, nor one that is tolerated."""

    case: Case
    decides: bool


def _shown(recorded: Recorded) -> Iterator[_Shown]:
    """The cases; where no part of a control is what the control is, as with missing evidence, the whole beside them."""
    for _, of_finding in groupby(cases(recorded), key=lambda case: case.finding.id):
        parts = list(of_finding)
        finding, at_gate = parts[0].finding, parts[0].line
        tolerated = {judgement.estimate for judgement in finding.judgements if judgement.tolerated}
        shown = [_Shown(part, part.outcome == finding.outcome and part.part not in tolerated) for part in parts]
        yield from shown
        if not any(each.decides for each in shown):
            yield _Shown(whole(finding, at_gate, recorded.audit.subject.id), decides=True)


def _test(shown: _Shown, gate: Gate) -> _Test:
    case = shown.case
    called = (f"{case.finding.policy}.{case.finding.control}", name(case.name))
    if case.outcome == "pass":
        return _Test(*called)
    if case.outcome == "error":
        answer = "error"
    else:
        answer = "failure" if case.line.effect in _CLOSING and shown.decides else "skipped"
    message = line(f"{_head(shown, gate)}. {case.sentence}")
    kind = (case.line.attested if shown.decides else None) or case.outcome
    return _Test(*called, answer, kind, message, _details(case, message))


def _head(shown: _Shown, gate: Gate) -> str:
    """`FAIL, closes the gate`; `FAIL, waived by W-1`; `FAIL, warns (does not close the gate at staging)`."""
    case = shown.case
    reason = f" ({case.reason.replace('_', ' ')})" if case.reason else ""
    told = f"{OUTCOMES[case.outcome].upper()}{reason}"
    if not shown.decides:
        return f"{told}; the control as a whole: {standing(case.line)}"
    more = standing(case.line).removeprefix(OUTCOMES[case.outcome])
    open_ = f" (does not close the gate at {gate.stage})" if case.line.effect in ("inform", "warn") else ""
    return f"{told}{more}{open_}"


def _details(case: Case, message: str) -> str:
    finding = case.finding
    told = [
        message, f"control: {finding.id}, {finding.title}", f"severity: {finding.severity}",
        f"at the gate: {case.line.why}", f"asked for in: {finding.place}",
        *(f"cites: {citation.ref}" for citation in finding.citations),
    ]  # fmt: skip
    return "\n".join([*(line(one) for one in told), *([legal(finding.error)] if finding.error else [])])
