"""Keys by which people are counted, and groupings that the manifest declares by another name than a group's."""

from __future__ import annotations

GROUP = "group:"
LABEL = "label"
DECISION = "decision"
CLASS_LABEL, CLASS_DECISION = "class:label", "class:decision"
"""The label and the decision as they stand in the data, where there are more than two levels."""
ABOVE_MEDIAN, FROM_MEDIAN = "above median", "from median"
"""Whether the score lies above the median of all rows that meet the filter, on its favourable side; or at it or above.
"""
CANDIDATE = "candidate:"
"""What another model, declared under `columns.candidates`, decides for the same people."""
CHAMPION = "champion decision"
"""What the model in use today, declared under `columns.champion`, decides for the same people."""
MONTH, QUARTER, YEAR = "(month)", "(quarter)", "(year)"
"""Groupings by the day that the manifest declares as `columns.time`: "2026-03", "2026-Q1", "2026"."""
PERIODS = (MONTH, QUARTER, YEAR)
OUTCOME = "(label)"
"""The grouping that is the label itself, told from inputs as any attribute is."""
GRADE, PREVIOUS_GRADE = "(grade)", "(previous grade)"
"""Groupings that the manifest declares as `columns.grade` and `columns.previous_grade`."""
ENTITY = "entity"
"""Which random group the person of a row fell into: "000" to "399". Cells by it carry the spread between people."""


QUERY = "query"
"""Which random group the ranked list of a row fell into: "00" to "ff". Exposure by it carries the spread of lists."""


def grouping_keys(grouping: str) -> tuple[str, ...]:
    """The cell keys of a grouping: `sex*age_band` → `("group:sex", "group:age_band")`."""
    return tuple(GROUP + name for name in grouping.split("*"))
