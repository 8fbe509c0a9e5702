"""Charts as plain marks. Python places them, the template writes the SVG, the table below says the same in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.record.estimate import Exhibit
from assay.report.requirement import Limits
from assay.report.tables import EstimateTable, Row
from assay.report.words import number, percent, threshold

WIDTH = 640
LABELS = 222
RIGHT = 70
MOST_ROWS = 16
INK, QUIET, GRID, TINT, ACCENT = "#1b1f24", "#5c636b", "#dcdfe3", "#eee7e1", "#1d4e79"
STYLES: dict[str, dict[str, str]] = {
    "outside": {"fill": TINT},
    "grid": {"stroke": GRID, "stroke-width": "1"},
    "axis": {"stroke": QUIET, "stroke-width": "1"},
    "limit": {"stroke": INK, "stroke-width": "1.6"},
    "guide": {"stroke": QUIET, "stroke-width": "1", "stroke-dasharray": "4 3"},
    "wide": {"stroke": ACCENT, "stroke-width": "5", "stroke-linecap": "butt"},
    "thin": {"stroke": ACCENT, "stroke-width": "1.4"},
    "curve": {"stroke": ACCENT, "stroke-width": "2", "fill": "none"},
    "bar": {"fill": ACCENT},
    "dot": {"fill": "#ffffff", "stroke": INK, "stroke-width": "1.6"},
    "dot-fail": {"fill": "#8c1c13", "stroke": "#8c1c13", "stroke-width": "1.6"},
    "label": {"fill": INK, "font-size": "11.5", "font-family": "'Assay Sans','Assay Math',sans-serif"},
    "small": {"fill": QUIET, "font-size": "10.5", "font-family": "'Assay Sans','Assay Math',sans-serif"},
}
"""How a mark looks in print; the style sheet repaints the classes on screen."""


@dataclass(frozen=True)
class Mark:
    """One SVG element."""

    tag: str
    style: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def presentation(self) -> dict[str, str]:
        """Attributes of its style."""
        return STYLES[self.style]


@dataclass(frozen=True)
class Chart:
    """A picture with its title in words."""

    title: str
    height: float
    marks: tuple[Mark, ...]
    legend: str
    width: int = WIDTH


@dataclass
class _Axis:
    """A linear scale from data to the page."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        step = _step(self.high - self.low)
        first, last = math.floor(self.low / step + 1e-9), math.ceil(self.high / step - 1e-9)
        self.low, self.high = first * step, last * step
        self.ticks = tuple(round(index * step, 10) + 0.0 for index in range(first, last + 1))

    def at(self, value: float | None, *, otherwise: float = 0.0) -> float:
        """Where a value lies; values beyond the axis lie on its end, None on `otherwise`."""
        if value is None:
            return otherwise
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


def estimates_chart(table: EstimateTable) -> Chart | None:
    """Intervals of at least two groups, with the limit and the side that is not acceptable."""
    rows = [row for row in table.rows if row.estimate.value is not None and row.estimate.interval][:MOST_ROWS]
    if len(rows) < 2:
        return None
    region = next((row.limits for row in rows if row.limits), None)
    points = [_point(row) for row in rows]
    told = f"; required: {region.label}" if region else ""
    shaded = " Shaded: not acceptable." if region else ""
    thin = " Thin line: simultaneous interval." if table.doubly_ranged else ""
    return _intervals(
        f"{table.title} by group, with intervals{told}",
        points,
        region,
        f"Dot: estimate (filled: fail). Thick line: {table.interval_title}.{thin}{shaded}",
    )


def exhibit_chart(exhibit: Exhibit) -> Chart | None:
    """The chart the exhibit asks for; None where its rows do not fit that chart."""
    limit = Limits(exhibit.limit, None, number(exhibit.limit)) if exhibit.limit is not None else None
    match exhibit.chart:
        case "bar":
            bars = [(str(row[0]), _float(row[1])) for row in exhibit.rows if len(row) > 1]
            known = [(label, value) for label, value in bars if value is not None]
            return _bars(exhibit, known[:MOST_ROWS], exhibit.limit) if known else None
        case "interval":
            points = [_Point(str(r[0]), _float(r[1]), _float(r[2]), _float(r[3])) for r in exhibit.rows if len(r) > 3]
            points = [point for point in points if point.value is not None][:MOST_ROWS]
            legend = "Dot: value. Thick line: interval." + (" Line: reference value." if limit else "")
            return _intervals(exhibit.title, points, limit, legend, shade=False) if points else None
        case "line" | "calibration":
            return _plane(exhibit)
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


