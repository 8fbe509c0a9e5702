import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact, ttest_ind
from sklearn.metrics import accuracy_score

from assay.checks.performance.weakest_slice import weakest_slice
from assay.engines.measure import measure as engine
from assay.errors import AssayError
from assay.evidence.regions import Region, Sampled
from assay.evidence.request import SlicesRequest
from assay.evidence.slices import Amount, Slice, Slices
from assay.record.condition import Test
from assay.record.policy import Criterion, SmallGroups
from assay.stats.comparison import difference_interval
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import by_group, measure, needs, people_manifest
from subjects import with_data

FEATURES = [{"name": "age"}, {"name": "region", "dtype": "category"}]
VIEW = people_manifest(features=FEATURES)
SCORED = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(update={"decision": None})})
NAMES = ["region a", "region b", "region c"]


def slices(inside, everybody, *, most=None, unknown=(0, 0), looked_at=40):
    """Slices "region a", "region b", …, from (people, errors) in the half that was tested."""
    amounts = [each if isinstance(each, Amount) else Amount(each[0], each[1], each[1]) for each in inside]
    tested = everybody if isinstance(everybody, Amount) else Amount(everybody[0], everybody[1], everybody[1])
    found = tuple(Slice((Region("region", "level", level=of),), each) for of, each in zip("abcdefgh", amounts))  # noqa: B905
    drawn = 2 * tested.people + sum(unknown)
    return Slices(Sampled(5 * drawn, drawn, *unknown), looked_at, tested, found)


def made(inside, everybody, view=VIEW, **options):
    more = {key: options.pop(key) for key in ("unknown", "looked_at") if key in options}
    return measure(weakest_slice, view, slices(inside, everybody, **more), **options)


def named(measured, name):
    return [each for each in measured.estimates if each.name == name]


def outcome(measured, small_groups=None, **criterion):
    asked = Criterion(source="house", **criterion)
    return conclude(criteria=(asked,), small_groups=small_groups or SmallGroups(), measured=measured)


def test_a_slice_is_compared_with_everybody_else_on_the_half_that_was_not_searched():
    found = made([(500, 200)], (5000, 1100))
    difference, drop = found.estimates
    assert (difference.group, difference.reference) == ("region a", "everybody else")
    assert difference.value == 200 / 500 - 900 / 4500
    assert drop.value == pytest.approx(1 - (300 / 500) / (3900 / 5000), abs=1e-15)
    assert difference.interval == difference_interval((200, 500), (900, 4500), 0.95)
    assert "found by search on one half, tested on the other" in found.exhibits[0].note.lower()
    assert "40 slices of 5000 people were looked at" in found.exhibits[0].note


rows = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=80)


@settings(deadline=None)
@given(rows, st.randoms())
def test_the_numbers_are_those_of_scikit_learn_and_scipy_on_raw_rows(people, random):
    region, y, d = (np.array(column) for column in zip(*people, strict=True))
    inside = [(int((region == of).sum()), float((y != d)[region == of].sum())) for of in "abc"]
    found = made(inside, (len(y), float((y != d).sum())))
    accuracy, p_values = accuracy_score(y, d), {}
    for name, estimate in by_group(found).items():
        mine = region == name[-1]
        if not mine.any() or mine.all():
            assert estimate.value is None
    for of, difference, drop in zip(
        "abc", named(found, "error_difference"), named(found, "relative_drop"), strict=True
    ):
        mine = region == of
        if not mine.any() or mine.all():
            assert (difference.undefined_as, drop.undefined_as) == ("sample_too_small",) * 2
            continue
        own, rest = (accuracy_score(y[rows_], d[rows_]) for rows_ in (mine, ~mine))
        assert difference.value == pytest.approx(rest - own, abs=1e-12)
        wrong = y != d
        table = [[int((wrong & side).sum()), int((~wrong & side).sum())] for side in (mine, ~mine)]
        p_values[of] = fisher_exact(table, alternative="greater").pvalue
        assert difference.p_value == pytest.approx(p_values[of], abs=1e-9)
        if not accuracy:
            assert "the accuracy is 0" in drop.undefined
            continue
        assert drop.value == pytest.approx(1 - own / accuracy, abs=1e-12)
        for each in (drop.interval, drop.simultaneous, difference.interval):
            value_ = difference.value if each is difference.interval else drop.value
            assert each.low - 1e-12 <= value_ <= each.high + 1e-12
        assert drop.simultaneous.low <= drop.interval.low + 1e-12
    without = 3 - len(p_values)
    expected = false_discovery_control([*p_values.values(), *[1.0] * without])
    tested = [each for each in named(found, "error_difference") if each.p_value is not None]
    assert [each.p_adjusted for each in tested] == pytest.approx(expected[: len(tested)].tolist(), abs=1e-9)


