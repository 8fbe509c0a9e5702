"""Law school (LSAC bar passage) and the Dutch census of 2001: rates by group, and the published gap of 29.85 points.

The files are the cleaned ones of the survey of Le Quy et al. 2022; the counts beside them were made with pandas.
"""

import gzip
import json

import pytest

from auditing import control, estimates_of, evaluate, finding_of, shared

FILES = {
    "law_school": ("law_school/law_school_clean.csv.gz", "pass_bar", {"sex": ("male", {0: "female", 1: "male"}),
                                                                     "race": ("race", {})}),
    "dutch_census": ("dutch_census/dutch_census.csv.gz", "occupation", {"sex": ("sex", {})}),
}  # fmt: skip
CASES = [("law_school", "sex"), ("law_school", "race"), ("dutch_census", "sex")]


def measured(folder, name, grouping, check, criterion):
    path, label, groups = FILES[name]
    data = folder / f"{name}.csv"
    data.write_bytes(gzip.decompress(shared(path).read_bytes()))
    column, labels = groups[grouping]
    declared = {"column": column, **({"labels": labels} if labels else {})}
    columns = {"decision": {"column": label, "favourable": 1}, "groups": {grouping: declared}}
    return finding_of(evaluate(folder, data, columns, control(check=check, criterion=criterion)))


@pytest.mark.parametrize(("name", "grouping"), CASES)
def test_rates_and_impact_ratios_are_those_of_the_tables(tmp_path, name, grouping):
    golden = json.loads(shared(f"{name}/golden.json").read_text())[f"by_{grouping}"]
    rule = {"at_least": 0.8, "source": "convention", "decide_on": "estimate"}
    finding = measured(tmp_path, name, grouping, "fairness.impact_ratio", rule)
    ((_, group), estimate), = estimates_of(finding).items()  # fmt: skip
    other = golden[estimate.reference]
    assert (estimate.numerator, estimate.denominator) == (golden[group]["selected"], golden[group]["n"])
    assert (estimate.reference_numerator, estimate.reference_denominator) == (other["selected"], other["n"])
    assert estimate.value == pytest.approx(golden[group]["impact_ratio"], abs=5e-7)
    assert finding.outcome == ("pass" if golden[group]["impact_ratio"] >= 0.8 else "fail")


def test_the_gap_of_the_census_is_the_published_one(tmp_path):
    rule = {"between": [-0.1, 0.1], "source": "house"}
    finding = measured(tmp_path, "dutch_census", "sex", "fairness.parity_difference", rule)
    (estimate,) = estimates_of(finding).values()
    assert round(abs(estimate.value), 4) == 0.2985
    assert finding.outcome == "fail"
