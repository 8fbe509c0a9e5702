"""Small changes of a control, each of which a good test notices. Values in, values out.

Thresholds of criteria move by 10 % of their size to each side, 0 by 0.1; other numbers by 1, or by 10 % where they are
not whole; days and durations by a day. Operators become their opposites; parts of conditions and items of lists are
left out. Enforcement, severity and the rules of small groups stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assay.record.condition import TODAY, is_day
from assay.record.manifest import Manifest
from assay.record.policy import TIERS
from assay.source import Loc
from assay.source.shape import branches, choices, step_into

STEP = 0.1
OPPOSITE = {
    "equals": "not_equals", "not_equals": "equals", "in": "not_in", "not_in": "in", "at_least": "at_most",
    "at_most": "at_least", "above": "below", "below": "above", "before": "after", "after": "before",
    "subset_of": "superset_of", "superset_of": "subset_of", "disjoint_from": "subset_of",
    "for_all": "for_any", "for_any": "for_all",
}  # fmt: skip
"""What an operator becomes; one that is not here is negated."""
_NEXT = {"before": "at_most", "after": "at_least", "at_most": "before", "at_least": "after"}
"""The same comparison of days with, or without, the day itself."""
_CRITERIA = ("at_least", "at_most", "above", "below", "between", "equals", "margin", "significance")
_GONE = object()


@dataclass(frozen=True)
class Mutant:
    """A control, or a condition, with one change."""

    name: str
    """`criterion.at_least 0.8 -> 0.72`: unlike any other of the control."""
    loc: Loc
    """Where the change is, within the control or condition."""
    tree: Any
    measures: bool = False
    """Whether the check has other parameters, so that it has to measure again."""


Edit = tuple[Loc, Any, str]
"""Where, what stands there instead, and in words."""


def mutants_of_control(tree: dict[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a control, given as plain values."""
    edits: list[Edit] = []
    for key in ("when", "require"):
        if key in tree:
            edits += _condition(tree[key], (key,), [Manifest])
    if "when" in tree:
        edits.append((("when",), _GONE, "dropped"))
    criterion = tree.get("criterion")
    for index, one in enumerate(criterion if isinstance(criterion, list) else [criterion] if criterion else []):
        edits += _criterion(one, ("criterion", index) if isinstance(criterion, list) else ("criterion",))
    yield from _made(tree, edits)
    listed = [edit for key, value in tree.get("with", {}).items() for edit in _items_dropped(value, ("with", key))]
    yield from _made(tree, listed, measures=True)


