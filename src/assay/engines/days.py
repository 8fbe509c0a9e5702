"""The days of two datasets: first, last, and how many rows of one are not later than all of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.engines.periods import DAY, day_code, no_day, require_days
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.days import Dated, Days, is_day
from assay.evidence.request import DaysRequest
from assay.record.columns import Columns
from assay.record.condition import Condition

if TYPE_CHECKING:
    import narwhals as nw


def measure_days(request: DaysRequest, dataset: Dataset, against: Dataset, columns: Columns) -> Days:
    """The first and the last day of both. DataError where a value of `columns.time` is no day.

    `where` leaves out rows of `data` alone: a filter of both could hide that they overlap.
    """
    import narwhals as nw

    if columns.time is None:
        raise DataError("the manifest does not say when a row is from", hint="Declare columns.time.")
    own, other = _dated(dataset, columns.time, request.where), _dated(against, columns.time, None)
    not_later = 0
    if other.last is not None:
        before = _frame(dataset, columns.time, request.where).filter(nw.col("day") <= other.last)
        not_later = int(dataset.fetch(before.select(n=nw.len()))[0][0])
    return Days(own, other, not_later)


def _frame(dataset: Dataset, name: str, where: Condition | None) -> nw.LazyFrame[Any]:
    """Rows with their day as text, which is in the order of time."""
    import narwhals as nw

    frame = filtered(dataset, dataset.frame(), where)
    return frame.select(day=nw.col(day_code(dataset, name)).str.slice(0, 10), code=nw.col(day_code(dataset, name)))


def _dated(dataset: Dataset, name: str, where: Condition | None) -> Dated:
    import narwhals as nw

    frame, code = _frame(dataset, name, where), nw.col("code")
    frame = frame.with_columns(
        undated=nw.when(code.is_null()).then(1).otherwise(0),
        broken=nw.when(~code.is_null() & ~code.str.contains(DAY)).then(1).otherwise(0),
    )
    asked = {"rows": nw.len(), "undated": nw.col("undated").sum(), "broken": nw.col("broken").sum()}
    asked |= {"first": nw.col("day").min(), "last": nw.col("day").max()}
    rows, undated, broken, first, last = dataset.fetch(frame.select(**asked))[0]
    if broken:
        require_days(dataset, name)
    for day in (first, last):
        if day is not None and not is_day(day):
            raise no_day(dataset, name, day)
    return Dated(int(rows), int(undated or 0), first, last)
