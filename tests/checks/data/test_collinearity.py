import pytest

from assay.checks.data.collinearity import collinearity
from assay.evidence.correlations import Correlations
from assay.evidence.request import CorrelationsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

VIEW = people_manifest(features=[{"name": "a"}, {"name": "b"}, {"name": "kind", "dtype": "category"}])


def found(correlation, complete=1000, constant=()):
    return measure(collinearity, VIEW, Correlations(5000, 1000, complete, ("a", "b"), constant, ((correlation,),)))


def outcome(measured, **criterion):
    made = Criterion(source="house", **criterion)
    return conclude(criteria=(made,), small_groups=SmallGroups(), measured=measured)


def by_name(measured, name):
    return [each for each in measured.estimates if each.name == name]


def test_two_columns_leave_one_minus_the_square_of_their_correlation():
    measured = found(0.6)
    assert [each.value for each in by_name(measured, "tolerance")] == [pytest.approx(0.64)] * 2
    assert [each.value for each in by_name(measured, "variance_inflation")] == [pytest.approx(1 / 0.64)] * 2


def test_both_sides_of_the_threshold():
    interval = by_name(found(0.9), "tolerance")[0].interval
    assert outcome(found(0.9), estimate="tolerance", at_least=interval.low - 1e-9).outcome == "pass"
    assert outcome(found(0.9), estimate="tolerance", at_least=interval.low + 1e-3).outcome == "inconclusive"
    assert outcome(found(0.99), estimate="tolerance", at_least=0.1).outcome == "fail"
    assert outcome(found(0.99), estimate="variance_inflation", at_most=10).outcome == "fail"


def test_a_column_that_the_other_tells_exactly_fails_and_is_no_number_of_inflation():
    exact = found(1.0)
    assert outcome(exact, estimate="tolerance", at_least=0.1).outcome == "fail"
    assert outcome(exact, estimate="variance_inflation", at_most=10).outcome == "inconclusive"


def test_a_constant_column_and_too_few_rows_show_nothing():
    constant = outcome(found(0.1, constant=("c",)), estimate="tolerance", at_least=0.1)
    assert (constant.outcome, constant.reason) == ("inconclusive", "estimate_undefined")
    assert outcome(found(0.1, complete=4), estimate="tolerance", at_least=0.1).outcome == "inconclusive"


def test_it_asks_for_the_numbers_among_the_features():
    assert needs(collinearity, VIEW).requests == (CorrelationsRequest("test", ("a", "b"), 20_000),)
    assert needs(collinearity, people_manifest(features=[{"name": "a"}])).missing == ("features: two numbers",)
    with pytest.raises(ValueError, match="one column alone is no sum of others"):
        collinearity.parameters(columns=("a", "a"))
