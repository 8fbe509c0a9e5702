"""Marks, scales and styles: what every chart is drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 560
LABELS = 212
RIGHT = 66
BARS_WIDTH, BARS_LABELS = 380, 122
"""Bars have short labels, so that their table fits beside them."""
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
    "bar-fail": {"fill": "#8c1c13"},
    "bar-pass": {"fill": "#d5e0ea", "stroke": ACCENT, "stroke-width": "1"},
    "bar-open": {"fill": "#ffffff", "stroke": QUIET, "stroke-width": "1.2", "stroke-dasharray": "3 2"},
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

    @property
    def narrow(self) -> bool:
        """Whether a table fits beside it."""
        return self.width < WIDTH


@dataclass
class Axis:
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


def tick_labels(axis: Axis, y: float, unit: str = "number") -> list[Mark]:
    """The labels of a horizontal axis at height y."""
    return [text("small", axis.at(tick), y + 15, tick_label(tick, axis, unit), "middle") for tick in axis.ticks]


def tick_label(value: float, axis: Axis, unit: str) -> str:
    """As many decimals as it takes to tell the ticks apart."""
    scale = 100 if unit == "rate" else 1
    ticks = [round(tick * scale, 10) for tick in axis.ticks]
    decimals = next(d for d in range(11) if all(round(tick, d) == tick for tick in ticks))
    shown = f"{value * scale + 0.0:.{decimals}f}".replace("-", "\u2212")
    return f"{shown}\u202f%" if unit == "rate" else shown


def widened(values: Sequence[float], *, pad: float = 0.04) -> tuple[float, float]:
    """The range of the values with some air, never empty; values that are not negative keep an axis from 0."""
    low, high = min(values), max(values)
    if high - low <= 1e-9 * max(1.0, abs(high)):
        return (0.0 if low >= 0 else low * 1.5), (high * 1.5 if high > 0 else 0.0 if low < 0 else 1.0)
    below = low - pad * (high - low)
    return max(below, 0.0) if low >= 0 else below, high + pad * (high - low)


def _step(width: float) -> float:
    raw = width / 5
    power = 10.0 ** math.floor(math.log10(raw))
    return power * next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)


def coordinate(value: float) -> str:
    """Two decimals are enough on paper."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def line(style: str, x1: float, y1: float, x2: float, y2: float) -> Mark:
    """A straight line."""
    return Mark("line", style, {"x1": coordinate(x1), "y1": coordinate(y1), "x2": coordinate(x2), "y2": coordinate(y2)})


def rectangle(style: str, x: float, y: float, width: float, height: float) -> Mark:
    """A rectangle; a negative size is none."""
    return Mark(
        "rect",
        style,
        {"x": coordinate(x), "y": coordinate(y), "width": coordinate(max(width, 0)), "height": coordinate(height)},
    )


def text(style: str, x: float, y: float, words: str, anchor: str) -> Mark:
    """Words at a place."""
    return Mark("text", style, {"x": coordinate(x), "y": coordinate(y), "text-anchor": anchor}, words)


LARGEST = 1e12


def drawable(value: str | int | float | None) -> float | None:
    """The number, where it is one that fits on an axis."""
    return float(value) if isinstance(value, (int, float)) and abs(value) < LARGEST else None