def _point(row: Row) -> _Point:
    own, outer = row.estimate.interval, row.estimate.simultaneous
    against = f" / {row.against}" if row.against else ""
    return _Point(
        f"{row.group or row.word}{against}",
        row.estimate.value,
        own.low if own else None,
        own.high if own else None,
        (outer.low, outer.high) if outer else None,
        row.outcome == "fail",
        row.value,
    )


def _intervals(
    title: str, points: Sequence[_Point], region: Limits | None, legend: str, *, shade: bool = True
) -> Chart:
    values = [v for p in points for v in (p.value, p.low, p.high, *(p.outer or ())) if v is not None]
    values += region.bounds if region else ()
    axis = _Axis(*_widened(values), LABELS, WIDTH - RIGHT)
    top, row = 22, 22
    bottom = top + row * len(points) + 4
    marks = _background(axis, top, bottom, region if shade else None)
    for index, point in enumerate(points):
        marks += _interval_marks(point, axis, top + row * index + row / 2 + 2)
    marks += [_line("axis", axis.start, bottom, axis.end, bottom), *_tick_labels(axis, bottom)]
    if region:
        marks += [mark for bound in region.bounds for mark in _limit(axis, bound, top, bottom)]
    return Chart(title, bottom + 22, tuple(marks), legend)


def _interval_marks(point: _Point, axis: _Axis, y: float) -> list[Mark]:
    marks = [_text("label", LABELS - 10, y + 4, _short(point.label), "end")]
    if point.outer is not None:
        low, high = axis.at(point.outer[0], otherwise=axis.start), axis.at(point.outer[1], otherwise=axis.end)
        marks += [_line("thin", low, y, high, y), *(_line("thin", x, y - 4, x, y + 4) for x in (low, high))]
    marks.append(_line("wide", axis.at(point.low, otherwise=axis.start), y, axis.at(point.high, otherwise=axis.end), y))
    style = "dot-fail" if point.failed else "dot"
    marks.append(Mark("circle", style, {"cx": _f(axis.at(point.value)), "cy": _f(y), "r": "4"}))
    marks.append(_text("label", WIDTH - RIGHT + 12, y + 4, point.shown or number(point.value), "start"))
    return marks


def _bars(exhibit: Exhibit, bars: Sequence[tuple[str, float]], limit: float | None) -> Chart:
    unit = exhibit.columns[1].unit
    values = [0.0, *(value for _, value in bars), *([limit] if limit is not None else [])]
    axis = _Axis(*_widened(values, pad=0), LABELS, WIDTH - RIGHT)
    top, row = 22, 22
    bottom = top + row * len(bars) + 4
    marks = _background(axis, top, bottom, None)
    for index, (label, value) in enumerate(bars):
        y = top + row * index + 6
        left, right = sorted((axis.at(0), axis.at(value)))
        size = {"x": _f(left), "y": _f(y), "width": _f(max(right - left, 0.5)), "height": "13"}
        marks.append(_text("label", LABELS - 10, y + 11, _short(label), "end"))
        marks.append(Mark("rect", "bar", size))
        marks.append(_text("label", WIDTH - RIGHT + 12, y + 11, _shown(value, unit), "start"))
    marks += [_line("axis", axis.at(0), top, axis.at(0), bottom), *_tick_labels(axis, bottom, unit)]
    if limit is not None:
        marks += _limit(axis, limit, top, bottom)
    return Chart(exhibit.title, bottom + 22, tuple(marks), "Line: reference value." if limit is not None else "")


def _plane(exhibit: Exhibit) -> Chart | None:
    calibration = exhibit.chart == "calibration"
    rows = [[_float(value) for value in row] for row in exhibit.rows]
    points = [row for row in rows if len(row) > 1 and row[0] is not None and row[1] is not None]
    if len(points) < 2 and not (calibration and points):
        return None
    height, side = 236.0, (70.0, 290.0) if calibration else (70.0, 480.0)
    xs = [row[0] for row in points if row[0] is not None]
    ys = [value for row in points for value in row[1 : 4 if calibration else 2] if value is not None]
    if exhibit.limit is not None:
        ys.append(exhibit.limit)
    both = [*xs, *ys, 0.0]
    across = _Axis(*_widened(both if calibration else xs, pad=0), *side)
    up = _Axis(*_widened(both if calibration else ys, pad=0), height, 16.0)
    marks = _plane_frame(exhibit, across, up, height)
    if calibration:
        marks.append(
            _line("guide", across.at(across.low), up.at(across.low), across.at(across.high), up.at(across.high))
        )
    elif exhibit.limit is not None:
        marks.append(_line("limit", across.start, up.at(exhibit.limit), across.end, up.at(exhibit.limit)))
    ordered = sorted(points, key=lambda row: row[0] or 0.0)
    marks += _bars_of_error(ordered, across, up) if calibration else []
    path = " ".join(f"{_f(across.at(row[0]))},{_f(up.at(row[1]))}" for row in ordered)
    marks.append(Mark("polyline", "curve", {"points": path}))
    marks += [
        Mark("circle", "dot", {"cx": _f(across.at(row[0])), "cy": _f(up.at(row[1])), "r": "3.4"}) for row in ordered
    ]
    legend = "Dashed line: predicted equals observed. Thick line: interval." if calibration else ""
    return Chart(exhibit.title, height + 44, tuple(marks), legend)


