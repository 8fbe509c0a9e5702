"""Any metric of scikit-learn by group: names, what it gives, what it never gives."""

import inspect
import warnings

import numpy as np
import pytest
import sklearn.metrics
from fairlearn.metrics import MetricFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.checks._sklearn import AVERAGES, DECISIONS, SCORES, Metric, Table
from assay.checks.fairness.metric_gap import Parameters, metric_gap
from assay.errors import PolicyError
from assay.record.policy import Criterion, SmallGroups
from assay.stats.proportion import clopper_pearson
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import LEVELS, by_group, cells, group_scores, measure, people_manifest

VIEW = people_manifest("g")
KEYS = ("label", "decision", "group:g")


def gap(rows, p=None, **options):
    held = cells(KEYS, [(LEVELS[y], LEVELS[d], g) for y, d, g in rows])
    return measure(metric_gap, VIEW, held, p=p, **options)


def drawn(n=240, seed=1, groups="abc"):
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, n)
    d = np.where(random.random(n) < 0.75, y, 1 - y)
    return list(zip(y.tolist(), d.tolist(), random.choice(list(groups), n).tolist(), strict=True))


def test_every_metric_of_the_installed_library_that_fits_can_be_named_and_no_other():
    y, d, s = np.array([0, 1, 1, 0, 1]), np.array([0, 1, 0, 0, 1]), np.array([0.1, 0.8, 0.3, 0.2, 0.9])
    fits = {"y_pred": set(), "y2": set(), "y_score": set(), "y_proba": set()}
    for name in sklearn.metrics.__all__:
        function = getattr(sklearn.metrics, name)
        names = list(inspect.signature(function).parameters) if inspect.isfunction(function) else []
        if names[:1] not in (["y_true"], ["y1"]) or "sample_weight" not in names or names[1] not in fits:
            continue
        beta = {"beta": 1} if "beta" in names else {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = function(y, d if names[1] in ("y_pred", "y2") else s, sample_weight=np.ones(5), **beta)
        except (ValueError, TypeError):
            continue
        if name == "top_k_accuracy_score":  # of two classes it is the accuracy of a cut at a half, or 1
            continue
        if isinstance(found, float) and not function.__module__.endswith("_regression"):
            fits[names[1]].add(name)
    assert (fits["y_pred"] | fits["y2"]) - set(SCORES) == set(DECISIONS)  # 1.7 calls some probabilities y_pred
    assert fits["y_score"] | fits["y_proba"] <= set(SCORES)
    for name, arguments in {**DECISIONS, **SCORES}.items():
        if hasattr(sklearn.metrics, name):
            assert set(arguments) <= set(inspect.signature(getattr(sklearn.metrics, name)).parameters)


@pytest.mark.parametrize("name", sorted(DECISIONS))
def test_it_is_fairlearn_on_the_rows(name):
    rows = drawn()
    arguments = {"beta": 2.0} if name == "fbeta_score" else {}
    y, d, g = (np.array(column) for column in zip(*rows, strict=True))
    function = getattr(sklearn.metrics, name)
    frame = MetricFrame(metrics=lambda t, p: function(t, p, **arguments), y_true=y, y_pred=d, sensitive_features=g)
    found = gap(rows, {"metric": name, "arguments": arguments, "reference": "a"})
    for group, estimate in by_group(found).items():
        assert estimate.value == pytest.approx(frame.by_group[group] - frame.by_group["a"], abs=1e-12)
        assert estimate.of == name
        assert estimate.interval.low <= estimate.value <= estimate.interval.high
        assert estimate.simultaneous.low <= estimate.interval.low
        assert estimate.simultaneous.high >= estimate.interval.high


def test_a_ratio_and_the_unfavourable_as_positive():
    rows = drawn()
    y, d, g = (np.array(column) for column in zip(*rows, strict=True))
    by = MetricFrame(metrics=sklearn.metrics.recall_score, y_true=1 - y, y_pred=1 - d, sensitive_features=g).by_group
    p = {"metric": "recall_score", "compare": "ratio", "positive": "unfavourable", "reference": "b"}
    for group, estimate in by_group(gap(rows, p)).items():
        assert estimate.value == pytest.approx(by[group] / by["b"], rel=1e-12)
        assert estimate.shape == "ratio"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("recall_score", [(0, 1, "c")] * 40),
        ("precision_score", [(1, 0, "c")] * 40),
        ("f1_score", [(0, 0, "c")] * 40),
        ("jaccard_score", [(0, 0, "c")] * 40),
        ("balanced_accuracy_score", [(1, 1, "c")] * 40),
        ("matthews_corrcoef", [(1, 1, "c"), (0, 1, "c")] * 20),
        ("cohen_kappa_score", [(1, 1, "c")] * 40),
        ("accuracy_score", [(None, 1, "c")] * 40),
    ],
)
def test_where_scikit_learn_returns_0_or_1_for_nobody_there_is_no_value(name, rows):
    found = by_group(gap([*drawn(groups="ab"), *rows], {"metric": name}))
    assert found["c"].value is None
    assert found["c"].undefined_as == "sample_too_small"
    assert {"a", "b"} & set(found)


