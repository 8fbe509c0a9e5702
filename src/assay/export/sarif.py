"""SARIF 2.1.0: every control as a rule, every outcome as a result with its kind.

GitHub's code scanning knows neither `kind` nor `suppressions` and shows every result as an open alert:
`code_scanning.py` leaves out what is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from assay.export.cases import Case
from assay.export.escaping import line as on_one_line
from assay.export.places import Place, place, read_places
from assay.export.problems import is_open, level, listed, stands
from assay.export.recorded import Recorded
from assay.export.standing import accepted
from assay.record.audit import AppliedPolicy
from assay.record.finding import Finding, Outcome

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5_000
"""Results. Code scanning stores so many of a run and refuses a file with more than 25 000."""
LONGEST = 1024
"""Characters of a rule's descriptions that code scanning shows."""
_KINDS: dict[Outcome, str] = {
    "fail": "fail", "pass": "pass", "inconclusive": "review", "error": "review", "not_applicable": "notApplicable",
}  # fmt: skip
_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
Json = dict[str, Any]


def render(recorded: Recorded) -> str:
    """One run with all outcomes."""
    return document(recorded)


def document(recorded: Recorded, *, only_open: bool = False) -> str:
    """One run with all outcomes, or with what is open alone. Every control is a rule, with or without a result."""
    all_cases = listed(recorded)
    chosen = [case for case in all_cases if is_open(case)] if only_open else list(all_cases)
    rules = {case.finding.id: case for case in reversed(all_cases)}
    names = [finding.id for finding in recorded.audit.findings]
    policies = {policy.id: policy for policy in recorded.audit.policies}
    version = recorded.audit.versions.get("assay")
    driver = {
        "name": "Assay",
        **({"semanticVersion": version} if version else {}),
        "rules": [_rule(rules[name], policies[rules[name].finding.policy]) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"assay/{recorded.audit.subject.id}/{recorded.audit.id}"},
        "invocations": [_invocation(recorded, all_cases, names, left_out=len(chosen) - MOST)],
        "results": [_result(recorded, case, names.index(case.finding.id)) for case in chosen[:MOST]],
        "columnKind": "unicodeCodePoints",
        "properties": _of_run(recorded),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rule(case: Case, policy: AppliedPolicy) -> Json:
    finding = case.finding
    description = finding.title if not finding.description else f"{finding.title.rstrip('.')}. {finding.description}"
    by = level(case)
    tags = ["assay", f"policy:{policy.id}", *([f"check:{finding.check.id}"] if finding.check else [])]
    return {
        "id": finding.id,
        "shortDescription": _message(finding.title, LONGEST),
        "fullDescription": _message(description, LONGEST),
        "help": {"text": _help(finding, policy)},
        "defaultConfiguration": {"level": by},
        "properties": {"tags": tags, "problem.severity": _SEVERITY[by], "severity": finding.severity},
    }


def _help(finding: Finding, policy: AppliedPolicy) -> str:
    """What is asked, by whom and how it is measured, one paragraph each."""
    cited = [f"{one.ref}: {policy.citations[one.ref]}" if one.ref in policy.citations else one.ref
             for one in finding.citations]  # fmt: skip
    criteria = [
        "; ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in criterion.model_dump(exclude_none=True).items()
        )
        for criterion in finding.criteria
    ]
    told = [
        finding.title,
        finding.description,
        f"Of the policy {policy.title}, {policy.id} {policy.version}. Severity: {finding.severity}.",
        *(f"Cited: {each}" for each in cited),
        *(f"Criterion: {each}" for each in criteria),
        f"To be attested: {finding.attest.statement}" if finding.attest else None,
        f"Check {finding.check.id}, version {finding.check.version}." if finding.check else None,
        *(finding.check.docstring.split("\n\n") if finding.check else ()),
    ]
    return "\n\n".join(on_one_line(paragraph) for paragraph in told if paragraph)


