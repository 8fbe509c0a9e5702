"""Precision, recall, specificity, F1, accuracy, balanced accuracy and Matthews correlation at the decision rule."""

import csv
import functools
import gzip
import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.checks.performance.accuracy import accuracy
from assay.checks.performance.balanced_accuracy import balanced_accuracy
from assay.checks.performance.f1 import f1
from assay.checks.performance.matthews import matthews
from assay.checks.performance.precision import precision
from assay.checks.performance.recall import recall
from assay.checks.performance.specificity import specificity
from assay.record.policy import Criterion, SmallGroups
from assay.run.plan import needs_of
from assay.stats.proportion import clopper_pearson, wilson
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, shared, write_csv
from builders import (
    LEVELS,
    SubjectView,
    cells,
    manifest,
    measure,
    needs,
    people_manifest,
    weighed,
    with_entity,
)

VIEW = people_manifest()
CHECKS = {"precision": precision, "recall": recall, "specificity": specificity, "f1": f1, "accuracy": accuracy,
          "balanced_accuracy": balanced_accuracy, "matthews_correlation": matthews}  # fmt: skip
RATES = ("precision", "recall", "specificity", "f1")


def rows_of(tp=0, fp=0, fn=0, tn=0):
    return [(1, 1)] * tp + [(0, 1)] * fp + [(1, 0)] * fn + [(0, 0)] * tn


def table(rows):
    return cells(("label", "decision"), [(LEVELS[y], LEVELS[d]) for y, d in rows])


def classes(rows):
    return cells(("class:label", "class:decision"), rows)


def measured(name, rows, p=None, **options):
    return measure(CHECKS[name], VIEW, (classes if p and "classes" in p else table)(rows), p=p, **options)


def only(name, rows, p=None, **options):
    (estimate,) = measured(name, rows, p, **options).estimates
    return estimate


def outcome(found, **criterion):
    criteria = (Criterion(source="house", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(minimum=30), measured=found)


def sklearn_of(name, y, d):
    """scikit-learn on raw rows; the positive level is 1."""
    return {
        "precision": lambda: sk.precision_score(y, d),
        "recall": lambda: sk.recall_score(y, d),
        "specificity": lambda: sk.recall_score(y, d, pos_label=0),
        "f1": lambda: sk.f1_score(y, d),
        "accuracy": lambda: sk.accuracy_score(y, d),
        "balanced_accuracy": lambda: sk.balanced_accuracy_score(y, d),
        "matthews_correlation": lambda: sk.matthews_corrcoef(y, d),
    }[name]()


two = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=120)


@settings(max_examples=60, deadline=None)
@given(two, st.sampled_from(sorted(CHECKS)))
def test_every_number_is_that_of_scikit_learn_on_raw_rows(rows, name):
    y, d = zip(*rows, strict=True)
    assume(len(set(y)) == len(set(d)) == 2)
    found = only(name, rows, minimum=1)
    assert found.value == pytest.approx(sklearn_of(name, y, d), abs=1e-12)
    if found.interval is not None or name != "matthews_correlation":  # of so few most samples may have no correlation
        assert found.interval.low <= found.value <= found.interval.high


@settings(max_examples=40, deadline=None)
@given(two, st.sampled_from(RATES))
def test_the_unfavourable_as_positive_is_scikit_learn_with_the_other_label(rows, name):
    y, d = zip(*rows, strict=True)
    assume(len(set(y)) == len(set(d)) == 2)
    again = sklearn_of(name, [1 - each for each in y], [1 - each for each in d])
    assert only(name, rows, {"positive": "unfavourable"}, minimum=1).value == pytest.approx(again, abs=1e-12)


three = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=6, max_size=120)