RECALL = {"metric": "recall_score"}


def recall(group, found, of):
    return [(1, 1, group)] * found + [(1, 0, group)] * (of - found)


def width(interval):
    return interval.high - interval.low


def test_groups_of_equal_counts_are_not_equal_beyond_doubt():
    equal = gap(recall("a", 400, 500) + recall("b", 400, 500), RECALL).estimates[0]
    near = gap(recall("a", 400, 500) + recall("b", 401, 500), RECALL).estimates[0]
    assert equal.value == 0
    assert width(equal.interval) == pytest.approx(width(near.interval), rel=0.15)
    five = [[row for at, g in enumerate("abcde") for row in recall(g, 400 + more * at, 500)] for more in (0, 1)]
    wide = [[width(e.simultaneous) for e in gap(rows, {**RECALL, "reference": "a"}).estimates] for rows in five]
    assert np.mean(wide[0]) == pytest.approx(np.mean(wide[1]), rel=0.08)
    assert min(wide[0]) > 2 * 2.3 * (2 * 0.8 * 0.2 / 500) ** 0.5


def test_names_of_groups_of_equal_counts_only_change_places():
    rows = recall("a", 80, 100) + recall("b", 80, 100) + recall("c", 70, 100)
    turned = [(y, d, {"a": "b", "b": "a", "c": "c"}[g]) for y, d, g in rows]
    first, again = (by_group(gap(each, {**RECALL, "reference": "c"})) for each in (rows, turned))
    assert [first[g].interval for g in "ab"] == [again[g].interval for g in "ab"]
    assert first["a"].interval != first["b"].interval


@pytest.mark.parametrize("compare", ["difference", "ratio"])
@pytest.mark.parametrize("people", [60, 500])
def test_nobody_found_of_a_group_is_as_sure_as_an_exact_limit(compare, people):
    found = gap(recall("a", 0, people) + recall("b", people, people), {**RECALL, "compare": compare}).estimates[0]
    limit, at = clopper_pearson(0, people, 0.95)[1], 1 if compare == "difference" else 0
    assert (found.value, found.interval.low) == (-at, -at)
    assert limit * 0.8 < found.interval.high + at < limit * 2.2  # of one group, and of both
    half = gap(recall("a", 0, people) + recall("b", people // 2, people), RECALL).estimates[0]
    assert width(half.interval) > 1.9 * 1.96 * (0.25 / people) ** 0.5


@pytest.mark.parametrize(("rows", "outcome"), [
    (recall("a", 0, 500) + recall("b", 500, 500), "fail"),
    (recall("a", 0, 500) + recall("b", 490, 500), "fail"),
    (recall("a", 0, 500) + recall("b", 10, 500), "pass"),
    (recall("a", 500, 500) + recall("b", 500, 500), "pass"),
    (recall("a", 29, 30) + recall("b", 30, 30), "inconclusive"),
])  # fmt: skip
def test_total_exclusion_fails_and_perfect_groups_pass_when_there_are_enough(rows, outcome):
    criterion = Criterion(at_most=0.1, source="house")
    assert conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=gap(rows, RECALL)).outcome == outcome


def test_small_groups_have_no_simultaneous_interval():
    small = by_group(gap([*drawn(groups="ab"), *drawn(20, groups="c")]), headline=False)["c"]
    assert small.interval is not None
    assert small.simultaneous is None
    alone = gap(drawn(groups="a")).estimates[0]
    assert "only one group" in alone.undefined


@settings(max_examples=8, deadline=None)
@given(st.randoms(), st.permutations("abc"))
def test_neither_order_nor_names_matter(random, names):
    rows = drawn(150)
    there = dict(zip("abc", names, strict=True))
    turned = [(y, d, there[g]) for y, d, g in random.sample(rows, len(rows))]
    first, again = (gap(each, {"metric": "f1_score", "reference": ref})
                    for each, ref in ((rows, "a"), (turned, there["a"])))  # fmt: skip
    assert {there[e.group]: e.value for e in first.estimates} == {e.group: e.value for e in again.estimates}
    ends = {there[e.group]: (e.interval.low, e.interval.high) for e in first.estimates}
    assert ends == {e.group: (e.interval.low, e.interval.high) for e in again.estimates}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"metric": "f1_scor"}, "did you mean 'f1_score'"),
        ({"metric": "mean_squared_error"}, "no metric of two classes"),
        ({"metric": "recall_score", "arguments": {"zero_division": 1}}, "takes no argument 'zero_division'"),
        ({"metric": "fbeta_score"}, "needs arguments"),
        ({"metric": "fbeta_score", "arguments": {"beta": "two"}}, "beta is a number"),
        ({"metric": "f1_score", "arguments": {"average": "samples"}}, "average is one of"),
        ({"metric": "matthews_corrcoef", "compare": "ratio"}, "may be negative"),
        ({"metric": "log_loss", "positive": "unfavourable"}, "leave `positive` out"),
    ],
)
def test_what_a_policy_cannot_ask_is_said_when_it_is_read(given, told):
    with pytest.raises(ValidationError, match=told):
        Parameters(**given)


