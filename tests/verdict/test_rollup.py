"""Outcomes of findings: design, "From estimate to outcome", sentence by sentence."""

import pytest

from assay.record.estimate import Estimate, Interval
from assay.record.finding import ConditionReading, Measured
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude

AT_LEAST = Criterion(at_least=0.8, source="convention")


def interval(low, high, confidence=0.95):
    return Interval(low=low, high=high, confidence=confidence, method="given")


def ratio(group, value, own, family=None, *, n=1000, grouping="sex", share=0.5, **more):
    return Estimate(
        name="impact_ratio", shape="ratio", grouping=grouping, group=group, reference="r", value=value, n=n,
        denominator=n, interval=interval(*own), simultaneous=interval(*(family or own), 0.99), share=share, **more,
    )  # fmt: skip


def outcome(*estimates, criterion=AT_LEAST, **more):
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=Measured(estimates=estimates, **more))


def test_its_own_interval_decides_pass_and_the_simultaneous_one_decides_fail():
    assert outcome(ratio("f", 0.95, (0.85, 1.1), (0.7, 1.3))).outcome == "pass"
    straddling = outcome(ratio("f", 0.7, (0.6, 0.79), (0.55, 0.85)))
    assert (straddling.outcome, straddling.reason) == ("inconclusive", "interval_straddles")
    assert outcome(ratio("f", 0.7, (0.65, 0.75), (0.6, 0.79))).outcome == "fail"


def test_a_small_group_never_passes_and_fails_only_wholly_on_the_bad_side():
    fine = outcome(ratio("f", 1.0, (0.9, 1.1), n=29))
    assert (fine.outcome, fine.reason) == ("inconclusive", "sample_too_small")
    assert outcome(ratio("f", 0.0, (0.0, 0.3), n=25)).outcome == "fail"
    assert outcome(ratio("f", 1.0, (0.9, 1.1), n=30)).outcome == "pass"


def test_small_intersections_are_tolerated_together_up_to_the_share():
    big = ratio("f, young", 0.95, (0.9, 1.05), grouping="sex*age", share=0.5)
    small = ratio("m, old", 0.9, (0.5, 1.5), n=10, grouping="sex*age", share=0.03)
    other = ratio("f, old", 0.9, (0.5, 1.5), n=10, grouping="sex*age", share=0.02)
    tolerated = outcome(big, small, other)
    assert tolerated.outcome == "pass"
    assert "not assessed: f, old (sex and age), m, old (sex and age)" in tolerated.sentence
    third = ratio("x, old", 0.9, (0.5, 1.5), n=10, grouping="sex*age", share=0.01)
    assert outcome(big, small, other, third).outcome == "inconclusive"


def test_an_undecided_intersection_whose_point_is_bad_is_not_tolerated():
    big = ratio("f, young", 0.95, (0.9, 1.05), grouping="sex*age", share=0.5)
    bad = ratio("m, old", 0.7, (0.5, 1.5), n=10, grouping="sex*age", share=0.01)
    assert outcome(big, bad).outcome == "inconclusive"


def test_an_undecided_group_of_a_single_attribute_makes_the_control_inconclusive():
    assert (
        outcome(ratio("m", 0.95, (0.9, 1.05)), ratio("x", 0.9, (0.5, 1.5), n=3, share=0.001)).outcome == "inconclusive"
    )


def test_nothing_but_tolerated_intersections_is_not_a_pass():
    lonely = ratio("m, old", 0.9, (0.5, 1.5), n=10, grouping="sex*age", share=0.01)
    assert outcome(lonely).outcome == "inconclusive"


def test_an_excluded_group_counts_neither_as_assessed_nor_as_unassessed():
    out = ratio("x", 0.5, (0.1, 0.6), n=5, excluded="under 2 % of the data, 6 RCNY 5-301(d)")
    assert outcome(ratio("f", 0.95, (0.9, 1.05)), out).outcome == "pass"
    alone = outcome(out)
    assert (alone.outcome, alone.reason) == ("inconclusive", "evidence_missing")


def test_an_undefined_estimate_is_inconclusive_never_a_number():
    nobody = Estimate(name="impact_ratio", undefined="nobody is favourable")
    assert (outcome(nobody).outcome, outcome(nobody).reason) == ("inconclusive", "estimate_undefined")
    reported = Criterion(reported=True, source="regulation")
    assert outcome(nobody, criterion=reported).outcome == "inconclusive"
    assert outcome(ratio("f", 0.2, (0.1, 0.3)), criterion=reported).outcome == "pass"


def test_an_estimate_without_an_interval_is_not_decided_by_its_point():
    bare = Estimate(name="auc", value=0.99, n=1000)
    assert (outcome(bare).outcome, outcome(bare).reason) == ("inconclusive", "estimate_unstable")
    assert outcome(Estimate(name="missing", value=0.99, n=1000, basis="exact")).outcome == "pass"


def test_decide_on_estimate_lets_the_point_decide_and_keeps_the_three_way_answer_beside_it():
    criterion = Criterion(at_least=0.8, source="regulation", decide_on="estimate")
    concluded = outcome(ratio("f", 0.79, (0.6, 1.0), n=17), criterion=criterion)
    assert concluded.outcome == "fail"
    assert concluded.judgements[0].by_interval == "inconclusive"


