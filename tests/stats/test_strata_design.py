"""Mantel and Haenszel's ratios of people with weights, or in several rows."""

import numpy as np
import pytest

from assay.stats.strata import Strata, Stratum
from assay.stats.strata_design import Mass, Sampled


def four(*counts, weight=1.0):
    return tuple(Mass(n, n * weight, n * weight * weight) for n in counts)


TABLES = {"a": (30, 20, 40, 10), "b": (10, 40, 25, 60)}


@pytest.mark.parametrize("weight", [1.0, 0.3, 8.0])
def test_equal_weights_are_as_none(weight):
    plain = Strata(tuple(Stratum(*counts) for counts in TABLES.values()))
    alike = Sampled({name: four(*counts, weight=weight) for name, counts in TABLES.items()})
    for ratio in ("odds_ratio", "rate_ratio"):
        one, other = getattr(plain, ratio), getattr(alike, ratio)
        assert (other.value, other.error) == pytest.approx((one.value, one.error), rel=1e-9)
    assert alike.p_value == pytest.approx(plain.p_value, rel=1e-9)


# Seeded: of 100 samples of 60 entities with 6 rows each, which are decided much alike, about 95 % of intervals hold 1.
def test_entities_that_are_decided_alike_are_covered():
    random, held, naive = np.random.default_rng(11), 0, 0
    for _ in range(100):
        own = random.beta(0.6, 0.6, 60)
        hits = random.binomial(3, own[:, None], (60, 2))  # three rows in each of two strata
        entities = []
        for place, row in enumerate(hits):
            two = [(int(k), 3 - int(k)) for k in row]
            empty = (0, 0)
            entities.append(
                {
                    name: four(*(pair + empty if place % 2 else empty + pair))
                    for name, pair in zip("ab", two, strict=True)
                }
            )
        whole = {name: four(*(sum(one[name][at].people for one in entities) for at in range(4))) for name in "ab"}
        by_entity, alone = Sampled(whole, tuple(entities)), Sampled(whole)
        for sampled in (by_entity, alone):
            interval = sampled.odds_ratio.interval(0.95)
            covers = interval.low <= 1 <= interval.high
            held, naive = held + (covers and sampled is by_entity), naive + (covers and sampled is alone)
    assert held >= 90
    assert naive < 80
