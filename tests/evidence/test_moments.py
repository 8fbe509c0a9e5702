"""Tables of moments come back whole, or are refused where no numbers have such sums."""

from dataclasses import replace

import pytest

from assay.evidence.merging import covers, merge
from assay.evidence.moments import Moments
from assay.evidence.reading import read_table
from assay.evidence.request import MomentsRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.evidence.value import Evidence
from moments import moments

ASKED = MomentsRequest("test", "g", "residual")
PLAIN = moments({"a": [1.0, 2.0, 4.0], "b": [-3.0], None: [0.5]}, unlabelled={"a": 2}, unscored={"b": 1})
WEIGHTED = moments({"a": [1.0, 2.0], "b": [5.0]}, weights={"a": [1.0, 3.5], "b": [2.0]})
BY_ENTITY = moments({"a": [1.0, 2.0], "b": [5.0]}, entity={"a": ["003", "399"], "b": ["003"]})


@pytest.mark.parametrize("value", [PLAIN, WEIGHTED, BY_ENTITY], ids=["plain", "weighted", "by entity"])
def test_they_come_back_whole(value):
    answered, read = read_table(ASKED, value.csv())
    assert answered == ASKED
    assert read == value


def test_each_question_has_its_own_table():
    assert told(ASKED) == "moments of the residual of test by g"
    other = replace(ASKED, of="absolute_residual")
    assert merge([ASKED, other, ASKED]) == [ASKED, other]
    assert not covers(ASKED, other)
    assert Evidence({ASKED: PLAIN}).of(ASKED, Moments) is PLAIN


@pytest.mark.parametrize(
    "value",
    [
        replace(PLAIN, sums=((0.0, 9.0, 0.0, 0.0), *PLAIN.sums[1:])),
        replace(PLAIN, sums=((0.5, 0.1, 0.0, 0.0), *PLAIN.sums[1:])),
        replace(PLAIN, unit=3.0),
        replace(PLAIN, unit=-2.0),
        replace(PLAIN, centre=1e101),
        replace(PLAIN, rows=PLAIN.rows[::-1]),
        replace(PLAIN, rows=(PLAIN.rows[0],) * 3),
        replace(PLAIN, people=(0, 0, 0), unlabelled=(0, 0, 0), unscored=(0, 0, 0), sums=((0.0,) * 4,) * 3),
        replace(PLAIN, people=(2**53, 1, 1)),
        replace(PLAIN, keys=("group:h",)),
        replace(WEIGHTED, sums=((4.5, 0.0, 0.0, 99.0, 0.0, 0.0, 0.0, 0.0), WEIGHTED.sums[1])),
        replace(WEIGHTED, sums=((4.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0), WEIGHTED.sums[1])),
        replace(BY_ENTITY, keys=("group:g", "group:h")),
        replace(WEIGHTED, sums=((1e160, 0.0, 0.0, 1e160, 1e160, 1e160, 1e160, 1e160), WEIGHTED.sums[1])),
        replace(WEIGHTED, sums=((1e80, 0.0, 0.0, 1e160, 1e160, 1e159, 0.0, 0.0), WEIGHTED.sums[1])),
    ],
)
def test_sums_that_no_numbers_have_are_refused(value):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, value.csv())


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"group:g,people\n", PLAIN.csv().replace(b"unit", b"units"),
                                  PLAIN.csv()[:-1], PLAIN.csv().replace(b"group:g", b"")])  # fmt: skip
def test_other_bytes_are_refused(data):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data)
