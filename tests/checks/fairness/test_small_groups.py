"""A group under the minimum is found worse off or not at all, on the side that is worse for its people."""

import pytest

from assay.checks.fairness.equal_opportunity import equal_opportunity
from assay.checks.fairness.false_discovery_rate import false_discovery_rate
from assay.checks.fairness.false_negative_rate import false_negative_rate
from assay.checks.fairness.false_omission_rate import false_omission_rate
from assay.checks.fairness.false_positive_rate import false_positive_rate
from assay.checks.fairness.impact_ratio import impact_ratio
from assay.checks.fairness.parity_difference import parity_difference
from assay.checks.fairness.predictive_parity import predictive_parity
from assay.checks.fairness.significance import significance
from assay.evidence.view import SubjectView
from assay.record.policy import Criterion
from assay.verdict.judge import on_the_bad_side
from assay.verdict.rollup import conclude
from builders import cells, measure, people_manifest

SEX = people_manifest("sex")
BOTH = people_manifest("sex", "site")
YES, NO = "favourable", "unfavourable"
# Of whom the rate is, as (outcome, decision): the worse lot and the better one. Where all have the same decision, the
# group whose outcomes are better had to be better than others to get it.
QUALIFIED = (YES, NO), (YES, YES)
UNQUALIFIED = (NO, NO), (NO, YES)
ACCEPTED = (YES, YES), (NO, YES)
REFUSED = (YES, NO), (NO, NO)
CASES = [
    (impact_ratio, None, QUALIFIED),
    (parity_difference, "favourable", QUALIFIED),
    (parity_difference, "unfavourable", QUALIFIED),
    (equal_opportunity, None, QUALIFIED),
    (false_positive_rate, "favourable", UNQUALIFIED),
    (false_positive_rate, "unfavourable", QUALIFIED),
    (false_negative_rate, "favourable", QUALIFIED),
    (false_negative_rate, "unfavourable", UNQUALIFIED),
    (predictive_parity, "favourable", ACCEPTED),
    (predictive_parity, "unfavourable", REFUSED),
    (false_discovery_rate, "favourable", ACCEPTED),
    (false_discovery_rate, "unfavourable", REFUSED),
    (false_omission_rate, "favourable", REFUSED),
    (false_omission_rate, "unfavourable", ACCEPTED),
]
COMPARED = [
    (check, positive, lot, shape)
    for check, positive, lot in CASES
    for shape in (("difference", "ratio") if "compare" in check.parameters.model_fields else (None,))
]


def asked(check, positive, shape=None, **more):
    return {k: v for k, v in {"positive": positive, "compare": shape, **more}.items() if v is not None}


def group(name, lot, worse, n):
    """People of a group, as many of them on the worse side."""
    return [(*lot[0 if i < worse else 1], *name) for i in range(n)]


def told(check, view, people, groups, p):
    """The cells that the check asks for, of people (outcome, decision, group...)."""
    (request,) = check.needs(check.parameters(**p), SubjectView(view)).requests
    at = {"label": 0, "decision": 1} | {f"group:{name}": 2 + i for i, name in enumerate(groups)}
    return measure(check, view, cells(request.keys, [[row[at[key]] for key in request.keys] for row in people]), p=p)


def limit(measured):
    """The measured, judged at 10 points or four fifths."""
    ratio = measured.estimates[0].shape == "ratio"
    criterion = Criterion(source="house", **({"at_least": 0.8} if ratio else {"at_most": 0.1}))
    return criterion, conclude(criteria=(criterion,), measured=measured)


def by_sex(check, p, lot, small, large):
    people = group(("small",), lot, *small) + group(("one",), lot, *large) + group(("other",), lot, *large)
    return told(check, SEX, people, ("sex",), p)


def by_both(check, p, lot, small, large):
    """Four intersections, of which one is small."""
    people = group(("f", "south"), lot, *small)
    for name in (("f", "north"), ("m", "south"), ("m", "north")):
        people += group(name, lot, *large)
    return told(check, BOTH, people, ("sex", "site"), {**p, "groups": ("sex*site",)})


@pytest.mark.parametrize(("check", "positive", "lot", "shape"), COMPARED)
def test_a_small_group_of_which_all_are_worse_off_fails(check, positive, lot, shape):
    p = asked(check, positive, shape)
    _, alone = limit(by_sex(check, p, lot, (25, 25), (100, 1000)))
    _, crossed = limit(by_both(check, p, lot, (25, 25), (100, 1000)))
    assert (alone.outcome, crossed.outcome) == ("fail", "fail")
    assert "few, yet wholly beyond the limit" in alone.sentence


@pytest.mark.parametrize(("check", "positive", "lot", "shape"), COMPARED)
def test_a_small_group_that_is_better_off_never_fails_the_others(check, positive, lot, shape):
    p = asked(check, positive, shape)
    for worse in (0, 15):
        _, alone = limit(by_sex(check, p, lot, (worse, 25), (3600, 4000)))
        _, crossed = limit(by_both(check, p, lot, (worse, 25), (3600, 4000)))
        assert (alone.outcome, alone.reason) == ("inconclusive", "sample_too_small")
        assert (crossed.outcome, crossed.reason) == ("pass", None)  # under 5 % of the people, and not worse off
        assert "not assessed: f, south" in crossed.sentence


@pytest.mark.parametrize(("check", "positive", "lot", "shape"), COMPARED)
def test_no_small_intersection_is_tolerated_that_may_be_worse_off(check, positive, lot, shape):
    for worse in (20, 21, 23, 25):
        measured = by_both(check, asked(check, positive, shape), lot, (worse, 25), (500, 1000))
        criterion, found = limit(measured)
        assert found.outcome in ("fail", "inconclusive")
        small = [e for e in measured.estimates if e.group == "f, south"]
        assert len(small) == 3
        assert all(e.worse_only and on_the_bad_side(e, criterion) for e in small)
        assert not any(j.tolerated for j in found.judgements)


@pytest.mark.parametrize(("positive", "high_is_worse"), [("favourable", False), ("unfavourable", True)])
def test_a_significant_difference_fails_only_where_the_small_group_is_worse_off(positive, high_is_worse):
    criterion = Criterion(source="house", significance=0.05)
    outcomes = {}
    for name, small, large in (("worse", 25, 100), ("better", 0, 900)):
        measured = by_sex(significance, {"positive": positive}, QUALIFIED, (small, 25), (large, 1000))
        few = [e for e in measured.estimates if e.group == "small"]
        assert {(e.worse_only, e.high_is_worse) for e in few} == {(True, high_is_worse)}
        found = conclude(criteria=(criterion,), measured=measured)
        outcomes[name] = {j.outcome for j in found.judgements if "of small" in j.sentence}
        assert name == "worse" or "better off, by a group under the minimum" in str(found.judgements)
    assert outcomes == {"worse": {"fail"}, "better": {"inconclusive"}}


def test_of_classes_nobody_says_which_is_good_so_a_small_group_may_lie_on_either_side():
    for few, many in ((25, 100), (0, 900)):
        rows = [("a", "b" if i < k else "a", name) for name, k, n in (("small", few, 25), ("one", many, 1000))
                for i in range(n)]  # fmt: skip
        p = {"classes": ("a",)}
        (request,) = false_negative_rate.needs(false_negative_rate.parameters(**p), SubjectView(SEX)).requests
        measured = measure(false_negative_rate, SEX, cells(request.keys, rows), p=p)
        assert not any(e.worse_only for e in measured.estimates)
        assert limit(measured)[1].outcome == "fail"
