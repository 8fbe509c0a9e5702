"""COMPAS two-year recidivism: the counts which ProPublica published (repository propublica/compas-analysis), the
disparities of Aequitas' demonstration on the same rows (dssg/aequitas), and fairlearn's for Black and White alone."""

import gzip
import json

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


@pytest.fixture(scope="module")
def golden():
    return json.loads(shared("compas/golden.json").read_text())


def risk(data, check, **more):
    """Against White defendants, the published positive being a medium or high risk: the unfavourable decision."""
    given = {"groups": ["race"], "reference": "Caucasian", "positive": "unfavourable", **more}
    most = 1.25 if more.get("compare") == "ratio" else 0.1
    checked = control(check=check, criterion={"at_most": most, "source": "convention"}, **{"with": given})
    return finding_of(evaluate(data.parent, data, COLUMNS, checked))


RATES = {
    "fairness.false_positive_rate": ("fpr", 1.912093),
    "fairness.false_negative_rate": ("fnr", 0.586416),
    "fairness.false_discovery_rate": ("fdr", 0.906085),
    "fairness.false_omission_rate": ("for", 1.213154),
}


def published(cell):
    """The four rates of a group from its counts."""
    tp, fp, tn, fn = (cell[name] for name in ("tp", "fp", "tn", "fn"))
    return {"fpr": (fp, fp + tn), "fnr": (fn, fn + tp), "fdr": (fp, fp + tp), "for": (fn, fn + tn)}


@pytest.mark.parametrize("check", RATES)
def test_the_disparities_of_the_aequitas_demonstration(data, check):
    _, disparity = RATES[check]
    estimate = estimates_of(risk(data, check, compare="ratio"))["race", "African-American"]
    assert estimate.reference == "Caucasian"
    assert estimate.value == pytest.approx(disparity, abs=5e-7)


@pytest.mark.parametrize("check", RATES)
def test_error_rates_of_all_six_races(data, golden, check):
    finding = risk(data, check, compare="ratio")
    name, _ = RATES[check]
    cells = {race: published(cell)[name] for race, cell in golden["recidivism"]["by_race"].items()}
    shown = {row[0]: row[1] for row in finding.measured.exhibits[0].rows}
    assert shown == {race: pytest.approx(hits / counted, abs=5e-7) for race, (hits, counted) in cells.items()}
    for (_, race), estimate in estimates_of(finding).items():
        assert (estimate.numerator, estimate.denominator) == cells[race]
    for race, cell in golden["recidivism"]["by_race"].items():
        if name in cell:
            assert shown[race] == pytest.approx(cell[name], abs=5e-7)


def test_precision_is_the_published_one(data, golden):
    shown = {
        row[0]: row[1] for row in risk(data, "fairness.predictive_parity", compare="ratio").measured.exhibits[0].rows
    }
    for race, cell in golden["recidivism"]["by_race"].items():
        assert shown[race] == pytest.approx(cell["ppv"], abs=5e-7)


# Eleven of those whom ProPublica's filter keeps are Native American; six of them did not reoffend.
def test_races_of_a_few_people_decide_nothing(data):
    finding = risk(data, "fairness.false_positive_rate", compare="ratio")
    outcomes = {j.estimate: j for j in finding.judgements}
    few = estimates_of(finding)["race", "Native American"]
    assert few.denominator == 8
    assert outcomes[few.id].reason == "sample_too_small"


BLACK_OR_WHITE = {"field": "race", "in": ["African-American", "Caucasian"]}


def test_the_aggregates_of_fairlearn_for_black_and_white(data):
    odds = risk(data, "fairness.equalised_odds", where=BLACK_OR_WHITE).measured.estimates[0]
    assert (odds.name, odds.value) == ("equalised_odds_difference", pytest.approx(0.213925, abs=5e-7))
    (parity,) = estimates_of(risk(data, "fairness.parity_difference", where=BLACK_OR_WHITE)).values()
    assert parity.value == pytest.approx(0.240200, abs=5e-7)
    checked = control(**{"with": {"groups": ["race"], "where": BLACK_OR_WHITE}})
    (favoured,) = estimates_of(finding_of(evaluate(data.parent, data, COLUMNS, checked))).values()
    # fairlearn's 0.591638 is of the unfavourable rates, 0.348003 / 0.588203
    (_, black), (_, white) = ((r[0], r[1]) for r in finding_rows(data))
    assert (1 - white) / (1 - black) == pytest.approx(0.591638, abs=5e-7)
    assert favoured.value == pytest.approx(black / white, abs=1e-12)


def finding_rows(data):
    """The favourable rates of Black and White defendants, as the table shows them."""
    checked = control(**{"with": {"groups": ["race"], "where": BLACK_OR_WHITE}})
    return finding_of(evaluate(data.parent, data, COLUMNS, checked)).measured.exhibits[0].rows


def test_a_row_filter_changes_the_rate_and_is_stated(data, golden):
    """6172 rows are left by ProPublica's filter, and the rate of false positives of Black defendants is 42.34 %."""
    kept = [
        {"field": "days_b_screening_arrest", "at_least": -30}, {"field": "days_b_screening_arrest", "at_most": 30},
        {"not": {"field": "is_recid", "equals": -1}}, {"not": {"field": "c_charge_degree", "equals": "O"}},
    ]  # fmt: skip
    finding = risk(data, "fairness.false_positive_rate", where={"all": kept})
    shown = {row[0]: row[1] for row in finding.measured.exhibits[0].rows}
    for race, cell in golden["filtered_6172"]["by_race"].items():
        assert shown[race] == pytest.approx(cell["fpr"], abs=5e-7)
    assert sum(row[6] for row in finding.measured.exhibits[0].rows) == 6172
