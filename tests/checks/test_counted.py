"""Rates counted from cells: of plain, weighted and repeated people, beside the rates of groups."""

from hypothesis import given
from hypothesis import strategies as st

from assay.checks.counted import counted_rate
from assay.checks.fairness._rates import groups_of
from assay.evidence.rates import Rate
from builders import cells, repeated, weighed

OUTCOME = st.sampled_from(["favourable", "unfavourable", None])
RATE = Rate("true_positive_rate")


@given(
    st.lists(st.tuples(OUTCOME, OUTCOME, st.just("f")), min_size=1, max_size=60), st.sampled_from(["", "w", "e", "we"])
)
def test_a_rate_is_that_of_a_group_of_everybody(rows, design):
    held = cells(("label", "decision", "group:sex"), rows)
    held = repeated(held, times=2, groups=20) if "e" in design else held
    held = weighed(held, lambda row: 1.0 + 2.0 * (row[1] == "favourable")) if "w" in design else held
    (group,), _ = groups_of(held, "sex", RATE, keep_unknown=False)
    found = counted_rate(
        "f", held, lambda row: row[0] == "favourable" and row[1] is not None, lambda row: row[1] == "favourable"
    )
    assert (found.numerator, found.denominator) == (group.numerator, group.denominator)
    assert (found.design, found.weights) == (group.design, group.weights)


def test_people_whose_weights_are_all_0_count_for_nothing():
    held = weighed(cells(("label",), [("favourable",)] * 5), 0.0)
    found = counted_rate("x", held, lambda row: True, lambda row: True)
    assert (found.numerator, found.denominator, found.rows) == (0, 0, 5)
