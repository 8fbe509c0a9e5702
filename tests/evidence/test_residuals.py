"""Tables of residuals come back whole, or are refused where no numbers have such sums."""

from dataclasses import replace

import pytest

from assay.evidence.merging import merge
from assay.evidence.reading import read_table
from assay.evidence.request import MomentsRequest, ResidualsRequest
from assay.evidence.residuals import POWERS, WEIGHTED_POWERS
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from residuals import residuals

ASKED = ResidualsRequest("test")
LABELS, SCORES = [3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0]
PLAIN = residuals(LABELS, SCORES, unlabelled=2, unscored=1)
WEIGHTED = residuals(LABELS, SCORES, weights=[1.0, 2.0, 0.5, 3.0])
BY_ENTITY = residuals(LABELS, SCORES, entity=["003", "399", "003", "004"])
BOTH = residuals(LABELS, SCORES, weights=[1.0, 2.0, 0.5, 3.0], entity=["003", "399", "003", "004"])
NOBODY = residuals([], [])


@pytest.mark.parametrize("value", [PLAIN, WEIGHTED, BY_ENTITY, BOTH, NOBODY])
def test_they_come_back_whole(value):
    assert read_table(ASKED, value.csv()) == (ASKED, value)


def test_each_question_has_its_own_table():
    assert told(ASKED) == "residuals of test"
    other = ResidualsRequest("train")
    by_group = MomentsRequest("test", "g", "residual")
    assert merge([ASKED, other, by_group, ASKED]) == [ASKED, other, by_group]


def _with(value, name, sum_of):
    names = WEIGHTED_POWERS if value.weighted else POWERS
    sums = list(value.sums[0])
    sums[names.index(name)] = sum_of
    return replace(value, sums=(tuple(sums), *value.sums[1:]))


@pytest.mark.parametrize(
    "value",
    [
        *(_with(PLAIN, name, 9.0) for name in POWERS),
        *(_with(PLAIN, name, 0.0) for name in ("r2", "r4", "d2", "d4", "q2")),
        *(_with(PLAIN, name, -0.1) for name in ("r2", "r4", "d2", "d4", "q2")),
        _with(WEIGHTED, "w", 0.0),
        _with(WEIGHTED, "w", 1e300),
        _with(WEIGHTED, "w2", 99.0),
        _with(WEIGHTED, "w2", 1.0),
        replace(PLAIN, units=(3.0, 1.0, 1.0)),
        replace(PLAIN, units=(1.0, -1.0, 1.0)),
        replace(PLAIN, centre=1e101),
        replace(PLAIN, zeros=(5,)),
        replace(PLAIN, people=(2**53,)),
        replace(BY_ENTITY, rows=BY_ENTITY.rows[::-1]),
        replace(BY_ENTITY, rows=("003",) * 3),
        replace(BY_ENTITY, people=(0, 1, 1), sums=((0.0,) * len(POWERS), *BY_ENTITY.sums[1:])),
    ],
)
def test_sums_that_no_numbers_have_are_refused(value):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, value.csv())


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"people,unlabelled\n", PLAIN.csv().replace(b"centre", b"middle"),
                                  PLAIN.csv()[:-1], PLAIN.csv().replace(b"people", b""),
                                  PLAIN.csv() + PLAIN.csv().splitlines(keepends=True)[-1]])  # fmt: skip
def test_other_bytes_are_refused(data):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data)
