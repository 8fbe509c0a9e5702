"""Any metric of scikit-learn over everybody: names, what it gives, what it never gives."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.metrics import get_scorer, get_scorer_names

from assay.checks._sklearn import AVERAGES, DECISIONS, SCORERS, SCORES
from assay.checks.performance.metric import metric
from assay.record.policy import Criterion, SmallGroups
from assay.stats.proportion import clopper_pearson
from assay.verdict.rollup import conclude
from builders import LEVELS, cells, measure, needs, people_manifest, scores

VIEW = people_manifest()


def decided(rows, p=None, **options):
    if p and "classes" in p:
        held = cells(("class:label", "class:decision"), rows)
    else:
        held = cells(("label", "decision"), [(LEVELS[y], LEVELS[d]) for y, d in rows])
    (found,) = measure(metric, VIEW, held, p=p, **options).estimates
    return found


def scored(score, label, p, **options):
    (found,) = measure(metric, VIEW, scores(score, label), p=p, **options).estimates
    return found


def drawn(n=240, seed=1):
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, n)
    return list(zip(y.tolist(), np.where(random.random(n) < 0.75, y, 1 - y).tolist(), strict=True))


two = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=80)


@settings(max_examples=40, deadline=None)
@given(two, st.sampled_from(sorted(DECISIONS)))
def test_decisions_are_measured_as_by_scikit_learn_on_raw_rows(rows, name):
    y, d = zip(*rows, strict=True)
    assume(len(set(y)) == len(set(d)) == 2)
    arguments = {"beta": 2.0} if name == "fbeta_score" else {}
    found = decided(rows, {"metric": name, "arguments": arguments}, minimum=1)
    again = getattr(sklearn.metrics, name)(y, d, **arguments)
    assert found.value == pytest.approx(again, abs=1e-12)
    assert (found.name, found.of, found.n) == ("metric", name, len(rows))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 19)), min_size=4, max_size=60), st.sampled_from(sorted(SCORES))
)
def test_scores_are_measured_as_by_scikit_learn_on_raw_rows(rows, name):
    y, s = (np.array(column) for column in zip(*rows, strict=True))
    assume(len(set(y.tolist())) == 2 and hasattr(sklearn.metrics, name))
    found = scored(s / 20, y, {"metric": name}, minimum=1)
    assert found.value == pytest.approx(getattr(sklearn.metrics, name)(y, s / 20), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=8, max_size=60),
    st.sampled_from(sorted(DECISIONS)),
    st.sampled_from(AVERAGES[1:]),
)
def test_several_classes_are_those_of_scikit_learn(rows, name, average):
    y, d = zip(*rows, strict=True)
    assume(set(y) == set(d) == set("abc"))
    arguments = {"average": average} if "average" in DECISIONS[name] else {}
    arguments |= {"beta": 0.5} if name == "fbeta_score" else {}
    found = decided(rows, {"metric": name, "arguments": arguments, "classes": ("a", "b", "c")}, minimum=1)
    assert found.value == pytest.approx(getattr(sklearn.metrics, name)(y, d, **arguments), abs=1e-12)


@pytest.mark.parametrize("name", sorted(SCORERS))
def test_a_scorer_is_the_metric_that_scikit_learn_means_by_it(name):
    scorer = get_scorer(name)
    function, arguments = SCORERS[name]
    assert scorer._score_func.__name__ == function
    assert {k: v for k, v in scorer._kwargs.items() if k == "average" and v != "binary"} == dict(arguments)
    assert scorer._sign == (-1 if name.startswith("neg_") else 1)
    if function in SCORES:
        s, y = np.linspace(0.1, 0.9, 40), np.arange(40) % 3 == 0
        found, sign = scored(s, y, {"metric": name}), scorer._sign
        assert found.value == pytest.approx(sign * getattr(sklearn.metrics, function)(y, s), abs=1e-12)
    else:
        rows = drawn()
        y, d = zip(*rows, strict=True)
        found = decided(rows, {"metric": name})
        assert found.value == pytest.approx(getattr(sklearn.metrics, function)(y, d, **arguments), abs=1e-12)
    assert found.interval.low < found.value < found.interval.high


KNOWN = {*SCORERS, *DECISIONS, *SCORES}


@pytest.mark.parametrize("name", sorted(KNOWN & set(get_scorer_names())))
def test_a_scorer_that_fits_is_known(name):
    assert metric.parameters(metric=name).function in {*DECISIONS, *SCORES}


@pytest.mark.parametrize("name", sorted(set(get_scorer_names()) - KNOWN))
def test_every_other_scorer_is_refused_with_a_reason(name):
    with pytest.raises(ValidationError, match=r"regression|score of each class|no metric of decisions"):
        metric.parameters(metric=name)


@pytest.mark.parametrize(
    ("p", "why"),
    [
        ({"metric": "neg_mean_squared_error"}, "numbers that a regression predicts"),
        ({"metric": "r2"}, "numbers that a regression predicts"),
        ({"metric": "roc_auc_ovr"}, "needs a score of each class"),
        ({"metric": "f1_scor"}, "did you mean 'f1_score'"),
        ({"metric": "adjusted_rand_score"}, "no metric of decisions or scores"),
        ({"metric": "f1_macro", "arguments": {"average": "micro"}}, "takes no argument 'average'"),
        ({"metric": "accuracy_score", "arguments": {"beta": 2}}, "it takes none"),
        ({"metric": "fbeta_score"}, "needs arguments"),
        ({"metric": "fbeta_score", "arguments": {"beta": -1}}, "beta is a number"),
        ({"metric": "log_loss", "positive": "unfavourable"}, "leave `positive`"),
        ({"metric": "roc_auc", "classes": (1, 2, 3)}, "leave `positive`"),
        ({"metric": "f1_score", "classes": (1, 2, 3)}, "of several classes needs arguments"),
    ],
)
def test_what_cannot_be_meant_is_refused(p, why):
    with pytest.raises(ValidationError, match=why):
        metric.parameters(**p)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("recall_score", [(0, 1)] * 40),
        ("precision_score", [(1, 0)] * 40),
        ("f1_score", [(0, 0)] * 40),
        ("balanced_accuracy_score", [(1, 1)] * 40),
        ("matthews_corrcoef", [(1, 1), (0, 1)] * 20),
        ("accuracy_score", [(None, 1)] * 40),
        ("accuracy_score", []),
    ],
)
def test_where_scikit_learn_returns_0_or_1_for_nobody_there_is_no_value(name, rows):
    found = decided(rows, {"metric": name})
    assert found.value is None
    assert found.undefined


@pytest.mark.parametrize(
    ("score", "label", "why"),
    [([], [], "no rows"), ([0.5, 0.6], [1, 1], "one class only"), ([0.5], [np.nan], "has a label")],
)
def test_scores_of_one_class_have_no_value(score, label, why):
    held = scores(score, label) if not np.isnan(label).any() else scores([], [], unlabelled=1)
    (found,) = measure(metric, VIEW, held, p={"metric": "log_loss"}).estimates
    assert found.value is None
    assert why in found.undefined


def test_a_recall_of_everybody_has_the_limits_of_clopper_and_pearson():
    found = decided([(1, 1)] * 100 + [(0, 0)] * 100, {"metric": "recall_score"})
    low, _ = clopper_pearson(100, 100, 0.95)
    assert found.value == found.interval.high == 1.0
    assert found.interval.low == pytest.approx(low, abs=0.01)


@pytest.mark.parametrize(("right", "wanted"), [(79, "fail"), (80, "pass")])
def test_the_bound_itself_passes(right, wanted):
    rows = [(1, 1)] * right + [(1, 0)] * (100 - right)
    held = cells(("label", "decision"), [(LEVELS[y], LEVELS[d]) for y, d in rows])
    found = measure(metric, VIEW, held, decide_on="estimate")
    criterion = Criterion(at_least=0.8, decide_on="estimate", source="house")
    assert conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=found).outcome == wanted


def test_an_interval_over_the_threshold_is_inconclusive_and_few_are_too():
    for n, reason in ((100, "interval_straddles"), (20, "sample_too_small")):
        held = cells(("label", "decision"), [(LEVELS[1], LEVELS[int(i % 5 > 0)]) for i in range(n)])
        criterion = Criterion(at_least=0.8, source="house")
        found = conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measure(metric, VIEW, held))
        assert (found.outcome, found.reason) == ("inconclusive", reason)


def test_the_order_of_rows_changes_nothing():
    rows = drawn()
    assert decided(rows[::-1], {"metric": "f1"}) == decided(rows, {"metric": "f1"})


def test_a_metric_of_scores_asks_for_scores_and_says_when_they_are_no_probability():
    view = people_manifest(columns={
        "label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "rank", "higher": "favourable"},
    })  # fmt: skip
    assert needs(metric, view, metric="roc_auc").requests
    assert needs(metric, view, metric="log_loss").missing == ("columns.score.kind: probability",)
