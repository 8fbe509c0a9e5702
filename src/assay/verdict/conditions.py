"""Conditions in Kleene's three-valued logic: true, false, unknown, each with an English sentence. Pure.

An absent field is unknown, and so is a blank text; only `is: present|absent` turns absence into an answer. `all` and
for_all are false when one member is false, else unknown when one is unknown; `any` and for_any are the dual; `not`
leaves unknown as it is. Order never matters. Over an empty or absent list for_all, for_any and `*` are unknown:
nothing holds for want of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assay.errors import PolicyError
from assay.record.condition import AllOf, AnyOf, Condition, FieldReference, Not, Test
from assay.record.finding import ConditionReading
from assay.verdict.comparing import SETS, Comparing, has_content, says_nothing
from assay.verdict.phrases import (
    at_field,
    claim,
    entry_name,
    is_phrase,
    joined,
    listing,
    literal,
    name_of,
    show,
    split_star,
)

Path = tuple[str | int, ...]
Place = Callable[[Path], str]

MOST_READ = 1_000_000
"""What one condition may cost: ten for every test, one for every value of a list: for_all in for_all multiplies."""
MOST_NAMED = 10
"""Absent fields that one for_all names; its sentence counts all."""


def evaluate(condition: Condition, tree: Mapping[str, Any], place: Place, today: date) -> ConditionReading:
    """What the condition finds in the manifest.

    `tree` is the manifest as JSON data, `place` says where a path of it stands, `today` is the day of the audit.
    `missing` names the absent fields that left the result unknown. Raises PolicyError where values of different types
    would be compared.
    """
    said = _Reader(tree, place, today).read(condition)
    return ConditionReading(sentence=said.sentence, result=said.result, missing=said.missing)


@dataclass(frozen=True)
class _Said:
    """The answer to a condition, or to a part of one."""

    sentence: str
    facts: tuple[str, ...]
    """The values that were read, without their places."""
    result: bool | None
    missing: tuple[str, ...] = ()


def _all(results: Iterable[bool | None]) -> bool | None:
    found = set(results)
    return False if False in found else None if None in found else True


def _any(results: Iterable[bool | None]) -> bool | None:
    found = set(results)
    return True if True in found else None if None in found else False


@dataclass
class _Effort:
    """What is left of the values that may be read."""

    left: int = MOST_READ


@dataclass(frozen=True)
class _Reader:
    """Reads conditions against the manifest, or against one entry of a list in it."""

    tree: Mapping[str, Any]
    place: Place
    today: date
    entry: Path = ()
    """Where the paths of fields begin."""
    other: Path = ()
    """Where the paths of fields compared with begin; a star moves only the field."""
    effort: _Effort = field(default_factory=_Effort)

    def read(self, condition: Condition) -> _Said:
        match condition:
            case Test():
                return self._test(condition)
            case Not():
                inner = self.read(condition.not_)
                result = None if inner.result is None else not inner.result
                return replace(inner, sentence=f"not ({inner.sentence})", result=result)
            case AllOf():
                return self._join(condition.all, "and", _all)
            case AnyOf():
                return self._join(condition.any, "or", _any)

    def _join(
        self, members: Sequence[Condition], word: str, decide: Callable[[Iterable[bool | None]], bool | None]
    ) -> _Said:
        said = [self.read(member) for member in members]
        result = decide(one.result for one in said)
        facts = dict.fromkeys(fact for one in said if one.result is result for fact in one.facts)
        deciding_first = sorted(said, key=lambda one: one.result is not result)
        told = joined([one.sentence for one in deciding_first], word)
        return _Said(told, tuple(facts), result, _missing(said, result))

    def _test(self, test: Test) -> _Said:
        head, tail = split_star(test.field)
        if tail is not None:
            return self._entries(test, head, at_field(test, tail), star=True)
        if isinstance(test.operand, (Test, AllOf, AnyOf, Not)):
            return self._entries(test, test.field, test.operand, star=False)
        path = _path(test.field, self.entry)
        value = self._value(path)
        if test.operator == "is":
            return self._answer(test, path, value, has_content(value) is (test.is_ == "present"))
        if test.operator == "unique":
            return self._unique(test, path, value)
        return self._compared(test, path, value)

    def _answer(
        self, test: Test, path: Path, value: Any, result: bool | None, missing: tuple[str, ...] = (), phrase: str = ""
    ) -> _Said:
        phrase = phrase or is_phrase(value)
        where = "" if value is None else f" ({self.place(path)})"
        sentence = f"{claim(test, self.today)}: it {phrase}{where}"
        return _Said(sentence, (f"{name_of(test.field)} {phrase}",), result, missing)

    def _compared(self, test: Test, path: Path, value: Any) -> _Said:
        operator, operand = test.operator, test.operand
        paths, sides = [path], [value]
        if isinstance(operand, FieldReference):
            paths.append(_path(operand.field, self.other))
            sides.append(self._value(paths[1]))
        other = sides[1] if len(sides) == 2 else literal(test, self.today)
        self._spend(_size(value, operator) + _size(other, operator))
        unknown = [at for at, side in zip(paths, sides, strict=True) if says_nothing(side, operator)]
        if not unknown and operator in SETS and other == []:
            unknown = [path]
        missing = tuple(dict.fromkeys(_dotted(at) for at in unknown))
        comparing = self._comparing(path, ids=any(at[-1:] == ("id",) for at in paths))
        result = None if missing else comparing.holds(operator, value, other)
        phrase = f"has a length of {comparing.length(value)}" if operator == "length" and value is not None else ""
        said = self._answer(test, path, value, result, missing, phrase)
        if not isinstance(operand, FieldReference):
            return said
        fact = f"{name_of(operand.field)} {is_phrase(sides[1])}"
        where = "" if sides[1] is None else f" ({self.place(paths[1])})"
        return replace(said, sentence=f"{said.sentence}, {fact}{where}", facts=(*said.facts, fact))

    def _unique(self, test: Test, path: Path, value: Any) -> _Said:
        if not value and not isinstance(value, (bool, int, float)):
            return self._answer(test, path, value, None, (_dotted(path),))
        comparing = self._comparing(path, ids=test.unique == "id")
        if not isinstance(value, list):
            raise comparing.error(f"{_dotted(path)} is not a list", "Only the entries of a list are unique.")
        self._spend(len(value))
        key = test.unique if isinstance(test.unique, str) else None
        for entry in value if key else []:
            if entry is not None and not isinstance(entry, Mapping):
                raise comparing.error(f"the entries of {_dotted(path)} have no keys", "Write `unique: true`.")
        values = [entry.get(key) if key and entry is not None else entry for entry in value]
        known = [(number, one) for number, one in enumerate(values) if has_content(one)]
        pair = comparing.twice([one for _, one in known])
        if pair is not None:
            first, second = (known[index][0] for index in pair)
            what = f"the {key} {show(values[first])}" if key else show(values[first])
            phrase = f"has {what} in entries {first + 1} and {second + 1}"
            return self._answer(test, path, value, False, phrase=phrase)
        absent = [number for number, one in enumerate(values) if not has_content(one)]
        if absent:
            missing = tuple(_dotted((*path, number, *([key] if key else []))) for number in absent[:MOST_NAMED])
            phrase = f"has no {key or 'value'} in {entry_name(absent[0])}"
            return self._answer(test, path, value, None, missing, phrase)
        entries = "1 entry" if len(value) == 1 else f"{len(value)} different entries"
        return self._answer(test, path, value, True, phrase=f"has {entries}")

    def _entries(self, test: Test, head: str, condition: Condition, *, star: bool) -> _Said:
        """A condition on every entry, or on some: for_all, for_any and the star."""
        path, name = _path(head, self.entry), name_of(head)
        held, asked = self._value(path), claim(test, self.today)
        if held is not None and not isinstance(held, (list, Mapping)):
            what, hint = f"{_dotted(path)} has no entries: it is {show(held)}", "Lists and mappings have entries."
            raise PolicyError(what, where=self.place(path), hint=hint)
        if not held:
            fact = f"{name} {is_phrase(held)}"
            where = "" if held is None else f" ({self.place(path)})"
            return _Said(f"{asked}: {fact}{where}", (fact,), None, (_dotted(path),))
        said: list[tuple[str | int, _Said]] = []
        for key in range(len(held)) if isinstance(held, list) else held:
            self._spend(0)
            at = (*path, key)
            said.append((key, replace(self, entry=at, other=self.other if star else at).read(condition)))
        every = star or test.operator == "for_all"
        result = (_all if every else _any)(one.result for _, one in said)
        deciding = [
            (f"{entry_name(key)} ({self.place((*path, key))})", one.facts) for key, one in said if one.result is result
        ]
        found = listing(sum(one.result is True for _, one in said), len(said), result, deciding)
        absent = dict.fromkeys(field for _, one in said if one.result is None for field in one.missing)
        missing = tuple(absent)[:MOST_NAMED] if result is None else ()
        return _Said(f"{asked}: {found}", (f"{name}: {found}",), result, missing)

    def _value(self, path: Path) -> Any:
        """What stands there; None where it is absent."""
        here: Any = self.tree
        for step in path:
            if isinstance(step, int):
                here = here[step] if isinstance(here, list) and step < len(here) else None
            else:
                here = here.get(step) if isinstance(here, Mapping) else None
        return here

    def _comparing(self, path: Path, *, ids: bool) -> Comparing:
        return Comparing(_dotted(path), self.place(path), self.today, ids)

    def _spend(self, values: int) -> None:
        self.effort.left -= 10 + values
        if self.effort.left < 0:
            what, hint = "a condition asks too much of long lists", "Nest for_all and for_any less deeply."
            raise PolicyError(what, where=self.place(self.entry), hint=hint)


def _missing(said: Sequence[_Said], result: bool | None) -> tuple[str, ...]:
    """The absent fields of the members which left the whole unknown."""
    names = {name for one in said if one.result is None for name in one.missing}
    return tuple(sorted(names)) if result is None else ()


def _path(name: str, entry: Path) -> Path:
    if name == ".":
        return entry
    if name.startswith("/"):
        return tuple(name[1:].split(".")) if name != "/" else ()
    return (*entry, *name.split("."))


def _dotted(path: Path) -> str:
    return ".".join(str(step) for step in path) or "."


def _size(value: Any, operator: str) -> int:
    return len(value) if isinstance(value, list) or (isinstance(value, str) and operator == "matches") else 0
