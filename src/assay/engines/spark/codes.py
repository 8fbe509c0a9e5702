"""Columns of Spark's types as the columns of every dataset: kinds, codes and numbers, spelt as DuckDB spells them.

In Spark's SQL, which classic sessions and Spark Connect understand alike, and which needs no Python on the cluster.
"""

from __future__ import annotations

import re

from assay.engines.dataset import CLUSTER, RANDOM_GROUPS, Kind

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_FLOATS = ("float", "double")
_TEXT = re.compile(r"string(?: collate .*)?|(?:var)?char\([0-9]+\)")
_MOMENTS = ("date", "timestamp", "timestamp_ntz")


def identifier(name: str) -> str:
    """A name as SQL."""
    return "`" + name.replace("`", "``") + "`"


def kind_of(type_name: str) -> Kind | None:
    """What a column of the type holds; None: nothing that can be measured, such as a list or bytes."""
    if type_name in _INTEGERS:
        return "integer"
    if type_name in _FLOATS or type_name.startswith("decimal"):
        return "number"
    if type_name == "boolean":
        return "truth"
    if _TEXT.fullmatch(type_name):
        return "text"
    return "other" if type_name in _MOMENTS else None


def raw(name: str, type_name: str) -> str:
    """The column, text compared by its characters."""
    column = identifier(name)
    return f"{column} COLLATE UTF8_BINARY" if "collate" in type_name else column


def code(column: str, type_name: str) -> str:
    """Null where there is nothing; whole numbers without decimals."""
    if type_name in _FLOATS:
        return _float(column)
    text = _text(column, type_name)
    if kind_of(type_name) in ("integer", "truth"):
        return text
    nothing = f"trim(BOTH ' \t\r\n' FROM {text}) = '' OR {text} IN ('nan', 'NaN')"
    whole = f"{text} RLIKE r'^-?[0-9]+[.]0+\\z'"
    return f"CASE WHEN {nothing} THEN NULL WHEN {whole} THEN substring_index({text}, '.', 1) ELSE {text} END"


def _text(column: str, type_name: str) -> str:
    if type_name == "timestamp":  # a moment, told in UTC whatever the session's time zone
        since = f"make_dt_interval(0, 0, 0, CAST(unix_micros({column}) AS DECIMAL(38, 0)) / 1000000)"
        return f"concat(CAST(TIMESTAMP_NTZ'1970-01-01 00:00:00' + {since} AS STRING), '+00')"
    return f"CAST({column} AS STRING)"


def _float(column: str) -> str:
    """As C and Python write it, where Java writes 1.0E-5, 1.2E7 and 1.0E16.

    Two spellings may differ: of numbers from 1e16 on, on a Java before 19, and of single precision beyond 6 digits.
    """
    text = f"CAST({column} AS STRING)"
    digits, power = f"substring_index({text}, 'E', 1)", f"CAST(substring_index({text}, 'E', -1) AS INT)"
    bare, sign = f"regexp_replace({digits}, '[.]0$|[.]|-', '')", f"if({column} < 0, '-', '')"
    short = f"regexp_replace({digits}, '[.]0$', '')"
    exponent = f"concat(if({power} < 0, '-', '+'), if(abs({power}) < 10, '0', ''), abs({power}))"
    before = f"{power} + 1"
    point = f"concat({sign}, substr({bare}, 1, {before}), '.', substr({bare}, {before} + 1))"
    return (
        f"CASE WHEN isnan({column}) THEN NULL "
        f"WHEN abs({column}) = CAST('Infinity' AS DOUBLE) THEN if({column} < 0, '-inf', 'inf') "
        f"WHEN {column} = 0 THEN substring_index({text}, '.', 1) "
        f"WHEN abs({column}) < 1e16D AND {column} = floor({column}) THEN CAST(try_cast({column} AS BIGINT) AS STRING) "
        f"WHEN {text} NOT LIKE '%E%' THEN {text} "
        f"WHEN {power} > 15 OR {power} < -4 THEN concat({short}, 'e', {exponent}) "
        f"WHEN {power} < 0 THEN concat({sign}, '0.000', {bare}) ELSE {point} END"
    )


def number(column: str, type_name: str) -> str:
    """The number as it is."""
    if kind_of(type_name) in ("text", "other"):
        return "CAST(NULL AS DOUBLE)"
    return f"CAST({column} AS DOUBLE)"


def finite(column: str) -> str:
    """The number, or null."""
    return f"CASE WHEN abs({column}) < CAST('Infinity' AS DOUBLE) THEN {column} END"


def random_group(column: str) -> str:
    """The random group of a code, as its column."""
    digits = f"CAST(conv(substr(md5(CAST({column} AS BINARY)), 1, 8), 16, 10) AS BIGINT)"
    return f"lpad(CAST({digits} % {RANDOM_GROUPS} AS STRING), 3, '0') AS {CLUSTER}"
