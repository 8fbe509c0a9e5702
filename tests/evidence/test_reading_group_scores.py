"""Tables of scores by group are read back, or refused where nothing that was measured gives them."""

from dataclasses import replace

import numpy as np
import pytest

from assay.evidence.group_scores import GroupScores, Held
from assay.evidence.merging import covers, merge
from assay.evidence.reading import read_table
from assay.evidence.request import GroupScoresRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.evidence.value import Evidence

ASKED = GroupScoresRequest("test", "sex*band")
ALIKE = GroupScoresRequest("test", "sex*band", labelled=False)


def held(*counts):
    return Held(np.array(counts, dtype=np.int64))


def made(**more) -> GroupScores:
    value = GroupScores(
        ("group:sex", "group:band"), ((None, "old"), ("f", None), ("f", "x, y")), (2, 3, 0), np.array([0, 0, 2]),
        np.array([0.25, 0.5, 0.25]), held(1, 2, 3), held(0, 1, 1), held(4, 0, 0), "y = 1", probability=True,
    )  # fmt: skip
    return replace(value, **more)


def weighted() -> GroupScores:
    columns = ([2.0, 3.0, 1.5], [4.0, 5.0, 2.25]), ([0.0, 1.0, 0.5], [0.0, 1.0, 0.25]), ([8.0, 0.0, 0.0], [16.0, 0, 0])
    counts = made().events, made().nonevents, made().unlabelled
    weighed = [
        Held(each.counts, np.array(first), np.array(second, float))
        for each, (first, second) in zip(counts, columns, strict=True)
    ]
    weighed[0] = Held(weighed[0].counts, np.array([2.0, 3.0, 3.0]), np.array([4.0, 5.0, 3.0]))
    return made(events=weighed[0], nonevents=weighed[1], unlabelled=weighed[2])


BINNED = made(limits=(np.array([0.2, 0.5, 0.2]), np.array([0.3, 0.5, 0.3])))


@pytest.mark.parametrize(
    "value",
    [made(), weighted(), BINNED, made(probability=False), made().without_labels(), weighted().without_labels()],
    ids=["plain", "weighted", "binned", "score", "without labels", "weighted without labels"],
)
def test_they_come_back_whole(value):
    answered, read = read_table(ASKED, value.csv())
    assert read.csv() == value.csv()
    assert answered == (ASKED if value.event else ALIKE)
    assert (read.total, read.groups, read.unscored) == (value.total, value.groups, value.unscored)
    assert read.event == value.event


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"group:sex", b"sex"), (b"group:band", b"group:sex"), (b"probability", b"chance"), (b"unscored", b"nobody"),
        (b",old,0.25,1", b",old,0.75,1"), (b",old,0.25,1", b",old,0.5,1"), (b",old,0.25,1", b",young,0.25,1"),
        (b"f,,,,,,3\n", b"f,,,,,,0\n"), (b"f,,,,,,3\n", b"m,,,,,,3\n"),
        (b",old,,,,,2\n", b""), (b",old,0.25,1,0,4,", b",old,0.25,0,0,0,"), (b",old,0.5,2,1,0,", b",old,1.5,2,1,0,"),
        (b",old,0.5,2,1,0,", b",old,nan,2,1,0,"), (b",old,0.5,2,1,0,", b",old,0.5,-2,1,0,"),
        (b",old,0.5,2,1,0,", b",old,0.5,2,1,0,1"), (b",old,0.5,2,1,0,", b",old,0.5,2,1,,"),
        (b",old,0.5,2,1,0,", b",old,0.5,9007199254740992,1,0,"), (b",old,,,,,2\n", b",old,,1,,,2\n"),
    ],
)  # fmt: skip
def test_lines_that_nobody_can_have_counted_are_refused(old, new):
    data = made().csv()
    assert data.replace(old, new, 1) != data
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.25,0.2,0.3,3", b"0.25,0.3,0.3,3"), (b"0.25,0.2,0.3,3", b"0.25,0.2,0.31,3"),
        (b"0.25,0.2,0.3,3", b"0.26,0.2,0.3,3"), (b"0.5,0.5,0.5", b"0.5,0.3,0.5"), (b"0.5,0.5,0.5", b"0.5,0.5,1.5"),
    ],
)  # fmt: skip
def test_bins_that_overlap_or_differ_between_groups_are_refused(old, new):
    data = BINNED.csv()
    assert data.replace(old, new, 1) != data
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b",3.0,5.0", b",3.0,10.0"), (b",3.0,5.0", b",-3.0,5.0"), (b",3.0,5.0", b",3.0,4.0"), (b",8.0,16.0", b",8.0,1.0")],
)
def test_weights_that_nobody_can_have_are_refused(old, new):
    data = weighted().csv()
    assert data.replace(old, new, 1) != data
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data.replace(old, new, 1))


@pytest.mark.parametrize("data", [b"", b"\n", b"group:sex\n", b"probability,events: y,nonevents,unlabelled,unscored\n"])
def test_what_is_no_such_table_is_refused(data):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, data)


def test_one_measurement_with_labels_answers_both_questions_and_each_sees_its_own():
    assert merge([ALIKE, ASKED, GroupScoresRequest("test", "sex", labelled=False)]) == [
        ASKED, GroupScoresRequest("test", "sex", labelled=False)
    ]  # fmt: skip
    assert (covers(ASKED, ALIKE), covers(ALIKE, ASKED)) == (True, False)
    assert told(ASKED) == told(ALIKE) == "scores of test by sex*band"
    evidence = Evidence({ASKED: made()})
    assert evidence.group_scores(ASKED).event == "y = 1"
    assert evidence.group_scores(ALIKE).event is None
    assert evidence.group_scores(ALIKE).people.counts.tolist() == [5, 3, 4]


def test_a_group_has_the_scores_of_its_labelled_people():
    part = made().part(0)
    assert (part.score.tolist(), part.events.tolist(), part.nonevents.tolist()) == ([0.25, 0.5], [1, 2], [0, 1])
    assert (part.unlabelled, part.unscored, part.total) == (4, 2, 10)
