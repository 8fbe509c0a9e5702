"""p-values of differences, and how they are judged."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportions_ztest

from assay.checks.fairness.significance import Parameters, significance
from assay.evidence.cells import Cells
from assay.evidence.view import SubjectView
from assay.record.policy import Criterion, SmallGroups
from assay.stats.significance import fisher, is_affordable
from assay.verdict.rollup import conclude
from auditing import DECIDED, control, evaluate, finding_of, people, write_csv
from builders import by_group, cells, decided, measure, needs, people_manifest, repeated, weighed, with_entity

SEX = people_manifest("sex")
CLIENTS = with_entity(SEX)
KEYS = ("decision", "group:sex")


def significance_of(rows, **options):
    return measure(significance, SEX, cells(KEYS, rows), **options)


def outcome(measured, **asked):
    criteria = (Criterion(source="convention", **asked),)
    found = conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)
    return found.outcome, found.reason


def test_many_people_are_tested_by_z():
    found = by_group(significance_of(decided(male=(60, 100), female=(40, 100))))["female"]
    assert found.value == pytest.approx(-0.2)
    assert found.p_value == pytest.approx(proportions_ztest([40, 60], [100, 100])[1], rel=1e-9)
    assert found.p_adjusted == found.p_value
    assert "z test" in found.method


def test_ten_favourable_people_are_tested_by_z_and_nine_exactly():
    usual = by_group(significance_of(decided(male=(20, 40), female=(10, 40))))["female"]
    assert "z test" in usual.method
    exact = by_group(significance_of(decided(male=(20, 40), female=(9, 40))))["female"]
    assert "Fisher" in exact.method
    assert exact.p_value == pytest.approx(fisher_exact([[9, 31], [20, 20]]).pvalue, rel=1e-12)


@pytest.mark.parametrize("test", ["auto", "z", "fisher"])
def test_a_group_under_the_minimum_is_tested_exactly_whatever_is_asked(test):
    rows = decided(male=(500, 1000), female=(3, 29))
    found = by_group(significance_of(rows, p={"test": test}), headline=False)["female"]
    assert "Fisher" in found.method
    assert found.worse_only


def test_the_named_test_is_taken():
    rows = decided(male=(60, 100), female=(40, 100))
    methods = {
        test: by_group(significance_of(rows, p={"test": test}))["female"] for test in ("z", "fisher", "boschloo")
    }
    assert "z test" in methods["z"].method
    assert "Fisher" in methods["fisher"].method
    assert "Boschloo" in methods["boschloo"].method
    assert len({found.p_value for found in methods.values()}) == 3
    many = by_group(significance_of(decided(male=(600, 1000), female=(40, 100)), p={"test": "boschloo"}))["female"]
    assert "Fisher" in many.method


def test_boschloos_test_of_many_pairs_ends_and_says_what_was_made_instead():
    rows = {f"g{place:02d}": (20 + place, 250) for place in range(6)}
    begun = time.perf_counter()
    found = by_group(significance_of(decided(**rows), p={"test": "boschloo"}), headline=False).values()
    assert time.perf_counter() - begun < 10
    assert all("; Fisher's exact test, since Boschloo's takes too long, Holm" in one.method for one in found)
    assert all(one.p_value == fisher(*counts_of(one)) for one in found)


def counts_of(e):
    return (e.numerator, e.denominator), (e.reference_numerator, e.reference_denominator)


def test_two_pairs_of_a_thousand_are_tested_as_asked_and_one_more_person_is_too_many():
    pair = ((1, 500), (2, 500))
    assert is_affordable([pair] * 2)
    assert not is_affordable([pair] * 2 + [((1, 1), (1, 1))])
    assert is_affordable([((1, 10), (1, 10))] * 200)
    assert not is_affordable([((1, 10), (1, 10))] * 201)
    assert is_affordable([pair, pair, ((1, 500), (1, 501))])  # of which Fisher's is made


def test_a_blank_class_is_refused():
    with pytest.raises(ValidationError, match="a class cannot be blank"):
        Parameters(classes=("yes", " "))


def test_holm_counts_every_comparison_of_the_grouping():
    rows = decided(a=(50, 100), b=(40, 100), c=(30, 100))
    estimates = sorted(significance_of(rows).estimates, key=lambda e: e.p_value)
    assert {e.comparisons for e in estimates} == {3}
    first, second, third = (e.p_value for e in estimates)
    assert [e.p_adjusted for e in estimates] == pytest.approx([3 * first, 2 * second, max(2 * second, third)])


def test_the_level_itself_is_significant_and_just_above_it_is_not():
    measured = significance_of(decided(male=(60, 100), female=(40, 100)))
    p = measured.estimates[0].p_adjusted
    assert outcome(measured, significance=p) == ("fail", None)
    assert outcome(measured, significance=p * 0.999999) == ("inconclusive", "interval_straddles")


def test_a_tiny_gap_among_millions_passes_within_a_margin_and_a_large_one_among_forty_does_not_fail():
    counted = [("favourable", "f"), ("favourable", "m"), ("unfavourable", "f"), ("unfavourable", "m")]
    many = Cells(KEYS, tuple(counted), (2_510_000, 2_500_000, 2_490_000, 2_500_000))
    huge = measure(significance, SEX, many)
    assert huge.estimates[0].p_value < 1e-9
    assert outcome(huge, significance=0.05, margin=0.05) == ("pass", None)
    assert outcome(huge, significance=0.05) == ("fail", None)
    few = significance_of(decided(m=(24, 40), f=(18, 40)))
    assert outcome(few, significance=0.05, margin=0.05) == ("inconclusive", "interval_straddles")


def test_a_large_p_value_never_passes():
    measured = significance_of(decided(male=(50, 100), female=(50, 100)))
    assert measured.estimates[0].p_value == 1.0
    assert outcome(measured, significance=0.05) == ("inconclusive", "interval_straddles")


def test_people_of_whom_all_have_the_same_outcome_show_no_difference():
    for favourable in (0, 100):
        found = by_group(significance_of(decided(male=(favourable, 100), female=(favourable, 100))))
        assert [e.p_value for e in found.values()] == [1.0]


def test_one_group_or_none_is_undefined():
    assert outcome(significance_of(decided(male=(50, 100))), significance=0.05) == (
        "inconclusive",
        "estimate_undefined",
    )
    assert outcome(significance_of([]), significance=0.05) == ("inconclusive", "estimate_undefined")
    small = significance_of(decided(male=(5, 10), female=(5, 10)))
    assert outcome(small, significance=0.05) == ("inconclusive", "sample_too_small")


def test_weights_leave_fewer_people_to_the_z_test_than_there_are():
    given = cells(KEYS, decided(male=(120, 200), female=(80, 200)))
    rows = [
        (levels, n * share, w) for levels, n in zip(given.rows, given.counts, strict=True)
        for share, w in ((0.5, 1.0), (0.5, 3.0))
    ]  # fmt: skip
    heavy = Cells(
        KEYS, given.rows, given.counts,
        tuple(sum(n * w for at, n, w in rows if at == levels) for levels in given.rows),
        tuple(sum(n * w * w for at, n, w in rows if at == levels) for levels in given.rows),
    )  # fmt: skip
    found = by_group(measure(significance, SEX, heavy))["female"]
    assert found.value == pytest.approx(-0.2)
    assert found.design.effective == pytest.approx(200 * 0.8)  # Kish: (1 + 3)² / (2·(1 + 9))
    assert found.p_value == pytest.approx(proportions_ztest([64, 96], [160, 160])[1], rel=1e-9)
    assert "z test at effective numbers, Holm" in found.method


@pytest.mark.parametrize("test", ["auto", "z", "fisher", "boschloo"])
@given(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(sum),
    st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(sum),
    st.floats(1e-3, 1e3),
)
@settings(max_examples=15, deadline=None)
def test_weights_that_are_all_alike_leave_every_test_as_it_is(test, a, b, weight):
    given = cells(KEYS, decided(a=(a[0], sum(a)), b=(b[0], sum(b))))
    plain = measure(significance, SEX, given, p={"test": test}).estimates
    alike = measure(significance, SEX, weighed(given, weight), p={"test": test}).estimates
    assert [e.id for e in alike] == [e.id for e in plain]
    for one, other in zip(plain, alike, strict=True):
        assert (one.p_value is None) == (other.p_value is None)
        if one.p_value is not None:
            assert other.p_value == pytest.approx(one.p_value, rel=1e-9)
            assert other.p_adjusted == pytest.approx(one.p_adjusted, rel=1e-9)


def test_few_people_with_weights_have_no_test_and_the_reason_is_told():
    given = cells(KEYS, decided(male=(600, 1000), female=(9, 300)))
    unlike = weighed(given, lambda levels: 2.0 if levels == ("favourable", "female") else 1.0)
    measured = measure(significance, SEX, unlike)
    found = by_group(measured)["female"]
    assert (found.p_value, found.p_adjusted) == (None, None)
    assert found.interval is not None
    assert outcome(measured, significance=0.05) == ("inconclusive", "sample_too_small")
    assert outcome(measured, significance=0.05, margin=0.7) == ("pass", None)  # the interval is there all the same
    assert "no test is made, since people or entities are few" in measured.notes[0]


def test_rows_of_the_same_entities_are_not_more_people():
    given = cells(KEYS, decided(male=(60, 100), female=(42, 100)))
    plain = by_group(measure(significance, SEX, given))["female"]
    once = by_group(measure(significance, CLIENTS, repeated(given)))["female"]
    tenfold = by_group(measure(significance, CLIENTS, repeated(given, times=10)))["female"]
    assert plain.p_value < 0.05
    assert once.p_value == pytest.approx(plain.p_value, rel=0.15)
    assert tenfold.p_value == pytest.approx(once.p_value, rel=0.05)
    assert tenfold.p_value >= plain.p_value
    assert "t test at effective numbers, Holm" in tenfold.method
    naive = by_group(measure(significance, SEX, cells(KEYS, decided(male=(600, 1000), female=(420, 1000)))))["female"]
    assert naive.p_value < 1e-10


def test_entities_in_fewer_than_ten_random_groups_are_not_tested():
    few = repeated(cells(KEYS, decided(male=(60, 100), female=(42, 100))), times=10, groups=9)
    measured = measure(significance, CLIENTS, few)
    assert by_group(measured)["female"].p_value is None
    assert outcome(measured, significance=0.05) == ("inconclusive", "sample_too_small")


def test_a_whole_audit_with_weights_agrees_with_a_second_library(tmp_path):
    rows = [("f", "yes", 1, 80), ("f", "no", 2, 120), ("m", "yes", 2, 120), ("m", "no", 1, 80)]
    data = write_csv(tmp_path / "d.csv", *people(*rows, header=("group", "decision", "w")))
    asked = control(check="fairness.significance", criterion={"significance": 0.05, "source": "convention"})
    result = evaluate(tmp_path, data, {**DECIDED, "weight": "w"}, asked)
    assert finding_of(result).outcome == "fail"
    assert result.audit.second_computation.agrees


def test_a_whole_audit_fails_by_its_p_value_and_the_sentence_says_so(tmp_path):
    data = write_csv(tmp_path / "d.csv", *people(("f", "yes", 40), ("f", "no", 60), ("m", "yes", 60), ("m", "no", 40)))
    asked = control(check="fairness.significance", criterion={"significance": 0.05, "source": "convention"})
    result = evaluate(tmp_path, data, DECIDED, asked)
    finding = finding_of(result)
    assert finding.outcome == "fail"
    assert "p = 0.00468: significant at 0.05" in finding.sentence
    assert finding.measured.exhibits[-1].name == "tests[group]"
    assert result.audit.second_computation.agrees


counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(lambda c: sum(c) > 0)


@given(counts, counts, counts, st.randoms())
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_people_nor_the_names_of_groups_matter(a, b, c, random):
    def rows(*names):
        told = {name: (k, k + other) for name, (k, other) in zip(names, (a, b, c), strict=True)}
        return decided(**told)

    given = rows("a", "b", "c")
    one = significance_of(given).estimates
    assert one == significance_of(random.sample(given, len(given))).estimates
    renamed = significance_of(rows("x", "y", "z"), minimum=1).estimates
    assert sorted(e.p_value or 0 for e in renamed) == pytest.approx(
        sorted(e.p_value or 0 for e in significance_of(given, minimum=1).estimates), rel=1e-9
    )


def test_what_the_manifest_lacks_is_named():
    assert needs(significance, people_manifest(), groups=("sex",)).missing == ("columns.groups.sex",)
    assert SubjectView(SEX).groupings("declared") == ("sex",)
