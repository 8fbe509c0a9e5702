"""JSON documents of other programs: the same record gives the same bytes, and what says nothing is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote
from uuid import UUID, uuid5

from assay.export.recorded import Recorded


def written(document: Mapping[str, object]) -> str:
    """The text of a document: sorted keys, an end of line."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def kept(**given: object) -> dict[str, object]:
    """The members that say something; `_` in a name is written `-`."""
    return {name.replace("_", "-"): value for name, value in given.items() if value not in (None, "", [], {}, ())}


def hexadecimal(digest: str) -> str:
    """The digest without the name of its algorithm."""
    return digest.removeprefix("sha256:")


def identity(recorded: Recorded, *names: str) -> str:
    """A UUID (version 5) of something in this audit: always the same, and another one in another audit."""
    return str(uuid5(UUID(hexadecimal(recorded.audit_digest)[:32]), "\0".join(names)))


def relative(path: str) -> str:
    """A path as a relative reference, whatever it holds: no scheme, no host, no query."""
    return quote(path.lstrip("/"), safe="/") or "."


def address(given: str) -> str:
    """An address or a path with nothing in it that neither may hold."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(given, safe="/:?#@!$&'()*+,;=%"))


def moment(at: datetime) -> str:
    """`2026-03-31T12:00:00Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
