import csv
import gzip
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assay.checks.performance.auc import auc
from assay.evidence.scores import Bins, Losses, Ranks, Scores, Weights
from auditing import shared
from builders import manifest, measure, needs, people_manifest, scores

VIEW = people_manifest()


def area(score, label, **more):
    return measure(auc, VIEW, scores(score, label, **more))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=100))
def test_the_estimate_is_that_of_scikit_learn_or_undefined(rows):
    score, label = zip(*rows, strict=True)
    (found, _) = area(score, label).estimates
    if len(set(label)) == 1:
        assert found.value is None
        assert "one class only" in found.undefined
    else:
        assert found.value == pytest.approx(roc_auc_score(label, score), abs=1e-12)
        assert found.interval.low <= found.value <= found.interval.high
        assert found.n == len(rows)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=60), st.randoms())
def test_permuting_rows_changes_nothing_and_duplicating_them_only_the_interval(rows, random):
    measured = area(*zip(*rows, strict=True))
    assert area(*zip(*random.sample(rows, len(rows)), strict=True)) == measured
    twice = area(*zip(*rows * 2, strict=True))
    assert twice.estimates[0].value == measured.estimates[0].value


@pytest.mark.parametrize(
    ("given_", "why", "kind"),
    [
        (scores([], []), "no rows", "evidence_missing"),
        (scores([], [], unlabelled=40), "no row of the test data has a label", "evidence_missing"),
        (scores([0.1, 0.2], [1, 1]), "one class only", "estimate_undefined"),
        (scores([0.1, 0.2], [0, 1], unscored=1), "1 of 3 rows of the test data have", "estimate_undefined"),
        (scores([], [], unscored=9), "no finite score", "estimate_undefined"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    (found, _) = measure(auc, VIEW, given_).estimates
    assert (found.value, found.undefined_as) == (None, kind)
    assert why in found.undefined


def test_the_share_without_a_label_is_told():
    assert area([0.1, 0.9] * 10, [0, 1] * 10, unlabelled=5).unlabelled == 5 / 25


def test_the_curve_is_published_with_both_ends():
    (curve,) = area([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]).exhibits
    assert (curve.chart, curve.rows[0], curve.rows[-1]) == ("line", (0.0, 0.0), (1.0, 1.0))


def test_a_manifest_without_a_score_is_missing_evidence():
    found = needs(auc, manifest())
    assert found.requests == ()
    assert set(found.missing) == {"data.test", "columns.label", "columns.score"}


# ProPublica, COMPAS two-year recidivism: the AUC of the decile score, .7022.
def test_the_published_area_of_the_compas_deciles_is_reproduced():
    path = shared("compas/compas_two_years.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        rows = [(int(row["decile_score"]), int(row["two_year_recid"])) for row in csv.DictReader(file)]
    (found, _) = area(*np.array(rows).T).estimates
    assert found.n == 7214
    assert found.value == pytest.approx(0.7022, abs=5e-5)
    assert found.interval.high - found.interval.low == pytest.approx(0.024, abs=0.002)


def designed(score, label, *, weight=None, group=None):
    """One line per row, in ascending order of the scores."""
    rows = sorted(zip(score, label, weight or [1.0] * len(label), group or [0] * len(label), strict=True))
    score, label, weight, group = (np.array(column) for column in zip(*rows, strict=True))
    weights = (weight * (label == 1), weight**2 * (label == 1), weight * (label == 0), weight**2 * (label == 0))
    one, other = label.astype(np.int64), 1 - label.astype(np.int64)
    return Scores(score.astype(float), one, other, 0, 0, "y = 1", True, Weights(*weights), group)


def test_sampling_weights_weigh_and_the_estimate_says_so():
    random = np.random.default_rng(4)
    label = (random.random(300) < 0.4).astype(int).tolist()
    score, weight = (random.normal(label, 1)).tolist(), random.exponential(1, 300).tolist()
    made = designed(score, label, weight=weight)
    measured = measure(auc, VIEW, replace(made, group=None))
    (found, _) = measured.estimates
    assert found.value == pytest.approx(roc_auc_score(label, score, sample_weight=weight), abs=1e-12)
    assert found.interval.low < found.value < found.interval.high
    assert (found.n, found.method) == (300, "area under the ROC curve, weighted")
    assert measured.exhibits[0].rows[-1] == (1.0, 1.0)


def test_weights_of_nothing_for_one_class_leave_the_area_undefined():
    made = designed([0.1, 0.2, 0.8], [0, 1, 1], weight=[0.0, 1.0, 1.0])
    (found, _) = measure(auc, VIEW, made).estimates
    assert (found.value, found.undefined_as) == (None, "estimate_undefined")
    assert "are 0" in found.undefined


def test_bins_print_their_bound_and_exact_ranks_take_it_away():
    events, others = np.array([10, 30]), np.array([30, 10])
    limits = np.array([0.1, 0.6]), np.array([0.4, 0.9])
    sums = np.array([2.5, 22.5]), np.array([7.5, 7.5])
    ranks = Ranks(2 * 1210, 200_000, 200_000, 800, 0.8)
    made = Scores(np.array([0.25, 0.75]), events, others, 0, 0, "y = 1", True,
                  bins=Bins(*limits, *sums, Losses(9.0, 4.0, 20.0, 20.0, 0), ranks))  # fmt: skip
    (binned, _) = measure(auc, VIEW, replace(made, bins=replace(made.bins, ranks=None))).estimates
    assert binned.value == 0.75
    assert binned.method == "area under the ROC curve, from bins: off by at most 0.19"
    assert binned.interval.method.endswith("wider by the bins' bound")
    assert binned.interval.low < 0.75 - 0.1875
    assert binned.bound == 0.1875
    (ranked, _) = measure(auc, VIEW, made, p={"exact": True}, decide_on="estimate").estimates
    assert "bound" not in ranked.model_dump(mode="json")
    assert (ranked.value, ranked.method) == (1210 / 1600, "area under the ROC curve, by sums of ranks")


def test_a_point_from_bins_decides_nothing():
    events, others = np.array([10, 30]), np.array([30, 10])
    made = Scores(np.array([0.25, 0.75]), events, others, 0, 0, "y = 1", True,
                  bins=Bins(np.array([0.1, 0.6]), np.array([0.4, 0.9]), np.array([2.5, 22.5]), np.array([7.5, 7.5]),
                            Losses(9.0, 4.0, 20.0, 20.0, 0), None))  # fmt: skip
    measured = measure(auc, VIEW, replace(made, unlabelled=20), decide_on="estimate")
    (found, _) = measured.estimates
    assert (found.value, found.undefined_as, measured.unlabelled) == (None, "estimate_unstable", 0.2)
    assert "known to 0.19 only; `exact: true` computes it" in found.undefined
    apart = replace(made.bins, greatest=made.bins.least)  # one score in each bin: nothing is lost
    (kept, _) = measure(auc, VIEW, replace(made, bins=apart), decide_on="estimate").estimates
    assert kept.value == 0.75


def test_a_policy_that_does_not_ask_for_exact_ranks_records_no_such_parameter():
    assert "exact" not in auc.parameters().model_dump(mode="json")
    assert auc.parameters(exact=True).model_dump(mode="json")["exact"] is True


def test_the_gini_is_the_same_number_on_another_scale():
    random = np.random.default_rng(6)
    label = (np.arange(300) % 3 == 0).astype(int)
    one, gini = area(random.normal(label, 1), label).estimates
    assert (gini.name, gini.n, gini.bound) == ("gini", 300, None)
    assert gini.value == 2 * one.value - 1
    assert gini.interval.low == pytest.approx(2 * one.interval.low - 1, abs=1e-15)
    assert gini.interval.high == pytest.approx(2 * one.interval.high - 1, abs=1e-15)


def test_the_gini_of_bins_has_twice_the_bound_and_no_more_than_1_above_it():
    made = Scores(np.array([0.25, 0.75]), np.array([10, 30]), np.array([30, 10]), 0, 0, "y = 1", True,
                  bins=Bins(np.array([0.1, 0.6]), np.array([0.4, 0.9]), np.array([2.5, 22.5]), np.array([7.5, 7.5]),
                            Losses(9.0, 4.0, 20.0, 20.0, 0), None))  # fmt: skip
    one, gini = measure(auc, VIEW, made).estimates
    assert (gini.bound, gini.interval.high) == (2 * one.bound, 2 * one.interval.high - 1)
    assert gini.interval.high <= 1
    undefined = measure(auc, VIEW, made, decide_on="estimate").estimates
    assert [each.value for each in undefined] == [None, None]


def test_a_score_that_ranks_the_wrong_way_round_is_told():
    score, label = np.repeat([0.1, 0.9], 50), np.repeat([1, 0], 50)
    (told,) = area(score, label).notes
    event = scores(score, label).event
    assert told == f"The higher the score, the rarer is {event}: it seems to be the score of the other value."
    assert area(score, 1 - label).notes == ()
    assert area([0.1, 0.9, 0.2, 0.8], [1, 0, 0, 1]).notes == ()  # 0.25, of which the interval holds 0.5
