"""What labels, decisions and groups mean: columns of the manifest as expressions and levels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset, Kind
from assay.errors import DataError
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE
from assay.record.codes import code, spellings
from assay.record.columns import Columns, DecisionColumn, Favourable, LabelColumn
from assay.record.frozen import Scalar

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_GROUPS = 500
"""Of one attribute: more can be neither shown nor compared."""
LONGEST_GROUP = 200
"""Characters of a group's name."""

SCORE = "s"
"""The column of a scored view: finite, or null."""


_AS_THEY_STAND: tuple[Kind, ...] = ("integer", "truth", "text", "untyped")
_BLANKS = " \t\r\n"
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def values_of(dataset: Dataset, name: str) -> str:
    """The column of the frame by which to group: as it stands in the file where `code_of` reads it, else its codes."""
    return dataset.raw(name) if dataset.kind(name) in _AS_THEY_STAND else dataset.code(name)


def code_of(value: Any, kind: Kind) -> str | None:
    """The code of a value by which rows were grouped: the same as the engine's own. None where there is nothing."""
    if value is None or kind not in _AS_THEY_STAND:
        return None if value is None else str(value)
    if kind == "truth":
        return "true" if value else "false"
    text = str(value)
    if kind == "integer":
        return text
    if text in ("nan", "NaN") or not text.strip(_BLANKS):
        return None
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole else text


def is_one_of(column: str, values: tuple[str, ...]) -> nw.Expr:
    """Whether a code is one of these; null where it is null."""
    import narwhals as nw

    return reduce(or_, (nw.col(column) == value for value in values))


@dataclass(frozen=True)
class TwoLevels:
    """The codes of the favourable level and of the other one, of which `other` is empty where no row holds it."""

    column: str
    favourable: tuple[str, ...]
    other: tuple[str, ...]

    def expression(self) -> nw.Expr:
        """`favourable`, `unfavourable`, or null where there is no code."""
        import narwhals as nw

        unfavourable = nw.when(~nw.col(self.column).is_null()).then(nw.lit(UNFAVOURABLE)).otherwise(None)
        return nw.when(is_one_of(self.column, self.favourable)).then(nw.lit(FAVOURABLE)).otherwise(unfavourable)


def two_levels(dataset: Dataset, declared: LabelColumn | DecisionColumn, key: str, of: Scalar | None) -> TwoLevels:
    """The two levels of a label or decision column, which must hold no third one in any row.

    The unfavourable level is the declared one, or else the level whose probability the score is, where that is not the
    favourable one, or else the one other level seen. Raises DataError that names the levels.
    """
    return settle(dataset, declared, key, of, seen_codes(dataset, declared.column or "", None))


def seen_codes(dataset: Dataset, name: str, within: int | None) -> list[str]:
    """Some fifty codes of a column, or of its first rows, the most frequent first."""
    import narwhals as nw

    column, kind = values_of(dataset, name), dataset.kind(name)
    frame = dataset.frame() if within is None else dataset.frame().head(within)
    held = frame.filter(~nw.col(column).is_null()).group_by(column).agg(n=nw.col(PEOPLE).sum())
    rows = dataset.fetch(held.sort("n", column, descending=[True, False]).select(column).head(50))
    codes = (code_of(row[0], kind) for row in rows)
    return list(dict.fromkeys(of for of in codes if of is not None))


