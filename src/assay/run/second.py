"""The second computation: fairlearn computes the group rates again, from the same cells, with counts as weights.

Where people have sampling weights, their sums in its place. Never its `n_boot`, which resamples cells; groups without
support are left out, because fairlearn calls their rate 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any

from assay.evidence.cells import Cells, group_name
from assay.evidence.keys import grouping_keys
from assay.evidence.rates import Rate, RateName, positive_level
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.record.audit import SecondComputation
from assay.record.estimate import Estimate
from assay.record.finding import Finding

LIBRARY = "fairlearn"
TOLERANCE = 1e-12
"""Of a number up to 1, and of the number itself beyond that."""

_ERRORS: tuple[RateName, ...] = (
    "false_discovery_rate",
    "false_negative_rate",
    "false_omission_rate",
    "false_positive_rate",
)
METRICS: dict[str, dict[str, RateName]] = {
    "fairness.equal_opportunity": {"equal_opportunity_difference": "true_positive_rate"},
    "fairness.equalised_odds": {
        "true_positive_rate_difference": "true_positive_rate",
        "false_positive_rate_difference": "false_positive_rate",
    },
    "fairness.impact_ratio": {"impact_ratio": "selection_rate"},
    "fairness.scoring_ratio": {"scoring_ratio": "scoring_rate"},
    "fairness.parity_difference": {"selection_rate_difference": "selection_rate"},
    "fairness.significance": {"selection_rate_difference": "selection_rate"},
    "fairness.predictive_parity": {
        "positive_predictive_value_difference": "positive_predictive_value",
        "positive_predictive_value_ratio": "positive_predictive_value",
    },
    **{f"fairness.{rate}": {f"{rate}_difference": rate, f"{rate}_ratio": rate} for rate in _ERRORS},
}
"""Check → the estimates that compare a rate, and which rate."""


def compute_again(pairs: Sequence[tuple[Needs, Finding]], evidence: Evidence, version: str) -> SecondComputation | None:
    """Compare every defined group estimate of the controls whose metric fairlearn knows.

    Differences are relative where the number is beyond 1. Where one is no number there is no largest one, and the two
    disagree.
    """
    compared, left_out = 0, []
    differences: list[float] = []
    for needs, finding in pairs:
        for rate, estimates in _asked(finding):
            for grouping in dict.fromkeys(each.grouping for each in estimates if each.grouping):
                rates = _rates(rate, _cells((*rate.keys, *grouping_keys(grouping)), needs, evidence))
                for estimate in (each for each in estimates if each.grouping == grouping):
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


def rates_compared(finding: Finding) -> int:
    """How many rates the control compares in each grouping, at most; 1 where it compares something else."""
    if finding.check is None:
        return 1
    classes = finding.check.parameters.get("classes", ())
    return max(len(METRICS.get(finding.check.id, {})), 1) * max(len(classes) if isinstance(classes, Sequence) else 0, 1)


def _asked(finding: Finding) -> Iterator[tuple[Rate, list[Estimate]]]:
    """The rates that a finding compares, each with its estimates."""
    if finding.check is None:
        return
    positive = finding.check.parameters.get("positive", "favourable")
    level = positive_level("unfavourable" if positive == "unfavourable" else "favourable")
    for name, rate in METRICS.get(finding.check.id, {}).items():
        compared = [each for each in finding.measured.estimates if each.name == name and each.grouping]
        for of in dict.fromkeys(each.of for each in compared):
            ties = finding.check.parameters.get("at_median") == "favourable"
            asked = Rate(rate, level, ties=ties) if of is None else Rate(rate, of, by_class=True)
            yield asked, [each for each in compared if each.of == of]


def _cells(keys: tuple[str, ...], needs: Needs, evidence: Evidence) -> Cells:
    """The cells by these keys, of the rows that the check counted."""
    asked = next(request for request in needs.requests if isinstance(request, CellsRequest))
    return evidence.cells(CellsRequest(asked.data, keys, asked.where))


def _rates(rate: Rate, cells: Cells) -> dict[str, float]:
    """Group → rate, for the groups in which it has a denominator."""
    from fairlearn.metrics import MetricFrame

    width = len(rate.keys)
    amounts: Sequence[float] = cells.counts if cells.weights is None else cells.weights
    rows = [
        (levels[:width], group_name(levels[width:]), amount)
        for levels, amount in zip(cells.rows, amounts, strict=True)
        if amount and None not in levels[:width]
    ]
    supported = {group for outcomes, group, _ in rows if rate.counts(outcomes)}
    if not supported:
        return {}
    frame = MetricFrame(
        metrics=_function(rate.name),
        y_true=[int(outcomes[0] == rate.positive) for outcomes, _, _ in rows],
        y_pred=[int(outcomes[-1] == rate.positive) for outcomes, _, _ in rows],
        sensitive_features=[group for _, group, _ in rows],
        sample_params={"sample_weight": [amount for _, _, amount in rows]},
    )
    return {group: float(rate) for group, rate in frame.by_group.items() if group in supported}


def _function(name: RateName) -> Callable[..., Any]:
    """What fairlearn calls the rate, or scikit-learn where fairlearn has none."""
    from fairlearn import metrics
    from sklearn.metrics import precision_score

    def precision(truth: Any, predicted: Any, sample_weight: Any) -> float:
        return float(precision_score(truth, predicted, sample_weight=sample_weight, zero_division=0))

    if name == "positive_predictive_value":
        return precision
    if name == "false_discovery_rate":
        return lambda truth, predicted, sample_weight: 1 - precision(truth, predicted, sample_weight)
    if name == "false_omission_rate":
        return lambda truth, predicted, sample_weight: 1 - precision(1 - truth, 1 - predicted, sample_weight)
    if name == "scoring_rate":
        name = "selection_rate"
    return getattr(metrics, name)  # type: ignore[no-any-return]


def _again(estimate: Estimate, rates: dict[str, float]) -> float | None:
    if estimate.value is None or estimate.group is None or estimate.reference is None:
        return None
    own, other = rates.get(estimate.group), rates.get(estimate.reference)
    if own is None or other is None:
        return None
    if estimate.shape == "difference":
        return own - other
    return own / other if other else None
