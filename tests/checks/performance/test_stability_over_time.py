"""Metrics by period, beside scikit-learn and the checks of the same names on the rows of each period."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from assay.checks.performance.auc import auc
from assay.checks.performance.brier import brier
from assay.checks.performance.calibration import calibration
from assay.checks.performance.ks import ks
from assay.checks.performance.stability_over_time import Parameters, stability_over_time
from assay.stats.proportion import clopper_pearson, wilson
from auditing import control, evaluate, finding_of, write_csv
from builders import group_scores, manifest, measure, needs, scores
from moments import moments

COLUMNS = {"label": {"column": "y", "favourable": 0, "unfavourable": 1}, "time": "day",
           "score": {"column": "p", "kind": "probability", "of": 1}}  # fmt: skip
NUMBERS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}, "time": "day"}
DATA = {"test": {"path": "test.csv"}}
VIEW, REGRESSION = manifest(columns=COLUMNS, data=DATA), manifest(columns=NUMBERS, data=DATA)
MONTHS = ["2026-01", "2026-02", "2026-03"]


def rows(n=600, seed=1):
    random = np.random.default_rng(seed)
    p = random.beta(2, 4, n).round(2)
    return p, (random.random(n) < p).astype(int), random.choice(MONTHS, n, p=[0.5, 0.3, 0.2])


def by_period(p, y, month, metric="auc", weights=None, unscored=None, **options):
    value = group_scores(p, y, month, weights=weights, unscored=unscored, keys=("group:(month)",))
    found = measure(stability_over_time, VIEW, value, p={"metric": metric}, **options)
    assert {(e.name, e.grouping) for e in found.estimates} == {(metric, "(month)")}
    return {e.group: e for e in found.estimates}


def of_errors(label, score, month, metric, weights=None, **options):
    residual = np.subtract(label, score)
    x = np.abs(residual) if metric == "mean_absolute_error" else residual
    groups = {each: x[np.asarray(month) == each] for each in sorted(set(month))}
    weighed = None if weights is None else {each: np.asarray(weights)[np.asarray(month) == each] for each in groups}
    value = moments(groups, weights=weighed, grouping="(month)")
    found = measure(stability_over_time, REGRESSION, value, p={"metric": metric}, **options)
    return {e.group: e for e in found.estimates}


def limits(interval):
    return interval.low, interval.high


OWN = {"auc": auc, "ks": ks, "brier": brier, "observed_expected": calibration}


@pytest.mark.parametrize("metric", OWN)
def test_each_period_is_measured_as_the_check_of_that_name_measures_it(metric):
    p, y, month = rows()
    found = by_period(p, y, month, metric)
    assert list(found) == MONTHS
    for each, estimate in found.items():
        mine = month == each
        alone = {e.name: e for e in measure(OWN[metric], VIEW, scores(p[mine], y[mine])).estimates}[metric]
        assert (estimate.value, estimate.n) == (pytest.approx(alone.value, rel=1e-12), alone.n)
        assert limits(estimate.interval) == pytest.approx(limits(alone.interval), rel=1e-12)
        assert estimate.share == pytest.approx(mine.mean())
        assert (estimate.comparisons, estimate.simultaneous.confidence) == (3, pytest.approx(1 - 0.05 / 3))
        assert estimate.simultaneous.low < estimate.interval.low
        assert estimate.simultaneous.high > estimate.interval.high


def test_they_are_those_of_scikit_learn():
    p, y, month = rows()
    for metric, wanted in (("auc", metrics.roc_auc_score), ("brier", metrics.brier_score_loss)):
        for each, estimate in by_period(p, y, month, metric).items():
            assert estimate.value == pytest.approx(wanted(y[month == each], p[month == each]), rel=1e-12)


def test_the_event_rate_is_a_share_of_counts_and_exact_for_few():
    p, y, month = rows(100)
    found = by_period(p, y, month, "event_rate", minimum=30)
    for each, estimate in found.items():
        own = y[month == each]
        assert (estimate.numerator, estimate.denominator) == (own.sum(), len(own))
        assert estimate.value == own.mean()
        assert limits(estimate.interval) == pytest.approx(wilson(own.sum(), len(own), 0.95))
        of = clopper_pearson if len(own) < 30 else wilson
        assert limits(estimate.simultaneous) == pytest.approx(of(own.sum(), len(own), 1 - 0.05 / 3))
    assert min(e.n for e in found.values()) < 30 < max(e.n for e in found.values())


def test_equal_weights_change_nothing_and_others_give_the_weighted_rate():
    p, y, month = rows()
    plain, alike = by_period(p, y, month, "event_rate"), by_period(p, y, month, "event_rate", np.full(600, 2.5))
    w = np.random.default_rng(2).exponential(1, 600)
    weighed = by_period(p, y, month, "event_rate", w)
    for each in MONTHS:
        assert alike[each].value == pytest.approx(plain[each].value, rel=1e-12)
        assert limits(alike[each].interval) == pytest.approx(limits(plain[each].interval), rel=1e-9)
        mine = month == each
        assert weighed[each].value == pytest.approx(np.average(y[mine], weights=w[mine]), rel=1e-12)
        assert weighed[each].numerator is None
        assert np.diff(limits(weighed[each].interval)) > np.diff(limits(plain[each].interval))


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("weighted", [False, True])
def test_errors_of_a_regression_are_those_of_the_rows(shift, weighted):
    random = np.random.default_rng(3)
    month, s = random.choice(MONTHS, 400), random.normal(50, 10, 400)
    y, w = s + random.normal(1, 4, 400) + shift, random.exponential(1, 400) if weighted else None
    wanted = {
        "root_mean_squared_error": metrics.root_mean_squared_error,
        "mean_absolute_error": metrics.mean_absolute_error,
        "mean_residual": lambda y, s, sample_weight: np.average(y - s, weights=sample_weight),
    }
    for metric, of in wanted.items():
        for each, estimate in of_errors(y, s, month, metric, w).items():
            mine = month == each
            own = of(y[mine], s[mine], sample_weight=None if w is None else w[mine])
            assert (estimate.value, estimate.n) == (pytest.approx(own, rel=1e-12), mine.sum())
            assert estimate.interval.low < own < estimate.interval.high
    if not weighted:
        for each, estimate in of_errors(y, s, month, "root_mean_squared_error").items():
            square = (y - s)[month == each] ** 2
            off = stats.t.ppf(0.975, len(square) - 1) * stats.sem(square) / square.mean()
            wanted_limits = math.sqrt(square.mean()) * np.array([np.exp(-off / 2), (1 - off) ** -0.5])
            assert limits(estimate.interval) == pytest.approx(tuple(wanted_limits), rel=1e-7)


def test_the_headline_is_the_worst_period_that_has_enough_rows():
    p, y, month = rows(900)
    for metric, worst in (("auc", min), ("ks", min), ("brier", max)):
        found = by_period(p, y, month, metric)
        assert [e.group for e in found.values() if e.headline] == [worst(found.values(), key=lambda e: e.value).group]
    few = by_period([*p, 0.9, 0.1], [*y, 0, 1], [*month, "2026-04", "2026-04"])
    assert few["2026-04"].value == 0
    assert not few["2026-04"].headline
    assert few["2026-04"].simultaneous is None
    rate = by_period(p, np.where(month == "2026-02", 1, y), month, "event_rate")
    assert [e.group for e in rate.values() if e.headline] == ["2026-02"]
    found = by_period(p, np.where(month == "2026-03", 0, y), month, "observed_expected")
    assert [e.group for e in found.values() if e.headline] == ["2026-03"]


def test_what_cannot_be_measured_has_a_reason():
    found = by_period([0.1, 0.2, 0.3, 0.4, 0.5], [0, 1, 1, math.nan, 1], ["a", "a", "b", "c", "d"], unscored={"d": 2})
    assert found["a"].value == 1
    assert found["b"].undefined == "every labelled row of b has the event"
    assert (found["c"].undefined, found["c"].undefined_as) == ("no row of c has a label", "sample_too_small")
    assert found["d"].undefined == "2 of 3 rows of d have no finite score"
    assert by_period([0.3], [1], ["b"], "event_rate")["b"].value == 1
    assert "no event is expected" in by_period([0.0], [0], ["b"], "observed_expected")["b"].undefined
    nobody = by_period([0.3], [1], [None])[None]
    assert (nobody.undefined, nobody.undefined_as) == ("no row of the test data has a day", "evidence_missing")
    assert "weighs anything" in of_errors([1.0, 2.0], [1.0, 1.0], ["a", "a"], "mean_residual", [0, 0])["a"].undefined
    value = moments({"a": [1.0, 2.0], "b": [1.0, 3.0]}, grouping="(month)", unscored={"b": 1})
    alone = measure(stability_over_time, REGRESSION, value, p={"metric": "mean_residual"}).estimates
    assert [e.undefined for e in alone] == [None, "1 of 3 rows of b have no finite score"]
    constant = of_errors([1.0] * 40, [3.0] * 40, ["a"] * 40, "root_mean_squared_error")["a"]
    assert (constant.value, constant.interval) == (2.0, None)


def test_what_the_manifest_lacks_is_named():
    assert needs(stability_over_time, manifest(columns={**COLUMNS, "time": None}, data=DATA)).missing == (
        "columns.time",
    )
    assert needs(stability_over_time, VIEW, metric="mean_residual").missing == ("columns.score of kind: value",)
    assert needs(stability_over_time, VIEW, metric="mean_residual").requests == ()
    rank = {**COLUMNS, "score": {"column": "p", "kind": "rank", "higher": "unfavourable"}}
    assert (
        "columns.score.kind: probability"
        in needs(stability_over_time, manifest(columns=rank, data=DATA), metric="brier").missing
    )
    assert needs(stability_over_time, manifest(columns=rank, data=DATA)).missing == ()


drawn = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1), st.sampled_from("abc")), min_size=4, max_size=40)


@settings(max_examples=40, deadline=None)
@given(drawn, st.sampled_from(["auc", "brier", "event_rate", "observed_expected", "ks"]), st.randoms())
def test_neither_order_of_rows_nor_names_of_periods_matter(people, metric, random):
    def found(given, name=lambda month: month):
        p, y, month = zip(*given, strict=True)
        made = by_period(np.array(p) / 20, y, [name(each) for each in month], metric, minimum=1)
        return {
            group: (e.value, e.undefined and e.undefined_as, e.interval, e.simultaneous) for group, e in made.items()
        }

    once = found(people)
    assert found(random.sample(people, len(people))) == once
    renamed = found(people, lambda month: f"2026-{month}")
    assert {f"2026-{group}": told for group, told in once.items()} == renamed


def written(tmp_path, good):
    """Four quarters; in the last the score ranks at random, unless `good`."""
    random, table = np.random.default_rng(5), []
    for month in range(12):
        y = random.integers(0, 2, 150)
        ranks = y if month < 9 or good else random.permutation(y)
        p = np.clip(0.3 + 0.4 * ranks + random.normal(0, 0.15, 150), 0, 1)
        table += [
            (int(a), float(b), f"2025-{month + 1:02}-{day + 1:02}")
            for a, b, day in zip(y, p, random.integers(0, 28, 150), strict=True)
        ]
    return write_csv(tmp_path / "d.csv", ("y", "p", "day"), table)


@pytest.mark.parametrize(
    ("good", "least", "outcome"), [(True, 0.9, "pass"), (False, 0.7, "fail"), (True, 0.97, "inconclusive")]
)
def test_a_model_that_ranks_at_random_in_the_last_quarter_fails(tmp_path, good, least, outcome):
    asked = control(check="performance.stability_over_time", criterion={"at_least": least, "source": "house"},
                    **{"with": {"period": "quarter"}})  # fmt: skip
    found = finding_of(evaluate(tmp_path, written(tmp_path, good), COLUMNS, asked))
    assert found.outcome == outcome
    assert [e.group for e in found.measured.estimates] == [f"2025-Q{quarter}" for quarter in (1, 2, 3, 4)]
    if not good:
        assert found.sentence.startswith("AUC of 2025-Q4 (quarter) is 0.")


def test_rows_without_a_day_are_a_share_that_the_policy_limits(tmp_path):
    frame = pd.read_csv(written(tmp_path, good=True))
    frame.loc[::4, "day"] = None
    frame.to_csv(tmp_path / "d.csv", index=False)
    asked = control(check="performance.stability_over_time", criterion={"at_least": 0.7, "source": "house"},
                    maximum_unknown=0.1)  # fmt: skip
    found = finding_of(evaluate(tmp_path, tmp_path / "d.csv", COLUMNS, asked))
    assert found.measured.unknown == {"(month)": 0.25}
    assert found.outcome == "inconclusive"


def test_every_metric_and_period_has_a_name_and_a_request():
    for metric in Parameters.model_fields["metric"].annotation.__args__:
        view = REGRESSION if "mean_" in metric else VIEW
        for period in ("month", "quarter", "year"):
            assert len(needs(stability_over_time, view, metric=metric, period=period).requests) == 1
