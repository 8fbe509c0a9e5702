"""What the checks of groups told from inputs share: which inputs may stand in for which groups."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.registry import DataParameters
from assay.checks.told import inputs_of, lacking_inputs
from assay.evidence.request import ProxiesRequest
from assay.evidence.view import SubjectView


class ProxyParameters(DataParameters):
    """Which inputs may stand in for which groups, in how many people."""

    features: tuple[str, ...] | Literal["unprotected", "all"] = "unprotected"
    """Inputs that are looked at; `unprotected`: those not declared `protected`."""
    groups: tuple[str, ...] | Literal["declared"] = "declared"
    """Attributes of the manifest; `declared`: every group that it declares."""
    size: int = Field(default=10_000, ge=50, le=100_000)
    """How many people are sampled, at most."""


def proxies_asked(p: ProxyParameters, view: SubjectView) -> tuple[ProxiesRequest | None, tuple[str, ...]]:
    """What tells groups from inputs, and what the manifest lacks for it."""
    missing = (*view.lacks(data=(p.data,), groups=p.groups, features=True), *lacking_inputs(p.features, view))
    if missing:
        return None, missing
    groupings = tuple(dict.fromkeys(view.groupings(p.groups)))
    return ProxiesRequest(p.data, inputs_of(p.features, view), groupings, p.size, p.where), ()
