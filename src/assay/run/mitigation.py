"""What other decisions could reach where a comparison of rates fails: an analysis, never applied, never judged.

Beside the decision in use stand fairlearn's ThresholdOptimizer and the candidates of the manifest, each with its
disparity and its accuracy. No column is read for it: it is made where the controls of the audit together read what it
takes, scores of the groups by label for the optimizer, decisions of the candidates for these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from assay.checks.exhibit import Unit, columns
from assay.checks.registry import CheckParameters, GroupParameters
from assay.engines.score import event_class
from assay.errors import AssayError
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Cells, Level, group_name
from assay.evidence.group_scores import GroupScores
from assay.evidence.rates import Rate
from assay.evidence.request import (
    CANDIDATE,
    DECISION,
    LABEL,
    CellsRequest,
    GroupScoresRequest,
    Request,
    grouping_keys,
)
from assay.evidence.value import Evidence, EvidenceFailed
from assay.evidence.view import SubjectView
from assay.record.codes import place_of
from assay.record.estimate import Exhibit
from assay.record.finding import Finding
from assay.run.second import METRICS
from assay.stats.comparison import difference_interval, ratio_interval
from assay.stats.proportion import wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CONSTRAINTS = {
    "fairness.impact_ratio": "demographic_parity",
    "fairness.parity_difference": "demographic_parity",
    "fairness.equal_opportunity": "true_positive_rate_parity",
    "fairness.false_positive_rate": "false_positive_rate_parity",
    "fairness.false_negative_rate": "false_negative_rate_parity",
    "fairness.equalised_odds": "equalized_odds",
}
"""Check → what fairlearn calls the parity that it asks for."""
TOLERANCES = (0.0, 0.05)
"""By how much the rates that the optimizer makes alike may differ."""
MOST_FITTED = 4_000
"""People for whom thresholds are chosen: the same shares of everybody, by largest remainders."""
IN_USE = "In use"
Table = dict[str, dict[tuple[Level, Level], float]]
"""Group → label and decision → people."""


def asked_beside(
    compared: Iterable[tuple[str, CheckParameters | None]], requests: Collection[Request], view: SubjectView
) -> Iterator[Request]:
    """The labels beside the decisions in use, where the controls have scores of the same groups by label read anyway.

    So no audit reads a column, or stops at a value of it, for the sake of an analysis alone.
    """
    for check, parameters in compared:
        for in_use, scores, *_ in _requests(check, parameters, view).values():
            if scores in requests:
                yield in_use


def _requests(check: str, parameters: CheckParameters | None, view: SubjectView) -> dict[str, list[Request]]:
    """For each grouping: decisions in use, scores, and decisions of each candidate."""
    given = view.manifest.columns
    if check not in CONSTRAINTS or not isinstance(parameters, GroupParameters):
        return {}
    if given is None or given.label is None or given.decision is None:
        return {}
    if given.weight is not None or given.entity is not None:
        return {}
    if getattr(parameters, "classes", ()) or getattr(parameters, "positive", "favourable") != "favourable":
        return {}
    found: dict[str, list[Request]] = {}
    for grouping in view.groupings(parameters.groups):
        data, where, keys = parameters.data, parameters.where, grouping_keys(grouping)
        found[grouping] = [
            CellsRequest(data, (LABEL, DECISION, *keys), where),
            GroupScoresRequest(data, grouping, where),
            *(CellsRequest(data, (LABEL, CANDIDATE + name, *keys), where) for name in given.candidates),
        ]
    return found


def mitigation(
    finding: Finding, parameters: CheckParameters | None, evidence: Evidence, view: SubjectView
) -> tuple[Exhibit, ...]:
    """One trade-off per grouping; nothing where there is nothing to compare the decision in use with."""
    if finding.outcome != "fail" or finding.check is None:
        return ()
    asked = _requests(finding.check.id, parameters, view)
    made = (_tradeoff(grouping, requests, finding, evidence, view) for grouping, requests in asked.items())
    return tuple(exhibit for exhibit in made if exhibit is not None)


def _tradeoff(
    grouping: str, requests: Sequence[Request], finding: Finding, evidence: Evidence, view: SubjectView
) -> Exhibit | None:
    decided = {IN_USE: _decided(requests[0], evidence)}
    for name, request in zip(
        view.manifest.columns.candidates if view.manifest.columns else (), requests[2:], strict=True
    ):
        decided[f"Candidate {name}"] = _decided(request, evidence)
    asked = _Asked.of(finding)
    decided |= dict(_optimised(requests[1], asked, evidence, view))
    rows = [(name, *row) for name, table in decided.items() if table and (row := asked.row(table)) is not None]
    if len(rows) < 2 or rows[0][0] != IN_USE:
        return None
    unit: Unit
    word, unit = ("Lowest ratio", "ratio") if asked.ratio else ("Largest difference", "number")
    given = columns(
        ("label", "Decisions", "text"), ("disparity", word, unit), ("low", "From", unit), ("high", "To", unit),
        ("accuracy", "Accuracy", "rate"), ("accuracy_low", "From", "rate"), ("accuracy_high", "To", "rate"),
        ("people", "People", "count"),
    )  # fmt: skip
    return Exhibit(
        name=f"mitigation[{grouping}]",
        title=f"What other decisions could reach, by {grouping.replace('*', ' and ')}: analysis, never applied",
        columns=given,
        rows=tuple(rows),
        chart="tradeoff",
        note="Thresholds chosen by fairlearn's ThresholdOptimizer for these very people, one or two per group: on "
        "others they reach less. To decide by group may itself be unlawful.",
    )


@dataclass(frozen=True)
class _Asked:
    """What the control compares."""

    constraint: str
    rates: tuple[Rate, ...]
    ratio: bool
    minimum: int
    confidence: float

    @classmethod
    def of(cls, finding: Finding) -> _Asked:
        assert finding.check is not None  # noqa: S101  mitigation has asked
        rates, compare = METRICS[finding.check.id], finding.check.parameters.get("compare")
        chosen = {name: rate for name, rate in rates.items() if compare is None or name.endswith(f"_{compare}")}
        return cls(
            CONSTRAINTS[finding.check.id],
            tuple(Rate(rate) for rate in chosen.values()),
            any(name.endswith("_ratio") for name in chosen),
            finding.small_groups.minimum if finding.small_groups else 1,
            finding.criteria[0].confidence,
        )

    def row(self, table: Table) -> tuple[float | int, ...] | None:
        """Disparity and accuracy with their intervals, and how many people; None where one of them is not there."""
        disparity = self._disparity(table)
        labelled = [(pair, n) for group in table.values() for pair, n in group.items() if None not in pair]
        people = sum(n for _, n in labelled)
        if disparity is None or people < 1:
            return None
        right = min(sum(n for (label, decision), n in labelled if label == decision), people)
        return (*disparity, right / people, *wilson(right, people, self.confidence), round(people))

    def _disparity(self, table: Table) -> tuple[float, float, float] | None:
        pairs = [pair for rate in self.rates for pair in combinations(self._rated(rate, table), 2)]
        if not pairs or (self.ratio and any(not max(a / n, b / m) for (a, n), (b, m) in pairs)):
            return None
        each = 1 - (1 - self.confidence) / len(pairs)
        ends = [self._folded(one, other, each) for one, other in pairs]
        extreme = min if self.ratio else max
        value, low, high = (extreme(end[place] for end in ends) for place in range(3))
        return value, low, high

    def _folded(
        self, one: tuple[float, float], other: tuple[float, float], confidence: float
    ) -> tuple[float, float, float]:
        """Of the lower rate over the higher one, or of the absolute difference: whichever of the two is which."""
        lower, higher = sorted((one, other), key=lambda rate: rate[0] / rate[1])
        a, b = lower[0] / lower[1], higher[0] / higher[1]
        if self.ratio:
            interval = ratio_interval(lower, higher, confidence)
            low, high = interval.low or 0.0, interval.high
            return a / b, min(low, 1 / high if high else 0.0), 1.0 if high is None else min(high, 1.0)
        interval = difference_interval(lower, higher, confidence)
        low, high = interval.low or 0.0, interval.high or 0.0
        return b - a, max(low, -high, 0.0), max(-low, high)

    def _rated(self, rate: Rate, table: Table) -> Iterator[tuple[float, float]]:
        """Hits and people who count of each group that has the minimum of them."""
        width = len(rate.keys)
        for group in table.values():
            counted = {pair: n for pair, n in group.items() if rate.counts(pair[-width:])}
            people = sum(counted.values())
            if people >= self.minimum:
                yield min(sum(n for pair, n in counted.items() if rate.hits(pair[-width:])), people), people


def _value(request: Request, evidence: Evidence) -> Any:
    """The evidence, where the audit has it."""
    try:
        if isinstance(request, GroupScoresRequest):
            return evidence.group_scores(request)
        return evidence.cells(request) if isinstance(request, CellsRequest) else None
    except (LookupError, EvidenceFailed):
        return None


def _decided(request: Request, evidence: Evidence) -> Table:
    cells: Cells | None = _value(request, evidence)
    table: Table = {}
    for (label, decision, *levels), n in zip(cells.rows, cells.counts, strict=True) if cells is not None else ():
        if decision is not None and None not in levels:
            table.setdefault(group_name(levels), {})[label, decision] = n
    return table


def _optimised(request: Request, asked: _Asked, evidence: Evidence, view: SubjectView) -> Iterator[tuple[str, Table]]:
    """What thresholds of each group's own decide about everybody who has a score; its draws are taken as they fall on
    average.
    """
    scores: GroupScores | None = _value(request, evidence)
    label = view.manifest.columns.label if view.manifest.columns else None
    if scores is None or scores.event is None or label is None:
        return
    try:
        favourable = place_of(label.favourable, [event_class(view.manifest)]) is not None
    except AssayError:
        return
    good, bad = (scores.events, scores.nonevents) if favourable else (scores.nonevents, scores.events)
    people = {FAVOURABLE: good.counts, UNFAVOURABLE: bad.counts, None: scores.unlabelled.counts}
    known = [None not in levels for levels in scores.groups]
    sign = 1.0 if favourable else -1.0
    for tolerance in TOLERANCES:
        yes = _thresholds(scores, sign, known, people, asked, tolerance)
        if yes is None:
            continue
        table: Table = {}
        for place, levels in enumerate(scores.groups):
            mine = scores.group == place
            if known[place]:
                table[group_name(levels)] = {
                    (level, decision): float((counts[mine] * share[mine]).sum())
                    for level, counts in people.items()
                    for decision, share in ((FAVOURABLE, yes), (UNFAVOURABLE, 1 - yes))
                }
        told = asked.constraint.replace("_", " ")
        yield f"ThresholdOptimizer, {told}" + (f" within {tolerance:g}" if tolerance else ""), table


def _thresholds(
    scores: GroupScores,
    sign: float,
    known: Sequence[bool],
    people: Mapping[Level, npt.NDArray[np.int64]],
    asked: _Asked,
    tolerance: float,
) -> npt.NDArray[np.float64] | None:
    """For each line how likely the favourable decision is; None where fairlearn finds no thresholds."""
    import numpy as np
    from fairlearn.postprocessing import ThresholdOptimizer

    lines = np.flatnonzero(np.array(known)[scores.group])
    counts = np.concatenate([people[FAVOURABLE][lines], people[UNFAVOURABLE][lines]])
    places = np.repeat(np.tile(lines, 2), _apportioned(counts, MOST_FITTED))
    labels = np.repeat(np.repeat([1, 0], len(lines)), _apportioned(counts, MOST_FITTED))
    optimizer = ThresholdOptimizer(
        estimator=_scored(), constraints=asked.constraint, prefit=True, predict_method="predict", tol=tolerance or None
    )
    try:
        optimizer.fit(
            (sign * scores.score[places]).reshape(-1, 1), labels, sensitive_features=scores.group[places].astype(str)
        )
    except Exception:  # noqa: BLE001  such as for a group of one label; an analysis stops no audit
        return None
    yes = np.zeros(len(scores.score))
    for group, found in optimizer.interpolated_thresholder_.interpolation_dict.items():
        mine = scores.group == int(group)
        ignored = float(found.get("p_ignore", 0.0))
        ways = [float(found[f"p{i}"]) * found[f"operation{i}"](sign * scores.score[mine]) for i in (0, 1)]
        yes[mine] = ignored * float(found.get("prediction_constant", 0.0)) + (1 - ignored) * sum(ways)
    return np.clip(yes, 0.0, 1.0)


def _apportioned(counts: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """At most that many people in the same shares, the left-over ones to the largest remainders."""
    import numpy as np

    total = int(counts.sum())
    if total <= most:
        return counts
    exact = counts * (most / total)
    whole: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")[: most - int(whole.sum())]
    whole[order] += 1
    return whole


def _scored() -> Any:
    """A fitted estimator whose prediction is the score that it is given."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Scored(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, scores: object, labels: object) -> Any:  # noqa: ARG002
            return self

        def predict(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return scores[:, 0]

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Scored()
