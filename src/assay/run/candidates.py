"""What the columns of a data file and the documents of a folder could be. Told by their shape, never chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.engines.embedded.outline import FEW, ColumnOutline, Outline
from assay.errors import DataError
from assay.record.codes import code, spellings
from assay.source import nearest
from assay.source.told import short
from assay.subject.blanks import Draft, can_be_written, described, quoted
from assay.subject.papers import headings_of, text_of

MOST_LISTED, MOST_COLUMNS = 100, 30
"""Columns that are listed, and candidates of one kind that are."""
MOST_DOCUMENTS, MOST_HEADINGS = 20, 12
LEAST_PEOPLE = 5
"""A value that fewer rows hold is not written into a manifest."""
MOST_AGES = 150
"""Different whole numbers up to which a column could be cut into groups."""


def require_columns(columns: Mapping[str, Any], read: Outline, told: str) -> None:
    """Raises DataError where an option names a column, or a favourable value, that the data do not have."""
    known = {column.name: column for column in read.columns}
    for key, said in _said(columns):
        column = known.get(said["column"])
        if column is None:
            hint = nearest(said["column"], [name for name in known if can_be_written(name)])
            raise DataError(f"--{key}: there is no column {short(said['column'])!r}", where=told, hint=hint)
        value = said.get("favourable")
        values = [code(value) for value, _ in column.values]
        if value is not None and values and not set(spellings(value)) & set(values):
            what = f"--{key}: no row holds {short(str(value))!r} in {short(column.name)!r}"
            raise DataError(what, where=told, hint=nearest(str(value), values))


def _said(columns: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in columns.items():
        if key == "groups":
            yield from (("groups", group) for group in value.values())
        elif "column" in value:
            yield key, value


def note_columns(draft: Draft, read: Outline, given: Mapping[str, Any]) -> None:
    """The columns and what they could be, as comments of `columns`."""
    used = {said["column"] for _, said in _said(given)}
    free = [column for column in read.columns if column.name not in used and can_be_written(column.name)]
    unwritable = sum(not can_be_written(column.name) for column in read.columns)
    draft.note("columns", f"The data have {read.rows} rows and {len(read.columns)} columns: {_kinds(read.columns)}.")
    if unwritable:
        draft.note("columns", f"{unwritable} have a name with characters that a manifest cannot hold; rename them.")
    two = [column for column in free if len(column.values) == 2]
    scores = [column for column in free if _is_score(column)]
    groups = [column for column in free if 2 <= len(column.values) <= FEW or _has_ages(column)]
    offered = {
        "label": ("two values", two),
        "decision": ("two values", two),
        "score": ("numbers between 0 and 1", scores),
        "groups": (f"2 to {FEW} values, or whole numbers to be cut by edges", groups),
    }
    for key, (shape, columns) in offered.items():
        if key not in given:
            draft.note(f"columns.{key}", described(f"columns.{key}"))
            draft.note(f"columns.{key}", f"Candidates, by their shape alone ({shape}): {_named(columns)}.")


def _kinds(columns: Sequence[ColumnOutline]) -> str:
    told = [f"{quoted(short(c.name, 80))} {c.kind}" for c in columns[:MOST_LISTED] if can_be_written(c.name)]
    more = f", and {len(columns) - MOST_LISTED} more" if len(columns) > MOST_LISTED else ""
    return ", ".join(told) + more


def _is_score(column: ColumnOutline) -> bool:
    low, high = column.low, column.high
    return not column.values and not column.whole and low is not None and high is not None and 0 <= low < high <= 1


def _has_ages(column: ColumnOutline) -> bool:
    return not column.values and column.whole and column.distinct <= MOST_AGES


def _named(columns: Sequence[ColumnOutline]) -> str:
    told = [_told(column) for column in columns[:MOST_COLUMNS]]
    if len(columns) > MOST_COLUMNS:
        told.append(f"and {len(columns) - MOST_COLUMNS} more")
    return "; ".join(told) or "none"


def _told(column: ColumnOutline) -> str:
    """`sex (f 120, m 130)`: values only where each stands for some people."""
    name = quoted(short(column.name, 80))
    missing = f", {column.missing} missing" if column.missing else ""
    if column.values and len(column.values) <= 6 and all(n >= LEAST_PEOPLE for _, n in column.values):
        return f"{name} ({', '.join(f'{short(value, 30)}: {n} rows' for value, n in column.values)}{missing})"
    return f"{name} ({column.distinct} different values{missing})"


def note_documents(draft: Draft, folder: Path, base: Path, documents: Sequence[str]) -> None:
    """The headings of the documents; a blank whose name a heading bears gets that heading to look at."""
    asked = {name: name.replace("_", "-").lower() for name in draft.blanks_of("docs.sections")}
    for name in documents[:MOST_DOCUMENTS]:
        try:
            path = (folder / name).resolve().relative_to(base.resolve()).as_posix()
            text = text_of(folder / name)
        except (OSError, ValueError):
            continue
        if text is None or not can_be_written(path):
            continue
        anchors = [heading.anchor for heading in headings_of(text) if heading.anchor and can_be_written(heading.anchor)]
        more = f" and {len(anchors) - MOST_HEADINGS} more" if len(anchors) > MOST_HEADINGS else ""
        told = ", ".join(short(anchor) for anchor in anchors[:MOST_HEADINGS]) or "none"
        draft.note("docs.sections", f"Candidate: {path}, headings: {told}{more}")
        for section, anchor in asked.items():
            if anchor in anchors:
                draft.suggest(f"docs.sections.{section}", {"path": path, "anchor": anchor})
    if documents:
        draft.note("docs.sections", described("docs.sections"))
