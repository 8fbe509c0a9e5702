"""Faults met in other tools, each a test that would have caught it here."""

import pytest

from assay.errors import AssayError
from auditing import DECIDED, control, estimates_of, evaluate, finding_of, people, write_csv


def data(tmp_path, *groups, header=("group", "decision")):
    return write_csv(tmp_path / "d.csv", *people(*groups, header=header))


FAIR = (("a", "yes", 500), ("a", "no", 500), ("b", "yes", 500), ("b", "no", 500))


def test_a_protected_column_in_capitals_keeps_its_name(tmp_path):
    columns = {"decision": DECIDED["decision"], "groups": {"SEX": {"column": "SEX"}}}
    finding = finding_of(evaluate(tmp_path, data(tmp_path, *FAIR, header=("SEX", "decision")), columns, control()))
    assert finding.outcome == "pass"
    assert finding.measured.estimates[0].grouping == "SEX"


def test_a_missing_protected_column_is_an_error_not_a_ratio_of_one(tmp_path):
    columns = {"decision": DECIDED["decision"], "groups": {"sex": {"column": "sex"}}}
    with pytest.raises(AssayError, match="sex"):
        evaluate(tmp_path, data(tmp_path, *FAIR), columns, control())


def test_a_group_the_manifest_lacks_stays_in_the_denominator_as_inconclusive(tmp_path):
    result = evaluate(tmp_path, data(tmp_path, *FAIR), DECIDED, control(**{"with": {"groups": ["race"]}}))
    assert finding_of(result).reason == "evidence_missing"
    assert result.gate.exit_code == 4


def test_a_policy_that_does_not_load_is_not_a_pass(tmp_path):
    with pytest.raises(AssayError):
        evaluate(tmp_path, data(tmp_path, *FAIR), DECIDED, control(), policies=[str(tmp_path / "absent.yaml")])


@pytest.mark.parametrize("typo", [{"treshold": 0.9}, {"criterion": {"atleast": 0.8, "source": "house"}}])
def test_a_typo_in_a_threshold_is_an_error_with_the_nearest_name(tmp_path, typo):
    with pytest.raises(AssayError) as caught:
        evaluate(tmp_path, data(tmp_path, *FAIR), DECIDED, control(**typo))
    assert "policy.yaml:" in str(caught.value)


def test_favourable_zero_is_honoured_and_the_ratio_has_the_right_direction(tmp_path):
    rows = (("a", 0, 900), ("a", 1, 100), ("b", 0, 600), ("b", 1, 400))
    columns = {"decision": {"column": "decision", "favourable": 0}, "groups": DECIDED["groups"]}
    finding = finding_of(evaluate(tmp_path, data(tmp_path, *rows), columns, control()))
    assert estimates_of(finding)["group", "b"].value == pytest.approx(600 / 900)
    columns["decision"] = {"column": "decision", "favourable": 1}
    finding = finding_of(evaluate(tmp_path, data(tmp_path, *rows), columns, control()))
    assert estimates_of(finding)["group", "a"].value == pytest.approx(100 / 400)


def test_a_perfect_model_has_an_equal_opportunity_difference_of_zero_and_passes(tmp_path):
    header = ("group", "decision", "label")
    rows = (("a", "yes", 1, 500), ("a", "no", 0, 500), ("b", "yes", 1, 400), ("b", "no", 0, 600))
    columns = {**DECIDED, "label": {"column": "label", "favourable": 1}}
    checked = control(check="fairness.equal_opportunity", criterion={"at_most": 0.1, "source": "house"})
    finding = finding_of(evaluate(tmp_path, data(tmp_path, *rows, header=header), columns, checked))
    assert finding.measured.estimates[0].value == 0
    assert finding.outcome == "pass"


def test_a_group_without_positives_has_no_rate_rather_than_zero(tmp_path):
    header = ("group", "decision", "label")
    rows = (("a", "yes", 1, 500), ("a", "no", 0, 500), ("b", "no", 0, 600))
    columns = {**DECIDED, "label": {"column": "label", "favourable": 1}}
    checked = control(check="fairness.equal_opportunity", criterion={"at_most": 0.1, "source": "house"})
    result = evaluate(tmp_path, data(tmp_path, *rows, header=header), columns, checked)
    finding = finding_of(result)
    assert finding.outcome == "inconclusive"
    assert all(e.value is None for e in finding.measured.estimates)


def test_an_all_zero_tiny_group_has_an_interval_with_width(tmp_path):
    rows = (*FAIR, ("code 0", "no", 7))
    finding = finding_of(evaluate(tmp_path, data(tmp_path, *rows), DECIDED, control()))
    tiny = estimates_of(finding)["group", "code 0"]
    assert tiny.value == 0
    assert tiny.interval.high > 0.3
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


def test_nan_scores_never_give_an_ok(tmp_path):
    header = ("group", "score", "label")
    rows = [("a", "nan", 1, 500), ("b", "nan", 0, 500)]
    columns = {
        "label": {"column": "label", "favourable": 1},
        "score": {"column": "score", "kind": "probability", "of": 1},
        "decision": {"from": "score", "favourable": {"at_least": 0.5}},
        "groups": DECIDED["groups"],
    }
    auc = control("A", check="performance.auc", criterion={"at_least": 0.7, "source": "convention"})
    result = evaluate(tmp_path, data(tmp_path, *rows, header=header), columns, auc, control())
    assert {finding.outcome for finding in result.audit.findings} == {"inconclusive"}
    assert result.gate.exit_code == 4


def test_one_class_is_inconclusive_not_an_accuracy(tmp_path):
    header = ("group", "score", "label")
    rows = [("a", 0.2, 1, 50), ("b", 0.4, 1, 50)]
    columns = {
        "label": {"column": "label", "favourable": 1},
        "score": {"column": "score", "kind": "probability", "of": 1},
    }
    auc = control(check="performance.auc", criterion={"at_least": 0.7, "source": "convention"})
    result = evaluate(tmp_path, data(tmp_path, *rows, header=header), columns, auc)
    assert (finding_of(result).outcome, result.gate.exit_code) == ("inconclusive", 4)


def test_an_empty_table_is_inconclusive(tmp_path):
    result = evaluate(tmp_path, write_csv(tmp_path / "d.csv", ("group", "decision"), []), DECIDED, control())
    assert (finding_of(result).outcome, result.gate.exit_code) == ("inconclusive", 4)


def test_a_huge_significant_but_tiny_gap_passes(tmp_path):
    rows = (("a", "yes", 5000), ("a", "no", 5000), ("b", "yes", 4900), ("b", "no", 5100))
    assert finding_of(evaluate(tmp_path, data(tmp_path, *rows), DECIDED, control())).outcome == "pass"


def test_a_model_that_no_policy_binds_is_not_a_pass(tmp_path):
    policy = {"applies_to": {"field": "risk.tier", "equals": "critical"}}
    result = evaluate(
        tmp_path, data(tmp_path, *FAIR), DECIDED, control(), policy=policy, manifest={"risk": {"tier": "low"}}
    )
    assert finding_of(result).outcome == "not_applicable"
    assert (result.gate.state, result.gate.exit_code) == ("closed", 4)
