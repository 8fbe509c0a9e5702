"""Charts as plain marks. Python places them, the template writes the SVG, the table below says the same in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from unicodedata import normalize

from assay.record.estimate import Exhibit
from assay.report.drawing import (
    BARS_LABELS,
    BARS_WIDTH,
    LABELS,
    RIGHT,
    STYLES,
    WIDTH,
    Axis,
    Chart,
    Mark,
    coordinate,
    drawable,
    line,
    rectangle,
    text,
    tick_labels,
    widened,
)
from assay.report.language import gettext
from assay.report.plane import plane, thick_line, tradeoff
from assay.report.requirement import Limits
from assay.report.rows import Row
from assay.report.tables import EstimateTable
from assay.report.words import number, percent, title
from assay.report.words import threshold as as_written

MOST_ROWS, MOST_EXHIBITED, MOST_BARS, MOST_MEASURES, MOST_AUDITS = 14, 20, 10, 6, 12
ROW, GAP = 16, 10
"""Height of a row, and what lies between a label and its axis."""
ROOM, BARS_ROOM = LABELS - GAP, BARS_LABELS - GAP
"""How wide a label may be."""
_EMS = {
    letter: ems
    for ems, letters in {
        0.3: " !'(),.:;J`ijl·’іјЈ",
        0.4: "-/I[\\]ft{}“”ιІ",
        0.5: '"?_crsz–°„εζξςτгзстэєѕґΙ',
        0.6: "$*+0123456789<=>EFLSTVXYZ^aekvxy|~×€£§«»γθκλνχΓΔΖΞΣΤΧабвдеклухьяГЕЗТХЅҐ",
        0.65: "#ABCKPRbdghnopquαβδημορσυΑΒΚΛΡинопрцчђћџАБВКРСУЬЭЯЄΕ",
        0.8: "&DGHNOQUw\u2026πφψωΘΝΠжмфъыДИЛНОПЦЧЪЂЋЏΥ",
        0.95: "%@MWmΜΦΨшщюљњЖМФЫЉΗΟΩ",
        1.1: "—ШЩЮЊ",
    }.items()
    for letter in letters
}
"""Widths of letters in our sans face, Latin, Greek and Cyrillic, rounded up."""


def estimates_chart(table: EstimateTable, shown: Callable[[str], str] = str) -> Chart | None:
    """Intervals against the threshold: groups of one measure on one axis, measures each on their own.

    `shown` may lengthen labels, which are cut to their room after it.
    """
    rows = [row for row in table.rows if row.estimate.value is not None and row.estimate.interval]
    if len({row.estimate.name for row in rows}) > 1 or (rows and not table.grouped):
        judged = [row for row in rows if row.limits]
        return _measures(table, judged[:MOST_MEASURES], shown) if judged else None
    several = len({row.estimate.grouping for row in rows}) > 1
    points = [p for p in (_point(row, shown, grouped=several) for row in rows) if p.drawable][:MOST_ROWS]
    if len(points) < 2:
        return None
    region = next((row.limits for row in rows if row.limits), None)
    return _intervals(
        gettext(
            "%(measure)s by group, with intervals; required: %(required)s", measure=table.title, required=region.label
        )
        if region
        else gettext("%(measure)s by group, with intervals", measure=table.title),
        points,
        region,
        _legend(table, shaded=region is not None),
    )


def _legend(table: EstimateTable, *, shaded: bool) -> str:
    told = [gettext("Dot: estimate (filled: fail). Thick line: %(interval)s.", interval=table.interval_title)]
    told += [gettext("Thin line: interval with all comparisons.")] if table.doubly_ranged else []
    told += [gettext("Shaded: not acceptable.")] if shaded else []
    return " ".join(told)


def exhibit_chart(
    exhibit: Exhibit, level: str = "", threshold: float | None = None, shown: Callable[[str], str] = str
) -> Chart | None:
    """The chart the exhibit asks for; None where its rows do not fit that chart. `level` is that of its intervals.

    `shown` may lengthen labels, which are cut to their room after it.

    A line is called a threshold only where a criterion names it; a line of the exhibit's own is a reference.
    """
    exhibit = adapted(exhibit)
    place = threshold if threshold is not None else exhibit.limit
    decides = threshold is not None
    match exhibit.chart:
        case "bar":
            bars = [(shown(str(row[0])), drawable(row[1])) for row in exhibit.rows if len(row) > 1]
            known = [(label, value) for label, value in bars if value is not None]
            return _bars(exhibit, known[:MOST_BARS], place, decides) if any(value for _, value in known) else None
        case "interval":
            unit = exhibit.columns[1].unit if len(exhibit.columns) > 1 else "number"
            points = [
                _Point(shown(str(r[0])), value, drawable(r[2]), drawable(r[3]), shown=_shown(value, unit))
                for r in exhibit.rows
                if len(r) > 3 and (value := drawable(r[1])) is not None
            ][:MOST_EXHIBITED]
            region = None if place is None else Limits(place, None, number(place))
            legend = " ".join(
                filter(None, (gettext("Dot: value."), thick_line(level), "" if place is None else _told(decides)))
            )
            return (
                _intervals(exhibit.title, points, region, legend, shade=False, unit=unit, decides=decides)
                if points
                else None
            )
        case "line" | "calibration":
            return plane(exhibit, level)
        case "tradeoff":
            return tradeoff(exhibit, level, used=not exhibit.name.startswith("candidates"))
    return _history(exhibit, shown) if exhibit.name == "outcomes" else None


def _told(decides: bool) -> str:
    return gettext("Line: threshold.") if decides else gettext("Dashed line: for reference, not a threshold.")


def adapted(exhibit: Exhibit) -> Exhibit:
    """Exhibits that ask for no chart and have the columns of one, with these columns in front."""
    wanted = _ADAPTED.get(exhibit.name.partition("[")[0])
    if exhibit.chart != "none" or wanted is None or any(max(p or 0 for p in wanted[1]) >= len(r) for r in exhibit.rows):
        return exhibit
    chart, places = wanted
    columns = tuple(exhibit.columns[place or 0] for place in places)
    rows = tuple(tuple(None if place is None else row[place] for place in places) for row in exhibit.rows)
    return exhibit.model_copy(update={"chart": chart, "columns": columns, "rows": rows})


_ADAPTED: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "candidates": ("tradeoff", (0, 1, None, None, 3, 4, 5)),
    "champion_and_challenger": ("interval", (0, 1, 3, 4)),
}


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


def _point(row: Row, shown: Callable[[str], str], *, grouped: bool = False) -> _Point:
    own, outer = row.estimate.interval, row.estimate.simultaneous
    against = f" / {row.against}" if row.against else ""
    of = f"{row.grouping}: " if grouped and row.grouping else ""
    label = shown(f"{of}{row.group or row.word}{against}")
    if of and _width(label) > ROOM:
        label = shown(f"{of}{row.group or row.word}")  # the table names the group compared with
    return _Point(
        label,
        drawable(row.estimate.value),
        drawable(own.low) if own else None,
        drawable(own.high) if own else None,
        (drawable(outer.low), drawable(outer.high)) if outer else None,
        row.outcome == "fail",
        row.value,
    )


def _intervals(
    told: str,
    points: Sequence[_Point],
    region: Limits | None,
    legend: str,
    *,
    shade: bool = True,
    unit: str = "number",
    decides: bool = True,
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
        marks += _limits(axis, region.bounds, top, bottom, decides)
    return Chart(told, bottom + 22, tuple(marks), legend)


def _interval_marks(point: _Point, axis: Axis, y: float) -> list[Mark]:
    marks = [text("label", ROOM, y + 4, _short(point.label), "end")]
    if point.outer is not None:
        low, high = axis.at(point.outer[0], otherwise=axis.start), axis.at(point.outer[1], otherwise=axis.end)
        marks += [line("thin", low, y, high, y), *(line("thin", x, y - 4, x, y + 4) for x in (low, high))]
    marks.append(line("wide", axis.at(point.low, otherwise=axis.start), y, axis.at(point.high, otherwise=axis.end), y))
    style = "dot-fail" if point.failed else "dot"
    marks.append(Mark("circle", style, {"cx": coordinate(axis.at(point.value)), "cy": coordinate(y), "r": "4"}))
    marks.append(text("label", WIDTH - RIGHT + 12, y + 4, point.shown or number(point.value), "start"))
    return marks


def _bars(exhibit: Exhibit, bars: Sequence[tuple[str, float]], limit: float | None, decides: bool) -> Chart:
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
        marks.append(text("label", BARS_ROOM, y + 9.5, _short(label, BARS_ROOM), "end"))
        marks.append(Mark("rect", "bar", size))
        marks.append(text("label", BARS_WIDTH - RIGHT + 12, y + 9.5, _shown(value, unit), "start"))
    marks += [line("axis", axis.at(0), top, axis.at(0), bottom), *tick_labels(axis, bottom, unit)]
    if limit is not None:
        marks += _limits(axis, (limit,), top, bottom, decides)
    legend = _told(decides) if limit is not None else ""
    return Chart(exhibit.title, bottom + 22, tuple(marks), legend, BARS_WIDTH)


def _measures(table: EstimateTable, rows: Sequence[Row], shown: Callable[[str], str]) -> Chart:
    """One small axis per measure, so that no scale is shared by numbers of different kinds."""
    marks: list[Mark] = []
    top = 22.0
    for row in rows:
        region = row.limits
        point = replace(_point(row, shown), label=shown(row.group or title(row.estimate.name)))
        values = [v for v in (point.value, point.low, point.high, *(point.outer or ())) if v is not None]
        if not values or region is None:
            continue
        axis = Axis(*widened([*values, *region.bounds]), LABELS, WIDTH - RIGHT)
        bottom = top + ROW + 4
        marks += _background(axis, top, bottom, region)
        marks += _interval_marks(point, axis, top + ROW / 2 + 2)
        marks += [line("axis", axis.start, bottom, axis.end, bottom), *tick_labels(axis, bottom)]
        marks += _limits(axis, region.bounds, top, bottom, True)
        top = bottom + 44
    told = gettext("%(measure)s, with intervals, each against its threshold", measure=table.title)
    own = " " + gettext("Each measure has its own scale.") if len(rows) > 1 else ""
    return Chart(told, top - 20, tuple(marks), _legend(table, shaded=True) + own)


def _history(exhibit: Exhibit, shown: Callable[[str], str]) -> Chart | None:
    """Passed, failed and open controls of earlier audits, the newest first; the numbers stand at the end of the bar."""
    names = [column.name for column in exhibit.columns]
    if not {"days", "passed", "failed", "open"} <= set(names) or not exhibit.rows:
        return None
    rows = [dict(zip(names, row, strict=False)) for row in exhibit.rows[:MOST_AUDITS]]
    amounts = [[drawable(row[kind]) or 0.0 for kind in ("failed", "open", "passed")] for row in rows]
    if not any(map(sum, amounts)):
        return None
    axis = Axis(0.0, max(map(sum, amounts)), LABELS, WIDTH - RIGHT)
    top, bottom = 12.0, 16.0 + ROW * len(rows)
    marks = _background(axis, top, bottom, None)
    for index, (row, own) in enumerate(zip(rows, amounts, strict=True)):
        y, start = top + ROW * index + 3, 0.0
        label = gettext("%(days)s days before, %(version)s", days=row["days"], version=row.get("version", ""))
        marks.append(text("label", ROOM, y + 9, _short(shown(label)), "end"))
        for style, amount in zip(("bar-fail", "bar-open", "bar-pass"), own, strict=True):
            marks.append(rectangle(style, axis.at(start), y, axis.at(start + amount) - axis.at(start), 11))
            start += amount
        told = " / ".join(number(int(amount)) for amount in own)
        marks.append(text("label", WIDTH - RIGHT + 12, y + 9, told, "start"))
    marks += [line("axis", axis.start, bottom, axis.end, bottom), *tick_labels(axis, bottom, "count")]
    legend = gettext("From left to right, and as numbers: failed (dark), open (dashed outline), passed (light).")
    return Chart(gettext("%(title)s: controls by outcome", title=exhibit.title), bottom + 22, tuple(marks), legend)


def _background(axis: Axis, top: float, bottom: float, region: Limits | None) -> list[Mark]:
    marks = []
    if region is not None:
        if region.low is not None:
            marks.append(rectangle("outside", axis.start, top, axis.at(region.low) - axis.start, bottom - top))
        if region.high is not None:
            marks.append(rectangle("outside", axis.at(region.high), top, axis.end - axis.at(region.high), bottom - top))
    return marks + [line("grid", axis.at(tick), top, axis.at(tick), bottom) for tick in axis.ticks]


def _limits(axis: Axis, bounds: Sequence[float], top: float, bottom: float, decides: bool) -> list[Mark]:
    """Lines with their numbers; numbers that would touch lean away from each other."""
    bounds = tuple(dict.fromkeys(bounds))
    places = [axis.at(bound) for bound in bounds]
    anchors = ["middle"] * len(bounds)
    if len(places) == 2 and places[1] - places[0] < 84:
        anchors = ["end", "start"]
    marks = []
    for bound, x, anchor in zip(bounds, places, anchors, strict=True):
        value = as_written(float(f"{bound:.4g}"))
        told = gettext("threshold %(value)s", value=value) if decides else gettext("reference %(value)s", value=value)
        marks += [
            line("limit" if decides else "guide", x, top - 4, x, bottom),
            text("small", x, top - 9, told, anchor),
        ]
    return marks


def _shown(value: float, unit: str) -> str:
    return percent(value) if unit == "rate" else number(int(value) if unit == "count" else value)


def _short(label: str, room: float = ROOM) -> str:
    """As much of the beginning of a label as there is room for: what is too wide would leave the picture."""
    if _width(label) <= room:
        return label
    ends = accumulate(map(_width, label))
    kept = sum(end + _width("\u2026") <= room for end in ends)
    return label[:kept].rstrip() + "\u2026"


def _width(label: str) -> float:
    """At most how wide a label is drawn; what our face lacks comes from another one."""
    letters = (normalize("NFD", letter)[0] for letter in label)
    ems = sum(_EMS.get(letter, 0.95 if letter.islower() else 1.2) for letter in letters)
    return ems * float(STYLES["label"]["font-size"])
