import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from assay.checks.performance.train_test_gap import train_test_gap
from assay.evidence.scores import Bins, Losses, Scores
from assay.stats.auc import auc
from builders import manifest, measure, needs, people_manifest, scores

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
    (found,) = gap(scores(*test), scores(*train)).estimates
    expected = roc_auc_score(train[1], train[0]) - roc_auc_score(test[1], test[0])
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.value > 0.05


def test_the_interval_is_that_of_two_independent_areas():
    train, test = scores(*drawn(1.5)), scores(*drawn(1.0, seed=1))
    (found,) = gap(test, train).estimates
    error = np.sqrt(sum(auc(t.events, t.nonevents).variance for t in (train, test)))
    wald = 2 * 1.959963984540054 * error
    assert wald < found.interval.high - found.interval.low < 1.1 * wald


def test_the_same_data_on_both_sides_have_no_gap_but_an_interval():
    same = scores(*drawn(1.0))
    (found,) = gap(same, same).estimates
    assert found.value == 0.0
    assert found.interval.low < 0 < found.interval.high


def test_a_model_that_knows_its_training_data_by_heart_still_has_an_interval():
    perfect = scores(range(40), [0] * 20 + [1] * 20)
    (found,) = gap(scores(*drawn(1.0)), perfect).estimates
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
    (found,) = gap(test, train).estimates
    assert found.value is None
    assert why in found.undefined


def test_the_larger_share_without_labels_is_told():
    measured = gap(scores([1, 2], [0, 1], unlabelled=2), scores([1, 2], [0, 1], unlabelled=6))
    assert measured.unlabelled == 6 / 8


def test_one_dataset_is_not_two():
    assert needs(train_test_gap, VIEW, against="test").requests == ()
    assert "data.train" in needs(train_test_gap, manifest()).missing


def binned():
    """Forty events and forty others in two bins."""
    limits = np.array([0.1, 0.6]), np.array([0.4, 0.9])
    bins = Bins(*limits, np.array([2.5, 22.5]), np.array([7.5, 7.5]), Losses(9.0, 4.0, 20.0, 20.0, 0), None)
    return Scores(np.array([0.25, 0.75]), np.array([10, 30]), np.array([30, 10]), 0, 0, "y = 1", True, bins=bins)


def test_what_both_areas_can_be_off_by_in_bins_adds_up():
    made = binned()
    exact = scores([0.25] * 40 + [0.75] * 40, [1] * 10 + [0] * 30 + [1] * 30 + [0] * 10)
    (plain,) = gap(exact, exact).estimates
    (found,) = gap(made, made).estimates
    assert (plain.bound, found.bound) == (None, 2 * 0.1875)
    assert found.interval.low == pytest.approx(plain.interval.low - 0.375, abs=1e-12)
    assert found.interval.high == pytest.approx(plain.interval.high + 0.375, abs=1e-12)
    assert found.interval.method.endswith("wider by the bins' bounds")


@pytest.mark.parametrize("test", [True, False])
def test_a_point_from_bins_of_either_dataset_decides_nothing(test):
    made, exact = binned(), scores(*drawn(1.0))
    (found,) = gap(*((made, exact) if test else (exact, made)), decide_on="estimate").estimates
    assert (found.value, found.undefined_as) == (None, "estimate_unstable")
    assert f"the scores of the {'test' if test else 'train'} data in bins" in found.undefined
