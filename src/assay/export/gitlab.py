"""GitLab Code Quality: a JSON array of what does not pass. What passes or does not apply is not in it."""

from __future__ import annotations

import json
from typing import Any

from assay.export.cases import Case
from assay.export.escaping import line as on_one_line
from assay.export.places import place
from assay.export.problems import is_open, listed, stands
from assay.export.recorded import Recorded
from assay.record.policy import Severity

_SEVERITIES: dict[Severity, str] = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}


def render(recorded: Recorded) -> str:
    """Worst first. GitLab keeps one of several with the same fingerprint, so that of each control and group differs."""
    problems = [case for case in listed(recorded) if case.outcome not in ("pass", "not_applicable")]
    return json.dumps([_issue(recorded, case) for case in problems], indent=1) + "\n"


def _issue(recorded: Recorded, case: Case) -> dict[str, Any]:
    at = place(recorded, case.finding)
    return {
        "description": on_one_line(f"{case.name}: {stands(case)}. {case.sentence}"),
        "check_name": case.finding.id,
        "fingerprint": case.fingerprint,
        "severity": _severity(case),
        "location": {"path": at.path, "lines": {"begin": at.line}},
    }


def _severity(case: Case) -> str:
    """By severity where it closes the gate; `minor` at most where it warns; `info` where it is waived or informs."""
    if case.outcome == "error":
        return "blocker"
    if not is_open(case) or case.line.effect in ("inform", "none"):
        return "info"
    return "minor" if case.line.effect == "warn" else _SEVERITIES[case.finding.severity]
