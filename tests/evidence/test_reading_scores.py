"""Tables of bins, weights and random groups are read back, or refused where nothing that was measured gives them."""

from dataclasses import replace

import numpy as np
import pytest

from assay.evidence.merging import covers, merge
from assay.evidence.reading import read_table
from assay.evidence.request import ScoresRequest
from assay.evidence.scores import Bins, Losses, Ranks, Scores, Weights
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.evidence.value import Evidence

ASKED, EXACT = ScoresRequest("test"), ScoresRequest("test", exact=True)
# three events at .2, .6, .7 and two others at .3, .6; the bins are [.2, .3] and [.6, .7]
LOSSES = Losses(0.89, 0.45, 2.5, 1.25, 0)
RANKS = Ranks(0 + 3 + 4, 0 + 9 + 16, (4 - 0) ** 2 + 3**2, 3, 0.75)


def bins(losses=LOSSES, ranks=RANKS) -> Scores:
    inside = Bins(np.array([0.2, 0.6]), np.array([0.3, 0.7]), np.array([0.2, 1.3]), np.array([0.3, 0.6]), losses, ranks)
    return Scores(
        np.array([0.25, 1.9 / 3]), np.array([1, 2]), np.array([1, 1]), 4, 0, "y = 1", probability=True, bins=inside
    )


def designed() -> Scores:
    weights = Weights(
        *(np.array(column) for column in ([2.0, 0.0, 1.5], [4.0, 0.0, 2.25], [0.0, 3.0, 0.5], [0.0, 5.0, 0.25]))
    )
    return Scores(
        np.array([0.1, 0.1, 0.8]), np.array([1, 0, 1]), np.array([0, 2, 1]), 0, 1, "y = 1", probability=True,
        weights=weights, group=np.array([3, 400, 3]),
    )  # fmt: skip


@pytest.mark.parametrize("value", [bins(), bins(ranks=None), designed()], ids=["ranks", "bins", "design"])
def test_they_come_back_whole(value):
    answered, read = read_table(ASKED, value.csv())
    assert read.csv() == value.csv()
    assert read.score.tolist() == pytest.approx(value.score.tolist(), abs=1e-15)
    assert read.total == value.total
    assert answered.exact == (value.bins is None or value.bins.ranks is not None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.2,0.3", b"0.3,0.2"), (b"0.2,0.3", b"0.2,0.6"), (b",0.2,0.3,,\n", b",0.4,0.3,,\n"),
        (b"0.2,0.3", b"-0.2,0.3"),
        (b"event_squares,0.89", b"event_squares,1.6"), (b"event_squares,0.89", b"event_squares,-1.0"),
        (b"impossible,0", b"impossible,6"), (b"event_logs,2.5", b"event_logs,inf"), (b"nonevent_logs", b"logs"),
        (b"twice_u,7", b"twice_u,70"), (b"twice_u,7", b"twice_u,10"), (b"twice_u,7", b"twice_u,-7"),
        (b"ks,3", b"ks,7"), (b"event_rank_squares,25", b"event_rank_squares,1"), (b"precision,0.75", b"precision,1.5"),
        (b"event_rank_squares,25", b"event_rank_squares,49"), (b"sum,value", b"value,sum"), (b"ks,3", b"ks,3.0"),
    ],
)  # fmt: skip
def test_bins_and_sums_that_contradict_each_other_are_refused(old, new):
    data = bins().csv()
    assert data.replace(old, new) != data
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.1,400,", b"0.1,401,"), (b"0.1,3,", b"0.1,400,"), (b",2.0,4.0", b",2.0,5.0"), (b",2.0,4.0", b",2.0,3.0"),
        (b",2.0,4.0", b",-2.0,4.0"), (b",3.0,5.0", b",3.0,4.0"), (b",2.0,4.0", b",1e200,4.0"), (b"entity", b"people"),
    ],
)  # fmt: skip
def test_weights_and_groups_that_nobody_can_have_are_refused(old, new):
    data = designed().csv()
    assert data.replace(old, new) != data
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data.replace(old, new))


def test_sums_over_ranks_of_people_with_weights_or_in_several_rows_are_refused():
    weights = Weights(*(np.array(column) for column in ([1.0, 2.0], [1.0, 2.0], [1.0, 1.0], [1.0, 1.0])))
    for more in ({"weights": weights}, {"group": np.array([3, 4])}):
        read_table(ASKED, replace(bins(ranks=None), **more).csv())
        with pytest.raises(UnreadableTable, match="ranks"):
            read_table(ASKED, replace(bins(), **more).csv())


@pytest.mark.parametrize("score", [[-0.1, 0.5], [0.5, 1.1]])
def test_probabilities_beyond_0_and_1_are_refused(score):
    one = np.array([1, 1])
    value = Scores(np.array(score), one, one, 0, 0, "y = 1", probability=False)
    read_table(ASKED, value.csv())
    with pytest.raises(UnreadableTable, match="probability"):
        read_table(ASKED, replace(value, probability=True).csv())


def test_scores_asked_for_twice_are_measured_once_and_exactly_where_one_asks_for_it():
    assert merge([ASKED, EXACT, ASKED, ScoresRequest("train")]) == [EXACT, ScoresRequest("train")]
    assert (covers(EXACT, ASKED), covers(ASKED, EXACT)) == (True, False)
    assert told(EXACT) == told(ASKED)


def test_what_another_control_asked_exactly_does_not_change_what_this_one_sees():
    evidence = Evidence({EXACT: bins()})
    assert evidence.scores(EXACT).bins.ranks == RANKS
    assert evidence.scores(ASKED).bins.ranks is None
