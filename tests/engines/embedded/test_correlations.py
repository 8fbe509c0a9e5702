import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.correlations import Correlations
from assay.evidence.reading import read_table
from assay.evidence.request import CorrelationsRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from subjects import value, with_data

RNG = np.random.default_rng(2)
TABLE = pd.DataFrame(RNG.normal(size=(400, 3)), columns=["a", "b", "c"])
TABLE["d"] = TABLE.a + 1e6
TABLE["e"] = 7.0
REQUEST = CorrelationsRequest("test", ("a", "b", "c", "d", "e"), 1000)


def found(folder, table=TABLE, request=REQUEST):
    return value(with_data(folder, {}, test=table), request)


def test_correlations_are_those_of_numpy(tmp_path):
    made = found(tmp_path)
    assert (made.available, made.drawn, made.complete) == (400, 400, 400)
    assert (made.columns, made.constant) == (("a", "b", "c", "d"), ("e",))
    expected = np.corrcoef(TABLE[["a", "b", "c", "d"]], rowvar=False)
    for at, pair in enumerate(made.pairs, start=1):
        assert pair == pytest.approx(expected[at, :at], abs=1e-9)


def test_the_order_of_the_rows_changes_no_byte(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    shuffled = TABLE.sample(frac=1, random_state=3)
    assert found(tmp_path / "one").csv() == found(tmp_path / "two", shuffled).csv()


def test_rows_with_a_gap_are_left_out(tmp_path):
    gaps = TABLE.copy()
    gaps.loc[:99, "a"] = np.nan
    made = found(tmp_path, gaps)
    assert (made.drawn, made.complete) == (400, 300)
    assert made.pairs[0][0] == pytest.approx(np.corrcoef(TABLE.a[100:], TABLE.b[100:])[0, 1], abs=1e-9)


def test_no_rows_have_no_correlations(tmp_path):
    made = found(tmp_path, TABLE.head(0))
    assert (made.complete, made.columns, len(made.constant)) == (0, (), 5)


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.data())
def test_the_table_is_read_back_to_the_very_value(names, data):
    cut = data.draw(st.integers(0, len(names)))
    columns, constant = tuple(names[:cut]), tuple(names[cut:])
    some = st.floats(-1, 1)
    pairs = tuple(tuple(data.draw(st.lists(some, min_size=at, max_size=at))) for at in range(1, len(columns)))
    made = Correlations(900, 100, 90, columns, constant, pairs)
    asked = CorrelationsRequest("test", tuple(names), 1000)
    assert read_table(asked, made.csv()) == (asked, made)
    assert told(asked) == "correlations in 1000 rows of test"


@pytest.mark.parametrize(
    "wrong",
    [
        Correlations(900, 100, 101, ("a", "b"), (), ((0.5,),)),
        Correlations(90, 100, 100, ("a", "b"), (), ((0.5,),)),
        Correlations(9000, 1001, 100, ("a", "b"), (), ((0.5,),)),
        Correlations(900, 100, 100, ("a", "b"), (), ((1.5,),)),
        Correlations(900, 100, 100, ("a", "b"), (), ((float("nan"),),)),
        Correlations(900, 100, 100, ("a", "b", "c"), (), ((0.5,),)),
        Correlations(900, 100, 100, ("a", "a"), (), ((0.5,),)),
        Correlations(900, 100, 100, ("a", "b"), ("b",), ((0.5,),)),
    ],
)
def test_a_table_of_no_such_sample_is_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, wrong.csv())
