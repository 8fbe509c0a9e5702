"""Tables of days and of shared entities: those that nobody can have counted are refused."""

from dataclasses import replace

import pytest

from assay.evidence.days import Dated, Days
from assay.evidence.reading import read_table
from assay.evidence.request import DaysRequest, SharedEntitiesRequest
from assay.evidence.shared_entities import Named, SharedEntities
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told

DAYS, ENTITIES = DaysRequest("test", "train"), SharedEntitiesRequest("test", "train")
OWN, OTHER = Dated(5, 1, "2025-06-01", "2026-03-01"), Dated(4, 0, "2025-01-01", "2025-12-31")
ORDERED = Days(OWN, OTHER, 2)
SHARED = SharedEntities(Named(9, 2, 3), Named(4, 0, 3), 1, 4)


def test_they_come_back_whole_and_say_what_they_answer():
    assert read_table(DAYS, ORDERED.csv()) == (DAYS, ORDERED)
    assert read_table(ENTITIES, SHARED.csv()) == (ENTITIES, SHARED)
    assert told(DAYS) == "days of test beside those of train"
    assert told(ENTITIES) == "entities of test that stand in train"


@pytest.mark.parametrize(
    "value",
    [
        replace(ORDERED, not_later=5),
        replace(ORDERED, not_later=4),
        replace(ORDERED, not_later=0),
        replace(ORDERED, data=replace(OWN, first="2026-01-01")),
        replace(ORDERED, data=replace(OWN, last="2025-12-31")),
        replace(ORDERED, data=replace(OWN, first="2026-04-01")),
        replace(ORDERED, data=replace(OWN, first="2025-02-29")),
        replace(ORDERED, data=replace(OWN, first="20250601")),
        replace(ORDERED, data=replace(OWN, first=None)),
        replace(ORDERED, data=replace(OWN, undated=5)),
        replace(ORDERED, data=replace(OWN, undated=6, first=None, last=None)),
        replace(ORDERED, against=Dated(4, 4, None, None)),
        replace(ORDERED, data=replace(OWN, rows=2**54)),
    ],
)
def test_days_that_no_rows_have_are_refused(value):
    with pytest.raises(UnreadableTable):
        read_table(DAYS, value.csv())


@pytest.mark.parametrize(
    "value",
    [
        replace(SHARED, entities=4),
        replace(SHARED, rows=8),
        replace(SHARED, rows=0),
        replace(SHARED, entities=0),
        replace(SHARED, entities=3),
        replace(SHARED, rows=6),
        replace(SHARED, against=Named(0, 0, 0)),
        replace(SHARED, against=Named(4, 0, 0)),
        replace(SHARED, data=Named(9, 2, 8)),
        replace(SHARED, data=Named(9, 10, 0)),
    ],
)
def test_entities_that_no_rows_have_are_refused(value):
    with pytest.raises(UnreadableTable):
        read_table(ENTITIES, value.csv())


@pytest.mark.parametrize("data", [b"", b"a\n", b"dataset,rows\ndata,1\n", ORDERED.csv()[:-1], SHARED.csv() + b"x\n"])
def test_other_bytes_are_refused(data):
    for request in (DAYS, ENTITIES):
        with pytest.raises(UnreadableTable):
            read_table(request, data)
