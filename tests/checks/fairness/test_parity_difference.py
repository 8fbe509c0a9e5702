"""Statistical parity: published differences, and what is asked for."""

import pytest

from assay.checks.fairness.parity_difference import parity_difference
from builders import by_group, cells, measure, needs, people_manifest

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


KEYS = ("decision", "group:race")


def test_the_difference_of_favourable_decisions_is_the_published_one():
    given = cells(KEYS, [row[1:] for row in compas()])
    found = by_group(measure(parity_difference, RACE, given, p={"reference": "White"}))
    assert found["Black"].name == "selection_rate_difference"
    assert found["Black"].value == pytest.approx(-0.2402, abs=5e-5)
    assert (found["Black"].numerator, found["Black"].denominator) == (990 + 532, 3696)


def test_it_is_the_demographic_parity_difference_of_fairlearn():
    from fairlearn.metrics import demographic_parity_difference

    rows = compas()
    (found,) = measure(parity_difference, RACE, cells(KEYS, [row[1:] for row in rows])).estimates
    decided = [int(row[1] == NONE) for row in rows]
    again = demographic_parity_difference(decided, decided, sensitive_features=[row[2] for row in rows])
    assert abs(found.value) == pytest.approx(again, abs=1e-12)


def test_no_label_is_asked_for():
    view = people_manifest(columns={"decision": {"column": "d", "favourable": 1}, "groups": {"g": {"column": "g"}}})
    assert [request.keys for request in needs(parity_difference, view).requests] == [("decision", "group:g")]
