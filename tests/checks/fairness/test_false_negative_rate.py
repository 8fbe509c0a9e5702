"""False negative rates: the published ones of COMPAS."""

import pytest

from assay.checks.fairness.false_negative_rate import false_negative_rate
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
    found = by_group(measure(false_negative_rate, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert found["Black"].value == pytest.approx(0.586416, abs=5e-7)
    assert (found["Black"].numerator, found["Black"].denominator) == (532, 532 + 1369)


# Fairlearn gives a group without any positive outcome a false negative rate of 0: a perfect one.
def test_a_group_without_positives_has_no_perfect_rate():
    rows = [row for row in compas() if row[2] == "White" or row[0] == NONE]
    found = measure(false_negative_rate, RACE, cells(("label", "decision", "group:race"), rows),
                    p={"positive": "unfavourable"}).estimates  # fmt: skip
    assert [(e.group, e.value, e.undefined_as) for e in found] == [("Black", None, "sample_too_small")]
