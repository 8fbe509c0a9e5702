"""More than two outcomes: each class against all others, from a file to the finding."""

import pytest
from sklearn.metrics import precision_score, recall_score

from assay.checks.registry import find
from assay.errors import DataError
from auditing import control, evaluate, finding_of, people, write_csv
from builders import cells, measure, needs, people_manifest

HEADER = ("group", "label", "decision")
COLUMNS = {
    "label": {"column": "label", "favourable": "loan"},
    "decision": {"column": "decision", "favourable": "loan"},
    "groups": {"group": {"column": "group"}},
}
CLASSES = ("loan", "card", "none")
COUNTS = {
    "a": {("loan", "loan"): 60, ("loan", "card"): 20, ("loan", "none"): 20, ("card", "card"): 50, ("card", "loan"): 30,
          ("card", "none"): 20, ("none", "none"): 90, ("none", "loan"): 10},
    "b": {("loan", "loan"): 40, ("loan", "card"): 30, ("loan", "none"): 40, ("card", "card"): 60, ("card", "none"): 45,
          ("none", "none"): 70, ("none", "loan"): 15, ("none", "card"): 15},
}  # fmt: skip
ROWS = [(group, *pair, n) for group, counts in COUNTS.items() for pair, n in counts.items()]
CHECKS = {
    "impact_ratio": "impact_ratio",
    "equal_opportunity": "equal_opportunity_difference",
    "parity_difference": "selection_rate_difference",
    "false_positive_rate": "false_positive_rate_difference",
    "false_negative_rate": "false_negative_rate_difference",
    "predictive_parity": "positive_predictive_value_ratio",
    "false_discovery_rate": "false_discovery_rate_difference",
    "false_omission_rate": "false_omission_rate_difference",
    "equalised_odds": "equalised_odds_difference",
}


def audited(tmp_path, name, *rows, classes=CLASSES, columns=(), **with_):
    data = write_csv(tmp_path / "d.csv", *people(*(rows or ROWS), header=HEADER))
    asked = control(
        check=f"fairness.{name}",
        criterion={"reported": True, "source": "house"},
        **{"with": {"classes": list(classes), **with_}},
    )
    return evaluate(tmp_path, data, {**COLUMNS, **dict(columns)}, asked)


def by_class(result, name):
    return {e.of: e for e in finding_of(result).measured.estimates if e.name == CHECKS[name]}


def vectors(group):
    pairs = [pair for pair, n in COUNTS[group].items() for _ in range(n)]
    return [truth for truth, _ in pairs], [decided for _, decided in pairs]


@pytest.mark.parametrize("name", CHECKS)
def test_each_class_has_its_estimates_and_a_second_library_agrees(tmp_path, name):
    result = audited(tmp_path, name)
    found = by_class(result, name)
    assert set(found) == set(CLASSES)
    assert all(estimate.value is not None for estimate in found.values())
    second = result.audit.second_computation
    assert (second.compared, second.agrees, second.left_out) == (6 if name == "equalised_odds" else 3, True, ())
    assert finding_of(result).outcome == "pass"


def test_recall_of_each_class_is_that_of_scikit_learn(tmp_path):
    found = by_class(audited(tmp_path, "equal_opportunity"), "equal_opportunity")
    recall = {g: dict(zip(CLASSES, recall_score(*vectors(g), labels=CLASSES, average=None), strict=True)) for g in "ab"}
    for of, estimate in found.items():
        again = recall[estimate.group][of] - recall[estimate.reference][of]
        assert estimate.value == pytest.approx(again, abs=1e-12)


def test_precision_of_each_class_is_that_of_scikit_learn(tmp_path):
    found = by_class(audited(tmp_path, "predictive_parity"), "predictive_parity")
    precision = {
        g: dict(zip(CLASSES, precision_score(*vectors(g), labels=CLASSES, average=None), strict=True)) for g in "ab"
    }
    for of, estimate in found.items():
        again = precision[estimate.group][of] / precision[estimate.reference][of]
        assert estimate.value == pytest.approx(again, abs=1e-12)


def test_the_estimates_and_tables_say_of_which_class_they_are(tmp_path):
    measured = finding_of(audited(tmp_path, "predictive_parity")).measured
    assert {e.id.split("[")[0] for e in measured.estimates} == {
        f"positive_predictive_value_ratio of {of}" for of in CLASSES
    }
    assert [table.name for table in measured.exhibits] == [f"rates of {of}[group]" for of in CLASSES]
    assert measured.exhibits[1].title == "Positive predictive value (card) by group"


def test_the_simultaneous_intervals_hold_for_all_classes_together(tmp_path):
    found = by_class(audited(tmp_path, "false_positive_rate"), "false_positive_rate")
    assert {e.comparisons for e in found.values()} == {3}
    assert found["card"].simultaneous.confidence == pytest.approx(1 - 0.05 / 3)
    odds = by_class(audited(tmp_path, "equalised_odds"), "equalised_odds")
    assert odds["card"].simultaneous.confidence == pytest.approx(1 - 0.05 / 3)
    assert odds["card"].interval.confidence == 0.95


