"""What the manifest declares, as facts and tables: printed as declared, never measured and never judged here.

Names of fields and answers of yes and no are those of the manifest, in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay.record.people import Overseer
from assay.record.said import at
from assay.report.language import gettext, ngettext
from assay.report.tables import Cell, ExhibitTable
from assay.report.words import count, in_words, plain, within

LONGEST_TEXT = 900
"""Characters of one fact; the whole of it is in audit.json."""
MOST_ROWS, MOST_COLUMNS, MOST_FACTS = 30, 6, 60
_BLANK: tuple[object, ...] = (None, "", {})
_HIDDEN = ("digest",)
_SPOKEN = {"eu": "EU AI Act", "ca_aia": "Canadian impact assessment", "sla": "service level", "class": "risk class",
           "ce": "CE marking", "eudb_id": "number in the EU database", "k": "reasons told",
           "automl": "chosen by a program", "oss": "open source", "url_label": "address"}  # fmt: skip
_FIRST = ("id", "name", "version", "date")
_DECIDING = ("proxy_for", "residual", "severity", "state", "material")
"""Fields whose rows are kept where a list is cut: a feature that stands for a group, an open finding, …"""


@dataclass(frozen=True)
class Declared:
    """Facts and lists of one part of the report."""

    facts: tuple[tuple[str, str], ...]
    tables: tuple[ExhibitTable, ...]


def declared(manifest: Mapping[str, object], roots: Iterable[str], printed: Iterable[str] = ()) -> Declared:
    """What stands under these paths of the manifest; `printed`: paths which the report prints elsewhere."""
    facts: list[tuple[str, str]] = []
    tables: list[ExhibitTable] = []
    for root in roots:
        for path, value in _walk(root.split("."), at(manifest, root), frozenset(printed)):
            if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
                if any(_is_person(item) for item in value):
                    facts.append((_named(path), "; ".join(map(_person, value))))
                else:
                    tables.append(_table(_named(path), value))
            else:
                facts.append((_named(path), short(_told(value))))
    return Declared(_few(facts), tuple(tables))


def short(text: str, most: int = LONGEST_TEXT) -> str:
    """The text, cut where it is too long to be read in a report."""
    return text if len(text) <= most else text[:most].rstrip() + gettext("… (cut; the whole is in audit.json)")


def _few(facts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    more = len(facts) - MOST_FACTS
    if more <= 0:
        return tuple(facts)
    told = ngettext("%(n)s more field of the manifest is in audit.json",
                    "%(n)s more fields of the manifest are in audit.json", more, n=count(more))  # fmt: skip
    return (*facts[:MOST_FACTS], (gettext("More"), told))


def _walk(path: list[str], value: object, printed: frozenset[str]) -> Iterator[tuple[list[str], object]]:
    """Path and value of everything that is said: mappings are entered, people and lists are values."""
    names = {".".join(path), ".".join([path[0], "*", *path[2:]])}
    if value in _BLANK or path[-1] in _HIDDEN or names & printed:
        return
    if isinstance(value, Mapping) and not _is_person(value) and not _is_fact(path, value, printed):
        for name, inner in value.items():
            yield from _walk([*path, str(name)], inner, printed)
    else:
        yield path, value


def _is_fact(path: list[str], value: Mapping[str, object], printed: frozenset[str]) -> bool:
    """Whether a mapping fits into one fact: it is not deep, and nothing of it stands elsewhere."""
    elsewhere = any(known.startswith((f"{'.'.join(path)}.", f"{path[0]}.*.")) for known in printed)
    flat = all(not isinstance(inner, (Mapping, list)) for name, inner in value.items() if name not in _HIDDEN)
    return len(path) > 1 and flat and not elsewhere


def _named(path: list[str]) -> str:
    """`deployment.sla.uptime_target` → `Deployment: service level, uptime target`."""
    words = [_SPOKEN.get(part, within(part)) for part in path]
    head = words[0][:1].upper() + words[0][1:]
    return short(f"{head}: {', '.join(words[1:])}" if words[1:] else head, 160)


def _is_person(value: object) -> bool:
    return isinstance(value, Mapping) and "id" in value and set(value) <= {*Overseer.model_fields}


def _person(value: object) -> str:
    if not isinstance(value, Mapping):
        return _told(value)
    about = ", ".join(str(value[key]) for key in ("role", "organisation") if value.get(key))
    name = str(value.get("name") or value["id"])
    return f"{name} ({about})" if about else name


def _told(value: object) -> str:
    if _is_person(value):
        return _person(value)
    if isinstance(value, list):
        return "; ".join(_told(item) for item in value) or gettext("none")
    if isinstance(value, Mapping):
        return "; ".join(
            f"{within(str(key))}: {_told(inner)}"
            for key, inner in value.items()
            if inner not in _BLANK and key not in _HIDDEN
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else plain(value)


def _table(heading: str, items: list[Mapping[str, object]]) -> ExhibitTable:
    """A list of the manifest: its columns are the fields that are said, rows that decide come first where it is cut."""
    names = dict.fromkeys(name for item in items for name in item if name not in _HIDDEN)
    said = [name for name in names if any(item.get(name) not in (*_BLANK, []) for item in items)]
    same = [name for name in said if len(items) > 2 and all(item.get(name) == items[0].get(name) for item in items)]
    order = sorted(
        (name for name in said if name not in same),
        key=lambda name: (name not in _FIRST, _FIRST.index(name) if name in _FIRST else 0),
    )
    shown = order[:MOST_COLUMNS]
    rows = items
    if len(items) > MOST_ROWS:
        rows = sorted(items, key=lambda item: not any(item.get(name) for name in _DECIDING))[:MOST_ROWS]
    left = [within(name) for name in order[MOST_COLUMNS:]]
    notes = [
        gettext("%(name)s: %(value)s in every row.", name=in_words(name), value=short(_told(items[0][name]), 80))
        for name in same
    ]
    notes += [gettext("Also declared, in audit.json: %(names)s.", names=", ".join(left))] if left else []
    return ExhibitTable(
        title=heading,
        note=" ".join(notes) or None,
        columns=tuple((in_words(_SPOKEN.get(name, name)), False) for name in shown),
        rows=tuple(tuple(_cell(item.get(name)) for name in shown) for item in rows),
        more=len(items) - len(rows),
        noted=True,
    )


def _cell(value: object) -> Cell:
    text = "" if value in (*_BLANK, []) else short(_told(value), 300)
    return Cell(text, any(len(word) > 24 for word in text.split()))
