from fractions import Fraction

import pytest
from fairlearn.metrics import MetricFrame, true_positive_rate
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.equal_opportunity import equal_opportunity
from builders import by_group, cells, measure, needs, people_manifest

SEX = people_manifest("sex")
GOOD, BAD = "favourable", "unfavourable"


def measured_on(rows, **options):
    return measure(equal_opportunity, SEX, cells(("label", "decision", "group:sex"), rows), **options)


def group(name, *, good=(0, 0), bad=(0, 0)):
    """`(favourable decisions, all)` among favourable and among unfavourable labels."""
    return [(label, GOOD if i < yes else BAD, name) for label, (yes, n) in ((GOOD, good), (BAD, bad)) for i in range(n)]


def test_only_people_with_a_favourable_label_count():
    found = by_group(measured_on(group("f", good=(30, 50), bad=(99, 100)) + group("m", good=(40, 50), bad=(0, 100))))
    assert found["f"].exact == Fraction(-1, 5)
    assert (found["f"].numerator, found["f"].denominator, found["f"].reference_numerator) == (30, 50, 40)
    assert found["f"].share == 0.5


def test_the_minimum_counts_the_favourable_labels():
    rows = group("f", good=(20, 29), bad=(0, 500)) + group("m", good=(40, 50))
    (found,) = measured_on(rows, minimum=30).estimates
    assert found.worse_only
    assert found.interval.method == "Clopper-Pearson"


# Fairlearn calls the rate of a group without a favourable label 0.0, without a warning.
def test_a_group_without_any_favourable_label_is_undefined_not_zero():
    rows = group("f", bad=(5, 50)) + group("m", good=(40, 50)) + group("n", good=(35, 50))
    found = by_group(measured_on(rows))
    assert (found["f"].value, found["f"].undefined_as) == (None, "sample_too_small")
    assert found["n"].value == pytest.approx(-0.1)


def test_missing_labels_decisions_and_groups_are_told_and_in_no_denominator():
    rows = group("f", good=(30, 50)) + group("m", good=(40, 50))
    rows += [(None, GOOD, "f")] * 10 + [(GOOD, None, "f")] * 20 + [(GOOD, GOOD, None)] * 5
    measured = measured_on(rows)
    assert by_group(measured)["f"].denominator == 50
    assert (measured.unlabelled, measured.undecided) == (10 / 135, 20 / 135)
    assert measured.unknown == {"sex": 5 / 135}


def test_each_group_of_which_many_have_no_label_or_no_decision_is_named_with_its_share():
    rows = (
        group("f", good=(40, 60)) + group("m", good=(700, 1000)) + [(None, GOOD, "f")] * 40 + [(GOOD, None, "m")] * 90
    )
    assert measured_on(rows).notes == (
        "In the group f (sex), 40 of 100 people have no label (40.0%).",
        "In the group m (sex), 90 of 1090 people have no decision (8.3%).",
    )


@pytest.mark.parametrize("rows", [[], group("f", good=(3, 40)), group("f", bad=(1, 40)) + group("m", bad=(1, 40))])
def test_what_cannot_be_compared_is_undefined_with_a_sentence(rows):
    for estimate in measured_on(rows).estimates:
        assert estimate.value is None
        assert estimate.undefined


def test_without_a_label_in_the_manifest_nothing_is_asked_for():
    view = people_manifest(
        "sex", columns={"decision": {"column": "d", "favourable": 1}, "groups": {"sex": {"column": "s"}}}
    )
    found = needs(equal_opportunity, view)
    assert (found.requests, found.missing) == ((), ("columns.label",))


outcome = st.sampled_from([GOOD, BAD])
people = st.lists(st.tuples(outcome, outcome, st.sampled_from("abc")), min_size=1, max_size=100)


@settings(max_examples=30, deadline=None)
@given(people)
def test_the_differences_are_those_of_fairlearn_where_it_has_a_denominator(rows):
    supported = {g for label, _, g in rows if label == GOOD}
    frame = MetricFrame(
        metrics=true_positive_rate,
        y_true=[int(label == GOOD) for label, _, _ in rows],
        y_pred=[int(decision == GOOD) for _, decision, _ in rows],
        sensitive_features=[g for _, _, g in rows],
    )
    for estimate in measured_on(rows, minimum=1).estimates:
        if estimate.value is None:
            continue
        assert {estimate.group, estimate.reference} <= supported
        again = frame.by_group[estimate.group] - frame.by_group[estimate.reference]
        assert estimate.value == pytest.approx(again, abs=1e-12)


@given(people, st.randoms())
def test_permuting_rows_changes_nothing_and_duplicating_them_only_the_intervals(rows, random):
    measured = measured_on(rows, minimum=1)
    assert measured_on(random.sample(rows, len(rows)), minimum=1) == measured
    twice = measured_on(rows * 2, minimum=1)
    assert [(e.id, e.value) for e in twice.estimates] == [(e.id, e.value) for e in measured.estimates]
