"""A page never grows beyond its budget, and says how much it leaves out."""

from hypothesis import given
from hypothesis import strategies as st

from assay.export.fitting import Sheet

LINES = st.lists(st.text(alphabet="aé你\U0001f600", max_size=12), max_size=12)


@given(st.integers(0, 120), LINES, LINES, LINES)
def test_no_sheet_is_larger_than_its_budget_and_every_row_is_shown_or_counted(budget, head, rows, after):
    sheet = Sheet(budget)
    took = sheet.add(*head)
    left = sheet.rows(rows, ("before",), after)
    written = str(sheet)
    assert len(written.encode()) <= budget + 1
    shown = written.removesuffix("\n").split("\n") if written != "\n" else []
    assert took == (shown[: len(head)] == head)
    assert 0 <= left <= len(rows)
    if left < len(rows):
        assert shown[len(head) * took :] == ["before", *rows[: len(rows) - left], *after]


def test_lines_that_do_not_fit_together_are_not_torn_apart():
    sheet = Sheet(10)
    assert not sheet.add("<details>", "</details>")
    assert sheet.add("short")
    assert str(sheet) == "short\n"


def test_a_table_without_a_row_has_no_head():
    sheet = Sheet(100)
    assert sheet.rows([], ("| head |",)) == 0
    assert sheet.rows(["x" * 200], ("| head |",)) == 1
    assert str(sheet) == "\n"
