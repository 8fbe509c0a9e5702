"""When two ids name the same person. Independence must not hang on a capital letter or a blank."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from assay.record.people import Person
from assay.record.visible import visible


def folded(id_: str) -> str:
    """The id without regard to case, blanks, invisible characters and compatible forms: `M.Tanaka ` is `m.tanaka`."""
    plain = unicodedata.normalize("NFKC", visible(id_)).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def called(person: Person) -> str:
    """The name of a person; the id where nobody says a name."""
    return person.name or person.id


def known_by_id(value: Any) -> bool:
    """Whether it is somebody or something that has an id, and so compares by it."""
    return isinstance(value, Mapping) and isinstance(value.get("id"), str)
