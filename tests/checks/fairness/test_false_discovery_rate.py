"""False discovery rates: the published ones of COMPAS."""

import pytest

from assay.checks.fairness.false_discovery_rate import false_discovery_rate
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


def test_the_disparity_is_that_of_aequitas():
    p = {"positive": "unfavourable", "reference": "White", "compare": "ratio"}
    found = by_group(measure(false_discovery_rate, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert found["Black"].value == pytest.approx(0.906085, abs=5e-7)
    assert (found["Black"].numerator, found["Black"].denominator) == (805, 805 + 1369)
