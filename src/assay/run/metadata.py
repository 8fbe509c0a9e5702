"""What a manifest alone decides: every control of the policies, without opening data, model or papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.evidence.view import SubjectView
from assay.policy.load import LoadedPolicy
from assay.record.condition import AllOf, AnyOf, Condition, FieldReference, Not
from assay.record.finding import Measured, Outcome
from assay.run.in_force import choose_law, stage_of
from assay.run.plan import PlannedControl, make_plan
from assay.subject.manifest import LoadedManifest
from assay.verdict.rollup import conclude


@dataclass(frozen=True)
class Standing:
    """How one control stands before anything but the manifest was read."""

    planned: PlannedControl
    outcome: Outcome | None
    """None: its check has what it needs, and only an audit decides."""
    sentence: str

    @property
    def id(self) -> str:
        """`<policy>/<control>`."""
        return f"{self.planned.policy.policy.id}/{self.planned.control.id}"


def standings(policies: Sequence[LoadedPolicy], loaded: LoadedManifest, today: date) -> tuple[Standing, ...]:
    """Every control that counts, in the order of the policies. Raises PolicyError where a condition cannot be read."""
    manifest = loaded.manifest
    law_at = choose_law(manifest, stage=stage_of(manifest), today=today, asked=None).day
    place, tree = loaded.source.place, loaded.source.tree
    plan = make_plan(policies, SubjectView(manifest), tree, place, today, law_at)
    return tuple(_standing(planned) for planned in plan.controls)


def _standing(planned: PlannedControl) -> Standing:
    if planned.check is not None and planned.applies and planned.needs.requests:
        return Standing(planned, None, "an audit decides")
    conclusion = conclude(
        applicability=planned.applicability,
        requirement=planned.requirement,
        attest=planned.control.attest,
        criteria=planned.control.criteria,
        measured=Measured(missing=planned.needs.missing),
    )
    return Standing(planned, conclusion.outcome, conclusion.sentence)


def missing_fields(standing: Standing, tree: dict[str, Any]) -> tuple[str, ...]:
    """The fields that the control asks for and the manifest does not have; `findings.*.due` of entries.

    A control that what is there rules out asks for nothing.
    """
    planned = standing.planned
    reading = planned.applicability
    before = [condition for condition in (planned.policy.policy.applies_to, planned.control.when) if condition]
    lacking = [*_lacking_of(before, tree), *(reading.missing if reading is not None else ())]
    if not planned.applies and not lacking:
        return ()
    required = [planned.control.require] if planned.control.require else []
    return tuple(dict.fromkeys([*lacking, *_lacking_of(required, tree), *planned.needs.missing]))


def _lacking_of(conditions: Sequence[Condition], tree: dict[str, Any]) -> list[str]:
    asked = [field for condition in conditions for field in asked_fields(condition)]
    return [path for path in (_lacking(tree, field.split("."), ()) for field in asked) if path]


def asked_fields(condition: Condition, inside: str = "") -> Iterator[str]:
    """Every field that a condition reads, as a path from the root; `*` stands for each entry."""
    match condition:
        case AllOf():
            for member in condition.all:
                yield from asked_fields(member, inside)
        case AnyOf():
            for member in condition.any:
                yield from asked_fields(member, inside)
        case Not():
            yield from asked_fields(condition.not_, inside)
        case _:
            path = _from_root(condition.field, inside)
            yield path
            operand = condition.operand
            if isinstance(operand, FieldReference):
                yield _from_root(operand.field, inside)
            elif condition.operator in ("for_all", "for_any"):
                yield from asked_fields(operand, f"{path}.*")  # type: ignore[arg-type]


def _from_root(field: str, inside: str) -> str:
    if field.startswith("/") or not inside:
        return field.removeprefix("/")
    return inside if field == "." else f"{inside}.{field}"


def _lacking(here: Any, steps: Sequence[str], walked: tuple[str, ...]) -> str:
    """The path up to where the manifest ends, or nothing where the whole of it is there."""
    if here is None or here in ("", [], {}):
        return ".".join([*walked, *(() if "*" in steps else steps)])
    if not steps:
        return ""
    step, rest = steps[0], steps[1:]
    if step == "*":
        members = here.values() if isinstance(here, dict) else here if isinstance(here, list) else []
        found = (_lacking(member, rest, (*walked, "*")) for member in members)
        return next((path for path in found if path), "")
    inner = here.get(step) if isinstance(here, dict) else None
    return _lacking(inner, rest, (*walked, step))
