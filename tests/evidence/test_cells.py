"""Cells with sampling weights: sums that do not depend on the order, and tables that read back to the same bits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.cells import Cells
from assay.evidence.reading import read_table
from assay.evidence.request import CellsRequest
from assay.evidence.table import UnreadableTable

KEYS = ("decision", "group:sex")
ASKED = CellsRequest("test", KEYS)
weights = st.floats(1e-6, 1e6)
levels = st.tuples(st.sampled_from(["favourable", "unfavourable", None]), st.sampled_from(["f", "m", None]))
people = st.lists(st.tuples(levels, weights), min_size=1, max_size=40)


def cells(rows):
    by = {}
    for row, w in rows:
        by.setdefault(row, []).append(w)
    kept = dict(sorted(by.items(), key=lambda one: tuple((level is not None, level or "") for level in one[0])))
    return Cells(
        KEYS,
        tuple(kept),
        tuple(map(len, kept.values())),
        tuple(math.fsum(ws) for ws in kept.values()),
        tuple(math.fsum(w * w for w in ws) for ws in kept.values()),
    )


@given(people)
def test_weighted_cells_read_back_to_the_same_bits(rows):
    value = cells(rows)
    request, read = read_table(ASKED, value.csv())
    assert (request, read) == (ASKED, value)
    assert [w.hex() for w in read.weights] == [w.hex() for w in value.weights]
    assert [w.hex() for w in read.squares] == [w.hex() for w in value.squares]


@given(people)
def test_a_marginal_table_sums_weights_and_squares_as_it_sums_people(rows):
    value = cells(rows)
    marginal = value.over(("group:sex",))
    for (level,), n, weight, square in zip(
        marginal.rows, marginal.counts, marginal.weights, marginal.squares, strict=True
    ):
        own = [place for place, row in enumerate(value.rows) if row[1] == level]
        assert n == sum(value.counts[place] for place in own)
        assert weight == math.fsum(value.weights[place] for place in own)
        assert square == math.fsum(value.squares[place] for place in own)
    assert value.over(KEYS) == value
    turned = value.over(KEYS[::-1])
    assert turned.over(("group:sex",)) == marginal  # in whatever order the cells come


def test_the_table_of_people_without_weights_has_the_bytes_it_always_had():
    plain = Cells(KEYS, ((None, "f"), ("favourable", "m")), (3, 4))
    assert plain.csv() == b"decision,group:sex,n\n,f,3\nfavourable,m,4\n"
    weighted = Cells(KEYS, plain.rows, plain.counts, (1.5, 4.0), (0.75, 4.0))
    assert weighted.csv() == b"decision,group:sex,n,weight,weight_squared\n,f,3,1.5,0.75\nfavourable,m,4,4.0,4.0\n"


@pytest.mark.parametrize(
    "line",
    [
        b"4,-4.0,4.0", b"4,4.0,-4.0", b"4,nan,4.0", b"4,inf,4.0", b"4,1e200,1e300", b"4,4.0,17.0", b"4,4.0,3.9",
        b"0,0.0,0.0", b"4,4,4.0", b"4,,",
    ],
)  # fmt: skip
def test_sums_that_no_weights_have_are_refused(line):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, b"decision,group:sex,n,weight,weight_squared\nfavourable,m," + line + b"\n")


@pytest.mark.parametrize("square", ["0.0", "2e-13", "1.1e-12"])
def test_a_small_cell_beside_a_large_one_has_squares_of_its_own(square):
    table = b"decision,group:sex,n,weight,weight_squared\nfavourable,f,2,1e-06,%s\nfavourable,m,1,1e6,1e12\n"
    table = table.replace(b"1e6,1e12", b"1000000.0,1000000000000.0")
    read_table(ASKED, table % b"5e-13")
    with pytest.raises(UnreadableTable):
        read_table(ASKED, table % square.encode())
