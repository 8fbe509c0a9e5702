import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from assay.checks.fairness.auc_parity import auc_parity
from assay.stats.auc import auc
from assay.stats.distance import BOUNDED, DRAWN, area_between
from auditing import control, evaluate, finding_of, write_csv
from builders import by_group, group_scores, measure, people_manifest

SEX = people_manifest("sex")
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {"sex": {"column": "sex"}},
}


def people(n=400, seed=1, groups=("f", "m"), apart=(1.0, 1.0, 1.0)):
    """Labels, probabilities to two digits and groups, of which the model separates each as well as `apart` says."""
    random = np.random.default_rng(seed)
    sex = random.choice(groups, n)
    y = (random.random(n) < 0.4).astype(int)
    shift = np.array(apart)[[groups.index(each) for each in sex]]
    return y, (1 / (1 + np.exp(-random.normal(y * shift, 1.0, n)))).round(2), sex


def parity(y, p, sex, *, weights=None, unscored=None, with_=None, **options):
    return measure(auc_parity, SEX, group_scores(p, y, sex, weights=weights, unscored=unscored), p=with_, **options)


def named(measured, name, *, headline=True):
    return {e.group: e for e in measured.estimates if e.name == name and (e.headline or not headline)}


def audited(folder, y, p, sex, criterion, columns=COLUMNS, **more):
    data = write_csv(folder / "d.csv", ("y", "p", "sex", "v"), [(*row, 1) for row in zip(y, p, sex, strict=True)])
    checked = control(check="fairness.auc_parity", criterion={"source": "convention", **criterion}, **more)
    return finding_of(evaluate(folder, data, columns, checked))


def test_the_difference_is_that_of_the_areas_of_scikit_learn():
    y, p, sex = people(apart=(1.5, 0.5))
    found = named(parity(y, p, sex), "auc_difference")
    areas = {name: roc_auc_score(y[sex == name], p[sex == name]) for name in ("f", "m")}
    assert found["m"].value == pytest.approx(areas["m"] - areas["f"], abs=1e-12)
    assert (found["m"].reference, found["m"].n) == ("f", int((sex == "m").sum()))


def integral_of(y, p, sex, n=200_001):
    """The area between scikit-learn's two curves, by the middle of many narrow strips."""
    places = (np.arange(n) + 0.5) / n
    curves = [np.interp(places, *roc_curve(y[sex == g], p[sex == g], drop_intermediate=False)[:2]) for g in ("f", "m")]
    return np.abs(curves[0] - curves[1]).mean()


def test_the_area_between_the_curves_is_that_of_scikit_learns_points():
    y, p, sex = people(apart=(1.5, 0.5))
    found = named(parity(y, p, sex), "abroca")["m"]
    assert found.value == pytest.approx(integral_of(y, p, sex), abs=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 4), min_size=2, max_size=12))
def test_the_area_between_two_curves_is_a_distance_no_less_than_the_difference_of_their_areas(counts):
    counts = np.array(counts)
    counts[0] += 1
    own, other = (counts[:, 0], counts[:, 1]), (counts[:, 2], counts[:, 3])
    between = area_between(own, other)
    assert between == pytest.approx(area_between(other, own), abs=1e-12)
    assert area_between(own, own) == 0.0
    assert between >= abs(auc(*own).value - auc(*other).value) - 1e-12
    assert between <= 1.0


def test_curves_that_cross_have_equal_areas_and_are_not_the_same():
    # from the highest score down: both events, then four others, then the events; or the other way round
    own, other = (np.array([2, 0, 2]), np.array([0, 4, 0])), (np.array([0, 4, 0]), np.array([2, 0, 2]))
    assert auc(*own).value == auc(*other).value == 0.5
    assert area_between(own, other) == pytest.approx(0.5)


def test_the_interval_holds_the_variance_of_both_groups():
    y, p, sex = people(2000)
    (found,) = named(parity(y, p, sex), "auc_difference").values()
    parts = []
    for name in ("f", "m"):
        scores, place = np.unique(p[sex == name], return_inverse=True)
        own = y[sex == name]
        parts.append(auc(*(np.bincount(place[own == level], minlength=len(scores)) for level in (1, 0))).variance)
    half = 1.959964 * np.sqrt(sum(parts))
    assert found.interval.low == pytest.approx(found.value - half, abs=0.1 * half)
    assert found.interval.high == pytest.approx(found.value + half, abs=0.1 * half)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_people_and_the_names_of_groups_change_nothing(random):
    y, p, sex = people(120)
    order = random.sample(range(len(y)), len(y))
    first, again = parity(y, p, sex), parity(y[order], p[order], np.char.add("z", sex[order]))
    assert [(e.name, e.value, e.interval) for e in first.estimates] == [
        (e.name, e.value, e.interval) for e in again.estimates
    ]


def test_equal_weights_of_any_size_give_what_no_weights_give():
    y, p, sex = people()
    plain = named(parity(y, p, sex), "auc_difference")
    for size in (1.0, 2.5):
        weighted = named(parity(y, p, sex, weights=np.full(len(y), size)), "auc_difference")
        for name, estimate in plain.items():
            assert weighted[name].value == pytest.approx(estimate.value, abs=1e-12)
            assert weighted[name].interval.low == pytest.approx(estimate.interval.low, abs=1e-6)


def test_weights_are_those_of_scikit_learn():
    y, p, sex = people(apart=(1.5, 0.5))
    v = np.random.default_rng(3).exponential(2, len(y))
    found = named(parity(y, p, sex, weights=v), "auc_difference")["m"]
    areas = [roc_auc_score(y[sex == g], p[sex == g], sample_weight=v[sex == g]) for g in ("m", "f")]
    assert found.value == pytest.approx(areas[0] - areas[1], abs=1e-12)


