"""The evidence of an audit as the tables of its bundle."""

from __future__ import annotations

from assay.evidence.attributions import Rows
from assay.evidence.cells import Cells
from assay.evidence.code_book import CodeBook
from assay.evidence.correlations import Correlations
from assay.evidence.days import Days
from assay.evidence.distributions import Distributions
from assay.evidence.duplicates import Duplicates
from assay.evidence.group_scores import GroupScores
from assay.evidence.history import History
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.moments import Moments
from assay.evidence.paired_scores import PairedScores
from assay.evidence.papers import Papers
from assay.evidence.patterns import Patterns
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.regions import Regions
from assay.evidence.repeats import Repeats
from assay.evidence.request import Request
from assay.evidence.residuals import Residuals
from assay.evidence.retrained import Retrained
from assay.evidence.scores import Scores
from assay.evidence.shared_entities import SharedEntities
from assay.evidence.shared_rows import SharedRows
from assay.evidence.slices import Slices
from assay.evidence.uncertain import UncertainGroups
from assay.evidence.value import Failed, Unavailable, Value


def evidence_tables(values: dict[Request, Value]) -> dict[str, tuple[Request, bytes]]:
    """The evidence tables by file name, each with what it answers. `Rows` never enter a bundle."""
    kinds: dict[type, str] = {
        Cells: "cells",
        Scores: "scores",
        GroupScores: "group-scores",
        Moments: "moments",
        Residuals: "residuals",
        PairedScores: "paired-scores",
        UncertainGroups: "uncertain",
        Profile: "profile",
        SharedRows: "shared-rows",
        SharedEntities: "shared-entities",
        Days: "days",
        Distributions: "distributions",
        CodeBook: "code-book",
        Flips: "flips",
        Correlations: "correlations",
        Slices: "slices",
        Regions: "regions",
        Patterns: "patterns",
        Duplicates: "duplicates",
        Repeats: "repeats",
        Retrained: "retrained",
        Neighbours: "neighbours",
        Proxies: "proxies",
        Papers: "papers",
        History: "history",
    }
    tables: dict[str, tuple[Request, bytes]] = {}
    for request, value in values.items():
        kind = kinds.get(type(value))
        if kind is None or isinstance(value, (Rows, Unavailable, Failed)):
            continue
        parts = [kind, *(getattr(request, name, None) or "" for name in ("data", "against"))]
        stem = "-".join(part for part in parts if part)
        numbered = (f"evidence/{stem}{suffix}.csv" for suffix in ("", *(f"-{i}" for i in range(2, 1000))))
        tables[next(name for name in numbered if name not in tables)] = request, value.csv()
    return tables
