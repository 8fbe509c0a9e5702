"""Servers that a manifest names: none is asked before the user has named it too. A manifest may come from anybody."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assay.engines.options import EngineOptions
from assay.engines.sources.address import host_of
from assay.engines.spark.source import CATALOGUE, distant_files
from assay.errors import DataError
from assay.record.artefact import Role
from assay.record.pipeline import ScoringService
from assay.source import Loc

if TYPE_CHECKING:
    from assay.subject.manifest import LoadedManifest


@dataclass(frozen=True)
class _Server:
    """A server that an audit would ask."""

    loc: Loc
    """Where the manifest names it."""
    address: str
    host: str
    token: str | None = None
    """The environment variable that would be sent."""


def require_consent(
    loaded: LoadedManifest, options: EngineOptions, roles: Collection[Role], *, needs_model: bool
) -> None:
    """One DataError that names every server which would be asked and is not among the hosts of the options."""
    allowed = {host.lower() for host in options.connect}
    asked = [*_of_data(loaded, options, roles), *(_of_model(loaded) if needs_model else ())]
    refused = [server for server in asked if server.host.lower() not in allowed]
    if not refused:
        return
    told = "; ".join(
        f"{server.address} ({'.'.join(map(str, server.loc))}"
        + (f", which would get the token in {server.token})" if server.token else ")")
        for server in refused
    )
    hosts = " ".join(f"--connect {shlex.quote(host)}" for host in dict.fromkeys(server.host for server in refused))
    raise DataError(
        f"no server is asked because a manifest names it: {told}",
        where=loaded.source.place(refused[0].loc),
        hint=f"If you trust whoever wrote the manifest, add {hosts}; passwords, tokens and rows go there.",
    )


def _of_data(loaded: LoadedManifest, options: EngineOptions, roles: Collection[Role]) -> Iterator[_Server]:
    for role in sorted(roles):
        declared = loaded.manifest.data.get(role)
        if declared is None or declared.database is None or role in options.frames:
            continue
        if declared.database != CATALOGUE:
            loc: Loc = ("data", role, "database")
            host = host_of(declared.database, loaded.source.place(loc))
            yield _Server(loc, declared.database, host)
            continue
        loc = ("data", role, "table")
        files = distant_files(declared.table_name, loaded.source.place(loc))
        if files is not None:
            yield _Server(loc, files.address, files.host)


def _of_model(loaded: LoadedManifest) -> Iterator[_Server]:
    identity, pipeline = loaded.manifest.identity, loaded.manifest.pipeline
    named: list[tuple[Loc, ScoringService | None]] = [(("identity", "endpoint", "url"), identity.endpoint)]
    for place, stage in enumerate(pipeline.stages if pipeline else ()):
        named.append((("pipeline", "stages", place, "endpoint", "url"), stage.endpoint))
    for loc, service in named:
        if service is not None:
            yield _Server(loc, service.url, urlsplit(service.url).hostname or "", service.token)
