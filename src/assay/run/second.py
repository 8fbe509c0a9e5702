"""The second computation: fairlearn computes the group rates again, from the same cells, with counts as weights.

Where people have sampling weights, their sums in its place. Never its `n_boot`, which resamples cells; groups without
support are left out, because fairlearn calls their rate 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from assay.evidence.cells import FAVOURABLE, Cells, group_name
from assay.evidence.request import DECISION, LABEL, CellsRequest, Needs, grouping_keys
from assay.evidence.value import Evidence
from assay.record.audit import SecondComputation
from assay.record.estimate import Estimate
from assay.record.finding import Finding

LIBRARY = "fairlearn"
TOLERANCE = 1e-12
"""Of a number up to 1, and of the number itself beyond that."""

METRICS = {"fairness.impact_ratio": "selection_rate", "fairness.equal_opportunity": "true_positive_rate"}


def compute_again(pairs: Sequence[tuple[Needs, Finding]], evidence: Evidence, version: str) -> SecondComputation | None:
    """Compare every defined group estimate of the controls whose metric fairlearn knows.

    Differences are relative where the number is beyond 1. Where one is no number there is no largest one, and the two
    disagree.
    """
    compared, left_out = 0, []
    differences: list[float] = []
    for needs, finding in pairs:
        name = METRICS.get(finding.check.id) if finding.check else None
        if name is None or not finding.measured.estimates:
            continue
        for grouping in dict.fromkeys(e.grouping for e in finding.measured.estimates if e.grouping):
            rates = _rates(name, _cells((*_outcome_keys(name), *grouping_keys(grouping)), needs, evidence))
            for estimate in (e for e in finding.measured.estimates if e.grouping == grouping):
                again = _again(estimate, rates)
                if again is None:
                    left_out.append(f"{finding.id}: {estimate.id}")
                elif estimate.value is not None:
                    compared += 1
                    differences.append(abs(again - estimate.value) / max(1.0, abs(estimate.value)))
    if not compared and not left_out:
        return None
    largest = max(differences, default=None) if all(map(isfinite, differences)) else None
    return SecondComputation(
        library=LIBRARY,
        version=version,
        compared=compared,
        largest_difference=largest,
        left_out=tuple(left_out),
        agrees=all(each <= TOLERANCE for each in differences) if compared else None,
    )


def _cells(keys: tuple[str, ...], needs: Needs, evidence: Evidence) -> Cells:
    """The cells by these keys, of the rows that the check counted."""
    asked = next(request for request in needs.requests if isinstance(request, CellsRequest))
    return evidence.cells(CellsRequest(asked.data, keys, asked.where))


def _outcome_keys(metric: str) -> tuple[str, ...]:
    return (DECISION,) if metric == "selection_rate" else (LABEL, DECISION)


def _rates(metric: str, cells: Cells) -> dict[str, float]:
    """Group → rate, for the groups in which the metric has a denominator."""
    from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

    outcomes = _outcome_keys(metric)
    width = len(outcomes)
    amounts: Sequence[float] = cells.counts if cells.weights is None else cells.weights
    rows = [
        (levels, amount)
        for levels, amount in zip(cells.rows, amounts, strict=True)
        if amount and all(level is not None for level in levels[:width])
    ]
    groups = [group_name(levels[width:]) for levels, _ in rows]
    truth = [int(levels[0] == FAVOURABLE) for levels, _ in rows]
    predicted = [int(levels[width - 1] == FAVOURABLE) for levels, _ in rows]
    weights = [amount for _, amount in rows]
    if not rows:
        return {}
    function: Callable[..., Any] = selection_rate if metric == "selection_rate" else true_positive_rate
    frame = MetricFrame(
        metrics=function,
        y_true=truth,
        y_pred=predicted,
        sensitive_features=groups,
        sample_params={"sample_weight": weights},
    )
    supported = {group for group, positive in zip(groups, truth, strict=True) if metric == "selection_rate" or positive}
    return {group: float(rate) for group, rate in frame.by_group.items() if group in supported}


def _again(estimate: Estimate, rates: dict[str, float]) -> float | None:
    if estimate.value is None or estimate.group is None or estimate.reference is None:
        return None
    own, other = rates.get(estimate.group), rates.get(estimate.reference)
    if own is None or other is None:
        return None
    if estimate.shape == "difference":
        return own - other
    return own / other if other else None
