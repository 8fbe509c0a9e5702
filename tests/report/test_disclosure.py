"""What a public table leaves out: no small number can be read off it, and none computed from it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.report.disclosure import PEOPLE, with_differences, withheld
from attacking import learned

MINIMUM = 5


def crossed(counted):
    """Tables of a, of b and of both, from (a, b) → (people, hits)."""
    groups, cells = {}, {}
    for (a, b), (people, hits) in counted.items():
        for group in (("a", a), ("b", b), ("a*b", f"{a}, {b}")):
            groups.setdefault(group, set()).add((a, b))
            held = cells.setdefault(group, {"people": 0, "hits": 0, "others": 0})
            for what, count in (("people", people), ("hits", hits), ("others", people - hits)):
                held[what] += count
    return groups, cells


@st.composite
def populations(draw):
    counts = st.one_of(st.integers(0, 12), st.integers(20, 90))
    found = {}
    for a in "xyzw"[: draw(st.integers(2, 4))]:
        for b in "pqrs"[: draw(st.integers(2, 4))]:
            hits, others = draw(counts), draw(counts)
            if hits + others:
                found[a, b] = (hits + others, hits)
    return found


@given(populations())
@settings(max_examples=150, deadline=None)
def test_no_small_group_follows_from_what_is_shown(counted):
    groups, cells = crossed(counted)
    hidden = withheld(cells, MINIMUM)
    shown = set(cells) - hidden
    small = {group for group, counts in cells.items() if min(counts.values()) < MINIMUM}
    assert small <= hidden
    for grouping in ("a", "b", "a*b"):
        tables = {group for group in cells if group[0] == grouping}
        if len(tables) > 1:
            assert not learned(groups, shown) & small & tables


@given(populations())
@settings(max_examples=150, deadline=None)
def test_what_is_left_of_a_table_is_no_small_number_either(counted):
    _, cells = crossed(counted)
    hidden = withheld(cells, MINIMUM)
    for grouping in ("a", "b", "a*b"):
        left = [cells[group] for group in hidden if group[0] == grouping]
        table = [cells[group] for group in cells if group[0] == grouping]
        if left and len(left) < len(table):
            assert min(sum(counts[what] for counts in left) for what in left[0]) >= MINIMUM


def test_nothing_is_left_out_where_no_group_is_small():
    _, cells = crossed({(a, b): (40, 20) for a in "xy" for b in "pq"})
    assert withheld(cells, MINIMUM) == frozenset()


@pytest.mark.parametrize(
    ("people", "hits", "out"),
    [(4, 2, True), (10, 5, False), (10, 4, True), (10, 6, True), (40, 0, True), (40, 40, True), (9, 5, True)],
)
def test_a_group_is_small_by_its_people_by_its_hits_and_by_the_others(people, hits, out):
    cells = {("a", name): {"people": n, "hits": k, "others": n - k} for name, n, k in
             (("x", people, hits), ("y", 500, 250), ("z", 600, 300))}  # fmt: skip
    assert (("a", "x") in withheld(cells, MINIMUM)) is out


def test_a_second_group_goes_with_the_only_small_one():
    cells = {("a", name): {"people": n} for name, n in (("x", 3), ("y", 40), ("z", 900))}
    assert withheld(cells, MINIMUM) == {("a", "x"), ("a", "y")}


def test_an_intersection_does_not_give_away_what_the_table_of_its_attribute_withholds():
    _, cells = crossed({("x", "p"): (3, 1), ("y", "p"): (60, 30), ("z", "p"): (70, 30), ("y", "q"): (80, 40),
                        ("z", "q"): (90, 40)})  # fmt: skip
    hidden = withheld(cells, MINIMUM)
    assert {("a", "x"), ("a*b", "x, p")} <= hidden
    assert len([group for group in hidden if group[0] == "a*b"]) >= 2


def test_two_intersections_that_share_an_attribute_tell_of_each_other_without_its_table():
    cells = {("a*b", "x, p"): {"people": 30}, ("a*b", "x, q"): {"people": 3}, ("a*b", "y, p"): {"people": 30},
             ("a*b", "y, q"): {"people": 40}, ("a*c", "x, r"): {"people": 33},
             ("a*c", "y, r"): {"people": 70}}  # fmt: skip
    hidden = withheld(cells, MINIMUM)
    known = {"x": ("a*c", "x, r"), "y": ("a*c", "y, r")}
    for a, of_a in known.items():
        gone = [group for group in hidden if group[0] == "a*b" and group[1].startswith(a)]
        assert of_a in hidden or len(gone) != 1, hidden


def test_names_with_commas_are_parted_as_they_were_joined():
    cells = {("a", "x, y"): {"people": 33}, ("a", "z"): {"people": 70}, ("b", "p"): {"people": 60},
             ("b", "q"): {"people": 43}, ("a*b", "“x, y”, p"): {"people": 30}, ("a*b", "“x, y”, q"): {"people": 3},
             ("a*b", "z, p"): {"people": 30}, ("a*b", "z, q"): {"people": 40}}  # fmt: skip
    hidden = withheld(cells, MINIMUM)
    assert ("a*b", "“x, y”, q") in hidden
    assert ("a*b", "“x, y”, p") in hidden or ("a", "x, y") in hidden


def test_two_measures_of_different_people_do_not_tell_of_those_whom_only_one_counts():
    cells = {("a", name): {f"all{PEOPLE}": n, f"repaid{PEOPLE}": k} for name, n, k in
             (("x", 200, 197), ("y", 500, 250), ("z", 600, 300))}  # fmt: skip
    assert ("a", "x") in withheld(with_differences(cells), MINIMUM)
    same = {
        group: {f"all{PEOPLE}": n[f"all{PEOPLE}"], f"again{PEOPLE}": n[f"all{PEOPLE}"]} for group, n in cells.items()
    }
    assert withheld(with_differences(same), MINIMUM) == frozenset()


def test_a_minimum_of_nought_leaves_out_nothing():
    _, cells = crossed({("x", "p"): (1, 0), ("y", "q"): (90, 2)})
    assert withheld(cells, 0) == frozenset()


def test_many_groups_take_no_long_time():
    cells = {("a*b", f"{a}, {b}"): {"people": (a * 37 + b * 11) % 60} for a in range(40) for b in range(20)}
    cells |= {("a", str(a)): {"people": sum(cells["a*b", f"{a}, {b}"]["people"] for b in range(20))} for a in range(40)}
    begun = time.perf_counter()
    assert withheld(cells, MINIMUM)
    assert time.perf_counter() - begun < 10