def settle(
    dataset: Dataset, declared: LabelColumn | DecisionColumn, key: str, of: Scalar | None, seen: Sequence[str]
) -> TwoLevels:
    """The two levels, of a column in which these codes were seen; DataError that names those which are neither."""
    if declared.favourable is None:
        raise dataset.wrong(
            declared.column or "",
            f"the manifest does not say which value of {declared.column!r} is favourable",
            "Declare columns.label.favourable, or ask only what takes the label as a number.",
        )
    name, favourable, stated = declared.column or "", spellings(declared.favourable), declared.unfavourable
    if stated is None and of is not None and not set(spellings(of)) & set(favourable):
        stated = of
    others = [level for level in seen if level not in favourable]
    other = () if stated is None else spellings(stated)
    strange = [level for level in others if level not in other] if other else others
    folded = {level.casefold() for level in favourable}
    misspelt = not other and any(level.casefold() in folded for level in others)
    if (len(strange) > (0 if other else 1)) or misspelt:
        levels = " and ".join(repr(code(value)) for value in (declared.favourable, stated) if value is not None)
        shown = ", ".join(map(repr, strange[:10])) + (", …" if len(strange) > 10 else "")
        near = next((f"Did you mean {level!r}? " for level in strange if level.casefold() in folded), "")
        raise dataset.wrong(
            name,
            f"the column {name!r} of {dataset.told} holds other levels than {levels}: {shown}",
            f"{near}Correct the value that is favourable, or the data, or leave those cells empty. A control takes two "
            f"levels of `columns.{key}`; where there are more outcomes, it names them: `with: {{classes: […]}}`.",
        )
    return TwoLevels(dataset.code(name), favourable, other or tuple(strange))


def is_good(favourable: Favourable, score_column: str = SCORE) -> nw.Expr:
    """Whether a score lies on the good side of a cut; null without a score."""
    import narwhals as nw

    score = nw.col(score_column)
    sides: tuple[tuple[float | None, Callable[[float], nw.Expr]], ...] = (
        (favourable.below, score.__lt__), (favourable.at_most, score.__le__),
        (favourable.above, score.__gt__), (favourable.at_least, score.__ge__),
    )  # fmt: skip
    return next(side(float(at)) for at, side in sides if at is not None)


def number_name(value: float) -> str:
    """A number as short as it can be written without loss."""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def bin_names(edges: tuple[float, ...], *, whole: bool) -> tuple[str, ...]:
    """Names of the bins below, between and from the last of the edges on."""
    names = [f"under {number_name(edges[0])}"]
    for low, high in pairwise(edges):
        last = number_name(high - 1)
        between = f"{number_name(low)}-{last}" if high - low > 1 else last
        names.append(between if whole else f"{number_name(low)} to under {number_name(high)}")
    return (*names, f"{number_name(edges[-1])} and over")


def event_of(dataset: Dataset, columns: Columns) -> tuple[nw.Expr, str]:
    """1 where the row is the event which a higher score speaks for, 0 where not, null without a label; and its name.

    For a probability `of` a level the event is that level; for a rank, and a value that says what a higher one means,
    it is the favourable label if higher is favourable, else the other one.
    """
    import narwhals as nw

    label, score = columns.label, columns.score
    if label is None or score is None:
        raise DataError("events need columns.label and columns.score", hint="Declare both in the manifest.")
    levels = two_levels(dataset, label, "label", score.of)
    if score.kind == "probability":
        assert score.of is not None  # noqa: S101  the manifest's model demands it
        speaks_for = spellings(score.of)
        if not set(speaks_for) & {*levels.favourable, *levels.other}:
            both = " and ".join(map(repr, (levels.favourable[0], *levels.other[:1])))
            raise DataError(
                f"columns.score.of is {score.of!r}, which is no level of the label {label.column!r}: {both}",
                where=dataset.places.get(label.column, dataset.told),
                hint="Say of which level of the label the score is the probability.",
            )
        favourable = bool(set(speaks_for) & set(levels.favourable))
    elif score.higher is None:
        raise DataError("the manifest does not say what a higher score means", hint="Declare columns.score.higher.")
    else:
        favourable = score.higher == "favourable"
    one = is_one_of(levels.column, levels.favourable)
    if not favourable:
        one = ~one
    known = nw.when(~nw.col(levels.column).is_null()).then(nw.lit(0)).otherwise(None)
    if favourable:
        told = f"= {levels.favourable[0]}"
    else:
        told = f"= {levels.other[0]}" if levels.other else f"other than {levels.favourable[0]}"
    return nw.when(one).then(nw.lit(1)).otherwise(known), f"{label.column} {told}"
