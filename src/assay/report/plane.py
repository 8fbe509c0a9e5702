"""Charts of two numbers: curves, calibration, trade-offs."""

from __future__ import annotations

from collections.abc import Sequence

from assay.record.estimate import Exhibit
from assay.report.drawing import (
    Axis,
    Chart,
    Mark,
    coordinate,
    drawable,
    line,
    text,
    tick_label,
    tick_labels,
    widened,
)
from assay.report.language import gettext, message, named
from assay.report.words import threshold

MOST_DOTS = 25
AXES = (
    message("Difference"), message("Difference of shares"), message("Event rate"),
    message("Events among rows there"), message("Events at or above the cut"), message("Largest difference"),
    message("Lowest ratio"), message("Lowest ratio of two groups"), message("Mean probability"),
    message("Non-events at or above the cut"), message("Right decisions"), message("Score"),
    message("Share of events"), message("Share of people"),
)  # fmt: skip
"""What the built-in checks measure along an axis, so that a catalogue holds words for it."""


def plane(exhibit: Exhibit, level: str) -> Chart | None:
    """A curve, or predictions beside what came true with their intervals."""
    calibration = exhibit.chart == "calibration"
    rows = [[drawable(value) for value in row] for row in exhibit.rows]
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
    marks = _frame(exhibit, across, up, height)
    if calibration:
        marks.append(
            line("guide", across.at(across.low), up.at(across.low), across.at(across.high), up.at(across.high))
        )
    elif exhibit.limit is not None:
        y = up.at(exhibit.limit)
        marks.append(line("guide", across.start, y, across.end, y))
        marks.append(
            text("small", across.end, y - 4, gettext("reference %(value)s", value=threshold(exhibit.limit)), "end")
        )
    ordered = sorted(points, key=lambda row: row[0] or 0.0)
    marks += _bars_of_error(ordered, across, up) if calibration else []
    path = " ".join(f"{coordinate(across.at(row[0]))},{coordinate(up.at(row[1]))}" for row in ordered)
    marks.append(Mark("polyline", "curve", {"points": path}))
    few = ordered if len(ordered) <= MOST_DOTS else []
    marks += [
        Mark("circle", "dot", {"cx": coordinate(across.at(row[0])), "cy": coordinate(up.at(row[1])), "r": "3.4"})
        for row in few
    ]
    legend = ""
    if calibration:
        legend = f"{gettext('Dashed line: predicted equals observed.')} {thick_line(level)}"
    return Chart(exhibit.title, height + 44, tuple(marks), legend, round(side[1]) + 30)


def thick_line(level: str) -> str:
    """What the thick line is, in a legend."""
    return gettext("Thick line: %(level)s interval.", level=level) if level else gettext("Thick line: interval.")


def _bars_of_error(rows: Sequence[Sequence[float | None]], across: Axis, up: Axis) -> list[Mark]:
    known = [row for row in rows if len(row) > 3 and row[2] is not None and row[3] is not None]
    return [line("wide", across.at(row[0]), up.at(row[2]), across.at(row[0]), up.at(row[3])) for row in known]


def tradeoff(exhibit: Exhibit, level: str, *, used: bool = True) -> Chart | None:
    """A cross per row: one number across, another up, each with its interval. `used`: the first is in use."""
    numbers = [[drawable(value) for value in row[1:7]] for row in exhibit.rows]
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
    marks = _frame(titles, across, up, height)
    for place, (x, low, high, y, below, above) in known:
        if low is not None or high is not None:
            left, right = across.at(low, otherwise=across.start), across.at(high, otherwise=across.end)
            marks.append(line("thin", left, up.at(y), right, up.at(y)))
        if below is not None or above is not None:
            bottom, top = up.at(below, otherwise=up.start), up.at(above, otherwise=up.end)
            marks.append(line("thin", across.at(x), bottom, across.at(x), top))
        style = "dot-fail" if place == 1 and used else "dot"
        marks.append(Mark("circle", style, {"cx": coordinate(across.at(x)), "cy": coordinate(up.at(y)), "r": "4"}))
        marks.append(text("small", across.at(x) + 7, up.at(y) - 6, str(place), "start"))
    told = [gettext("Filled: decisions in use.")] if used else []
    told += [gettext("Numbers: lines of the table.")]
    told += [gettext("Lines: %(level)s intervals.", level=level) if level else gettext("Lines: intervals.")]
    legend = " ".join(told)
    title = gettext(
        "%(title)s. Across: %(across)s. Up: %(up)s",
        title=exhibit.title,
        across=named(titles.columns[0].title),
        up=named(titles.columns[1].title),
    )
    return Chart(title, height + 44, tuple(marks), legend, 360)


def _frame(exhibit: Exhibit, across: Axis, up: Axis, height: float) -> list[Mark]:
    units = [column.unit for column in exhibit.columns[:2]]
    marks = [line("grid", across.start, up.at(tick), across.end, up.at(tick)) for tick in up.ticks]
    marks += [
        text("small", across.start - 8, up.at(tick) + 4, tick_label(tick, up, units[1]), "end") for tick in up.ticks
    ]
    marks += [line("axis", across.start, height, across.end, height), *tick_labels(across, height, units[0])]
    middle = (across.start + across.end) / 2
    marks.append(text("small", middle, height + 34, named(exhibit.columns[0].title), "middle"))
    marks.append(text("small", across.start, 10, named(exhibit.columns[1].title), "start"))
    return marks
