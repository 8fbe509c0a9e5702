"""The record as pandas frames with typed columns. Nothing is computed; what the record does not hold is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.record.audit import Audit
from assay.record.estimate import Estimate, Interval
from assay.record.finding import WORST_FIRST, Finding, Judgement
from assay.record.gate import Gate
from assay.record.policy import TIERS

if TYPE_CHECKING:
    import pandas as pd

BEST_FIRST = tuple(reversed(WORST_FIRST))
"""The order of outcomes: `findings.outcome >= "inconclusive"` are those that do not pass."""
EFFECTS = ("none", "inform", "warn", "sign_off", "block")
_TEXT, _COUNT, _NUMBER, _TRUTH = "string", "Int64", "Float64", "boolean"
_CATEGORIES: Mapping[str, tuple[str, ...]] = {"outcome": BEST_FIRST, "severity": TIERS, "effect": EFFECTS}
_BY_FINDING = ("policy", "control", "check")


def findings(audit: Audit, gate: Gate) -> pd.DataFrame:
    """A row for each control in the order of the record, with what the gate does about it."""
    lines = {line.finding: line for line in gate.lines}
    rows = [
        {
            "policy": finding.policy,
            "control": finding.control,
            "title": finding.title,
            "severity": finding.severity,
            "outcome": finding.outcome,
            "reason": finding.reason,
            "effect": lines[finding.id].effect,
            "waived_by": lines[finding.id].waived_by,
            "attested": lines[finding.id].attested,
            "signed_off_by": lines[finding.id].signed_off_by,
            "sentence": finding.sentence,
            "check": finding.check.id if finding.check else None,
            "estimates": len(finding.measured.estimates),
            "place": finding.place,
        }
        for finding in audit.findings
    ]
    kinds = dict.fromkeys(("policy", "control", "title"), _TEXT)
    kinds |= {"severity": "", "outcome": "", "reason": _TEXT, "effect": ""}
    kinds |= dict.fromkeys(("waived_by", "attested", "signed_off_by", "sentence", "check"), _TEXT)
    return _frame(rows, kinds | {"estimates": _COUNT, "place": _TEXT})


def estimates(audit: Audit) -> pd.DataFrame:
    """A row for each estimate, and one for each criterion where several judge it; `outcome` is missing for what no
    criterion judges.
    """
    rows = []
    for finding in audit.findings:
        judged: dict[str, list[Judgement]] = {}
        for judgement in finding.judgements:
            judged.setdefault(judgement.estimate, []).append(judgement)
        for estimate in finding.measured.estimates:
            of = judged.get(estimate.id)
            rows += [_row(finding, estimate, each) for each in of] if of else [_row(finding, estimate, None)]
    return _frame(rows, {name: kind for name, (kind, _) in _ESTIMATE.items()})


def _bound(of: str, end: str) -> Callable[[Estimate], Any]:
    def read(estimate: Estimate) -> float | None:
        interval: Interval | None = getattr(estimate, of)
        return None if interval is None else getattr(interval, end)

    return read


_ESTIMATE: Mapping[str, tuple[str, Callable[[Estimate], Any] | None]] = {
    **dict.fromkeys(_BY_FINDING, (_TEXT, None)),
    "name": (_TEXT, lambda estimate: estimate.name),
    "of": (_TEXT, lambda estimate: estimate.of),
    "grouping": (_TEXT, lambda estimate: estimate.grouping),
    "group": (_TEXT, lambda estimate: estimate.group),
    "reference": (_TEXT, lambda estimate: estimate.reference),
    "n": (_COUNT, lambda estimate: estimate.n),
    "value": (_NUMBER, lambda estimate: estimate.value),
    "low": (_NUMBER, _bound("interval", "low")),
    "high": (_NUMBER, _bound("interval", "high")),
    "confidence": (_NUMBER, _bound("interval", "confidence")),
    "simultaneous_low": (_NUMBER, _bound("simultaneous", "low")),
    "simultaneous_high": (_NUMBER, _bound("simultaneous", "high")),
    "simultaneous_confidence": (_NUMBER, _bound("simultaneous", "confidence")),
    "criterion": (_COUNT, None),
    "outcome": ("", None),
    "reason": (_TEXT, None),
    "sentence": (_TEXT, None),
    "tolerated": (_TRUTH, None),
    "undefined": (_TEXT, lambda estimate: estimate.undefined),
    "excluded": (_TEXT, lambda estimate: estimate.excluded),
    "numerator": (_COUNT, lambda estimate: estimate.numerator),
    "denominator": (_COUNT, lambda estimate: estimate.denominator),
    "reference_numerator": (_COUNT, lambda estimate: estimate.reference_numerator),
    "reference_denominator": (_COUNT, lambda estimate: estimate.reference_denominator),
    "p_value": (_NUMBER, lambda estimate: estimate.p_value),
    "p_adjusted": (_NUMBER, lambda estimate: estimate.p_adjusted),
    "share": (_NUMBER, lambda estimate: estimate.share),
    "shape": (_TEXT, lambda estimate: estimate.shape),
    "basis": (_TEXT, lambda estimate: estimate.basis),
    "headline": (_TRUTH, lambda estimate: estimate.headline),
    "estimate": (_TEXT, lambda estimate: estimate.id),
}
"""Column → its type and how it is read; None: from the finding or the judgement."""


def _row(finding: Finding, estimate: Estimate, judgement: Judgement | None) -> dict[str, Any]:
    row: dict[str, Any] = {name: read(estimate) for name, (_, read) in _ESTIMATE.items() if read is not None}
    row |= {"policy": finding.policy, "control": finding.control}
    row |= {"check": finding.check.id if finding.check else None}
    for name in ("criterion", "outcome", "reason", "sentence", "tolerated"):
        row[name] = None if judgement is None else getattr(judgement, name)
    return row


def _frame(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    made: dict[str, Any] = {}
    for name, kind in kinds.items():
        values = [row[name] for row in rows]
        if name in _CATEGORIES:
            made[name] = pd.Categorical(values, categories=list(_CATEGORIES[name]), ordered=True)
        else:
            made[name] = pd.array(values, dtype=kind)  # type: ignore[call-overload]
    return pd.DataFrame(made, columns=list(kinds))
