from fractions import Fraction

import pytest
from fairlearn.metrics import MetricFrame, selection_rate
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.checks.fairness.impact_ratio import impact_ratio
from assay.evidence.request import CellsRequest
from builders import by_group, cells, decided, measure, needs, people_manifest

SEX = people_manifest("sex")
KEYS = ("decision", "group:sex")


def ratio(rows, view=SEX, keys=KEYS, **options):
    return measure(impact_ratio, view, cells(keys, rows), **options)


def test_the_ratio_is_favourable_over_members_against_the_highest():
    found = by_group(ratio(decided(male=(50, 100), female=(40, 100))))
    assert found["female"].value == 0.8
    assert (found["female"].reference, found["female"].n) == ("male", 100)


def test_two_of_five_against_eight_of_twentyfive_is_exactly_four_fifths():
    found = by_group(ratio(decided(male=(2, 5), female=(8, 25)), minimum=1))
    assert found["female"].exact == Fraction(4, 5)


# UGESP questions and answers (1979): 45 % of 60 % is 75 %, 48 % is exactly 80 %, 51 % is 85 %.
def test_the_guideline_example_has_one_group_under_four_fifths():
    rows = decided(White=(60, 100), American_Indian=(45, 100), Hispanic=(48, 100), Black=(51, 100))
    found = by_group(ratio(rows, decide_on="estimate"))
    exact = {name: found[name].exact for name in ("American Indian", "Hispanic", "Black")}
    assert exact == {"American Indian": Fraction(3, 4), "Hispanic": Fraction(4, 5), "Black": Fraction(17, 20)}


def test_people_without_a_decision_are_in_no_denominator_and_their_share_is_told():
    rows = decided(male=(50, 100), female=(40, 100)) + [(None, "female")] * 20
    measured = ratio(rows)
    assert by_group(measured)["female"].denominator == 100
    assert by_group(measured)["female"].share == 120 / 220
    assert measured.undecided == 20 / 220
    assert measured.unlabelled is None


def test_people_of_unknown_group_are_told_and_left_out_unless_they_are_to_be_a_group():
    rows = decided(male=(50, 100), female=(40, 100)) + [("favourable", None)] * 50
    measured = ratio(rows)
    assert measured.unknown == {"sex": 50 / 250}
    assert {e.reference for e in measured.estimates} == {"male"}
    counted = ratio(rows, p={"missing": "group"})
    assert {e.reference for e in counted.estimates if e.headline} == {"(unknown)"}
    assert counted.unknown == {"sex": 0.0}


def test_intersections_are_groups_of_their_own_and_half_known_people_are_unknown():
    view = people_manifest("sex", "band")
    rows = [("favourable", "f", "old")] * 40 + [("unfavourable", "f", "old")] * 60
    rows += (
        [("favourable", "m", "old")] * 80 + [("unfavourable", "m", "young")] * 20 + [("favourable", None, "old")] * 5
    )
    measured = ratio(rows, view, ("decision", "group:sex", "group:band"), p={"groups": ("sex*band",)}, minimum=10)
    found = by_group(measured)
    assert set(found) == {"f, old", "m, young"}
    assert found["f, old"].reference == "m, old"
    assert measured.unknown == {"sex*band": 5 / 205}


BOTH = people_manifest("g", "h")
BOTH_KEYS = ("decision", "group:g", "group:h")


def pair(g, h, yes, n):
    return [("favourable" if i < yes else "unfavourable", g, h) for i in range(n)]


def test_levels_with_a_comma_make_no_two_intersections_one():
    rows = pair("x, y", "z", 100, 100) + pair("x", "y, z", 40, 100) + pair("a", "b", 70, 100)
    found = by_group(ratio(rows, BOTH, BOTH_KEYS, p={"groups": ("g*h",)}))
    assert set(found) == {"x, “y, z”", "a, b"}
    assert found["x, “y, z”"].reference == "“x, y”, z"
    assert found["x, “y, z”"].value == 0.4


def test_a_level_called_unknown_is_not_the_people_of_unknown_group():
    rows = decided(male=(90, 100)) + [("favourable", None)] * 90 + [("unfavourable", "(unknown)")] * 90
    found = by_group(ratio(rows, p={"missing": "group"}))
    assert found["“(unknown)”"].value == 0.0
    assert found["“(unknown)”"].reference == "(unknown)"


@pytest.mark.parametrize("grouping", ["sex*sex", "sex*race*sex", "sex* sex", "sex*", "*", "", " "])
def test_a_grouping_names_different_attributes(grouping):
    with pytest.raises(ValueError, match=r"twice|empty part"):
        impact_ratio.parameters(groups=(grouping,))


