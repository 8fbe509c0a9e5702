"""Enough people in each group, or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.group_sufficiency import group_sufficiency
from assay.record.policy import Criterion, SmallGroups
from assay.stats.power import Rule, bound_shown, people_needed
from assay.verdict.rollup import conclude
from builders import cells, decided, measure, people_manifest, repeated, weighed, with_entity

SEX = people_manifest("sex")
CLIENTS = with_entity(SEX)
KEYS = ("decision", "group:sex")


def enough(rows, **options):
    return measure(group_sufficiency, SEX, cells(KEYS, rows), **options)


def named(measured, name="sufficiency"):
    return {e.group: e for e in measured.estimates if e.name == name}


def outcome(measured, **asked):
    found = conclude(criteria=(Criterion(source="house", **asked),), small_groups=SmallGroups(), measured=measured)
    return found.outcome, found.reason


NEEDED = people_needed(Rule("ratio", 0.8, 1.25), 0.5, 1.0)


def test_a_group_of_just_so_many_is_enough_and_one_fewer_is_not():
    even = NEEDED + NEEDED % 2
    rows = decided(a=(even // 2, even), b=(even // 2, even))
    assert named(enough(rows))["a"].value == even / NEEDED
    assert outcome(enough(rows), at_least=1) == ("pass", None)
    fewer = decided(a=(even // 2, even), b=(even // 2 - 1, even - 2))
    assert even - 2 < NEEDED
    assert outcome(enough(fewer), at_least=1) == ("fail", None)


def test_stricter_wishes_need_more_people():
    rows = decided(a=(50, 100), b=(50, 100))
    usual = named(enough(rows))["a"].value
    for p in ({"ratio": 0.9}, {"power": 0.95}):
        assert named(enough(rows, p=p))["a"].value < usual
    assert named(enough(rows, confidence=0.99))["a"].value < usual
    assert named(enough(rows, p={"ratio": 0.5}))["a"].value > usual


def test_a_large_reference_makes_fewer_people_enough_and_is_not_judged_itself():
    rows = decided(a=(500, 1000), b=(50, 100))
    against = named(enough(rows, p={"reference": "largest"}))
    assert list(against) == ["b"]
    assert against["b"].reference == "a"
    assert against["b"].value > named(enough(rows))["b"].value


def test_events_and_the_others_are_counted_exactly():
    measured = enough(decided(a=(30, 100), b=(9, 100)))
    assert {g: e.value for g, e in named(measured, "events").items()} == {"a": 30.0, "b": 9.0}
    assert {g: e.value for g, e in named(measured, "non_events").items()} == {"a": 70.0, "b": 91.0}
    assert outcome(measured, estimate="events", at_least=9) == ("pass", None)
    assert outcome(measured, estimate="events", at_least=10) == ("fail", None)


def test_labels_are_counted_where_they_are_asked_for():
    rows = decided(a=(30, 100), b=(9, 100))
    measured = measure(group_sufficiency, SEX, cells(("label", "group:sex"), rows), p={"of": "label"})
    assert named(measured, "events")["b"].value == 9.0
    assert (measured.unlabelled, measured.undecided) == (0.0, None)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (decided(a=(0, 100), b=(0, 100)), "nobody is favourable"),
        (decided(a=(100, 100), b=(100, 100)), "everybody is favourable"),
        (decided(a=(50, 100)), "only one group (a)"),
        ([("favourable", None)] * 9, "no row has a known group"),
    ],
)
def test_what_no_number_of_people_can_show_is_undefined(rows, why):
    measured = enough(rows)
    assert why in named(measured)[None].undefined
    assert outcome(measured, at_least=1)[0] == "inconclusive"


def test_a_reference_without_anybody_is_undefined_and_a_group_without_decisions_is_not_enough():
    rows = decided(a=(50, 100), b=(50, 100)) + [(None, "c")] * 20
    assert "no reference group 'x'" in named(enough(rows, p={"reference": "x"}))[None].undefined
    assert named(enough(rows))["c"].value == 0.0
    assert enough(rows).undecided == 20 / 220


def test_the_table_tells_what_the_people_who_are_there_can_show():
    table = enough(decided(a=(50, 100), b=(50, 100))).exhibits[0]
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert (row["needed"], row["counted"], row["events"]) == (NEEDED, 100, 50)
    assert row["shown"] == bound_shown("ratio", 0.5, 100, 100)


def test_heavy_people_are_worth_fewer_than_there_are():
    given = cells(KEYS, decided(a=(200, 400), b=(200, 400)))
    assert named(enough(decided(a=(200, 400), b=(200, 400))))["a"].value == 400 / NEEDED
    heavy = measure(group_sufficiency, SEX, weighed(given, lambda levels: 4.0 if levels[0] == "favourable" else 1.0))
    (events,) = {e.value for e in named(heavy, "events").values()}
    kish = 1000**2 / (200 * 16 + 200)
    assert 0 < events <= 0.8 * kish + 1e-9
    assert all((e.n, "an effective" in e.method) == (400, True) for e in named(heavy).values())


def test_rows_of_the_same_entities_are_not_more_people():
    given = cells(KEYS, decided(a=(100, 200), b=(100, 200)))
    plain = named(measure(group_sufficiency, SEX, given))["a"]
    tenfold = named(measure(group_sufficiency, CLIENTS, repeated(given, times=10)))["a"]
    assert tenfold.n == 10 * plain.n
    assert tenfold.value <= 1.05 * plain.value


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=2, max_size=4), st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_weights_that_are_all_alike_change_nothing(groups, weight):
    given = cells(KEYS, decided(**{f"g{i}": (k, k + other) for i, (k, other) in enumerate(groups)}))
    plain, alike = (measure(group_sufficiency, SEX, one) for one in (given, weighed(given, weight)))
    for one, other in zip(plain.estimates, alike.estimates, strict=True):
        assert (other.id, other.n, other.undefined) == (one.id, one.n, one.undefined)
        assert other.value == pytest.approx(one.value, rel=1e-9)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=2, max_size=5), st.randoms())
@settings(max_examples=30, deadline=None)
def test_neither_order_nor_names_matter_and_more_people_are_never_less_sufficient(groups, random):
    rows = decided(**{f"g{i}": (k, k + other) for i, (k, other) in enumerate(groups)})
    found = named(enough(rows))
    assert found == named(enough(random.sample(rows, len(rows))))
    renamed = named(enough([(decision, group.upper()) for decision, group in rows]))
    assert [e.value for e in found.values()] == [e.value for e in renamed.values()]
    doubled = named(enough(rows * 2))
    assert all(doubled[group].value == pytest.approx(2 * found[group].value) for group in found)
