"""Whether the signatures found are those that were demanded: meanings, order, different people and keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.signature import FoundSignature
from assay.verdict.signatures import moment, unmet

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def signature(number: int, meaning: str, who: str, **changes: object) -> FoundSignature:
    given_ = {
        "number": number, "meaning": meaning, "name": who.title(), "certificate": f"c-{who}", "public_key": f"k-{who}",
        "claimed": NOW + number * DAY, "trusted": True, "person": who,
    }  # fmt: skip
    return FoundSignature(**{**given_, **changes})


AUTHOR, APPROVER = signature(1, "author", "maria"), signature(2, "approver", "ben")
BOTH = ("author", "approver")


def test_what_was_demanded_is_met():
    assert unmet(BOTH, [AUTHOR, APPROVER]) is None
    assert unmet((), []) is None


@pytest.mark.parametrize(
    ("signatures", "told"),
    [
        ([], "no author has signed"),
        ([AUTHOR], "no approver has signed"),
        ([signature(1, "responsibility", "maria")], "no author has signed"),
        ([AUTHOR, signature(2, "approver", "maria", certificate="c-2", public_key="k-2")],
         "signature 2 (approver Maria) does not count: maria has signed as author already"),
        ([AUTHOR, signature(2, "approver", "Maria ", certificate="c-2", public_key="k-2")],
         "signature 2 (approver Maria ) does not count: Maria  has signed as author already"),
        ([AUTHOR, signature(2, "approver", "ben", certificate="c-maria")],
         "signature 2 (approver Ben) does not count: it was made with the certificate of signature 1 (author Maria)"),
        ([AUTHOR, signature(2, "approver", "ben", public_key="k-maria")],
         "signature 2 (approver Ben) does not count: it was made with the key of signature 1 (author Maria)"),
        ([signature(2, "author", "maria"), signature(1, "approver", "ben", claimed=NOW + 9 * DAY)],
         "signature 1 (approver Ben) does not count: it does not come after signature 2 (author Maria)"),
        ([AUTHOR, signature(1, "approver", "ben")],
         "signature 1 (approver Ben) does not count: it does not come after signature 1 (author Maria)"),
        ([AUTHOR, signature(2, "approver", "ben", claimed=NOW)],
         "signature 2 (approver Ben) does not count: its time, 2026-03-31 12:00:00 UTC (by their own clock), lies "
         "before that of signature 1 (author Maria), 2026-04-01 12:00:00 UTC (by their own clock)"),
        ([signature(1, "author", "maria", proven=NOW + 5 * DAY), APPROVER],
         "signature 2 (approver Ben) does not count: its time, 2026-04-02 12:00:00 UTC (by their own clock), lies "
         "before that of signature 1 (author Maria), 2026-04-05 12:00:00 UTC (proven)"),
        ([AUTHOR, signature(2, "approver", "ben", trusted=False, why="its certificate expired on 2026-01-01")],
         "signature 2 (approver Ben) is not trusted: its certificate expired on 2026-01-01"),
        ([AUTHOR, signature(2, "approver", "ben", trusted=None)],
         "signature 2 (approver Ben) is not verified: no trust file says whom to believe"),
    ],
)  # fmt: skip
def test_each_way_to_fall_short_has_its_sentence(signatures, told):
    assert unmet(BOTH, signatures) == told


def test_the_same_name_is_the_same_person_where_the_trust_file_names_nobody():
    first = signature(1, "author", "maria", person=None)
    again = signature(2, "approver", "x", name="maria", person=None)
    assert (
        unmet(BOTH, [first, again]) == "signature 2 (approver maria) does not count: maria has signed as author already"
    )
    assert unmet(BOTH, [first, signature(2, "approver", "ben", person=None)]) is None


def test_the_first_author_is_left_out_where_they_are_needed_as_approver():
    signatures = [AUTHOR, signature(2, "author", "ben"), signature(3, "approver", "maria")]
    assert unmet(BOTH, signatures) is None


def test_the_same_meaning_twice_is_two_people():
    twice = ("reviewer", "reviewer")
    first = signature(1, "reviewer", "maria")
    assert unmet(twice, [first]) == "no other reviewer has signed"
    assert unmet(twice, [first, signature(2, "reviewer", "ben")]) is None


signatures_ = st.lists(
    st.builds(
        signature,
        number=st.integers(1, 6),
        meaning=st.sampled_from(["author", "reviewer", "approver"]),
        who=st.sampled_from(["maria", "ben", "eve"]),
        public_key=st.sampled_from(["k1", "k2", "k3", "k4"]),
        trusted=st.sampled_from([True, True, True, False]),
        proven=st.none() | st.integers(0, 9).map(lambda days: NOW + days * DAY),
    ),
    max_size=6,
    unique_by=lambda one: one.number,
)
demands = st.lists(st.sampled_from(["author", "reviewer", "approver"]), max_size=3).map(tuple)


def meets(meanings: Sequence[str], chosen: Sequence[FoundSignature]) -> bool:
    """The demand, said once more: of signatures in their order."""
    people, keys = {one.person for one in chosen}, {one.public_key for one in chosen}
    return (
        tuple(one.meaning for one in chosen) == tuple(meanings)
        and all(one.trusted for one in chosen)
        and len(people) == len(keys) == len({one.certificate for one in chosen}) == len(chosen)
        and all(moment(one) <= moment(later) for one, later in pairwise(chosen))
    )


@given(demands, signatures_)
def test_it_is_met_exactly_where_some_choice_of_signatures_meets_it(meanings, signatures):
    ordered = sorted(signatures, key=lambda one: one.number)
    possible = any(meets(meanings, chosen) for chosen in combinations(ordered, len(meanings)))
    assert (unmet(meanings, signatures) is None) is possible


@given(demands, signatures_, signatures_)
def test_a_further_signature_never_breaks_what_is_met(meanings, signatures, more):
    taken = {one.number for one in signatures}
    added = [*signatures, *(one for one in more if one.number not in taken)]
    assert unmet(meanings, signatures) is not None or unmet(meanings, added) is None
