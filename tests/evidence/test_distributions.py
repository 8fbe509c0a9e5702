from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.distributions import Distribution, Distributions, read_distributions
from assay.evidence.merging import covers, merge
from assay.evidence.reading import read_table
from assay.evidence.request import CodeBookRequest, DistributionsRequest, DomainRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told

NUMBER = Distribution("x", True, 7, 1, 4, 5, 0, 3, 1.5, (0.0, 1.0, 3.0), (0.5, 2.0, 3.0), (), (2, 3, 1), (1, 4, 0))
TEXT = Distribution("c", False, 7, 1, 2, 5, 0, 2, None, (), (), ("=a", "b", "é"), (2, 4, 0), (1, 0, 4))
FOLDED = Distribution("id", False, 70_000, 0, 70_000, 5, 0, 5, None, (), (), (), (), ())
GOOD = Distributions((NUMBER, TEXT, FOLDED))


def test_what_is_written_is_read_back():
    assert read_distributions(GOOD.csv()) == GOOD
    assert read_table(DistributionsRequest("test", "train", ()), GOOD.csv()) == (
        DistributionsRequest("test", "train", ("x", "c", "id")), GOOD,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        replace(NUMBER, rows=8),
        replace(NUMBER, missing=8),
        replace(NUMBER, distinct=2),
        replace(NUMBER, distinct=0),
        replace(NUMBER, counts=(2, 3, 1), against_counts=(1, 3, 0)),
        replace(NUMBER, counts=(2, 4, 0), against_counts=(1, 4, 0)),
        replace(NUMBER, lows=(0.0, 0.5, 3.0)),
        replace(NUMBER, lows=(1.0, 0.0, 3.0), highs=(2.0, 0.5, 3.0)),
        replace(NUMBER, highs=(-1.0, 2.0, 3.0)),
        replace(NUMBER, lows=(0.0, 1.0, float("nan"))),
        replace(NUMBER, deviation=-1.0),
        replace(NUMBER, deviation=float("inf")),
        replace(TEXT, deviation=1.0),
        replace(TEXT, levels=("b", "=a", "é")),
        replace(TEXT, levels=("b", "b", "é")),
        replace(TEXT, distinct=3),
        replace(TEXT, rows=2**60, missing=2**60 - 6),
        replace(FOLDED, distinct=70_001),
    ],
)
def test_what_nobody_can_have_counted_is_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_distributions(Distributions((wrong,)).csv())


def test_a_column_that_stands_there_twice_is_refused():
    with pytest.raises(UnreadableTable):
        read_distributions(Distributions((NUMBER, NUMBER)).csv())


@given(st.data())
def test_bytes_that_were_changed_are_refused_or_another_table(data):
    good = GOOD.csv()
    place = data.draw(st.integers(0, len(good) - 1))
    bad = good[:place] + data.draw(st.binary(max_size=2)) + good[place + data.draw(st.integers(0, 2)) :]
    try:
        asked, value = read_table(DistributionsRequest("test", "train", ()), bad)
    except UnreadableTable:
        return
    assert value.csv() == bad
    assert asked.columns == tuple(column.name for column in value.columns)


def test_rows_beyond_the_range_and_new_values_are_unseen():
    assert NUMBER.unseen == 1
    assert replace(NUMBER, counts=(2, 3, 1), against_counts=(0, 5, 0)).unseen == 3
    assert TEXT.unseen == 4
    assert (TEXT.listed, FOLDED.listed) == (True, False)


def test_columns_of_one_pair_are_counted_together():
    asked = [DistributionsRequest("test", "train", names) for names in (("a", "b"), ("b", "c"))]
    (merged,) = merge(asked)
    assert merged == DistributionsRequest("test", "train", ("a", "b", "c"))
    assert all(covers(merged, one) for one in asked)
    assert not covers(merged, DistributionsRequest("test", "production", ("a",)))
    assert len(merge([*asked, DistributionsRequest("train", "test", ("a",))])) == 2


def test_each_question_is_told_apart():
    questions = (
        DistributionsRequest("test", "train", ()), DistributionsRequest("train", "test", ()), CodeBookRequest("test"),
        CodeBookRequest("train"), DomainRequest("test", "train", (), 100), DomainRequest("test", "train", (), 200),
    )  # fmt: skip
    assert len({told(question) for question in questions}) == len(questions)
