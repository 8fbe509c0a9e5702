"""Labels of charts, drawn in one piece.

WeasyPrint lays out every letter of a text in SVG by itself, for positions of single letters, and puts every label that
is not aligned at its start into an object of its own. Ours are lines, and there are hundreds of them: so they cost a
tenth of a report's time, and a fifth of its bytes. What is used here lies below WeasyPrint's public face; hence the
upper bound of its version in pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

SHIFTS = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of its width a label stands before its place."""


@contextmanager
def labels_in_one_piece() -> Iterator[None]:
    """As long as this lasts, a text element is one line at its x and y; nothing else of it is heeded."""
    from weasyprint import svg

    before = svg.TAGS["text"]
    svg.TAGS["text"] = _draw
    try:
        yield
    finally:
        svg.TAGS["text"] = before


def _draw(svg: Any, node: Any, font_size: float) -> None:
    from weasyprint.css.properties import INITIAL_VALUES
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.svg.text import Style, TextBox
    from weasyprint.text.line_break import split_first_line

    if not node.text:
        return
    style = Style(INITIAL_VALUES)
    style.font_config = svg.font_config
    style["font_family"] = [name.strip("'\"") for name in node.get("font-family", "sans-serif").split(",")]
    style["font_weight"] = int(node.get("font-weight", 400))
    style["font_size"] = font_size
    layout, _, _, width, _, baseline = split_first_line(node.text, style, svg.context, inf, 0)
    x, y = svg.point(node.get("x"), node.get("y"), font_size)
    svg.stream.push_state()
    fill, stroke = svg.set_graphical_state(node, font_size)
    svg.stream.begin_text()
    svg.fill_stroke(fill, stroke, text=True)
    layout.reactivate(style)
    box = TextBox(layout, style)
    box.baseline = baseline
    place = Matrix(d=-1, e=x - width * SHIFTS[node.get("text-anchor", "start")], f=y)
    draw_first_line(svg.stream, box, "none", "none", place)
    svg.stream.end_text()
    svg.stream.pop_state()