@settings(max_examples=60, deadline=None)
@given(three)
def test_several_classes_and_their_means_are_those_of_scikit_learn(rows):
    y, d = zip(*rows, strict=True)
    assume(set(y) == set(d) == set("abc"))
    p = {"classes": ("a", "b", "c")}
    for name, function in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        *each, mean = measured(name, rows, p, minimum=1).estimates
        again = function(y, d, labels=["a", "b", "c"], average=None)
        assert [estimate.of for estimate in each] == ["a", "b", "c"]
        assert [estimate.value for estimate in each] == pytest.approx(again.tolist(), abs=1e-12)
        assert (mean.name, mean.of) == (f"macro_{name}", None)
        assert mean.value == pytest.approx(function(y, d, average="macro"), abs=1e-12)
        assert mean.interval.low <= mean.value <= mean.interval.high
    for name in ("accuracy", "balanced_accuracy", "matthews_correlation"):
        assert only(name, rows, p, minimum=1).value == pytest.approx(sklearn_of(name, y, d), abs=1e-12)
    *each, mean = measured("specificity", rows, p, minimum=1).estimates
    again = [sum(t != c != q for t, q in rows) / sum(t != c for t, _ in rows) for c in "abc"]
    assert [estimate.value for estimate in each] == pytest.approx(again, abs=1e-12)
    assert mean.value == pytest.approx(np.mean(again), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(two, st.sampled_from(sorted(CHECKS)), st.randoms())
def test_the_order_of_rows_changes_nothing(rows, name, random):
    assert measured(name, random.sample(rows, len(rows))) == measured(name, rows)


# scikit-learn's user guide: precision, recall and F-measures of y_true [0, 1, 0, 1], y_pred [0, 1, 0, 0] are 1.0, 0.5
# and 0.66…; balanced_accuracy_score of [0, 1, 0, 0, 1, 0] and [0, 1, 0, 0, 0, 1] is 0.625; matthews_corrcoef of
# [+1, +1, +1, -1] and [+1, -1, +1, +1] is -0.33.
def test_the_values_of_the_documentation_of_scikit_learn():
    rows = list(zip([0, 1, 0, 1], [0, 1, 0, 0], strict=True))
    found = [only(name, rows, minimum=1).value for name in ("precision", "recall", "f1")]
    assert found == [1.0, 0.5, 2 / 3]
    rows = list(zip([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1], strict=True))
    assert only("balanced_accuracy", rows, minimum=1).value == 0.625
    rows = list(zip([1, 1, 1, 0], [1, 0, 1, 1], strict=True))
    assert only("matthews_correlation", rows, minimum=1).value == pytest.approx(-0.3333333333333333, abs=1e-15)


# precision_recall_fscore_support of its documentation: labels cat, dog, pig.
def test_the_three_animals_of_the_documentation_of_scikit_learn():
    y, d = ["cat", "dog", "pig", "cat", "dog", "pig"], ["cat", "pig", "dog", "cat", "cat", "dog"]
    p = {"classes": ("cat", "dog", "pig")}
    rows = list(zip(y, d, strict=True))
    macro = {name: measured(name, rows, p, minimum=1).estimates[-1] for name in ("precision", "recall", "f1")}
    assert macro["precision"].value == pytest.approx(0.22222222222222221, abs=1e-15)
    assert macro["recall"].value == pytest.approx(0.33333333333333331, abs=1e-15)
    assert macro["f1"].value == pytest.approx(0.26666666666666666, abs=1e-15)


# Machine bias: ProPublica's table of false positives 32.35 % and false negatives 37.40 % of all defendants.
def test_compas_has_the_published_error_rates():
    golden = json.loads(shared("compas/golden.json").read_text())
    with gzip.open(shared("compas/compas_two_years.csv.gz"), "rt") as file:
        held = [(int(row["two_year_recid"]), int(row["score_text"] != "Low")) for row in csv.DictReader(file)]
    assert len(held) == golden.get("rows", len(held))
    assert 1 - only("specificity", held).value == pytest.approx(0.323492, abs=5e-7)
    assert 1 - only("recall", held).value == pytest.approx(0.374039, abs=5e-7)
    y, d = zip(*held, strict=True)
    for name in CHECKS:
        assert only(name, held).value == pytest.approx(sklearn_of(name, y, d), abs=1e-12)


def confusions(tree):
    """All tables with tp, fp, fn and tn in the published numbers."""
    if isinstance(tree, dict):
        if {"tp", "fp", "fn", "tn"} <= tree.keys():
            yield tree
        for branch in tree.values():
            yield from confusions(branch)


def test_each_published_confusion_table_of_compas_has_its_rates():
    found = list(confusions(json.loads(shared("compas/golden.json").read_text())))
    assert len(found) > 20
    for each in found:
        rows = rows_of(**{name: each[name] for name in ("tp", "fp", "fn", "tn")})
        for name, published in (("precision", "ppv"), ("recall", "tpr")):
            if (value := only(name, rows).value) is not None:
                assert value == pytest.approx(each[published], abs=5e-7)
        if (value := only("specificity", rows).value) is not None:
            assert 1 - value == pytest.approx(each["fpr"], abs=5e-7)


@pytest.mark.parametrize(("tp", "wanted"), [(79, "fail"), (80, "pass"), (81, "pass")])
@pytest.mark.parametrize("name", ["precision", "recall"])
def test_the_bound_itself_passes(name, tp, wanted):
    rows = rows_of(tp=tp, **{"fp" if name == "precision" else "fn": 100 - tp}, tn=50)
    found = measured(name, [*rows, *rows_of(fp=1, fn=0)] if name == "recall" else [*rows, (1, 0)], decide_on="estimate")
    assert outcome(found, at_least=0.8, decide_on="estimate").outcome == wanted
    assert found.estimates[0].exact == Fraction(tp, 100)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (rows_of(tp=700, fp=300, tn=100), "fail"),
        (rows_of(tp=800, fp=200, tn=100), "inconclusive"),
        (rows_of(tp=900, fp=100, tn=100), "pass"),
        (rows_of(tp=10, fp=0, tn=100, fn=5), "inconclusive"),
        (rows_of(tp=1, fp=19, tn=100), "fail"),
    ],
)
def test_the_interval_decides_and_few_can_only_fail(rows, wanted):
    assert outcome(measured("precision", rows), at_least=0.8).outcome == wanted


