"""Requests in words, as the record says them."""

from __future__ import annotations

import json

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
    RowsRequest,
    ScoresRequest,
    SharedEntitiesRequest,
    SharedRowsRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.evidence.table import seen
from assay.record.condition import Condition


def told(request: Request) -> str:
    """What the request's table answers, as the record says it: `profile of test against train in 10 bins where {…}`.

    Cells by other keys, and requests that may be merged, say the same; which keys or columns were counted, the table
    itself says. Any two others say different things.
    """
    match request:
        case CellsRequest(data, _, where):
            return f"cells of {data}{_filter(where)}"
        case ScoresRequest(data, where):
            return f"scores of {data}{_filter(where)}"
        case GroupScoresRequest(data, grouping, where):
            return f"scores of {data} by {seen(grouping)}{_filter(where)}"
        case MomentsRequest(data, grouping, of, where):
            return f"moments of the {of.replace('_', ' ')} of {data} by {seen(grouping)}{_filter(where)}"
        case ResidualsRequest(data, where):
            return f"residuals of {data}{_filter(where)}"
        case PairedScoresRequest(data, where, of):
            return f"{of} of {data} by champion and challenger{_filter(where)}"
        case ProfileRequest(data, _, against, bins, where):
            beside = f" against {against}" if against else ""
            return f"profile of {data}{beside} in {bins} bin{'s' * (bins > 1)}{_filter(where)}"
        case DistributionsRequest(data, against, _, where):
            return f"distributions of {data} beside {against}{_filter(where)}"
        case CodeBookRequest(data, where):
            return f"what {data} holds beside what the manifest says of each feature{_filter(where)}"
        case DomainRequest(data, against, _, size, where):
            return f"{size} rows of {data} and {against} told apart by inputs{_filter(where)}"
        case SharedEntitiesRequest(data, against, where):
            return f"entities of {data} that stand in {against}{_filter(where)}"
        case DaysRequest(data, against, where):
            return f"days of {data} beside those of {against}{_filter(where)}"
        case SharedRowsRequest(data, against, _, near, where):
            return f"rows of {data} that stand in {against}{', or nearly' if near else ''}{_filter(where)}"
        case DuplicatesRequest(data, _, labelled, where):
            return f"rows of {data} with the same inputs{', and their labels' if labelled else ''}{_filter(where)}"
        case PatternsRequest(data, _, where):
            return f"texts of {data} that look like personal data{_filter(where)}"
        case CorrelationsRequest(data, _, size, where):
            return f"correlations in {size} rows of {data}{_filter(where)}"
        case SlicesRequest(data, _, of, _, size, _, most, where):
            return f"{most} slices of most {of} in {size} rows of {data}{_filter(where)}"
        case RegionsRequest(data, against, _, bins, size, where):
            return f"errors in {bins} regions of each input, in {size} rows of {data} and of {against}{_filter(where)}"
        case RowsRequest(data, _, background, size, where):
            return f"attributions of rows of {data} with {size} rows of {background}{_filter(where)}"
        case FlipsRequest(data, _, size, where):
            return f"flips of {size} rows of {data}{_filter(where)}"
        case RepeatsRequest(data, size, where):
            return f"scores of {size} rows of {data}, asked for again{_filter(where)}"
        case RetrainedRequest(data, size, where):
            return f"scores of {size} rows of {data} by the model made again{_filter(where)}"
        case NeighboursRequest(data, _, k, size, where):
            return f"{k} nearest neighbours in {size} rows of {data}{_filter(where)}"
        case ProxiesRequest(data, _, _, size, where):
            return f"groups told from inputs in {size} rows of {data}{_filter(where)}"
        case UncertainRequest(data, attribute, where):
            return f"probabilities of {seen(attribute)} in {data}{_filter(where)}"
        case PapersRequest():
            return "papers"
        case HistoryRequest():
            return "history"


def filter_told(where: Condition) -> str:
    """A condition as JSON, keys sorted; 1.0 is written 1, as in the record."""
    plain = _plain(where.model_dump(mode="json", by_alias=True, exclude_none=True))
    return seen(json.dumps(plain, sort_keys=True, ensure_ascii=False))


def _filter(where: Condition | None) -> str:
    return "" if where is None else f" where {filter_told(where)}"


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
