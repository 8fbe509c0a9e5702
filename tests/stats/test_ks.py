import numpy as np
import pytest

from assay.stats.distance import BOUNDED
from assay.stats.ks import ks_off_by
from assay.stats.masses import Masses


def counted(score, label):
    """Ranks of the distinct scores, and people of both kinds at each."""
    distinct, place = np.unique(score, return_inverse=True)
    masses = []
    for level in (1, 0):
        people = np.bincount(place[label == level], minlength=len(distinct)).astype(np.int64)
        masses.append(Masses(people, people.astype(float), people.astype(float)))
    return np.arange(len(distinct)), *masses


def drawn(n, apart, seed=1, digits=9):
    random = np.random.default_rng(seed)
    label = (np.arange(n) % 3 == 0).astype(int)
    return random.normal(apart * label, 1).round(digits), label


@pytest.mark.parametrize(("digits", "n"), [(9, 900), (1, 900)], ids=["more scores than classes", "fewer"])
def test_where_nothing_differs_the_error_is_that_of_kolmogorov(digits, n):
    half = []
    for seed in range(20):
        off = ks_off_by(*counted(*drawn(n, 0.0, seed, digits)), weighted=False)
        half.append(off.around(0.5)(0.95).high - 0.5)
    asymptotic = 1.358 * (1 / (n / 3) + 1 / (2 * n / 3)) ** 0.5
    assert np.mean(half) == pytest.approx(asymptotic, rel=0.05 if digits == 9 else 0.09)


def test_the_bound_that_holds_at_any_number_limits_what_is_drawn_and_takes_over_for_few():
    off = ks_off_by(*counted(*drawn(900, 1.0)), weighted=False)
    bounded = sum((np.log(4 / 0.05) / (2 * n)) ** 0.5 for n in (300, 600))
    assert off.around(0.4)(0.95).high - 0.4 < bounded
    few = ks_off_by(*counted(*drawn(27, 1.0)), weighted=False).around(0.4)(0.95)
    assert few.method == BOUNDED


def test_lines_of_one_score_are_taken_together_whatever_their_number():
    place, own, other = counted(*drawn(900, 1.0))
    halves = [Masses(*(np.repeat(each, 2) / 2 for each in (m.people, m.sums, m.squares))) for m in (own, other)]
    halves = [Masses(np.ceil(m.people).astype(np.int64), m.sums, m.squares) for m in halves]
    whole = ks_off_by(place, own, other, weighted=True).around(0.4)(0.95)
    assert ks_off_by(np.repeat(place, 2), *halves, weighted=True).around(0.4)(0.95).low == pytest.approx(
        whole.low, abs=0.01
    )
