"""Evidence measured before. An entry's name is the digest of everything that makes its value, so that what has changed
is measured again; what has no digest, such as a frame of the caller, a model behind an address, or the code that a
pickle imports from anywhere, is never kept.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.engines.entries import Entries, NotKept, open_entries
from assay.engines.kept import content_of, scores_header, value_of
from assay.engines.options import EngineOptions
from assay.engines.score import asks_model
from assay.engines.wanted import roles_of
from assay.errors import AssayError
from assay.evidence.request import (
    CorrelationsRequest,
    DomainRequest,
    FlipsRequest,
    HistoryRequest,
    NeighboursRequest,
    PapersRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    RetrainedRequest,
    RowsRequest,
    SlicesRequest,
)
from assay.evidence.value import Value
from assay.record.artefact import Role
from assay.record.audit import Confinement
from assay.record.frozen import Frozen, Scalar
from assay.subject.paths import digest
from assay.subject.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MEASURING = ("assay", "duckdb", "narwhals", "numpy")
ROOMS = ("engines", "evidence", "record", "subject")
"""Where the code is that measures: a changed line of it makes another name."""
OPEN_ENDED = ("joblib", "mlflow")
"""Formats of models that are, or may hold, a pickle."""
SAMPLES = (
    CorrelationsRequest, SlicesRequest, RegionsRequest, RowsRequest, FlipsRequest, NeighboursRequest, ProxiesRequest,
    DomainRequest,
)  # fmt: skip
"""What is measured of rows that the seed draws."""
ALWAYS_ANEW = (HistoryRequest, PapersRequest, RepeatsRequest, RetrainedRequest)
"""What is no matter of files and seed alone: what is done again has to be done."""
PIECE = 1 << 17
"""Scores that are read at once."""
_LOGGER = logging.getLogger("assay")


@contextlib.contextmanager
def open_cache(subject: Subject, seed: int, options: EngineOptions, note: Callable[[str], None]) -> Iterator[Cache]:
    """The cache that the options name, or one that keeps nothing. What was measured is kept at the end, if the files
    are still those whose digests were taken; `note` is told what could not be believed or kept.
    """
    entries = None if options.cache is None else open_entries(options.cache, options.cache_size, note)
    cache = Cache(subject, seed, options, entries)
    if entries is None:
        yield cache
        return
    try:
        try:
            yield cache
        except AssayError:
            cache.finish()  # what was measured before the error is as true as without it
            raise
        cache.finish()
    finally:
        entries.close()


class Cache:
    """Values of requests and scores of the model, by what makes them."""

    def __init__(self, subject: Subject, seed: int, options: EngineOptions, entries: Entries | None) -> None:
        self._subject, self._seed, self._options, self._entries = subject, seed, options, entries
        self._taken = {file.role: file for file in subject.files}
        self._read: set[str] = set()
        """Roles of the files that something was measured from."""

    def find(self, request: Request) -> Value | None:
        """Its value, if it was measured before."""
        name = self._name(request)
        if name is None or self._entries is None or (self._by_model(request) and self._held is None):
            return None
        try:
            content = self._entries.read(name)
            try:
                value = value_of(request, content)
            except (ValueError, KeyError, EOFError, OSError) as error:
                raise self._entries.reject(name, f"it cannot be read: {error}") from error
        except NotKept:
            return None
        _LOGGER.debug("%s: taken from the cache, %s", type(request).__name__, name)
        return value

    def keep(self, request: Request, value: Value) -> None:
        """Keep what was measured, if it reads back as it is."""
        name = self._name(request)
        if name is None or self._entries is None:
            return
        content = content_of(request, value)
        if content is not None:
            with self._entries.writing(name) as write:
                write(content)
            _LOGGER.debug("%s: measured for the cache, %s", type(request).__name__, name)

    def has_scores(self, role: Role, of: Scalar | None) -> bool:
        """Whether the model's scores for that dataset seem to be kept, so that the model need not be loaded."""
        name = self._scores_name(role, of)
        return name is not None and self._entries is not None and self._entries.has(name) and self._held is not None

    def scores(self, role: Role, of: Scalar | None, rows: int) -> Iterator[Floats]:
        """The model's scores in the order of the rows. NotKept where there are none, or at the end where those given
        cannot be believed.
        """
        import numpy as np

        name = self._scores_name(role, of)
        if name is None or self._entries is None:
            raise NotKept
        header = scores_header(rows)
        found = 0
        for piece in self._entries.pieces(name, 8 * PIECE):
            begins, content = (piece[: len(header)], piece[len(header) :]) if not found else (header, piece)
            found += len(content) // 8
            if begins != header or len(content) % 8 or found > rows:
                raise self._entries.reject(name, "it holds no scores of these rows")
            yield np.frombuffer(content, dtype="<f8")
        if found != rows:
            raise self._entries.reject(name, "it holds scores of fewer rows")

    def confinement(self, held: Confinement | None) -> Confinement | None:
        """What holds the model's process, to be kept; where there is none now, what held that of the kept scores."""
        if held is None:
            return self._held
        name = self._confinement_name()
        if name is not None and self._entries is not None:
            with self._entries.writing(name) as write:
                write(held.model_dump_json().encode())
        return held

    @contextlib.contextmanager
    def keeping_scores(self, role: Role, of: Scalar | None, rows: int) -> Iterator[Callable[[Floats], None]]:
        """What keeps the model's scores, batch by batch in the order of the rows."""
        name = self._scores_name(role, of)
        if name is None or self._entries is None:
            yield lambda scores: None  # noqa: ARG005
            return
        with self._entries.writing(name) as write:
            write(scores_header(rows))
            yield lambda scores: write(scores.astype("<f8", copy=False).tobytes())

    def finish(self) -> None:
        """Keep all of it if the files are still those whose digests the names hold."""
        if self._entries is not None and self._entries.written and self._unchanged():
            self._entries.keep()

    def _unchanged(self) -> bool:
        subject = self._subject
        try:
            subject.require_unchanged([of for of in subject.manifest.data if f"data.{of}" in self._read])
            models = [self._taken[role] for role in sorted(self._read) if not role.startswith("data.")]
            return all(digest(subject.path(file.path)) == file.digest for file in models)
        except (AssayError, OSError):
            return False

    def _by_model(self, request: Request) -> bool:
        return asks_model(request, self._subject.manifest)

    @functools.cached_property
    def _held(self) -> Confinement | None:
        """What held the model's process: the record says it. Where it is not known, nothing of the model counts."""
        name = self._confinement_name()
        if name is None or self._entries is None:
            return None
        try:
            content = self._entries.read(name)
            try:
                return Confinement.model_validate_json(content)
            except ValueError as error:
                raise self._entries.reject(name, f"it cannot be read: {error}") from error
        except NotKept:
            return None

    def _confinement_name(self) -> str | None:
        return self._digest({"asked": ["confinement"]}, (), by_model=True)

    def _name(self, request: Request) -> str | None:
        """None: its value is never kept."""
        if isinstance(request, ALWAYS_ANEW):
            return None
        asked = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        return self._digest(
            {
                "asked": [type(request).__name__, asked],
                "columns": self._subject.manifest.columns,
                "seed": self._seed if isinstance(request, SAMPLES) else None,
                "fitted": _environment() if isinstance(request, ProxiesRequest | DomainRequest) else None,
            },
            roles_of(request),
            by_model=self._by_model(request),
        )

    def _scores_name(self, role: Role, of: Scalar | None) -> str | None:
        return self._digest({"asked": ["model", role, of]}, (role,), by_model=True)

    def _digest(self, made_by: dict[str, Any], roles: tuple[Role | None, ...], *, by_model: bool) -> str | None:
        """SHA-256 of all that makes a value. None where something that it is made of has no digest."""
        if self._entries is None:
            return None
        manifest = self._subject.manifest
        made_by |= {"features": manifest.features, "code": _code(), "machine": platform.machine()}
        made_by["task"] = manifest.model.task if manifest.model else None
        made_by["engine"] = "spark" if self._options.spark or self._options.frames else "embedded"
        files: dict[str, Frozen | None] = {
            f"data.{role}": manifest.data.get(role) for role in roles if role is not None
        }
        if by_model:
            stages = manifest.pipeline.stages if manifest.pipeline else ()
            if self._options.scorer or manifest.identity.endpoint or any(stage.endpoint for stage in stages):
                return None
            models = {f"pipeline.stages.{i}": stage.artefact for i, stage in enumerate(stages)}
            models["model"] = manifest.identity.artefact
            if any(artefact is not None and artefact.format in OPEN_ENDED for artefact in models.values()):
                return None
            made_by |= {"environment": _environment(), "pipeline": manifest.pipeline}
            files |= {role: artefact for role, artefact in models.items() if artefact or role == "model"}
        for role, declared in files.items():
            taken = self._taken.get(role)
            if (declared is not None and taken is None) or role.removeprefix("data.") in self._options.frames:
                return None
            made_by[role] = [declared, taken.digest if taken else None]
            self._read |= {role} if taken else set()
        return sha256(json.dumps(made_by, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Frozen):
        return value.model_dump(by_alias=True, exclude_none=True)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


@functools.cache
def _code() -> list[str]:
    """What measures: versions, and a digest of our own code."""
    code, house = sha256(), Path(__file__).parents[1]
    for file in sorted(file for room in ROOMS for file in (house / room).rglob("*.py")):
        code.update(f"{file.relative_to(house)}\n".encode() + file.read_bytes())
    return [code.hexdigest(), *(version(name) for name in MEASURING)]


@functools.cache
def _environment() -> list[str]:
    """Python and every package that is installed: a model may use any of them."""
    found: set[str] = set()
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found.update(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    return [platform.python_version(), *sorted(found)]
