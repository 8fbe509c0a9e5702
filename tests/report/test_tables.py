from __future__ import annotations

import pytest

from assay.record.estimate import Column, Exhibit
from assay.report.tables import MOST_EVEN, exhibit_table


def is_even(*cells: str | float) -> bool:
    columns = tuple(
        Column(name=f"c{i}", title=f"C{i}", unit="text" if isinstance(cell, str) else "number")
        for i, cell in enumerate(cells)
    )
    return exhibit_table(Exhibit(name="x", title="X", columns=columns, rows=(cells,))).even


@pytest.mark.parametrize(
    ("cells", "even"),
    [
        (("a", 1.0), True),
        (("a", *[1.0] * (MOST_EVEN - 1)), True),
        (("a", *[1.0] * MOST_EVEN), False),
        (("a",), False),
        (("a", "words", 1.0), False),
        (("a", "x" * 200, 1.0), True),
    ],
)
def test_columns_are_of_one_width_only_where_no_word_can_stick_out(cells: tuple[str | float, ...], even: bool) -> None:
    assert is_even(*cells) is even