def test_a_group_of_which_many_have_no_decision_is_named_with_its_share():
    rows = decided(male=(500, 1000), female=(400, 1000), other=(48, 95))
    rows += [(None, "male")] * 40 + [(None, "female")] * 60 + [(None, "other")] * 5
    assert ratio(rows).notes == ("In the group female (sex), 60 of 1060 people have no decision (5.7%).",)


def test_no_more_people_are_set_aside_than_the_rule_allows():
    assert impact_ratio.parameters(exclude_under=0.02).exclude_under == 0.02
    with pytest.raises(ValueError, match=r"0\.02"):
        impact_ratio.parameters(exclude_under=0.021)
    assert "6 RCNY 5-301(d)" in impact_ratio.docstring


def test_a_group_below_the_share_is_set_aside_with_its_numbers():
    rows = decided(a=(50, 100), b=(45, 98), c=(1, 2))
    aside = by_group(ratio(rows, p={"exclude_under": 0.02}))["c"]
    assert aside.excluded == "2 of 200 people, 1.00%, under 2.00%"
    assert by_group(ratio(rows, p={"exclude_under": 0.01}))["c"].excluded is None


@pytest.mark.parametrize(
    "rows",
    [[], decided(a=(5, 100)), decided(a=(0, 100), b=(0, 90)), decided(a=(3, 9), b=(2, 9)), [(None, "a")] * 40,
     [("favourable", None)] * 40, [(None, "a")] * 40 + [(None, "b")] * 40],
    ids=["empty", "one group", "nobody favourable", "all small", "undecided", "unknown", "two undecided"],
)  # fmt: skip
def test_what_cannot_be_measured_is_undefined_with_a_sentence_never_a_number(rows):
    measured = ratio(rows)
    assert measured.estimates
    for estimate in measured.estimates:
        assert estimate.value is None
        assert len(estimate.undefined) > 10


def test_the_table_shows_every_group_with_counts_rate_interval_and_ratio():
    (table,) = ratio(decided(male=(50, 100), female=(40, 100))).exhibits
    assert [column.name for column in table.columns][:4] == ["label", "value", "low", "high"]
    female, male = table.rows
    assert (female[0], female[1], female[4:7], female[7]) == ("female", 0.4, (40, 100, 100), 0.8)
    assert (male[0], male[7]) == ("male", None)
    assert female[2] < 0.4 < female[3]


def test_a_group_that_the_manifest_lacks_is_missing_evidence_and_the_others_are_still_measured():
    found = needs(impact_ratio, SEX, groups=("sex", "race", "sex*race"))
    assert found.missing == ("columns.groups.race",)
    assert found.requests == (CellsRequest("test", KEYS),)
    assert needs(impact_ratio, people_manifest()).requests == ()


rows = st.lists(
    st.tuples(st.sampled_from(["favourable", "unfavourable", None]), st.sampled_from(["a", "b", "c", "d", None])),
    min_size=1, max_size=120,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(rows)
def test_the_rates_are_those_of_fairlearn_on_the_raw_rows(people):
    measured = ratio(people, minimum=1)
    counted = [(decision == "favourable", group) for decision, group in people if decision and group]
    assume(counted)
    frame = MetricFrame(
        metrics=selection_rate,
        y_true=[0] * len(counted),
        y_pred=[int(yes) for yes, _ in counted],
        sensitive_features=[group for _, group in counted],
    )
    rates = frame.by_group.to_dict()
    shown = {row[0]: row[1] for row in measured.exhibits[0].rows if row[1] is not None}
    assert shown == pytest.approx(rates, abs=1e-12)
    for estimate in measured.estimates:
        if estimate.value is not None:
            assert estimate.value == pytest.approx(rates[estimate.group] / rates[estimate.reference], abs=1e-12)
    headline = [e.value for e in measured.estimates if e.value is not None and e.headline]
    if headline and len(rates) == len({group for _, group in people if group}):
        assert min(headline) == pytest.approx(frame.ratio(), abs=1e-12)


@settings(max_examples=40)
@given(rows, st.randoms())
def test_permuting_rows_changes_nothing_and_duplicating_them_only_the_intervals(people, random):
    measured = ratio(people, minimum=1)
    assert ratio(random.sample(people, len(people)), minimum=1) == measured
    twice = ratio(people * 2, minimum=1)
    assert [(e.id, e.value, e.share) for e in twice.estimates] == [(e.id, e.value, e.share) for e in measured.estimates]
