"""CSV: a line per estimate and criterion, a line for a control without estimates."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

from assay.export.legible import legal
from assay.export.recorded import Recorded
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Finding, Judgement
from assay.record.gate import GateLine

Cell = str | int | float | None

COLUMNS = (
    "policy", "control", "title", "severity", "control_outcome", "effect", "waived_by", "signed_off_by", "attested",
    "outcome", "reason", "tolerated", "sentence",
    "estimate_id", "estimate", "shape", "grouping", "group", "reference", "of", "n", "numerator", "denominator",
    "reference_numerator", "reference_denominator", "value", "undefined", "excluded", "share", "p_value", "p_adjusted",
    "interval_low", "interval_high", "interval_confidence", "interval_method",
    "simultaneous_low", "simultaneous_high", "simultaneous_confidence", "simultaneous_method",
    "criterion", "threshold", "threshold_to", "significance", "decide_on", "source",
    "model", "version", "audit", "at", "stage", "gate",
)  # fmt: skip
"""What the control is, what was judged, what was measured, what is required, which audit it is."""

_FORMULA = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n']")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def render(recorded: Recorded) -> str:
    """The table as RFC 4180 has it: lines end in CRLF, and a cell with a comma, a quote or a line break is quoted."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _guarded(cell) for key, cell in row.items()} for row in _rows(recorded))
    return out.getvalue()


def _rows(recorded: Recorded) -> Iterator[dict[str, Cell]]:
    lines = {line.finding: line for line in recorded.gate.lines}
    for finding in recorded.audit.findings:
        about = _about(finding, lines[finding.id])
        for estimate, judgement in _pairs(finding):
            yield {
                **about, **_judged(finding, judgement, estimate), **_measured(estimate),
                **_required(finding, judgement), **_audited(recorded),
            }  # fmt: skip


def _pairs(finding: Finding) -> Iterator[tuple[Estimate | None, Judgement | None]]:
    if not finding.measured.estimates:
        yield None, None
    judged: dict[str, list[Judgement | None]] = {}
    for judgement in finding.judgements:
        judged.setdefault(judgement.estimate, []).append(judgement)
    for estimate in finding.measured.estimates:
        yield from ((estimate, judgement) for judgement in judged.get(estimate.id, [None]))


def _about(finding: Finding, line: GateLine) -> dict[str, Cell]:
    return {
        "policy": finding.policy,
        "control": finding.control,
        "title": finding.title,
        "severity": finding.severity,
        "control_outcome": finding.outcome,
        "effect": line.effect,
        "waived_by": line.waived_by,
        "signed_off_by": line.signed_off_by,
        "attested": line.attested,
    }


def _judged(finding: Finding, judgement: Judgement | None, estimate: Estimate | None) -> dict[str, Cell]:
    """Of an estimate what was judged, nothing where it was not; of a control without estimates its own outcome."""
    told = finding if estimate is None else judgement
    if told is None:
        return {}
    tolerated = "yes" if isinstance(told, Judgement) and told.tolerated else None
    return {"outcome": told.outcome, "reason": told.reason, "tolerated": tolerated, "sentence": told.sentence}


def _measured(estimate: Estimate | None) -> dict[str, Cell]:
    if estimate is None:
        return {}
    values: dict[str, Cell] = {key: getattr(estimate, attribute) for key, attribute in _OF_ESTIMATE.items()}
    return {
        **values,
        **_interval("interval", estimate.interval),
        **_interval("simultaneous", estimate.simultaneous),
    }


_OF_ESTIMATE = {
    "estimate_id": "id", "estimate": "name",
    **{
        key: key
        for key in (
            "shape", "grouping", "group", "reference", "of", "n", "numerator", "denominator", "reference_numerator",
            "reference_denominator", "value", "undefined", "excluded", "share", "p_value", "p_adjusted",
        )
    },
}  # fmt: skip


def _interval(called: str, interval: Interval | None) -> dict[str, Cell]:
    if interval is None:
        return {}
    return {f"{called}_{key}": getattr(interval, key) for key in ("low", "high", "confidence", "method")}


def _required(finding: Finding, judgement: Judgement | None) -> dict[str, Cell]:
    """`between` fills both numbers; the other comparisons have one, and `reported` none."""
    if judgement is None:
        return {}
    criterion = finding.criteria[judgement.criterion]
    threshold = criterion.threshold
    low, high = threshold if isinstance(threshold, tuple) else (threshold, None)
    return {
        "criterion": criterion.operator,
        "threshold": low,
        "threshold_to": high,
        "significance": criterion.significance,
        "decide_on": criterion.decide_on,
        "source": criterion.source,
    }


def _audited(recorded: Recorded) -> dict[str, Cell]:
    """The same on every line, so that tables of several audits can be put below one another."""
    audit, gate = recorded.audit, recorded.gate
    return {
        "model": audit.subject.id,
        "version": audit.subject.version,
        "audit": audit.id,
        "at": f"{audit.at:%Y-%m-%dT%H:%M:%SZ}",
        "stage": gate.stage,
        "gate": gate.state,
    }


def _guarded(cell: Cell) -> Cell:
    """Numbers as they are, in full. A text that a spreadsheet would compute, or that begins with `'`, gets a `'`."""
    if not isinstance(cell, str):
        return cell
    text = legal(cell)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
