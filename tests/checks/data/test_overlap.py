import pytest

from assay.checks.data.overlap import overlap
from assay.evidence.request import SharedRowsRequest
from assay.evidence.shared_rows import SharedRows
from assay.evidence.telling import told
from assay.record.condition import Test
from builders import manifest, measure, needs, people_manifest

VIEW = people_manifest(features=[{"name": "income"}, {"name": "age"}])


def measured_on(rows, against, shared):
    return measure(overlap, VIEW, SharedRows(rows, against, shared, ("income", "age", "y")))


def test_the_share_and_the_number_of_shared_rows_are_exact_facts():
    share, number = measured_on(15_000, 15_000, 32).estimates
    assert (share.name, share.numerator, share.denominator, share.basis) == (
        "share_of_shared_rows",
        32,
        15_000,
        "exact",
    )
    assert (number.name, number.value) == ("shared_rows", 32.0)


def test_no_shared_row_is_a_measured_zero():
    assert [e.value for e in measured_on(100, 100, 0).estimates] == [0.0, 0.0]


@pytest.mark.parametrize(("rows", "against", "which"), [(0, 9, "test"), (9, 0, "train"), (0, 0, "test and train")])
def test_an_empty_dataset_is_undefined_not_free_of_overlap(rows, against, which):
    for estimate in measured_on(rows, against, 0).estimates:
        assert (estimate.value, estimate.undefined_as) == (None, "evidence_missing")
        assert estimate.undefined == f"the {which} data have no rows"


def test_features_and_label_are_compared_unless_columns_are_named():
    assert needs(overlap, VIEW).requests == (SharedRowsRequest("test", "train", ("income", "age", "y")),)
    named = needs(overlap, people_manifest(), columns=("id",))
    assert named.requests == (SharedRowsRequest("test", "train", ("id",)),)


def test_a_condition_on_rows_goes_with_what_is_asked_for():
    where = Test(field="year", equals=2026)
    (asked,) = needs(overlap, VIEW, where=where).requests
    assert asked == SharedRowsRequest("test", "train", ("income", "age", "y"), where=where)
    assert told(asked) == 'rows of test that stand in train where {"equals": 2026, "field": "year"}'


def test_without_features_nothing_is_asked_for():
    assert needs(overlap, people_manifest()).missing == ("features",)
    assert needs(overlap, manifest()).missing == ("data.test", "data.train", "features")
