"""People, or other entities, that stand in two datasets."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import LARGEST_COUNT, UnreadableTable, as_count, lines_of, table

HEADER = ("dataset", "rows", "unnamed", "entities", "shared_entities", "shared_rows")


@dataclass(frozen=True)
class Named:
    """The entities of one dataset."""

    rows: int
    unnamed: int
    """Rows without an entity."""
    entities: int
    """Different ones."""


@dataclass(frozen=True)
class SharedEntities:
    """Rows and entities are counted, whatever they weigh or stand for. No entity is named."""

    data: Named
    against: Named
    entities: int
    """Entities of `data` that stand in `against` too."""
    rows: int
    """Rows of `data` about these."""

    def csv(self) -> bytes:
        """Canonical bytes: a line for each dataset."""
        own, other = self.data, self.against
        lines = (
            ("data", own.rows, own.unnamed, own.entities, self.entities, self.rows),
            ("against", other.rows, other.unnamed, other.entities, None, None),
        )
        return table(HEADER, lines)


def read_shared_entities(data: bytes) -> SharedEntities:
    """Entities of two datasets, no more of them shared than there are."""
    header, *lines = lines_of(data)
    if tuple(header) != HEADER or [line[0] for line in lines] != ["data", "against"] or any(lines[1][4:]):
        raise UnreadableTable("its lines are not those of the entities of two datasets")
    own, other = (Named(*map(as_count, line[1:4])) for line in lines)
    made = SharedEntities(own, other, as_count(lines[0][4]), as_count(lines[0][5]))
    for each in (own, other):
        named = each.rows - each.unnamed
        if each.rows > LARGEST_COUNT or not min(named, 1) <= each.entities <= named:
            raise UnreadableTable("its entities are not those of its rows")
    rest = own.rows - own.unnamed - made.rows, own.entities - made.entities
    if made.entities > other.entities or any(few < 0 for few in rest) or rest[0] < rest[1]:
        raise UnreadableTable("it shares more than there is")
    if not min(made.rows, 1) <= made.entities <= made.rows or (rest[0] > 0) != (rest[1] > 0):
        raise UnreadableTable("its shared rows are not those of its shared entities")
    return made
