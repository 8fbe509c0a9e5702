"""What a manifest says at a path, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PERSON = ("name", "role", "organisation")
_FIRST = ("id", "name", "path", "version", "date")
"""Keys that are told first, and by their value alone: canonical JSON has lost the order in which keys were written."""


def at(manifest: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where the manifest says nothing there."""
    here: Any = manifest
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def lines(manifest: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Every value at a path as text, one line for each entry of a list; nothing where nothing is said.

    An empty list says that there are none. `data.*.origin` asks of every dataset; each line then begins with its name.
    """
    before, star, after = path.partition(".*.")
    if not star:
        value = at(manifest, path)
        return ("none",) if value == [] else tuple(_told(value))
    entries = at(manifest, before)
    named = entries.items() if isinstance(entries, Mapping) else ()
    return tuple(f"{name}: {line}" for name, entry in named for line in lines({"it": entry}, f"it.{after}"))


def role(person: Mapping[str, Any]) -> str:
    """A person without name and id, for what is published."""
    told = ", ".join(str(person[part]) for part in ("role", "organisation") if person.get(part))
    return told or "somebody whose role is not stated"


def _told(value: Any) -> Iterator[str]:
    match value:
        case None | "":
            return
        case bool():
            yield "yes" if value else "no"
        case Mapping() if "id" in value and set(value) <= {"id", "reports_to", "trained", *_PERSON}:
            yield _person(value)
        case {"start": start, "end": end}:
            yield f"{start} to {end}"
        case Mapping():
            told = sorted(
                value.items(), key=lambda entry: _FIRST.index(entry[0]) if entry[0] in _FIRST else len(_FIRST)
            )
            parts = ((str(key).replace("_", " "), "; ".join(_told(inner))) for key, inner in told)
            yield "; ".join(said if name in _FIRST else f"{name}: {said}" for name, said in parts if said)
        case list() | tuple():
            for inner in value:
                yield from _told(inner)
        case float():
            yield f"{value:.10g}"
        case _:
            yield str(value)


def _person(person: Mapping[str, Any]) -> str:
    told = ", ".join(str(person[part]) for part in _PERSON if person.get(part))
    trained = f", trained on {person['trained']}" if person.get("trained") else ""
    return (told or str(person["id"])) + trained
