"""Policies and checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.checks.registry import Check
    from assay.policy.difference import Difference
    from assay.policy.load import LoadedPolicy
    from assay.record.listing import Listing


def load_policy(name_or_path: str | Path) -> LoadedPolicy:
    """Read a pack by its name or a policy by its path; raises PolicyError with the place of every error."""
    from assay.policy.load import load_policy as load

    return load(name_or_path)


def load_policies(names_or_paths: Sequence[str | Path]) -> tuple[LoadedPolicy, ...]:
    """Read policies and all that they extend, each once, tightened by the strictest of its children, sorted by id."""
    from assay.policy.load import load_policies as load

    return load(names_or_paths)


def load_family(name_or_path: str | Path) -> tuple[LoadedPolicy, tuple[LoadedPolicy, ...]]:
    """Read a policy; give it, and all policies that `load_policies` gives for it."""
    from assay.policy.load import load_family as load

    return load(name_or_path)


def policy_warnings(policy: LoadedPolicy, today: date) -> tuple[str, ...]:
    """What is no error in a policy, and yet worth a look."""
    from assay.policy.estimates import doubtful_thresholds
    from assay.policy.packs import packs
    from assay.run.in_force import policy_notes

    record = policy.policy
    warnings = list(policy_notes(record, today, today))
    uncited = [control.id for control in record.controls if not control.cites]
    if uncited:
        warnings.append(f"controls that cite nothing: {', '.join(uncited)}")
    warnings += doubtful_thresholds(policy)
    if record.extends and not policy.locked and record.id not in packs():
        warnings.append(f"what it extends is not locked: assay policy lock {policy.path}")
    return tuple(warnings)


def lock_policy(path: str | Path, *, check: bool = False) -> Path:
    """Write the lock of a policy, whole or not at all; give its path. With `check`, only compare.

    Raises PolicyError for a policy that cannot be used and, with `check`, for a lock that is stale or not there.
    """
    from assay.api.writing import write_over
    from assay.policy.load import load_unlocked
    from assay.policy.lock import lock_of, lock_path, render_lock, require_lock

    policy, family = load_unlocked(path)
    if check:
        require_lock(policy, family)
    else:
        write_over(lock_path(policy), render_lock(lock_of(policy, family)))
    return lock_path(policy)


def render_policies(name_or_path: str | Path) -> str:
    """A policy and all that it extends as one YAML document, each value with the file and line it came from."""
    from assay.policy.resolved import render_resolved

    return render_resolved(load_family(name_or_path)[1])


def policy_differences(old: str | Path, new: str | Path) -> tuple[Difference, ...]:
    """What is looser, gone, changed, stricter or new, in this order; inherited controls too."""
    from assay.policy.difference import differences

    return differences(load_family(old), load_family(new))


def list_packs() -> Listing:
    """All packs, shipped and installed, and the catalogues that ship before their controls."""
    from assay.policy.listing import list_packs as listed

    return listed()


def find_check(name: str) -> Check:
    """The check of that name; raises PolicyError with the nearest name."""
    from assay.checks.registry import find

    return find(name)


def check_names() -> tuple[str, ...]:
    """Names of all checks."""
    from assay.checks.registry import names

    return names()
