"""Lock files: what a policy extends stays byte for byte what somebody looked at."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError, PolicyError
from assay.policy.extend import ancestors
from assay.policy.packs import CATALOGUE
from assay.record.lock import Lock, LockedPack
from assay.source import in_order, raise_all, read_model, read_source

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy


def lock_path(policy: LoadedPolicy) -> Path:
    """`policy.lock` beside `policy.yaml`. Raises PolicyError where the policy itself stands there."""
    path = policy.path.with_suffix(".lock")
    if path == policy.path:
        raise PolicyError("a policy cannot end in .lock", where=str(path), hint="Its lock stands there: name it .yaml.")
    return path


def lock_of(policy: LoadedPolicy, family: dict[str, LoadedPolicy]) -> Lock:
    """What the lock has to hold."""
    return Lock(assay="lock/v1", packs=tuple(_locked(family[name]) for name in ancestors(policy, family)))


def render_lock(lock: Lock) -> str:
    """The lock as YAML."""
    lines = ["# Written by `assay policy lock`. What this policy extends, by its bytes.", f"assay: {lock.assay}"]
    lines.append("packs:" if lock.packs else "packs: []")
    for pack in lock.packs:
        lines += [f"  - id: {pack.id}", f"    version: {pack.version}", f"    digest: {pack.digest}"]
        lines += [f"    catalogue: {pack.catalogue}"] if pack.catalogue else []
    return "\n".join(lines) + "\n"


def require_lock(policy: LoadedPolicy, family: dict[str, LoadedPolicy]) -> None:
    """Raise PolicyError where there is no lock though the policy extends something, or where it is stale."""
    if not _holds(policy, family) and policy.policy.extends:
        hint = f"assay policy lock {policy.path}"
        raise PolicyError("there is no lock file", where=str(lock_path(policy)), hint=hint)


def check_locks(family: dict[str, LoadedPolicy]) -> dict[str, LoadedPolicy]:
    """The same policies, each told whether a lock holds what it extends. Raises PolicyError where one does not."""
    return {name: replace(policy, locked=_holds(policy, family)) for name, policy in family.items()}


def _holds(policy: LoadedPolicy, family: dict[str, LoadedPolicy]) -> bool:
    path = lock_path(policy)
    if not os.path.lexists(path):
        return False  # a folder, or a link to nowhere, is no lock, and not its absence either
    source = read_source(path, error=PolicyError)
    lock = read_model(source, Lock, error=PolicyError)
    wanted = {pack.id: pack for pack in lock_of(policy, family).packs}
    hint = f"If that is what you want: assay policy lock {policy.path}"
    problems: list[AssayError] = []
    for index, pack in enumerate(lock.packs):
        where = source.place(("packs", index, "id"))
        if pack.id not in wanted:
            what = f"`{pack.id}` is locked, and `{policy.policy.id}` does not extend it"
            problems.append(PolicyError(what, where=where, hint=hint))
        elif pack.id in [other.id for other in lock.packs[:index]]:
            problems.append(PolicyError(f"`{pack.id}` is there twice", where=where, hint=hint))
        elif pack != wanted[pack.id]:
            what, key = _difference(pack, wanted[pack.id])
            where = source.place(("packs", index, key))
            found = f"Found at {family[pack.id].path}. {hint}"
            problems.append(PolicyError(f"`{pack.id}` {what}", where=where, hint=found))
    locked = {pack.id for pack in lock.packs}
    problems += [
        PolicyError(f"`{name}` is not locked", where=source.place(("packs",), key=True), hint=hint)
        for name in sorted(wanted.keys() - locked)
    ]
    raise_all(in_order(problems), source)
    return True


def _difference(locked: LockedPack, found: LockedPack) -> tuple[str, str]:
    if locked.version != found.version:
        return f"is {found.version} and locked to {locked.version}", "version"
    if locked.digest != found.digest:
        return f"{found.version} has other bytes than those that were locked", "digest"
    return "has another catalogue than the one that was locked", "catalogue"


def _locked(policy: LoadedPolicy) -> LockedPack:
    catalogue = policy.path.parent / CATALOGUE
    try:
        digest = "sha256:" + sha256(catalogue.read_bytes()).hexdigest() if catalogue.is_file() else None
    except OSError as problem:
        raise PolicyError("cannot be read", where=str(catalogue)) from problem
    return LockedPack(id=policy.policy.id, version=policy.policy.version, digest=policy.digest, catalogue=digest)
