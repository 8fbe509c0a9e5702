import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from assay.stats.masses import Masses
from assay.stats.spiegelhalter import Statistic, spiegelhalter

rows = st.lists(st.tuples(st.floats(0.01, 0.49), st.integers(0, 1)), min_size=1, max_size=50)


def one_each(y, weight=1.0):
    weight = np.broadcast_to(weight, len(y)).astype(float)
    return [Masses((y == level).astype(np.int64), weight * (y == level), weight**2 * (y == level)) for level in (1, 0)]


@given(rows, st.sampled_from([1.0, 7.0]))
def test_the_statistic_is_that_of_the_formula_on_the_rows(given_, weight):
    p, y = (np.array(column) for column in zip(*given_, strict=True))
    found = spiegelhalter(p, *one_each(y, weight), None)
    expected = ((y - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    assert found.z == pytest.approx(expected, abs=1e-9)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(expected)), abs=1e-12)


def test_right_probabilities_are_found_wrong_as_often_as_the_level_says():
    random = np.random.default_rng(5)
    p = random.beta(1, 4, (3000, 400))
    y = (random.random(p.shape) < p).astype(int)
    found = [spiegelhalter(a, *one_each(b), None).p_value for a, b in zip(p, y, strict=True)]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.012)
    too_high = [spiegelhalter(a**0.7, *one_each(b), None).p_value for a, b in zip(p[:50], y[:50], strict=True)]
    assert max(too_high) < 0.05


def test_people_in_several_rows_do_not_make_chance_significant():
    random = np.random.default_rng(6)
    group = np.repeat(np.arange(60), 10)
    alone, grouped = [], []
    for _ in range(300):
        p = np.repeat(random.beta(1, 4, 60), 10)
        y = np.repeat((random.random(60) < p[::10]).astype(int), 10)
        alone.append(spiegelhalter(p, *one_each(y), None).p_value <= 0.05)
        grouped.append(spiegelhalter(p, *one_each(y), group).p_value <= 0.05)
    assert np.mean(alone) > 0.3
    assert np.mean(grouped) < 0.09


def test_probabilities_of_which_the_sum_says_nothing_and_few_groups_have_no_statistic():
    y = np.array([0, 1] * 20)
    assert "0, 1/2 or 1" in spiegelhalter(np.full(40, 0.5), *one_each(y), None)
    assert "0, 1/2 or 1" in spiegelhalter(y.astype(float), *one_each(y), None)
    assert "9 random groups" in spiegelhalter(np.full(40, 0.3), *one_each(y), np.arange(40) % 9)


def test_students_distribution_is_wider():
    assert Statistic(2.0, 10).p_value > 0.05 > Statistic(2.0).p_value
