"""Which rate is better for the people of a group: the same table gives the same answer whatever is called positive."""

import pytest

from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE
from assay.evidence.rates import Rate

SAME = {
    "false_positive_rate": "false_negative_rate",
    "false_negative_rate": "false_positive_rate",
    "false_discovery_rate": "false_omission_rate",
    "false_omission_rate": "false_discovery_rate",
}
COMPLEMENT = {"true_positive_rate": "false_negative_rate", "positive_predictive_value": "false_discovery_rate"}
OTHER = {"high": "low", "low": "high"}
PEOPLE = [(label, decision) for label in (FAVOURABLE, UNFAVOURABLE) for decision in (FAVOURABLE, UNFAVOURABLE)]


def told(rate):
    return [(rate.counts(levels), rate.counts(levels) and rate.hits(levels)) for levels in PEOPLE]


@pytest.mark.parametrize(("name", "turned"), SAME.items())
def test_a_rate_of_the_same_people_under_two_names_is_better_on_the_same_side(name, turned):
    one, other = Rate(name, FAVOURABLE), Rate(turned, UNFAVOURABLE)
    assert told(one) == told(other)
    assert one.better == other.better


@pytest.mark.parametrize(("name", "rest"), COMPLEMENT.items())
@pytest.mark.parametrize("positive", [FAVOURABLE, UNFAVOURABLE])
def test_a_rate_and_what_it_leaves_of_one_are_better_on_opposite_sides(name, rest, positive):
    one, other = Rate(name, positive), Rate(rest, positive)
    assert [counts for counts, _ in told(one)] == [counts for counts, _ in told(other)]
    assert one.better == OTHER[other.better]


def test_more_favourable_decisions_are_better_and_of_a_class_nobody_knows():
    assert (Rate("selection_rate").better, Rate("scoring_rate").better) == ("high", "high")
    assert Rate("selection_rate", UNFAVOURABLE).better == "low"
    assert Rate("false_negative_rate", "a", by_class=True).better is None
