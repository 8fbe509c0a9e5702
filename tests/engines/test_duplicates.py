"""Rows with the same inputs, against pandas on the raw rows."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.evidence.duplicates import Duplicates
from assay.evidence.reading import read_table
from assay.evidence.request import DuplicatesRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.record.condition import Test
from subjects import value, with_data

COLUMNS = {"label": {"column": "y", "favourable": "yes"}}
REQUEST = DuplicatesRequest("test", ("a", "b"))


def counted(folder, frame, request=REQUEST, columns=COLUMNS):
    folder.mkdir(exist_ok=True)
    return value(with_data(folder, columns, test=frame), request)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([1, 2, None]), st.sampled_from("xy"), st.sampled_from(["yes", "no", None]))))
def test_rows_are_counted_as_pandas_counts_them(tmp_path, rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "y"]).astype({"a": "Float64", "b": "string", "y": "string"})
    found = counted(tmp_path, frame)
    groups = frame.groupby(["a", "b"], dropna=False)
    labels = groups["y"].transform("nunique") if len(frame) else pd.Series(dtype=int)
    known = frame["y"].notna()
    assert found == Duplicates(
        len(frame), groups.ngroups, int(known.sum()), int((known & (labels > 1)).sum()), ("a", "b")
    )


def test_a_filter_and_no_label(tmp_path):
    frame = pd.DataFrame({"a": [1, 1, 1, 2], "b": ["x", "x", "x", "x"], "y": ["yes", "no", "no", "no"]})
    where = Test(field="y", equals="no")
    assert counted(tmp_path, frame, DuplicatesRequest("test", ("a", "b"), where=where)) == Duplicates(
        3, 2, 3, 0, ("a", "b")
    )
    assert counted(tmp_path, frame, DuplicatesRequest("test", ("a",), labelled=False)) == Duplicates(4, 2, 0, 0, ("a",))


def test_ready_made_counts_are_people(tmp_path):
    frame = pd.DataFrame({"a": [1, 1, 2], "b": ["x"] * 3, "y": ["yes", "no", "no"], "n": [5, 3, 1]})
    assert counted(tmp_path, frame, columns={**COLUMNS, "count": "n"}) == Duplicates(9, 2, 9, 8, ("a", "b"))


def test_the_table_is_read_back_to_the_very_value():
    found = Duplicates(10, 7, 9, 2, ("a", "b"))
    assert read_table(REQUEST, found.csv()) == (REQUEST, found)
    assert told(REQUEST) == "rows of test with the same inputs, and their labels"


@pytest.mark.parametrize(
    "wrong",
    [
        Duplicates(10, 11, 0, 0, ("a",)),
        Duplicates(10, 0, 0, 0, ("a",)),
        Duplicates(10, 7, 11, 0, ("a",)),
        Duplicates(10, 7, 9, 10, ("a",)),
        Duplicates(10, 7, 9, 1, ("a",)),
        Duplicates(10, 7, 9, 2, ("a", "a")),
    ],
)
def test_counts_that_cannot_be_are_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, wrong.csv())
