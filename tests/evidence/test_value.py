import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.cells import group_name
from assay.evidence.table import table

awkward = st.text(alphabet="a, “”()", max_size=6)
levels = st.one_of(st.none(), awkward, st.sampled_from(["female", "25-34", "x, y", "(unknown)", "“(unknown)”", "x,"]))
SEVERAL = st.integers(1, 3).flatmap(lambda n: st.tuples(*[st.tuples(*[levels] * n)] * 2))


def test_ordinary_levels_are_joined_as_they_are():
    assert group_name(("female", "25-34")) == "female, 25-34"
    assert group_name(("female", None)) == "female, (unknown)"
    assert group_name(("Black, African American",)) == "Black, African American"


def test_a_level_that_could_be_read_in_two_ways_is_quoted():
    assert group_name(("x, y", "z")) == "“x, y”, z"
    assert group_name(("(unknown)",)) == "“(unknown)”"


@given(SEVERAL)
def test_two_groups_of_a_grouping_never_have_the_same_name(pair):
    one, other = pair
    assert (group_name(one) == group_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\u202eb", r"a\u{202E}b"), ("\x1b[2J", r"\u{001B}[2J"), ("x\ny", r"x\u{000A}y"),
        ("\x7f\x9b", r"\u{007F}\u{009B}"),
        ("\u061c\u200e\u200f\u2066\u2069", r"\u{061C}\u{200E}\u{200F}\u{2066}\u{2069}"), ("=1+1", "'=1+1"),
        ("\t=1", r"'\u{0009}=1"), ("é 東京 😀", "é 東京 😀"),
    ],
)  # fmt: skip
def test_a_cell_of_a_table_shows_what_is_not_seen_and_runs_nothing(value, written):
    assert table(("h",), [(value,)]).decode() == f"h\n{written}\n"


@given(st.text())
def test_no_cell_of_a_table_holds_a_control_character(value):
    ((cell,),) = csv.reader(io.StringIO(table((value + "x",), []).decode(), newline=""))
    assert not any(unicodedata.category(character) == "Cc" for character in cell)
