"""German Credit (Statlog): where the age is cut decides four fifths, and the figure of AIF360's tutorial."""

import csv
import gzip

import numpy as np
import pytest

from auditing import control, estimates_of, evaluate, finding_of, shared, write_csv

CREDIT = {"column": "good_credit", "favourable": 1}
RULE = {"at_least": 0.8, "source": "convention", "decide_on": "estimate"}
TABLE = "german_credit/german_credit.csv.gz"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    target = tmp_path_factory.mktemp("german") / "german.csv"
    target.write_bytes(gzip.decompress(shared(TABLE).read_bytes()))
    return target


def by(data, grouping, column, **checked):
    finding = finding_of(
        evaluate(data.parent, data, {"decision": CREDIT, "groups": {grouping: column}}, control(**checked))
    )
    (estimate,) = estimates_of(finding).values()
    return finding, estimate


# Kamiran and Calders 2009 cut at "25 or younger", AIF360 at "younger than 25": the outcome flips.
@pytest.mark.parametrize(
    ("edge", "young", "old", "ratio", "outcome"),
    [(26, (110, 190), (590, 810), 0.794826, "fail"), (25, (88, 149), (612, 851), 0.821248, "pass")],
    ids=["at most 25", "under 25"],
)
def test_a_year_of_the_cut_flips_four_fifths(data, edge, young, old, ratio, outcome):
    finding, estimate = by(data, "age", {"column": "age", "edges": [edge]}, criterion=RULE)
    assert (estimate.numerator, estimate.denominator) == young
    assert (estimate.reference_numerator, estimate.reference_denominator) == old
    assert estimate.value == pytest.approx(ratio, abs=5e-7)
    assert finding.outcome == outcome
    assert finding.judgements[0].by_interval == "inconclusive"


def test_by_sex_the_ratio_is_the_computed_one(data):
    finding, estimate = by(data, "sex", {"column": "sex"}, criterion=RULE)
    assert (estimate.numerator, estimate.denominator) == (201, 310)
    assert (estimate.reference_numerator, estimate.reference_denominator) == (499, 690)
    assert estimate.value == pytest.approx(0.896567, abs=5e-7)
    assert finding.outcome == "pass"


def test_thirty_seven_foreign_workers_are_the_highest_group_and_decide_nothing(data):
    finding, estimate = by(data, "foreign", {"column": "foreign_worker"})
    assert (estimate.numerator, estimate.denominator) == (667, 963)
    assert (estimate.reference_numerator, estimate.reference_denominator) == (33, 37)
    assert estimate.value == pytest.approx(0.776582, abs=5e-7)
    assert finding.outcome == "inconclusive"


# AIF360, tutorial_credit_scoring: numpy's seed 0, the first 70 % of a permutation, age 25 and more privileged.
def test_the_mean_difference_of_the_aif360_tutorial(data, tmp_path):
    with data.open(newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = np.random.RandomState(0).permutation(len(rows))[:700]
    header = ("age", "good_credit")
    train = write_csv(tmp_path / "train.csv", header, [[rows[at][name] for name in header] for at in chosen])
    age = {"column": "age", "edges": [25]}
    _, ratio = by(train, "age", age)
    assert (ratio.numerator, ratio.denominator) == (63, 113)
    assert (ratio.reference_numerator, ratio.reference_denominator) == (427, 587)
    assert ratio.value == pytest.approx(0.766430, abs=5e-7)
    _, difference = by(
        train, "age", age, check="fairness.parity_difference", criterion={"at_most": 0.1, "source": "house"}
    )
    assert difference.value == pytest.approx(-0.169905, abs=5e-7)
