"""With what an engine may work: memory, room for temporary files, a cluster, a cache, and what a model may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.record.artefact import Role

MODEL_MEMORY = 4 * 10**9
"""Bytes that the model's process may take."""
MODEL_SECONDS = 3600.0
"""Seconds that one job of the model may take."""
CACHE_SIZE = 2 * 10**9
"""Bytes that the cache may take."""


@dataclass(frozen=True)
class EngineOptions:
    """None of it changes what a measurement gives: it says with what it is made, and what is allowed for it."""

    memory_limit: str = "512MB"
    """Of the embedded engine, as DuckDB writes it; beyond it, it spills."""
    spill: Path | None = None
    """Folder for its temporary files; the system's where none is given."""
    spark: str | None = None
    """Address of a Spark cluster that reads the data instead: `spark://…`, `local-cluster[…]`, `sc://…`."""
    frames: Mapping[Role, Any] = field(default_factory=dict)
    """Spark DataFrames in the place of the manifest's files."""
    cache: Path | None = None
    """Folder of evidence measured before; none where none is given."""
    cache_size: int = CACHE_SIZE
    model_memory: int = MODEL_MEMORY
    model_seconds: float = MODEL_SECONDS
    connect: tuple[str, ...] = ()
    """Hosts of databases and services that may be asked where the manifest names them: it may come from anybody."""
    run_training: bool = False
    """Whether the manifest's training command may be run again: it is code of whoever wrote the manifest."""
    scorer: Callable[..., Any] | None = None
    """A Python callable in the place of the manifest's model: a pandas frame of inputs in, an array out."""
    meanwhile: tuple[Callable[[], None], ...] = ()
    """What this process does, one after the other, as long as it waits for the model's."""
