"""A policy and all that it extends: each found by its id, in a version that everybody who extends it accepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError, PolicyError
from assay.policy.packs import find_pack
from assay.policy.versions import in_range
from assay.source import in_order, raise_all

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

MOST = 50
"""Policies that may be loaded together."""


def follow(given: Sequence[LoadedPolicy], read: Callable[[Path], LoadedPolicy]) -> dict[str, LoadedPolicy]:
    """The given policies and all their ancestors, by id. Raises PolicyError for what is wrong between them."""
    family: dict[str, LoadedPolicy] = {}
    waiting = list(given)
    while waiting:
        policy = waiting.pop(0)
        if policy.policy.id in family:
            _require_same(family[policy.policy.id], policy)
            continue
        family[policy.policy.id] = policy
        if len(family) > MOST:
            raise PolicyError(f"more than {MOST} policies extend each other", where=str(policy.path))
        waiting += _parents(policy, read)
    _refuse_cycles(family)
    for child in family.values():
        raise_all(in_order(_version_problems(child, family)), child.as_given)
    return dict(sorted(family.items()))


def ancestors(policy: LoadedPolicy, family: dict[str, LoadedPolicy]) -> tuple[str, ...]:
    """Ids of everything that a policy extends, and of what that extends, sorted."""
    found: set[str] = set()
    waiting = [extension.pack for extension in policy.policy.extends]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [extension.pack for extension in family[name].policy.extends]
    return tuple(sorted(found))


def _parents(policy: LoadedPolicy, read: Callable[[Path], LoadedPolicy]) -> list[LoadedPolicy]:
    """Every parent, read from where it is found. Errors in the parents' own files are theirs."""
    problems: list[AssayError] = []
    parents: list[LoadedPolicy] = []
    for index, extension in enumerate(policy.policy.extends):
        where = policy.as_given.place(("extends", index, "pack"))
        try:
            found = find_pack(extension.pack, beside=policy.path, where=where)
        except PolicyError as problem:
            problems.append(problem)
            continue
        parent = read(found.path)
        if parent.policy.id != extension.pack:
            what = f"the pack `{extension.pack}` says of itself that it is `{parent.policy.id}`"
            problems.append(PolicyError(what, where=where, hint=f"It was found at {found.path}."))
            continue
        parents.append(parent)
    raise_all(in_order(problems), policy.as_given)
    return parents


def _require_same(known: LoadedPolicy, other: LoadedPolicy) -> None:
    if known.digest != other.digest:
        raise PolicyError(
            f"two different policies are called `{known.policy.id}`",
            hint=f"{known.path} and {other.path}. Remove or rename one.",
        )


def _refuse_cycles(family: dict[str, LoadedPolicy]) -> None:
    for name in sorted(family):
        policy = family[name]
        for index, extension in enumerate(policy.policy.extends):
            chain = _way(extension.pack, name, family)
            if chain is not None:
                problem = PolicyError(
                    f"a policy cannot extend itself: {' → '.join((name, *chain))}",
                    where=policy.as_given.place(("extends", index, "pack")),
                    hint="Take one of these steps away.",
                )
                raise_all([problem], policy.as_given)


def _way(start: str, end: str, family: dict[str, LoadedPolicy]) -> tuple[str, ...] | None:
    """The ids from `start` to `end`, following `extends`; None where there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        further = [e.pack for e in family[way[-1]].policy.extends if e.pack not in seen]
        seen.update(further)
        ways += [(*way, name) for name in further]
    return None


def _version_problems(child: LoadedPolicy, family: dict[str, LoadedPolicy]) -> list[AssayError]:
    problems: list[AssayError] = []
    for index, extension in enumerate(child.policy.extends):
        parent = family[extension.pack]
        if in_range(parent.policy.version, extension.version):
            continue
        others = [
            f"{other.policy.id} wants {wanted.version} ({other.line(('extends', number, 'version'))})"
            for other in family.values()
            for number, wanted in enumerate(other.policy.extends)
            if wanted.pack == extension.pack and other is not child
        ]
        problems.append(
            PolicyError(
                f"`{extension.pack}` is {parent.policy.version}, wanted is {extension.version}",
                where=child.as_given.place(("extends", index, "version")),
                hint="; ".join([f"Found at {parent.path}", *sorted(others)]) + ".",
            )
        )
    return problems
