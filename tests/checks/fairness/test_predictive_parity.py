"""Predictive parity: the published values of COMPAS."""

import pytest

from assay.checks.fairness.predictive_parity import predictive_parity
from builders import by_group, cells, measure, people_manifest

RACE = people_manifest("race")
RISK, NONE = "unfavourable", "favourable"
# COMPAS, two years, high or medium risk (ProPublica): (no new offence: low, high risk; new offence: low, high risk)
BLACK, WHITE = (990, 805, 532, 1369), (1139, 349, 461, 505)


def compas():
    sides = ((NONE, NONE), (NONE, RISK), (RISK, NONE), (RISK, RISK))
    return [
        (*side, race)
        for race, counts in (("Black", BLACK), ("White", WHITE))
        for side, n in zip(sides, counts, strict=True)
        for _ in range(n)
    ]


def test_positive_predictive_values_are_the_published_ones():
    p = {"positive": "unfavourable", "reference": "White"}
    found = by_group(measure(predictive_parity, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert found["Black"].name == "positive_predictive_value_ratio"
    assert (found["Black"].numerator, found["Black"].denominator) == (1369, 1369 + 805)
    assert found["Black"].value == pytest.approx((1 - 0.370285) / (1 - 0.408665), abs=1e-5)


def test_the_minimum_counts_the_positive_decisions():
    rows = [(RISK, RISK, "a")] * 29 + [(RISK, NONE, "a")] * 500 + [(RISK, RISK, "b")] * 50 + [(NONE, RISK, "b")] * 50
    given = cells(("label", "decision", "group:race"), rows)
    (found,) = measure(predictive_parity, RACE, given, p={"positive": "unfavourable"}).estimates
    assert (found.group, found.n, found.interval.method) == ("a", 29, "Clopper-Pearson")
