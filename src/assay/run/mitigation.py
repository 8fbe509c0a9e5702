"""What other decisions could reach where a comparison of rates fails: an analysis, never applied, never judged.

Beside the decision in use stand fairlearn's ThresholdOptimizer and the candidates of the manifest, each with its
disparity and its accuracy. What it takes is read once a control has failed, and what cannot be had is left out: an
analysis stops no audit. It starts no model that the controls do without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from assay.checks.exhibit import Unit, columns
from assay.checks.registry import CheckParameters, GroupParameters
from assay.engines.score import asks_model
from assay.evidence.cells import Cells, group_name
from assay.evidence.group_scores import GroupScores
from assay.evidence.keys import CANDIDATE, DECISION, LABEL, grouping_keys
from assay.evidence.rates import Rate
from assay.evidence.request import CellsRequest, GroupScoresRequest, Request
from assay.evidence.value import Evidence, EvidenceFailed
from assay.evidence.view import SubjectView
from assay.record.estimate import Exhibit
from assay.record.finding import Finding
from assay.run.second import METRICS
from assay.run.thresholds import OPTIMIZER, Table, optimised
from assay.stats.comparison import difference_interval, ratio_interval
from assay.stats.proportion import wilson
from assay.verdict.rollup import conclude_again

CONSTRAINTS = {
    "fairness.impact_ratio": "demographic_parity",
    "fairness.parity_difference": "demographic_parity",
    "fairness.significance": "demographic_parity",
    "fairness.equal_opportunity": "true_positive_rate_parity",
    "fairness.false_positive_rate": "false_positive_rate_parity",
    "fairness.false_negative_rate": "false_negative_rate_parity",
    "fairness.equalised_odds": "equalized_odds",
}
"""Check → what fairlearn calls the parity that it asks for."""
IN_USE = "In use"
NOTE = (
    "fairlearn's ThresholdOptimizer chooses thresholds for each group, so that most decisions are right, for these "
    "very people: on others they reach less, and the decisions in use may weigh one error above the other. To decide "
    "by group may itself be unlawful."
)
MOST_FINDINGS, MOST_GROUPS = 10, 30
"""That are analysed: findings of an audit, the worst first, and groups of a grouping, beyond which it is left out."""
Fitted = dict[tuple[Request, str], dict[str, Table]]
"""Scores and parity → what the optimizer found, once for all controls."""


@dataclass(frozen=True)
class Asked:
    """What the analysis of one grouping takes."""

    in_use: CellsRequest
    scores: GroupScoresRequest | None
    candidates: Mapping[str, CellsRequest]

    @property
    def requests(self) -> tuple[Request, ...]:
        """All of it."""
        return (self.in_use, *(() if self.scores is None else (self.scores,)), *self.candidates.values())


def possible(
    check: str, parameters: CheckParameters | None, view: SubjectView, scored: frozenset[str]
) -> dict[str, Asked]:
    """For each grouping that the check compares, what its analysis would take; nothing where there would be none.

    `scored`: the datasets whose rows the model scores for some control.
    """
    given = view.manifest.columns
    if check not in CONSTRAINTS or not isinstance(parameters, GroupParameters):
        return {}
    if given is None or given.label is None or given.decision is None:
        return {}
    if given.weight is not None or given.entity is not None:
        return {}
    if getattr(parameters, "classes", ()) or getattr(parameters, "positive", "favourable") != "favourable":
        return {}
    found: dict[str, Asked] = {}
    for grouping in view.groupings(parameters.groups):
        data, where, keys = parameters.data, parameters.where, grouping_keys(grouping)
        scores = GroupScoresRequest(data, grouping, where)
        beyond = asks_model(scores, view.manifest) and data not in scored
        one = Asked(
            CellsRequest(data, (LABEL, DECISION, *keys), where),
            None if given.score is None or given.score.kind == "value" or beyond else scores,
            {name: CellsRequest(data, (LABEL, CANDIDATE + name, *keys), where) for name in given.candidates},
        )
        if one.scores is not None or one.candidates:
            found[grouping] = one
    return found


def to_analyse(
    pairs: Sequence[tuple[Finding, CheckParameters | None]], view: SubjectView, scored: frozenset[str]
) -> list[tuple[Finding, str, Asked]]:
    """What is analysed of these findings, which stand in the order of the record: of each one grouping."""
    found = []
    for finding, parameters in pairs:
        if finding.outcome != "fail" or finding.check is None:
            continue
        asked = possible(finding.check.id, parameters, view, scored)
        failing = [grouping for grouping in _failing(finding) if grouping in asked] if asked else []
        if failing:
            found.append((finding, failing[0], asked[failing[0]]))
    return found[:MOST_FINDINGS]


def _failing(finding: Finding) -> list[str]:
    """The groupings in which an estimate fails: attributes before intersections, and first that which decides."""
    groupings = {estimate.id: estimate.grouping for estimate in finding.measured.estimates}
    leading = conclude_again(finding).leading
    failed = [one.estimate for one in finding.judgements if one.outcome == "fail"]
    first = [leading.estimate] if leading is not None else []
    found = dict.fromkeys(grouping for one in (*first, *failed) if (grouping := groupings.get(one)) is not None)
    return sorted(found, key=lambda grouping: "*" in grouping)


def mitigation(
    finding: Finding, grouping: str, asked: Asked, evidence: Evidence, view: SubjectView, fitted: Fitted
) -> Exhibit | None:
    """The trade-off in one grouping; nothing where there is nothing to compare the decision in use with."""
    control = _Control.of(finding)
    decided = {IN_USE: _decided(asked.in_use, evidence)}
    if len(decided[IN_USE]) > MOST_GROUPS:
        return None
    decided |= {f"Candidate {name}": _decided(one, evidence) for name, one in asked.candidates.items()}
    scores = None if asked.scores is None else _scores(asked.scores, evidence)
    if scores is not None and asked.scores is not None and len(scores.groups) <= MOST_GROUPS + 1:
        key = asked.scores, control.constraint
        if key not in fitted:
            fitted[key] = optimised(scores, view.manifest, control.constraint)
        decided |= fitted[key]
    rows = [(name, *row) for name, table in decided.items() if table and (row := control.row(table)) is not None]
    if len(rows) < 2 or rows[0][0] != IN_USE:
        return None
    unit: Unit
    word, unit = ("Lowest ratio of two groups", "ratio") if control.ratio else ("Largest difference", "number")
    given = columns(
        ("label", "Decisions", "text"), ("disparity", word, unit), ("low", "From", unit), ("high", "To", unit),
        ("accuracy", "Right decisions", "rate"), ("accuracy_low", "From", "rate"), ("accuracy_high", "To", "rate"),
        ("people", "People", "count"),
    )  # fmt: skip
    return Exhibit(
        name=f"mitigation[{grouping}]",
        title=f"What other decisions could reach, by {grouping.replace('*', ' and ')}: analysis, never applied",
        columns=given,
        rows=tuple(rows),
        chart="tradeoff",
        note=NOTE if any(str(name).startswith(OPTIMIZER) for name, *_ in rows) else None,
    )


@dataclass(frozen=True)
class _Control:
    """What the control compares."""

    constraint: str
    rates: tuple[Rate, ...]
    ratio: bool
    minimum: int
    confidence: float

    @classmethod
    def of(cls, finding: Finding) -> _Control:
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


def _scores(request: GroupScoresRequest, evidence: Evidence) -> GroupScores | None:
    try:
        return evidence.group_scores(request)
    except (LookupError, EvidenceFailed):
        return None


def _decided(request: CellsRequest, evidence: Evidence) -> Table:
    """Nothing where the audit has no such evidence."""
    try:
        cells: Cells = evidence.cells(request)
    except (LookupError, EvidenceFailed):
        return {}
    table: Table = {}
    for (label, decision, *levels), n in zip(cells.rows, cells.counts, strict=True):
        if decision is not None and None not in levels:
            table.setdefault(group_name(levels), {})[label, decision] = n
    return table
