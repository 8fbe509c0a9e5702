"""What labels, decisions and groups mean: columns of the manifest as expressions and levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.errors import DataError
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level
from assay.record.columns import Columns, DecisionColumn, Favourable, GroupColumn, LabelColumn
from assay.record.frozen import Scalar
from assay.subject.codes import code, spellings

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_GROUPS = 500
"""Of one attribute: more can be neither shown nor compared."""
LONGEST_GROUP = 200
"""Characters of a group's name."""

SCORE = "s"
"""The column of a scored view: finite, or null."""


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
    import narwhals as nw

    name = declared.column or ""
    column = dataset.code(name)
    favourable = spellings(declared.favourable)
    stated = declared.unfavourable
    if stated is None and of is not None and not set(spellings(of)) & set(favourable):
        stated = of
    codes = dataset.frame().filter(~nw.col(column).is_null()).group_by(column).agg(n=nw.col(PEOPLE).sum())
    seen = dataset.fetch(codes.sort("n", column, descending=[True, False]).select(column).head(50))
    others = [str(row[0]) for row in seen if row[0] not in favourable]
    other = () if stated is None else spellings(stated)
    strange = [level for level in others if level not in other] if other else others
    misspelt = not other and any(level.casefold() in {f.casefold() for f in favourable} for level in others)
    if (len(strange) > (0 if other else 1)) or misspelt:
        levels = " and ".join(repr(code(value)) for value in (declared.favourable, stated) if value is not None)
        shown = ", ".join(map(repr, strange[:10])) + (", …" if len(strange) > 10 else "")
        raise dataset.wrong(
            name,
            f"the column {name!r} of {dataset.told} holds other levels than {levels}: {shown}",
            f"`columns.{key}` takes two levels. Correct `favourable` or the data, or leave those cells empty.",
        )
    return TwoLevels(column, favourable, other or tuple(strange))


def cut(favourable: Favourable) -> nw.Expr:
    """`favourable` on the good side of a cut of the score, `unfavourable` on the other, null without a score."""
    import narwhals as nw

    score = nw.col(SCORE)
    sides: tuple[tuple[float | None, Callable[[float], nw.Expr]], ...] = (
        (favourable.below, score.__lt__), (favourable.at_most, score.__le__),
        (favourable.above, score.__gt__), (favourable.at_least, score.__ge__),
    )  # fmt: skip
    good = next(side(float(at)) for at, side in sides if at is not None)
    bad = nw.when(~score.is_null()).then(nw.lit(UNFAVOURABLE)).otherwise(None)
    return nw.when(good).then(nw.lit(FAVOURABLE)).otherwise(bad)


@dataclass(frozen=True)
class Group:
    """An attribute: an expression that gives codes or bins, and what each of them is called."""

    expression: nw.Expr
    level: Callable[[Any], Level]


def group(dataset: Dataset, declared: GroupColumn, columns: Columns) -> Group:
    """The attribute's groups. Null, blank, NaN and the manifest's unknown values are None; a code without a label keeps
    its own name; edges [25, 35] make "under 25", "25-34", "35 and over" of whole numbers.
    """
    import narwhals as nw

    codes = dataset.code(declared.column)
    unknown = tuple(spelling for value in columns.unknown_values for spelling in spellings(value))
    if declared.edges is None:
        labels = {code(key): label for key, label in (declared.labels or {}).items()}
        made = Group(nw.col(codes), lambda raw: None if raw is None or raw in unknown else labels.get(raw, raw))
        _require_few(dataset, declared.column, [*labels, *unknown], made)
        return made
    number = nw.col(dataset.number(declared.column))
    known = number if not unknown else nw.when(~is_one_of(codes, unknown)).then(number).otherwise(None)
    bin_of = nw.when(known < declared.edges[0]).then(nw.lit(0)).otherwise(None)
    for place, (low, high) in enumerate(pairwise((*declared.edges, None)), start=1):
        inside = known >= low if high is None else (known >= low) & (known < high)
        bin_of = nw.when(inside).then(nw.lit(place)).otherwise(bin_of)
    whole = all(edge.is_integer() for edge in map(float, declared.edges)) and dataset.is_whole(declared.column)
    names = bin_names(declared.edges, whole=whole)
    return Group(bin_of, lambda raw: None if raw is None else names[raw])


def _require_few(dataset: Dataset, name: str, named: list[str], made: Group) -> None:
    """DataError for more groups than MAXIMUM_GROUPS or a name longer than LONGEST_GROUP, counted where the data are."""
    import narwhals as nw

    hint = "Group a number by `edges`, codes by `labels`, or use another column: one of names or ids is no group."
    column = dataset.code(name)
    distinct = dataset.frame().filter(~nw.col(column).is_null()).select(c=column).unique()
    rest = distinct.filter(~nw.col("c").is_in(named))
    count, longest = dataset.fetch(rest.select(n=nw.len(), longest=nw.col("c").str.len_chars().max()))[0]
    longest = longest or 0
    if longest > LONGEST_GROUP:
        what = f"the column {name!r} has a value of {longest:,} characters as a group; at most {LONGEST_GROUP}"
        raise dataset.wrong(name, what, hint)
    if count <= MAXIMUM_GROUPS:
        codes = dataset.fetch(distinct)
        count = len({made.level(row[0]) for row in codes} - {None})
    if count > MAXIMUM_GROUPS:
        what = f"the column {name!r} has {count:,} different values as groups; at most {MAXIMUM_GROUPS}"
        raise dataset.wrong(name, what, hint)


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

    For a probability `of` a level the event is that level; for a rank it is the favourable label if higher is
    favourable, else the other one.
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
