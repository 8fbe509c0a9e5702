"""The tables of a bundle read back, and how much work computing from them may take. What is given may be made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.checks.registry import CheckParameters, GroupParameters
from assay.evidence.cells import Cells
from assay.evidence.distributions import Distributions
from assay.evidence.group_scores import GroupScores
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.keys import DECISION, ENTITY, QUERY, grouping_keys
from assay.evidence.merging import covers
from assay.evidence.moments import Moments
from assay.evidence.paired_scores import PairedScores
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.reading import Table, read_table
from assay.evidence.request import (
    CellsRequest,
    HistoryRequest,
    MomentsRequest,
    Needs,
    Request,
    RetrainedRequest,
    RowsRequest,
    UncertainRequest,
)
from assay.evidence.residuals import Residuals
from assay.evidence.scores import Scores
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.evidence.uncertain import UncertainGroups
from assay.evidence.value import Value
from assay.evidence.view import SubjectView
from assay.record.audit import Audit
from assay.record.finding import Finding
from assay.run.mitigation import MOST_GROUPS, Asked
from assay.run.second import rates_compared
from assay.run.thresholds import TOLERANCES

MOST_PAIRS = 150_000
"""Comparisons of groups in one grouping."""
MOST_WORK = 10**9
"""Microseconds, about, that all controls together may take."""
_LINE, _PAIR, _CONTROL, _COLUMN, _FIT, _CURVE = 5, 100, 1_000, 300_000, 50_000, 1_000_000
"""Microseconds of a line of a table, of two groups compared, of a control, of a column of a profile, of thresholds for
a group, of the scores of a group drawn anew, at the worst."""
DRAWN = ("concentration", "ks", "matthews", "metric", "migration")
"""Checks of performance that draw the people of a whole table anew."""
_BIN = 3_000
"""Microseconds of a bin in the tables that are drawn without drift, at the worst."""
_STRATUM, _BOSCHLOO = 1_000, 10_000_000
"""Microseconds of two groups compared within a stratum, and of Boschloo's test of one pair, at the worst."""
_MOST_BOSCHLOO = 2
"""Pairs of the largest number of people, beyond which a grouping is tested otherwise."""


class NotComputed(Exception):
    """A control, or all of them, that cannot be computed again: a limit of this program, not a fault of the record."""


class Contradiction(Exception):
    """The record cannot have come from a check: a difference."""


