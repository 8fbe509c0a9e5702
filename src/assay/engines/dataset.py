"""One dataset of the subject as a view, in which every column is a code, a number and a model's input."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.engines.database import Database
from assay.engines.files import Kind, Opened, open_file
from assay.errors import DataError
from assay.record.artefact import Role
from assay.subject.subject import Subject

if TYPE_CHECKING:
    import narwhals as nw

MISSING_NUMBERS = ("NA", "N/A", "null", "NULL", "None")
"""Words which stand for a missing number in a CSV file, beside an empty cell and NaN."""


@dataclass(frozen=True)
class Dataset:
    """A view with the columns `row`, `w` (people per row) and, for column i: `t<i>` its code as text, `n<i>` a finite
    number, `f<i>` the number as it is. Blank text, NaN and null are null; numbers that are not finite are null in n<i>.
    """

    database: Database
    role: Role
    told: str
    """The file, as the manifest names it."""
    view: str
    names: tuple[str, ...]
    kinds: dict[str, Kind]
    places: dict[str, str]
    """Where the manifest names the column."""

    def kind(self, name: str) -> Kind:
        """What the file says the column holds. DataError where it has no such column."""
        if name not in self.kinds:
            raise self._absent(name)
        return self.kinds[name]

    def code(self, name: str) -> str:
        """The column of the view that holds the codes."""
        self.kind(name)
        return f"t{self._place(name)}"

    def number(self, name: str, *, as_it_is: bool = False) -> str:
        """The column of the view that holds the numbers, finite or as they are. DataError where one is no number."""
        kind, place = self.kind(name), self._place(name)
        if kind in ("text", "other"):
            raise self.wrong(name, f"the column {name!r} of {self.told} holds text, not numbers")
        if kind == "untyped":
            self._require_numbers(name, place)
        return f"{'f' if as_it_is else 'n'}{place}"

    def is_numeric(self, name: str) -> bool:
        """Whether the column holds numbers: by its type, or in a CSV file because every value is one."""
        kind = self.kind(name)
        if kind == "untyped":
            return self._not_a_number(self._place(name)) is None
        return kind in ("integer", "number")

    def is_whole(self, name: str) -> bool:
        """Whether every number of the column is whole."""
        if self.kind(name) == "integer":
            return True
        column = self.number(name)
        return bool(
            self.database.run(f"SELECT coalesce(bool_and({column} = floor({column})), true) FROM {self.view}")[0][0]
        )

    def frame(self) -> nw.LazyFrame[Any]:
        """The view, for expressions."""
        return self.database.frame(self.view)

    def wrong(self, name: str, what: str, hint: str = "") -> DataError:
        """An error of a column, with the place where the manifest names it."""
        hint = hint or "Correct the file, or name another column in the manifest."
        return DataError(what, where=self.places.get(name, self.told), hint=hint)

    def _place(self, name: str) -> int:
        return list(self.kinds).index(name)

    def _absent(self, name: str) -> DataError:
        near = difflib.get_close_matches(name, self.names, 1)
        near = near or [other for other in self.names if other.casefold() == name.casefold()]
        hint = f"Did you mean {near[0]!r}?" if near else f"Its columns: {', '.join(self.names)[:400]}"
        return self.wrong(name, f"{self.told} has no column {name!r}", hint)

    def _not_a_number(self, place: int) -> tuple[int, str] | None:
        rows = self.database.run(
            f"SELECT row, t{place} FROM {self.view} WHERE t{place} IS NOT NULL AND f{place} IS NULL "
            f"AND t{place} NOT IN {MISSING_NUMBERS} ORDER BY row LIMIT 1"
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def _require_numbers(self, name: str, place: int) -> None:
        if found := self._not_a_number(place):
            row, value = found
            raise self.wrong(
                name,
                f"the column {name!r} of {self.told} holds {value[:80]!r} in row {row + 1}, which is no number",
                "Leave the cell of a missing number empty; write 1234.5 without other signs.",
            )


def open_dataset(database: Database, subject: Subject, role: Role, wanted: dict[str, str]) -> Dataset:
    """The dataset of that role, with the wanted columns (name → place in the manifest) that it has."""
    if role not in subject.manifest.data:
        raise DataError(f"the manifest has no data.{role}", where=subject.source.name, hint="Name a file for it.")
    declared = subject.manifest.data[role]
    opened = open_file(database, subject.path(declared.path), f"file_{role}", declared.path, wanted)
    kinds = {name: kind for name, (_, kind) in opened.kinds.items()}
    dataset = Dataset(database, role, declared.path, f"data_{role}", opened.names, kinds, wanted)
    columns = subject.manifest.columns
    count = columns.count if columns else None
    if count is not None:
        dataset.kind(count)
    # A CSV file's text is turned into codes and numbers once; a Parquet file's columns are read as they are asked for.
    made = "TABLE" if "untyped" in kinds.values() else "VIEW"
    database.run(f"CREATE {made} typed_{role} AS SELECT {_expressions(opened, count)} FROM {opened.table}")
    finite = "".join(f", CASE WHEN isfinite(f{place}) THEN f{place} END AS n{place}" for place in range(len(kinds)))
    database.run(f"CREATE VIEW data_{role} AS SELECT *{finite} FROM typed_{role}")
    if count is not None:
        _require_counts(dataset, count)
    return dataset


def _expressions(opened: Opened, count: str | None) -> str:
    expressions = ["row"]
    for place, (column, kind) in enumerate(opened.kinds.values()):
        expressions += [f"{_code(column, kind)} AS t{place}", f"{_number(column, kind)} AS f{place}"]
    if count is None:
        return ", ".join([*expressions, "1::BIGINT AS w"])
    column, kind = opened.kinds[count]
    return ", ".join([*expressions, f"TRY_CAST({_number(column, kind)} AS BIGINT) AS w"])


def _code(column: str, kind: Kind) -> str:
    """Null where there is nothing; whole numbers without decimals."""
    as_text = f"{column}::VARCHAR"
    if kind in ("integer", "truth"):
        return as_text
    whole = f"regexp_full_match({as_text}, '-?[0-9]+[.]0+')"
    nothing = f"trim({as_text}, ' \t\r\n') = '' OR {as_text} IN ('nan', 'NaN')"
    return f"CASE WHEN {nothing} THEN NULL WHEN {whole} THEN split_part({as_text}, '.', 1) ELSE {as_text} END"


def _number(column: str, kind: Kind) -> str:
    if kind in ("text", "other"):
        return "NULL::DOUBLE"
    if kind == "untyped":
        return f"CASE WHEN NOT contains({column}, '_') THEN TRY_CAST({column} AS DOUBLE) END"
    return f"{column}::DOUBLE"


def _require_counts(dataset: Dataset, name: str) -> None:
    """Ready-made counts are whole and not negative."""
    column = dataset.number(name, as_it_is=True)
    wrong = f"{column} IS NULL OR {column} < 0 OR {column} <> floor({column}) OR w IS NULL"
    rows = dataset.database.run(f"SELECT row, {column} FROM {dataset.view} WHERE {wrong} ORDER BY row LIMIT 1")
    if rows:
        row, value = rows[0]
        said = "nothing" if value is None else f"{value:g}"
        raise dataset.wrong(name, f"the count {name!r} of {dataset.told} is {said} in row {row + 1}",
                            "A count is a whole number, 0 or more.")  # fmt: skip
