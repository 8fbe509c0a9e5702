"""Graduate admissions at Berkeley, 1973: Bickel, Hammel and O'Connell, Science 187 (1975), in R as UCBAdmissions.

Counts of the six largest departments: the aggregate speaks against women, the departments do not.
"""

import gzip
import json

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from auditing import control, evaluate, finding_of, shared

COLUMNS = {
    "decision": {"column": "Admit", "favourable": "Admitted"},
    "groups": {"Gender": {"column": "Gender"}},
    "strata": {"Dept": {"column": "Dept"}},
    "count": "Freq",
}


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    target = tmp_path_factory.mktemp("berkeley") / "admissions.csv"
    target.write_bytes(gzip.decompress(shared("ucb_admissions/ucb_admissions.csv.gz").read_bytes()))
    within = {"check": "fairness.conditional_disparity"}
    asked = [
        control(**within, criterion={"at_least": 0.8, "source": "convention"}, **{"with": {"strata": ["Dept"]}}),
        control(
            "AGGREGATE", **within, criterion={"at_least": 0.8, "estimate": "aggregate_ratio", "source": "convention"}
        ),
    ]
    result = evaluate(target.parent, target, COLUMNS, *asked)
    return {name: finding_of(result, name) for name in ("C", "AGGREGATE")}


@pytest.fixture(scope="module")
def golden():
    return json.loads(shared("ucb_admissions/golden.json").read_text())


def estimates(finding):
    return {e.name: e for e in finding.measured.estimates}


def test_the_aggregate_fails_against_women_where_the_departments_do_not(finding, golden):
    found = estimates(finding["C"])
    assert found["aggregate_ratio"].value == pytest.approx(golden["by_gender"]["Female"]["impact_ratio"], abs=5e-7)
    assert found["aggregate_ratio"].value == pytest.approx(0.681830, abs=5e-7)
    assert (found["aggregate_ratio"].group, found["aggregate_ratio"].reference) == ("Female", "Male")
    assert (found["aggregate_ratio"].numerator, found["aggregate_ratio"].denominator) == (557, 1835)
    assert finding["AGGREGATE"].outcome == "fail"
    # R: exp of the logarithm of 1198 x 1278 over 1493 x 557 is 1.84, of men against women
    assert 1 / found["aggregate_odds_ratio"].value == pytest.approx(1198 * 1278 / (1493 * 557), rel=1e-12)


def test_the_common_odds_ratio_of_men_against_women_is_that_of_statsmodels(finding, golden):
    tables = []
    for groups in golden["by_dept"].values():
        men, women = groups["Male"], groups["Female"]
        tables.append(np.array([[g["selected"], g["n"] - g["selected"]] for g in (men, women)], float))
    known = StratifiedTable(tables)
    found = estimates(finding["C"])["conditional_odds_ratio"]
    assert 1 / found.value == pytest.approx(known.oddsratio_pooled, rel=1e-12)
    assert 1 / found.value == pytest.approx(0.9046968, abs=5e-8)  # of men against women: near 1
    low, high = known.oddsratio_pooled_confint()
    assert (1 / found.interval.high, 1 / found.interval.low) == pytest.approx((low, high), rel=1e-9)
    assert found.p_value == pytest.approx(known.test_null_odds().pvalue, rel=1e-9)
    assert found.value > 1
    assert finding["C"].outcome == "inconclusive"  # up to 1.30, beyond 1.25


def test_the_departments_are_not_alike(finding):
    # the help page of R's mantelhaen.test finds p = 0.003 for these data, by Woolf's test
    note = next(note for note in finding["C"].measured.notes if "Breslow-Day" in note)
    assert "p = 0.00207" in note
    assert "18.83 on 5 degrees of freedom" in note


def test_every_department_stands_in_the_table_beside_the_aggregate(finding, golden):
    (table,) = finding["C"].measured.exhibits
    names = [column.name for column in table.columns]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in table.rows}
    assert list(rows) == [*(f"stratum {name}" for name in "ABCDEF"), "aggregate", "within strata"]
    for name, groups in golden["by_dept"].items():
        row = rows[f"stratum {name}"]
        assert (row["favourable"], row["people"]) == (groups["Female"]["selected"], groups["Female"]["n"])
        assert (row["reference_favourable"], row["reference_people"]) == (
            groups["Male"]["selected"],
            groups["Male"]["n"],
        )
        assert row["rate"] == pytest.approx(groups["Female"]["rate"], abs=5e-7)
        assert row["reference_rate"] == pytest.approx(groups["Male"]["rate"], abs=5e-7)
    favouring_women = {name for name in "ABCDEF" if rows[f"stratum {name}"]["value"] > 1}
    assert favouring_women == {"A", "B", "D", "F"}
    # department A admits men at 0.753095 of the rate of women
    row = rows["stratum A"]
    assert row["reference_rate"] / row["rate"] == pytest.approx(0.753095, abs=5e-7)
    assert rows["aggregate"]["people"] + rows["aggregate"]["reference_people"] == golden["rows"]
