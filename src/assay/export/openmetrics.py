"""OpenMetrics text. Every series is a gauge, so that what reads Prometheus' older text format reads this as well.

States are series of 0 and 1, as kube-state-metrics has them: `assay_control_outcome{outcome="fail"} == 1`. Days and
times are Unix seconds, so that a dashboard tells the age of today: `time() - assay_audit_timestamp_seconds`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import inf
from typing import get_args

from assay.export.legible import name as legible
from assay.export.recorded import Recorded
from assay.record.estimate import Estimate
from assay.record.finding import WORST_FIRST, Finding
from assay.record.gate import Effect, GateLine
from assay.record.said import at

MOST_ESTIMATES = 500
"""Estimates that have series, four at most each; the others are counted in `assay_estimates_left_out`."""

_DAY = 86_400

HELP = {
    "assay_audit_info": "What the audit is of; always 1.",
    "assay_audit_timestamp_seconds": "The time as of which the audit was made.",
    "assay_gate_timestamp_seconds": "The time as of which the gate was drawn.",
    "assay_data_period_end_timestamp_seconds": "The end of the last day that a data set covers, where that is stated.",
    "assay_gate_open": "Whether the model may go on.",
    "assay_gate_exit_code": "0 open, 1 a blocking fail, 3 an error, 4 a blocking inconclusive or nothing evaluated.",
    "assay_controls": "How many controls have the outcome.",
    "assay_control_outcome": "1 for the outcome that the control has, 0 for the others.",
    "assay_control_effect": "1 for what the control does to the gate, 0 for the others.",
    "assay_control_waived": "Whether a waiver keeps the control from the gate.",
    "assay_control_signed_off": "Whether the gate goes on because somebody signed an inconclusive control off.",
    "assay_control_attested": "1 for the answer that an attestation gave to the control, 0 for the other.",
    "assay_control_threshold": "What an estimate is compared with.",
    "assay_estimate": "The estimate.",
    "assay_estimate_low": "Lower end of the interval of the estimate.",
    "assay_estimate_high": "Upper end of the interval of the estimate.",
    "assay_estimate_sample_size": "People, rows or things behind the estimate.",
    "assay_estimates_undefined": "Estimates of the control that are undefined and have no series.",
    "assay_estimates_left_out": f"Defined estimates without series: beyond {MOST_ESTIMATES}, or named alike.",
    "assay_waiver_holds": "Whether the waiver holds.",
    "assay_waiver_end_timestamp_seconds": "The end of the last day of the waiver.",
    "assay_attestation_counts": "Whether the attestation answers its control.",
    "assay_attestation_end_timestamp_seconds": "The end of the last day of the attestation.",
}  # fmt: skip
"""The metrics, in the order in which they are written, and what they are."""


@dataclass(frozen=True)
class _Series:
    """Samples by metric and labels; the same labels are never given twice."""

    every: Mapping[str, str]
    """Labels of every sample."""
    samples: dict[str, dict[str, float]] = field(default_factory=lambda: {metric: {} for metric in HELP})

    def add(self, metric: str, value: float | bool, **labels: str | None) -> bool:
        """Whether there was none with these labels yet. An empty label is as good as none, to Prometheus as well."""
        told = ",".join(f'{key}="{_label(text)}"' for key, text in {**self.every, **labels}.items() if text)
        known = self.samples[metric]
        if told in known:
            return False
        known[told] = value
        return True

    def one_of(self, metric: str, label: str, states: tuple[str, ...], state: str | None, **labels: str) -> None:
        for each in states:
            self.add(metric, each == state, **labels, **{label: each})

    def text(self) -> Iterator[str]:
        for metric, samples in self.samples.items():
            if samples:
                yield f"# TYPE {metric} gauge"
                yield from [f"# UNIT {metric} seconds"] if metric.endswith("_seconds") else []
                yield f"# HELP {metric} {HELP[metric]}"
                yield from (f"{metric}{{{labels}}} {_number(value)}" for labels, value in samples.items())
        yield "# EOF"


def render(recorded: Recorded) -> str:
    """The whole file, with the final `# EOF`. Samples have no timestamps: gateways and file collectors refuse them."""
    audit, gate = recorded.audit, recorded.gate
    series = _Series({"model": audit.subject.id, "stage": gate.stage})
    series.add(
        "assay_audit_info", 1, version=audit.subject.version, name=audit.subject.name, tier=audit.subject.tier,
        audit=audit.id, digest=recorded.audit_digest, assay=audit.versions.get("assay"),
    )  # fmt: skip
    series.add("assay_audit_timestamp_seconds", audit.at.timestamp())
    series.add("assay_gate_timestamp_seconds", gate.at.timestamp())
    for role, end in _period_ends(recorded):
        series.add("assay_data_period_end_timestamp_seconds", end, data=role)
    series.add("assay_gate_open", gate.open)
    series.add("assay_gate_exit_code", gate.exit_code)
    counted = Counter(finding.outcome for finding in audit.findings)
    for outcome in WORST_FIRST:
        series.add("assay_controls", counted[outcome], outcome=outcome)
    lines = {line.finding: line for line in gate.lines}
    for finding in audit.findings:
        _control(series, finding, lines[finding.id])
    _estimates(series, audit.findings)
    _decisions(series, recorded)
    return "\n".join(series.text()) + "\n"


def _control(series: _Series, finding: Finding, line: GateLine) -> None:
    named = {"policy": finding.policy, "control": finding.control}
    about = {**named, "severity": finding.severity}
    series.one_of("assay_control_outcome", "outcome", WORST_FIRST, finding.outcome, **about)
    series.one_of("assay_control_effect", "effect", get_args(Effect), line.effect, **about)
    series.add("assay_control_waived", line.waived_by is not None and line.effect == "none", **about)
    series.add("assay_control_signed_off", line.signed_off_by is not None, **about)
    if finding.attest is not None:
        series.one_of("assay_control_attested", "answer", ("pass", "fail"), line.attested, **about)
    estimates = finding.measured.estimates
    for index, criterion in enumerate(finding.criteria):
        threshold = criterion.threshold
        if threshold is None:
            continue
        of = criterion.estimate or (estimates[0].name if estimates else None)
        numbers = threshold if isinstance(threshold, tuple) else (threshold,)
        comparisons = ("at_least", "at_most") if isinstance(threshold, tuple) else (criterion.operator,)
        for comparison, number in zip(comparisons, numbers, strict=True):
            labels = {**named, "estimate": of, "criterion": str(index), "comparison": comparison}
            series.add("assay_control_threshold", number, **labels)
    undefined = sum(estimate.value is None for estimate in estimates)
    if estimates:
        series.add("assay_estimates_undefined", undefined, **named)


def _estimates(series: _Series, findings: tuple[Finding, ...]) -> None:
    """Headline estimates first, each kind in the order of the record."""
    defined = [(f, e) for f in findings for e in f.measured.estimates if e.value is not None]
    defined.sort(key=lambda pair: not pair[1].headline)
    for finding, estimate in defined[:MOST_ESTIMATES]:
        _estimate(series, finding, estimate)
    series.add("assay_estimates_left_out", len(defined) - len(series.samples["assay_estimate"]))


def _estimate(series: _Series, finding: Finding, estimate: Estimate) -> None:
    if estimate.value is None:
        return
    labels = {
        "policy": finding.policy, "control": finding.control, "estimate": estimate.name,
        "grouping": estimate.grouping, "group": estimate.group, "reference": estimate.reference, "of": estimate.of,
    }  # fmt: skip
    if not series.add("assay_estimate", estimate.value, **labels):
        return
    if estimate.interval is not None:
        low, high = estimate.interval.low, estimate.interval.high
        series.add("assay_estimate_low", -inf if low is None else low, **labels)
        series.add("assay_estimate_high", inf if high is None else high, **labels)
    series.add("assay_estimate_sample_size", estimate.n, **labels)


def _decisions(series: _Series, recorded: Recorded) -> None:
    for waiver in recorded.gate.waivers:
        labels = {"waiver": waiver.id, **_of_control(waiver.control)}
        series.add("assay_waiver_holds", waiver.holds, **labels)
        series.add("assay_waiver_end_timestamp_seconds", _end(waiver.expires), **labels)
    for said in recorded.gate.attestations:
        labels = {"attestation": said.id, **_of_control(said.control)}
        series.add("assay_attestation_counts", said.counts, **labels)
        series.add("assay_attestation_end_timestamp_seconds", _end(said.expires), **labels)


def _of_control(id: str) -> dict[str, str]:  # noqa: A002
    policy, _, control = id.partition("/")
    return {"policy": policy, "control": control}


def _period_ends(recorded: Recorded) -> Iterator[tuple[str, float]]:
    """Of each data set whose last day the manifest says."""
    data = at(recorded.audit.manifest, "data")
    for role in data if isinstance(data, Mapping) else ():
        try:
            yield role, _end(date.fromisoformat(at(data, f"{role}.period.end") or ""))
        except (TypeError, ValueError):
            continue


def _end(day: date) -> float:
    """The end of a whole UTC day."""
    return datetime.combine(day, time(), tzinfo=UTC).timestamp() + _DAY


def _label(text: str) -> str:
    return legible(text).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float | bool) -> str:
    """As briefly as it can be told in full."""
    if value in (inf, -inf):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