@pytest.mark.parametrize(("fp", "wanted"), [(51, "fail"), (50, "pass")])
def test_f1_at_the_bound(fp, wanted):
    found = measured("f1", rows_of(tp=100, fp=fp, fn=0, tn=9), decide_on="estimate")
    assert outcome(found, at_least=0.8, decide_on="estimate").outcome == wanted


def test_the_interval_of_a_rate_is_wilsons_and_of_few_exact():
    many, few = only("recall", rows_of(tp=60, fn=20, tn=9)), only("recall", rows_of(tp=6, fn=2, tn=9))
    assert (many.interval.low, many.interval.high) == wilson(60, 80, 0.95)
    assert (few.interval.low, few.interval.high) == clopper_pearson(6, 8, 0.95)
    assert (many.interval.method, few.interval.method) == ("Wilson", "Clopper-Pearson")
    assert (many.simultaneous, few.simultaneous) == (None, few.interval)


def test_the_interval_of_f1_is_that_of_the_share_it_rises_with():
    found = only("f1", rows_of(tp=60, fp=15, fn=25, tn=900))
    assert found.n == 100
    low, high = wilson(60, 100, 0.95)
    assert found.interval.low == pytest.approx(2 * low / (1 + low), abs=1e-15)
    assert found.interval.high == pytest.approx(2 * high / (1 + high), abs=1e-15)


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy", "matthews_correlation"])
def test_the_intervals_cover_about_as_often_as_they_say(name):
    random, shares = np.random.default_rng(5), np.array([0.2, 0.1, 0.05, 0.65])
    truth = only(name, rows_of(*(shares * 10_000).astype(int))).value
    covered = 0
    for _ in range(300):
        found = only(name, rows_of(*random.multinomial(400, shares)))
        covered += found.interval.low <= truth <= found.interval.high
    assert 0.92 <= covered / 300 <= 0.99


def test_a_perfect_matthews_correlation_is_not_known_without_error():
    few, many = (only("matthews_correlation", rows_of(tp=n, tn=n)) for n in (40, 4000))
    assert (few.value, many.value) == (1.0, 1.0)
    assert few.interval.low < 0.96 < many.interval.low < 1.0
    assert few.interval.high == 1.0