def test_three_slices_by_hand_have_the_ranks_of_their_p_values():
    """The least p-value stands last: argsort() + 1 would be 2, 3, 1 and not the ranks 3, 1, 2."""
    found = made([(400, 96), (400, 130), (400, 112)], (4000, 900))
    p = [each.p_value for each in named(found, "error_difference")]
    q = [each.p_adjusted for each in named(found, "error_difference")]
    assert sorted(range(3), key=lambda at: p[at]) == [1, 2, 0]
    by_hand = [p[0], 3 * p[1], min(3 * p[2] / 2, p[0])]
    assert q == pytest.approx(by_hand, rel=1e-12)


def test_q_is_the_significance_of_the_criterion_on_both_sides():
    found = made([(500, 125)], (5000, 1025))
    (difference,) = named(found, "error_difference")
    assert 0.001 < difference.p_adjusted < 0.1
    failed = outcome(found, estimate="error_difference", significance=0.10)
    assert failed.outcome == "fail"
    assert "significant at 0.1" in failed.sentence
    assert outcome(found, estimate="error_difference", significance=difference.p_adjusted).outcome == "fail"
    below = outcome(found, estimate="error_difference", significance=difference.p_adjusted * 0.999)
    assert (below.outcome, below.reason) == ("inconclusive", "interval_straddles")


def test_without_a_difference_a_large_p_value_shows_nothing_and_a_margin_can():
    found = made([(5000, 1000)], (50_000, 10_000))
    assert outcome(found, estimate="error_difference", significance=0.1).outcome == "inconclusive"
    assert outcome(found, estimate="error_difference", margin=0.05, significance=0.1).outcome == "pass"


def test_a_slice_that_is_better_on_the_second_half_is_no_finding():
    found = made([(2000, 100)], (20_000, 4000))
    for criterion in ({"significance": 0.1}, {"margin": 0.05, "significance": 0.1}, {"at_most": 0.05}):
        assert outcome(found, estimate="error_difference", **criterion).outcome != "fail"
    assert outcome(found, estimate="error_difference", at_most=0.05).outcome == "pass"


def test_the_interval_of_the_relative_drop_decides_on_both_sides():
    found = made([(2000, 700)], (20_000, 4000))
    (drop,) = named(found, "relative_drop")
    assert drop.value == pytest.approx(1 - 0.65 / 0.8)
    for limit, expected in (
        (drop.interval.high + 1e-9, "pass"),
        (drop.interval.high - 1e-3, "inconclusive"),
        (drop.simultaneous.low + 1e-3, "inconclusive"),
        (drop.simultaneous.low - 1e-9, "fail"),
    ):
        assert outcome(found, estimate="relative_drop", at_most=limit).outcome == expected


def test_the_boundary_itself_passes_by_the_point():
    found = made([(400, 100)], (800, 100), decide_on="estimate")
    for operator, expected in (("at_most", "pass"), ("below", "fail")):
        criterion = {operator: 0.25, "decide_on": "estimate"}
        assert outcome(found, estimate="error_difference", **criterion).outcome == expected


