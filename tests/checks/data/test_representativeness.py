"""Whether groups are as frequent in the data as in the declared population."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from assay.checks.data.representativeness import representativeness
from assay.record.policy import Criterion, SmallGroups
from assay.stats.proportion import clopper_pearson, wilson
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs, people_manifest, weighed, with_entity

RACE = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}
SEX = {"f": 0.51, "m": 0.49}


def view(**populations):
    return people_manifest(columns={
        "groups": {
            name: {"column": name, **({"population": shares, "population_source": "Census 2020"} if shares else {})}
            for name, shares in populations.items()
        }
    })  # fmt: skip


def shares_of(groups, population=RACE, p=None, **options):
    held = cells(("group:g",), [(each,) for each in groups])
    return measure(representativeness, view(g=population), held, p=p, **options)


def people(**counts):
    return [name for name, n in counts.items() for _ in range(n)]


def outcome(measured, **criterion):
    criteria = (Criterion(source="house", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)


def test_the_distance_is_the_share_of_people_who_would_have_to_be_of_another_group():
    first, *rest = shares_of(people(a=600, b=300, c=60, d=40)).estimates
    assert (first.name, first.value) == ("total_variation_distance", 0.1)
    assert {each.group: each.value for each in rest} == {"a": 0.1, "b": 0.0, "c": -0.09, "d": -0.01}
    assert all((each.comparisons, each.n) == (4, 1000) for each in rest)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=300))
def test_the_distance_is_that_of_the_definition(groups):
    first, *rest = shares_of(groups).estimates
    counts, n = Counter(groups), len(groups)
    by_hand = sum(abs(Fraction(counts[g], n) - Fraction(str(share))) for g, share in RACE.items()) / 2
    assert first.value == float(by_hand)
    assert first.interval.low <= first.value <= first.interval.high
    for each in rest:
        assert each.value == float(Fraction(counts[each.group], n) - Fraction(str(RACE[each.group])))
        assert each.interval.low <= each.value <= each.interval.high
        assert each.simultaneous.low <= each.interval.low


def test_intervals_of_shares_are_wilsons_and_of_few_people_exact():
    found = {each.group: each for each in shares_of(people(a=600, b=300, c=80, d=20)).estimates if each.group}
    low, high = wilson(300, 1000, 0.95)
    assert (found["b"].interval.low, found["b"].interval.high) == (low - 0.3, high - 0.3)
    low, high = clopper_pearson(20, 1000, 0.95)
    assert (found["d"].interval.low, found["d"].interval.high) == (low - 0.05, high - 0.05)


def test_the_interval_of_the_distance_is_as_wide_as_a_sample_can_be_away():
    first = shares_of(people(a=600, b=300, c=60, d=40)).estimates[0]
    half = 0.5 * np.sqrt(chi2.ppf(0.95, 3) / 1000)
    assert (first.interval.low, first.interval.high) == pytest.approx((0.1 - half, 0.1 + half), abs=1e-12)


def test_for_two_groups_it_is_that_of_the_share():
    first = shares_of(people(f=580, m=420), SEX).estimates[0]
    low, high = wilson(580, 1000, 0.95)
    assert first.value == pytest.approx(0.07, abs=1e-15)
    assert (first.interval.low, first.interval.high) == pytest.approx((low - 0.51, high - 0.51), abs=1e-15)
    even = shares_of(people(f=505, m=495), SEX).estimates[0]
    assert even.interval.low == 0.0


def test_the_interval_covers_at_least_as_often_as_it_says():
    random, true = np.random.default_rng(11), np.array([0.4, 0.35, 0.15, 0.1])
    distance = np.abs(true - list(RACE.values())).sum() / 2
    covered = 0
    for _ in range(200):
        first = shares_of(people(**dict(zip("abcd", random.multinomial(300, true), strict=True)))).estimates[0]
        covered += first.interval.low <= distance <= first.interval.high
    assert covered >= 190


@pytest.mark.parametrize(("a", "wanted"), [(6000, "pass"), (6001, "fail")])
def test_the_bound_itself_passes(a, wanted):
    measured = shares_of(people(a=a, b=3000, c=6600 - a, d=400), decide_on="estimate")
    assert outcome(measured, at_most=0.1, decide_on="estimate").outcome == wanted


@pytest.mark.parametrize(
    ("groups", "wanted", "reason"),
    [
        (people(a=5000, b=3000, c=1500, d=500), "pass", None),
        (people(a=9000, b=500, c=300, d=200), "fail", None),
        (people(a=600, b=300, c=60, d=40), "inconclusive", "interval_straddles"),
        (people(a=10, b=6, c=3, d=1), "inconclusive", "sample_too_small"),
    ],
)
def test_the_interval_decides(groups, wanted, reason):
    found = outcome(shares_of(groups), at_most=0.1)
    assert (found.outcome, found.reason) == (wanted, reason)


def test_a_group_that_is_not_there_at_all_counts():
    found = {each.group: each for each in shares_of(people(a=50, b=30, c=20)).estimates}
    assert (found["d"].value, found[None].value) == (-0.05, 0.05)


@pytest.mark.parametrize(
    ("groups", "why", "kind"),
    [
        ([], "g: nobody in the test data has a known group", "evidence_missing"),
        ([None] * 5, "g: nobody in the test data has a known group", "evidence_missing"),
        (people(a=5, z=5), "g: the group 'z' occurs", "estimate_undefined"),
    ],
)
def test_what_cannot_be_compared_has_no_value(groups, why, kind):
    (found,) = shares_of(groups).estimates
    assert why in found.undefined
    assert found.undefined_as == kind


def test_people_of_no_known_group_are_left_out_and_told_or_are_a_group_of_their_own():
    groups = [*people(a=500, b=300, c=150, d=50), *[None] * 250]
    measured = shares_of(groups)
    assert (measured.estimates[0].value, measured.unknown) == (0.0, {"g": 0.2})
    assert outcome(measured, at_most=0.1).reason == "evidence_missing"
    (found,) = shares_of(groups, p={"missing": "group"}).estimates
    assert "the group '(unknown)' occurs" in found.undefined
    named = shares_of(groups, {"a": 0.4, "b": 0.24, "c": 0.12, "d": 0.04, "(unknown)": 0.2}, {"missing": "group"})
    assert named.estimates[0].value == 0.0


def test_published_shares_that_miss_1_are_divided_by_their_sum():
    found = shares_of(people(a=10, b=10, c=10), {"a": 0.333, "b": 0.333, "c": 0.333})
    assert found.estimates[0].value == 0.0
    assert found.notes == ("Population of g: Census 2020",)


def test_weights_and_entities_are_honoured():
    groups = people(a=500, b=300, c=150, d=50)
    held, asked = cells(("group:g",), [(each,) for each in groups]), view(g=RACE)
    doubled = measure(representativeness, asked, weighed(held, lambda row: 2.0 if row[0] == "a" else 1.0)).estimates
    assert doubled[0].value == pytest.approx(1000 / 1500 - 0.5, abs=1e-12)
    assert doubled[1].design.weighted
    rows = [(each, f"{at % 100:03}") for at, each in enumerate(groups)]
    clustered = measure(representativeness, with_entity(asked), cells(("group:g", "entity"), rows)).estimates
    assert (clustered[0].value, clustered[1].design.groups) == (0.0, 100)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=60), st.randoms())
def test_the_order_of_rows_changes_nothing(groups, random):
    assert shares_of(random.sample(groups, len(groups))) == shares_of(groups)


def test_what_it_needs():
    assert needs(representativeness, manifest()).missing == ("data.test", "columns.groups")
    assert needs(representativeness, view(g=None)).missing == ("columns.groups.<group>.population",)
    assert len(needs(representativeness, view(g=RACE, sex=SEX, other=None)).requests) == 2
    found = needs(representativeness, view(g=RACE, sex=None), groups=("g", "sex", "g*sex"))
    assert found.missing == ("columns.groups.sex.population", "a population of the intersection g*sex")


def test_from_a_file_to_the_finding(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("sex", "race"), [(s, r) for s in (1, 2) for r in people(a=250, b=150, c=100)])
    columns = {
        "groups": {
            "sex": {"column": "sex", "labels": {"1": "m", "2": "f"}, "population": SEX, "population_source": "x"},
            "race": {"column": "race", "population": {"a": 0.2, "b": 0.3, "c": 0.5}, "population_source": "x"},
        }
    }
    asked = control(check="data.representativeness", criterion={"at_most": 0.1, "source": "house"})
    finding = finding_of(evaluate(tmp_path, data, columns, asked))
    found = {e.grouping: e.value for e in finding.measured.estimates if e.group is None}
    assert (finding.outcome, found) == ("fail", {"race": pytest.approx(0.3), "sex": pytest.approx(0.01)})
