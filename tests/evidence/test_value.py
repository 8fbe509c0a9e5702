from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.value import group_name

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
