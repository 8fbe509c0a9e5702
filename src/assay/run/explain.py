"""What an audit will read, before anything is read: the scans of its plan and the controls that need them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.engines.cells import MAXIMUM_CELLS, MAXIMUM_CUBE
from assay.engines.scans import scans
from assay.engines.score import asks_model
from assay.engines.wanted import columns_read
from assay.evidence.keys import grouping_keys
from assay.evidence.merging import covers
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
from assay.evidence.telling import filter_told
from assay.record.manifest import Manifest
from assay.run.plan import Plan, PlannedControl


@dataclass(frozen=True)
class Reading:
    """One scan."""

    datasets: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Role, what the manifest names, and the columns that are read; nothing where no data are read."""
    filter: str | None
    counted: tuple[str, ...]
    model: bool
    """Whether the model has to run for it."""
    controls: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """The plan of an audit in words."""

    readings: tuple[Reading, ...]
    nothing: tuple[str, ...]
    """Controls that need no evidence: the manifest or an attestation answers them."""
    lacking: tuple[tuple[str, tuple[str, ...]], ...]
    """Controls, and what the manifest lacks to meet them."""
    not_applicable: tuple[str, ...]
    later: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Datasets and the columns of them that are read where a comparison of rates fails."""

    def lines(self) -> Iterator[str]:
        """For a terminal."""
        scanned = sum(bool(reading.datasets) for reading in self.readings)
        yield f"scans of data: {scanned}; nothing has been read"
        for number, reading in enumerate(self.readings, start=1):
            yield ""
            yield f"{number}. " + (" and ".join(f"{role}: {path}" for role, path, _ in reading.datasets) or "no data")
            for role, _, columns in reading.datasets:
                yield f"   columns of {role}: {', '.join(columns) or '(none: rows are counted)'}"
            if reading.filter is not None:
                yield f"   rows where: {reading.filter}"
            yield from (f"   {counted}" for counted in reading.counted)
            if reading.model:
                yield "   needs the model"
            yield f"   for: {', '.join(reading.controls)}"
        for role, columns in self.later:
            yield ""
            yield "where a comparison of rates fails, what other decisions could reach is analysed, never applied, from"
            yield f"   columns of {role}: {', '.join(columns)}"
        for told, controls in (("no evidence is needed for", self.nothing), ("not applicable", self.not_applicable)):
            if controls:
                yield ""
                yield f"{told}: {', '.join(controls)}"
        for control, missing in self.lacking:
            yield ""
            yield f"{control} cannot be measured; missing: {'; '.join(missing)}"


def explain(plan: Plan, manifest: Manifest) -> Explanation:
    """What will be read for the plan, and why. Reads nothing."""
    applying = [planned for planned in plan.controls if planned.applies]
    return Explanation(
        readings=tuple(_reading(requests, applying, manifest) for requests in scans(plan.requests, manifest)),
        nothing=tuple(_name(planned) for planned in applying if planned.check is None),
        lacking=tuple((_name(planned), planned.needs.missing) for planned in applying if planned.needs.missing),
        not_applicable=tuple(_name(planned) for planned in plan.controls if not planned.applies),
        later=tuple(columns_read(plan.later, manifest).items()),
    )


def _name(planned: PlannedControl) -> str:
    return f"{planned.policy.policy.id}/{planned.control.id}"


def _reading(requests: Sequence[Request], applying: Sequence[PlannedControl], manifest: Manifest) -> Reading:
    columns = columns_read(requests, manifest)
    where = next((request.where for request in requests if hasattr(request, "where")), None)
    return Reading(
        datasets=tuple(
            (role, manifest.data[role].told if role in manifest.data else "not in the manifest", names)
            for role, names in columns.items()
        ),
        filter=None if where is None else filter_told(where),
        counted=tuple(_counted(requests)),
        model=any(asks_model(request, manifest) for request in requests),
        controls=tuple(
            _name(planned)
            for planned in applying
            if any(covers(made, asked) for made in requests for asked in planned.needs.requests)
        ),
    )


def _counted(requests: Sequence[Request]) -> Iterator[str]:
    cells = [request for request in requests if isinstance(request, CellsRequest)]
    yield from (f"people by {' × '.join(request.keys) or 'nothing: all together'}" for request in cells)
    if len(cells) > 1:
        yield f"as one cube of at most {MAXIMUM_CUBE:,} cells, else as {len(cells)} grouping sets of {MAXIMUM_CELLS:,}"
    for request in requests:
        match request:
            case ScoresRequest(exact=exact):
                yield "events and others by score" + (", exactly" if exact else "")
            case GroupScoresRequest(grouping=grouping, labelled=labelled):
                who = "events and others" if labelled else "people"
                yield f"{who} by score and {' × '.join(grouping_keys(grouping))}"
            case MomentsRequest(grouping=grouping, of=of):
                yield f"sums of powers of the {of.replace('_', ' ')} by {grouping}"
            case PairedScoresRequest(of=of):
                yield f"{of} by the score of the champion and that of the challenger"
            case ResidualsRequest():
                yield "sums of powers of the residual and of the label"
            case ProfileRequest(columns=columns, against=against, bins=bins):
                beside = f", in bins of {against}" if against else ""
                yield f"profile of {len(columns)} columns in {bins} bin{'s' * (bins > 1)}{beside}"
            case DistributionsRequest(columns=columns):
                yield f"distributions of {len(columns)} columns, value by value or in fine bins"
            case CodeBookRequest():
                yield "rows that do not hold what the manifest says of each feature"
            case DomainRequest(features=features, size=size):
                yield f"both told apart by {len(features)} inputs in a sample of {size:,} rows"
            case SharedEntitiesRequest():
                yield "entities that stand in both"
            case DaysRequest():
                yield "first and last days of both, and rows on or before the last of the other"
            case SharedRowsRequest(columns=columns, near=near):
                yield f"rows that stand in both{', or nearly' if near else ''}, by {len(columns)} columns"
            case CorrelationsRequest(columns=columns, size=size):
                yield f"correlations of {len(columns)} columns in a sample of {size:,} rows"
            case SlicesRequest(features=features, size=size):
                yield f"the weakest slices by {len(features)} inputs in a sample of {size:,} rows"
            case RegionsRequest(features=features, bins=bins, size=size):
                yield f"wrong decisions in {bins} regions of {len(features)} inputs in samples of {size:,} rows"
            case DuplicatesRequest(columns=columns):
                yield f"rows with the same values of {len(columns)} columns"
            case PatternsRequest(columns=columns):
                yield f"texts of {len(columns)} columns that look like personal data"
            case RowsRequest(size=size):
                yield f"attributions of a sample of {size:,} rows"
            case FlipsRequest(change=change, size=size):
                yield f"decisions of a sample of {size:,} rows with other values of {', '.join(change)}"
            case RepeatsRequest(size=size):
                yield f"scores of a sample of {size:,} rows, asked for several times"
            case RetrainedRequest(size=size):
                yield f"scores of a sample of {size:,} rows by the model made again, where `--run-training` allows it"
            case NeighboursRequest(k=k, size=size):
                yield f"decisions of a sample of {size:,} rows beside those of the {k} most alike"
            case ProxiesRequest(features=features, groupings=groupings, size=size):
                yield f"{', '.join(groupings)} told from {len(features)} inputs in a sample of {size:,} rows"
            case UncertainRequest(attribute=attribute):
                yield f"probabilities of the groups of {attribute}, by decision"
            case PapersRequest():
                yield "documents, and digests of the files that the manifest names"
            case HistoryRequest():
                yield "earlier audits in the ledger"