@dataclass
class EvidenceAgain:
    """What the tables of a record answer, each of them read once."""

    audit: Audit
    view: SubjectView
    files: Mapping[str, bytes]
    values: dict[Request, Value] = field(default_factory=dict)
    read: dict[str, str | None] = field(default_factory=dict)
    """What was asked → what is wrong with its table."""
    work: int = 0

    def require(self, request: Request, finding: Finding) -> None:
        """The table that answers the request is there and has been read."""
        if isinstance(request, RowsRequest):
            raise NotComputed("rows and their attributions never enter a bundle")
        if not self.has(request):
            if isinstance(request, HistoryRequest) and not finding.measured.estimates:
                raise NotComputed("there was no ledger")
            if isinstance(request, RetrainedRequest) and not finding.measured.estimates:
                raise NotComputed("the training was not run again")
            raise Contradiction(f"the evidence does not answer what it asks: {told(request)}")

    def has(self, request: Request) -> bool:
        """Whether a table answers the request. Contradiction where the one that should is none."""
        question = told(request)
        if question not in self.read:
            self.read[question] = self._read(request, question)
        if (wrong := self.read[question]) is not None:
            raise Contradiction(wrong)
        return any(covers(answered, request) for answered in self.values)

    def _read(self, request: Request, question: str) -> str | None:
        """Read the tables with this answer; what is wrong with one of them."""
        for file in (one for one in self.audit.evidence if one.role == question):
            data = self.files.get(file.path)
            if data is None:
                return f"its evidence {file.path[:200]} is not there or too large"
            self.work += len(data)  # about a microsecond for each byte that is read
            self._require_work()
            try:
                answered, value = read_table(request, data)
            except UnreadableTable as error:
                return f"its evidence {file.path[:200]} cannot be read: {error}"
            if answered in self.values:
                return f"there are two tables for the same: {question}"
            if (wrong := self._undeclared(request, value)) is not None:
                return f"its evidence {file.path[:200]} is not of this manifest: {wrong}"
            self.values[answered] = value
        return None

    def _undeclared(self, request: Request, value: Table) -> str | None:
        """What in the table the columns of the manifest do not say; None where they say all of it."""
        columns = self.view.manifest.columns
        weight, entity, score = (columns.weight, columns.entity, columns.score) if columns else (None, None, None)
        if isinstance(value, (Cells, Scores)) and (value.weights is None) != (weight is None):
            return "its weights are not those the manifest declares"
        if isinstance(value, (Moments, Residuals)) and value.weighted != (weight is not None):
            return "its weights are not those the manifest declares"
        if isinstance(value, (Moments, Residuals)) and (ENTITY in value.keys) != (entity is not None):
            return "its entities are not those the manifest declares"
        if isinstance(value, Moments) and isinstance(request, MomentsRequest):
            ranked = request.of == "exposure" and columns is not None and columns.query is not None
            if (QUERY in value.keys) != ranked:
                return "its ranked lists are not those the manifest declares"
        if isinstance(value, GroupScores) and value.weighted != (weight is not None):
            return "its weights are not those the manifest declares"
        if isinstance(value, Scores) and (value.group is None) != (entity is None):
            return "its entities are not those the manifest declares"
        if isinstance(value, (Scores, GroupScores)) and value.probability != (
            score is not None and score.kind == "probability"
        ):
            return "its scores are not of the kind that the manifest declares"
        if isinstance(value, PairedScores) and value.event is not None:
            champion = columns.champion_score if columns else None
            kinds = {each.kind for each in (score, champion) if each is not None}
            if bool(value.losses) != (kinds == {"probability"}) or weight is not None or entity is not None:
                return "its scores are not of the kind that the manifest declares"
        if isinstance(request, UncertainRequest) and isinstance(value, UncertainGroups):
            declared = columns.groups.get(request.attribute) if columns else None
            if declared is None or list(value.groups) != sorted(declared.probabilities or ()):
                return "its groups are not those the manifest declares"
        return None

    def _groupings(self, parameters: CheckParameters) -> tuple[str, ...]:
        return self.view.groupings(parameters.groups) if isinstance(parameters, GroupParameters) else ()

    def spend(self, needs: Needs, parameters: CheckParameters, finding: Finding) -> None:
        """Count what the control will cost. Raises NotComputed where that is beyond every limit."""
        rates = rates_compared(finding)
        self.work += (
            5 * _CURVE
            if finding.check is not None and finding.check.id.removeprefix("performance.") in DRAWN
            else _CONTROL
        )
        for request in needs.requests:
            value = next(value for answered, value in self.values.items() if covers(answered, request))
            if isinstance(value, Cells) and isinstance(request, CellsRequest):
                self._spend_on_cells(value, request, parameters, finding, rates)
            else:
                self.work += _of_value(value, finding)
        self._require_work()

    def _spend_on_cells(
        self, value: Cells, request: CellsRequest, parameters: CheckParameters, finding: Finding, rates: int
    ) -> None:
        groupings = [one for one in self._groupings(parameters) if {*grouping_keys(one)} <= {*request.keys}]
        self.work += _LINE * len(value.rows) * (2 + 3 * max(len(groupings), 1) * rates)
        self._require_work()
        for grouping in groupings:
            groups = len(value.over(grouping_keys(grouping)).rows)
            pairs = _pairs(groups, f" of {grouping[:80]}", parameters, finding)
            strata = 1
            if hasattr(parameters, "strata"):
                within = tuple(key for key in request.keys if key not in {*grouping_keys(grouping), DECISION, ENTITY})
                strata += len(value.over(within).rows)
                self.work += 2 * _LINE * len(value.rows) * groups
            self.work += _PAIR * rates * pairs if strata == 1 else _STRATUM * rates * pairs * strata
            if getattr(parameters, "test", None) == "boschloo":
                self.work += _BOSCHLOO * min(rates * pairs, _MOST_BOSCHLOO)

    def spend_on_thresholds(self, asked: Asked) -> None:
        """Count what an analysis will cost. Raises NotComputed where that is beyond every limit."""
        for request in asked.requests:
            value = next((value for answered, value in self.values.items() if covers(answered, request)), None)
            if isinstance(value, GroupScores):
                self.work += (len(TOLERANCES) + 1) * (_FIT * (MOST_GROUPS + 1) + _LINE * len(value.score))
            elif isinstance(value, Cells):
                self.work += _LINE * len(value.rows) * 4 + _PAIR * 2 * MOST_GROUPS**2
        self._require_work()

    def _require_work(self) -> None:
        if self.work > MOST_WORK:
            raise NotComputed("computing all controls again takes more work than is done")


def _of_value(value: Value, finding: Finding) -> int:
    """What a check does with a table that holds no cells."""
    match value:
        case Moments():
            groups = len({levels[: len(value.keys)] for levels in value.rows})
            return _LINE * len(value.rows) * (2 + groups) + _PAIR * 2 * _pairs(groups, "", None, finding)
        case GroupScores():
            groups = len(value.groups)
            return _LINE * len(value.score) * 4 + _CURVE * groups + _PAIR * _pairs(groups, "", None, finding)
        case UncertainGroups():
            groups = len(value.groups)
            return _LINE * len(value.bins) * (2 + groups) + 5 * _PAIR * _pairs(groups, "", None, finding)
        case Residuals():
            return _LINE * len(value.rows) * 30
        case Scores():
            return _LINE * len(value.score)
        case Proxies():
            folds = sum(len(fold.scores) for one in value.told for fold in one.folds)
            return _LINE * folds + _PAIR * 10 * len(value.told)
        case Flips():
            return _PAIR * sum(1 + len(each.changes) for each in value.features)
        case Neighbours():
            return _LINE * (len(value.features) + 2 * value.k)
        case Profile():
            return _COLUMN * len(value.columns) + _BIN * sum(len(column.bins) for column in value.columns)
        case Distributions():
            return _COLUMN * len(value.columns) + _LINE * sum(len(column.counts) for column in value.columns)
    return 0


def _pairs(groups: int, told_of: str, parameters: CheckParameters | None, finding: Finding) -> int:
    """How often two groups of a grouping are compared, at most."""
    each = getattr(parameters, "reference", "highest") == "highest" and finding.criteria[0].decide_on == "interval"
    pairs = groups * groups // 2 if each or parameters is None else groups
    if pairs > MOST_PAIRS:
        raise NotComputed(f"{groups} groups{told_of} are more than are compared again")
    return pairs