# one-vs-rest rates of a misspelt class are 0 in every group: equal, and a pass
@pytest.mark.parametrize("name", CHECKS)
def test_a_class_that_is_not_in_the_data_is_told_and_never_passes(tmp_path, name):
    result = audited(tmp_path, name, classes=("loan", "crad"))
    absent = by_class(result, name)["crad"]
    assert (absent.value, absent.undefined_as) == (None, "evidence_missing")
    assert "is of the class 'crad'; there is card, loan, none" in absent.undefined
    assert (finding_of(result).outcome, finding_of(result).reason) == ("inconclusive", "evidence_missing")


@pytest.mark.parametrize("name", ["equal_opportunity", "false_negative_rate", "equalised_odds"])
def test_a_class_that_is_decided_and_that_nobody_holds_is_undefined_not_zero(tmp_path, name):
    rows = [(group, "none" if label == "card" else label, decision, n) for group, label, decision, n in ROWS]
    found = [e for e in finding_of(audited(tmp_path, name, *rows)).measured.estimates if e.of == "card"]
    wanted = [e for e in found if e.name == CHECKS[name]]
    assert [(e.value, e.undefined_as) for e in wanted] == [(None, "sample_too_small")] * len(wanted)
    assert {e.group for e in wanted} >= {"a", "b"}


@pytest.mark.parametrize("name", ["predictive_parity", "false_discovery_rate"])
def test_a_class_that_nobody_is_given_has_no_precision(tmp_path, name):
    rows = [(group, label, "none" if decision == "card" else decision, n) for group, label, decision, n in ROWS]
    found = [e for e in finding_of(audited(tmp_path, name, *rows)).measured.estimates if e.of == "card"]
    assert [(e.group, e.value, e.undefined_as) for e in found] == [
        ("a", None, "sample_too_small"), ("b", None, "sample_too_small")
    ]  # fmt: skip


def test_classes_may_be_numbers_and_are_found_as_codes(tmp_path):
    number = {"loan": 1, "card": 2, "none": 3}
    rows = [(group, number[label], number[decision], n) for group, label, decision, n in ROWS]
    columns = {"label": {"column": "label", "favourable": 1}, "decision": {"column": "decision", "favourable": 1}}
    found = by_class(
        audited(tmp_path, "equal_opportunity", *rows, classes=(1, 2.0, "3"), columns=columns), "equal_opportunity"
    )
    texts = by_class(audited(tmp_path, "equal_opportunity"), "equal_opportunity")
    assert [e.value for e in found.values()] == [e.value for e in texts.values()]
    assert list(found) == ["1", "2", "3"]


def test_somebody_without_label_or_decision_is_in_no_denominator(tmp_path):
    rows = [*ROWS, ("a", "", "loan", 5), ("b", "loan", "", 5)]
    finding = finding_of(audited(tmp_path, "false_positive_rate", *rows))
    assert finding.measured.unlabelled == finding.measured.undecided == 5 / (sum(row[-1] for row in ROWS) + 10)
    before = by_class(audited(tmp_path, "false_positive_rate"), "false_positive_rate")
    assert [e.exact for e in finding.measured.estimates] == [e.exact for e in before.values()]


def test_without_classes_a_third_level_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="holds other levels than 'loan': 'none', 'card'"):
        audited(tmp_path, "false_positive_rate", classes=())


@pytest.mark.parametrize("name", CHECKS)
def test_a_cut_of_the_score_has_no_classes(name):
    view = people_manifest(
        columns={
            "label": {"column": "y", "favourable": 1},
            "decision": {"from": "score", "favourable": {"below": 0.2}},
            "score": {"column": "p", "kind": "probability", "of": 0},
            "groups": {"sex": {"column": "sex"}},
        }
    )
    asked = needs(find(f"fairness.{name}"), view, classes=("loan", "card"))
    assert asked.requests == ()
    assert asked.missing == ("columns.decision.column (a cut of the score has two sides, no classes)",)


def test_classes_and_the_positive_outcome_exclude_each_other():
    with pytest.raises(ValueError, match="each class in turn is positive"):
        find("fairness.false_positive_rate").parameters(classes=("a",), positive="unfavourable")


def test_two_classes_one_against_the_other_are_the_two_sided_rates():
    view, keys = people_manifest("sex"), ("label", "decision", "group:sex")
    rows = [(label, decision, group) for group, label, decision, n in ROWS if "none" not in (label, decision)
            for _ in range(n)]  # fmt: skip
    check = find("fairness.false_positive_rate")
    classed = measure(
        check, view, cells(("class:label", "class:decision", "group:sex"), rows), p={"classes": ("card",)}
    )
    side = {"loan": "favourable", "card": "unfavourable"}
    sided = cells(keys, [(side[label], side[decision], group) for label, decision, group in rows])
    (plain,) = measure(check, view, sided, p={"positive": "unfavourable"}).estimates
    assert classed.estimates[0].exact == plain.exact
