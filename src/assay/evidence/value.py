"""What was measured: the values of evidence requests, each with canonical bytes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from assay.evidence.request import (
    CellsRequest,
    PapersRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    covers,
)
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

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing."""


def group_name(levels: Sequence[Level]) -> str:
    """One name for each tuple of levels: `female, 25-34`, and where that could be read in two ways `“x, y”, z`."""
    several = len(levels) > 1
    return ", ".join(
        UNKNOWN if level is None else quoted(level, doubtful=level == UNKNOWN or (several and ", " in level))
        for level in levels
    )


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    r"""A CSV table: UTF-8, newline ends, empty for None, floats in full.

    What a spreadsheet would run gets a quote before it; characters that are not seen are written as `\u{202E}`.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        seen = _UNSEEN.sub(lambda match: f"\\u{{{ord(match[0]):04X}}}", value)
        return "'" + seen if value[:1] in ("=", "+", "-", "@", "\t", "\r") else seen
    return repr(float(value)) if isinstance(value, float) else str(value)


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
        """Canonical bytes: one line per score."""
        columns = (self.score.tolist(), self.events.tolist(), self.nonevents.tolist())
        return table(("score", "events", "nonevents"), zip(*columns, strict=True))


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
        """Canonical bytes: one line per column and bin, the missing values as a bin named (missing)."""
        rows: list[tuple[object, ...]] = []
        for column in self.columns:
            against = column.against_counts or (None,) * len(column.bins)
            rows.append((column.name, "(missing)", column.missing, column.against_missing))
            rows += [(column.name, *cell) for cell in zip(column.bins, column.counts, against, strict=True)]
        return table(("column", "bin", "n", "n_against"), rows)


@dataclass(frozen=True)
class SharedRows:
    """How many rows stand in both datasets."""

    rows: int
    against_rows: int
    shared: int
    """Rows of `data` whose values stand in `against`."""
    columns: tuple[str, ...]

    def csv(self) -> bytes:
        """Canonical bytes: one line."""
        return table(("rows", "against_rows", "shared"), [(self.rows, self.against_rows, self.shared)])


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


@dataclass(frozen=True)
class Papers:
    """Documents and digests."""

    documents: tuple[Document, ...]
    artefacts: tuple[Artefact, ...]

    def csv(self) -> bytes:
        """Canonical bytes: one line per document and artefact."""
        rows: list[tuple[object, ...]] = [
            ("document", d.id, d.path, d.found, d.words, None, d.text) for d in self.documents
        ]
        rows += [
            ("artefact", a.role, a.path, a.computed is not None, None, a.declared, a.computed) for a in self.artefacts
        ]
        return table(("kind", "id", "path", "found", "words", "declared", "computed"), rows)


@dataclass(frozen=True)
class Unavailable:
    """Evidence that cannot be had of this subject, such as attributions of a model that has no explainer."""

    what: str


class EvidenceMissing(LookupError):
    """A check asked for evidence that is Unavailable: its finding is inconclusive (evidence_missing), not an error."""


Value = Cells | Scores | Profile | SharedRows | Rows | Papers | Unavailable


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

    def papers(self, request: PapersRequest) -> Papers:
        """Documents and digests."""
        value = self._find(request)
        assert isinstance(value, Papers)  # noqa: S101
        return value
