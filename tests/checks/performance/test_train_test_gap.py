import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from assay.checks.performance.train_test_gap import train_test_gap
from assay.evidence.scores import Bins, Losses, Scores
from assay.stats.auc import auc
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, people_manifest, scores
from score_tables import designed
from score_tables import drawn as probabilities

VIEW = people_manifest()


def drawn(strength, n=600, seed=0):
    random = np.random.default_rng(seed)
    label = np.arange(n) % 2
    return (random.normal(strength * label, 1)).round(1), label


def gap(test, train, **options):
    """Requests stand in the order data, against."""
    return measure(train_test_gap, VIEW, test, train, **options)


def test_the_gap_is_the_area_on_training_data_minus_that_on_test_data():
    train, test = drawn(2.0), drawn(1.0, seed=1)
    found, _ = gap(scores(*test), scores(*train)).estimates
    expected = roc_auc_score(train[1], train[0]) - roc_auc_score(test[1], test[0])
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.value > 0.05


def test_the_interval_is_that_of_two_independent_areas():
    train, test = scores(*drawn(1.5)), scores(*drawn(1.0, seed=1))
    found, _ = gap(test, train).estimates
    error = np.sqrt(sum(auc(t.events, t.nonevents).variance for t in (train, test)))
    wald = 2 * 1.959963984540054 * error
    assert wald < found.interval.high - found.interval.low < 1.1 * wald


def test_the_same_data_on_both_sides_have_no_gap_but_an_interval():
    same = scores(*drawn(1.0))
    found, _ = gap(same, same).estimates
    assert found.value == 0.0
    assert found.interval.low < 0 < found.interval.high


def test_a_model_that_knows_its_training_data_by_heart_still_has_an_interval():
    perfect = scores(range(40), [0] * 20 + [1] * 20)
    found, _ = gap(scores(*drawn(1.0)), perfect).estimates
    assert found.interval.low < found.value < found.interval.high


@pytest.mark.parametrize(
    ("test", "train", "why"),
    [
        (scores([], []), scores([1, 2], [0, 1]), "the test data have no rows"),
        (scores([1, 2], [0, 1]), scores([1, 2], [1, 1]), "of the train data is the event"),
        (scores([1, 2], [0, 1], unscored=2), scores([1, 2], [0, 1]), "2 of 4 rows of the test data"),
    ],
)
def test_either_side_can_make_it_undefined_and_is_named(test, train, why):
    found, _ = gap(test, train).estimates
    assert found.value is None
    assert why in found.undefined


def test_the_larger_share_without_labels_is_told():
    measured = gap(scores([1, 2], [0, 1], unlabelled=2), scores([1, 2], [0, 1], unlabelled=6))
    assert measured.unlabelled == 6 / 8


def test_without_a_second_dataset_it_says_so():
    assert "data.train" in needs(train_test_gap, manifest()).missing


def binned():
    """Forty events and forty others in two bins."""
    limits = np.array([0.1, 0.6]), np.array([0.4, 0.9])
    bins = Bins(*limits, np.array([2.5, 22.5]), np.array([7.5, 7.5]), Losses(9.0, 4.0, 20.0, 20.0, 0), None)
    return Scores(np.array([0.25, 0.75]), np.array([10, 30]), np.array([30, 10]), 0, 0, "y = 1", True, bins=bins)


def test_what_both_areas_can_be_off_by_in_bins_adds_up():
    made = binned()
    exact = scores([0.25] * 40 + [0.75] * 40, [1] * 10 + [0] * 30 + [1] * 30 + [0] * 10)
    plain, _ = gap(exact, exact).estimates
    found, _ = gap(made, made).estimates
    assert (plain.bound, found.bound) == (None, 2 * 0.1875)
    assert found.interval.low == pytest.approx(plain.interval.low - 0.375, abs=1e-12)
    assert found.interval.high == pytest.approx(plain.interval.high + 0.375, abs=1e-12)
    assert found.interval.method.endswith("wider by the bins' bounds")


@pytest.mark.parametrize("test", [True, False])
def test_a_point_from_bins_of_either_dataset_decides_nothing(test):
    made, exact = binned(), scores(*drawn(1.0))
    found, _ = gap(*((made, exact) if test else (exact, made)), decide_on="estimate").estimates
    assert (found.value, found.undefined_as) == (None, "estimate_unstable")
    assert f"the scores of the {'test' if test else 'train'} data in bins" in found.undefined


METRICS = {
    "auc": (roc_auc_score, 1), "average_precision": (average_precision_score, 1), "brier": (brier_score_loss, -1),
    "log_loss": (log_loss, -1),
}  # fmt: skip
rows = st.lists(st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda given_: len({y for _, y in given_}) == 2
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(METRICS)), rows, rows)
def test_both_gaps_are_those_of_scikit_learn_and_their_intervals_hold_them(metric, test, train):
    score, sign = METRICS[metric]
    unseen, seen = (score(*(np.array(column) for column in zip(*((y, p) for p, y in each), strict=True)))
                    for each in (test, train))  # fmt: skip
    tables = (scores(*zip(*each, strict=True)) for each in (test, train))
    absolute, relative = gap(*tables, p={"metric": metric}).estimates
    assert (absolute.name, relative.name) == (f"{metric}_gap", f"{metric}_relative_gap")
    assert absolute.value == pytest.approx(sign * (seen - unseen), abs=1e-12)
    if seen:
        assert relative.value == pytest.approx(sign * (seen - unseen) / seen, abs=1e-9, rel=1e-9)
    else:
        assert "is 0" in relative.undefined
    for each in (absolute, relative):
        if each.interval is not None:
            assert each.interval.low - 1e-12 <= each.value <= each.interval.high + 1e-12


