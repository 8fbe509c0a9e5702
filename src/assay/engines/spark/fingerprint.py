"""The digest of rows that stand in no file: of a table of Spark's catalogue, or of a DataFrame."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from hashlib import sha256
from typing import TYPE_CHECKING

from assay.engines.options import EngineOptions
from assay.engines.spark.codes import identifier
from assay.engines.spark.session import errors_of_spark, said, spark_session
from assay.engines.spark.source import CATALOGUE, open_source
from assay.engines.wanted import wanted_columns
from assay.errors import DataError
from assay.evidence.request import Request
from assay.record.artefact import Role
from assay.record.audit import FileDigest
from assay.subject.subject import Subject

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BUCKET = 50_000
"""Hashes of rows that one task of the cluster sorts, about."""
_DIGESTS = """
SELECT bucket, sha2(CAST(array_join(array_sort(collect_list(line)), '') AS BINARY), 256) AS digest
FROM (
    SELECT substr(h, 1, {digits}) AS bucket, concat(h, ' ', CAST(count(*) AS STRING), '\n') AS line
    FROM {{rows}} GROUP BY h
)
GROUP BY bucket
"""

Progress = Callable[[str, int, int], None]


def fingerprints(
    subject: Subject, requests: Sequence[Request], options: EngineOptions, roles: Collection[Role], progress: Progress
) -> tuple[list[FileDigest], object]:
    """Digests of the needed columns of each role whose rows stand in no file, and what holds the session.

    The session lives as long as that is kept, so that the audit need not open another. Raises DataError where the
    manifest declares another digest.
    """
    data, held, found = subject.manifest.data, _Held(), []
    waiting = [role for role in sorted(roles) if role in data]
    waiting = [role for role in waiting if role in options.frames or data[role].database == CATALOGUE]
    spark = None
    if any(role not in options.frames for role in waiting):
        spark = held.stack.enter_context(spark_session(options.spark or ""))
    wanted = wanted_columns(requests, subject)
    for role in waiting:
        progress(f"read data.{role}", 0, 1)
        declared, told = data[role].digest, data[role].told
        computed = fingerprint(open_source(spark, subject, role, options), told, wanted.get(role, {}))
        if declared is not None and declared != computed:
            what = f"the rows of data.{role} are not those the manifest declares"
            raise DataError(
                f"{what}: declared {declared}, computed {computed}",
                where=subject.place("data", role, "digest"),
                hint="It covers the columns that are needed. If these rows are meant, write it there.",
            )
        found.append(FileDigest(role=f"data.{role}", path=told, digest=computed))
        progress(f"read data.{role}", 1, 1)
    return found, held


class _Held:
    """A session that is closed when nobody holds this any more."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        weakref.finalize(self, self.stack.close)


def fingerprint(data: DataFrame, told: str, wanted: Collection[str]) -> str:
    """`sha256:…` over the names and types of the wanted columns, the number of rows, and digests of all of them.

    The same for the same rows in any order and in any number of parts. A row's hash is the SHA-256 of the JSON array of
    its values, a number with decimals as its bits in hexadecimal. Hashes that begin alike are one bucket, whose digest
    is the SHA-256 of them in their order, each once with how often it occurs: sums could be met by other rows. Raises
    DataError where Spark cannot read them.
    """
    digests: list[tuple[str, str]] = []
    try:
        fields = [(field.name, field.dataType.simpleString()) for field in data.schema.fields if field.name in wanted]
        row = ", ".join(_exact(name, type_name) for name, type_name in sorted(fields))
        rows = data.count()
        if row:
            hashed = data.selectExpr(f"sha2(CAST(to_json(array({row})) AS BINARY), 256) AS h")
            made = data.sparkSession.sql(_DIGESTS.format(digits=_digits(rows)), rows=hashed)
            digests = [(str(bucket), str(digest)) for bucket, digest in made.collect()]
    except errors_of_spark() as error:
        what = f"Spark cannot read {told}: {said(error)}"
        raise DataError(what, where=told, hint="Does the cluster see the data?") from error
    lines = [f"{name!a} {type_name}\n" for name, type_name in sorted(fields)]
    lines += [f"{rows}\n", *(f"{bucket} {digest}\n" for bucket, digest in sorted(digests))]
    return "sha256:" + sha256("".join(lines).encode()).hexdigest()


def _digits(rows: int) -> int:
    """How many digits of a hash name its bucket."""
    return next(digits for digits in range(64) if rows <= BUCKET * 16**digits)


def _exact(name: str, type_name: str) -> str:
    column = identifier(name)
    if type_name in ("float", "double"):  # a null is null, which format_string would write as a text
        return f"CASE WHEN {column} IS NOT NULL THEN format_string('%a', CAST({column} AS DOUBLE)) END"
    if type_name == "timestamp":
        return f"CAST(unix_micros({column}) AS STRING)"
    return f"hex({column})" if type_name == "binary" else f"CAST({column} AS STRING)"
