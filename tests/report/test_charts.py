from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from assay.record.estimate import Column, Exhibit
from assay.report.charts import estimates_chart, exhibit_chart
from assay.report.drawing import STYLES, Chart
from assay.report.fair_lending import fair_lending
from assay.report.page import legible
from assay.report.parts import fonts
from assay.report.pdf import printable
from assay.report.tables import estimate_tables
from assay.report.view import view

from .conftest import sample, sample_audit


def exhibit(chart: Any, rows: tuple[Any, ...], units: str = "text number number number", **rest: Any) -> Exhibit:
    columns = tuple(
        Column(name=f"c{i}", title=f"C{i}", unit=unit)  # type: ignore[arg-type]
        for i, unit in enumerate(units.split()[: len(rows[0]) if rows else None])
    )
    return Exhibit(name="x", title="X", columns=columns, rows=rows, chart=chart, **rest)


def test_bars_are_as_long_as_their_values() -> None:
    drawn = exhibit_chart(exhibit("bar", (("a", 1.0), ("b", 2.0), ("c", None)), "text number"))
    assert drawn is not None
    widths = [float(mark.attributes["width"]) for mark in drawn.marks if mark.style == "bar"]
    assert len(widths) == 2
    assert widths[1] == pytest.approx(2 * widths[0], rel=1e-3)


def test_an_interval_without_bound_reaches_the_edge() -> None:
    drawn = exhibit_chart(exhibit("interval", (("a", 0.5, 0.4, None), ("b", 0.6, 0.5, 0.7)), limit=0.8))
    assert drawn is not None
    wide = [mark.attributes for mark in drawn.marks if mark.style == "wide"]
    edge = max(float(m.attributes["x2"]) for m in drawn.marks if m.style == "axis")
    assert float(wide[0]["x2"]) == pytest.approx(edge)
    assert float(wide[1]["x2"]) < edge
    assert any(mark.text == "reference 0.8" for mark in drawn.marks)


@pytest.mark.parametrize(("threshold", "told"), [(None, "reference 1"), (2.0, "threshold 2")])
def test_only_what_a_criterion_names_is_called_a_threshold(threshold: float | None, told: str) -> None:
    drawn = exhibit_chart(exhibit("bar", (("a", 1.5), ("b", 2.5)), "text number", limit=1.0), threshold=threshold)
    assert drawn is not None
    assert [mark.text for mark in drawn.marks if mark.text.split()[0:1] in (["reference"], ["threshold"])] == [told]
    assert not any("limit" in mark.text for mark in drawn.marks)


@pytest.mark.parametrize(
    ("chart", "rows"),
    [
        ("bar", ()),
        ("bar", (("a",),)),
        ("bar", (("a", "text"),)),
        ("bar", (("a", 1e300),)),
        ("bar", (("a", 0.0), ("b", 0.0))),
        ("interval", (("a", None, None, None),)),
        ("line", ((0.1, 0.2),)),
        ("calibration", ((None, 0.2, 0.1, 0.3),)),
    ],
)
def test_rows_that_do_not_fit_the_chart_leave_only_the_table(chart: str, rows: tuple[Any, ...]) -> None:
    assert exhibit_chart(exhibit(chart, rows)) is None


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-12, 9e11])
@pytest.mark.parametrize("chart", ["bar", "interval", "line", "calibration"])
def test_equal_and_extreme_values_are_drawn_within_the_picture(chart: str, value: float) -> None:
    row = (value, value, value, value, 5) if chart in ("line", "calibration") else ("a", value, value, value)
    if chart == "bar" and value == 0:
        pytest.skip("bars of nothing are not drawn")
    drawn = exhibit_chart(exhibit(chart, (row, row), "number number number number count"))
    assert drawn is not None
    for mark in drawn.marks:
        for name, place in mark.attributes.items():
            if name in ("x", "x1", "x2", "cx"):
                assert -1 <= float(place) <= drawn.width


def test_a_chart_without_a_kind_is_no_chart() -> None:
    assert exhibit_chart(exhibit("none", (("a", 1.0),))) is None


def test_a_trade_off_has_a_cross_per_line_that_reaches_to_the_ends_of_both_intervals() -> None:
    rows = (("In use", 0.7, 0.6, 0.8, 0.75, 0.72, 0.78, 900), ("Other", 0.95, 0.9, 1.0, 0.7, 0.66, 0.74, 900))
    units = "text ratio ratio ratio rate rate rate count"
    drawn = exhibit_chart(exhibit("tradeoff", rows, units))
    assert drawn is not None
    dots = [mark for mark in drawn.marks if mark.tag == "circle"]
    assert [mark.style for mark in dots] == ["dot-fail", "dot"]
    places = [(float(mark.attributes["cx"]), float(mark.attributes["cy"])) for mark in dots]
    assert places[0][0] < places[1][0]  # a higher ratio stands further right
    assert places[0][1] < places[1][1]  # a higher accuracy stands further up
    across, up = [mark.attributes for mark in drawn.marks if mark.style == "thin"][:2]
    assert float(across["x1"]) < places[0][0] < float(across["x2"])
    assert float(up["y1"]) > places[0][1] > float(up["y2"])
    assert exhibit_chart(exhibit("tradeoff", rows[:1], units)) is None


