"""Which controls apply, which evidence they need, and the fewest requests that give it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.checks.registry import Check, CheckParameters, Design, find
from assay.engines.score import asks_model, needs_score
from assay.engines.wanted import roles_of
from assay.evidence.merging import merge
from assay.evidence.request import HistoryRequest, Needs, PapersRequest, Request
from assay.evidence.view import SubjectView
from assay.policy.load import LoadedPolicy
from assay.record.artefact import Role
from assay.record.finding import ConditionReading
from assay.record.policy import Control
from assay.run.in_force import ROLES, readings
from assay.run.mitigation import possible
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
    scored: frozenset[str] = frozenset()
    """The datasets whose rows the model scores."""
    later: tuple[Request, ...] = ()
    """What may be read once a comparison has failed, for the analysis of what other decisions could reach."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The datasets that will be read."""
        return tuple(dict.fromkeys(role for request in self.requests for role in roles_of(request)))

    def needs_model(self, view: SubjectView) -> bool:
        """Whether the model will be loaded: to explain, or to score where the data hold no score."""
        return any(asks_model(request, view.manifest) for request in self.requests)


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
    scored = scored_by_model(requests, view)
    later = [
        request
        for one in controls
        if one.check is not None and one.needs.requests
        for asked in possible(one.check.id, one.parameters, view, scored).values()
        for request in asked.requests
    ]
    return Plan(tuple(controls), tuple(merge(requests)), scored, tuple(dict.fromkeys(later)))


def scored_by_model(requests: Iterable[Request], view: SubjectView) -> frozenset[str]:
    """The datasets whose rows the model has to score."""
    asked = (request for request in requests if needs_score(request, view.manifest, of_model=True))
    return frozenset(role for request in asked for role in roles_of(request))


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
    told: dict[Design, str] = {"weight": "sampling weights", "entity": "people who stand in several rows"}
    declared = [
        f"rows that {check.id} can measure: it does not honour {what} (columns.{name})"
        for name, what in told.items()
        if columns is not None and getattr(columns, name) is not None and name not in check.honours
    ]
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
