"""Policies, waivers and checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.checks.registry import Check
    from assay.policy.load import LoadedPolicy
    from assay.policy.waivers import LoadedWaivers


def load_policy(name_or_path: str | Path) -> LoadedPolicy:
    """Read a pack by its name or a policy by its path; raises PolicyError with the place of every error."""
    from assay.policy.load import load_policy as load

    return load(name_or_path)


def load_waivers(path: str | Path) -> LoadedWaivers:
    """Read a waiver file; raises PolicyError with the place of every error."""
    from assay.policy.waivers import load_waivers as load

    return load(Path(path))


def find_check(name: str) -> Check:
    """The check of that name; raises PolicyError with the nearest name."""
    from assay.checks.registry import find

    return find(name)


def check_names() -> tuple[str, ...]:
    """Names of all checks."""
    from assay.checks.registry import names

    return names()


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of policy files."""
    from assay.policy.schema import policy_schema as schema

    return schema()
