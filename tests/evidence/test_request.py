"""Merging: every request is answered, by no more than is needed."""

from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.merging import covers, merge
from assay.evidence.request import CellsRequest
from assay.record.condition import Test

KEYS = ("label", "decision", "group:a", "group:b", "entity")
requests = st.builds(
    CellsRequest,
    st.sampled_from(["test", "train"]),
    st.lists(st.sampled_from(KEYS), unique=True, max_size=4).map(tuple),
    st.sampled_from([None, Test(field="x", equals=1)]),
)


@given(st.lists(requests, max_size=8), st.randoms(use_true_random=False))
def test_every_request_is_answered_by_one_that_somebody_asked_for_and_none_is_left_over(asked, random):
    merged = merge(asked)
    assert all(any(covers(made, each) for made in merged) for each in asked)
    wanted = {(each.data, each.where, frozenset(each.keys)) for each in asked}
    assert {(made.data, made.where, frozenset(made.keys)) for made in merged} <= wanted
    assert not any(covers(one, other) for one in merged for other in merged if one != other)
    shuffled = list(asked)
    random.shuffle(shuffled)
    assert set(merge(shuffled)) == set(merged)


def test_keys_that_nobody_asked_for_together_are_not_counted_together():
    pairs = [CellsRequest("test", ("group:a", "label")), CellsRequest("test", ("group:b", "label"))]
    assert merge([*pairs, CellsRequest("test", ("label",))]) == pairs
