"""Charts as plain marks. Python places them, the template writes the SVG, the table below says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.estimate import Exhibit
from assay.report.drawing import (
    BARS_LABELS,
    BARS_WIDTH,
    LABELS,
    RIGHT,
    WIDTH,
    Axis,
    Chart,
    Mark,
    coordinate,
    line,
    rectangle,
    text,
    tick_label,
    tick_labels,
    widened,
)
from assay.report.requirement import Limits
from assay.report.tables import EstimateTable, Row
from assay.report.words import number, percent, threshold

MOST_ROWS, MOST_BARS, MOST_DOTS = 14, 10, 25
ROW = 16
"""Height of a row."""
LARGEST = 1e12


def estimates_chart(table: EstimateTable) -> Chart | None:
    """Intervals of at least two groups, with the limit and the side that is not acceptable."""
    rows = [row for row in table.rows if row.estimate.value is not None and row.estimate.interval]
    points = [point for point in map(_point, rows) if point.drawable][:MOST_ROWS]
    if len(points) < 2:
        return None
    region = next((row.limits for row in rows if row.limits), None)
    told = f"; required: {region.label}" if region else ""
    shaded = " Shaded: not acceptable." if region else ""
    thin = " Thin line: interval with all comparisons." if table.doubly_ranged else ""
    return _intervals(
        f"{table.title} by group, with intervals{told}",
        points,
        region,
        f"Dot: estimate (filled: fail). Thick line: {table.interval_title}.{thin}{shaded}",
    )


def exhibit_chart(exhibit: Exhibit, level: str = "") -> Chart | None:
    """The chart the exhibit asks for; None where its rows do not fit that chart. `level` is that of its intervals."""
    limit = Limits(exhibit.limit, None, number(exhibit.limit)) if exhibit.limit is not None else None
    match exhibit.chart:
        case "bar":
            bars = [(str(row[0]), _float(row[1])) for row in exhibit.rows if len(row) > 1 and len(exhibit.columns) > 1]
            known = [(label, value) for label, value in bars if value is not None]
            return _bars(exhibit, known[:MOST_BARS], exhibit.limit) if any(value for _, value in known) else None
        case "interval":
            unit = exhibit.columns[1].unit if len(exhibit.columns) > 1 else "number"
            points = [
                _Point(str(r[0]), value, _float(r[2]), _float(r[3]), shown=_shown(value, unit))
                for r in exhibit.rows
                if len(r) > 3 and (value := _float(r[1])) is not None
            ][:MOST_ROWS]
            legend = f"Dot: value. Thick line: {level}interval." + (" Line: limit." if limit else "")
            return _intervals(exhibit.title, points, limit, legend, shade=False, unit=unit) if points else None
        case "line" | "calibration":
            return _plane(exhibit, level)
        case "tradeoff":
            return _tradeoff(exhibit, level)
    return None


@dataclass(frozen=True)
class _Point:
    label: str
    value: float | None
    low: float | None
    high: float | None
    outer: tuple[float | None, float | None] | None = None
    failed: bool = False
    shown: str = ""

    @property
    def drawable(self) -> bool:
        return self.value is not None


def _point(row: Row) -> _Point:
    own, outer = row.estimate.interval, row.estimate.simultaneous
    against = f" / {row.against}" if row.against else ""
    return _Point(
        f"{row.group or row.word}{against}",
        _float(row.estimate.value),
        _float(own.low) if own else None,
        _float(own.high) if own else None,
        (_float(outer.low), _float(outer.high)) if outer else None,
        row.outcome == "fail",
        row.value,
    )


def _intervals(
    title: str,
    points: Sequence[_Point],
    region: Limits | None,
    legend: str,
    *,
    shade: bool = True,
    unit: str = "number",
) -> Chart:
    values = [v for p in points for v in (p.value, p.low, p.high, *(p.outer or ())) if v is not None]
    values += region.bounds if region else ()
    axis = Axis(*widened(values), LABELS, WIDTH - RIGHT)
    top = 22
    bottom = top + ROW * len(points) + 4
    marks = _background(axis, top, bottom, region if shade else None)
    for index, point in enumerate(points):
        marks += _interval_marks(point, axis, top + ROW * index + ROW / 2 + 2)
    marks += [line("axis", axis.start, bottom, axis.end, bottom), *tick_labels(axis, bottom, unit)]
    if region:
        marks += _limits(axis, region.bounds, top, bottom)
    return Chart(title, bottom + 22, tuple(marks), legend)


def _interval_marks(point: _Point, axis: Axis, y: float) -> list[Mark]:
    marks = [text("label", LABELS - 10, y + 4, _short(point.label), "end")]
    if point.outer is not None:
        low, high = axis.at(point.outer[0], otherwise=axis.start), axis.at(point.outer[1], otherwise=axis.end)
        marks += [line("thin", low, y, high, y), *(line("thin", x, y - 4, x, y + 4) for x in (low, high))]
    marks.append(line("wide", axis.at(point.low, otherwise=axis.start), y, axis.at(point.high, otherwise=axis.end), y))
    style = "dot-fail" if point.failed else "dot"
    marks.append(Mark("circle", style, {"cx": coordinate(axis.at(point.value)), "cy": coordinate(y), "r": "4"}))
    marks.append(text("label", WIDTH - RIGHT + 12, y + 4, point.shown or number(point.value), "start"))
    return marks


def _bars(exhibit: Exhibit, bars: Sequence[tuple[str, float]], limit: float | None) -> Chart:
    unit = exhibit.columns[1].unit
    values = [0.0, *(value for _, value in bars), *([limit] if limit is not None else [])]
    axis = Axis(*widened(values, pad=0), BARS_LABELS, BARS_WIDTH - RIGHT)
    top = 22
    bottom = top + ROW * len(bars) + 4
    marks = _background(axis, top, bottom, None)
    for index, (label, value) in enumerate(bars):
        y = top + ROW * index + 4
        left, right = sorted((axis.at(0), axis.at(value)))
        size = {"x": coordinate(left), "y": coordinate(y), "width": coordinate(max(right - left, 0.5)), "height": "11"}
        marks.append(text("label", BARS_LABELS - 10, y + 9.5, _short(label, 20), "end"))
        marks.append(Mark("rect", "bar", size))
        marks.append(text("label", BARS_WIDTH - RIGHT + 12, y + 9.5, _shown(value, unit), "start"))
    marks += [line("axis", axis.at(0), top, axis.at(0), bottom), *tick_labels(axis, bottom, unit)]
    if limit is not None:
        marks += _limits(axis, (limit,), top, bottom)
    return Chart(exhibit.title, bottom + 22, tuple(marks), "Line: limit." if limit is not None else "", BARS_WIDTH)


def _plane(exhibit: Exhibit, level: str) -> Chart | None:
    calibration = exhibit.chart == "calibration"
    rows = [[_float(value) for value in row] for row in exhibit.rows]
    points = [row for row in rows if len(row) > 1 and row[0] is not None and row[1] is not None]
    if len(points) < 2 and not (calibration and points):
        return None
    height, side = 196.0, (70.0, 250.0) if calibration else (70.0, 330.0)
    xs = [row[0] for row in points if row[0] is not None]
    ys = [value for row in points for value in row[1 : 4 if calibration else 2] if value is not None]
    if exhibit.limit is not None:
        ys.append(exhibit.limit)
    both = [*xs, *ys, 0.0]
    across = Axis(*widened(both if calibration else xs, pad=0), *side)
    up = Axis(*widened(both if calibration else ys, pad=0), height, 16.0)
    marks = _plane_frame(exhibit, across, up, height)
    if calibration:
        marks.append(
            line("guide", across.at(across.low), up.at(across.low), across.at(across.high), up.at(across.high))
        )
    elif exhibit.limit is not None:
        marks.append(line("limit", across.start, up.at(exhibit.limit), across.end, up.at(exhibit.limit)))
    ordered = sorted(points, key=lambda row: row[0] or 0.0)
    marks += _bars_of_error(ordered, across, up) if calibration else []
    path = " ".join(f"{coordinate(across.at(row[0]))},{coordinate(up.at(row[1]))}" for row in ordered)
    marks.append(Mark("polyline", "curve", {"points": path}))
    few = ordered if len(ordered) <= MOST_DOTS else []
    marks += [
        Mark("circle", "dot", {"cx": coordinate(across.at(row[0])), "cy": coordinate(up.at(row[1])), "r": "3.4"})
        for row in few
    ]
    legend = f"Dashed line: predicted equals observed. Thick line: {level}interval." if calibration else ""
    return Chart(exhibit.title, height + 44, tuple(marks), legend, round(side[1]) + 30)


def _bars_of_error(rows: Sequence[Sequence[float | None]], across: Axis, up: Axis) -> list[Mark]:
    known = [row for row in rows if len(row) > 3 and row[2] is not None and row[3] is not None]
    return [line("wide", across.at(row[0]), up.at(row[2]), across.at(row[0]), up.at(row[3])) for row in known]


def _tradeoff(exhibit: Exhibit, level: str) -> Chart | None:
    """A cross per row: one number across, another up, each with its interval."""
    numbers = [[_float(value) for value in row[1:7]] for row in exhibit.rows]
    known = [
        (place, row)
        for place, row in enumerate(numbers, 1)
        if len(row) == 6 and row[0] is not None and row[3] is not None
    ]
    if len(known) < 2:
        return None
    height = 196.0
    across = Axis(*widened([v for _, row in known for v in row[:3] if v is not None]), 70.0, 330.0)
    up = Axis(*widened([v for _, row in known for v in row[3:] if v is not None]), height, 16.0)
    titles = exhibit.model_copy(update={"columns": (exhibit.columns[1], exhibit.columns[4])})
    marks = _plane_frame(titles, across, up, height)
    for place, (x, low, high, y, below, above) in known:
        marks.append(
            line(
                "thin",
                across.at(low, otherwise=across.start),
                up.at(y),
                across.at(high, otherwise=across.end),
                up.at(y),
            )
        )
        marks.append(
            line("thin", across.at(x), up.at(below, otherwise=up.start), across.at(x), up.at(above, otherwise=up.end))
        )
        style = "dot-fail" if place == 1 else "dot"
        marks.append(Mark("circle", style, {"cx": coordinate(across.at(x)), "cy": coordinate(up.at(y)), "r": "4"}))
        marks.append(text("small", across.at(x) + 7, up.at(y) - 6, str(place), "start"))
    legend = f"Filled: decisions in use. Numbers: lines of the table. Lines: {level}intervals."
    title = f"{exhibit.title}. Across: {titles.columns[0].title}. Up: {titles.columns[1].title}"
    return Chart(title, height + 44, tuple(marks), legend, 360)


def _plane_frame(exhibit: Exhibit, across: Axis, up: Axis, height: float) -> list[Mark]:
    units = [column.unit for column in exhibit.columns[:2]]
    marks = [line("grid", across.start, up.at(tick), across.end, up.at(tick)) for tick in up.ticks]
    marks += [
        text("small", across.start - 8, up.at(tick) + 4, tick_label(tick, up, units[1]), "end") for tick in up.ticks
    ]
    marks += [line("axis", across.start, height, across.end, height), *tick_labels(across, height, units[0])]
    middle = (across.start + across.end) / 2
    marks.append(text("small", middle, height + 34, exhibit.columns[0].title, "middle"))
    marks.append(text("small", across.start, 10, exhibit.columns[1].title, "start"))
    return marks


def _background(axis: Axis, top: float, bottom: float, region: Limits | None) -> list[Mark]:
    marks = []
    if region is not None:
        if region.low is not None:
            marks.append(rectangle("outside", axis.start, top, axis.at(region.low) - axis.start, bottom - top))
        if region.high is not None:
            marks.append(rectangle("outside", axis.at(region.high), top, axis.end - axis.at(region.high), bottom - top))
    return marks + [line("grid", axis.at(tick), top, axis.at(tick), bottom) for tick in axis.ticks]


def _limits(axis: Axis, bounds: Sequence[float], top: float, bottom: float) -> list[Mark]:
    """Lines with their numbers; numbers that would touch lean away from each other."""
    bounds = tuple(dict.fromkeys(bounds))
    places = [axis.at(bound) for bound in bounds]
    anchors = ["middle"] * len(bounds)
    if len(places) == 2 and places[1] - places[0] < 64:
        anchors = ["end", "start"]
    marks = []
    for bound, x, anchor in zip(bounds, places, anchors, strict=True):
        told = f"limit {threshold(float(f'{bound:.4g}'))}"
        marks += [line("limit", x, top - 4, x, bottom), text("small", x, top - 9, told, anchor)]
    return marks


def _shown(value: float, unit: str) -> str:
    return percent(value) if unit == "rate" else number(int(value) if unit == "count" else value)


def _short(label: str, most: int = 38) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "\u2026"


def _float(value: str | int | float | None) -> float | None:
    """The number, where it is one that fits on an axis."""
    return float(value) if isinstance(value, (int, float)) and abs(value) < LARGEST else None
