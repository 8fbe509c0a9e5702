"""Where Spark finds a dataset: a DataFrame that was given, a table of its catalogue, or files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.engines.options import EngineOptions
from assay.engines.spark.codes import identifier
from assay.engines.spark.session import errors_of_spark, said
from assay.errors import DataError
from assay.record.artefact import Role
from assay.subject.data import PARQUET
from assay.subject.subject import Subject

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CATALOGUE = "spark"
"""What the manifest names as the database of a table in Spark's catalogue."""
FORMATS = ("parquet", "orc", "avro", "delta", "csv", "json", "text", "binaryfile")
_FILES = re.compile(
    r"(?:s3a|gs|hdfs|abfss)://(?:(?<=abfss://)[A-Za-z0-9$-]+@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?/[^*?\[\]{}\\,#\x00-\x1f\x7f]+"
)


@dataclass(frozen=True)
class DistantFiles:
    """Files of a store that the cluster reaches over the network: `parquet."s3a://bucket/folder"`."""

    format: str
    address: str
    host: str


def distant_files(table: tuple[str, ...], where: str) -> DistantFiles | None:
    """What a table's name says if it names files; None for a table of the catalogue.

    Raises DataError for files of the cluster's machines, for patterns, and for a place that is no store.
    """
    if len(table) == 2 and table[0].lower() in FORMATS:
        found = _FILES.fullmatch(table[1])
        if found is not None:
            return DistantFiles(table[0].lower(), table[1], found["host"])
    elif not any(sign in part for part in table for sign in "/\\:"):
        return None
    raise DataError(
        f"{table[-1]!r} is neither a table nor files of a store",
        where=where,
        hint='Write files as parquet."s3a://bucket/folder" (or gs, abfss, hdfs), without a pattern; name files of this '
        "machine by `path`.",
    )


def open_source(spark: SparkSession | None, subject: Subject, role: Role, options: EngineOptions) -> DataFrame:
    """The dataset of that role as it stands. DataError where Spark does not find it."""
    given = options.frames.get(role)
    if given is not None:
        return _data_frame(given, role)
    assert spark is not None  # noqa: S101  opened where one role has no DataFrame
    declared = subject.manifest.data[role]
    try:
        if declared.database == CATALOGUE:
            return _table(spark, subject, role)
        return _parquet(spark, subject, role)
    except errors_of_spark() as error:
        raise DataError(
            f"Spark cannot read {declared.told!r} of data.{role}: {said(error)}",
            where=subject.place("data", role),
            hint="Name a table of its catalogue, or Parquet files that every machine of the cluster can read.",
        ) from error


def _parquet(spark: SparkSession, subject: Subject, role: Role) -> DataFrame:
    """The files that the manifest names, each by its own name; folders such as `year=2026` are columns of text."""
    data = subject.data.get(role)
    if data is None or not all(file.path.name.lower().endswith(PARQUET) for file in data.files):
        told = subject.manifest.data[role].told
        raise DataError(
            f"Spark reads Parquet files and tables of its catalogue; {told!r} of data.{role} is neither",
            where=subject.place("data", role),
            hint="Store it as Parquet, or leave --spark out.",
        )
    reader, first = spark.read, data.files[0]
    if first.parts:
        below = first.name.split("/")[:-1]
        depth = len(below) - next(place for place, part in enumerate(below) if "=" in part)
        reader = reader.option("basePath", f"file://{first.path.parents[depth]}")  # read as it is
    return reader.parquet(*(_address(str(file.path)) for file in data.files))


def _table(spark: SparkSession, subject: Subject, role: Role) -> DataFrame:
    table = subject.manifest.data[role].table_name
    files = distant_files(table, subject.place("data", role, "table"))
    if files is not None:
        return spark.read.format(files.format).load(files.address)
    return spark.table(".".join(map(identifier, table)))


def _address(path: str) -> str:
    """A path in which no sign is a pattern."""
    return "file://" + "".join(f"\\{sign}" if sign in "[]{}*?\\," else sign for sign in path)


def _data_frame(given: object, role: Role) -> DataFrame:
    if not (hasattr(given, "selectExpr") and hasattr(given, "sparkSession")):
        raise DataError(
            f"EngineOptions.frames[{role!r}] is no Spark DataFrame but a {type(given).__name__}",
            hint="Give a DataFrame of pyspark.sql or of Spark Connect.",
        )
    return given  # type: ignore[return-value]