def test_a_small_slice_decides_only_wholly_beyond_the_limit_and_is_measured_exactly():
    few = made([(10, 5)], (1000, 100))
    assert named(few, "error_difference")[0].interval.method == "Clopper-Pearson"
    concluded = outcome(few, estimate="relative_drop", at_most=0.2)
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "sample_too_small")
    assert outcome(made([(20, 20)], (1000, 100)), estimate="relative_drop", at_most=0.2).outcome == "fail"


@pytest.mark.parametrize(
    ("found", "why", "kind"),
    [
        (Slices(Sampled(0, 0, 0, 0), 0, Amount(0, 0.0, 0.0), ()), "no rows", "evidence_missing"),
        (Slices(Sampled(50, 50, 20, 30), 0, Amount(0, 0.0, 0.0), ()), "nobody", "evidence_missing"),
        (Slices(Sampled(50, 50, 0, 0), 0, Amount(25, 3.0, 3.0), ()), "no slice has 50", "sample_too_small"),
        (Slices(Sampled(5000, 5000, 0, 0), 9, Amount(2500, 0.0, 0.0), ()), "in none of 9", "estimate_undefined"),
        (slices([(0, 0)], (500, 100)), "0 people in the slice", "sample_too_small"),
    ],
)
def test_what_cannot_be_found_is_undefined_with_a_reason_and_passes_nothing(found, why, kind):
    measured = measure(weakest_slice, VIEW, found)
    for name in ("error_difference", "relative_drop"):
        (estimate,) = named(measured, name)
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined
        concluded = outcome(measured, estimate=name, at_most=0.9)
        assert (concluded.outcome, concluded.reason) == ("inconclusive", kind)


def test_everybody_wrong_has_no_relative_drop():
    found = made([(100, 100)], (500, 500))
    assert "the accuracy is 0" in named(found, "relative_drop")[0].undefined
    assert named(found, "error_difference")[0].p_value == 1.0


def test_people_without_label_or_decision_are_told_and_stop_the_verdict():
    found = made([(500, 100)], (5000, 1000), unknown=(1000, 500))
    assert (found.unlabelled, found.undecided) == (1000 / 11_500, 500 / 11_500)
    concluded = outcome(found, estimate="relative_drop", at_most=0.9)
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "evidence_missing")


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.3, 0.9])), min_size=4, max_size=60))
def test_squared_errors_of_probabilities_are_compared_by_welch(people):
    mine, error = (np.array(column) for column in zip(*people, strict=True))
    inside, everybody = (Amount(len(e), e.sum(), (e * e).sum()) for e in (error[mine], error))
    found = made([inside], everybody, view=SCORED)
    (difference,), (drop,) = named(found, "error_difference"), named(found, "relative_drop")
    assert "no accuracy" in drop.undefined
    if min(mine.sum(), (~mine).sum()) < 2:
        assert difference.value is None
        return
    assert difference.value == pytest.approx(error[mine].mean() - error[~mine].mean(), abs=1e-12)
    if np.ptp(error[mine]) or np.ptp(error[~mine]):
        expected = ttest_ind(error[mine], error[~mine], equal_var=False, alternative="greater").pvalue
        assert difference.p_value == pytest.approx(expected, abs=1e-6)


def test_what_it_needs():
    asked = SlicesRequest("test", ("age", "region"), "errors", 5, 50_000, 50, 10)
    assert needs(weakest_slice, VIEW).requests == (asked,)
    assert needs(weakest_slice, SCORED).requests[0].of == "squares"
    assert needs(weakest_slice, people_manifest()).missing == ("features",)
    assert needs(weakest_slice, VIEW, features=("nothing",)).missing == ("features: nothing",)
    counted = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(update={"count": "n"})})
    assert "columns.count" in needs(weakest_slice, counted).missing[0]
    many = people_manifest(features=[{"name": f"x{i}"} for i in range(101)])
    assert needs(weakest_slice, many).missing == ("at most 100 inputs (name them with `features`)",)