def mutants_of_scope(condition: dict[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a policy's `applies_to`, given as plain values; None where it is dropped."""
    edits = [*_condition(condition, ("applies_to",), [Manifest]), (("applies_to",), None, "dropped")]
    for mutant in _made({"applies_to": condition}, edits):
        yield Mutant(mutant.name, mutant.loc, mutant.tree["applies_to"])


def _made(tree: dict[str, Any], edits: list[Edit], *, measures: bool = False) -> Iterator[Mutant]:
    for loc, value, words in edits:
        yield Mutant(f"{'.'.join(map(str, loc))} {words}", loc, _edited(tree, loc, value), measures)


def _edited(tree: Any, loc: Loc, value: Any) -> Any:
    """The tree with another value at `loc`, or with nothing there."""
    if not loc:
        return value
    step, copy = loc[0], tree.copy()
    if len(loc) == 1 and value is _GONE:
        del copy[step]
    else:
        copy[step] = _edited(tree[step], loc[1:], value)
    return copy


def _condition(condition: dict[str, Any], loc: Loc, types: list[Any]) -> Iterator[Edit]:
    """`types`: what a path of the condition begins at."""
    if "not" in condition:
        yield loc, condition["not"], "not removed"
        yield from _condition(condition["not"], (*loc, "not"), types)
    elif "field" in condition:
        yield from _test(condition, loc, types)
    for key, other in (("all", "any"), ("any", "all")):
        if key not in condition:
            continue
        members = condition[key]
        if len(members) > 1:
            yield loc, {other: members}, f"{key} -> {other}"
        yield from _items_dropped(members, (*loc, key))
        for index, member in enumerate(members):
            yield from _condition(member, (*loc, key, index), types)


def _test(test: dict[str, Any], loc: Loc, types: list[Any]) -> Iterator[Edit]:
    ((operator, operand),) = ((key, value) for key, value in test.items() if key != "field")
    found = _types(test["field"], types)
    at = (*loc, operator)

    def with_operator(name: str) -> Edit:
        return loc, {"field": test["field"], name: operand}, f"{operator} -> {name}"

    if operator == "is":
        other = "absent" if operand == "present" else "present"
        yield at, other, f"{operand} -> {other}"
        return
    if operator in OPPOSITE:
        yield with_operator(OPPOSITE[operator])
    else:
        yield loc, {"not": test}, f"{operator} negated"
    if operator in ("for_all", "for_any"):
        yield from _condition(operand, at, step_into(found, 0) + step_into(found, "*"))
    elif operator == "length" and isinstance(operand, dict):
        for key, number in operand.items():
            yield from _changed(number, (*at, key), [], key)
    elif operator in _NEXT and _is_moving_day(operand, found):
        yield with_operator(_NEXT[operator])
    elif isinstance(operand, list) and len(operand) > 1:
        yield from _items_dropped(operand, at)
    elif isinstance(operand, list):
        yield from _changed(operand[0], (*at, 0), found + step_into(found, 0), operator)
    elif not isinstance(operand, dict) and operator != "unique":
        yield from _changed(operand, at, found + step_into(found, 0), operator)


def _types(field: str, types: list[Any]) -> list[Any]:
    """The types that may stand at a path."""
    if field.startswith("/"):
        types, field = [Manifest], field[1:]
    for step in field.split(".") if field != "." else ():
        types = step_into(types, step) + (step_into(types, 0) if step == "*" else [])
    return types


def _is_moving_day(operand: Any, types: list[Any]) -> bool:
    """A day that is written nowhere, so that no test can stand beside it by a day: today, or another field."""
    return operand == TODAY or (isinstance(operand, dict) and any(date in branches(kind) for kind in types))


def _changed(value: Any, loc: Loc, types: list[Any], operator: str) -> Iterator[Edit]:
    """Values near a literal."""
    for other in _near(value, choices(types), ordered=operator in ("at_least", "at_most", "above", "below")):
        yield loc, other, f"{_shown(value)} -> {_shown(other)}"


def _near(value: Any, literals: tuple[str, ...], *, ordered: bool) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1]
    if isinstance(value, float):
        return _moved(value)
    if ordered and value in TIERS:
        literals = TIERS
    if value in literals:
        index = literals.index(value)
        beside = [literals[i] for i in (index - 1, index + 1) if 0 <= i < len(literals)]
        return beside if ordered else beside[-1:]
    if value == TODAY:
        return []
    if is_day(value):
        day = date.fromisoformat(value)
        return [str(day + timedelta(days=days)) for days in (-1, 1) if date.min < day < date.max]
    if value[:-1].isdigit() and value[-1] == "d":
        return [f"{days}d" for days in (int(value[:-1]) - 1, int(value[:-1]) + 1)]
    return [value + "x"]


def _criterion(criterion: dict[str, Any], loc: Loc) -> Iterator[Edit]:
    for key in _CRITERIA:
        if key not in criterion:
            continue
        threshold = criterion[key]
        places = [((key, i), one) for i, one in enumerate(threshold)] if key == "between" else [((key,), threshold)]
        for inner, number in places:
            for other in _moved(number):
                yield (*loc, *inner), other, f"{_shown(number)} -> {_shown(other)}"
        if key in OPPOSITE and key != "equals":
            opposite = OPPOSITE[key]
            yield loc, {opposite if k == key else k: v for k, v in criterion.items()}, f"{key} -> {opposite}"


def _moved(number: float) -> list[float]:
    """A tenth of its size to each side, without the noise of binary fractions."""
    step = abs(number) * STEP or STEP
    return [float(f"{number + sign * step:.12g}") for sign in (-1, 1)]


def _items_dropped(items: Any, loc: Loc) -> Iterator[Edit]:
    if isinstance(items, list) and len(items) > 1:
        for index, item in enumerate(items):
            yield (*loc, index), _GONE, "dropped" if isinstance(item, (dict, list)) else f"dropped ({_shown(item)})"


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.12g}"
        case _:
            return " ".join(str(value).split())[:60]
