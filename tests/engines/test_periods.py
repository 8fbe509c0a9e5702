"""Rows by month, quarter and year, through the real engine on real files of dates, timestamps and text."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines.measure import measure
from assay.errors import DataError
from assay.evidence.cells import Cells
from assay.evidence.keys import MONTH, PERIODS, QUARTER, YEAR
from assay.evidence.request import CellsRequest, DaysRequest, GroupScoresRequest, MomentsRequest
from subjects import value, with_data

COLUMNS = {"label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "probability", "of": 1},
           "time": "day"}  # fmt: skip
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def counted(tmp_path, days, period=MONTH, kind="parquet") -> dict:
    frame = pd.DataFrame({"day": days, "y": 1})
    found = value(with_data(tmp_path, COLUMNS, kind=kind, test=frame), CellsRequest("test", (f"group:{period}",)))
    assert isinstance(found, Cells)
    return {levels[0]: n for levels, n in zip(found.rows, found.counts, strict=True)}


TEXTS = [
    "2026-03-31",
    "2026-03-31T23:59:59+02:00",
    "2026-04-01 00:00",
    "2026-04-01 ",
    None,
    "",
    "1999-12-31",
    "2026-03-01",
]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        (MONTH, {None: 2, "1999-12": 1, "2026-03": 3, "2026-04": 2}),
        (QUARTER, {None: 2, "1999-Q4": 1, "2026-Q1": 3, "2026-Q2": 2}),
        (YEAR, {None: 2, "1999": 1, "2026": 5}),
    ],
)
def test_text_counts_as_it_stands(tmp_path, kind, period, wanted):
    assert counted(tmp_path, TEXTS, period, kind) == wanted


def test_dates_and_timestamps_count_as_they_stand_and_those_with_a_zone_in_utc(tmp_path):
    assert counted(tmp_path, [dt.date(2026, 3, 31), dt.date(2026, 4, 1), None]) == {"2026-03": 1, "2026-04": 1, None: 1}
    clock = pd.to_datetime(["2026-03-31 23:30:00", "2026-04-01 00:00:00", None])
    assert counted(tmp_path, clock) == {"2026-03": 1, "2026-04": 1, None: 1}
    zoned = pd.to_datetime(["2026-03-31 23:30:00", "2026-04-01 00:30:00"]).tz_localize("America/New_York")
    assert counted(tmp_path, zoned) == {"2026-04": 2}
    zoned = pd.to_datetime(["2026-03-31 23:30:00", "2026-04-01 00:30:00"]).tz_localize("Europe/Berlin")
    assert counted(tmp_path, zoned) == {"2026-03": 2}


@few
@given(
    st.lists(st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)), min_size=1, max_size=40), st.sampled_from(PERIODS)
)
def test_every_day_lies_in_its_period_however_it_is_stored(tmp_path, days, period):
    letter = {MONTH: "M", QUARTER: "Q", YEAR: "Y"}[period]
    names = [f"{d.year:04}" + {"M": f"-{d.month:02}", "Q": f"-Q{(d.month + 2) // 3}", "Y": ""}[letter] for d in days]
    wanted = {name: names.count(name) for name in names}
    assert counted(tmp_path, days, period) == wanted
    assert counted(tmp_path, [day.isoformat() for day in days], period, "csv") == wanted


NO_DAYS = ["31.03.2026", "2026-13-01", "2026-02-30", "2026-04-31", "2026-3-1", "20260331", "2026-03-311",
           "0044-03-15 (BC)", "March", "2026-03"]  # fmt: skip


@pytest.mark.parametrize("broken", NO_DAYS)
def test_anything_else_is_an_error_with_its_place_and_an_example(tmp_path, broken):
    with pytest.raises(DataError, match="which is no day") as told:
        counted(tmp_path, ["2026-03-31", None, broken, "also broken"], kind="csv")
    assert f"{broken!r} in row 3" in str(told.value)
    assert "model.yaml:" in str(told.value)


@pytest.mark.parametrize("days", [[20260331], [0.5], [True]])
def test_numbers_are_no_days(tmp_path, days):
    with pytest.raises(DataError, match="numbers or truth values, not days"):
        counted(tmp_path, days)


def test_more_periods_than_can_be_told_apart_are_refused(tmp_path):
    days = [f"{year:04}-01-01" for year in range(1000, 1600)]
    with pytest.raises(DataError, match="600 periods; at most 500"):
        counted(tmp_path, days, YEAR)


def test_scores_and_moments_by_period_are_those_of_the_rows(tmp_path):
    random = np.random.default_rng(1)
    days = pd.to_datetime("2025-01-01") + pd.to_timedelta(random.integers(0, 400, 3000), "D")
    frame = pd.DataFrame({"day": days, "y": random.integers(0, 2, 3000), "p": random.random(3000).round(2)})
    of = with_data(tmp_path, COLUMNS, test=frame)
    found = value(of, GroupScoresRequest("test", QUARTER))
    quarters = days.to_period("Q").astype(str).str.replace("Q", "-Q")
    assert [levels for (levels,) in found.groups] == sorted(set(quarters))
    for place, (quarter,) in enumerate(found.groups):
        own = frame[quarters == quarter]
        assert (found.part(place).events.sum(), found.part(place).nonevents.sum()) == (own.y.sum(), (1 - own.y).sum())
        assert np.repeat(found.part(place).score, found.part(place).events) == pytest.approx(sorted(own[own.y == 1].p))
    moments = value(of, MomentsRequest("test", YEAR, "score"))
    means = {levels[0]: moments.centre + moments.unit * sums[0] / n
             for levels, n, sums in zip(moments.rows, moments.people, moments.sums, strict=True)}  # fmt: skip
    assert means == pytest.approx(frame.groupby(days.year.astype(str)).p.mean().to_dict(), rel=1e-12)


@pytest.mark.parametrize("days", [[1, 0], ["yes", "no"]])
@pytest.mark.parametrize("asked", [CellsRequest("test", (f"group:{MONTH}",)), DaysRequest("test", "train")])
def test_a_column_that_is_named_as_the_label_too_is_told_where_it_is_named_as_the_time(tmp_path, days, asked):
    columns = {"label": {"column": "y", "favourable": days[0]}, "time": "y"}
    frame = pd.DataFrame({"y": days})
    of = with_data(tmp_path, columns, kind="csv", test=frame, train=frame)
    with pytest.raises(DataError) as told:
        measure([asked, CellsRequest("test", ("label",))], of, seed=1, progress=lambda *step: None)
    assert told.value.where == of.place("columns", "time") != of.place("columns", "label", "column")
