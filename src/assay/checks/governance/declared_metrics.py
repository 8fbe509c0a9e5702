"""Declared metrics, computed again: what the owner wrote down beside what the data give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.checks.exhibit import columns
from assay.checks.registry import Check, CheckParameters, Context, check, find
from assay.evidence.request import Needs
from assay.evidence.value import Evidence, EvidenceMissing
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.record.manifest import DeclaredMetric

BY_NAME = {
    "accuracy": "performance.accuracy",
    "auc": "performance.auc",
    "average_precision": "performance.average_precision",
    "balanced_accuracy": "performance.balanced_accuracy",
    "brier": "performance.brier",
    "brier_skill": "performance.brier",
    "expected_calibration_error": "performance.expected_calibration_error",
    "f1": "performance.f1",
    "gini": "performance.auc",
    "ks": "performance.ks",
    "log_loss": "performance.log_loss",
    "matthews_correlation": "performance.matthews",
    "mean_absolute_error": "performance.mean_absolute_error",
    "mean_absolute_percentage_error": "performance.mean_absolute_percentage_error",
    "mean_residual": "performance.mean_residual",
    "observed_expected": "performance.calibration",
    "precision": "performance.precision",
    "r_squared": "performance.r_squared",
    "recall": "performance.recall",
    "root_mean_squared_error": "performance.root_mean_squared_error",
    "specificity": "performance.specificity",
}
"""Name of a declared metric → the check whose estimate of that name it is."""


class Parameters(CheckParameters):
    """None."""


def _declared(view: SubjectView) -> tuple[DeclaredMetric, ...]:
    metrics = view.manifest.metrics
    return tuple(each for each in (metrics.declared if metrics else None) or () if each.kind == "statistical")


def _why_not(metric: DeclaredMetric) -> str | None:
    """Why a metric cannot be computed again by what the manifest says; None where it can."""
    if metric.value is None:
        return "no value is declared"
    if metric.name not in BY_NAME:
        return "it is none of the names that are computed"
    return "it is of a part of the data" if metric.slice is not None else None


def _again(view: SubjectView) -> Iterator[tuple[DeclaredMetric, Check, Needs]]:
    """The metrics that can be computed again, by which check, of what."""
    for metric in _declared(view):
        if _why_not(metric) is None:
            made = find(BY_NAME[metric.name])
            yield metric, made, made.needs(made.parameters(**_where(metric)), view)


def _where(metric: DeclaredMetric) -> dict[str, str]:
    return {"data": metric.dataset or "test"}


def needs(p: Parameters, view: SubjectView) -> Needs:  # noqa: ARG001
    """What the checks of the declared metrics need."""
    requests = dict.fromkeys(request for _, _, asked in _again(view) if not asked.missing for request in asked.requests)
    missing = () if _declared(view) else ("metrics.declared.*.kind: statistical",)
    return Needs(tuple(requests), missing)


@check(
    "governance.declared_metrics",
    version=1,
    estimates={"difference_from_declared": "lower", "share_computed_again": "higher"},
    honours=("weight", "entity"),
)
def declared_metrics(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The statistical metrics that the owner declares come out again when they are computed from the data.

    Method: each metric of `metrics.declared` of kind statistical whose name a check has an estimate for (accuracy, auc,
        average_precision, balanced_accuracy, brier, brier_skill, expected_calibration_error, f1, gini, ks, log_loss,
        matthews_correlation, mean_absolute_error, mean_absolute_percentage_error, mean_residual, observed_expected,
        precision, r_squared, recall, root_mean_squared_error, specificity) is computed by that check on the dataset
        that it names, test where it names none, and by the model where the data hold no score. The estimate
        `difference_from_declared` is the size of the declared value less the computed one, in the metric's own unit: a
        fact about these data, without sampling error. The estimate `share_computed_again` is the metrics that were
        computed over all statistical ones that are declared.
    Evidence: that of the checks which compute the metrics.
    Inconclusive when: no statistical metric is declared; none can be computed again; one that can is not defined.
    Limits: a metric without a value, of another name or of a part of the data has no difference: only the share tells
        of it. A declared value was rounded: the threshold has to leave room for that. Whether a metric that comes out
        again is good enough, this does not ask. Financial, computational and business metrics are not computed.
    Source: none; the metrics have the sources of their checks.
    """
    declared = _declared(context.view)
    again = {metric: (made, asked) for metric, made, asked in _again(context.view)}
    computed = [(metric, *_computed(metric, again.get(metric), evidence, context)) for metric in declared]
    differences = tuple(_difference(*each) for each in dict.fromkeys(computed) if _why_not(each[0]) is None)
    known = sum(value is not None for _, value, _ in computed)
    share = Estimate(
        name="share_computed_again", value=known / len(declared), n=len(declared), numerator=known,
        denominator=len(declared), basis="exact", method="computed over declared",
    )  # fmt: skip
    table = Exhibit(
        name="declared",
        title="Declared metrics, computed again",
        columns=columns(
            ("metric", "Metric", "text"), ("data", "Data", "text"), ("declared", "Declared", "number"),
            ("computed", "Computed", "number"), ("note", "Note", "text"),
        ),
        rows=tuple((metric.name, _where(metric)["data"], metric.value, value, why) for metric, value, why in computed),
    )  # fmt: skip
    nothing = Estimate(
        name="difference_from_declared", grouping="metric", undefined="no declared metric can be computed again",
        undefined_as="evidence_missing",
    )  # fmt: skip
    return Measured(estimates=(*(differences or (nothing,)), share), exhibits=(table,))


def _computed(
    metric: DeclaredMetric, again: tuple[Check, Needs] | None, evidence: Evidence, context: Context
) -> tuple[float | None, str | None]:
    """The metric, or why there is none."""
    if again is None:
        return None, _why_not(metric)
    made, asked = again
    if asked.missing:
        return None, f"the manifest lacks {', '.join(asked.missing)}"
    try:
        measured = made.measure(evidence, made.parameters(**_where(metric)), replace(context, decide_on="interval"))
    except EvidenceMissing as missing:
        return None, str(missing)
    found = [each for each in measured.estimates if each.name == metric.name]
    if len(found) != 1:
        return None, f"{made.id} has {len(found)} estimates of this name"
    if found[0].bound:
        return None, f"from scores in bins it is known to {found[0].bound:.2g} only"
    return found[0].value, found[0].undefined


def _difference(metric: DeclaredMetric, value: float | None, why: str | None) -> Estimate:
    name, of = "difference_from_declared", f"{metric.name} of {_where(metric)['data']}, declared as {metric.value}"
    if value is None or metric.value is None:
        return Estimate(
            name=name, grouping="metric", group=of, undefined=f"{of}: {why}", undefined_as="evidence_missing"
        )
    return Estimate(
        name=name, grouping="metric", group=of, value=abs(metric.value - value), n=1, basis="exact",
        method="|declared - computed|",
    )  # fmt: skip