def population(n, seed, *, planted):
    """Errors of 0.2, and of `planted` in the tenth of the people that are in the north."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"age": random.normal(40, 10, n), "income": random.lognormal(10, 1, n)})
    table["region"] = random.choice(["n", "s", "e", "w"], n, p=[0.1, 0.3, 0.3, 0.3])
    table["y"] = random.integers(0, 2, n)
    wrong = random.random(n) < np.where(table.region == "n", planted, 0.2)
    table["d"] = np.where(wrong, 1 - table.y, table.y)
    return table


COLUMNS = {"label": {"column": "y", "favourable": 1}, "decision": {"column": "d", "favourable": 1}}
INPUTS = [{"name": "age"}, {"name": "income"}, {"name": "region", "dtype": "category"}]


def audited(folder, tables):
    """Of each of these populations the adjusted p-values of its slices by name, weakest first."""
    together = pd.concat([table.assign(part=part) for part, table in enumerate(tables)])
    view = people_manifest(features=INPUTS)
    asked = [needs(weakest_slice, view, where=Test(field="part", equals=part)) for part in range(len(tables))]
    requests = [each.requests[0] for each in asked]
    subject = with_data(folder, COLUMNS, blocks={"features": INPUTS}, test=together)
    found = engine(requests, subject, seed=1, progress=lambda *told: None)
    measured = [measure(weakest_slice, view, found[request], p={"where": request.where}) for request in requests]
    return [{each.group: each.p_adjusted for each in named(one, "error_difference")} for one in measured]


def test_without_a_weak_slice_one_is_found_in_no_more_than_a_tenth_of_all_audits(tmp_path):
    """It would be in nearly all, were slices tested on the people among whom they were found."""
    found = audited(tmp_path, [population(1500, seed, planted=0.2) for seed in range(50)])
    assert all(found)
    assert sum(any(q <= 0.10 for q in each.values()) for each in found) <= 10
    # 5 are expected at most; more than 10 have a chance under 0.01.


def test_a_planted_slice_is_found_and_tested_significant_nearly_always(tmp_path):
    found = audited(tmp_path, [population(10_000, 1000 + seed, planted=0.4) for seed in range(12)])
    assert sum(next(iter(each)) == "region n" for each in found) >= 11
    assert sum(each.get("region n", 1.0) <= 0.10 for each in found) >= 11


def audit(folder, columns=COLUMNS, **more):
    table = population(10_000, 7, planted=0.45).assign(v=1.5)
    write_csv(folder / "test.csv", table.columns, table.astype(object).to_numpy().tolist())
    asked = control(
        check="performance.weakest_slice",
        criterion={"estimate": "error_difference", "significance": 0.10, "source": "convention"}, **more,
    )  # fmt: skip
    return evaluate(folder, folder / "test.csv", columns, asked, manifest={"features": INPUTS})


def test_a_whole_audit_finds_it_and_a_control_of_it_may_warn(tmp_path):
    finding = finding_of(audit(tmp_path, enforcement="warn"))
    assert finding.outcome == "fail"
    assert finding.sentence.startswith("Error difference of region n against everybody else (slice) is 0.2")
    assert "adjusted for" in finding.sentence


@pytest.mark.parametrize(
    "more", [{}, {"enforcement": "block"}, {"enforcement": {"staging": "warn"}},
             {"enforcement": "warn", "on_inconclusive": "block"}],
)  # fmt: skip
def test_what_a_search_has_found_cannot_close_a_gate(tmp_path, more):
    with pytest.raises(AssayError, match="exploratory and cannot close a gate"):
        audit(tmp_path, **more)


@pytest.mark.parametrize("design", [{"weight": "v"}, {"entity": "age"}])
def test_people_who_do_not_count_alike_are_not_searched(tmp_path, design):
    finding = finding_of(audit(tmp_path, columns={**COLUMNS, **design}, enforcement="warn"))
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
