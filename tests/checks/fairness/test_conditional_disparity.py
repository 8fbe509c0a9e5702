"""Within strata, with the aggregate beside them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.conditional_disparity import conditional_disparity
from assay.errors import PolicyError
from assay.record.policy import Criterion, SmallGroups
from assay.stats.strata import Strata, Stratum
from assay.verdict.rollup import conclude
from auditing import control, evaluate, write_csv
from builders import cells, measure, needs, people_manifest, repeated, weighed, with_entity

KEYS = ("decision", "group:job", "group:sex")
COLUMNS = {
    "decision": {"column": "d", "favourable": 1},
    "groups": {"sex": {"column": "sex"}},
    "strata": {"job": {"column": "job"}},
}
SEX = people_manifest(columns=COLUMNS)
CLIENTS = with_entity(SEX)


def people(**jobs):
    """Rows from `job={sex: (favourable, all)}`."""
    return [
        ("favourable" if i < yes else "unfavourable", job, sex)
        for job, groups in jobs.items()
        for sex, (yes, n) in groups.items()
        for i in range(n)
    ]


def within(rows, **options):
    return measure(conditional_disparity, SEX, cells(KEYS, rows), **options)


def named(measured, name="conditional_odds_ratio", *, headline=True):
    return {e.group: e for e in measured.estimates if e.name == name and (e.headline or not headline)}


def outcome(measured, **asked):
    criteria = (Criterion(source="house", **asked),)
    found = conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)
    return found.outcome, found.reason


SIMPSON = people(easy={"m": (800, 1000), "f": (80, 100)}, hard={"m": (20, 100), "f": (200, 1000)})
"""The same rates in both jobs, while far fewer women are favoured in all."""


def test_the_aggregate_stands_beside_the_strata_and_neither_hides_the_other():
    measured = within(SIMPSON)
    assert named(measured)["f"].value == pytest.approx(1.0)
    assert named(measured, "conditional_ratio")["f"].value == pytest.approx(1.0)
    assert named(measured, "aggregate_ratio")["f"].value == pytest.approx(280 / 820)
    assert named(measured, "aggregate_odds_ratio")["f"].value == pytest.approx(280 * 280 / (820 * 820))
    (table,) = measured.exhibits
    assert [row[0] for row in table.rows] == ["stratum easy", "stratum hard", "aggregate", "within strata"]
    assert outcome(measured, at_least=0.6) == ("pass", None)
    assert outcome(measured, at_least=0.6, estimate="aggregate_odds_ratio") == ("fail", None)
    assert outcome(measured, at_least=0.6, estimate="aggregate_ratio") == ("fail", None)


def test_a_gap_within_the_strata_that_the_aggregate_hides_is_found():
    rows = people(easy={"m": (270, 300), "f": (630, 900)}, hard={"m": (330, 900), "f": (50, 300)})
    measured = within(rows)
    assert outcome(measured, at_least=0.8) == ("fail", None)
    low = named(measured, "aggregate_ratio")
    assert max(e.value for e in low.values()) > 0.85


def test_the_threshold_is_met_on_it_and_missed_beside_it():
    measured = within(SIMPSON)
    low = named(measured)["f"].interval.low
    assert outcome(measured, at_least=low) == ("pass", None)
    assert outcome(measured, at_least=low * 1.001) == ("inconclusive", "interval_straddles")


def test_every_estimate_has_its_p_value_of_cochran_mantel_and_haenszel():
    measured = within(SIMPSON)
    strata = Strata((Stratum(80, 20, 800, 200), Stratum(200, 800, 20, 80)))
    assert named(measured)["f"].p_value == strata.p_value == 1.0
    assert outcome(measured, significance=0.05) == ("inconclusive", "interval_straddles")
    assert outcome(measured, significance=0.05, estimate="aggregate_ratio") == ("fail", None)
    assert outcome(measured, significance=0.05, margin=0.5) == ("pass", None)


def test_strata_that_add_nothing_are_told():
    rows = SIMPSON + people(lone={"m": (3, 9)}, all_in={"m": (4, 4), "f": (5, 5)})
    measured = within(rows)
    assert named(measured)["f"].value == pytest.approx(1.0)
    (note,) = [note for note in measured.notes if "add nothing" in note]
    assert "2 of 4 strata add nothing to the odds ratio" in note
    assert "all_in, lone; 18 people" in note


def test_unlike_strata_are_told_by_their_homogeneity():
    rows = people(a={"m": (80, 100), "f": (20, 100)}, b={"m": (20, 100), "f": (80, 100)})
    note = next(note for note in within(rows).notes if "Breslow-Day" in note)
    assert "1 degrees of freedom" in note
    assert "p = 6" in note or "e-" in note


def test_few_people_where_it_matters_are_too_few_and_never_tested_by_an_approximation():
    rows = people(a={"m": (50, 100), "f": (5, 10)}, lone={"f": (50, 100)})
    measured = within(rows)
    (estimate,) = named(measured).values()
    assert (estimate.n, estimate.simultaneous, estimate.p_value) == (10, None, None)
    assert outcome(measured, at_least=0.5) == ("inconclusive", "sample_too_small")
    assert outcome(measured, significance=0.05) == ("inconclusive", "sample_too_small")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (people(a={"m": (50, 100)}, b={"f": (50, 100)}), "no stratum holds both groups"),
        (people(a={"m": (50, 100)}), "fewer than two groups are known"),
        ([("favourable", None, "m"), ("favourable", None, "f")] * 50, "fewer than two groups are known"),
        ([(None, "a", "m")] * 50 + people(a={"f": (50, 100)}), "fewer than two groups have decisions"),
        ([], "fewer than two groups are known"),
    ],
)
def test_what_has_no_ratio_is_undefined_and_says_why(rows, why):
    measured = within(rows)
    assert all(why in e.undefined for e in named(measured).values())
    assert outcome(measured, at_least=0.8)[0] == "inconclusive"


NOBODY = people(a={"m": (100, 250), "f": (0, 250)}, b={"m": (150, 250), "f": (0, 250)})
EVERYBODY = people(a={"m": (100, 250), "f": (250, 250)}, b={"m": (150, 250), "f": (250, 250)})
ESTIMATES = ("conditional_odds_ratio", "conditional_ratio", "aggregate_odds_ratio", "aggregate_ratio")


def test_a_group_of_which_nobody_is_favourable_fails():
    measured = within(NOBODY)
    for name in ESTIMATES:
        assert named(measured, name)["f"].value == 0.0
        assert outcome(measured, at_least=0.8, estimate=name) == ("fail", None)
    few = within(people(a={"m": (3, 100), "f": (0, 100)}))
    assert outcome(few, at_least=0.8)[0] == "inconclusive"


def test_a_group_of_which_everybody_is_favourable_fails_on_the_other_side():
    measured = within(EVERYBODY, p={"reference": "m"})
    found = named(measured)["f"]
    assert (found.interval.low > 50, found.interval.high) == (True, None)
    assert found.value > found.interval.low
    assert "without bound: median unbiased estimate" in found.method
    for name in ESTIMATES:
        assert outcome(measured, at_least=0.8, estimate=name) == ("fail", None)
    turned = named(within(EVERYBODY))["m"]
    assert (turned.value, turned.interval.low) == (0.0, 0.0)
    assert turned.interval.high < 0.8
    (table,) = measured.exhibits
    assert {row[3] for row in table.rows} == {None}


def test_weights_leave_a_limit_where_they_leave_people_and_entities_leave_none():
    given = cells(KEYS, NOBODY)
    heavy = measure(conditional_disparity, SEX, weighed(given, lambda levels: 1.0 if levels[1] == "a" else 5.0))
    assert outcome(heavy, at_least=0.8) == ("fail", None)
    by_entity = measure(conditional_disparity, CLIENTS, repeated(given))
    assert named(by_entity)["f"].interval is None
    assert outcome(by_entity, at_least=0.8) == ("inconclusive", "estimate_unstable")
    assert outcome(by_entity, at_least=0.8, estimate="aggregate_ratio") == ("fail", None)


def test_a_stratum_where_all_are_favourable_is_in_the_ratio_of_rates():
    measured = within(people(all_in={"m": (1000, 1000), "f": (1000, 1000)}, b={"m": (10, 50), "f": (5, 50)}))
    assert named(measured, "conditional_ratio")["f"].value == pytest.approx(502.5 / 505)
    assert outcome(measured, at_least=0.9, estimate="conditional_ratio") == ("pass", None)
    weights = weighed(cells(KEYS, people(
        all_in={"m": (1000, 1000), "f": (1000, 1000)}, b={"m": (10, 50), "f": (5, 50)}
    )), 2.0)  # fmt: skip
    alike = measure(conditional_disparity, SEX, weights)
    assert named(alike, "conditional_ratio")["f"].value == pytest.approx(502.5 / 505)


def test_an_empty_list_of_strata_is_refused_when_the_policy_is_read(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("d", "sex", "job"), [(1, "f", "a")])
    asked = control(check="fairness.conditional_disparity", **{"with": {"strata": []}})
    with pytest.raises(PolicyError, match=r"policy\.yaml:\d+.*strata"):
        evaluate(tmp_path, data, COLUMNS, asked)


def test_people_without_stratum_are_counted_as_unknown_and_left_out_of_both():
    measured = within(SIMPSON + [("favourable", None, "f")] * 300)
    assert measured.unknown == {"sex": 300 / 2500}
    assert named(measured, "aggregate_ratio")["f"].value == pytest.approx(280 / 820)
    assert outcome(measured, at_least=0.6) == ("inconclusive", "evidence_missing")


def test_a_missing_stratum_is_missing_evidence():
    bare = people_manifest("sex")
    assert "columns.strata" in needs(conditional_disparity, bare).missing
    assert needs(conditional_disparity, SEX, strata=("grade",)).missing == ("columns.strata.grade",)
    assert needs(conditional_disparity, SEX, strata=("job",)).missing == ()


def test_several_strata_are_crossed():
    both = people_manifest(columns={**COLUMNS, "strata": {"job": {"column": "job"}, "site": {"column": "site"}}})
    (request,) = needs(conditional_disparity, both).requests
    assert set(request.keys) == {"decision", "group:job", "group:site", "group:sex"}


def test_weights_weigh_the_rates_within_the_strata_and_in_aggregate():
    given = cells(KEYS, SIMPSON)
    unlike = weighed(given, lambda levels: 3.0 if levels == ("favourable", "hard", "f") else 1.0)
    measured = measure(conditional_disparity, SEX, unlike)
    assert named(measured, "aggregate_ratio")["f"].value == pytest.approx((680 / 1500) / (820 / 1100))
    found = named(measured)["f"]
    assert found.value > 1.2  # 600 of 1400 in place of 200 of 1000
    assert found.n < 1100
    (table,) = measured.exhibits
    row = next(row for row in table.rows if row[0] == "stratum hard")
    assert row[4:7] == (200, 1000, pytest.approx(600 / 1400))
    assert not any("Breslow-Day" in note for note in measured.notes)


def test_weights_that_differ_in_small_strata_leave_no_interval_and_say_so():
    jobs = {f"j{place}": {"m": (5, 10), "f": (4, 10)} for place in range(10)}
    given = cells(KEYS, people(**jobs))
    measured = measure(
        conditional_disparity, SEX, weighed(given, lambda levels: 2.0 if levels[0] == "favourable" else 1.0)
    )
    found = named(measured)["f"]
    assert (found.interval, found.p_value) == (None, None)
    assert outcome(measured, at_least=0.1)[0] == "inconclusive"
    assert any("too few to see how weights follow the outcome" in note for note in measured.notes)
    alike = named(measure(conditional_disparity, SEX, weighed(given, 2.0)))["f"]
    assert alike.interval is not None


def test_rows_of_the_same_entities_are_not_more_people():
    rows = people(easy={"m": (80, 100), "f": (65, 100)}, hard={"m": (40, 100), "f": (28, 100)})
    plain, once, tenfold = (
        measure(conditional_disparity, view, one)
        for view, one in (
            (SEX, cells(KEYS, rows)),
            (CLIENTS, repeated(cells(KEYS, rows))),
            (CLIENTS, repeated(cells(KEYS, rows), times=10)),
        )
    )
    for name in ("conditional_odds_ratio", "conditional_ratio", "aggregate_odds_ratio", "aggregate_ratio"):
        own, single, many = (named(one, name)["f"] for one in (plain, once, tenfold))
        assert many.value == pytest.approx(own.value)
        widths = [one.interval.high / one.interval.low for one in (own, single, many)]
        assert widths[1] == pytest.approx(widths[0], rel=0.05)
        assert widths[2] >= 0.98 * widths[0]
        assert single.p_value == pytest.approx(own.p_value, rel=0.2)
        assert many.p_value >= 0.9 * own.p_value
    naive = named(within(rows * 10))["f"]
    assert naive.p_value < 1e-6 < named(tenfold)["f"].p_value


def test_entities_in_fewer_than_ten_random_groups_leave_no_interval():
    few = repeated(cells(KEYS, SIMPSON), groups=9)
    measured = measure(conditional_disparity, CLIENTS, few)
    assert (named(measured)["f"].interval, named(measured)["f"].p_value) == (None, None)
    assert outcome(measured, at_least=0.1) == ("inconclusive", "estimate_unstable")


counts = st.tuples(st.integers(0, 20), st.integers(0, 20))
tables = st.dictionaries(
    st.sampled_from("abcd"), st.fixed_dictionaries({"m": counts, "f": counts, "x": counts}), min_size=1
)


def rows_of(jobs, rename=lambda name: name):
    told = {job: {rename(sex): (k, k + other) for sex, (k, other) in groups.items()} for job, groups in jobs.items()}
    return people(**told)


@given(tables, st.randoms())
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_people_nor_the_names_of_strata_matter(jobs, random):
    rows = rows_of(jobs)
    one = within(rows, minimum=1)
    assert one == within(random.sample(rows, len(rows)), minimum=1)
    renamed = within([(decision, job.upper(), sex) for decision, job, sex in rows], minimum=1)
    assert [e.value for e in one.estimates] == [e.value for e in renamed.estimates]


@given(tables, st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_weights_that_are_all_alike_change_nothing(jobs, weight):
    given = cells(KEYS, rows_of(jobs))
    plain, alike = (measure(conditional_disparity, SEX, one, minimum=1) for one in (given, weighed(given, weight)))
    for one, other in zip(plain.estimates, alike.estimates, strict=True):
        assert (other.id, other.n, other.undefined) == (one.id, one.n, one.undefined)
        pairs = [(one.value, other.value), (one.p_value, other.p_value)]
        for own, again in ((one.interval, other.interval), (one.simultaneous, other.simultaneous)):
            assert (own is None) == (again is None)
            pairs += [(own.low, again.low), (own.high, again.high)] if own else []
        for expected, got in pairs:
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-12) if expected is not None else got is None


@given(tables)
@settings(max_examples=40, deadline=None)
def test_each_pair_of_groups_is_compared_once_and_the_ratios_are_those_of_its_strata(jobs):
    measured = within(rows_of(jobs), minimum=1)
    defined = [e for e in measured.estimates if e.name == "conditional_odds_ratio" and e.value is not None]
    for estimate in defined:
        strata = Strata([
            Stratum(*groups[estimate.group], *groups[estimate.reference]) for groups in jobs.values()
        ])  # fmt: skip
        assert estimate.value == strata.odds_ratio.value
    assert len({frozenset((e.group, e.reference)) for e in defined}) == len(defined)
    aggregate = [e for e in measured.estimates if e.name == "aggregate_ratio" and e.value is not None]
    assert all(e.value <= 1 for e in aggregate)


@pytest.mark.parametrize(("groups", "more"), [(100, {}), (30, {"entity": True})], ids=["plain", "entities"])
def test_groups_without_end_are_not_compared_each_with_each(groups, more):
    def measured(n, **p):
        held = cells(KEYS, people(easy={f"g{place:03}": (1, 2) for place in range(n)}))
        held = repeated(held) if more else held
        return measure(conditional_disparity, CLIENTS if more else SEX, held, p=p, minimum=1)

    assert len(named(measured(groups), headline=False)) == groups - 1
    told = f"sex: {groups + 1} groups are too many to compare each with each; name a reference, or `largest`"
    assert {each.undefined for each in measured(groups + 1).estimates} == {told}
    assert len(named(measured(groups + 1, reference="largest"))) == groups
