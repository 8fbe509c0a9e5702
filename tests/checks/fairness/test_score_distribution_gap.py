import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from assay.checks.fairness.score_distribution_gap import score_distribution_gap
from assay.stats.distance import BOUNDED, DRAWN
from auditing import control, evaluate, finding_of, write_csv
from builders import group_scores, measure, needs, people_manifest

SEX = people_manifest("sex")
COLUMNS = {"score": {"column": "s", "kind": "value"}, "groups": {"sex": {"column": "sex"}}}
numbers = st.lists(st.sampled_from([-3.0, 0.0, 0.5, 1.0, 40.0]), min_size=3, max_size=25)


def gap(scores, sex, *, p=None, minimum=1, **more):
    return measure(
        score_distribution_gap, SEX, group_scores(scores, None, sex, probability=False, **more), p=p, minimum=minimum
    )


def two(own, other, **more):
    """Both distances of a group `f` from `m`."""
    found = gap([*own, *other], ["f"] * len(own) + ["m"] * len(other), p={"reference": "m"}, **more).estimates
    return {each.name: each for each in found}


def audited(folder, scores, sex, criterion, columns=COLUMNS, **parameters):
    data = write_csv(folder / "d.csv", ("s", "sex"), list(zip(scores, sex, strict=True)))
    checked = control(
        check="fairness.score_distribution_gap", criterion={"source": "convention", **criterion}, **{"with": parameters}
    )
    return finding_of(evaluate(folder, data, columns, checked))


def deviation(own, other):
    squares = sum((len(each) - 1) * np.var(each, ddof=1) for each in (own, other))
    return np.sqrt(squares / (len(own) + len(other) - 2))


@settings(max_examples=40, deadline=None)
@given(numbers, numbers)
def test_both_distances_are_those_of_scipy(own, other):
    found = two(own, other)
    assert found["ks_distance"].value == pytest.approx(ks_2samp(own, other).statistic, abs=1e-12)
    if deviation(own, other) > 0:
        expected = wasserstein_distance(own, other) / deviation(own, other)
        assert found["wasserstein_gap"].value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    else:
        assert found["wasserstein_gap"].value is None


def test_weights_are_those_of_scipy():
    random = np.random.default_rng(1)
    own, other, v, w = random.normal(0, 1, 90), random.normal(0.5, 2, 60), random.exponential(2, 90), random.random(60)
    found = two(own, other, weights=[*v, *w])
    means = [np.average(each, weights=each_v) for each, each_v in ((own, v), (other, w))]
    squares = 90 * np.average((own - means[0]) ** 2, weights=v) + 60 * np.average((other - means[1]) ** 2, weights=w)
    expected = wasserstein_distance(own, other, v, w) / np.sqrt(squares / 148)
    assert found["wasserstein_gap"].value == pytest.approx(expected, rel=1e-12)
    places = np.sort(np.concatenate([own, other]))
    shares = [
        np.array([each_v[each <= s].sum() for s in places]) / each_v.sum() for each, each_v in ((own, v), (other, w))
    ]
    assert found["ks_distance"].value == pytest.approx(np.abs(shares[0] - shares[1]).max(), abs=1e-12)


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_people_and_the_names_of_groups_change_nothing(random):
    generator = np.random.default_rng(2)
    scores, sex = generator.normal(0, 1, 90).round(1), generator.choice(["f", "m", "x"], 90, p=[0.5, 0.3, 0.2])
    order = random.sample(range(90), 90)
    first, again = gap(scores, sex), gap(scores[order], np.char.add("z", sex[order]))
    assert [(e.name, e.value, e.interval) for e in first.estimates] == [
        (e.name, e.value, e.interval) for e in again.estimates
    ]


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([0.5, 2.0, 1024.0]), st.sampled_from([-8.0, 0.0, 64.0]))
def test_another_unit_of_the_score_and_equal_weights_of_any_size_change_nothing(unit, shift):
    generator = np.random.default_rng(4)
    own, other = generator.integers(0, 9, 40), generator.integers(2, 12, 50)
    plain, moved = two(own, other), two(own * unit + shift, other * unit + shift)
    weighed = two(own, other, weights=np.full(90, unit))
    for name, estimate in plain.items():
        assert moved[name].value == pytest.approx(estimate.value, rel=1e-12)
        assert weighed[name].value == pytest.approx(estimate.value, rel=1e-12)
        assert moved[name].interval.high == pytest.approx(estimate.interval.high, rel=1e-9)


def test_the_ks_interval_is_that_of_both_bounds_together():
    found = two(np.arange(100), np.arange(200) + 30.0)["ks_distance"]
    half = sum(np.sqrt(np.log(4 / 0.05) / (2 * n)) for n in (100, 200))
    assert found.value == pytest.approx(ks_2samp(np.arange(100), np.arange(200) + 30).statistic)
    assert (found.interval.low, found.interval.high) == pytest.approx((found.value - half, found.value + half))


def test_identical_groups_are_at_0_and_groups_that_do_not_overlap_at_1():
    same, apart = two(range(50), range(50)), two(range(50), range(100, 150))
    assert (same["ks_distance"].value, same["wasserstein_gap"].value) == (0.0, 0.0)
    assert same["wasserstein_gap"].interval.low == 0.0 < same["wasserstein_gap"].interval.high
    assert apart["ks_distance"].value == 1.0
    assert apart["wasserstein_gap"].value == pytest.approx(100 / deviation(range(50), range(50)))
    assert apart["wasserstein_gap"].interval.low > 5


