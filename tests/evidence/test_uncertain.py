"""Uncertain groups written, read back, and refused where nobody can have measured them."""

import pytest

from assay.evidence.reading import read_table
from assay.evidence.request import UncertainRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.uncertain import Bin, UncertainGroups

ASKED = UncertainRequest("test", "race")
FOUND = UncertainGroups(
    ("black", "white"),
    (
        Bin("black", 20, False, 3, 0.6, 0.12), Bin("black", 20, True, 1, 0.2, 0.04),
        Bin("white", 80, False, 3, 2.4, 1.92), Bin("white", 80, True, 1, 0.8, 0.64),
    ),
    2,
    5,
)  # fmt: skip


def test_what_is_written_is_read_back():
    assert read_table(ASKED, FOUND.csv()) == (ASKED, FOUND)
    assert (FOUND.people, FOUND.total) == (4, 11)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("group,bin", "groups,bin"),
        ("white,,,,,\n", ""),
        ("undecided,2", "undecided,-2"),
        ("undecided,2", "undecided,9007199254740993"),
        ("black,20,unfavourable,3", "black,100,unfavourable,3"),
        ("black,20,unfavourable,3", "black,20,unfavourable,0"),
        ("black,20,unfavourable,3", "black,20,neither,3"),
        ("black,20,unfavourable,3,0.6", "black,20,unfavourable,3,0.7"),
        ("black,20,unfavourable,3,0.6,0.12", "black,20,unfavourable,3,0.6,0.01"),
        ("black,20,unfavourable,3,0.6,0.12", "black,20,unfavourable,3,0.6,0.9"),
        ("black,20,unfavourable,3,0.6,0.12", "black,20,unfavourable,3,nan,0.12"),
        ("white,80,unfavourable,3", "white,80,unfavourable,2"),
        ("white,80,favourable,1", "green,80,favourable,1"),
        ("unknown,5,,", "unknown,5,1,"),
    ],
)
def test_what_nobody_can_have_measured_is_refused(before, after):
    text = FOUND.csv().decode()
    assert text.count(before) == 1, text
    with pytest.raises(UnreadableTable):
        read_table(ASKED, text.replace(before, after).encode())
