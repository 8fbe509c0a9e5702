"""What was measured: the values of evidence requests, each with canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.evidence.cells import Cells
from assay.evidence.group_scores import GroupScores
from assay.evidence.history import History
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.moments import Moments
from assay.evidence.proxies import Proxies
from assay.evidence.request import (
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
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    UncertainRequest,
    covers,
)
from assay.evidence.scores import Scores
from assay.evidence.table import table
from assay.evidence.uncertain import UncertainGroups
from assay.record.artefact import SignatureState

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MISSING = "(missing)"
PROFILE = (
    "column", "kind", "rows", "against_rows", "distinct", "low", "high", "bin", "n", "n_against"
)  # fmt: skip
SHARED = ("rows", "against_rows", "shared", "compared_by")
PAPERS = (
    "kind", "id", "path", "found", "words", "declared", "computed", "problem", "signature"
)  # fmt: skip


@dataclass(frozen=True)
class ColumnProfile:
    """One column, counted."""

    name: str
    numeric: bool
    rows: int
    missing: int
    distinct: int
    low: float | None
    high: float | None
    bins: tuple[str, ...]
    """Of a number the values of `against`, where there is one, or `[a, b)` between its quantiles; or a category."""
    counts: tuple[int, ...]
    """Non-missing values of `data` per bin; bins which only `against` holds count 0 here."""
    against_rows: int | None = None
    against_missing: int | None = None
    against_counts: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Profile:
    """The columns of one dataset, beside another where asked."""

    columns: tuple[ColumnProfile, ...]

    def csv(self) -> bytes:
        """Canonical bytes: per column a line with its rows, range and missing values, then one line per bin."""
        rows: list[tuple[object, ...]] = []
        for c in self.columns:
            kind = "number" if c.numeric else "category"
            facts = (c.rows, c.against_rows, c.distinct, c.low, c.high)
            rows.append((c.name, kind, *facts, MISSING, c.missing, c.against_missing))
            against = (None,) * len(c.bins) if c.against_counts is None else c.against_counts
            nothing = (None,) * (1 + len(facts))
            rows += [(c.name, *nothing, *cell) for cell in zip(c.bins, c.counts, against, strict=True)]
        return table(PROFILE, rows)


@dataclass(frozen=True)
class SharedRows:
    """How many rows stand in both datasets."""

    rows: int
    against_rows: int
    shared: int
    """Rows of `data` whose values stand in `against`."""
    columns: tuple[str, ...]

    def csv(self) -> bytes:
        """Canonical bytes: the counts, and a line for each column after the first."""
        first, *more = self.columns or (None,)
        rows: list[tuple[object, ...]] = [(self.rows, self.against_rows, self.shared, first)]
        return table(SHARED, rows + [(None, None, None, name) for name in more])


@dataclass(frozen=True)
class Rows:
    """Attributions of a seeded row sample, made by the worker. A check never holds the model or the rows themselves."""

    features: tuple[str, ...]
    attributions: Floats
    """(n, k): contribution of each feature to each row's output."""
    base: Floats
    """(n,): the expected output."""
    output: Floats
    """(n,): the model's own output in the same space, computed by the model without the explainer."""
    space: str
    """E.g. `log-odds`."""
    method: str
    """E.g. `TreeExplainer, path-dependent (shap 0.51)`."""
    available: int
    """Rows the sample was drawn from."""


@dataclass(frozen=True)
class Document:
    """A section of `docs.sections`, as found."""

    id: str
    path: str
    found: bool
    """The file is there and, where an anchor is given, so is the heading."""
    words: int
    """Of the file, or of the part under the heading."""
    problem: str | None = None
    text: str | None = None
    """Digest of its words, one blank between them: two sections with the same one say the same."""


@dataclass(frozen=True)
class Artefact:
    """Something the manifest names, with its declared and its computed digest."""

    role: str
    path: str
    declared: str | None
    computed: str | None
    """None: not found."""
    signature: SignatureState | None = None
    """Whether its signature holds; None: the manifest names none."""
    signed: str | None = None
    """By which key or certificate, or why the signature does not hold or was not verified."""


@dataclass(frozen=True)
class Papers:
    """Documents and digests."""

    documents: tuple[Document, ...]
    artefacts: tuple[Artefact, ...]

    def csv(self) -> bytes:
        """Canonical bytes: one line per document and artefact."""
        rows: list[tuple[object, ...]] = [
            ("document", d.id, d.path, d.found, d.words, None, d.text, d.problem, None) for d in self.documents
        ]
        rows += [
            ("artefact", a.role, a.path, a.computed is not None, None, a.declared, a.computed, a.signed, a.signature)
            for a in self.artefacts
        ]
        return table(PAPERS, rows)


