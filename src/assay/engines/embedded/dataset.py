"""A dataset as a view of the embedded engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import CLUSTER, MISSING_NUMBERS, PEOPLE, RANDOM_GROUPS, WEIGHT, Dataset, Kind
from assay.engines.embedded.database import Database
from assay.engines.embedded.files import Opened, open_data
from assay.errors import DataError
from assay.record.artefact import Role
from assay.subject.subject import Subject

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class EmbeddedDataset(Dataset):
    """A view with the columns of every dataset and `row`, counted from 0."""

    database: Database
    view: str

    def frame(self) -> nw.LazyFrame[Any]:
        """The view, for expressions."""
        return self.database.frame(self.view)

    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """All rows of a small frame."""
        return self.database.fetch(frame)

    def select(
        self, statement: str, frame: nw.LazyFrame[Any], parameters: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """What `SELECT … FROM {rows} …` gives, where the rows are those of the frame."""
        return self.database.run(statement.replace("{rows}", f"({self.database.sql(frame)})"), parameters)

    def arrays(self, frame: nw.LazyFrame[Any]) -> dict[str, npt.NDArray[np.generic]]:
        """All rows of a frame by column; masked where null."""
        return self.database.arrays(self.database.sql(frame))

    def _not_a_number(self, place: int) -> tuple[str, str] | None:
        rows = self.database.run(
            f"SELECT row, t{place} FROM {self.view} WHERE t{place} IS NOT NULL AND f{place} IS NULL "
            f"AND t{place} NOT IN {MISSING_NUMBERS} ORDER BY row LIMIT 1"
        )
        return (f" in row {rows[0][0] + 1}", rows[0][1]) if rows else None


def open_dataset(
    database: Database,
    subject: Subject,
    role: Role,
    wanted: dict[str, str],
    later: Mapping[str, str] = MappingProxyType({}),
) -> EmbeddedDataset:
    """The dataset of that role, with the wanted columns (name → place in the manifest) that it has, and those that may
    be wanted later, where nothing is wrong with them.
    """
    if role not in subject.manifest.data:
        raise DataError(f"the manifest has no data.{role}", where=subject.source.name, hint="Name a file for it.")
    told, data = subject.manifest.data[role].told, subject.data.get(role)
    if data is None:
        raise DataError(f"data.{role} is not there", where=told, hint="Is the file in its place?")
    opened = open_data(database, data, f"file_{role}", wanted, later)
    kinds = {name: kind for name, (_, kind) in opened.kinds.items()}
    columns = subject.manifest.columns
    count, weight, entity = (columns.count, columns.weight, columns.entity) if columns else (None, None, None)
    dataset = EmbeddedDataset(
        role,
        told,
        opened.names,
        kinds,
        {**later, **wanted},
        weight is not None,
        entity is not None,
        database,
        f"data_{role}",
    )
    for name in (count, weight, entity):
        if name is not None:
            dataset.kind(name)
    # A CSV file's text is turned into codes and numbers once; a Parquet file's columns are read as they are asked for.
    made = "TABLE" if "untyped" in kinds.values() else "VIEW"
    database.run(f"CREATE {made} typed_{role} AS SELECT {_expressions(opened, count)} FROM {opened.table}")
    more = [f"CASE WHEN isfinite(f{place}) THEN f{place} END AS n{place}" for place in range(len(kinds))]
    if weight is not None:
        more.append(f"f{list(kinds).index(weight)} AS {WEIGHT}")
    if entity is not None:
        digits = f"('0x' || substr(md5(t{list(kinds).index(entity)}), 1, 8))::UBIGINT"
        more.append(f"printf('%03d', {digits} % {RANDOM_GROUPS}) AS {CLUSTER}")
    database.run(f"CREATE VIEW data_{role} AS SELECT *{''.join(f', {each}' for each in more)} FROM typed_{role}")
    if count is not None:
        _require_counts(dataset, count)
    if weight is not None:
        _require_weights(dataset, weight)
    return dataset


def _expressions(opened: Opened, count: str | None) -> str:
    expressions = ["row"]
    for place, (column, kind) in enumerate(opened.kinds.values()):
        code = _code(column, kind)
        raw = code if kind == "untyped" else column
        expressions += [f"{raw} AS c{place}", f"{code} AS t{place}", f"{_number(column, kind)} AS f{place}"]
    if count is None:
        return ", ".join([*expressions, f"1::BIGINT AS {PEOPLE}"])
    column, kind = opened.kinds[count]
    return ", ".join([*expressions, f"TRY_CAST({_number(column, kind)} AS BIGINT) AS {PEOPLE}"])


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


def _require_counts(dataset: EmbeddedDataset, name: str) -> None:
    """Ready-made counts are whole and not negative."""
    column = dataset.number(name, as_it_is=True)
    wrong = f"{column} IS NULL OR {column} < 0 OR {column} <> floor({column}) OR w IS NULL"
    rows = dataset.database.run(f"SELECT row, {column} FROM {dataset.view} WHERE {wrong} ORDER BY row LIMIT 1")
    if rows:
        row, value = rows[0]
        said = "nothing" if value is None else f"{value:g}"
        raise dataset.wrong(name, f"the count {name!r} of {dataset.told} is {said} in row {row + 1}",
                            "A count is a whole number, 0 or more.")  # fmt: skip


def _require_weights(dataset: EmbeddedDataset, name: str) -> None:
    """A sampling weight is a finite number, not negative."""
    dataset.number(name, as_it_is=True)
    wrong = f"{WEIGHT} IS NULL OR NOT isfinite({WEIGHT}) OR {WEIGHT} < 0"
    rows = dataset.database.run(f"SELECT row, {WEIGHT} FROM {dataset.view} WHERE {wrong} ORDER BY row LIMIT 1")
    if rows:
        row, value = rows[0]
        said = "nothing" if value is None else f"{value:g}"
        raise dataset.wrong(name, f"the weight {name!r} of {dataset.told} is {said} in row {row + 1}",
                            "A sampling weight is a number, 0 or more.")  # fmt: skip
