"""Conditions in Kleene's three-valued logic: true, false, unknown, each with an English sentence. Pure.

An absent field is unknown; only `is: present|absent` turns absence into an answer. `all` is false when one member is
false, else unknown when one is unknown; `any` is the dual; `not` leaves unknown as it is. Order never matters.
Comparisons are typed: numbers compare with numbers, texts with texts; anything else is a PolicyError, never false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.errors import PolicyError
from assay.record.condition import AllOf, AnyOf, Condition, FieldReference, Not, Test
from assay.record.finding import ConditionReading
from assay.record.policy import TIERS

Place = Callable[[tuple[str | int, ...]], str]

_WORDS = {
    "equals": "equals", "not_equals": "does not equal", "in": "is one of", "not_in": "is none of",
    "at_least": "is at least", "at_most": "is at most", "above": "is above", "below": "is below",
    "contains": "contains", "subset_of": "holds nothing but", "disjoint_from": "shares nothing with",
}  # fmt: skip
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 10


def evaluate(condition: Condition, tree: Mapping[str, Any], place: Place, today: date) -> ConditionReading:
    """What the condition finds in the manifest.

    `tree` is the manifest as JSON data, `place` says where a path of it stands, `today` is the day of the audit.
    `missing` names the absent fields that left the result unknown. Raises PolicyError where values of different types
    would be compared.
    """
    match condition:
        case Test():
            return _Reader(tree, place, today).test(condition)
        case Not():
            inner = evaluate(condition.not_, tree, place, today)
            result = None if inner.result is None else not inner.result
            return ConditionReading(sentence=f"not ({inner.sentence})", result=result, missing=inner.missing)
        case AllOf():
            return _joined([evaluate(member, tree, place, today) for member in condition.all], "and", decided_by=False)
        case AnyOf():
            return _joined([evaluate(member, tree, place, today) for member in condition.any], "or", decided_by=True)


def _joined(members: list[ConditionReading], word: str, *, decided_by: bool) -> ConditionReading:
    """`all` is decided by one false member, `any` by one true member; else one unknown leaves it unknown."""
    results = [member.result for member in members]
    result = decided_by if decided_by in results else None if None in results else not decided_by
    missing = [path for member in members if member.result is None for path in member.missing] if result is None else []
    sentences = [f"({m.sentence})" if f"; {_other(word)} " in m.sentence else m.sentence for m in members]
    return ConditionReading(
        sentence=f"; {word} ".join(sentences), result=result, missing=tuple(sorted(dict.fromkeys(missing)))
    )


def _other(word: str) -> str:
    return "or" if word == "and" else "and"


@dataclass(frozen=True)
class _Reader:
    """One test, read against the manifest."""

    tree: Mapping[str, Any]
    place: Place
    today: date

    def value(self, field: str) -> Any:
        """The value of a dotted path; None where it is absent."""
        here: Any = self.tree
        for step in field.split("."):
            if not isinstance(here, Mapping) or step not in here:
                return None
            here = here[step]
        return here

    def where(self, field: str) -> str:
        return self.place(tuple(field.split(".")))

    def test(self, test: Test) -> ConditionReading:
        value, operator = self.value(test.field), test.operator
        if operator == "is":
            holds = _has_content(value) is (test.is_ == "present")
            return ConditionReading(sentence=f"{test.field} is {test.is_}: {self._found(test.field)}", result=holds)
        operand = test.operand
        absent = [test.field] if value is None else []
        found = self._found(test.field)
        words = f"{test.field} {_WORDS[operator]} "
        if isinstance(operand, FieldReference):
            other = self.value(operand.field)
            words += operand.field
            found += f", {operand.field} {self._found(operand.field).removeprefix('it ')}"
            absent += [operand.field] if other is None else []
        else:
            other = list(operand) if isinstance(operand, tuple) else operand
            words += _show(other)
        if operator in ("subset_of", "disjoint_from"):
            absent += [name for name, side in _sides(test, value, other) if name and side == [] and name not in absent]
        result = None if absent else self._compare(test.field, operator, value, other)
        return ConditionReading(sentence=f"{words}: {found}", result=result, missing=tuple(absent))

    def _found(self, field: str) -> str:
        value = self.value(field)
        if value is None:
            return "it is absent"
        shown = "there" if isinstance(value, Mapping) and value and not _kind(value) else _show(value)
        return f"it is {shown} ({self.where(field)})"

    def _compare(self, field: str, operator: str, value: Any, other: Any) -> bool:
        match operator:
            case "equals":
                return self._equal(field, value, other)
            case "not_equals":
                return not self._equal(field, value, other)
            case "in" | "not_in":
                return self._among(field, value, other) is (operator == "in")
            case "contains":
                return self._contains(field, value, other)
            case "subset_of":
                return _keys(self._items(field, value)) <= _keys(self._items(field, other))
            case "disjoint_from":
                return not _keys(self._items(field, value)) & _keys(self._items(field, other))
            case _:
                return self._ordered(field, operator, value, other)

    def _equal(self, field: str, value: Any, other: Any) -> bool:
        if isinstance(value, list) and isinstance(other, list):
            return [_key(item) for item in value] == [_key(item) for item in other]
        self._require_same(field, value, other)
        return _key(value) == _key(other)

    def _among(self, field: str, value: Any, other: Any) -> bool:
        if not isinstance(other, list):
            raise self._error(field, "`in` and `not_in` take a list", "Write `in: [a, b]`, or use `equals`.")
        if isinstance(value, list):
            raise self._error(field, f"{field} is a list", "Use subset_of, disjoint_from or contains.")
        for item in other:
            self._require_same(field, value, item)
        return _key(value) in _keys(other)

    def _contains(self, field: str, value: Any, other: Any) -> bool:
        if isinstance(value, str) and isinstance(other, str):
            return other in value
        if not isinstance(value, list):
            raise self._error(field, f"{field} is not a list", "Use equals.")
        for item in value:
            self._require_same(field, item, other)
        return _key(other) in _keys(value)

    def _items(self, field: str, value: Any) -> list[Any]:
        """A list, or one thing as a list of one. People, by their id, may be compared with ids."""
        items = value if isinstance(value, list) else [value]
        for item in items:
            _kind(item) or self._refuse(field, item)
        return items

    def _ordered(self, field: str, operator: str, value: Any, other: Any) -> bool:
        low, high = _rank(value, other)
        if low is None or high is None:
            self._require_same(field, value, other)
            what = f"{_show(value)} and {_show(other)} have no order"
            raise self._error(field, what, "Numbers, days such as 2026-03-31 and risk tiers have one.")
        return bool(
            {"at_least": low >= high, "at_most": low <= high, "above": low > high, "below": low < high}[operator]
        )

    def _require_same(self, field: str, value: Any, other: Any) -> None:
        kinds = _kind(value) or self._refuse(field, value), _kind(other) or self._refuse(field, other)
        if kinds[0] != kinds[1]:
            what = f"{field} is {kinds[0]} ({_show(value)}) and cannot be compared with {kinds[1]} ({_show(other)})"
            raise self._error(field, what, "Write both as text, or both as a number.")

    def _refuse(self, field: str, value: Any) -> str:
        raise self._error(field, f"{field} cannot be compared: {_show(value)}", "Name one of its keys.")

    def _error(self, field: str, what: str, hint: str) -> PolicyError:
        return PolicyError(what, where=self.where(field), hint=hint)


def _sides(test: Test, value: Any, other: Any) -> list[tuple[str, Any]]:
    name = test.operand.field if isinstance(test.operand, FieldReference) else test.field
    return [(test.field, value), (name, other)]


def _has_content(value: Any) -> bool:
    """Not null, blank, [] or {}; a list or mapping of such things has no content either."""
    match value:
        case None:
            return False
        case str():
            return bool(value.strip())
        case Mapping():
            return any(_has_content(member) for member in value.values())
        case list() | tuple():
            return any(_has_content(member) for member in value)
        case _:
            return True


def _kind(value: Any) -> str:
    """The type by which a value compares; empty where it does not compare."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case {"id": str()}:
            return "text"
        case _:
            return ""


