"""Models that read each other."""

from hypothesis import given
from hypothesis import strategies as st

from assay.record.inventory import Entry, Upstream
from assay.run.upstream import MOST_CYCLES, cycles


def entry(id, *reads):  # noqa: A002
    upstream = tuple(Upstream(id=name, state="not here") for name in reads)
    return Entry(path=f"{id}.yaml", digest="sha256:" + "0" * 64, id=id, name=id, version="1", upstream=upstream)


def test_a_circle_is_named_once_in_the_direction_of_reading():
    assert cycles([entry("c", "a"), entry("a", "b"), entry("b", "c"), entry("d", "a")]) == (("a", "b", "c"),)


def test_a_model_that_reads_itself_is_a_circle():
    assert cycles([entry("a", "a")]) == (("a",),)


def test_two_circles_are_both_named():
    found = cycles([entry("a", "b"), entry("b", "a", "c"), entry("c", "d"), entry("d", "c")])
    assert found == (("a", "b"), ("c", "d"))


def test_a_chain_is_no_circle():
    assert cycles([entry("a", "b", "c"), entry("b", "c"), entry("c", "gone")]) == ()


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_every_circle_that_is_named_is_one_and_none_is_left(edges):
    reads = {}
    for reader, read in edges:
        reads.setdefault(f"m{reader}", set()).add(f"m{read}")
    found = cycles([entry(name, *sorted(read)) for name, read in reads.items()])
    assert len(found) <= MOST_CYCLES
    for circle in found:
        assert circle[0] == min(circle)
        for place, name in enumerate(circle):
            assert circle[(place + 1) % len(circle)] in reads[name]
    seen = {name for circle in found for name in circle}
    assert bool(found) == any(_reaches(reads, name, name) for name in reads)
    assert all(_reaches(reads, name, name) for name in seen)


def _reaches(reads, start, goal):
    todo, seen = [start], set()
    while todo:
        for name in reads.get(todo.pop(), ()):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                todo.append(name)
    return False
