"""People by grade: what the checks of grades share."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evidence.cells import Cells
from assay.evidence.keys import GRADE, GROUP
from assay.evidence.view import SubjectView
from assay.record.grade import GradeColumn

BY_GRADE = GROUP + GRADE
GROUPING = "grade"
"""What the estimates call it."""


def declared(view: SubjectView) -> GradeColumn:
    """The grades; whoever asks has found them in the manifest."""
    columns = view.manifest.columns
    assert columns is not None and columns.grade is not None  # noqa: S101, PT018
    return columns.grade


def stray(cells: Cells, places: Sequence[int], levels: Sequence[str]) -> str | None:
    """Why nothing can be measured: a grade that the manifest does not name."""
    known = {row[place] for row in cells.rows for place in places} - {None}
    unnamed = sorted(level for level in known - set(levels) if level is not None)
    return f"the grade {unnamed[0]!r} occurs, and columns.grade.order does not name it" if unnamed else None
