from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from assay.record.estimate import DesignRate
from assay.stats.comparison import exact_ratio_interval, ratio_interval
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question


def groups(**counts):
    """Groups from `name=(numerator, denominator)`; everybody counts."""
    return [GroupCounts(name, yes, n, n) for name, (yes, n) in counts.items()]


def ask(given, **more):
    options = {"name": "r", "shape": "ratio", "grouping": "g", "confidence": 0.95, "minimum": 30, **more}
    return compare_groups(given, Question(**options))


def pairs(estimates):
    return {(e.group, e.reference) for e in estimates}


def test_every_pair_is_compared_the_lower_rate_over_the_higher():
    found = ask(groups(a=(50, 100), b=(40, 100), c=(20, 100)))
    assert pairs(found) == {("b", "a"), ("c", "a"), ("c", "b")}
    assert {(e.group, e.reference) for e in found if e.headline} == {("b", "a"), ("c", "a")}
    assert {e.value for e in found} == {0.8, 0.4, 0.5}
    assert all(e.comparisons == 3 for e in found)


def test_the_simultaneous_interval_is_the_same_method_at_one_minus_alpha_over_m():
    (found,) = (e for e in ask(groups(a=(50, 100), b=(40, 100), c=(20, 100))) if e.group == "b")
    assert found.interval == ratio_interval((40, 100), (50, 100), 0.95)
    assert found.simultaneous == ratio_interval((40, 100), (50, 100), 1 - (1 - 0.95) / 3)


def test_two_fifths_against_eight_twentyfifths_is_exactly_four_fifths():
    (found,) = ask(groups(a=(2, 5), b=(8, 25)), minimum=1)
    assert found.exact == Fraction(4, 5)
    assert (found.group, found.reference) == ("b", "a")


def test_counts_share_and_n_stand_beside_every_estimate():
    given = [GroupCounts("a", 30, 60, 100), GroupCounts("b", 10, 40, 300)]
    (found,) = ask(given)
    assert (found.numerator, found.denominator, found.n) == (10, 40, 40)
    assert (found.reference_numerator, found.reference_denominator) == (30, 60)
    assert found.share == 300 / 400


def test_a_small_group_is_compared_with_each_large_one_exactly_and_only_as_worse_off():
    found = ask(groups(big=(2500, 5000), other=(2000, 5000), few=(0, 25), tiny=(3, 3)))
    small = [e for e in found if e.worse_only]
    assert pairs(small) == {("few", "big"), ("few", "other"), ("tiny", "big"), ("tiny", "other")}
    assert {(e.group, e.reference) for e in small if e.headline} == {("few", "big"), ("tiny", "big")}
    for estimate in small:
        own = estimate.numerator, estimate.denominator
        other = estimate.reference_numerator, estimate.reference_denominator
        assert estimate.interval == exact_ratio_interval(own, other, 0.95)
        assert estimate.simultaneous == exact_ratio_interval(own, other, 1 - (1 - 0.95) / 6)


@pytest.mark.parametrize(("better", "marks"), [("high", (True, False)), ("low", (True, True)), (None, (False, False))])
def test_worse_off_is_on_the_side_that_the_rate_has_it_and_on_neither_where_nobody_can_say(better, marks):
    found = ask(groups(big=(2500, 5000), other=(2000, 5000), few=(0, 25)), better=better)
    assert {(e.worse_only, e.high_is_worse) for e in found if e.group == "few"} == {marks}
    assert {(e.worse_only, e.high_is_worse) for e in found if e.group != "few"} == {(False, False)}


# Taiwan's EDUCATION code 0: 14 people, all favourable, would make every other group look worse.
def test_a_small_group_with_the_highest_rate_is_not_the_reference():
    found = ask(groups(code_0=(14, 14), university=(700, 1000), school=(690, 1000)))
    assert {e.reference for e in found} == {"university", "school"}


def test_when_the_law_defines_a_point_every_group_may_be_the_reference_whatever_its_size():
    found = ask(groups(a=(12, 16), b=(40, 100), c=(30, 100)), decide_on="estimate")
    assert pairs(found) == {("b", "a"), ("c", "a")}
    assert all(e.headline and not e.worse_only and e.interval.method == "Clopper-Pearson" for e in found)
    assert {e.comparisons for e in found} == {3}


