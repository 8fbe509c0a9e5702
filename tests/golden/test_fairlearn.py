"""The examples that fairlearn prints: its user guide (18 people) and the docstring of MetricFrame (10 people)."""

import pytest
from fairlearn import metrics as fl

from auditing import control, estimates_of, evaluate, finding_of, write_csv

LABEL = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
DECISION = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
GROUP = ["b", "b", "a", "b", "b", "c", "c", "c", "a", "a", "c", "a", "b", "c", "c", "b", "c", "c"]
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "d", "favourable": 1},
    "groups": {"group": {"column": "g"}},
}
POINT = {"at_most": 0.1, "source": "house", "decide_on": "estimate"}


def audited(tmp_path, check, rows=(LABEL, DECISION, GROUP), criterion=POINT):
    data = write_csv(tmp_path / "d.csv", ("y", "d", "g"), zip(*rows, strict=True))
    return finding_of(evaluate(tmp_path, data, COLUMNS, control(check=check, criterion=criterion)))


def rates(finding, name=None):
    """The table that is published beside the estimates."""
    tables = [one for one in finding.measured.exhibits if name is None or one.name.startswith(name)]
    return {row[0]: (row[1], row[6]) for row in tables[0].rows}


# fairlearn user guide, Performing a Fairness Assessment: by_group of the 18 people.
@pytest.mark.parametrize(
    ("check", "a", "b", "c"),
    [
        ("fairness.impact_ratio", 0.75, 0.5, 0.5),
        ("fairness.equal_opportunity", 0.5, 0.6, 0.4),
        ("fairness.false_positive_rate", 1.0, 0.0, 2 / 3),
    ],
)
def test_the_table_of_the_user_guide(tmp_path, check, a, b, c):
    finding = audited(tmp_path, check)
    assert rates(finding) == {"a": (a, 4), "b": (b, 6), "c": (pytest.approx(c, abs=1e-12), 8)}


def test_the_aggregates_of_the_user_guide(tmp_path):
    """Demographic parity difference 0.25 and ratio 0.666667, equalized odds difference 1.0; by fairlearn too."""
    given = {"y_true": LABEL, "y_pred": DECISION, "sensitive_features": GROUP}
    parity = estimates_of(audited(tmp_path, "fairness.parity_difference")).values()
    assert {e.value for e in parity} == {-0.25}
    assert fl.demographic_parity_difference(**given) == 0.25
    ratios = estimates_of(audited(tmp_path, "fairness.impact_ratio")).values()
    assert min(e.value for e in ratios) == pytest.approx(0.666667, abs=5e-7)
    assert fl.demographic_parity_ratio(**given) == pytest.approx(0.666667, abs=5e-7)
    odds = audited(tmp_path, "fairness.equalised_odds").measured.estimates[0]
    assert (odds.name, odds.value) == ("equalised_odds_difference", 1.0)
    assert fl.equalized_odds_difference(**given) == 1.0


# MetricFrame's docstring: selection rates 0.8 and 0.4, difference 0.4, ratio 0.5.
def test_the_example_of_the_docstring(tmp_path):
    label, decision = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0], [0, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    sex = ["Female"] * 5 + ["Male"] * 5
    finding = audited(tmp_path, "fairness.impact_ratio", (label, decision, sex))
    assert rates(finding) == {"Female": (0.8, 5), "Male": (0.4, 5)}
    assert [e.value for e in estimates_of(finding).values()] == [0.5]
    (difference,) = estimates_of(audited(tmp_path, "fairness.parity_difference", (label, decision, sex))).values()
    assert difference.value == -0.4
    assert fl.demographic_parity_difference(label, decision, sensitive_features=sex) == 0.4


# fairlearn gives a group without any positive a true and a false negative rate of 0.0, without a warning.
def test_a_rate_that_nobody_has_is_not_zero(tmp_path):
    label, decision, group = [0] * 40 + [1] * 80, [1] * 20 + [0] * 20 + [1, 0] * 40, ["x"] * 40 + ["y", "z"] * 40
    named = dict(zip("xyz", fl.MetricFrame(
        metrics=fl.true_positive_rate, y_true=label, y_pred=decision, sensitive_features=group
    ).by_group, strict=True))  # fmt: skip
    assert named["x"] == 0.0
    finding = audited(tmp_path, "fairness.equal_opportunity", (label, decision, group))
    estimate = estimates_of(finding)["group", "x"]
    assert (estimate.value, estimate.undefined_as) == (None, "sample_too_small")
    assert rates(finding)["x"][0] is None