def test_the_distance_of_the_distributions_has_a_gap_too():
    train, test = probabilities(apart=2.0), probabilities(apart=0.8, seed=7)
    found, relative = gap(scores(*test), scores(*train), p={"metric": "ks"}).estimates
    assert found.interval.low > 0
    assert relative.interval.low > 0
    assert relative.value == pytest.approx(found.value / 0.7, rel=0.1)


@pytest.mark.parametrize("metric", ["auc", "average_precision", "brier"])
def test_the_relative_gap_holds_the_truth_about_as_often_as_it_says(metric):
    truth = gap(*(scores(*probabilities(400_000, seed=seed, apart=apart)) for seed, apart in ((1, 1.0), (2, 1.5))),
                p={"metric": metric}).estimates  # fmt: skip
    held = [0, 0]
    for seed in range(150):
        tables = (scores(*probabilities(400, seed=10 + 2 * seed + i, apart=apart)) for i, apart in ((0, 1.0), (1, 1.5)))
        for place, each in enumerate(gap(*tables, p={"metric": metric}).estimates):
            held[place] += each.interval.low <= truth[place].value <= each.interval.high
    assert min(held) >= 136


def test_a_metric_of_nothing_in_training_has_no_relative_gap():
    test, perfect = scores(*probabilities()), scores([0.0, 1.0] * 40, [0, 1] * 40)
    found, relative = gap(test, perfect, p={"metric": "brier"}).estimates
    assert found.value > 0
    assert "the Brier score of the train data is 0" in relative.undefined


def test_an_infinite_loss_is_named_with_its_dataset():
    wrong = scores([0.0, 1.0] * 40 + [0.0], [0, 1] * 40 + [1])
    for estimate in gap(scores(*probabilities()), wrong, p={"metric": "log_loss"}).estimates:
        assert estimate.undefined.startswith("train data: the log loss is infinite")


def test_the_relative_gap_of_bins_is_wider_by_what_they_hide():
    made = binned()
    exact = scores([0.25] * 40 + [0.75] * 40, [1] * 10 + [0] * 30 + [1] * 30 + [0] * 10)
    _, plain = gap(exact, exact).estimates
    _, found = gap(made, made).estimates
    bound = (0.1875 + 0.1875) / (0.75 - 0.1875)
    assert (plain.bound, found.bound) == (None, pytest.approx(bound))
    assert found.interval.low == pytest.approx(max(plain.interval.low - bound, -1), abs=1e-12)
    assert found.interval.high == pytest.approx(min(plain.interval.high + bound, 1), abs=1e-12)


def test_losses_need_a_probability_and_the_default_is_not_recorded():
    rank = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(
        update={"score": VIEW.columns.score.model_copy(update={"kind": "rank"})})})  # fmt: skip
    assert needs(train_test_gap, rank).missing == ()
    assert needs(train_test_gap, rank, metric="brier").missing == ("columns.score.kind: probability",)
    assert "metric" not in train_test_gap.parameters().model_dump(mode="json")
    assert train_test_gap.parameters(metric="ks").model_dump(mode="json")["metric"] == "ks"


def test_people_in_several_rows_leave_the_distance_without_an_interval():
    p, y = probabilities(100)
    made = designed(np.repeat(p, 4), np.repeat(y, 4), group=np.repeat(np.arange(100), 4))
    found, relative = gap(made, made, p={"metric": "ks"}).estimates
    assert (found.value, found.interval, relative.interval) == (0.0, None, None)
    assert gap(made, made).estimates[0].interval is not None


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(("threshold", "outcome"), [(0.4, "pass"), (0.32, "inconclusive"), (0.1, "fail")])
def test_the_interval_of_the_relative_gap_decides_on_both_sides(tmp_path, threshold, outcome):
    for name, apart in (("test", 1.0), ("train", 2.0)):
        p, y = probabilities(3000, apart=apart)
        write_csv(tmp_path / f"{name}.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    given_ = {"data": {name: {"path": f"{name}.csv"} for name in ("test", "train")}}
    criterion = {"estimate": "average_precision_relative_gap", "at_most": threshold, "source": "convention"}
    asked = control(
        check="performance.train_test_gap", criterion=criterion, **{"with": {"metric": "average_precision"}}
    )
    assert finding_of(evaluate(tmp_path, tmp_path / "test.csv", COLUMNS, asked, manifest=given_)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    for name, rows_ in (("test", [(0.5, 0), (0.5, 1)] * 20), ("train", [(0.25, 0), (0.75, 1)] * 20)):
        write_csv(tmp_path / f"{name}.csv", ("p", "y"), rows_)
    given_ = {"data": {name: {"path": f"{name}.csv"} for name in ("test", "train")}}
    for operator, outcome in (("at_most", "pass"), ("below", "fail")):
        criterion = {"estimate": "auc_relative_gap", operator: 0.5, "source": "house", "decide_on": "estimate"}
        asked = control(check="performance.train_test_gap", criterion=criterion)
        found = evaluate(tmp_path, tmp_path / "test.csv", COLUMNS, asked, manifest=given_)
        assert finding_of(found).outcome == outcome
