"""Time order: whether a model is judged by what came after the data it was made from."""

from __future__ import annotations

from datetime import date

from assay.checks.exhibit import columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.days import Dated, Days
from assay.evidence.request import DaysRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

NAMES = ("share_not_later", "rows_not_later", "days_after")


class Parameters(AgainstParameters):
    """Which rows, after which."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The days of both datasets."""
    missing = view.lacks(data=(p.data, p.against), time=True)
    return Needs(() if missing else (DaysRequest(p.data, p.against, p.where),), missing)


@check(
    "data.time_order",
    version=2,
    estimates={"share_not_later": "lower", "rows_not_later": "lower", "days_after": "higher"},
    honours=("weight", "entity"),
)
def time_order(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The model is judged by what came after the data it was made from.

    Method: a row of the dataset `data` is not later when its day is the last day of the dataset `against`, or before
        it. The estimate `share_not_later` is such rows over all rows of `data`, `rows_not_later` their number, and
        `days_after` the days from the last day of `against` to the first day of `data`: 1 where it begins the day
        after, 0 or less where they overlap. They are facts, without sampling error. Rows are counted, whatever weights
        or entities they have.
    Evidence: of the rows of `data` that meet `where`, and of all rows of `against`, their number and that of those
        without a day, the first and the last day; and the number of rows of `data` that are not later. The day is that
        of the manifest's `columns.time`: as it stands, with a time zone in UTC.
    Inconclusive when: one of the datasets is not there or has no rows; a row has no day, unless `where` leaves it out
        of `data`.
    Limits: it knows days, not times of day. A later day says nothing of when inputs and label were known.
    Source: none; the rows are counted. SR 11-7, section V, asks for back-testing over a period that was not used in
        development.
    """
    found = evidence.of(DaysRequest(p.data, p.against, p.where), Days)
    table = _table(found, p)
    if (why := _lacking(found, p)) is not None:
        undefined = (Estimate(name=name, undefined=why, undefined_as="evidence_missing") for name in NAMES)
        return Measured(estimates=tuple(undefined), exhibits=(table,))
    n, late = found.data.rows, found.not_later
    apart = date.fromisoformat(found.data.first or "") - date.fromisoformat(found.against.last or "")
    estimates = (
        Estimate(name="share_not_later", value=late / n, n=n, numerator=late, denominator=n, basis="exact",
                 method="rows not later over all rows"),
        Estimate(name="rows_not_later", value=float(late), n=n, basis="exact", method="count"),
        Estimate(name="days_after", value=float(apart.days), n=n, basis="exact", method="first day less last day"),
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _lacking(found: Days, p: Parameters) -> str | None:
    """Why the order cannot be told."""
    for role, days in ((p.data, found.data), (p.against, found.against)):
        if not days.rows:
            return f"the {role} data have no rows"
        if days.undated:
            return f"{days.undated} of {days.rows} rows of the {role} data have no day"
    return None


def _table(found: Days, p: Parameters) -> Exhibit:
    def line(role: Role, days: Dated, late: int | None) -> tuple[str | int | None, ...]:
        return role, days.first, days.last, days.rows, days.undated, late

    return Exhibit(
        name="days",
        title=f"Days of {p.data} and of {p.against}",
        columns=columns(
            ("label", "Data", "text"), ("first", "First day", "text"), ("last", "Last day", "text"),
            ("rows", "Rows", "count"), ("undated", "Without a day", "count"), ("not_later", "Not later", "count"),
        ),
        rows=(line(p.against, found.against, None), line(p.data, found.data, found.not_later)),
    )  # fmt: skip