def test_without_any_group_at_the_minimum_every_group_is_undefined():
    found = ask(groups(a=(5, 10), b=(3, 10)))
    assert {e.group for e in found} == {"a", "b"}
    assert {(e.value, e.undefined_as) for e in found} == {(None, "sample_too_small")}


def test_a_group_in_which_nobody_counts_is_undefined_and_not_among_the_comparisons():
    found = ask(groups(a=(50, 100), b=(40, 100), none=(0, 0)))
    assert [(e.group, e.undefined_as) for e in found if e.value is None] == [("none", "sample_too_small")]
    assert {e.comparisons for e in found if e.value is not None} == {1}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (groups(a=(5, 100)), "only one group (a)"),
        ([], "no row has a known group"),
        (groups(a=(0, 100), b=(0, 200)), "the rate of b is 0"),
        (groups(a=(0, 100), b=(0, 200), few=(5, 10)), "the rate of b is 0"),
    ],
)
def test_what_cannot_be_compared_is_undefined_with_a_sentence_and_keeps_its_counts(given, why):
    whole, *rest = ask(given)
    assert (whole.group, whole.value, whole.undefined_as) == (None, None, "estimate_undefined")
    assert whole.undefined.startswith(f"g: {why}")
    assert {(e.group, e.numerator, e.denominator) for e in rest} == {
        (g.name, g.numerator, g.denominator) for g in given
    }
    assert all(e.value is None and e.undefined.startswith(why) for e in rest)


def test_a_group_left_out_keeps_its_counts_and_its_justification_where_nothing_is_compared():
    aside = {"c": "under 2 %"}
    for others in ({"a": (5, 100)}, {"a": (0, 100), "b": (0, 100)}, {}):
        found = ask(groups(**others, c=(2, 3)), excluded=aside)
        (left_out,) = (e for e in found if e.excluded)
        assert (left_out.group, left_out.value, left_out.excluded) == ("c", None, "under 2 %")
        assert (left_out.numerator, left_out.denominator, left_out.n) == (2, 3, 3)
        assert found[0].group is None


def test_a_difference_is_defined_where_nobody_is_favourable():
    (found,) = ask(groups(a=(0, 100), b=(0, 200)), shape="difference")
    assert found.value == 0.0
    assert found.interval.low < 0 < found.interval.high


def test_two_groups_at_zero_have_no_ratio_of_their_own_but_both_stand_against_the_highest():
    found = ask(groups(a=(50, 100), b=(0, 100), c=(0, 100)))
    assert pairs(found) == {("b", "a"), ("c", "a")}
    assert all(e.value == 0.0 and e.interval.high > 0 for e in found)


def test_a_fixed_reference_is_compared_with_every_other_group():
    given = groups(a=(10, 100), b=(50, 100), c=(20, 400))
    assert pairs(ask(given, reference="a")) == {("b", "a"), ("c", "a")}
    assert pairs(ask(given, reference="largest")) == {("a", "c"), ("b", "c")}
    assert {e.comparisons for e in ask(given, reference="a")} == {2}
    assert {e.value for e in ask(given, reference="a")} == {5.0, 0.5}


@pytest.mark.parametrize(
    ("reference", "kind"), [("absent", "evidence_missing"), ("few", "sample_too_small"), ("none", "estimate_undefined")]
)
def test_a_reference_that_cannot_serve_makes_the_grouping_undefined(reference, kind):
    found = ask(groups(a=(50, 100), few=(5, 10), none=(0, 100)), reference=reference)
    assert {(e.value, e.undefined_as) for e in found} == {(None, kind)}
    assert found[0].group is None


def test_an_excluded_group_is_estimated_but_neither_counted_nor_the_reference():
    given = groups(a=(50, 100), b=(40, 100), c=(99, 100))
    found = ask(given, excluded={"c": "under 2 %"})
    (aside,) = (e for e in found if e.excluded)
    assert (aside.group, aside.reference, aside.excluded) == ("c", "a", "under 2 %")
    assert {e.comparisons for e in found} == {1}
    assert {e.reference for e in found} == {"a"}


def test_equal_rates_take_the_larger_group_then_the_name_as_reference():
    assert {e.reference for e in ask(groups(a=(50, 100), b=(100, 200))) if e.headline} == {"b"}
    assert {e.reference for e in ask(groups(b=(50, 100), a=(50, 100))) if e.headline} == {"a"}


counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.dictionaries(st.sampled_from("abcdef"), counts, max_size=6)
questions = st.fixed_dictionaries({
    "shape": st.sampled_from(["ratio", "difference"]),
    "reference": st.sampled_from(["highest", "largest", "a"]),
    "decide_on": st.sampled_from(["interval", "estimate"]),
    "minimum": st.integers(1, 100),
})  # fmt: skip


@given(tables, questions, st.randoms())
def test_the_order_of_the_groups_changes_nothing(table, question, random):
    given_ = groups(**table)
    shuffled = random.sample(given_, len(given_))
    assert ask(given_, **question) == ask(shuffled, **question)


@given(tables, questions)
def test_there_is_always_an_answer_and_never_a_number_without_counts_and_intervals(table, question):
    found = ask(groups(**table), **question)
    assert found
    for estimate in found:
        if estimate.value is None:
            assert estimate.undefined
        else:
            assert float(estimate.exact) == pytest.approx(estimate.value, abs=1e-15)
            assert estimate.interval is not None
            assert estimate.simultaneous.low <= estimate.interval.low
    assert len({e.id for e in found}) == len(found)


@given(tables, questions)
def test_relabelling_the_groups_changes_only_the_labels(table, question):
    assume(question["reference"] != "a")
    renamed = {f"group {chr(ord('z') - ord(name))}": rate for name, rate in table.items()}
    one, other = (
        sorted(e.value for e in ask(groups(**t), **question) if e.value is not None) for t in (table, renamed)
    )
    assert one == other


@given(tables.filter(lambda t: any(n for _, n in t.values())), st.sampled_from(["ratio", "difference"]))
def test_duplicating_the_data_changes_only_the_intervals(table, shape):
    twice = {name: (2 * yes, 2 * n) for name, (yes, n) in table.items()}
    one, other = ask(groups(**table), shape=shape, minimum=1), ask(groups(**twice), shape=shape, minimum=1)
    assert [(e.id, e.value) for e in one] == [(e.id, e.value) for e in other]
    for narrow, wide in zip(other, one, strict=True):
        if narrow.value is not None:
            assert narrow.interval.low >= wide.interval.low - 1e-12


@given(tables)
def test_under_highest_the_least_headline_ratio_is_the_least_of_all_pairs(table):
    found = [e for e in ask(groups(**table), minimum=1) if e.value is not None]
    if found:
        assert min(e.value for e in found) == min(e.value for e in found if e.headline)


def test_the_exact_limits_of_a_small_group_take_students_quantile_at_their_own_level():
    given = [
        GroupCounts(name, k, 24, 24, DesignRate(rate=k / 24, people=24, effective=9.0, groups=12))
        for name, k in (("a", 18), ("b", 6))
    ]
    (found,) = ask(given, shape="difference", decide_on="estimate")
    tail, limits = 0.0125, []  # of the limits of each rate at 97.5 %
    n = 9.0 * (stats.norm.ppf(tail) / stats.t.ppf(tail, 11)) ** 2
    for rate in (0.25, 0.75):
        limits.append(
            (stats.beta.ppf(tail, rate * n, n - rate * n + 1), stats.beta.isf(tail, rate * n + 1, n - rate * n))
        )
    (low, high), (other_low, other_high) = limits
    assert (found.group, found.interval.method) == ("b", "Clopper-Pearson")
    assert (found.interval.low, found.interval.high) == pytest.approx((low - other_high, high - other_low), abs=1e-9)
    assert found.simultaneous == found.interval


def test_so_many_groups_that_nobody_reads_their_pairs_need_a_reference():
    groups = [GroupCounts(f"g{at}", 50, 100, 100) for at in range(201)]
    (each,) = compare_groups(groups, Question("impact_ratio", "ratio", "g", 0.95, 30))
    assert (each.value, each.undefined_as) == (None, "estimate_undefined")
    assert "201 groups are too many to compare each with each" in each.undefined
    fixed = Question("impact_ratio", "ratio", "g", 0.95, 30, reference="largest")
    assert len([one for one in compare_groups(groups, fixed) if one.value == 1]) == 200
    assert len(compare_groups(groups[:200], Question("impact_ratio", "ratio", "g", 0.95, 30))) == 200 * 199 // 2
