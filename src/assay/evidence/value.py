"""What was measured: the values of evidence requests, each with canonical bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from assay.evidence.history import History
from assay.evidence.request import (
    CellsRequest,
    HistoryRequest,
    PapersRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    covers,
)
from assay.evidence.table import table
from assay.record.artefact import SignatureState
from assay.record.estimate import quoted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

FAVOURABLE, UNFAVOURABLE = "favourable", "unfavourable"
Level = str | None
"""A group's label, "favourable" or "unfavourable"; None: unknown or missing."""
UNKNOWN = "(unknown)"
MISSING = "(missing)"
EVENTS = "events: "
PROFILE = (
    "column", "kind", "rows", "against_rows", "distinct", "low", "high", "bin", "n", "n_against"
)  # fmt: skip
SHARED = ("rows", "against_rows", "shared", "compared_by")
PAPERS = (
    "kind", "id", "path", "found", "words", "declared", "computed", "problem", "signature"
)  # fmt: skip


def group_name(levels: Sequence[Level]) -> str:
    """One name for each tuple of levels: `female, 25-34`, and where that could be read in two ways `“x, y”, z`."""
    several = len(levels) > 1
    return ", ".join(
        UNKNOWN if level is None else quoted(level, doubtful=level == UNKNOWN or (several and ", " in level))
        for level in levels
    )


@dataclass(frozen=True)
class Cells:
    """Counts by keys. `rows[i]` holds one level for each of `keys`; rows are sorted and distinct; counts are > 0."""

    keys: tuple[str, ...]
    rows: tuple[tuple[Level, ...], ...]
    counts: tuple[int, ...]

    @cached_property
    def total(self) -> int:
        """People counted."""
        return sum(self.counts)

    def over(self, keys: Sequence[str]) -> Cells:
        """The marginal table over `keys`, in their order."""
        places = [self.keys.index(key) for key in keys]
        sums: dict[tuple[Level, ...], int] = {}
        for row, count in zip(self.rows, self.counts, strict=True):
            levels = tuple(row[place] for place in places)
            sums[levels] = sums.get(levels, 0) + count
        ordered = sorted(sums, key=lambda levels: tuple((level is not None, level or "") for level in levels))
        return Cells(tuple(keys), tuple(ordered), tuple(sums[levels] for levels in ordered))

    def csv(self) -> bytes:
        """Canonical bytes: one line per cell."""
        return table((*self.keys, "n"), ((*row, n) for row, n in zip(self.rows, self.counts, strict=True)))


@dataclass(frozen=True)
class Scores:
    """Events and non-events at each distinct score, ascending. Shapes (k,)."""

    score: Floats
    events: Counts
    nonevents: Counts
    unlabelled: int
    """Rows with a score but no label."""
    unscored: int
    """Rows without a finite score."""
    event: str
    """What the score speaks for, in words: `default = 1`."""
    probability: bool

    @property
    def total(self) -> int:
        """All rows, with and without label and score."""
        return int(self.events.sum() + self.nonevents.sum()) + self.unlabelled + self.unscored

    def csv(self) -> bytes:
        """Canonical bytes: a line for the rows without label and without score, then one per score."""
        score = "probability" if self.probability else "score"
        rows: list[tuple[object, ...]] = [(None, None, None, self.unlabelled, self.unscored)]
        columns = (self.score.tolist(), self.events.tolist(), self.nonevents.tolist())
        rows += [(*line, None, None) for line in zip(*columns, strict=True)]
        return table((score, EVENTS + self.event, "nonevents", "unlabelled", "unscored"), rows)


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


class EvidenceMissing(LookupError):
    """A check asked for evidence that is Unavailable: its finding is inconclusive (evidence_missing), not an error."""


Value = Cells | Scores | Profile | SharedRows | Rows | Papers | History | Unavailable


class Evidence:
    """The values of all requests of an audit; each accessor gives the part that was asked for."""

    def __init__(self, values: dict[Request, Value]) -> None:
        self._values = values

    def _find(self, asked: Request) -> Value:
        for request, value in self._values.items():
            if covers(request, asked):
                if isinstance(value, Unavailable):
                    raise EvidenceMissing(value.what)
                return value
        raise LookupError(f"not measured: {asked}")

    def cells(self, request: CellsRequest) -> Cells:
        """Counts over exactly the request's keys."""
        value = self._find(request)
        assert isinstance(value, Cells)  # noqa: S101
        return value.over(request.keys)

    def scores(self, request: ScoresRequest) -> Scores:
        """Events and non-events by score."""
        value = self._find(request)
        assert isinstance(value, Scores)  # noqa: S101
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
