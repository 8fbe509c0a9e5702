"""Typed comparison of values: numbers with numbers, texts with texts, days with days, people by id.

Anything else is a PolicyError with the place of the field, never false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.errors import PolicyError
from assay.record.condition import Length, is_day
from assay.record.policy import TIERS
from assay.record.visible import visible
from assay.verdict.matching import NO_PATTERN, whole_text_matches
from assay.verdict.people import folded, known_by_id
from assay.verdict.phrases import show

SETS = ("subset_of", "superset_of", "disjoint_from")
"""Operators which ask nothing of an empty list."""


def has_content(value: Any) -> bool:
    """Not null, blank, [] or {}; a list or mapping of such things has no content either."""
    match value:
        case None | str():
            return not _blank(value)
        case Mapping():
            return any(has_content(member) for member in value.values())
        case list() | tuple():
            return any(has_content(member) for member in value)
        case _:
            return True


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not visible(value))


def says_nothing(value: Any, operator: str) -> bool:
    """Whether the operator asks nothing of the value: it is absent or blank, or a list in which nothing stands."""
    if operator == "length" or not isinstance(value, (str, list)):
        return value is None
    return (isinstance(value, str) or operator in (*SETS, "in", "not_in")) and not has_content(value)


@dataclass(frozen=True)
class Comparing:
    """Compares the value of a field that is there."""

    field: str
    where: str
    today: date
    ids: bool = False
    """The texts are ids, also where they stand by themselves."""

    def holds(self, operator: str, value: Any, other: Any) -> bool:
        """Whether the value fulfils `operator: other`."""
        match operator:
            case "equals":
                return self._equal(value, other)
            case "not_equals":
                return not self._equal(value, other)
            case "in" | "not_in":
                return self._among(value, other) is (operator == "in")
            case "contains":
                return self._contains(value, other)
            case "subset_of" | "superset_of" | "disjoint_from":
                return self._sets(operator, value, other)
            case "before" | "after":
                day, limit = self._day(value), self._day(other)
                return day < limit if operator == "before" else day > limit
            case "within":
                return 0 <= (self.today - self._day(value)).days <= int(other.removesuffix("d"))
            case "matches":
                return self._matches(value, other)
            case "length":
                return _long_enough(self.length(value), other)
            case _:
                return self._ordered(operator, value, other)

    def length(self, value: Any) -> int:
        """Entries of a list or mapping, blank ones left out; visible characters of a text without blanks around it."""
        match value:
            case str():
                return len(visible(value))
            case list():
                return sum(not _blank(entry) for entry in value)
            case Mapping():
                return sum(not _blank(entry) for entry in value.values())
        raise self.error(f"{self.field} has no length: it is {show(value)}", "Lists, mappings and texts have one.")

    def twice(self, values: Sequence[Any]) -> tuple[int, int] | None:
        """The first two equal values, by their numbers; values of different types are an error."""
        key = self._keys_of(values)
        first: dict[Any, int] = {}
        for number, value in enumerate(values):
            self._require_same(value, values[0])
            earlier = first.setdefault(key(value), number)
            if earlier != number:
                return earlier, number
        return None

    def error(self, what: str, hint: str) -> PolicyError:
        """An error about the field, with its place."""
        return PolicyError(what, where=self.where, hint=hint)

    def _equal(self, value: Any, other: Any) -> bool:
        if isinstance(value, list) and isinstance(other, list):
            key = self._keys_of([*value, *other])
            return [key(item) for item in value] == [key(item) for item in other]
        self._require_same(value, other)
        key = self._keys_of([value, other])
        return bool(key(value) == key(other))

    def _among(self, value: Any, other: Any) -> bool:
        if not isinstance(other, list):
            raise self.error("`in` and `not_in` take a list", "Write `in: [a, b]`, or use `equals`.")
        if isinstance(value, list):
            raise self.error(f"{self.field} is a list", "Use subset_of, disjoint_from, contains or for_all.")
        for item in other:
            self._require_same(value, item)
        key = self._keys_of([value, *other])
        return key(value) in {key(item) for item in other}

    def _contains(self, value: Any, other: Any) -> bool:
        if isinstance(value, str) and isinstance(other, str):
            return other in value
        if not isinstance(value, list):
            raise self.error(f"{self.field} is not a list", "Use equals.")
        for item in value:
            self._require_same(item, other)
        key = self._keys_of([*value, other])
        return key(other) in {key(item) for item in value}

    def _sets(self, operator: str, value: Any, other: Any) -> bool:
        """Lists, or one thing as a list of one. People may be compared with ids."""
        left, right = (side if isinstance(side, list) else [side] for side in (value, other))
        for item in (*left, *right):
            _kind(item) or self._refuse(item)
        key = self._keys_of([*left, *right])
        mine, theirs = {key(item) for item in left}, {key(item) for item in right}
        if operator == "disjoint_from":
            return not mine & theirs
        return mine <= theirs if operator == "subset_of" else mine >= theirs

    def _day(self, value: Any) -> date:
        if not isinstance(value, str) or not is_day(value):
            raise self.error(f"{self.field}: {show(value)} is no day", "A day is written 2026-03-31.")
        return date.fromisoformat(value)

    def _matches(self, value: Any, pattern: str) -> bool:
        if not isinstance(value, str):
            what = "a list" if isinstance(value, list) else _kind(value) or show(value)
            hint = "Use for_all." if isinstance(value, list) else "Only a text matches."
            raise self.error(f"{self.field} is {what}, not a text", hint)
        try:
            return whole_text_matches(pattern, value)
        except ValueError as problem:
            raise self.error(f"`matches` is no valid pattern: {problem}", NO_PATTERN) from None

    def _ordered(self, operator: str, value: Any, other: Any) -> bool:
        low, high = _rank(value, other)
        if low is None or high is None:
            self._require_same(value, other)
            what = f"{show(value)} and {show(other)} have no order"
            raise self.error(what, "Numbers, days such as 2026-03-31 and risk tiers have one.")
        return bool(
            {"at_least": low >= high, "at_most": low <= high, "above": low > high, "below": low < high}[operator]
        )

    def _require_same(self, value: Any, other: Any) -> None:
        kinds = _kind(value) or self._refuse(value), _kind(other) or self._refuse(other)
        if kinds[0] != kinds[1]:
            what = f"{self.field} is {kinds[0]} ({show(value)}) and cannot be compared with {kinds[1]} ({show(other)})"
            raise self.error(what, "Write both as text, or both as a number.")

    def _refuse(self, value: Any) -> str:
        raise self.error(f"{self.field} cannot be compared: {show(value)}", "Name one of its keys.")

    def _keys_of(self, values: Sequence[Any]) -> Callable[[Any], tuple[str, Any]]:
        """What equality looks at: the type and the value. Beside somebody known by an id, texts are ids."""
        fold = self.ids or any(known_by_id(value) for value in values)

        def key(value: Any) -> tuple[str, Any]:
            bare = value["id"] if known_by_id(value) else value
            return _kind(value), folded(bare) if fold and isinstance(bare, str) else bare

        return key


def _kind(value: Any) -> str:
    """The type by which a value compares; empty where it does not compare."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
    return "text" if known_by_id(value) else ""


def _rank(value: Any, other: Any) -> tuple[Any, Any]:
    """Two things that have an order: numbers, whole days, risk tiers. (None, None) where they have none."""
    if _kind(value) == _kind(other) == "a number":
        return value, other
    if isinstance(value, str) and isinstance(other, str):
        if is_day(value) and is_day(other):
            return value, other
        tiers: tuple[str, ...] = TIERS
        if value in tiers and other in tiers:
            return tiers.index(value), tiers.index(other)
    return None, None


def _long_enough(length: int, wanted: int | Length) -> bool:
    if isinstance(wanted, int):
        return length == wanted
    low, high = wanted.at_least, wanted.at_most
    return (low is None or length >= low) and (high is None or length <= high)
