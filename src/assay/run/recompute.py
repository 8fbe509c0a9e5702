"""The estimates of a bundle once more, from its evidence through the checks that are installed here.

Nothing outside the record and the tables is read. What is given may be made up: every table is read with limits, and
so much work as a large audit takes is done and no more.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from assay.checks.registry import Check, CheckParameters, GroupParameters, exists, find
from assay.errors import AssayError, ManifestError
from assay.evidence.cells import Cells
from assay.evidence.group_scores import GroupScores
from assay.evidence.moments import Moments
from assay.evidence.proxies import Proxies
from assay.evidence.reading import Table, read_table
from assay.evidence.request import (
    ENTITY,
    CellsRequest,
    HistoryRequest,
    MomentsRequest,
    Needs,
    ProfileRequest,
    Request,
    RowsRequest,
    covers,
    grouping_keys,
    told,
)
from assay.evidence.scores import Scores
from assay.evidence.table import UnreadableTable
from assay.evidence.value import Evidence, Value
from assay.evidence.view import SubjectView
from assay.record.audit import Audit
from assay.record.finding import CheckRecord, Finding, Measured
from assay.record.manifest import Manifest
from assay.record.policy import SmallGroups
from assay.run.compared import differences, same
from assay.run.decide import context_of, measured_by
from assay.run.plan import needs_of
from assay.run.second import LIBRARY, METRICS, compute_again, rates_compared
from assay.source import parse_source
from assay.subject.manifest import read_manifest

MANIFEST = "policy/model.yaml"
NOT_SAID = "evidence"
"""What records of earlier versions say of each table."""
MOST_TOLD = 100
MOST_PAIRS = 150_000
"""Comparisons of groups in one grouping."""
MOST_WORK = 10**9
"""Microseconds, about, that all controls together may take."""
_LINE, _PAIR, _CONTROL, _COLUMN, _CURVE = 5, 100, 1_000, 300_000, 1_000_000
"""Microseconds of a line of a table, of two groups compared, of a control, of a column of a profile, of the scores of a
group drawn anew, at the worst."""


@dataclass(frozen=True)
class Recomputation:
    """What came of it."""

    differences: tuple[str, ...]
    """Where the record says something else than the evidence gives; empty: nowhere."""
    recomputed: int
    """Estimates computed again."""
    controls: int
    """Controls they belong to."""
    left_out: tuple[str, ...]
    """What could not be computed again, and why."""


def recompute(audit: Audit, files: Mapping[str, bytes]) -> Recomputation:
    """Compute the estimates and exhibits of every control again, and compare. Never raises for what it is given.

    `files`: the manifest `policy/model.yaml` and what the record names as evidence. Counts and texts have to be the
    same, other numbers to 1e-12 of the larger one.
    """
    if audit.evidence and all(one.role == NOT_SAID for one in audit.evidence):
        why = "the record does not say which question each table of its evidence answers"
        if _is_ours(audit):
            return Recomputation((f"{why}, and this version of assay always says it",), 0, 0, ())
        return Recomputation((), 0, 0, (f"everything: {why}",))
    try:
        manifest = _manifest(audit, files.get(MANIFEST))
    except Contradiction as why:
        return Recomputation((_seen(str(why)),), 0, 0, ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arithmetic on counts that nobody can have counted
        return _Recomputing(audit, SubjectView(manifest), files).all()


class NotComputed(Exception):
    """A control, or all of them, that cannot be computed again: a limit of this program, not a fault of the record."""


class Contradiction(Exception):
    """The record cannot have come from a check: a difference."""


def _manifest(audit: Audit, data: bytes | None) -> Manifest:
    """The manifest as its owner wrote it: the record holds the same, but not the order of its mappings."""
    if data is None:
        raise Contradiction(f"{MANIFEST} is not there or too large")
    try:
        manifest = read_manifest(parse_source(data, MANIFEST, error=ManifestError), Path()).manifest
    except AssayError as error:
        raise Contradiction(f"{MANIFEST} cannot be read: {_one_line(error)}") from error
    if manifest.model_dump(mode="json", by_alias=True, exclude_none=True) != audit.manifest:
        raise Contradiction(f"{MANIFEST} is not the manifest that the record holds")
    return manifest


def _is_ours(audit: Audit) -> bool:
    """Whether the record says that this very version of assay made it."""
    return audit.versions.get("assay") == version("assay")


@dataclass
class _Recomputing:
    audit: Audit
    view: SubjectView
    files: Mapping[str, bytes]
    values: dict[Request, Value] = field(default_factory=dict)
    read: dict[str, str | None] = field(default_factory=dict)
    """What was asked → what is wrong with its table."""
    again: list[tuple[Needs, Finding]] = field(default_factory=list)
    not_again: list[Finding] = field(default_factory=list)
    """What is left out."""
    work: int = 0

    def all(self) -> Recomputation:
        found: list[str] = []
        left_out: list[str] = []
        recomputed = controls = 0
        for finding in self.audit.findings:
            try:
                measured = self._measured(finding)
                found += [
                    f"{finding.id}: {what}" for what in islice(differences(finding.measured, measured), MOST_TOLD)
                ]
                recomputed += len(measured.estimates)
                controls += bool(measured.estimates)
            except NotComputed as why:
                left_out.append(f"{finding.id}: {why}")
                self.not_again.append(finding)
            except Contradiction as why:
                found.append(f"{finding.id}: {why}")
        analysed = (finding.id for finding in self.audit.findings if finding.mitigation)
        left_out += [f"{name}: its analysis of what other decisions could reach" for name in analysed]
        why_not = self._no_second()
        found += self._second() if why_not is None else ()
        left_out += [f"the second computation: {why_not}"] if why_not is not None else []
        more = (f"and {len(found) - MOST_TOLD} more differences",) if len(found) > MOST_TOLD else ()
        return Recomputation((*map(_seen, found[:MOST_TOLD]), *more), recomputed, controls, tuple(map(_seen, left_out)))

    def _measured(self, finding: Finding) -> Measured:
        """What the check of the finding measures in the evidence."""
        record = finding.check
        if record is None or not (finding.applicability is None or finding.applicability.result is True):
            return Measured()
        if finding.error is not None:
            raise NotComputed("its check raised an error")
        check, parameters = self._check(record)
        try:
            needs = needs_of(check, parameters, self.view)
        except Exception as error:
            raise Contradiction(f"the check cannot ask for evidence: {_one_line(error)}") from error
        for request in needs.requests:
            self._require(request, finding)
        if not finding.criteria:
            raise Contradiction("it has a check and no criterion")
        self._spend(needs, parameters, finding)
        small_groups = finding.small_groups or SmallGroups()
        context = context_of(finding.criteria, small_groups, self.view, lambda stage, done, total: None)  # noqa: ARG005
        measured, failed = measured_by(check, parameters, needs, Evidence(self.values), context)
        if failed is not None:
            raise Contradiction(f"the check cannot measure the evidence: {_one_line(failed.splitlines()[-1])}")
        self.again.append((needs, finding))
        return measured

    def _check(self, record: CheckRecord) -> tuple[Check, CheckParameters]:
        """The installed check and its parameters, read as strictly as those of a policy."""
        if not exists(record.id):
            raise NotComputed(f"the check {record.id[:80]} is not installed here")
        try:
            check = find(record.id)
        except Exception as error:  # whatever a check that somebody installed raises
            raise NotComputed(f"the check {record.id} cannot be loaded: {_one_line(error)}") from error
        shipped = check.measure.__module__.startswith("assay.")
        if check.version != record.version:
            both = f"made by version {record.version} of {record.id}, here is version {check.version}"
            if shipped and _is_ours(self.audit):
                raise Contradiction(f"{both}, and this is the assay that the record names")
            raise NotComputed(both)
        if _is_ours(self.audit) and check.docstring != record.docstring:
            raise Contradiction(f"the description of {record.id} is not the one that the check publishes")
        try:
            text = json.dumps(record.parameters)
            parameters = check.parameters.model_validate_json(text, strict=True, by_alias=True, by_name=False)
        except (ValidationError, TypeError, ValueError) as error:
            told = _first(error) if isinstance(error, ValidationError) else _one_line(error)
            raise Contradiction(f"{record.id} has no such parameters: {told}") from error
        if parameters.model_dump(mode="json", by_alias=True, exclude_none=True) != record.parameters:
            raise Contradiction(f"{record.id} does not write its parameters so")
        return check, parameters

    def _require(self, request: Request, finding: Finding) -> None:
        """The table that answers the request is there and has been read."""
        if isinstance(request, RowsRequest):
            raise NotComputed("rows and their attributions never enter a bundle")
        question = told(request)
        if question not in self.read:
            self.read[question] = self._read(request, question)
        if (wrong := self.read[question]) is not None:
            raise Contradiction(wrong)
        if not any(covers(answered, request) for answered in self.values):
            if isinstance(request, HistoryRequest) and not finding.measured.estimates:
                raise NotComputed("there was no ledger")
            raise Contradiction(f"the evidence does not answer what it asks: {question}")

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
            if (wrong := self._undeclared(value)) is not None:
                return f"its evidence {file.path[:200]} is not of this manifest: {wrong}"
            self.values[answered] = value
        return None

    def _undeclared(self, value: Table) -> str | None:
        """What in the table the columns of the manifest do not say; None where they say all of it."""
        columns = self.view.manifest.columns
        weight, entity, score = (columns.weight, columns.entity, columns.score) if columns else (None, None, None)
        if isinstance(value, (Cells, Scores)) and (value.weights is None) != (weight is None):
            return "its weights are not those the manifest declares"
        if isinstance(value, Moments) and value.weighted != (weight is not None):
            return "its weights are not those the manifest declares"
        if isinstance(value, Moments) and (ENTITY in value.keys) != (entity is not None):
            return "its entities are not those the manifest declares"
        if isinstance(value, GroupScores) and value.weighted != (weight is not None):
            return "its weights are not those the manifest declares"
        if isinstance(value, Scores) and (value.group is None) != (entity is None):
            return "its entities are not those the manifest declares"
        if isinstance(value, (Scores, GroupScores)) and value.probability != (
            score is not None and score.kind == "probability"
        ):
            return "its scores are not of the kind that the manifest declares"
        return None

    def _groupings(self, parameters: CheckParameters) -> tuple[str, ...]:
        return self.view.groupings(parameters.groups) if isinstance(parameters, GroupParameters) else ()

    def _spend(self, needs: Needs, parameters: CheckParameters, finding: Finding) -> None:
        """Count what the control will cost. Raises NotComputed where that is beyond every limit."""
        rates = rates_compared(finding)
        self.work += _CONTROL
        for request in needs.requests:
            value = next(value for answered, value in self.values.items() if covers(answered, request))
            if isinstance(value, Cells) and isinstance(request, CellsRequest):
                groupings = [one for one in self._groupings(parameters) if {*grouping_keys(one)} <= {*request.keys}]
                self.work += _LINE * len(value.rows) * (2 + 3 * len(groupings) * rates)
                self._require_work()
                for grouping in groupings:
                    self.work += _PAIR * rates * _pairs(value, grouping, parameters, finding)
            elif isinstance(value, Moments) and isinstance(request, MomentsRequest):
                groups = len({levels[: len(grouping_keys(request.grouping))] for levels in value.rows})
                self.work += _LINE * len(value.rows) * (2 + groups) + _PAIR * groups * groups
            elif isinstance(value, GroupScores):
                groups = len(value.groups)
                self.work += _LINE * len(value.score) * 4 + _CURVE * groups + _PAIR * groups * groups // 2
            elif isinstance(value, Scores):
                self.work += _LINE * len(value.score)
            elif isinstance(value, Proxies):
                self.work += _LINE * sum(len(fold.scores) for one in value.told for fold in one.folds)
                self.work += _PAIR * 10 * len(value.told)
            elif isinstance(request, ProfileRequest):
                self.work += _COLUMN * len(request.columns)
        self._require_work()

    def _require_work(self) -> None:
        if self.work > MOST_WORK:
            raise NotComputed("computing all controls again takes more work than is done")

    def _no_second(self) -> str | None:
        """Why the second computation is not made again: a control that it compared, or another version."""
        recorded, installed = self.audit.second_computation, version(LIBRARY)
        if recorded is not None and recorded.version != installed:
            return f"made by version {recorded.version[:80]} of {LIBRARY}, here is version {installed}"
        compared = (one for one in self.not_again if one.measured.estimates and one.check and one.check.id in METRICS)
        return next((f"it compares the groups of {one.id}" for one in compared), None)

    def _second(self) -> Iterator[str]:
        """Where the second computation, made again, differs from the recorded one."""
        recorded = self.audit.second_computation
        try:
            made = compute_again(self.again, Evidence(self.values), version(LIBRARY))
        except Exception as error:  # noqa: BLE001  whatever the library says to counts that nobody can have counted
            yield f"the second computation cannot be made: {_one_line(error)}"
            return
        stored, found = (
            None if one is None else (one.library, one.compared, tuple(sorted(one.left_out)), one.agrees)
            for one in (recorded, made)
        )
        if not same(stored, found):
            yield f"the second computation is recorded as {stored}, the evidence gives {found}"[:300]


def _pairs(value: Table, grouping: str, parameters: GroupParameters | CheckParameters, finding: Finding) -> int:
    """How often two groups of a grouping are compared, at most."""
    assert isinstance(value, Cells)  # noqa: S101
    groups = len(value.over(grouping_keys(grouping)).rows)
    each = getattr(parameters, "reference", "highest") == "highest" and finding.criteria[0].decide_on == "interval"
    pairs = groups * groups // 2 if each else groups
    if pairs > MOST_PAIRS:
        raise NotComputed(f"{groups} groups of {grouping[:80]} are more than are compared again")
    return pairs


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return _one_line(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def _one_line(what: object) -> str:
    return " ".join(str(what).split())[:200]


def _seen(text: str) -> str:
    """Foreign text, harmless on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:600])
