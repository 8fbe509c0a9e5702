"""Grades and populations as the manifest declares them."""

import pytest
from pydantic import ValidationError

from builders import manifest

GRADE = {"column": "g", "order": ["A", "B", "C"]}


def columns(**given):
    return manifest(columns=given).columns


def test_grades_are_codes_in_their_order():
    assert columns(grade={"column": "g", "order": [1, 2.0, "3"]}).grade.levels == ("1", "2", "3")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"grade": {"column": "g", "order": ["A"]}}, "at least 2"),
        ({"grade": {"column": "g", "order": [1, "1"]}}, "names a grade twice"),
        ({"grade": {"column": "g", "order": ["A", " "]}}, "cannot be blank"),
        ({"grade": {**GRADE, "probabilities": {"A": 0.1, "B": 0.2}}}, "one for each grade"),
        ({"grade": {**GRADE, "probabilities": {"A": 0.1, "B": 0.2, "D": 0.3}}}, "one for each grade"),
        ({"grade": {**GRADE, "probabilities": {"A": 0.1, "B": 0.2, "C": 1.2}}}, "from 0 to 1"),
        ({"previous_grade": "h"}, "needs `grade`"),
        ({"groups": {"(grade)": {"column": "g"}}}, "names in parentheses"),
        ({"strata": {"(month)": {"column": "g"}}}, "names in parentheses"),
        ({"groups": {"sex": {"column": "s", "population": {"f": 0.5, "m": 0.5}}}}, "go together"),
        ({"groups": {"sex": {"column": "s", "population_source": "census"}}}, "go together"),
        ({"groups": {"sex": {"column": "s", "population": {"f": 0.5, "m": 0.4}, "population_source": "x"}}}, "add up"),
        ({"groups": {"sex": {"column": "s", "population": {"f": -0.5, "m": 1.5}, "population_source": "x"}}}, "0 to 1"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(given, why):
    with pytest.raises(ValidationError, match=why):
        columns(**given)


def test_shares_as_they_are_published_may_miss_1_by_their_rounding():
    shares = {"a": 0.333, "b": 0.333, "c": 0.333}
    found = columns(groups={"g": {"column": "g", "population": shares, "population_source": "census 2020"}})
    assert found.groups["g"].population == shares
