"""Columns of two datasets side by side: which are wanted, and what is missing for it."""

from __future__ import annotations

from typing import Literal

from assay.checks.registry import AgainstParameters
from assay.evidence.distributions import Distributions
from assay.evidence.request import DistributionsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView


class BesideParameters(AgainstParameters):
    """Which columns of which rows, against which."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Columns that are compared."""


def inputs_and_score(view: SubjectView) -> tuple[str, ...]:
    """The features, and the score where it is a column."""
    score = view.manifest.columns.score if view.manifest.columns else None
    names = [feature.name for feature in view.manifest.features or ()]
    return tuple(dict.fromkeys([*names, *([score.column] if score is not None and score.column else [])]))


def beside(p: BesideParameters, view: SubjectView, declared: tuple[str, ...]) -> Needs:
    """Distributions of the wanted columns, or what the manifest lacks for them."""
    wanted = declared if p.columns == "declared" else tuple(dict.fromkeys(p.columns))
    missing = view.lacks(data=(p.data, p.against))
    missing += () if wanted else ("features",)
    return Needs(() if missing else (DistributionsRequest(p.data, p.against, wanted, p.where),), missing)


def columns_found(evidence: Evidence, asked: Needs) -> Distributions:
    """The distributions that were asked for, of these columns alone."""
    (request,) = asked.requests
    assert isinstance(request, DistributionsRequest)  # noqa: S101
    return evidence.distributions(request)
