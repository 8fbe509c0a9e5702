"""Tables read back: the very bytes that `csv()` writes become the value again, and any others are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from assay.evidence.cells import LARGEST_WEIGHT, WEIGHT, WEIGHT_SQUARED, Cells
from assay.evidence.code_book import CodeBook, read_code_book
from assay.evidence.correlations import Correlations, read_correlations
from assay.evidence.days import Days, read_days
from assay.evidence.distributions import Distributions, read_distributions
from assay.evidence.duplicates import Duplicates, read_duplicates
from assay.evidence.group_scores import GroupScores
from assay.evidence.history import History, read_history
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.keys import GROUP
from assay.evidence.moments import Moments, read_moments
from assay.evidence.paired_scores import PairedScores, read_paired_scores
from assay.evidence.papers import Papers, read_papers
from assay.evidence.patterns import Patterns, read_patterns
from assay.evidence.profile import MISSING, PROFILE, ColumnProfile, Profile
from assay.evidence.proxies import Proxies
from assay.evidence.reading_group_scores import read_group_scores
from assay.evidence.reading_individuals import read_flips, read_neighbours, read_proxies
from assay.evidence.reading_scores import read_scores
from assay.evidence.regions import Regions, read_regions
from assay.evidence.repeats import Repeats, read_repeats
from assay.evidence.request import (
    CellsRequest,
    CodeBookRequest,
    CorrelationsRequest,
    DaysRequest,
    DistributionsRequest,
    DomainRequest,
    DuplicatesRequest,
    FlipsRequest,
    GroupScoresRequest,
    HistoryRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    PapersRequest,
    PatternsRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    ResidualsRequest,
    RetrainedRequest,
    ScoresRequest,
    SharedEntitiesRequest,
    SharedRowsRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.evidence.residuals import Residuals, read_residuals
from assay.evidence.retrained import Retrained, read_retrained
from assay.evidence.scores import Scores
from assay.evidence.shared_entities import SharedEntities, read_shared_entities
from assay.evidence.shared_rows import SharedRows, read_shared_rows
from assay.evidence.slices import Slices, read_slices
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_optional_count,
    as_optional_number,
    as_text,
    lines_of,
)
from assay.evidence.uncertain import UncertainGroups, read_uncertain

V = TypeVar("V")
Table = (
    Cells
    | Scores
    | GroupScores
    | Moments
    | Residuals
    | PairedScores
    | Profile
    | SharedRows
    | Correlations
    | Slices
    | Regions
    | SharedEntities
    | Days
    | Distributions
    | CodeBook
    | Patterns
    | Duplicates
    | Flips
    | Repeats
    | Retrained
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
        case PairedScoresRequest(of, where, _), PairedScores():
            return PairedScoresRequest(of, where, "residuals" if value.event is None else "events"), value
        case ProfileRequest(of, _, against, bins, where), Profile():
            if any((column.against_rows is None) != (against is None) for column in value.columns):
                raise UnreadableTable("it does not count the datasets that it is about")
            return ProfileRequest(of, tuple(column.name for column in value.columns), against, bins, where), value
        case DuplicatesRequest(of, _, labelled, where), Duplicates():
            return DuplicatesRequest(of, value.columns, labelled, where), value
        case PatternsRequest(of, _, where), Patterns():
            return PatternsRequest(of, tuple(column.name for column in value.columns), where), value
        case DistributionsRequest(of, against, _, where), Distributions():
            return DistributionsRequest(of, against, tuple(each.name for each in value.columns), where), value
        case DomainRequest(of, against, _, size, where), Proxies():
            return DomainRequest(of, against, value.features, size, where), value
        case CorrelationsRequest(of, names, size, where), Correlations():
            held = {*value.columns, *value.constant}
            return CorrelationsRequest(of, names if {*names} == held else tuple(sorted(held)), size, where), value
        case SharedRowsRequest(of, against, _, near, where), SharedRows():
            if near != (value.near is not None):
                raise UnreadableTable("it does not count the rows that it is about")
            return SharedRowsRequest(of, against, value.columns, near, where), value
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
        case ResidualsRequest():
            return read_residuals
        case PairedScoresRequest():
            return read_paired_scores
        case ProfileRequest():
            return read_profile
        case SharedEntitiesRequest():
            return read_shared_entities
        case DaysRequest():
            return read_days
        case SharedRowsRequest():
            return read_shared_rows
        case DistributionsRequest():
            return read_distributions
        case CodeBookRequest():
            return read_code_book
        case PatternsRequest():
            return read_patterns
        case DuplicatesRequest():
            return read_duplicates
        case CorrelationsRequest(size=size):
            return lambda data: read_correlations(data, size)
        case SlicesRequest():
            return lambda data: read_slices(data, asked)
        case RegionsRequest():
            return lambda data: read_regions(data, asked)
        case RepeatsRequest(size=size):
            return lambda data: read_repeats(data, size)
        case RetrainedRequest(size=size):
            return lambda data: read_retrained(data, size)
        case FlipsRequest(size=size):
            return lambda data: read_flips(data, size)
        case NeighboursRequest(k=k, size=size):
            return lambda data: read_neighbours(data, k, size)
        case ProxiesRequest(size=size) | DomainRequest(size=size):
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
    if weights is not None and squares is not None:
        _require_weights(cells.counts, weights, squares)  # first, since others cannot be added up
    if 0 in cells.counts or cells.over(keys) != cells:
        raise UnreadableTable("its cells are empty, doubled or not in order")
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


def _counted(value: V, people: int) -> V:
    if people > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} rows")
    return value
