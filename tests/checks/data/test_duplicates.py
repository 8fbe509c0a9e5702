from assay.checks.data.duplicates import duplicates
from assay.evidence.duplicates import Duplicates
from assay.evidence.request import DuplicatesRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

VIEW = people_manifest(features=[{"name": "a"}, {"name": "b"}])


def found(rows, kinds, labelled=0, conflicting=0):
    return measure(duplicates, VIEW, Duplicates(rows, kinds, labelled, conflicting, ("a", "b")))


def outcome(measured, estimate, at_most):
    criterion = Criterion(estimate=estimate, at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_repeated_rows_are_those_beyond_one_of_each_kind():
    repeated, _ = found(100, 95, 100).estimates
    assert (repeated.numerator, repeated.denominator, repeated.value) == (5, 100, 0.05)
    assert outcome(found(100, 95, 100), "share_of_repeated_rows", 0.05).outcome == "pass"
    assert outcome(found(100, 94, 100), "share_of_repeated_rows", 0.05).outcome == "fail"


def test_conflicting_rows_are_a_share_of_those_with_a_label():
    assert found(100, 95, 50, 5).estimates[1].value == 0.1
    assert outcome(found(100, 95, 50, 0), "share_of_conflicting_rows", 0).outcome == "pass"
    assert outcome(found(100, 95, 50, 2), "share_of_conflicting_rows", 0).outcome == "fail"


def test_no_rows_and_no_labels_show_nothing():
    for estimate in ("share_of_repeated_rows", "share_of_conflicting_rows"):
        nothing = outcome(found(0, 0), estimate, 1)
        assert (nothing.outcome, nothing.reason) == ("inconclusive", "evidence_missing")
    assert outcome(found(10, 10), "share_of_conflicting_rows", 1).outcome == "inconclusive"


def test_rows_are_compared_by_the_features_or_by_what_the_policy_names():
    assert needs(duplicates, VIEW).requests == (DuplicatesRequest("test", ("a", "b")),)
    named = needs(duplicates, people_manifest(), columns=("x", "x"))
    assert named.requests == (DuplicatesRequest("test", ("x",)),)
    assert needs(duplicates, people_manifest()).missing == ("features",)