COLUMNS = {"label": {"column": "y", "favourable": 1}, "decision": {"column": "d", "favourable": 1},
           "score": {"column": "p", "kind": "probability", "of": 1}, "groups": {"g": {"column": "g"}}}  # fmt: skip


def test_an_unknown_name_in_a_policy_is_told_with_its_place(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "g"), [(1, 1, 0.5, "a")])
    asked = control(check="fairness.metric_gap", **{"with": {"metric": "roc_auc"}})
    with pytest.raises(PolicyError, match=r"policy\.yaml:13.*roc_auc_score"):
        evaluate(tmp_path, data, COLUMNS, asked)


@pytest.mark.parametrize(("apart", "outcome"), [(2, "pass"), (30, "fail"), (10, "inconclusive")])
def test_on_both_sides_of_the_limit_and_near_it(tmp_path, apart, outcome):
    rows = [(1, int(i >= 10 + (apart if g == "b" else 0)), 0.5, g) for g in "ab" for i in range(100)] * 10
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "g"), rows)
    asked = control(check="fairness.metric_gap", criterion={"at_most": 0.1, "source": "house"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def scored(n=400, seed=4):
    random = np.random.default_rng(seed)
    p = random.integers(0, 41, n) / 40
    return (random.random(n) < p).astype(int), p, random.choice(["a", "b"], n)


@pytest.mark.parametrize("name", ["roc_auc_score", "log_loss"])
def test_metrics_of_scores_are_those_of_the_rows(tmp_path, name):
    y, p, g = scored()
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "g"), zip(y, y, p, g, strict=True))
    criterion = {"reported": True, "source": "house"}
    asked = control(check="fairness.metric_gap", criterion=criterion, **{"with": {"metric": name, "reference": "a"}})
    found = finding_of(evaluate(tmp_path, data, COLUMNS, asked)).measured.estimates[0]
    own, other = (getattr(sklearn.metrics, name)(y[g == each], p[g == each]) for each in "ba")
    assert found.value == pytest.approx(own - other, abs=1e-12)
    assert found.interval.low < found.value < found.interval.high


def tables():
    """Five tables of counts in the four cells, and of labels by score."""
    random = np.random.default_rng(7)
    truth, decided = np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 0.0, 1.0])
    y, p, _ = scored()
    cells, counts = np.unique(np.stack([y, p]), axis=1, return_counts=True)
    by_score = Table("x", cells[0].astype(int), cells[1], counts, len(y))
    return (Table("x", truth, decided, np.ones(4, int), 4), random.integers(1, 40, (5, 4)).astype(float)), (
        by_score, random.multinomial(300, counts / counts.sum(), 5).astype(float)
    )  # fmt: skip


NAMED = [(name, {}) for name in (*DECISIONS, *SCORES) if name != "fbeta_score" and hasattr(sklearn.metrics, name)]
NAMED += [(name, {"average": each}) for name in DECISIONS if "average" in DECISIONS[name] and name != "fbeta_score"
          for each in AVERAGES]  # fmt: skip
NAMED += [("fbeta_score", {"beta": 0.5, "average": each}) for each in AVERAGES]
NAMED += [("balanced_accuracy_score", {"adjusted": True}), ("roc_auc_score", {"max_fpr": 0.3})]


@pytest.mark.parametrize(("name", "arguments"), NAMED)
def test_replicates_are_computed_as_scikit_learn_computes_them(name, arguments):
    table, amounts = tables()[name in SCORES]
    found = Metric(name, arguments).statistic(table)(amounts)
    more = {"labels": [0, 1]} if "log" in name else {}
    predicted = table.predicted if name in SCORES else table.predicted.astype(int)
    wanted = [
        getattr(sklearn.metrics, name)(
            table.truth[n > 0], predicted[n > 0], sample_weight=n[n > 0], **arguments, **more
        )
        for n in amounts
    ]
    assert found.tolist() == pytest.approx(wanted, abs=1e-12)


def test_what_only_the_library_computes_is_not_computed_for_groups_without_end():
    names, n = [f"g{place:02}" for place in range(31)], 8
    held = group_scores(
        np.tile(np.arange(n) / n, 31), np.tile([0, 1] * (n // 2), 31), np.repeat(names, n), keys=("group:g",)
    )
    p = {"metric": "roc_auc_score", "reference": "largest"}
    slow = measure(metric_gap, VIEW, held, p={**p, "arguments": {"max_fpr": 0.5}}, minimum=1)
    assert {each.undefined for each in slow.estimates if each.group} == {
        "there are 31 groups, and with max_fpr more than 30 take too long"
    }
    assert not [each for each in slow.estimates if each.value is not None]
    assert [each for each in measure(metric_gap, VIEW, held, p=p, minimum=1).estimates if each.value is not None]
