"""What holds for every check that ships."""

import subprocess
import sys
from pathlib import Path

import pytest

from assay.checks.registry import SECTIONS, find, names
from assay.evidence.view import SubjectView
from builders import manifest

ROOT = Path(__file__).parents[2]
SHIPPED = [name for name in names() if find(name).measure.__module__.startswith("assay.")]


def test_the_checks_are_found_by_their_path():
    assert SHIPPED == [
        "data.class_balance",
        "data.distribution_shift", "data.domain_classifier", "data.drift", "data.entity_overlap",
        "data.missing", "data.new_categories",
        "data.overlap",
        "data.representativeness", "data.schema", "data.time_order",
        "explainability.additivity", "explainability.reliance",
        "fairness.auc_parity", "fairness.calibration_within_groups", "fairness.conditional_disparity",
        "fairness.counterfactual_flips", "fairness.equal_opportunity", "fairness.equalised_odds",
        "fairness.false_discovery_rate", "fairness.false_negative_rate", "fairness.false_omission_rate",
        "fairness.false_positive_rate", "fairness.group_sufficiency", "fairness.impact_ratio",
        "fairness.individual_consistency", "fairness.less_discriminatory_alternative",
        "fairness.mean_absolute_error_ratio", "fairness.metric_gap",
        "fairness.no_group_worse_off", "fairness.parity_difference",
        "fairness.predictive_parity", "fairness.proxy_strength", "fairness.proxy_use",
        "fairness.ranking_exposure", "fairness.residual_bias",
        "fairness.score_distribution_gap", "fairness.scoring_ratio", "fairness.shortfall", "fairness.significance",
        "fairness.standardised_mean_difference", "fairness.uncertain_impact_ratio",
        "governance.ab_test",
        "governance.audit_age", "governance.digests", "governance.documents", "governance.policy_first",
        "governance.test_set_reuse",
        "performance.accuracy",
        "performance.auc",
        "performance.average_precision",
        "performance.balanced_accuracy",
        "performance.brier",
        "performance.calibration",
        "performance.concentration",
        "performance.cutoff_sensitivity",
        "performance.decision_agreement",
        "performance.expected_calibration_error",
        "performance.f1",
        "performance.gain_over_naive",
        "performance.grade_calibration",
        "performance.grade_ordering",
        "performance.hosmer_lemeshow",
        "performance.ks",
        "performance.lift",
        "performance.log_loss",
        "performance.matthews",
        "performance.mean_absolute_error",
        "performance.mean_absolute_percentage_error",
        "performance.mean_residual",
        "performance.metric",
        "performance.migration",
        "performance.non_inferiority",
        "performance.precision",
        "performance.r_squared",
        "performance.rank_ordering",
        "performance.recall",
        "performance.regression_gain",
        "performance.root_mean_squared_error",
        "performance.specificity",
        "performance.stability_over_time",
        "performance.train_test_gap",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_the_docstring_opens_with_a_requirement_and_names_everything(name):
    check = find(name)
    first, *rest = check.docstring.split("\n\n")
    assert first.endswith(".")
    assert len(first) > 40
    for section in SECTIONS:
        assert f"\n{section}:" in "\n\n".join(["", *rest])
    for parameter in check.parameters.model_fields:
        assert f"`{parameter}" in check.docstring


@pytest.mark.parametrize("name", SHIPPED)
def test_every_parameter_has_a_default_and_unknown_ones_are_refused(name):
    check = find(name)
    assert check.parameters() == check.parameters.model_validate_json("{}")
    with pytest.raises(ValueError, match="extra"):
        check.parameters.model_validate_json('{"treshold": 1}')


@pytest.mark.parametrize("name", [n for n in SHIPPED if n not in ("governance.digests", "governance.audit_age")])
def test_on_a_bare_manifest_it_asks_for_nothing_and_says_what_is_missing(name):
    check = find(name)
    found = check.needs(check.parameters(), SubjectView(manifest()))
    assert found.requests == ()
    assert found.missing


def test_the_document_of_all_checks_is_current():
    done = subprocess.run([sys.executable, ROOT / "docs" / "checks.py", "--check"], check=False)
    assert done.returncode == 0, "run `make checks`"