def test_identical_groups_differ_by_nothing_and_the_interval_of_the_area_between_holds_0():
    y, p, _ = people(300)
    measured = parity(np.tile(y, 2), np.tile(p, 2), np.repeat(["f", "m"], 300))
    for name in ("auc_difference", "abroca"):
        (found,) = named(measured, name).values()
        assert found.value == 0.0
        assert found.interval.low <= 0.0 < found.interval.high


def test_every_pair_is_compared_where_the_highest_is_the_reference_and_with_a_named_one_each_group_once():
    y, p, sex = people(900, groups=("a", "b", "c"), apart=(1.5, 1.0, 0.5))
    assert len(named(parity(y, p, sex), "auc_difference", headline=False)) == 2
    assert [e.comparisons for e in parity(y, p, sex).estimates if e.name == "auc_difference"] == [3] * 3
    fixed = parity(y, p, sex, with_={"reference": "b"})
    assert {(e.name, e.group, e.reference, e.comparisons) for e in fixed.estimates} == {
        (name, group, "b", 2) for name in ("auc_difference", "abroca") for group in ("a", "c")
    }


def test_a_group_of_one_class_or_without_labels_has_no_area():
    y, p, sex = people(300, groups=("f", "m", "x"))
    y[sex == "x"] = 1
    measured = parity(y, p, sex)
    assert by_group(measured)["x"].undefined == "every labelled person of x has the event (y = 1)"
    assert {e.name for e in measured.estimates if e.group == "x" and e.undefined} == {"auc_difference", "abroca"}
    only = parity(y[sex != "m"], p[sex != "m"], sex[sex != "m"])
    assert all(e.value is None for e in only.estimates)


def test_somebody_without_a_score_leaves_his_group_undefined():
    y, p, sex = people(300)
    measured = parity(y, p, sex, unscored={"f": 1})
    assert "1 of" in by_group(measured)["f"].undefined
    assert all(e.value is None for e in measured.estimates)


def test_without_any_group_there_is_nothing_to_compare():
    measured = parity(np.array([1, 0] * 50), np.linspace(0, 1, 100), np.array([None] * 100))
    assert [e.undefined for e in measured.estimates] == ["sex: no row has a known group"] * 2
    assert measured.unknown == {"sex": 1.0}


@pytest.mark.parametrize(("at_least", "outcome"), [(-0.13, "pass"), (-0.125, "pass"), (-0.124, "fail")])
def test_the_boundary_itself_is_good_enough(tmp_path, at_least, outcome):
    # f: 4 · 4 pairs, all ordered; m: two of sixteen are not: 0.875
    p = [0.6, 0.7, 0.8, 0.9, 0.1, 0.2, 0.3, 0.4, 0.3, 0.7, 0.8, 0.9, 0.1, 0.2, 0.4, 0.5]
    y, sex = [1] * 4 + [0] * 4 + [1] * 4 + [0] * 4, ["f"] * 8 + ["m"] * 8
    rule = {"at_least": at_least, "estimate": "auc_difference", "decide_on": "estimate"}
    finding = audited(tmp_path, y, p, sex, rule)
    assert finding.measured.estimates[0].value == -0.125
    assert finding.outcome == outcome


def test_few_people_leave_it_open_and_many_decide(tmp_path):
    rule = {"at_least": -0.05, "estimate": "auc_difference"}
    few, many, apart = people(100), people(30_000, seed=2), people(3000, apart=(2.0, 0.5))
    assert audited(tmp_path, *few, rule).reason == "interval_straddles"
    assert audited(tmp_path, *many, rule).outcome == "pass"
    assert audited(tmp_path, *apart, rule).outcome == "fail"
    assert audited(tmp_path, *apart, {"at_most": 0.05, "estimate": "abroca"}).outcome == "fail"
    assert audited(tmp_path, *many, {"at_most": 0.05, "estimate": "abroca"}).outcome == "pass"


def test_an_entity_that_stands_in_several_rows_is_not_taken_for_several_people(tmp_path):
    finding = audited(tmp_path, *people(100), {"at_least": -1, "estimate": "abroca"}, {**COLUMNS, "entity": "v"})
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")


def test_both_curves_are_published(tmp_path):
    y, p, sex = people(apart=(1.5, 0.5))
    areas, curve = parity(y, p, sex).exhibits
    assert {row[0] for row in areas.rows} == {"f", "m"}
    assert curve.chart == "line"
    x, apart, group, reference = zip(*curve.rows, strict=True)
    assert (x[0], x[-1], group[-1], reference[-1]) == (0.0, 1.0, 1.0, 1.0)
    assert apart == tuple(a - b for a, b in zip(group, reference, strict=True))


def test_of_more_than_a_hundred_groups_nobody_is_drawn_anew():
    names = [f"g{place:03}" for place in range(101)]
    p, y, sex = np.tile(np.arange(24) / 24, 101), np.tile([0, 1] * 12, 101), np.repeat(names, 24)
    methods = []
    for keep in (slice(None), slice(24, None)):
        measured = parity(y[keep], p[keep], sex[keep], with_={"reference": "g100"}, minimum=1)
        methods.append({each.interval.method for each in measured.estimates if each.name == "abroca"})
    assert methods == [{BOUNDED}, {DRAWN}]


def test_people_who_all_weigh_the_same_are_drawn_as_people_without_weights():
    y, p, sex = people(apart=(1.5, 0.5))
    plain = named(parity(y, p, sex), "abroca")["m"].interval
    for weight in (1.0, 0.1, 3.7, 1e50):
        interval = named(parity(y, p, sex, weights=np.full(len(y), weight)), "abroca")["m"].interval
        assert (interval.low, interval.high) == pytest.approx((plain.low, plain.high), rel=1e-9)