def _result(recorded: Recorded, case: Case, rule: int) -> Json:
    finding, kind = case.finding, _kind(case)
    shown = place(recorded, finding)
    related = [each for each in read_places(recorded, finding) if each != shown]
    suppressions = _suppressions(recorded, case)
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "kind": kind,
        **({"level": level(case)} if kind == "fail" else {}),
        "message": _message(f"{case.name}: {stands(case)}. {case.sentence}"),
        "locations": [_location(shown)],
        **({"relatedLocations": [_location(each) | {"id": number, "message": {"text": "What the manifest says"}}
                                 for number, each in enumerate(related, 1)]} if related else {}),
        "partialFingerprints": {"assay/v1": case.fingerprint, "primaryLocationLineHash": f"{case.fingerprint[:16]}:1"},
        **({"suppressions": suppressions} if suppressions else {}),
        "properties": _of_case(case),
    }  # fmt: skip


def _kind(case: Case) -> str:
    """An attestation answers what no program can see; what it says is a fail or a pass."""
    if case.line.attested is not None and case.finding.reason == "attestation_pending":
        return case.line.attested
    return _KINDS[case.outcome]


def _suppressions(recorded: Recorded, case: Case) -> list[Json]:
    """Only what holds: some readers take any suppression, a refused one too, for a reason to close the alert."""
    if accepted(case.line) is None or is_open(case):
        return []
    gate, name = recorded.gate, case.finding.id
    waivers = [] if not case.line.waived_by else [
        f"Waiver {state.id}, until {state.expires}, approved by {state.approver}: {state.reason}"
        for state in gate.waivers if state.holds and state.control == name
    ]  # fmt: skip
    signed = [f"Signed off by {state.by} on {state.made_on} ({state.id}): {state.reason}"
              for state in gate.sign_offs if state.counts and state.control == name]  # fmt: skip
    told = [*waivers, *signed] or [case.line.why]
    return [{"kind": "external", "status": "accepted", "justification": on_one_line(each)} for each in told]


def _location(at: Place) -> Json:
    region = {"startLine": at.line, "startColumn": 1, "endLine": at.line, "endColumn": 2}
    uri = quote(at.path.encode("utf-8", "surrogateescape"))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _message(text: str, longest: int | None = None) -> Json:
    """Text that stays text: braces would be placeholders, and brackets before a parenthesis a link."""
    told = on_one_line(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")
    return {"text": told if longest is None or len(told) <= longest else told[: longest - 1] + "…"}


def _of_case(case: Case) -> Json:
    of = case.estimate
    numbers = {} if of is None else {
        "estimate": of.name, "value": of.value, "n": of.n,
        "interval": [of.interval.low, of.interval.high] if of.interval else None,
    }  # fmt: skip
    told = {"outcome": case.outcome, "reason": case.reason, "severity": case.finding.severity,
            "effect": case.line.effect, "attested": case.line.attested, **numbers}  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _invocation(recorded: Recorded, all_cases: Sequence[Case], names: list[str], *, left_out: int) -> Json:
    """How the audit went. A control that failed with an error is told here, and is a result too."""
    errors = [case for case in all_cases if case.outcome == "error"]
    told: list[Json] = [
        {
            "descriptor": {"id": "check-error"},
            "associatedRule": {"id": case.finding.id, "index": names.index(case.finding.id)},
            "level": "error",
            "message": _message(f"{case.name}: {case.sentence}"),
            "locations": [_location(place(recorded, case.finding))],
            **({"exception": {"message": on_one_line(case.finding.error)}} if case.finding.error else {}),
        }
        for case in errors
    ]
    if left_out > 0:
        what = f"{left_out} more results are not here: this file holds the {MOST} worst. The report has all."
        told.append({"descriptor": {"id": "left-out"}, "level": "warning", "message": _message(what)})
    notes = [_message(f"{policy.id}: {note}") for policy in recorded.audit.policies for note in policy.notes]
    return {
        "executionSuccessful": not errors,
        "exitCode": recorded.gate.exit_code,
        "exitCodeDescription": on_one_line(f"gate {recorded.gate.state} for {recorded.gate.stage}"),
        "toolExecutionNotifications": told,
        "toolConfigurationNotifications": [{"level": "warning", "message": note} for note in notes],
    }


def _of_run(recorded: Recorded) -> Json:
    audit, gate = recorded.audit, recorded.gate
    told = {
        "model": f"{on_one_line(audit.subject.name)} {audit.subject.version}",
        "gate": gate.state,
        "stage": gate.stage,
        "why": [on_one_line(each) for each in gate.why[:100]],
        "auditDigest": recorded.audit_digest,
        "report": recorded.report,
    }
    return {name: value for name, value in told.items() if value is not None}