def _key(value: Any) -> tuple[str, Any]:
    """What equality looks at: the type and the value; of a person the id."""
    return _kind(value), value["id"] if isinstance(value, Mapping) and "id" in value else value


def _keys(values: Sequence[Any]) -> set[tuple[str, Any]]:
    return {_key(value) for value in values}


def _rank(value: Any, other: Any) -> tuple[Any, Any]:
    """Two things that have an order: numbers, whole days, risk tiers. (None, None) where they have none."""
    if _kind(value) == _kind(other) == "a number":
        return value, other
    if isinstance(value, str) and isinstance(other, str):
        if _DAY.fullmatch(value) and _DAY.fullmatch(other):
            return value, other
        tiers: tuple[str, ...] = TIERS
        if value in tiers and other in tiers:
            return tiers.index(value), tiers.index(other)
    return None, None


def _show(value: Any) -> str:
    """A value for a sentence, cut where it is long."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            shown = [_show(item) for item in value[:_SHOWN]]
            more = [f"and {len(value) - _SHOWN} more"] if len(value) > _SHOWN else []
            return ", ".join(shown + more) or "an empty list"
        case {"id": str() as name}:
            return name
        case Mapping():
            return "a mapping" if value else "an empty mapping"
        case str():
            flat = " ".join(value.split())
            return (flat if len(flat) <= 80 else flat[:79] + "…") or "blank"
        case _:
            return str(value)
