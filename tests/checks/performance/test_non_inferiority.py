from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel
from sklearn.metrics import (
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    roc_auc_score,
    root_mean_squared_error,
)

from assay.checks.performance.non_inferiority import non_inferiority
from assay.evidence.request import PairedScoresRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs
from pairs import paired_numbers, paired_scores, placements

COLUMNS = {
    "label": {"column": "y", "favourable": 0, "unfavourable": 1},
    "score": {"column": "s", "kind": "probability", "of": 1},
    "champion": {"score": "t"},
}
NUMBERS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}, "champion": {"score": "t"}}
LOSSES = {"brier": brier_score_loss, "log_loss": log_loss}
ERRORS = {"root_mean_squared_error": root_mean_squared_error, "mean_absolute_error": mean_absolute_error}


def view(columns=COLUMNS, **changed):
    columns = {name: of for name, of in {**columns, **changed}.items() if of is not None}
    return manifest(columns=columns, data={"test": {"path": "test.csv"}})


def found(evidence, metric="auc", **options):
    of = view(NUMBERS if metric in ERRORS else COLUMNS)
    measured = measure(non_inferiority, of, evidence, p={"metric": metric}, **options)
    assert [e.name for e in measured.estimates] == [f"{metric}_difference"]
    return measured


def estimate(*scores, metric="auc", **options):
    make = paired_numbers if metric in ERRORS else paired_scores
    return found(make(*scores), metric, **options).estimates[0]


