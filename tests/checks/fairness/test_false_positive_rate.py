"""False positive rates: the published ones of COMPAS, and what `positive` means."""

import pytest

from assay.checks.fairness.false_positive_rate import false_positive_rate
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
    found = by_group(measure(false_positive_rate, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert found["Black"].name == "false_positive_rate_ratio"
    assert found["Black"].value == pytest.approx(1.912093, abs=5e-7)
    assert (found["Black"].numerator, found["Black"].denominator) == (805, 805 + 990)


def test_the_difference_is_that_of_the_published_rates():
    p = {"positive": "unfavourable", "reference": "White"}
    found = by_group(measure(false_positive_rate, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert found["Black"].value == pytest.approx(0.448468 - 0.234543, abs=5e-7)


def test_unless_told_otherwise_the_favourable_outcome_is_positive():
    p = {"reference": "White"}
    found = by_group(measure(false_positive_rate, RACE, cells(("label", "decision", "group:race"), compas()), p=p))
    assert (found["Black"].numerator, found["Black"].denominator) == (532, 532 + 1369)  # low risk, and a new offence


def test_the_table_says_what_is_positive():
    given = cells(("label", "decision", "group:race"), compas())
    (table,) = measure(false_positive_rate, RACE, given, p={"positive": "unfavourable"}).exhibits
    assert table.title == "False positive rate, unfavourable being positive, by race"
    assert table.columns[4].title == "False positives"
