"""COMPAS two-year recidivism: the counts which ProPublica published (repository propublica/compas-analysis)."""

import gzip

import pytest

from auditing import control, estimates_of, evaluate, finding_of, shared

RACE = {"race": {"column": "race"}}
COLUMNS = {
    "label": {"column": "two_year_recid", "favourable": 0},
    "decision": {"from": "score", "favourable": {"at_most": 4}},
    "score": {"column": "decile_score", "kind": "rank", "higher": "unfavourable"},
    "groups": RACE,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    source = shared("compas/compas_two_years.csv.gz")
    target = tmp_path_factory.mktemp("compas") / "compas.csv"
    target.write_bytes(gzip.decompress(source.read_bytes()))
    return target


def test_the_true_favourable_rates_are_one_minus_the_published_false_positive_rates(data):
    checked = control(
        check="fairness.equal_opportunity",
        criterion={"at_most": 0.1, "source": "house"},
        **{"with": {"groups": ["race"], "reference": "Caucasian"}},
    )
    finding = finding_of(evaluate(data.parent, data, COLUMNS, checked))
    estimate = estimates_of(finding)["race", "African-American"]
    # published: Black 990 low and 805 high of those who did not reoffend, White 1139 and 349
    assert (estimate.numerator, estimate.denominator) == (990, 990 + 805)
    assert (estimate.reference_numerator, estimate.reference_denominator) == (1139, 1139 + 349)
    assert estimate.value == pytest.approx(-(0.4484680 - 0.2345430), abs=1e-6)
    assert finding.outcome == "fail"


def test_the_favourable_rate_ratio_is_the_published_one(data):
    checked = control(**{"with": {"groups": ["race"], "reference": "Caucasian"}})
    finding = finding_of(evaluate(data.parent, data, COLUMNS, checked))
    estimate = estimates_of(finding)["race", "African-American"]
    assert (estimate.numerator, estimate.denominator) == (990 + 532, 3696)
    assert estimate.value == pytest.approx(0.6316, abs=5e-5)
    asian = estimates_of(finding)["race", "Asian"]
    assert asian.denominator == 32


def test_auc_of_the_decile_score_is_the_published_one(data):
    checked = control(check="performance.auc", criterion={"at_least": 0.65, "source": "house"})
    finding = finding_of(evaluate(data.parent, data, COLUMNS, checked))
    assert finding.measured.estimates[0].value == pytest.approx(0.7022, abs=5e-5)
    assert finding.outcome == "pass"


def test_the_second_computation_agrees(data):
    checked = control(**{"with": {"groups": ["race"]}})
    second = evaluate(data.parent, data, COLUMNS, checked).audit.second_computation
    assert second.agrees
    assert second.compared >= 5