def _bars_of_error(rows: Sequence[Sequence[float | None]], across: _Axis, up: _Axis) -> list[Mark]:
    known = [row for row in rows if len(row) > 3 and row[2] is not None and row[3] is not None]
    return [_line("wide", across.at(row[0]), up.at(row[2]), across.at(row[0]), up.at(row[3])) for row in known]


def _plane_frame(exhibit: Exhibit, across: _Axis, up: _Axis, height: float) -> list[Mark]:
    units = [column.unit for column in exhibit.columns[:2]]
    marks = [_line("grid", across.start, up.at(tick), across.end, up.at(tick)) for tick in up.ticks]
    marks += [_text("small", across.start - 8, up.at(tick) + 4, _tick(tick, up, units[1]), "end") for tick in up.ticks]
    marks += [_line("axis", across.start, height, across.end, height), *_tick_labels(across, height, units[0])]
    middle = (across.start + across.end) / 2
    marks.append(_text("small", middle, height + 34, exhibit.columns[0].title, "middle"))
    marks.append(_text("small", across.start, 10, exhibit.columns[1].title, "start"))
    return marks


def _background(axis: _Axis, top: float, bottom: float, region: Limits | None) -> list[Mark]:
    marks = []
    if region is not None:
        if region.low is not None:
            marks.append(_rect("outside", axis.start, top, axis.at(region.low) - axis.start, bottom - top))
        if region.high is not None:
            marks.append(_rect("outside", axis.at(region.high), top, axis.end - axis.at(region.high), bottom - top))
    return marks + [_line("grid", axis.at(tick), top, axis.at(tick), bottom) for tick in axis.ticks]


def _limit(axis: _Axis, bound: float, top: float, bottom: float) -> list[Mark]:
    x = axis.at(bound)
    return [
        _line("limit", x, top - 4, x, bottom),
        _text("small", x, top - 9, f"limit {threshold(float(f'{bound:.4g}'))}", "middle"),
    ]


def _tick_labels(axis: _Axis, y: float, unit: str = "number") -> list[Mark]:
    return [_text("small", axis.at(tick), y + 15, _tick(tick, axis, unit), "middle") for tick in axis.ticks]


def _tick(value: float, axis: _Axis, unit: str) -> str:
    scale = 100 if unit == "rate" else 1
    ticks = [round(tick * scale, 10) for tick in axis.ticks]
    decimals = next(d for d in range(11) if all(round(tick, d) == tick for tick in ticks))
    text = f"{value * scale + 0.0:.{decimals}f}".replace("-", "\u2212")
    return f"{text}\u202f%" if unit == "rate" else text


def _widened(values: Sequence[float], *, pad: float = 0.04) -> tuple[float, float]:
    low, high = min(values), max(values)
    if low == high:
        return low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5
    below = low - pad * (high - low)
    return max(below, 0.0) if low >= 0 else below, high + pad * (high - low)


def _step(width: float) -> float:
    raw = width / 5
    power = 10.0 ** math.floor(math.log10(raw))
    return power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)


def _shown(value: float, unit: str) -> str:
    return percent(value) if unit == "rate" else number(int(value) if unit == "count" else value)


def _short(label: str, most: int = 34) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "\u2026"


def _float(value: str | int | float | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _f(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _line(style: str, x1: float, y1: float, x2: float, y2: float) -> Mark:
    return Mark("line", style, {"x1": _f(x1), "y1": _f(y1), "x2": _f(x2), "y2": _f(y2)})


def _rect(style: str, x: float, y: float, width: float, height: float) -> Mark:
    return Mark("rect", style, {"x": _f(x), "y": _f(y), "width": _f(max(width, 0)), "height": _f(height)})


def _text(style: str, x: float, y: float, text: str, anchor: str) -> Mark:
    return Mark("text", style, {"x": _f(x), "y": _f(y), "text-anchor": anchor}, text)
