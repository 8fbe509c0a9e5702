import itertools

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.checks.data.near_overlap import near_overlap
from assay.evidence.reading import read_table
from assay.evidence.request import SharedRowsRequest
from assay.evidence.shared_rows import SharedRows
from assay.evidence.table import UnreadableTable
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest
from subjects import value, with_data

NAMES = ("a", "b", "c")
VIEW = people_manifest(features=[{"name": name} for name in NAMES[:2]])
REQUEST = SharedRowsRequest("test", "train", NAMES, near=True)


def found(near, rows=100, against=100, shared=5):
    return measure(near_overlap, VIEW, SharedRows(rows, against, shared, ("a", "b", "y"), near))


def outcome(measured, at_most):
    criterion = Criterion(at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_the_share_is_of_all_rows_and_judged_at_its_threshold():
    assert found(3).estimates[0].value == 0.03
    assert outcome(found(3), 0.03).outcome == "pass"
    assert outcome(found(4), 0.03).outcome == "fail"


@pytest.mark.parametrize("empty", [{"rows": 0, "shared": 0}, {"against": 0, "shared": 0}])
def test_an_empty_dataset_shows_nothing(empty):
    nothing = outcome(found(0, **empty), 1)
    assert (nothing.outcome, nothing.reason) == ("inconclusive", "evidence_missing")


def test_two_columns_are_too_few():
    with pytest.raises(ValueError, match="rows are near by at least 3 columns"):
        near_overlap.parameters(columns=("a", "b", "a"))
    few = VIEW.model_copy(update={"features": VIEW.features[:1]})
    assert needs(near_overlap, few).missing == ("3 columns to compare rows by",)
    assert needs(near_overlap, VIEW).requests == (SharedRowsRequest("test", "train", ("a", "b", "y"), near=True),)


values = st.lists(st.tuples(*[st.sampled_from([1, 2, None])] * 3), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values, values)
def test_rows_are_near_where_a_loop_over_all_pairs_says_so(tmp_path, test, train):
    def apart(one, other):
        return sum(x != y for x, y in zip(one, other, strict=True))

    least = [min((apart(row, other) for other in train), default=9) for row in test]
    frames = {
        role: pd.DataFrame(rows, columns=list(NAMES)).astype("Float64")
        for role, rows in {"test": test, "train": train}.items()
    }
    made = value(with_data(tmp_path, {}, **frames), REQUEST)
    assert (made.shared, made.near) == (least.count(0), least.count(1))
    assert read_table(REQUEST, made.csv()) == (REQUEST, made)


def test_a_table_that_counts_no_near_rows_answers_no_question_about_them():
    plain, near = SharedRows(9, 9, 3, NAMES), SharedRows(9, 9, 3, NAMES, 4)
    for request, wrong in itertools.product((REQUEST, SharedRowsRequest("test", "train", NAMES)), (plain, near)):
        if request.near != (wrong.near is not None):
            with pytest.raises(UnreadableTable):
                read_table(request, wrong.csv())
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, SharedRows(9, 9, 3, NAMES, 7).csv())
