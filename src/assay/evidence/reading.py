"""Tables read back: the very bytes that `csv()` writes become the value again, and any others are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeVar, get_args

from assay.evidence.cells import LARGEST_WEIGHT, WEIGHT, WEIGHT_SQUARED, Cells
from assay.evidence.group_scores import GroupScores
from assay.evidence.history import HEADER, FixedPolicy, History, PastAudit
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.moments import Moments, read_moments
from assay.evidence.papers import PAPERS, Artefact, Document, Papers
from assay.evidence.profile import MISSING, PROFILE, ColumnProfile, Profile
from assay.evidence.proxies import Proxies
from assay.evidence.reading_group_scores import read_group_scores
from assay.evidence.reading_individuals import read_flips, read_neighbours, read_proxies
from assay.evidence.reading_scores import read_scores
from assay.evidence.request import (
    GROUP,
    CellsRequest,
    FlipsRequest,
    GroupScoresRequest,
    HistoryRequest,
    MomentsRequest,
    NeighboursRequest,
    PapersRequest,
    ProfileRequest,
    ProxiesRequest,
    Request,
    ScoresRequest,
    SharedRowsRequest,
    UncertainRequest,
)
from assay.evidence.scores import Scores
from assay.evidence.shared_rows import SHARED, SharedRows
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_optional_count,
    as_optional_number,
    as_text,
    as_yes,
    lines_of,
)
from assay.evidence.uncertain import UncertainGroups, read_uncertain
from assay.record.artefact import SignatureState

V = TypeVar("V")
Table = (
    Cells
    | Scores
    | GroupScores
    | Moments
    | Profile
    | SharedRows
    | Flips
    | Neighbours
    | Proxies
    | UncertainGroups
    | Papers
    | History
)


def read_table(asked: Request, data: bytes) -> tuple[Request, Table]:
    """The value in a table that answers requests such as `asked`, and the request that it answers whole.

    Raises UnreadableTable for any bytes but those of a value that can have been measured.
    """
    value = _reader(asked)(data)
    if value.csv() != data:
        raise UnreadableTable("it is not written as such a table is")
    match asked, value:
        case CellsRequest(of, _, where), Cells():
            return CellsRequest(of, value.keys, where), value
        case ScoresRequest(of, where), Scores():
            return ScoresRequest(of, where, value.bins is None or value.bins.ranks is not None), value
        case GroupScoresRequest(of, _, where), GroupScores():
            grouping = "*".join(key.removeprefix(GROUP) for key in value.keys)
            return GroupScoresRequest(of, grouping, where, value.event is not None), value
        case ProfileRequest(of, _, against, bins, where), Profile():
            if any((column.against_rows is None) != (against is None) for column in value.columns):
                raise UnreadableTable("it does not count the datasets that it is about")
            return ProfileRequest(of, tuple(column.name for column in value.columns), against, bins, where), value
        case SharedRowsRequest(of, against, _), SharedRows():
            return SharedRowsRequest(of, against, value.columns), value
        case FlipsRequest(of, _, size, where), Flips():
            return FlipsRequest(of, tuple(each.feature for each in value.features), size, where), value
        case NeighboursRequest(of, _, k, size, where), Neighbours():
            return NeighboursRequest(of, value.features, k, size, where), value
        case ProxiesRequest(of, _, _, size, where), Proxies():
            groupings = tuple(each.grouping for each in value.attributes)
            return ProxiesRequest(of, value.features, groupings, size, where), value
    return asked, value


def _reader(asked: Request) -> Callable[[bytes], Table]:
    match asked:
        case CellsRequest():
            return read_cells
        case ScoresRequest():
            return read_scores
        case GroupScoresRequest():
            return read_group_scores
        case MomentsRequest(grouping=grouping):
            return lambda data: read_moments(data, grouping)
        case ProfileRequest():
            return read_profile
        case SharedRowsRequest():
            return read_shared_rows
        case FlipsRequest(size=size):
            return lambda data: read_flips(data, size)
        case NeighboursRequest(k=k, size=size):
            return lambda data: read_neighbours(data, k, size)
        case ProxiesRequest(size=size):
            return lambda data: read_proxies(data, size)
        case UncertainRequest():
            return read_uncertain
        case PapersRequest():
            return read_papers
        case HistoryRequest():
            return read_history
    raise UnreadableTable("rows never stand in a table")


def read_cells(data: bytes) -> Cells:
    """Cells, sorted, distinct and none of them empty; their weights are not negative."""
    header, *lines = lines_of(data)
    weighted = header[-2:] == [WEIGHT, WEIGHT_SQUARED] and header[-3:-2] == ["n"]
    width = len(header) - (3 if weighted else 1)
    keys = tuple(as_name(cell) for cell in header[:width])
    if header[width] != "n" or len(set(keys)) < len(keys):
        raise UnreadableTable("its header is not that of cells")
    weights, squares = (
        (tuple(as_number(line[width + place]) for line in lines) for place in (1, 2)) if weighted else (None, None)
    )
    cells = Cells(
        keys,
        tuple(tuple(as_text(cell) for cell in line[:width]) for line in lines),
        tuple(as_count(line[width]) for line in lines),
        weights,
        squares,
    )
    if 0 in cells.counts or cells.over(keys) != cells:
        raise UnreadableTable("its cells are empty, doubled or not in order")
    if weights is not None and squares is not None:
        _require_weights(cells.counts, weights, squares)
    return _counted(cells, cells.total)


def _require_weights(counts: Sequence[int], weights: Sequence[float], squares: Sequence[float]) -> None:
    """What sums of n numbers that are not negative can be: (Σw)²/n ≤ Σw² ≤ (Σw)².

    An engine sums in fixed point, of which nine digits are left in the least square.
    """
    for n, weight, square in zip(counts, weights, squares, strict=True):
        if not (0 <= weight <= LARGEST_WEIGHT and square >= 0):
            raise UnreadableTable("a weight is negative or beyond all bounds")
        whole, slack = weight * weight, 1 + 1e-6
        if square > whole * slack or square * n * slack < whole:
            raise UnreadableTable("its weights and their squares are not of the same people")


def read_profile(data: bytes) -> Profile:
    """Columns of which every row is missing or in a bin."""
    header, *lines = lines_of(data)
    if tuple(header) != PROFILE:
        raise UnreadableTable("its header is not that of a profile")
    columns = tuple(_columns(lines))
    if len({column.name for column in columns}) < len(columns):
        raise UnreadableTable("it holds a column twice")
    return Profile(columns)


def _columns(lines: Sequence[list[str]]) -> Iterator[ColumnProfile]:
    begins = [place for place, line in enumerate(lines) if line[1]]
    if lines and begins[:1] != [0]:
        raise UnreadableTable("its first line does not begin a column")
    for begin, end in pairwise([*begins, len(lines)]):
        name, kind, rows, against_rows, distinct, low, high, missing, n, n_against = lines[begin]
        bins = lines[begin + 1 : end]
        if kind not in ("number", "category") or missing != MISSING or any(line[0] != name for line in bins):
            raise UnreadableTable("its lines are not those of columns")
        counts = tuple(as_count(line[8]) for line in bins)
        against = None if not against_rows else tuple(as_count(line[9]) for line in bins)
        column = ColumnProfile(
            name=as_name(name),
            numeric=kind == "number",
            rows=as_count(rows),
            missing=as_count(n),
            distinct=as_count(distinct),
            low=as_optional_number(low),
            high=as_optional_number(high),
            bins=tuple(as_name(line[7]) for line in bins),
            counts=counts,
            against_rows=as_optional_count(against_rows),
            against_missing=as_optional_count(n_against),
            against_counts=against,
        )
        beside = None if against is None else sum(against) + (column.against_missing or 0)
        if column.rows != sum(counts) + column.missing or column.against_rows != beside:
            raise UnreadableTable("its bins and missing values are not its rows")
        yield _counted(column, column.rows + (column.against_rows or 0))


def read_shared_rows(data: bytes) -> SharedRows:
    """Rows of two datasets, no more of them shared than there are."""
    header, *lines = lines_of(data)
    if tuple(header) != SHARED or not lines:
        raise UnreadableTable("its header is not that of shared rows")
    rows, against, shared = (as_count(cell) for cell in lines[0][:3])
    columns = tuple(as_text(line[3]) for line in lines)
    named = tuple(name for name in columns if name is not None)
    if columns not in (named, (None,)) or shared > rows or (shared and not against):
        raise UnreadableTable("its lines are not those of shared rows")
    return SharedRows(rows, against, shared, named)


def read_papers(data: bytes) -> Papers:
    """Documents, then artefacts."""
    header, *lines = lines_of(data)
    if tuple(header) != PAPERS:
        raise UnreadableTable("its header is not that of papers")
    documents, artefacts = [], []
    for kind, name, path, found, words, declared, computed, problem, signature in lines:
        if kind == "document":
            documents.append(
                Document(
                    as_name(name), as_name(path), as_yes(found), as_count(words), as_text(problem), as_text(computed)
                )
            )
            continue
        state: SignatureState | None = next((one for one in get_args(SignatureState) if one == signature), None)
        artefacts.append(
            Artefact(as_name(name), as_name(path), as_text(declared), as_text(computed), state, as_text(problem))
        )
    return Papers(tuple(documents), tuple(artefacts))


def read_history(data: bytes) -> History:
    """The ledger, the policies, the earlier audits."""
    header, *lines = lines_of(data)
    if header != list(HEADER) or not lines or lines[0][0] != "ledger":
        raise UnreadableTable("its header is not that of a ledger's history")
    policies, audits = [], []
    for kind, index, days, name, version, digest, same_model, same_test_set, gate in lines[1:]:
        if kind == "policy":
            policies.append(FixedPolicy(as_name(name), as_name(digest), as_optional_count(index)))
            continue
        was: Literal["plan", "audit"] = "plan" if kind == "plan" else "audit"
        before = -as_count(days[1:]) if days.startswith("-") else as_count(days)
        same = same_model == "yes", same_test_set == "yes"
        audits.append(
            PastAudit(
                as_count(index), was, before, as_name(digest), as_name(name), as_name(version), *same, as_text(gate)
            )
        )
    return History(as_name(lines[0][3]), as_count(lines[0][1]), tuple(audits), tuple(policies))


def _counted(value: V, people: int) -> V:
    if people > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} rows")
    return value
