"""Waiver files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.policy.decisions import LoadedDecisions, load_decisions
from assay.record.waiver import Waiver, Waivers

LoadedWaivers = LoadedDecisions[Waiver]


def load_waivers(path: Path) -> LoadedWaivers:
    """Load a waiver file. Raises PolicyError, or Problems, for a malformed date as for anything else."""
    return load_waiver_files([path])[0]


def load_waiver_files(paths: Sequence[Path]) -> tuple[LoadedWaivers, ...]:
    """Load several files. An id that stands in two of them is an error which names both places."""
    return load_decisions(paths, Waivers, "waivers", "waiver")
