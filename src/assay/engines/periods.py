"""Months, quarters and years as keys: rows by the period in which the day of `columns.time` lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.engines.keys import Key
from assay.engines.levels import MAXIMUM_GROUPS
from assay.errors import DataError
from assay.evidence.cells import Level
from assay.evidence.keys import MONTH, QUARTER

if TYPE_CHECKING:
    import narwhals as nw

DAY = (
    "^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))"
    r"(\s*$|[T ][0-9])"
)
"""YYYY-MM-DD, alone or before a time of day. Each engine writes days and timestamps so, those with a time zone in UTC.
"""
_NO_DAY = "?"


class NotDays(DataError):
    """A column that `columns.time` names and that holds something else; the manifest may name it elsewhere as well."""


@dataclass(frozen=True)
class Period(Key):
    """The month, the quarter or the year of a day. Rows are grouped by month, and the months made into longer ones."""

    name: str
    period: str
    """MONTH, QUARTER or YEAR."""

    @property
    def expression(self) -> nw.Expr:
        """2026-03; null without a day, and a question mark where the text is none."""
        import narwhals as nw

        code = nw.col(day_code(self.dataset, self.name))
        no_day = nw.when(~code.is_null()).then(nw.lit(_NO_DAY)).otherwise(None)
        return nw.when(code.str.contains(DAY)).then(code.str.slice(0, 7)).otherwise(no_day)

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """2026-03, 2026-Q1 or 2026: in the order of the alphabet they are in the order of time."""
        if _NO_DAY in people:
            require_days(self.dataset, self.name)
        levels = {month: None if month is None else self._level(month) for month in people}
        if (count := len({*levels.values()} - {None})) > MAXIMUM_GROUPS:
            what = f"the days of the column {self.name!r} lie in {count:,} periods; at most {MAXIMUM_GROUPS}"
            raise NotDays(what, hint="Are some of them years that were never meant? Or take years.")
        return levels

    def _level(self, month: str) -> str:
        if self.period == MONTH:
            return month
        year = month[:4]
        return f"{year}-Q{(int(month[5:7]) + 2) // 3}" if self.period == QUARTER else year


def day_code(dataset: Dataset, name: str) -> str:
    """The column of the frame that holds days as text. DataError where it holds numbers or truth values."""
    if dataset.kind(name) in ("integer", "number", "truth"):
        raise NotDays(f"the column {name!r} of {dataset.told} holds numbers or truth values, not days", hint=_HINT)
    return dataset.code(name)


def require_days(dataset: Dataset, name: str) -> None:
    """DataError with an example and its place where a value is no day."""
    import narwhals as nw

    code, frame = nw.col(day_code(dataset, name)), dataset.frame()
    broken = frame.filter(~code.is_null() & ~code.str.contains(DAY))
    numbered = "row" in frame.collect_schema().names()
    shown = broken.sort("row").select("row", code.str.head(80)) if numbered else broken.select(code.str.head(80))
    rows = dataset.fetch(shown.head(1))
    if rows:
        where = f" in row {rows[0][0] + 1}" if numbered else ""
        raise no_day(dataset, name, str(rows[0][-1]), where)


def no_day(dataset: Dataset, name: str, value: str, where: str = "") -> DataError:
    """The error of a value that is no day."""
    return NotDays(f"the column {name!r} of {dataset.told} holds {value!r}{where}, which is no day", hint=_HINT)


_HINT = "Write days as 2026-03-31, also before a time of day, or store them as dates."
