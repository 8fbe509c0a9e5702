"""Conditions on columns as expressions, three-valued: a row whose answer is unknown is left out."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.errors import DataError, PolicyError
from assay.record.codes import spellings
from assay.record.condition import TODAY, AllOf, AnyOf, Condition, FieldReference, Length, Not, Operand, Test

if TYPE_CHECKING:
    import narwhals as nw

_ON_COLUMNS = ("is", "equals", "not_equals", "in", "not_in", "at_least", "at_most", "above", "below", "contains")
_TAKES = "A column takes is, equals, not_equals, in, not_in, at_least, at_most, above, below, or contains a text."
_ORDERED = ("at_least", "at_most", "above", "below")


def condition_columns(condition: Condition | None) -> set[str]:
    """The columns that a condition names."""
    match condition:
        case None:
            return set()
        case AllOf(all=members) | AnyOf(any=members):
            return set().union(*(condition_columns(member) for member in members))
        case Not(not_=member):
            return condition_columns(member)
    other = condition.operand
    return {condition.field} | ({other.field} if isinstance(other, FieldReference) else set())


def filtered(dataset: Dataset, frame: nw.LazyFrame[Any], where: Condition | None) -> nw.LazyFrame[Any]:
    """The rows for which the condition is true."""
    return frame if where is None else frame.filter(_expression(where, dataset))


def _expression(condition: Condition, dataset: Dataset) -> nw.Expr:
    match condition:
        case AllOf(all=members):
            return reduce(and_, (_expression(member, dataset) for member in members))
        case AnyOf(any=members):
            return reduce(or_, (_expression(member, dataset) for member in members))
        case Not(not_=member):
            return ~_expression(member, dataset)
    return _test(condition, dataset)


def _operand(test: Test, dataset: Dataset) -> Operand:
    """What a column is compared with. The other operators ask about entries and days, which columns do not have."""
    operand, operator = test.operand, test.operator
    today = operand == TODAY and operator in _ORDERED
    if operator not in _ON_COLUMNS or today or isinstance(operand, (Length, Test, AllOf, AnyOf, Not)):
        what = f"`where` on the column {test.field!r} cannot be `{operator}`" + (": today" if today else "")
        where = dataset.places.get(test.field, dataset.told)
        raise PolicyError(what, where=where, hint=_TAKES)
    return operand


def _test(test: Test, dataset: Dataset) -> nw.Expr:
    import narwhals as nw

    operand, operator = _operand(test, dataset), test.operator
    codes = nw.col(dataset.code(test.field))
    if operator == "is":
        return codes.is_null() if operand == "absent" else ~codes.is_null()
    if operator in _ORDERED:
        return _ordered(test, operator, operand, dataset)
    if operator in ("equals", "not_equals"):
        equal = _equal(test, operand, dataset)
        return equal if operator == "equals" else ~equal
    if operator in ("in", "not_in") and isinstance(operand, tuple) and operand:
        among = reduce(or_, (_equal(test, value, dataset) for value in operand))
        return among if operator == "in" else ~among
    if operator == "contains" and isinstance(operand, str):
        return codes.str.contains(operand, literal=True)
    raise dataset.wrong(
        test.field,
        f"`where` on the column {test.field!r} cannot be `{operator}: {operand}`",
        _TAKES,
    )


def _equal(test: Test, operand: Operand, dataset: Dataset) -> nw.Expr:
    import narwhals as nw

    codes = nw.col(dataset.code(test.field))
    if isinstance(operand, FieldReference):
        return codes == nw.col(dataset.code(operand.field))
    if isinstance(operand, float) and not operand.is_integer():
        return nw.col(dataset.number(test.field)) == operand
    if isinstance(operand, tuple):
        raise DataError(f"`where` on the column {test.field!r} compares with a list", hint="Use `in`.")
    return reduce(or_, (codes == spelling for spelling in spellings(operand)))


def _ordered(test: Test, operator: str, operand: Operand, dataset: Dataset) -> nw.Expr:
    """Numbers by size; text, such as days written 2026-03-31, by its characters. A moment is its text too, and 12:00 on
    a day comes after the day alone: a window ends `below` the day that follows it.
    """
    import narwhals as nw

    own: nw.Expr
    other: Any
    if isinstance(operand, str):
        own, other = nw.col(dataset.code(test.field)), operand
    elif isinstance(operand, FieldReference):
        own, other = nw.col(dataset.number(test.field)), nw.col(dataset.number(operand.field))
    elif isinstance(operand, tuple):
        raise DataError(f"`where` on the column {test.field!r} compares with a list", hint="Use one value.")
    else:
        own, other = nw.col(dataset.number(test.field)), float(operand)
    compared: dict[str, nw.Expr] = {
        "at_least": own >= other,
        "at_most": own <= other,
        "above": own > other,
        "below": own < other,
    }
    return compared[operator]
