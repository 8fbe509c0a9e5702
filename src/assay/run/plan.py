"""Which controls apply, which evidence they need, and the fewest requests that give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.checks.registry import Check, CheckParameters, find
from assay.evidence.request import (
    CellsRequest,
    HistoryRequest,
    Needs,
    PapersRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    merge,
)
from assay.evidence.view import SubjectView
from assay.policy.load import LoadedPolicy
from assay.record.artefact import Role
from assay.record.finding import ConditionReading
from assay.record.policy import Control
from assay.run.in_force import ROLES, readings
from assay.verdict.conditions import evaluate

Place = Callable[[tuple[str | int, ...]], str]


@dataclass(frozen=True)
class PlannedControl:
    """One control of one policy, before anything is read."""

    policy: LoadedPolicy
    control: Control
    applicability: ConditionReading | None
    requirement: ConditionReading | None
    check: Check | None
    parameters: CheckParameters | None
    needs: Needs

    @property
    def applies(self) -> bool:
        """Whether the control is to be evaluated."""
        return self.applicability is None or self.applicability.result is True


@dataclass(frozen=True)
class Plan:
    """All controls and the merged requests."""

    controls: tuple[PlannedControl, ...]
    requests: tuple[Request, ...]

    @property
    def roles(self) -> tuple[Role, ...]:
        """The datasets that will be read."""
        roles: dict[Role, None] = {}
        for request in self.requests:
            if isinstance(request, (PapersRequest, HistoryRequest)):
                continue
            roles[request.data] = None
            if isinstance(request, RowsRequest):
                roles[request.background] = None
            elif isinstance(request, (ProfileRequest, SharedRowsRequest)) and request.against:
                roles[request.against] = None
        return tuple(roles)

    def needs_model(self, view: SubjectView) -> bool:
        """Whether the model will be loaded: to explain, or to score where the data hold no score."""
        if any(isinstance(request, RowsRequest) for request in self.requests):
            return True
        columns = view.manifest.columns
        scored_by_model = columns is not None and columns.score is not None and columns.score.from_ is not None
        return scored_by_model and any(self._needs_score(request, view) for request in self.requests)

    @staticmethod
    def _needs_score(request: Request, view: SubjectView) -> bool:
        columns = view.manifest.columns
        if isinstance(request, CellsRequest):
            decision = columns.decision if columns else None
            return "decision" in request.keys and decision is not None and decision.from_ is not None
        return isinstance(request, ScoresRequest)


def make_plan(
    policies: Sequence[LoadedPolicy], view: SubjectView, tree: dict[str, Any], place: Place, today: date, law_at: date
) -> Plan:
    """Read every condition and ask every check what it needs. Nothing but the manifest is read.

    `today` is the day of the audit, `law_at` the day whose law is applied. A control of status `planned` is left out.
    """
    controls = [
        _planned(policy, control, view, tree, place, today, law_at)
        for policy in policies
        for control in policy.policy.controls
        if control.status != "planned"
    ]
    requests = [request for planned in controls for request in planned.needs.requests]
    return Plan(tuple(controls), tuple(merge(requests)))


def _planned(
    policy: LoadedPolicy,
    control: Control,
    view: SubjectView,
    tree: dict[str, Any],
    place: Place,
    today: date,
    law_at: date,
) -> PlannedControl:
    conditions = [condition for condition in (policy.policy.applies_to, control.when) if condition is not None]
    in_force = readings(policy.policy, control, law_at, view.manifest, place(ROLES))
    applicability = _decisive([*in_force, *(evaluate(condition, tree, place, today) for condition in conditions)])
    requirement = evaluate(control.require, tree, place, today) if control.require is not None else None
    if control.check is None:
        return PlannedControl(policy, control, applicability, requirement, None, None, Needs(()))
    check, parameters = find(control.check), policy.parameters(control)
    applies = applicability is None or applicability.result is True
    needs = needs_of(check, parameters, view) if applies else Needs(())
    return PlannedControl(policy, control, applicability, requirement, check, parameters, needs)


def needs_of(check: Check, parameters: CheckParameters, view: SubjectView) -> Needs:
    """What a check needs. Data with weights, or with people in several rows, are not measured as if they had none."""
    needs: Needs = check.needs(parameters, view)
    columns = view.manifest.columns
    told = {"columns.weight": "sampling weights", "columns.entity": "people who stand in several rows"}
    declared = [f"{name} (no check of this version honours {what})" for name, what in told.items()
                if columns is not None and getattr(columns, name.removeprefix("columns.")) is not None]  # fmt: skip
    if not declared or all(isinstance(request, (PapersRequest, HistoryRequest)) for request in needs.requests):
        return needs
    return Needs((), (*declared, *needs.missing))


def _decisive(readings: list[ConditionReading]) -> ConditionReading | None:
    """All must hold: the first that does not, else the first that is unknown, else the last."""
    for result in (False, None):
        for reading in readings:
            if reading.result is result:
                return reading
    return readings[-1] if readings else None
