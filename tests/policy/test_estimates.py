"""A criterion of an estimate that nobody gives is an error; a threshold on the wrong side of one is a warning."""

from datetime import date

import pytest

from assay.api import policy_warnings
from assay.errors import PolicyError, Problems
from assay.policy.load import load_policy
from policies import control, policy, write

TODAY = date(2026, 3, 31)


def loaded(folder, criterion, check="performance.brier", **parameters):
    given = [{"source": "house", **each} for each in (criterion if isinstance(criterion, list) else [criterion])]
    asked = control("C", check=check, criterion=given if isinstance(criterion, list) else given[0])
    return load_policy(write(folder / "p.yaml", policy("p", asked | ({"with": parameters} if parameters else {}))))


def warned(folder, *given, **parameters):
    return [told for told in policy_warnings(loaded(folder, *given, **parameters), TODAY) if "refuses" in told]


def test_a_misspelt_estimate_is_an_error_with_the_nearest_name_where_it_stands(tmp_path):
    with pytest.raises(PolicyError) as raised:
        loaded(tmp_path, {"estimate": "brier_skil", "above": 0})
    assert raised.value.what == "`performance.brier` gives no estimate `brier_skil`, as it is asked here"
    assert raised.value.hint == "Did you mean `brier_skill`?"
    assert raised.value.where.endswith("p.yaml:11:15")


def test_of_several_criteria_each_wrong_name_is_told_in_its_line(tmp_path):
    with pytest.raises(Problems) as raised:
        loaded(tmp_path, [{"estimate": "psi", "at_most": 0.1}, {"at_most": 0.2}, {"estimate": "x", "at_most": 0.1}])
    assert [problem.where.rpartition("p.yaml")[2] for problem in raised.value.problems] == [":11:15", ":16:15"]
    assert "brier, brier_skill, spiegelhalter_z" in raised.value.problems[1].hint


def test_which_estimates_there_are_follows_from_the_parameters(tmp_path):
    gap = {"estimate": "ks_gap", "at_most": 0.1}
    assert loaded(tmp_path, gap, "performance.train_test_gap", metric="ks")
    with pytest.raises(PolicyError, match="gives no estimate `ks_gap`"):
        loaded(tmp_path, gap, "performance.train_test_gap")
    ratio = {"estimate": "false_positive_rate_ratio", "at_least": 0.8}
    assert loaded(tmp_path, ratio, "fairness.false_positive_rate", compare="ratio")
    with pytest.raises(PolicyError, match="gives no estimate `false_positive_rate_ratio`"):
        loaded(tmp_path, ratio, "fairness.false_positive_rate")


@pytest.mark.parametrize(
    ("check", "parameters", "criterion", "why"),
    [
        ("performance.brier", {}, {"at_least": 0.1}, "`at_least: 0.1` refuses the best brier: lower is better"),
        ("performance.brier", {}, {"above": 0.1}, "`above: 0.1` refuses the best brier: lower is better"),
        ("performance.auc", {}, {"at_most": 0.9}, "`at_most: 0.9` refuses the best auc: higher is better"),
        ("performance.rank_ordering", {}, {"at_least": 0}, "refuses the best inversions: lower is better"),
        ("performance.grade_ordering", {}, {"at_least": 0}, "refuses the best inversions: lower is better"),
        ("performance.auc", {}, {"estimate": "gini", "below": 0.9}, "refuses the best gini: higher is better"),
        ("performance.calibration", {}, {"at_most": 0.9}, "refuses the best observed_expected: 1 is best"),
        ("performance.calibration", {}, {"between": [1.1, 2]}, "`between: [1.1, 2]` refuses the best"),
        ("performance.calibration", {}, {"estimate": "slope", "equals": 2}, "refuses the best slope: 1 is best"),
        ("fairness.impact_ratio", {}, {"at_least": 1.25}, "`at_least: 1.25` refuses the best impact_ratio: 1 is best"),
        ("fairness.parity_difference", {}, {"below": 0}, "refuses the best selection_rate_difference: 0 is best"),
        ("performance.stability_over_time", {"metric": "brier"}, {"at_least": 0.1}, "refuses the best brier"),
        ("performance.stability_over_time", {"metric": "auc"}, {"at_most": 0.9}, "refuses the best auc"),
    ],
)  # fmt: skip
def test_a_threshold_that_the_best_estimate_would_miss_is_a_warning_with_its_line(
    tmp_path, check, parameters, criterion, why
):
    (told,) = warned(tmp_path, criterion, check, **parameters)
    assert why in told
    assert told.startswith("C (p.yaml:1")


@pytest.mark.parametrize(
    ("check", "criterion"),
    [
        ("performance.brier", {"at_most": 0.2}),
        ("performance.brier", {"between": [0.05, 0.2]}),
        ("performance.auc", {"at_least": 0.7}),
        ("performance.rank_ordering", {"at_most": 0}),
        ("performance.rank_ordering", {"estimate": "event_rate_step", "at_least": -0.01}),
        ("performance.grade_ordering", {"at_most": 0}),
        ("performance.auc", {"reported": True}),
        ("performance.calibration", {"at_least": 0.9}),
        ("performance.calibration", {"at_most": 1.1}),
        ("fairness.impact_ratio", {"at_least": 0.8}),
        ("fairness.parity_difference", {"margin": 0.05}),
        ("governance.ab_test", {"margin": 0.01, "significance": 0.05}),
        ("fairness.metric_gap", {"at_most": 0.05}),
    ],
)
def test_a_threshold_on_the_good_side_is_not_warned_about(tmp_path, check, criterion):
    assert warned(tmp_path, criterion, check) == []
