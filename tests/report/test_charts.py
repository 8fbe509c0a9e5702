from __future__ import annotations

from typing import Any

import pytest

from assay.record.estimate import Column, Exhibit
from assay.report.charts import exhibit_chart


def exhibit(chart: Any, rows: tuple[Any, ...], units: str = "text number number number", **rest: Any) -> Exhibit:
    columns = tuple(
        Column(name=f"c{i}", title=f"C{i}", unit=unit)  # type: ignore[arg-type]
        for i, unit in enumerate(units.split())
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
