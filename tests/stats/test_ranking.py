"""Average precision and the share captured by the top: influences, bounds of bins, ties by lot."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from assay.stats.linearised import share_interval, spread
from assay.stats.masses import Masses
from assay.stats.ranking import average_precision_bound, average_precision_influence, captured, gains
from assay.stats.separation import average_precision

lines = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30).filter(
    lambda rows: sum(e for e, _ in rows) and sum(n for _, n in rows)
)


def arrays(rows):
    return (np.array(column, np.int64) for column in zip(*rows, strict=True))


def moved(function, events, nonevents, at, by):
    own, other = events.astype(float), nonevents.astype(float)
    (own if by[0] else other)[at] += by[1]
    return function(own, other)


@settings(max_examples=50, deadline=None)
@given(lines)
def test_the_influence_on_average_precision_is_its_derivative(rows):
    events, nonevents = arrays(rows)
    of_event, of_nonevent = average_precision_influence(events, nonevents)
    assert events @ of_event + nonevents @ of_nonevent == pytest.approx(0, abs=1e-12)
    for at in np.flatnonzero(events + nonevents):
        for event, expected in ((True, of_event[at]), (False, of_nonevent[at])):
            step = 1e-6
            found = moved(average_precision, events, nonevents, at, (event, step))
            slope = (found - average_precision(events.astype(float), nonevents.astype(float))) / step
            assert slope == pytest.approx(expected, abs=2e-4)


@given(lines, st.integers(1, 8))
def test_no_order_within_bins_gives_an_average_precision_beyond_the_bound(rows, width):
    events, nonevents = arrays(rows)
    place = np.arange(len(events)) // width
    binned = [np.bincount(place, each).astype(np.int64) for each in (events, nonevents)]
    several = np.bincount(place) > 1
    bound = average_precision_bound(*binned, several)
    assert abs(average_precision(*binned) - average_precision(events, nonevents)) <= bound + 1e-12
    assert bound == 0 or several.any()


def test_the_bound_holds_the_best_and_the_worst_order_of_a_bin():
    binned = np.array([3, 1]), np.array([3, 2])
    orders = []
    for order in sorted(set(itertools.permutations([1, 1, 1, 0, 0, 0]))):
        p = np.concatenate([np.arange(6) / 10, [0.9] * 3])
        orders.append(average_precision_score([*order, 1, 0, 0], p))
    bound, middle = average_precision_bound(*binned, np.array([True, False])), average_precision(*binned)
    assert max(abs(each - middle) for each in orders) <= bound < 0.25


def by_lot(score, label, top, times=20000):
    """The share of events among the top, ties broken by lot."""
    random, k = np.random.default_rng(0), round(top * len(score))
    drawn = [label[np.lexsort((random.random(len(score)), -score))[:k]].sum() for _ in range(times)]
    return np.mean(drawn) / label.sum()


def test_ties_at_the_cut_count_as_lots_do_on_average():
    score, label = np.array([1, 1, 2, 2, 2, 2, 3, 3, 4, 5]), np.array([0, 0, 1, 0, 0, 1, 1, 0, 1, 1])
    events, nonevents = (np.bincount(score - 1, label == level).astype(np.int64) for level in (1, 0))
    for top, exact in ((0.1, 1 / 5), (0.3, 2.5 / 5), (0.5, 3.5 / 5), (0.8, 1.0)):
        found = captured(events, nonevents, top, np.zeros(5, bool))
        assert found.value == pytest.approx(exact, abs=1e-12)
        assert found.value == pytest.approx(by_lot(score, label, top), abs=0.01)
        assert found.lift == pytest.approx(exact / top)
        assert gains(events, nonevents, np.array([top]))[0] == pytest.approx(exact, abs=1e-12)


@given(lines, st.floats(0.02, 0.98))
def test_influences_of_the_top_add_up_to_nothing_and_reversing_gives_the_rest(rows, top):
    events, nonevents = arrays(rows)
    none = np.zeros(len(events), bool)
    found = captured(events, nonevents, top, none)
    assert 0 <= found.value <= 1
    assert events @ found.of_event + nonevents @ found.of_nonevent == pytest.approx(0, abs=1e-9)
    rest = captured(events[::-1], nonevents[::-1], 1 - top, none)
    assert found.value + rest.value == pytest.approx(1, abs=1e-9)


@given(lines, st.integers(1, 8), st.floats(0.02, 0.98))
def test_the_truth_about_the_top_lies_within_the_bound_of_any_bins(rows, width, top):
    events, nonevents = arrays(rows)
    place = np.arange(len(events)) // width
    binned = [np.bincount(place, each).astype(np.int64) for each in (events, nonevents)]
    several = np.bincount(place) > 1
    found = captured(*binned, top, several)
    assert abs(found.value - captured(events, nonevents, top, np.zeros(len(events), bool)).value) <= found.bound + 1e-9


@pytest.mark.parametrize(("kind", "apart"), [("top", 1.0), ("precision", 1.0), ("precision", 0.0), ("top", 2.5)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(kind, apart):
    random = np.random.default_rng(11)

    def made(n):
        y = (random.random(n) < 0.2).astype(int)
        order = np.argsort(random.normal(apart * y, 1))
        return (y[order] == 1).astype(np.int64), (y[order] == 0).astype(np.int64)

    def number(events, nonevents):
        if kind == "top":
            found = captured(events, nonevents, 0.1, np.zeros(len(events), bool))
            return found.value, found.of_event, found.of_nonevent
        return average_precision(events, nonevents), *average_precision_influence(events, nonevents)

    truth, held = number(*made(1_000_000))[0], 0
    for _ in range(400):
        events, nonevents = made(600)
        value, *of = number(events, nonevents)
        own, other = (Masses(each, each.astype(float), each.astype(float)) for each in (events, nonevents))
        interval = share_interval(value, spread(own, other, *of), 0.95, most=float(events.sum()))
        held += interval.low <= truth <= interval.high
    assert held / 400 >= 0.925


def test_one_class_has_no_ranking():
    nothing = np.array([0, 0])
    with pytest.raises(ValueError, match="events and non-events"):
        average_precision_influence(nothing, nothing + 1)
    with pytest.raises(ValueError, match="events and non-events"):
        captured(nothing, nothing + 1, 0.5, nothing > 0)