def test_where_all_scores_of_both_groups_are_the_same_there_is_no_unit_to_measure_by():
    found = two([1.0] * 40, [1.0] * 40)
    assert found["ks_distance"].value == 0.0
    assert (found["wasserstein_gap"].value, found["wasserstein_gap"].undefined_as) == (None, "estimate_undefined")


def test_a_single_person_and_a_group_without_scores_are_no_distribution():
    found = gap([1.0, 2.0, 3.0], ["f", "m", "m"], unscored={"f": 3})
    assert found.undecided == 3 / 6
    alone = gap([1.0, 2.0], ["f", "f"], unscored={"f": 1})
    assert [e.undefined for e in alone.estimates] == ["sex: only one group (f)"] * 2


def test_the_reference_is_the_largest_group_unless_named_or_the_highest():
    scores, sex = [*range(30), *range(50), *range(40, 60)], ["a"] * 30 + ["b"] * 50 + ["c"] * 20
    for given_, reference, comparisons in (
        (None, "b", 2),
        ({"reference": "a"}, "a", 2),
        ({"reference": "highest"}, "c", 3),
    ):
        found = gap(scores, sex, p=given_).estimates
        assert {(e.reference, e.comparisons) for e in found if e.name == "ks_distance"} == {(reference, comparisons)}
        assert sorted(e.name for e in found) == ["ks_distance"] * 2 + ["wasserstein_gap"] * 2
    absent = gap(scores, sex, p={"reference": "z"}).estimates
    assert {(e.value, e.undefined_as) for e in absent} == {(None, "evidence_missing")}


def test_no_label_and_no_direction_are_asked_for():
    asked = needs(score_distribution_gap, people_manifest("sex", columns=COLUMNS))
    assert asked.missing == ()
    assert not asked.requests[0].labelled


# f: 0 to 9; m: the same, but that the 9 is a 5: a tenth of the people, and 0.4 on average
OWN, OTHER = [*range(9), 9], [*range(9), 5]


@pytest.mark.parametrize(("at_most", "outcome"), [(0.1, "pass"), (0.11, "pass"), (0.099, "fail")])
def test_the_boundary_itself_is_near_enough(tmp_path, at_most, outcome):
    rule = {"at_most": at_most, "estimate": "ks_distance", "decide_on": "estimate"}
    finding = audited(tmp_path, OWN + OTHER, ["f"] * 10 + ["m"] * 10, rule)
    assert finding.measured.estimates[0].value == pytest.approx(0.1, abs=1e-15)
    assert finding.outcome == outcome


def test_few_people_leave_it_open_and_many_decide(tmp_path):
    generator = np.random.default_rng(6)
    sex = ["f", "m"] * 40
    assert audited(tmp_path, generator.normal(0, 1, 80), sex, {"at_most": 0.2}).reason == "interval_straddles"
    many = generator.normal(0, 1, 20_000)
    assert audited(tmp_path, many, ["f", "m"] * 10_000, {"at_most": 0.1}).outcome == "pass"
    shifted = many + np.tile([1.0, 0.0], 10_000)
    for name in ("ks_distance", "wasserstein_gap"):
        assert audited(tmp_path, shifted, ["f", "m"] * 10_000, {"at_most": 0.1, "estimate": name}).outcome == "fail"


def test_a_group_under_the_minimum_is_inconclusive(tmp_path):
    finding = audited(tmp_path, [*range(40), *range(5)], ["m"] * 40 + ["f"] * 5, {"at_most": 0.9})
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


def test_a_largest_group_that_is_called_highest_is_the_reference_of_both_distances():
    random = np.random.default_rng(4)
    scores = np.concatenate([random.normal(0, 1, 300), random.normal(2, 1, 100), random.normal(1, 1, 100)])
    found = gap(scores, ["highest"] * 300 + ["a"] * 100 + ["largest"] * 100).estimates
    assert {(each.name, each.group, each.reference) for each in found} == {
        (name, group, "highest") for name in ("ks_distance", "wasserstein_gap") for group in ("a", "largest")
    }


def test_of_more_than_a_hundred_groups_nobody_is_drawn_anew():
    names = [f"g{place:03}" for place in range(101)]
    scores, sex = np.tile(np.arange(12.0), 101), np.repeat(names, 12)
    methods = [
        {each.interval.method for each in gap(scores[keep], sex[keep]).estimates if each.name == "wasserstein_gap"}
        for keep in (slice(None), slice(12, None))
    ]
    assert methods == [{BOUNDED}, {DRAWN}]


def test_people_who_all_weigh_the_same_are_drawn_as_people_without_weights():
    random = np.random.default_rng(6)
    own, other = random.normal(0, 1, 80), random.normal(0.4, 1, 120)
    plain = two(own, other)["wasserstein_gap"].interval
    for weight in (1.0, 0.1, 3.7, 1e50):
        interval = two(own, other, weights=np.full(200, weight))["wasserstein_gap"].interval
        assert (interval.low, interval.high) == pytest.approx((plain.low, plain.high), rel=1e-9)
