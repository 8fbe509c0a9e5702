"""Tables are read back to the very value, or refused."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.cells import Cells
from assay.evidence.history import FixedPolicy, History, PastAudit
from assay.evidence.papers import Artefact, Document, Papers
from assay.evidence.profile import ColumnProfile, Profile
from assay.evidence.reading import read_table
from assay.evidence.request import (
    CellsRequest,
    HistoryRequest,
    PapersRequest,
    ProfileRequest,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
)
from assay.evidence.scores import Scores
from assay.evidence.shared_rows import SharedRows
from assay.evidence.table import LARGEST_COUNT, UnreadableTable, as_text, table
from assay.evidence.telling import told
from assay.record.condition import Test

CELLS, SCORES, PROFILE = CellsRequest("test", ()), ScoresRequest("test"), ProfileRequest("test", ())
HOSTILE = ["", "'", "''", "=1+1", "'=1", "\\u{202E}", "\\", "\\\u202e", "a\nb", '"', ",", "\r", "\ud800", "(missing)"]
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=8), st.text(alphabet="'=\\u{0}\n\t,\"a5C\u202e", max_size=9)
)
levels = st.one_of(st.none(), texts)
counts = st.integers(1, 10**9)
digests = st.none() | texts


@st.composite
def cells(draw):
    keys = tuple(draw(st.lists(texts, min_size=1, max_size=3, unique=True)))
    rows = draw(st.dictionaries(st.tuples(*[levels] * len(keys)), counts, max_size=6))
    return Cells(keys, tuple(rows), tuple(rows.values())).over(keys)


@st.composite
def scores(draw):
    probability = draw(st.booleans())
    limits = (0.0, 1.0) if probability else (None, None)
    some = st.floats(*limits, allow_nan=False, allow_infinity=False)
    numbers = draw(st.lists(some, unique=True, max_size=6))
    ascending = sorted(set(map(float, numbers)))
    events = draw(st.lists(counts, min_size=len(ascending), max_size=len(ascending)))
    nonevents = draw(st.lists(st.integers(0, 9), min_size=len(ascending), max_size=len(ascending)))
    return Scores(
        np.array(ascending), np.array(events, dtype=np.int64), np.array(nonevents, dtype=np.int64),
        draw(st.integers(0, 9)), draw(st.integers(0, 9)), draw(texts), probability,
    )  # fmt: skip


@st.composite
def profiles(draw, *, against):
    columns = []
    for name in draw(st.lists(texts, max_size=3, unique=True)):
        bins = tuple(draw(st.lists(texts, max_size=3)))
        own, other = (tuple(draw(st.integers(0, 99)) for _ in bins) for _ in range(2))
        missing, number = draw(st.integers(0, 9)), st.none() | st.floats(allow_nan=False, allow_infinity=False)
        beside = (sum(other) + missing, missing, other) if against else (None, None, None)
        columns.append(
            ColumnProfile(name, draw(st.booleans()), sum(own) + missing, missing, draw(st.integers(0, 9)),
                          draw(number), draw(number), bins, own, *beside)
        )  # fmt: skip
    return Profile(tuple(columns))


def read_back(asked, value):
    """The value, through its bytes, which a spreadsheet would not run."""
    data = value.csv()
    for line in csv.reader(io.StringIO(data.decode(), newline="")):
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in line)
    return read_table(asked, data)


@given(texts)
def test_every_text_is_read_back_from_a_cell_of_its_own(text):
    (_, (cell,)) = csv.reader(io.StringIO(table(("h",), [(text,)]).decode(), newline=""))
    assert cell
    assert as_text(cell) == text


@given(cells())
def test_cells_come_back_whatever_the_labels_are(value):
    assert read_back(CELLS, value) == (CellsRequest("test", value.keys), value)


@given(scores())
def test_scores_come_back_with_their_event_and_the_rows_that_have_none(value):
    _, read = read_back(SCORES, value)
    assert (read.score.tolist(), read.events.tolist(), read.nonevents.tolist()) == (
        value.score.tolist(), value.events.tolist(), value.nonevents.tolist()
    )  # fmt: skip
    assert (read.unlabelled, read.unscored, read.event, read.probability, read.csv()) == (
        value.unlabelled, value.unscored, value.event, value.probability, value.csv()
    )  # fmt: skip


@given(profiles(against=False))
def test_a_profile_comes_back(value):
    names = tuple(column.name for column in value.columns)
    assert read_back(PROFILE, value) == (ProfileRequest("test", names), value)


@given(profiles(against=True))
def test_a_profile_of_two_datasets_comes_back_and_is_not_taken_for_one_of_one(value):
    names = tuple(column.name for column in value.columns)
    assert read_back(ProfileRequest("test", (), "train"), value) == (ProfileRequest("test", names, "train"), value)
    if names:
        with pytest.raises(UnreadableTable, match="datasets"):
            read_table(PROFILE, value.csv())


@given(st.integers(0, 99), st.integers(1, 9), st.lists(texts, max_size=3))
def test_shared_rows_come_back_with_the_columns_compared(rows, against, columns):
    value = SharedRows(rows, against, rows // 2, tuple(columns))
    assert read_back(SharedRowsRequest("test", "train", ()), value) == (
        SharedRowsRequest("test", "train", tuple(columns)),
        value,
    )


documents = st.builds(Document, texts, texts, st.booleans(), st.integers(0, 9), levels, digests)
states = st.none() | st.sampled_from(["holds", "does not hold", "not verified"])
artefacts = st.builds(Artefact, texts, texts, digests, digests, states, levels)


@given(st.lists(documents, max_size=3), st.lists(artefacts, max_size=3))
def test_papers_come_back_with_every_problem_and_signature(documents, artefacts):
    value = Papers(tuple(documents), tuple(artefacts))
    assert read_back(PapersRequest(), value) == (PapersRequest(), value)


past = st.builds(
    PastAudit, st.integers(0, 9), st.sampled_from(["plan", "audit"]), st.integers(-9, 9), texts, texts, texts,
    st.booleans(), st.booleans(), levels,
)  # fmt: skip
fixed = st.builds(FixedPolicy, texts, texts, st.none() | st.integers(0, 9))


@given(texts, st.integers(0, 9), st.lists(past, max_size=3), st.lists(fixed, max_size=3))
def test_the_history_of_a_ledger_comes_back(ledger, size, audits, policies):
    value = History(ledger, size, tuple(audits), tuple(policies))
    assert read_back(HistoryRequest(), value) == (HistoryRequest(), value)


GOOD = Cells(("decision", "group:g"), (("favourable", None), ("favourable", "a")), (3, 4)).csv()


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"\n", b"n\n0\n", b"\xff\n", b'"', GOOD[:-1], GOOD + b"\n", GOOD.replace(b"\n", b"\r\n"),
        GOOD + b"a,b,1\n",
        GOOD.replace(b"4", b"0"), GOOD.replace(b"4", b"04"), GOOD.replace(b"4", b"-4"), GOOD.replace(b"4", b"4.0"),
        GOOD.replace(b"4", b"\xd9\xa4"), GOOD.replace(b"4", b" 4"), GOOD.replace(b"4", b"9" * 400),
        GOOD.replace(b",n", b",m"), GOOD.replace(b"group:g", b"decision"), GOOD.replace(b",a,", b",'a,"),
        GOOD.replace(b",a,", b",=a,"), GOOD.replace(b",a,", b',"a",'), GOOD.replace(b",a,", b",a"),
        GOOD.replace(b",a,", b",,"), b"\xef\xbb\xbf" + GOOD, GOOD.replace(b",a,", rb",\u{61},"),
        GOOD.replace(b",a,", rb",\u{0061},"), GOOD.replace(b",a,", b',"' + b"a" * 200_000 + b'",'),
    ],
)  # fmt: skip
def test_any_bytes_but_those_of_a_table_are_refused(bad):
    assert bad != GOOD
    with pytest.raises(UnreadableTable):
        read_table(CELLS, bad)


TWO_LINES = b"score,events: y,nonevents,unlabelled,unscored\n,,,0,1\n0.5,1,2,,\n"
ONE_COLUMN = Profile((ColumnProfile("a", True, 3, 1, 1, 0.0, 1.0, ("b",), (2,)),)).csv()


@pytest.mark.parametrize(
    ("asked", "good", "old", "new"),
    [
        (SCORES, TWO_LINES, b"0.5", b"nan"),
        (SCORES, TWO_LINES, b"0.5", b"1e999"),
        (SCORES, TWO_LINES, b"0.5", b"0.50"),
        (SCORES, TWO_LINES, b"1,2", b"0,0"),
        (SCORES, TWO_LINES, b",,,0,1\n", b""),
        (SCORES, TWO_LINES, b"1,2", b"9007199254740992,1"),
        (SCORES, TWO_LINES, b"score", b"guess"),
        (PROFILE, ONE_COLUMN, b"a,number,3", b"a,number,4"),
        (PROFILE, ONE_COLUMN, b"number", b"text"),
        (SharedRowsRequest("test", "train", ()), SharedRows(3, 4, 2, ("a",)).csv(), b"3,4,2", b"3,4,5"),
        (PapersRequest(), Papers((), (Artefact("m", "m", None, "x"),)).csv(), b"True", b"False"),
        (PapersRequest(), Papers((), (Artefact("m", "m", None, "x", "holds"),)).csv(), b"holds", b"held"),
    ],
)  # fmt: skip
def test_what_no_measurement_gives_is_refused(asked, good, old, new):
    read_table(asked, good)
    with pytest.raises(UnreadableTable):
        read_table(asked, good.replace(old, new))


def test_more_people_than_can_be_counted_are_refused():
    with pytest.raises(UnreadableTable, match="more than"):
        read_table(CELLS, table(("a", "n"), [("x", LARGEST_COUNT), ("y", 1)]))


def test_rows_never_stand_in_a_table():
    with pytest.raises(UnreadableTable):
        read_table(RowsRequest("test", 10), GOOD)


def test_requests_say_what_they_ask_and_no_two_say_the_same_unless_they_are_merged():
    where = Test(field="región", equals=1.0)
    asked = [
        CellsRequest("test", ("label",)), CellsRequest("test", ("label",), where), ScoresRequest("test"),
        CellsRequest("test", ("label",), Test(field="región", equals="1")), CellsRequest("train", ()),
        ProfileRequest("test", ("a",)), ProfileRequest("test", ("a",), "train"), ProfileRequest("test", ("a",), bins=5),
        SharedRowsRequest("test", "train", ()), SharedRowsRequest("train", "test", ()),
        SharedRowsRequest("test", "train", (), where=where), PapersRequest(),
        HistoryRequest(), RowsRequest("test", 10), RowsRequest("test", 10, where=where),
    ]  # fmt: skip
    assert len({told(request) for request in asked}) == len(asked)
    assert told(asked[1]) == 'cells of test where {"equals": 1, "field": "región"}'
    assert told(asked[1]) == told(CellsRequest("test", ("decision",), Test(field="región", equals=1)))
    assert told(asked[6]) == "profile of test against train in 10 bins"


def test_doubled_cells_of_weights_beyond_all_bounds_are_refused_before_they_are_added_up():
    line = "favourable,f,3,1e+100,1.7e+308\n"
    with pytest.raises(UnreadableTable):
        read_table(CellsRequest("test", ("decision", "group:sex")),
                   f"decision,group:sex,n,weight,weight_squared\n{line}{line}".encode())  # fmt: skip