@dataclass(frozen=True)
class Unavailable:
    """Evidence that cannot be had of this subject, such as attributions of a model that has no explainer."""

    what: str


@dataclass(frozen=True)
class Failed:
    """Evidence that could not be made because the model failed: it crashed, hung, or took more than it may."""

    what: str


class EvidenceFailed(Exception):
    """A check asked for evidence that is Failed: its finding is an error; the other controls go on."""


class EvidenceMissing(LookupError):
    """A check asked for evidence that is Unavailable: its finding is inconclusive (evidence_missing), not an error."""


Value = (
    Cells
    | Scores
    | GroupScores
    | Moments
    | Profile
    | SharedRows
    | Rows
    | Flips
    | Neighbours
    | Proxies
    | UncertainGroups
    | Papers
    | History
    | Unavailable
    | Failed
)


class Evidence:
    """The values of all requests of an audit; each accessor gives the part that was asked for."""

    def __init__(self, values: dict[Request, Value]) -> None:
        self._values = values

    def _find(self, asked: Request) -> Value:
        for request, value in self._values.items():
            if covers(request, asked):
                if isinstance(value, Unavailable):
                    raise EvidenceMissing(value.what)
                if isinstance(value, Failed):
                    raise EvidenceFailed(value.what)
                return value
        raise LookupError(f"not measured: {asked}")

    def cells(self, request: CellsRequest) -> Cells:
        """Counts over exactly the request's keys."""
        value = self._find(request)
        assert isinstance(value, Cells)  # noqa: S101
        return value.over(request.keys)

    def scores(self, request: ScoresRequest) -> Scores:
        """Events and non-events by score; sums over ranks only where the request asks for them."""
        value = self._find(request)
        assert isinstance(value, Scores)  # noqa: S101
        return value if request.exact or value.bins is None else replace(value, bins=replace(value.bins, ranks=None))

    def group_scores(self, request: GroupScoresRequest) -> GroupScores:
        """People by score and group; by event only where the request asks for it."""
        value = self._find(request)
        assert isinstance(value, GroupScores)  # noqa: S101
        return value if request.labelled or value.event is None else value.without_labels()

    def moments(self, request: MomentsRequest) -> Moments:
        """Sums of powers by group."""
        value = self._find(request)
        assert isinstance(value, Moments)  # noqa: S101
        return value

    def profile(self, request: ProfileRequest) -> Profile:
        """Exactly the request's columns, in its order."""
        value = self._find(request)
        assert isinstance(value, Profile)  # noqa: S101
        by_name = {column.name: column for column in value.columns}
        return Profile(tuple(by_name[name] for name in request.columns))

    def shared_rows(self, request: SharedRowsRequest) -> SharedRows:
        """Rows in both datasets."""
        value = self._find(request)
        assert isinstance(value, SharedRows)  # noqa: S101
        return value

    def rows(self, request: RowsRequest) -> Rows:
        """Attributions; the first `size` rows of the sample."""
        value = self._find(request)
        assert isinstance(value, Rows)  # noqa: S101
        n = request.size
        return Rows(value.features, value.attributions[:n], value.base[:n], value.output[:n],
                    value.space, value.method, value.available)  # fmt: skip

    def flips(self, request: FlipsRequest) -> Flips:
        """Exactly the request's inputs, in its order."""
        value = self._find(request)
        assert isinstance(value, Flips)  # noqa: S101
        return value.of(request.change)

    def neighbours(self, request: NeighboursRequest) -> Neighbours:
        """People beside those most alike."""
        value = self._find(request)
        assert isinstance(value, Neighbours)  # noqa: S101
        return value

    def uncertain(self, request: UncertainRequest) -> UncertainGroups:
        """People by the probability of belonging to a group."""
        value = self._find(request)
        assert isinstance(value, UncertainGroups)  # noqa: S101
        return value

    def proxies(self, request: ProxiesRequest) -> Proxies:
        """Groups told from inputs."""
        value = self._find(request)
        assert isinstance(value, Proxies)  # noqa: S101
        return value

    def history(self, request: HistoryRequest) -> History:
        """Earlier audits."""
        value = self._find(request)
        assert isinstance(value, History)  # noqa: S101
        return value

    def papers(self, request: PapersRequest) -> Papers:
        """Documents and digests."""
        value = self._find(request)
        assert isinstance(value, Papers)  # noqa: S101
        return value