LONG = (
    "MARRIED WOMEN OF WIMBLEDON, MAIDA VALE", "配偶者のある女性（外国籍の人を含み、学生を除く）", "W" * 60,
    "unmarried, 25-34, with a lease, in a house that has a cellar", "a\u202eb\u2066c" * 8,
)  # fmt: skip
"""Names of groups for which a chart has no room."""


@cache
def faces() -> list[dict[str, float]]:
    """Of those that draw labels: how wide each letter is, in ems."""

    def widths(file: str) -> dict[str, float]:
        font = TTFont(fonts() / f"{file}.woff")
        ems = font["head"].unitsPerEm
        return {chr(point): font["hmtx"][name][0] / ems for point, name in font.getBestCmap().items()}

    return [widths(file) for file in ("sans", "math", "symbols")]


def drawn_width(label: str) -> float:
    ems = sum(next((face[letter] for face in faces() if letter in face), 1.0) for letter in label)
    return ems * float(STYLES["label"]["font-size"])


def labels(drawn: Chart | None) -> Iterator[tuple[str, float]]:
    """The labels that end where their axis begins, and how much room there is before."""
    assert drawn is not None
    for mark in drawn.marks:
        if mark.style == "label" and mark.attributes["text-anchor"] == "end":
            yield mark.text, float(mark.attributes["x"])


def every_chart_with_labels(shown: Callable[[str], str]) -> Iterator[Chart | None]:
    intervals, bars = tuple((name, 0.5, 0.4, 0.6) for name in LONG), tuple((name, 1.0) for name in LONG)
    yield exhibit_chart(exhibit("interval", intervals), shown=shown)
    yield exhibit_chart(exhibit("bar", bars, "text number"), shown=shown)
    for table in estimate_tables(sample_audit().findings[0]):
        named = [replace(row, group=name, grouping="") for row, name in zip(table.rows, LONG, strict=False)]
        yield estimates_chart(replace(table, rows=tuple(named)), shown)


@pytest.mark.parametrize("shown", [legible, printable])
def test_a_label_that_is_too_wide_keeps_its_beginning_and_stays_in_the_picture(shown: Callable[[str], str]) -> None:
    kinds = 0
    for drawn in filter(None, every_chart_with_labels(shown)):
        kinds += 1
        for label, room in labels(drawn):
            assert label.endswith("…")
            assert any(shown(name).startswith(label.removesuffix("…")) for name in LONG), label
            assert room / 2 < drawn_width(label) <= room, label
    assert kinds >= 3


@pytest.mark.parametrize("shown", [legible, printable])
def test_labels_of_the_report_and_of_a_view_are_cut_as_they_are_shown(shown: Callable[[str], str]) -> None:
    audit = sample_audit()
    first = audit.findings[0]
    named = exhibit("bar", tuple((name, 1.0) for name in LONG), "text number")
    measured = first.measured.model_copy(update={"exhibits": (named,)})
    findings = (first.model_copy(update={"measured": measured}), *audit.findings[1:])
    made = sample(audit.model_copy(update={"findings": findings}))
    sections = view(made.audit, made.gate, audit_digest=made.digest, signing=None, shown=shown).sections
    charts = [one.chart for each in sections if each.key == first.id for one in each.exhibits]
    charts += [one.chart for each in fair_lending(made.audit, shown).attributes for analysis in each.analyses
               for control in analysis.controls for one in control.exhibits]  # fmt: skip
    found = [label for chart in charts for label in labels(chart)]
    assert len(found) > len(LONG)
    assert all(drawn_width(label) <= room for label, room in found)


def test_as_much_of_a_label_is_kept_as_there_is_room_for_and_one_that_fits_is_whole() -> None:
    names = ("male, 60 and over / female, 25-34", "Illinois, Lille", "Работающие пенсионеры", "Работающие пенсионерки",
             "Ελληνικά σχολεία", "10–20 · 20–30 · 3 × 4 €", "女性（未婚）", "WWWWWWWWWWWWWWWWWWWW")  # fmt: skip
    drawn = exhibit_chart(exhibit("interval", tuple((name, 0.5, 0.4, 0.6) for name in names)))
    assert [label for label, _ in labels(drawn)] == [*names[:-1], "WWWWWWWWWWWWWWWWW…"]


def test_no_letter_of_our_faces_is_wider_than_was_reckoned_with() -> None:
    letters = sorted({letter for face in faces() for letter in face if not letter.isspace()})
    assert len(letters) > 600
    for first in range(0, len(letters), 20):
        rows = tuple((letter * 99, 0.5, 0.4, 0.6) for letter in letters[first : first + 20])
        for label, room in labels(exhibit_chart(exhibit("interval", rows))):
            assert drawn_width(label) <= room, label
