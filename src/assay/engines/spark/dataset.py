"""A dataset as a DataFrame of Spark with the columns of every dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, WEIGHT, Dataset, Kind
from assay.engines.spark.codes import code, finite, kind_of, number, random_group, raw
from assay.engines.spark.session import errors_of_spark, said
from assay.errors import DataError

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt
    from pyspark.sql import DataFrame

    from assay.record.artefact import Role
    from assay.record.columns import Columns


@dataclass(frozen=True)
class SparkDataset(Dataset):
    """The columns of every dataset as a plan, which the cluster follows when something is counted."""

    data: DataFrame

    def frame(self) -> nw.LazyFrame[Any]:
        """The plan, for expressions."""
        import narwhals as nw

        return nw.from_native(self.data)

    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """All rows of a small frame."""
        return self._collected(frame.to_native())

    def select(
        self, statement: str, frame: nw.LazyFrame[Any], parameters: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """What `SELECT … FROM {rows} …` gives, where the rows are those of the frame."""
        native = frame.to_native()
        try:
            made = native.sparkSession.sql(statement, args=list(parameters) or None, rows=native)
        except errors_of_spark() as error:
            raise self.failed(error) from error
        return self._collected(made)

    def arrays(self, frame: nw.LazyFrame[Any]) -> dict[str, npt.NDArray[np.generic]]:
        """All rows of a small frame by column; masked where null."""
        import numpy as np

        try:
            table = frame.to_native().toArrow()
        except errors_of_spark() as error:
            raise self.failed(error) from error
        made: dict[str, npt.NDArray[np.generic]] = {}
        for name in table.column_names:
            column = table[name].combine_chunks()
            missing = column.is_null().to_numpy(zero_copy_only=False)
            if missing.any():
                nothing = "" if str(column.type) in ("string", "large_string") else 0
                filled = column.fill_null(nothing).to_numpy(zero_copy_only=False)
                made[name] = np.ma.masked_array(filled, missing)
            else:
                made[name] = column.to_numpy(zero_copy_only=False)
        return made

    def failed(self, error: Exception) -> DataError:
        """What Spark says, in our words."""
        return DataError(
            f"Spark cannot read or count {self.told}: {said(error)}",
            where=self.told,
            hint="Is the data whole, and does the cluster still run?",
        )

    def _collected(self, native: Any) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in native.collect()]
        except errors_of_spark() as error:
            raise self.failed(error) from error

    def _not_a_number(self, place: int) -> tuple[str, str] | None:  # noqa: ARG002
        return None  # Spark's columns have types


def open_dataset(
    data: DataFrame,
    role: Role,
    told: str,
    wanted: dict[str, str],
    columns: Columns | None,
    later: Mapping[str, str] = MappingProxyType({}),
) -> SparkDataset:
    """The DataFrame with the wanted columns (name → place in the manifest) that it has, and those that may be wanted
    later, where nothing is wrong with them.

    Raises DataError for a column of a type that cannot be measured, and for counts and weights that are none.
    """
    try:
        fields = [(field.name, field.dataType.simpleString()) for field in data.schema.fields]
    except errors_of_spark() as error:
        what = f"Spark cannot read {told}: {said(error)}"
        raise DataError(what, where=told, hint="Does the cluster see the data?") from error
    types = {name: type_name for name, type_name in fields if name in wanted or name in later}
    kinds: dict[str, Kind] = {}
    count, weight, entity = (columns.count, columns.weight, columns.entity) if columns else (None, None, None)
    for name, type_name in types.items():
        kind = kind_of(type_name)
        if kind is None or [other for other, _ in fields].count(name) > 1:
            if name not in wanted:
                continue
            what = "stands in it more than once" if kind else f"is of the type {type_name}, which cannot be measured"
            hint = "Give each column one name, and a type of numbers, text, truth values or days."
            raise DataError(f"the column {name!r} of {told} {what}", where=wanted[name], hint=hint)
        kinds[name] = kind
    types = {name: types[name] for name in kinds}
    wanted = {**later, **wanted}
    names = tuple(name for name, _ in fields)
    bare = SparkDataset(role, told, names, kinds, wanted, weight is not None, entity is not None, data)
    for needed in (count, weight, entity):
        if needed is not None:
            bare.kind(needed)
    dataset = SparkDataset(
        role, told, names, kinds, wanted, bare.weighted, bare.clustered, _typed(data, types, count, weight, entity)
    )
    if count is not None:
        _require(dataset, count, "count", "A count is a whole number, 0 or more.", whole=True)
    if weight is not None:
        _require(dataset, weight, "weight", "A sampling weight is a number, 0 or more.", whole=False)
    return dataset


def _typed(
    data: DataFrame, types: dict[str, str], count: str | None, weight: str | None, entity: str | None
) -> DataFrame:
    """c<i>, then t<i>, f<i> and w, then n<i>, v and b."""
    place = {name: i for i, name in enumerate(types)}
    data = data.selectExpr(*(f"{raw(name, types[name])} AS c{i}" for name, i in place.items()), f"1L AS {PEOPLE}")
    made = [f"{code(f'c{i}', types[name])} AS t{i}" for name, i in place.items()]
    made += [f"{number(f'c{i}', types[name])} AS f{i}" for name, i in place.items()]
    people = PEOPLE
    if count is not None:
        value = number(f"c{place[count]}", types[count])
        people = f"CASE WHEN abs({value}) < 9e18D THEN try_cast({value} AS BIGINT) END AS {PEOPLE}"
    data = data.selectExpr(*(f"c{i}" for i in place.values()), *made, people)
    more = [f"{finite(f'f{i}')} AS n{i}" for i in place.values()]
    if weight is not None:
        more.append(f"f{place[weight]} AS {WEIGHT}")
    if entity is not None:
        more.append(random_group(f"t{place[entity]}"))
    return data.selectExpr("*", *more)


def _require(dataset: SparkDataset, name: str, what: str, hint: str, *, whole: bool) -> None:
    """Counts and weights are finite numbers and not negative."""
    column = dataset.number(name, as_it_is=True)
    broken = f"{column} IS NULL OR isnan({column}) OR {column} < 0 OR abs({column}) = CAST('Infinity' AS DOUBLE)"
    if whole:
        broken += f" OR {column} <> floor({column}) OR {PEOPLE} IS NULL"
    rows = dataset.select(f"SELECT {column} FROM {{rows}} WHERE {broken} LIMIT 1", dataset.frame())
    if rows:
        said_ = "nothing" if rows[0][0] is None else f"{rows[0][0]:g}"
        raise dataset.wrong(name, f"the {what} {name!r} of {dataset.told} is {said_} in some row", hint)