def test_each_class_has_a_second_interval_for_all_together():
    rows = [(c, c) for c in "abc" for _ in range(80)] + [("a", "b"), ("b", "c"), ("c", "a")] * 20
    *each, _ = measured("recall", rows, {"classes": ("a", "b", "c")}).estimates
    for estimate in each:
        assert estimate.comparisons == 3
        low, high = wilson(80, 100, 1 - 0.05 / 3)
        assert (estimate.simultaneous.low, estimate.simultaneous.high) == (low, high)


def test_the_mean_of_classes_of_which_nobody_counts_for_two_is_narrower():
    rows = [(c, c) for c in "abcd" for _ in range(80)] + [(a, b) for a in "abcd" for b in "abcd" if a != b] * 7
    width = {}
    for name in ("recall", "f1"):
        *each, mean = measured(name, rows, {"classes": tuple("abcd")}).estimates
        width[name] = (mean.interval.high - mean.interval.low) / (each[0].interval.high - each[0].interval.low)
    assert width["recall"] == pytest.approx(0.5, abs=0.01)
    assert width["f1"] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "rows", "why"),
    [
        ("precision", rows_of(fn=40, tn=40), "nobody has the decision favourable"),
        ("precision", rows_of(tp=40, fn=40), "all labels are favourable"),
        ("precision", rows_of(fp=40, tn=40), "nobody has the label favourable"),
        ("recall", rows_of(fp=40, tn=40), "nobody has the label favourable"),
        ("specificity", rows_of(tp=40, fn=40), "nobody has another label than favourable"),
        ("f1", rows_of(fp=40, tn=40), "nobody has the label favourable"),
        ("f1", rows_of(tn=40), "nobody has the label favourable"),
        ("balanced_accuracy", rows_of(tp=40, fn=40), "nobody has the label unfavourable"),
        ("matthews_correlation", rows_of(tp=40, fn=40), "all labels are the same"),
        ("matthews_correlation", rows_of(tp=40, fp=40), "all decisions are the same"),
        *((name, [], "the test data have no rows") for name in CHECKS),
        *((name, [(None, 1), (0, None), (None, None)], "nobody in the test data has both") for name in CHECKS),
    ],
)
def test_what_divides_by_nobody_is_undefined_with_a_sentence_and_never_0(name, rows, why):
    found = only(name, rows)
    assert found.value is None
    assert why in found.undefined


def test_missing_labels_and_decisions_are_shares_of_all_rows():
    found = measured("accuracy", [*rows_of(tp=40, tn=40), (None, 1), (None, 0), (1, None), (None, None)])
    assert (found.unlabelled, found.undecided) == (3 / 84, 2 / 84)
    assert found.estimates[0].n == 80


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_class_that_is_nowhere_has_no_value(name):
    rows = [("a", "a"), ("b", "a"), ("b", "b"), ("a", "b")] * 20
    found = measured(name, rows, {"classes": ("a", "b", "typo")})
    missing = [estimate for estimate in found.estimates if estimate.of in ("typo", None)]
    assert all(estimate.value is None and estimate.undefined_as == "evidence_missing" for estimate in missing)
    assert "'typo'; there is a, b" in missing[0].undefined


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "matthews_correlation"])
def test_a_class_that_nobody_named_is_not_left_out_in_silence(name):
    found = only(name, [("a", "a"), ("b", "b"), ("c", "a")] * 30, {"classes": ("a", "b")})
    assert found.undefined == "'c' occurs as a label or decision, and `classes` does not name it"


@pytest.mark.parametrize(
    "p",
    [
        {"classes": ("a",)},
        {"classes": ("a", " ")},
        {"classes": (1, "1")},
        {"classes": (1, 2), "positive": "unfavourable"},
    ],
)
def test_classes_that_mean_nothing_are_refused(p):
    with pytest.raises(ValueError, match="class"):
        precision.parameters(**p)


