"""What a manifest says at a path: the value, or words. The one reader of its statements, for reports and exports.

It asks for no more than is there: a record may hold a manifest of another version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PERSON = ("name", "role", "organisation")
_FIRST = ("id", "name", "path", "version", "date")
"""Keys that are told first, and by their value alone. The others follow by name: a record keeps no order of keys."""


def at(manifest: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where the manifest says nothing there."""
    here: Any = manifest
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def stated(manifest: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where the manifest says nothing there, or only blanks.

    An empty list is something said: that there is none.
    """
    found = at(manifest, path)
    return None if found == {} or (isinstance(found, str) and not found.strip()) else found


def entries(manifest: Mapping[str, Any], path: str) -> Iterator[Mapping[str, Any]]:
    """The blocks of a list at a path."""
    found = stated(manifest, path)
    yield from (one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()


def words(value: object) -> str:
    """A value in words, never as a literal of Python: `none` of an empty list, and nothing of what is not there."""
    return "; ".join(_told(value)) or ("none" if value in ([], (), {}) else "")


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


def people(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everybody of `owners`, each after the key under which they stand there, such as `developer`."""
    owners = at(manifest, "owners")
    for key, held in sorted(owners.items()) if isinstance(owners, Mapping) else ():
        for person in held if isinstance(held, list) else (held,):
            if isinstance(person, Mapping) and "id" in person:
                yield key, person


def called(person: Mapping[str, Any]) -> str:
    """The name of a person, or the id where no name is given."""
    return str(person.get("name") or person["id"])


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
        case Mapping() if set(value) == {"start", "end"}:
            yield f"{value['start']} to {value['end']}"
        case Mapping():
            order = [*_FIRST, *sorted(str(key) for key in value)]
            told = sorted(value.items(), key=lambda entry: order.index(str(entry[0])))
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
