"""Tables of sampled people are read back to the very value, or refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.individuals import Change, Changed, Flips, Neighbours
from assay.evidence.merging import covers, merge
from assay.evidence.proxies import Attribute, Proxies, Ranked, Told
from assay.evidence.reading import read_table
from assay.evidence.request import FlipsRequest, NeighboursRequest, ProxiesRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told

FLIPS = FlipsRequest("test", ("sex",), 100)
NEIGHBOURS = NeighboursRequest("test", ("a", "b"), 2, 100)
PROXIES = ProxiesRequest("test", ("a",), ("sex",), 100)
hostile = st.sampled_from(["", "'", "=1+1", "a\nb", "\\u{202E}", "\u202e", '"', ",", "(missing)"]) | st.text(max_size=5)
small = st.integers(0, 5)


@st.composite
def flips(draw):
    names = draw(st.lists(hostile, unique=True, min_size=1, max_size=3))
    levels = draw(st.lists(hostile, unique=True, min_size=2, max_size=3))
    people = {level: draw(st.integers(3, 9)) for level in levels}
    features = []
    for name in names:
        if draw(st.booleans()):
            features.append(Changed(name, left_out=draw(hostile)))
            continue
        changes = []
        for held in levels:
            most = draw(st.integers(0, 3))
            changes.append(Change(held, None, people[held], most, 0))
            changes += [Change(held, g, people[held], draw(st.integers(0, most)), 0) for g in levels if g != held]
        features.append(Changed(name, tuple(changes), 2, 1))
    drawn = sum(people.values()) + 3 + 4
    return Flips(tuple(features), drawn + draw(small), drawn, 4)


@given(flips())
def test_flips_come_back_whatever_the_values_are_called(value):
    asked, read = read_table(FLIPS, value.csv())
    assert read == value
    assert asked == FlipsRequest("test", tuple(each.feature for each in value.features), 100)


@given(st.lists(hostile, unique=True, max_size=3), st.integers(1, 4), st.data())
def test_neighbours_come_back(features, k, data):
    sides = [tuple(data.draw(st.lists(small, min_size=k + 1, max_size=k + 1))) for _ in range(2)]
    value = Neighbours(tuple(features), k, 200, 3, 10, *sides)
    asked = NeighboursRequest("test", ("x",), k, 100)
    assert read_table(asked, value.csv()) == (NeighboursRequest("test", tuple(features), k, 100), value)


@given(
    st.lists(hostile, unique=True, min_size=1, max_size=3),
    hostile,
    st.lists(hostile, unique=True, min_size=2, max_size=2),
)
def test_proxies_come_back(features, grouping, groups):
    first, second = sorted(groups)
    folds = tuple(Ranked((1, 0), (0, 2), (1, 2)) for _ in range(5))
    made = tuple(Told(name, grouping, first, folds) for name in (*features, None))
    value = Proxies(tuple(features), (Attribute(grouping, ((first, 5), (second, 10)), 3),), 40, 18, made)
    assert read_table(PROXIES, value.csv()) == (ProxiesRequest("test", tuple(features), (grouping,), 100), value)


GOOD_FLIPS = Flips((Changed("sex", (Change("f", None, 5, 1, 2), Change("f", "m", 5, 1, 2)), 1, 2),), 20, 10, 2).csv()
GOOD_NEIGHBOURS = Neighbours(("a", "b"), 2, 50, 1, 12, (1, 2, 3), (4, 2, 0)).csv()
GOOD_PROXIES = Proxies(
    ("a",), (Attribute("sex", (("f", 5), ("m", 10)), 3),), 40, 18,
    (Told("a", "sex", "f", tuple(Ranked((1, 0), (0, 2), (1, 2)) for _ in range(5))),),
).csv()  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "good", "old", "new"),
    [
        (FLIPS, GOOD_FLIPS, b"changed,sex,f,m,5,1,2", b"changed,sex,f,m,5,2,2"),
        (FLIPS, GOOD_FLIPS, b"changed,sex,f,,5,1,2", b"changed,sex,f,,5,4,2"),
        (FLIPS, GOOD_FLIPS, b"changed,sex,f,m,5,1,2", b"changed,sex,g,m,5,1,2"),
        (FLIPS, GOOD_FLIPS, b"unknown,sex,,,1", b"unknown,sex,,,2"),
        (FLIPS, GOOD_FLIPS, b"drawn,,,,10", b"drawn,,,,101"),
        (FLIPS, GOOD_FLIPS, b"undecided,,,,2", b"undecided,,,,11"),
        (FLIPS, GOOD_FLIPS, b"available", b"measured"),
        (FLIPS, GOOD_FLIPS, b"unknown,sex,,", b"unknown,sex,why,"),
        (NEIGHBOURS, GOOD_NEIGHBOURS, b"sample,pool,,12", b"sample,pool,,1"),
        (NEIGHBOURS, GOOD_NEIGHBOURS, b"sample,available,,50", b"sample,available,,5"),
        (NEIGHBOURS, GOOD_NEIGHBOURS, b"people,favourable,2,3\n", b""),
        (NEIGHBOURS, GOOD_NEIGHBOURS, b"feature,b,,\n", b"feature,a,,\n"),
        (NEIGHBOURS, GOOD_NEIGHBOURS, b"people,favourable,2,3", b"people,favourable,2,-3"),
        (PROXIES, GOOD_PROXIES, b"group,,sex,f,,5", b"group,,sex,f,,6"),
        (PROXIES, GOOD_PROXIES, b"unknown,,sex,,,3", b"unknown,,sex,,,4"),
        (PROXIES, GOOD_PROXIES, b"told,a,sex,f,0,1,0,1", b"told,a,sex,f,0,2,0,1"),
        (PROXIES, GOOD_PROXIES, b"told,a,sex,f,0,1,0,1", b"told,b,sex,f,0,1,0,1"),
        (PROXIES, GOOD_PROXIES, b"told,a,sex,f,4,0,2,2", b"told,a,sex,f,5,0,2,2"),
        (PROXIES, GOOD_PROXIES, b"told,a,sex,f,4,0,2,2", b"told,a,sex,f,4,0,2,3"),
        (PROXIES, GOOD_PROXIES, b"told,a,sex,f,0,1,0,1", b"together,a,sex,f,0,1,0,1"),
        (PROXIES, GOOD_PROXIES, b"feature,a", b"feature,z"),
    ],
)
def test_what_nobody_can_have_counted_is_refused(asked, good, old, new):
    assert read_table(asked, good)[1].csv() == good
    assert old in good
    with pytest.raises(UnreadableTable):
        read_table(asked, good.replace(old, new, 1))


@given(st.sampled_from([(FLIPS, GOOD_FLIPS), (NEIGHBOURS, GOOD_NEIGHBOURS), (PROXIES, GOOD_PROXIES)]), st.data())
def test_any_change_of_the_bytes_is_refused_or_another_table_and_never_a_traceback(case, data):
    asked, good = case
    place = data.draw(st.integers(0, len(good) - 1))
    made = good[:place] + data.draw(st.binary(max_size=3)) + good[place + data.draw(st.integers(0, 8)) :]
    with contextlib.suppress(UnreadableTable):
        assert read_table(asked, made)[1].csv() == made


def test_flips_of_one_sample_are_asked_for_once_and_larger_samples_apart():
    one, other, larger = FLIPS, FlipsRequest("test", ("age",), 100), FlipsRequest("test", ("age",), 200)
    merged = merge([one, other, larger])
    assert merged == [FlipsRequest("test", ("age", "sex"), 100), larger]
    assert covers(merged[0], one)
    assert not covers(larger, other)
    assert len({told(request) for request in (FLIPS, larger, NEIGHBOURS, PROXIES)}) == 4