def test_a_cut_of_the_score_has_no_classes():
    view = people_manifest(columns={
        "label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "probability", "of": 1},
        "decision": {"from": "score", "favourable": {"above": 0.5}},
    })  # fmt: skip
    assert needs(recall, view).requests
    assert "a cut of the score has two sides" in needs(recall, view, classes=(1, 2)).missing[0]


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"matthews_correlation"}))
def test_equal_weights_change_nothing_and_unequal_ones_are_those_of_scikit_learn(name):
    held = table(rows_of(tp=50, fp=20, fn=10, tn=70))
    (plain,) = measure(CHECKS[name], VIEW, held).estimates
    (same,) = measure(CHECKS[name], VIEW, weighed(held, 3.0)).estimates
    assert same.value == plain.value
    assert same.interval.low == pytest.approx(plain.interval.low, abs=1e-12)
    assert same.interval.high == pytest.approx(plain.interval.high, abs=1e-12)
    unequal = weighed(held, lambda row: 4.0 if row[0] == "favourable" else 1.0)
    (found,) = measure(CHECKS[name], VIEW, unequal).estimates
    y, d, w = zip(*((int(r[0] == "favourable"), int(r[1] == "favourable"), v)
                    for r, v in zip(unequal.rows, unequal.weights, strict=True)), strict=True)  # fmt: skip
    function = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score,
                "accuracy": sk.accuracy_score, "balanced_accuracy": sk.balanced_accuracy_score,
                "specificity": functools.partial(sk.recall_score, pos_label=0),
                }[name]  # fmt: skip
    assert found.value == pytest.approx(function(y, d, sample_weight=w), abs=1e-12)
    assert (found.numerator, found.interval.low < found.value < found.interval.high) == (None, True)


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"matthews_correlation"}))
def test_people_who_stand_in_four_rows_are_worth_no_more_than_once(name):
    rows, random = rows_of(tp=500, fp=200, fn=100, tn=700), np.random.default_rng(3)
    (plain,) = measure(CHECKS[name], VIEW, table(rows)).estimates
    drawn = [(LEVELS[y], LEVELS[d], f"{random.integers(400):03}") for y, d in rows]
    held = cells(("label", "decision", "entity"), drawn * 4)
    (found,) = measure(CHECKS[name], with_entity(VIEW), held).estimates
    assert found.value == plain.value
    widths = [each.interval.high - each.interval.low for each in (plain, found)]
    assert 0.85 < widths[1] / widths[0] < 2.2  # half, were each row a person


def test_matthews_says_that_it_takes_no_weights():
    view = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(update={"weight": "w"})})
    asked = needs_of(matthews, matthews.parameters(), SubjectView(view))
    assert asked.requests == ()
    assert "does not honour sampling weights" in asked.missing[0]


def test_without_label_or_decision_nothing_is_asked_for():
    for check in CHECKS.values():
        assert needs(check, manifest()).requests == ()
        assert {"columns.label", "columns.decision", "data.test"} <= set(needs(check, manifest()).missing)


def test_the_table_of_label_by_decision_is_published():
    (shown,) = measured("f1", rows_of(tp=5, fp=4, fn=3, tn=2)).exhibits
    assert Counter({row[:2]: row[2] for row in shown.rows}) == {
        ("favourable", "favourable"): 5, ("favourable", "unfavourable"): 3,
        ("unfavourable", "favourable"): 4, ("unfavourable", "unfavourable"): 2,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_several_classes_from_a_file_to_the_finding(tmp_path, name):
    rows = [pair for a in "xyz" for b in "xyz" for pair in [(a, b)] * (90 if a == b else 10)]
    data = write_csv(tmp_path / "d.csv", ("y", "d"), rows)
    columns = {"label": {"column": "y", "favourable": "x"}, "decision": {"column": "d", "favourable": "x"}}
    check = "matthews" if name == "matthews_correlation" else name
    asked = control(check=f"performance.{check}", criterion={"at_least": 0.6, "source": "house"},
                    **{"with": {"classes": ["x", "y", "z"]}})  # fmt: skip
    finding = finding_of(evaluate(tmp_path, data, columns, asked))
    first = finding.measured.estimates[0]
    assert (finding.outcome, first.name) == ("pass", name)
    assert first.value == pytest.approx(
        measured(name, rows, {"classes": ("x", "y", "z")}).estimates[0].value, abs=1e-12
    )
