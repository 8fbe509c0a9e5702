"""Keys of cells as the manifest declares them."""

from __future__ import annotations

from assay.engines.coded import Attribute, TwoSided
from assay.engines.dataset import Dataset
from assay.engines.keys import AboveMedian, Binned, Cut, Key, RandomGroup
from assay.engines.periods import Period
from assay.errors import DataError
from assay.evidence.keys import (
    ABOVE_MEDIAN,
    CANDIDATE,
    CHAMPION,
    CLASS_DECISION,
    CLASS_LABEL,
    DECISION,
    ENTITY,
    FROM_MEDIAN,
    GRADE,
    GROUP,
    LABEL,
    OUTCOME,
    PERIODS,
    PREVIOUS_GRADE,
)
from assay.record.codes import code, spellings
from assay.record.columns import Columns, DecisionColumn, Favourable, GroupColumn, ScoreColumn
from assay.record.condition import Condition


def key_of(name: str, dataset: Dataset, columns: Columns, where: Condition | None) -> Key:
    """What a key of a request with that filter groups by. DataError where the manifest does not declare it."""
    if name in (LABEL, GROUP + OUTCOME) and columns.label is not None:
        of = columns.score.of if columns.score else None
        return TwoSided(dataset, columns.label.column, columns.label, LABEL, of)
    if name == DECISION and columns.decision is not None:
        favourable = columns.decision.favourable
        if isinstance(favourable, Favourable):
            return Cut(dataset, favourable, _score(columns))
        return TwoSided(dataset, columns.decision.column or "", columns.decision, DECISION, None)
    if name == ENTITY and dataset.clustered:
        return RandomGroup(dataset)
    if name in (ABOVE_MEDIAN, FROM_MEDIAN):
        score = _score(columns)
        if columns.higher is None:
            raise DataError("the manifest does not say what a higher score means", hint="Declare columns.score.higher.")
        return AboveMedian(dataset, score, columns.higher, where, name == FROM_MEDIAN)
    attribute = name.removeprefix(GROUP)
    if name.startswith(GROUP) and attribute in columns.attributes:
        return _attribute(dataset, columns.attributes[attribute], columns, filtered=where is not None)
    graded = {GRADE: columns.grade.column, PREVIOUS_GRADE: columns.previous_grade} if columns.grade else {}
    if name.startswith(GROUP) and (column := graded.get(attribute)) is not None:
        return Attribute(dataset, column, {}, _unknown(columns))
    if name.startswith(GROUP) and attribute in PERIODS and columns.time is not None:
        return Period(dataset, columns.time, attribute)
    candidate = name.removeprefix(CANDIDATE)
    if name.startswith(CANDIDATE) and candidate in columns.candidates:
        declared = columns.candidates[candidate]
        return TwoSided(dataset, declared.column or "", declared, f"candidates.{candidate}", None)
    if name == CHAMPION and columns.champion is not None and columns.champion.decision is not None:
        return _champion(dataset, columns.champion.decision, columns)
    if name == CLASS_LABEL and columns.label is not None:
        return Attribute(dataset, columns.label.column, {}, ())
    if name == CLASS_DECISION and columns.decision is not None and columns.decision.column is not None:
        return Attribute(dataset, columns.decision.column, {}, ())
    raise DataError(f"the manifest does not declare {name.replace(':', ' ')}", hint="Declare it under `columns`.")


def _champion(dataset: Dataset, declared: DecisionColumn, columns: Columns) -> Key:
    if not isinstance(declared.favourable, Favourable):
        return TwoSided(dataset, declared.column or "", declared, "champion.decision", None)
    score = columns.champion_score
    assert score is not None  # noqa: S101  the manifest's model demands it
    return Cut(dataset, declared.favourable, score, dataset.number(score.column or ""))


def _score(columns: Columns) -> ScoreColumn:
    if columns.score is None:
        raise DataError("the manifest declares no score", hint="Declare columns.score.")
    return columns.score


def _unknown(columns: Columns) -> tuple[str, ...]:
    return tuple(spelling for value in columns.unknown_values for spelling in spellings(value))


def _attribute(dataset: Dataset, declared: GroupColumn, columns: Columns, *, filtered: bool) -> Key:
    unknown = _unknown(columns)
    if declared.column is None:
        raise DataError("an attribute known as probabilities only has no groups", hint="Declare its column.")
    if declared.edges is not None:
        return Binned(dataset, declared.column, tuple(declared.edges), unknown, filtered)
    labels = {code(key): label for key, label in (declared.labels or {}).items()}
    return Attribute(dataset, declared.column, labels, unknown)