def people(n=400, seed=1, *, better=0.0, rate=0.3):
    """Labels, and two probabilities that follow them; the challenger's more so by `better`."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < rate).astype(int)
    shared = random.normal(y, 1.0, n)
    s, t = (1 / (1 + np.exp(-(shared + own * y + random.normal(0, 0.4, n) - 1))) for own in (better, 0.0))
    return y, s, t


def delong(y, s, t):
    """The variance of the difference from the covariance of the placements, as it is written."""
    (a, c), (b, d) = placements(y, s), placements(y, t)
    m, n = len(a), len(c)
    return np.var((a - b) / (2 * n), ddof=1) / m + np.var((c - d) / (2 * m), ddof=1) / n


def concluded(measured, **criterion):
    given_ = Criterion(**(criterion or {"at_least": -0.01}), source="house")
    return conclude(criteria=(given_,), small_groups=SmallGroups(), measured=measured)


# Ovarian cancer, 43 women without missing values: albumin, total protein, Kang and Goldberg's score, whether resected.
# Source: DeLong, DeLong and Clarke-Pearson 1988, printed in the SAS/STAT manual, LOGISTIC, "Comparing ROC curves".
OVARIAN = """
3.0 5.8 10 0   3.2 6.3  5 1   3.9 6.8  3 1   2.8 4.8  6 0   3.2 5.8  3 1   0.9 4.0  5 0   2.5 5.7  8 0   1.6 5.6  5 1
3.8 5.7  5 1   3.7 6.7  6 1   3.2 5.4  4 1   3.8 6.6  6 1   4.1 6.6  5 1   3.6 5.7  5 1   4.3 7.0  4 1   3.6 6.7  4 0
2.3 4.4  6 1   4.2 7.6  4 0   4.0 6.6  6 0   3.5 5.8  6 1   3.8 6.8  7 1   3.0 4.7  8 0   4.5 7.4  5 1   3.7 7.4  5 1
3.1 6.6  6 1   4.1 8.2  6 1   4.3 7.0  5 1   4.3 6.5  4 1   3.2 5.1  5 1   2.6 4.7  6 1   3.3 6.8  6 0   1.7 4.0  7 0
3.7 6.1  5 1   3.3 6.3  7 1   4.2 7.7  6 1   3.5 6.2  5 1   2.9 5.7  9 0   2.1 4.8  7 1   2.8 6.2  8 0   4.0 7.0  7 1
3.3 5.7  6 1   3.7 6.9  5 1   3.6 6.6  5 1
"""


@pytest.fixture
def ovarian():
    """Outcome, and the three markers of which a higher one speaks for it."""
    albumin, protein, goldberg, outcome = np.array(OVARIAN.split(), float).reshape(-1, 4).T
    assert (len(outcome), outcome.sum()) == (43, 31)
    return outcome.astype(int), {"ALB": albumin, "TP": protein, "K-G": 10 - goldberg}


AREAS = {"K-G": (0.725806, 0.102822), "ALB": (0.736559, 0.092694), "TP": (0.647849, 0.100047)}
"""The published areas with their standard errors."""


@pytest.mark.parametrize(
    ("challenger", "difference", "error", "chi_squared"),
    [("ALB", 0.010753, 0.095344, 0.0127), ("TP", -0.077957, 0.104610, 0.5554)],
)
def test_the_published_differences_of_delong_1988(ovarian, challenger, difference, error, chi_squared):
    outcome, markers = ovarian
    made = paired_scores(outcome, markers[challenger], markers["K-G"], probability=False)
    (one,), (table,) = (getattr(found(made), name) for name in ("estimates", "exhibits"))
    lines = {name: (value, standard_error) for name, value, standard_error, *_ in table.rows}
    assert one.value == pytest.approx(difference, abs=5e-7)
    assert lines["Challenger better by"] == pytest.approx((difference, error), abs=5e-7)
    assert (one.value / lines["Challenger better by"][1]) ** 2 == pytest.approx(chi_squared, abs=5e-5)
    assert lines["Champion"] == pytest.approx(AREAS["K-G"], abs=5e-7)
    assert lines["Challenger"] == pytest.approx(AREAS[challenger], abs=5e-7)
    half = 1.959963984540054 * error
    assert one.interval.low <= difference - half + 1e-6
    assert difference + half - 1e-6 <= one.interval.high
    assert one.interval.high - one.interval.low < 2.2 * half


def test_the_published_differences_of_delong_1988_through_an_audit_of_the_file(ovarian, tmp_path):
    outcome, markers = ovarian
    rows = zip(outcome, markers["ALB"], 10 - markers["K-G"], strict=True)
    data = write_csv(tmp_path / "d.csv", ("popind", "alb", "totscore"), rows)
    columns = {
        "label": {"column": "popind", "favourable": 1},
        "score": {"column": "alb", "kind": "rank", "higher": "favourable"},
        "champion": {"score": "totscore", "higher": "unfavourable"},
    }
    asked = control(
        check="performance.non_inferiority", title="As good", criterion={"at_least": -0.2, "source": "house"}
    )
    finding = finding_of(evaluate(tmp_path, data, columns, asked))
    (one,) = finding.measured.estimates
    assert one.value == pytest.approx(0.010753, abs=5e-7)
    assert finding.outcome == "pass"
    weighted = finding_of(evaluate(tmp_path, data, {**columns, "weight": "alb"}, asked))
    assert "does not honour sampling weights" in weighted.sentence


scored = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=60)


@settings(deadline=None)
@given(scored)
def test_the_difference_of_areas_is_that_of_scikit_learn_with_the_variance_of_delong(rows):
    y, s, t = np.array(rows).T
    one = estimate(y, s / 8, t / 8)
    if len(set(y)) == 1:
        assert "one class only" in one.undefined
        return
    assert one.value == pytest.approx(roc_auc_score(y, s) - roc_auc_score(y, t), abs=1e-12)
    assert one.interval.low <= one.value <= one.interval.high
    assert one.interval.low < one.interval.high
    if "DeLong" in one.interval.method:
        half = 1.959963984540054 * np.sqrt(delong(y, s, t))
        assert one.interval.low <= max(one.value - half, -1) + 1e-12
        assert one.interval.high >= min(one.value + half, 1) - 1e-12
        assert min(y.sum(), (1 - y).sum()) >= 10


probable = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0.001, 0.999), st.floats(0.001, 0.999)), min_size=3, max_size=60
)


@settings(deadline=None)
@given(probable, st.sampled_from(sorted(LOSSES)))
def test_differences_of_losses_are_those_of_scikit_learn_with_the_interval_of_scipy(rows, metric):
    y, s, t = np.array(rows).T
    one = estimate(y, s, t, metric=metric)
    loss = LOSSES[metric]
    labels = {"labels": [0, 1]} if metric == "log_loss" else {}
    assert one.value == pytest.approx(loss(y, t, **labels) - loss(y, s, **labels), abs=1e-12)
    right, right_other = (np.where(y == 1, p, 1 - p) for p in (s, t))
    own, other = (-np.log(each) if metric == "log_loss" else (1 - each) ** 2 for each in (right, right_other))
    if np.var(other - own) > 1e-9 * np.mean((other - own) ** 2):
        expected = ttest_rel(other, own).confidence_interval()
        assert (one.interval.low, one.interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


numbers = st.lists(st.tuples(*3 * [st.integers(-300, 300)]), min_size=3, max_size=60)


@settings(deadline=None)
@given(numbers, st.sampled_from(sorted(ERRORS)))
def test_differences_of_errors_are_those_of_scikit_learn_with_the_interval_of_scipy(rows, metric):
    y, s, t = np.array(rows, float).T
    one = estimate(y, s, t, metric=metric)
    assert one.value == pytest.approx(ERRORS[metric](y, t) - ERRORS[metric](y, s), abs=1e-9)
    own, other = abs(y - s), abs(y - t)
    if metric == "root_mean_squared_error":  # the delta method: what each row moves the two roots by
        roots = [np.sqrt(np.mean(each**2)) for each in (own, other)]
        if not all(roots):
            assert one.interval is None
            return
        own, other = (each**2 / (2 * root) for each, root in zip((own, other), roots, strict=True))
    if np.var(other - own) > 1e-9 * np.mean((other - own) ** 2):
        expected = ttest_rel(other, own).confidence_interval()
        half = (expected.high - expected.low) / 2
        assert one.interval.low == pytest.approx(one.value - half, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("metric", ["auc", "brier", "log_loss"])
def test_exchanging_the_models_turns_the_difference_and_its_interval_round(metric):
    y, s, t = people(better=0.3)
    own, other = estimate(y, s, t, metric=metric), estimate(y, t, s, metric=metric)
    assert own.value > 0
    assert own.value == pytest.approx(-other.value, abs=1e-15)
    assert (own.interval.low, own.interval.high) == pytest.approx((-other.interval.high, -other.interval.low))


@pytest.mark.parametrize("metric", ["auc", "brier", "log_loss"])
def test_the_margin_decides_on_both_sides_and_wide_intervals_stay_open(metric):
    measured = found(paired_scores(*people(2000)), metric)
    interval = measured.estimates[0].interval
    assert concluded(measured, at_least=interval.low - 1e-9).outcome == "pass"
    assert concluded(measured, at_least=interval.low + 1e-9).reason == "interval_straddles"
    assert concluded(measured, at_least=interval.high + 1e-9).outcome == "fail"


def test_a_worse_challenger_fails_a_better_one_passes_and_a_few_rows_say_nothing():
    y, s, t = people(4000, better=0.5)
    assert concluded(found(paired_scores(y, s, t))).outcome == "pass"
    assert concluded(found(paired_scores(y, t, s))).outcome == "fail"
    assert concluded(found(paired_scores(*people(60)))).outcome == "inconclusive"


def test_two_scores_that_rank_alike_have_no_difference_and_an_interval_all_the_same():
    y, s, _ = people(3000)
    alike = estimate(y, s, s**2)
    assert alike.value == 0
    assert alike.interval.method == "Clopper-Pearson over disjoint pairs"
    assert 0 < alike.interval.high < 0.01
    few = estimate(y[:40], s[:40], s[:40])
    assert few.interval.high > 0.1
    same = estimate(y, s, s, metric="brier")
    assert same.interval.method == "Clopper-Pearson of rows that differ"
    assert -0.01 < same.interval.low < 0 < same.interval.high
    unbounded = found(paired_scores(y, s, s), "log_loss")
    assert (unbounded.estimates[0].value, unbounded.estimates[0].interval) == (0.0, None)
    assert concluded(unbounded).reason == "estimate_unstable"


def test_with_few_events_the_bound_is_one_over_disjoint_pairs():
    y, s, t = people(500, rate=0.01)
    assert 0 < y.sum() < 10
    one = estimate(y, s, t)
    assert one.interval.method == "Hoeffding over disjoint pairs"
    opposite = estimate([0] * 20 + [1] * 20, [0.1] * 20 + [0.9] * 20, [0.9] * 20 + [0.1] * 20)
    assert (opposite.value, opposite.interval.method) == (1.0, "Hoeffding over disjoint pairs")
    assert opposite.interval.low < 1


SOME = paired_scores(*people(50))


@pytest.mark.parametrize(
    ("evidence", "metric", "why", "kind"),
    [
        (paired_scores([], [], []), "auc", "no rows", "evidence_missing"),
        (paired_scores([], [], [], unlabelled=9), "brier", "no row of the test data has a label", "evidence_missing"),
        (replace(SOME, unscored=1), "auc", "1 of 51 rows of the test data have no finite score", "estimate_undefined"),
        (paired_scores([1, 1], [0.1, 0.2], [0.3, 0.4]), "auc", "is the event (y = 1): one class", "estimate_undefined"),
        (paired_scores([0, 0], [0.1, 0.2], [0.3, 0.4]), "auc", "is a non-event", "estimate_undefined"),
        (
            paired_scores([0, 1], [1.0, 0.2], [0.3, 0.4]),
            "log_loss",
            "in 1 rows by the challenger",
            "estimate_undefined",
        ),
        (paired_scores([1], [0.1], [0.3]), "brier", "one row", "sample_too_small"),
        (paired_numbers([1], [2], [3]), "root_mean_squared_error", "one row", "sample_too_small"),
    ],
)
def test_what_cannot_be_compared_is_undefined_with_a_sentence(evidence, metric, why, kind):
    measured = found(evidence, metric)
    (one,) = measured.estimates
    assert (one.value, one.undefined_as) == (None, kind)
    assert why in one.undefined
    assert concluded(measured).outcome == "inconclusive"


def test_two_rows_without_an_error_have_no_interval():
    perfect = estimate([1, 2, 3], [1, 2, 3], [1, 2, 4], metric="root_mean_squared_error")
    assert (perfect.value, perfect.interval) == (pytest.approx(np.sqrt(1 / 3)), None)


def test_too_many_rows_without_a_label_leave_it_open():
    y, s, t = people(4000, better=0.5)
    assert concluded(found(paired_scores(y, s, t, unlabelled=200))).outcome == "pass"
    assert concluded(found(paired_scores(y, s, t, unlabelled=300))).reason == "evidence_missing"


@pytest.mark.parametrize(
    ("metric", "columns", "missing"),
    [
        ("auc", {}, ()), ("brier", {}, ()), ("log_loss", {}, ()),
        ("root_mean_squared_error", NUMBERS, ()), ("mean_absolute_error", NUMBERS, ()),
        ("auc", {"champion": None}, ("columns.champion.score",)),
        ("auc", {"champion": {"score": "t", "kind": "rank"}}, ("columns.champion.higher",)),
        ("brier", {"champion": {"score": "t", "kind": "rank", "higher": "favourable"}},
         ("columns.champion.kind: probability",)),
        ("root_mean_squared_error", {}, ("columns.score.kind: value", "columns.champion.kind: value")),
        ("mean_absolute_error", {**NUMBERS, "label": None}, ("columns.label",)),
        ("auc", {"label": None}, ("columns.label",)),
    ],
)  # fmt: skip
def test_it_asks_for_what_the_metric_needs_and_says_what_is_missing(metric, columns, missing):
    if columns.get("champion", {}) == {"score": "t", "kind": "rank"}:
        with pytest.raises(ValueError, match="champion: a rank needs `higher`"):
            view(**columns)
        return
    asked = needs(non_inferiority, view(**columns), metric=metric)
    of = "residuals" if metric in ERRORS else "events"
    assert asked.missing == missing
    assert asked.requests == (() if missing else (PairedScoresRequest("test", None, of),))


def test_a_champion_inherits_what_the_models_own_score_means():
    own = view().columns
    assert (own.champion_score.kind, own.champion_score.of) == ("probability", 1)
    assert own.meaning_of(own.champion_score) == own.higher == "unfavourable"
    other = view(champion={"score": "t", "of": 0}).columns
    assert other.meaning_of(other.champion_score) == "favourable"
    rank = view(champion={"score": "t", "kind": "rank", "higher": "favourable"}).columns
    assert (rank.champion_score.kind, rank.champion_score.of) == ("rank", None)


@pytest.mark.parametrize(
    ("champion", "told"),
    [
        ({}, "takes `score`, `decision`, or both"),
        ({"kind": "rank", "decision": {"column": "d", "favourable": 1}}, "name its column"),
        ({"decision": {"from": "score", "favourable": {"below": 1}}}, "name its column as `score`"),
        ({"score": "t", "kind": "rank", "of": 1, "higher": "favourable"}, "only a probability has `of`"),
    ],
)
def test_a_champion_that_says_too_little_or_too_much_is_refused(champion, told):
    with pytest.raises(ValueError, match=told):
        view(champion=champion)
    with pytest.raises(ValueError, match="needs `kind`"):
        view(score=None, champion={"score": "t"})


@settings(max_examples=20, deadline=None)
@given(scored, st.randoms(), st.floats(0.1, 3))
def test_order_and_a_rising_transformation_change_nothing(rows, random, power):
    y, s, t = (np.array(rows) / [1, 8, 8]).T
    place = random.sample(range(len(y)), len(y))
    assert estimate(y[place], s[place] ** power, t[place]) == estimate(y, s, t)
