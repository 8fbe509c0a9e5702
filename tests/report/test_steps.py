from __future__ import annotations

from typing import Any

import pytest

from assay.record.asked import AskedStatement
from assay.record.finding import Finding
from assay.report.steps import steps

from .conftest import finding, sample, sample_audit


def told(*findings: Finding, **gate: Any) -> tuple[str, ...]:
    made = sample(sample_audit(findings=findings), **gate)
    return steps(made.audit, made.gate)


@pytest.mark.parametrize(
    ("found", "step"),
    [
        (finding("A", "t", "fail", "s"), "Mend what A found, or have a dated waiver approved."),
        (finding("A", "t", "error", "s"), "Mend what made A end with an error, and audit again."),
        (finding("A", "t", "inconclusive", "s", reason="sample_too_small"), "Measure A on more data."),
        (
            finding(
                "A", "t", "inconclusive", "s", reason="attestation_pending",
                attest=AskedStatement(statement="It is so.", roles=("legal",)),
            ),
            "Have somebody in the role legal attest, signed, what A asked.",
        ),
    ],
)  # fmt: skip
def test_each_reason_names_what_would_open_the_gate(found: Finding, step: str) -> None:
    assert step in told(found)


def test_what_is_missing_is_named_once_and_cut_where_it_is_much() -> None:
    lacking = [
        finding(f"A{i}", "t", "inconclusive", "s", reason="evidence_missing",
                measured={"missing": (f"docs.sections.s{i}", "docs.sections.same")})
        for i in range(6)
    ]  # fmt: skip
    first = told(*lacking)[0]
    assert first.startswith("Provide what A0, A1, A2, A3 and 2 more asked for: docs.sections.s0, docs.sections.same,")
    assert first.endswith("and 3 more.")


def test_an_open_gate_asks_for_nothing() -> None:
    passing = finding("A", "t", "pass", "s")
    assert told(passing, state="open", exit_code=0, lines=(), waivers=()) == (
        "Nothing. Keep this report with the model.",
    )


def test_a_finding_that_only_warns_is_named_last() -> None:
    warned = finding("W", "t", "fail", "s")
    made = sample(sample_audit(findings=(warned,)))
    lines = tuple(line.model_copy(update={"effect": "warn"}) for line in made.gate.lines)
    made = sample(made.audit, lines=lines, state="open", waivers=())
    assert steps(made.audit, made.gate) == ("Look at W, which the policy lets pass with a warning.",)