@pytest.mark.parametrize(
    "shares", [{"unlabelled": 0.06}, {"undecided": 0.06}, {"unknown": {"sex": 0.06}}], ids=lambda s: next(iter(s))
)
def test_more_unknown_than_allowed_is_inconclusive_whichever_way_the_rest_points(shares):
    for estimate in (ratio("f", 0.95, (0.9, 1.05)), ratio("f", 0.2, (0.1, 0.3))):
        concluded = outcome(estimate, **shares)
        assert (concluded.outcome, concluded.reason) == ("inconclusive", "evidence_missing")


def test_five_percent_unknown_is_still_allowed():
    assert outcome(ratio("f", 0.95, (0.9, 1.05)), unlabelled=0.05).outcome == "pass"


def test_fail_beats_inconclusive_beats_pass():
    good, bad = ratio("f", 0.95, (0.9, 1.05)), ratio("g", 0.5, (0.4, 0.6))
    unsure = ratio("h", 0.8, (0.7, 0.9))
    assert outcome(good, unsure, bad).outcome == "fail"
    assert outcome(good, unsure).outcome == "inconclusive"


def test_missing_evidence_is_inconclusive_unless_what_is_there_fails():
    assert outcome(ratio("f", 0.95, (0.9, 1.05)), missing=("columns.groups.race",)).reason == "evidence_missing"
    assert outcome(ratio("f", 0.5, (0.4, 0.6)), missing=("columns.groups.race",)).outcome == "fail"
    assert outcome(missing=("data.test",)).reason == "evidence_missing"


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (("columns.entity",), "The manifest does not say columns.entity: add it to model.yaml"),
        (("data.train", "features"), "The manifest does not say data.train, features: add them to model.yaml"),
        (("features: gone",), "The manifest does not say features: gone: add it to model.yaml"),
        (("features of dtype: text",), "The manifest does not say features of dtype: text: add it to model.yaml"),
        (("a ledger, which `--ledger` names",), "Not there: a ledger, which `--ledger` names"),
        (("columns to compare rows by",), "Not there: columns to compare rows by"),
        (
            ("a model", "columns.label"),
            "The manifest does not say columns.label: add it to model.yaml. Not there: a model",
        ),
    ],
)  # fmt: skip
def test_what_the_manifest_does_not_say_is_told_with_where_to_add_it(missing, told):
    assert outcome(missing=missing).sentence == told


def test_a_check_without_the_estimate_that_the_criterion_names_is_an_error_not_a_pass():
    criterion = Criterion(estimate="slope", at_least=0.8, source="house")
    assert outcome(ratio("f", 0.95, (0.9, 1.05)), criterion=criterion).outcome == "error"
    assert conclude(criteria=(AT_LEAST,), measured=Measured()).outcome == "error"


def test_conditions_are_three_valued_and_applicability_comes_first():
    def reading(result):
        return ConditionReading(sentence="risk.tier is high", result=result, missing=("risk.tier",))

    assert [conclude(requirement=reading(r)).outcome for r in (True, False, None)] == ["pass", "fail", "inconclusive"]
    assert conclude(applicability=reading(False), requirement=reading(False)).outcome == "not_applicable"
    unknown = conclude(applicability=reading(None), requirement=reading(True))
    assert (unknown.outcome, unknown.reason) == ("inconclusive", "applicability_unknown")


def test_an_exception_in_a_check_is_an_error_with_its_last_line():
    concluded = conclude(criteria=(AT_LEAST,), error="impact_ratio.py:12 in f\nZeroDivisionError: division by zero")
    assert concluded.outcome == "error"
    assert "ZeroDivisionError" in concluded.sentence


def test_a_number_is_never_shown_as_the_threshold_it_is_not():
    concluded = outcome(ratio("f", 0.79996, (0.7999, 0.80005)))
    assert "is 0.79996 (0.7999 to 0.8001;" in concluded.sentence


def test_reported_without_a_name_wants_every_estimate_defined():
    reported = Criterion(reported=True, source="regulation")
    slope = Estimate(name="slope", undefined="too few events", undefined_as="sample_too_small")
    assert outcome(ratio("f", 0.9, (0.8, 1.0)), slope, criterion=reported).outcome == "inconclusive"


def test_six_intersections_of_one_percent_are_six_percent():
    groups = [ratio(f"g{i}, x", 0.9, (0.5, 1.5), n=10, grouping="a*b", share=0.01) for i in range(6)]
    small = SmallGroups(maximum_unassessed=0.06)
    measured = Measured(estimates=(ratio("big, x", 0.95, (0.9, 1.05), grouping="a*b"), *groups))
    assert conclude(criteria=(AT_LEAST,), small_groups=small, measured=measured).outcome == "pass"


@pytest.mark.parametrize(
    ("criterion", "estimate", "words"),
    [
        (Criterion(above=0.8, source="house"), ratio("f", 0.9, (0.85, 1.0)), "strictly between 0.8 and 1.25"),
        (
            Criterion(at_most=10, source="house"),
            Estimate(name="rows", value=1234.0, basis="exact"),
            "is 1234, required",
        ),
        (AT_LEAST, ratio("b", 0.9, (0.85, 1.0)), "b against r (sex) is 0.9"),
    ],
)
def test_sentences_tell_the_requirement_as_it_is_judged_and_names_as_they_are(criterion, estimate, words):
    assert words in outcome(estimate, criterion=criterion).sentence
