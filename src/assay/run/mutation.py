"""Mutation: change a policy in small ways and ask whether some test notices. A change that none notices survives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assay.checks.registry import find as find_check
from assay.errors import AssayError, PolicyError
from assay.policy.load import LoadedPolicy
from assay.record.condition import Condition
from assay.record.policy import Control
from assay.record.policy_tests import Mutation, Survivor
from assay.run.decide import finding_of
from assay.run.mutants import Mutant, mutants_of_control, mutants_of_scope
from assay.run.policy_tests import Tested, find, holds, measure, plan_alone, targets
from assay.run.test_files import TestFiles
from assay.source import in_order, nearest, raise_all
from assay.source.read import as_json


@dataclass(frozen=True)
class _Changed:
    """A policy with one change."""

    of: str
    """The control, or the policy for its `applies_to`."""
    mutant: Mutant
    policies: tuple[tuple[str, LoadedPolicy], ...]
    """The controls that it may change, each alone in its policy, by name."""
    place: str


def mutate(
    policy: LoadedPolicy, policies: Sequence[LoadedPolicy], files: TestFiles, tested: Sequence[Tested]
) -> Mutation:
    """Which changes of the policy the tests notice: of its controls, its scope, and the thresholds it tightens.

    All expectations hold beforehand; `policies` holds the policy and all that it extends.

    Raises PolicyError where `survivors.yaml` explains what does not survive.
    """
    survivors: list[Survivor] = []
    killed = 0
    explained = _explained(policy, files)
    for changed in (*_own(policy), *_tightened(policy, policies)):
        if _is_noticed(changed, tested):
            killed += 1
        else:
            why = explained.pop((changed.of, changed.mutant.name), None)
            told = why[1] if why else None
            survivors.append(Survivor(control=changed.of, mutation=changed.mutant.name, place=changed.place, why=told))
    _refuse_stale(explained, survivors, files)
    return Mutation(mutants=killed + len(survivors), killed=killed, survivors=tuple(survivors))


def _own(policy: LoadedPolicy) -> Iterator[_Changed]:
    known = targets(policy, (policy,))
    scope = policy.policy.applies_to
    if scope is not None:
        for mutant in mutants_of_scope(_plain(TypeAdapter(Condition).dump_python(scope, **_DUMP))):
            read = _read_scope(mutant)
            if mutant.tree is None or read is not None:
                policies = tuple((name, _with_scope(target.policy, read)) for name, target in known.items())
                yield _Changed(policy.policy.id, mutant, policies, policy.line(mutant.loc))
    for control in policy.policy.controls:
        for mutant in mutants_of_control(_plain(control.model_dump(**_DUMP))):
            changed = _with_control(known[control.id].policy, mutant)
            if changed is not None:
                place = policy.line((*policy.loc(control.id), *mutant.loc))
                yield _Changed(control.id, mutant, ((control.id, changed),), place)


def _tightened(policy: LoadedPolicy, policies: Sequence[LoadedPolicy]) -> Iterator[_Changed]:
    """The thresholds of parents that the policy tightens; everything else of a parent is for the parent's own tests."""
    for name, target in targets(policy, policies).items():
        (control,) = target.policy.policy.controls
        begin = target.policy.loc(control.id)
        mine = {
            loc: change.place
            for loc, change in target.policy.changed.items()
            if loc[: len(begin)] == begin and change.place.rpartition(":")[0] == policy.source.name
        }
        for mutant in mutants_of_control(_plain(control.model_dump(**_DUMP))) if mine else ():
            at = (*begin, *mutant.loc)
            place = next((place for loc, place in mine.items() if at[: len(loc)] == loc), None)
            changed = _with_control(target.policy, mutant)
            if place is not None and changed is not None:
                yield _Changed(name, mutant, ((name, changed),), place)


_DUMP: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude_unset": True}


def _plain(tree: Any) -> dict[str, Any]:
    assert isinstance(tree, dict)  # noqa: S101
    return tree


def _with_control(alone: LoadedPolicy, mutant: Mutant) -> LoadedPolicy | None:
    """The policy with the changed control; None where the change makes no control that could be loaded."""
    try:
        control = Control.model_validate_json(as_json(mutant.tree), strict=True, by_alias=True, by_name=False)
        checked = dict(alone.checked)
        if mutant.measures and control.check is not None:
            model = find_check(control.check).parameters
            text = as_json(mutant.tree["with"])
            checked[control.id] = model.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError:
        return None
    changed = alone.policy.model_copy(update={"controls": (control,)})
    return replace(alone, policy=changed, checked=checked)


def _read_scope(mutant: Mutant) -> Condition | None:
    if mutant.tree is None:
        return None
    try:
        read: Condition = TypeAdapter(Condition).validate_json(as_json(mutant.tree), strict=True, by_alias=True)
    except ValidationError:
        return None
    return read


def _with_scope(alone: LoadedPolicy, scope: Condition | None) -> LoadedPolicy:
    return replace(alone, policy=alone.policy.model_copy(update={"applies_to": scope}))


def _is_noticed(changed: _Changed, tested: Sequence[Tested]) -> bool:
    """Whether an expectation of some test does not hold any more, or the policy can no longer be evaluated."""
    for done in tested:
        expected = done.case.test.expected
        for name, policy in changed.policies:
            if name not in expected:
                continue
            base = done.findings[name]
            try:
                planned = plan_alone(policy, done.case)
                if changed.mutant.measures and name not in done.case.test.estimates:
                    finding = find(planned, done.case, measure(planned.needs.requests, done.case), name)
                else:
                    finding = finding_of(planned, base.measured, base.error)
            except AssayError:
                return True
            if not holds(expected[name], finding):
                return True
    return False


_Explained = dict[tuple[str, str], tuple[int, str]]


def _explained(policy: LoadedPolicy, files: TestFiles) -> _Explained:
    """(control, mutation) → its index in the file, and why no test can notice it."""
    given = files.survivors
    if given is None or given.policy not in (None, policy.policy.id):
        return {}
    return {(one.control, one.mutation): (index, one.why) for index, one in enumerate(given.survivors)}


def _refuse_stale(left: _Explained, survivors: Sequence[Survivor], files: TestFiles) -> None:
    """An explanation of what no longer survives says something untrue."""
    source = files.survivors_source
    if source is None:
        return
    problems: list[AssayError] = []
    for (control, mutation), (index, _) in left.items():
        names = [one.mutation for one in survivors if one.control == control]
        what = f"`{control}` has no survivor called `{mutation}`"
        hint = nearest(mutation, names) or "Take the explanation out."
        problems.append(PolicyError(what, where=source.place(("survivors", index, "mutation")), hint=hint))
    raise_all(in_order(problems), source)
