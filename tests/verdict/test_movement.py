"""Which estimates moved, whether by more than noise, and how far they are from their threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.estimate import Estimate, Interval
from assay.record.finding import Judgement, Measured
from assay.record.policy import Criterion
from assay.verdict.movement import moved
from gates import finding

ZERO_TO_ONE = st.floats(0, 1)


def measured(*estimates, criterion=None):
    judgements = tuple(Judgement(estimate=one.id, outcome="pass", sentence="s") for one in estimates)
    changes = {"measured": Measured(estimates=estimates), "judgements": judgements}
    return finding("pass", criterion=criterion or Criterion(at_least=0.8, source="house")).model_copy(update=changes)


def estimate(value, low=None, high=None, group="a", **more):
    interval = None if low is None else Interval(low=low, high=high, confidence=0.95, method="m")
    given = {"name": "rate", "grouping": "g", "group": group, "value": value, "interval": interval, "n": 100}
    return Estimate(**{**given, **more})


def between(old, new, **more):
    [found] = moved([(measured(old, **more), measured(new, **more))])
    return found


@pytest.mark.parametrize(
    ("new", "beyond"),
    [
        (estimate(0.91, 0.86, 0.96), False),
        (estimate(0.79, 0.74, 0.84), True),
        (estimate(0.96, 0.951, 0.99), True),
        (estimate(0.84, 0.1, 0.85), False),
    ],
)
def test_it_is_beyond_where_the_new_value_lies_outside_or_the_intervals_do_not_meet(new, beyond):
    assert between(estimate(0.9, 0.84, 0.95), new).beyond is beyond


def test_a_number_without_sampling_error_is_beyond_and_one_without_interval_says_nothing():
    assert between(estimate(3.0, basis="exact"), estimate(4.0, basis="exact")).beyond
    assert not between(estimate(0.3), estimate(0.4)).beyond


def test_the_same_number_and_threshold_have_not_moved():
    one = measured(estimate(0.9, 0.8, 1.0))
    assert moved([(one, measured(estimate(0.9 + 1e-13, 0.8, 1.0)))]) == ()


def test_a_group_that_is_compared_with_another_one_now_is_still_the_same_group():
    old = estimate(0.9, group="a", reference="b", shape="ratio")
    found = between(old, estimate(0.85, group="a", reference="c", shape="ratio"))
    assert (found.before_reference, found.after_reference) == ("b", "c")
    assert (found.before, found.after) == (0.9, 0.85)


def test_the_margin_is_that_of_the_nearest_threshold():
    found = between(estimate(0.9), estimate(0.82), criterion=Criterion(between=(0.8, 1.0), source="house"))
    assert (found.before_margin, found.after_margin) == (pytest.approx(0.1), pytest.approx(0.02))
    assert found.nearer
    published = between(estimate(0.9), estimate(0.82), criterion=Criterion(reported=True, source="house"))
    assert published.before_margin is published.after_margin is None


@given(ZERO_TO_ONE, ZERO_TO_ONE, st.floats(0.001, 0.3), st.floats(0.001, 0.3))
def test_it_is_never_beyond_both_ways_of_looking_where_each_interval_holds_the_other_value(was, now, wide, wider):
    old, new = estimate(was, was - wide, was + wide), estimate(now, now - wider, now + wider)
    found = moved([(measured(old), measured(new))])
    if abs(was - now) <= min(wide, wider):
        assert not any(one.beyond for one in found)
    if abs(was - now) > wide + 1e-6:
        assert [one.beyond for one in found] == [True]


def test_what_moved_beyond_and_came_nearest_to_failing_stands_first():
    old = measured(estimate(0.9, 0.85, 0.95, group="a"), estimate(0.9, 0.85, 0.95, group="b"),
                   estimate(0.9, 0.85, 0.95, group="c"), estimate(0.9, 0.85, 0.95, group="d"))  # fmt: skip
    new = measured(estimate(0.92, 0.87, 0.97, group="a"), estimate(0.5, 0.4, 0.6, group="b"),
                   estimate(0.99, 0.97, 1.0, group="c"), estimate(0.86, 0.8, 0.9, group="d"))  # fmt: skip
    assert [one.estimate for one in moved([(old, new)])] == ["rate[g: b]", "rate[g: c]", "rate[g: d]", "rate[g: a]"]
