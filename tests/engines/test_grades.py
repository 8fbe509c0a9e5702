"""Grades as a grouping: cells and scores by them, from a file."""

import pandas as pd
import pytest

from assay.errors import DataError
from assay.evidence.request import CellsRequest, GroupScoresRequest
from subjects import value, with_data

COLUMNS = {
    "label": {"column": "y", "favourable": 0},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "grade": {"column": "grade", "order": [1, 2, 3]},
    "previous_grade": "before",
    "unknown_values": [9],
}
FRAME = pd.DataFrame(
    {
        "y": [0, 0, 1, 1, 0, None],
        "p": [0.1, 0.1, 0.2, 0.3, 0.3, 0.3],
        "grade": [1, 1, 2, 3, 9, 3],
        "before": [1, 2, None, 3, 1, 9],
    }
)


def test_people_are_counted_by_grade_and_by_the_grade_before(tmp_path):
    made = with_data(tmp_path, COLUMNS, test=FRAME)
    found = value(made, CellsRequest("test", ("group:(grade)", "group:(previous grade)")))
    assert dict(zip(found.rows, found.counts, strict=True)) == {
        ("1", "1"): 1, ("1", "2"): 1, ("2", None): 1, ("3", "3"): 1, (None, "1"): 1, ("3", None): 1,
    }  # fmt: skip


def test_scores_are_counted_by_grade(tmp_path):
    made = with_data(tmp_path, COLUMNS, test=FRAME)
    found = value(made, GroupScoresRequest("test", "(grade)"))
    assert found.groups == ((None,), ("1",), ("2",), ("3",))
    assert found.events.counts.tolist() == [0, 0, 1, 1]
    assert found.unlabelled.counts.tolist() == [0, 0, 0, 1]


def test_a_grade_that_is_not_declared_is_refused(tmp_path):
    bare = {name: column for name, column in COLUMNS.items() if name not in ("grade", "previous_grade")}
    made = with_data(tmp_path, bare, test=FRAME)
    for key in ("group:(grade)", "group:(previous grade)"):
        with pytest.raises(DataError, match="does not declare"):
            value(made, CellsRequest("test", (key,)))


def test_a_grade_whose_column_is_not_there_is_told_with_its_place(tmp_path):
    made = with_data(tmp_path, {**COLUMNS, "previous_grade": "gone"}, test=FRAME)
    with pytest.raises(DataError, match="gone"):
        value(made, CellsRequest("test", ("group:(previous grade)",)))
