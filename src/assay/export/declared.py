"""What the manifest in the record states, read without asking for more than is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.record.audit import Audit
from assay.record.said import at


def stated(audit: Audit, *path: str) -> Any:
    """What stands at a path such as `purpose`, `users`; None where the manifest says nothing, or only blanks.

    An empty list is something said: that there is none.
    """
    found = at(audit.manifest, ".".join(path))
    return None if found == {} or (isinstance(found, str) and not found.strip()) else found


def text(audit: Audit, *path: str) -> str | None:
    """The same as words: `yes` and `no` for the truth values."""
    found = stated(audit, *path)
    return None if found is None else said(found)


def texts(audit: Audit, *path: str) -> tuple[str, ...]:
    """A list at the path as words, or a single word as a list of one."""
    found = stated(audit, *path)
    if found is None:
        return ()
    return tuple(said(one) for one in found) if isinstance(found, list) else (said(found),)


def entries(audit: Audit, *path: str) -> Iterator[Mapping[str, Any]]:
    """The blocks of a list at the path."""
    found = stated(audit, *path)
    yield from (one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()


def said(value: object) -> str:
    """A value of the manifest in words, never as a literal of Python. A record keeps no order of keys."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Mapping() if set(value) == {"start", "end"}:
            return f"{value['start']} to {value['end']}"
        case Mapping():
            return "; ".join(f"{key}: {said(inner)}" for key, inner in sorted(value.items())) or "none"
        case list() | tuple():
            return ", ".join(said(inner) for inner in value) or "none"
        case _:
            return str(value)


def people(audit: Audit) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everybody of `owners`, each after the key under which they stand there, such as `developer`."""
    for key, held in sorted((stated(audit, "owners") or {}).items()):
        for person in held if isinstance(held, list) else (held,):
            if isinstance(person, Mapping) and "id" in person:
                yield key, person


def called(person: Mapping[str, Any]) -> str:
    """The name of a person, or the id where no name is given."""
    return str(person.get("name") or person["id"])
