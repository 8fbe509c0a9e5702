"""Two measurements of one control: what is recorded and what the evidence gives again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

from pydantic import BaseModel

from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

RELATIVE, ABSOLUTE = 1e-12, 1e-15
"""How far a number that is no count may lie from the recorded one: the last digits are the machine's."""


def differences(recorded: Measured, again: Measured) -> Iterator[str]:
    """What is not the same, in words; nothing where all of it is."""
    yield from _of_estimates(recorded.estimates, again.estimates)
    yield from exhibit_differences(recorded.exhibits, again.exhibits)
    for name in ("unlabelled", "undecided", "unknown", "missing", "notes"):
        stored, found = getattr(recorded, name), getattr(again, name)
        if not same(stored, found):
            yield _told(f"`{name}`", stored, found)


def same(one: Any, other: Any) -> bool:
    """Texts and counts alike to the last, other numbers to 1e-12 of the larger one."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        return isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _of_estimates(recorded: Sequence[Estimate], again: Sequence[Estimate]) -> Iterator[str]:
    waiting: dict[str, list[Estimate]] = defaultdict(list)
    for estimate in reversed(again):
        waiting[estimate.id].append(estimate)
    for estimate in recorded:
        if not waiting[estimate.id]:
            yield f"{estimate.id} is recorded, and the evidence gives no such estimate"
        elif difference := _of_one(estimate, waiting[estimate.id].pop()):
            yield difference
    for left in waiting.values():
        for estimate in reversed(left):
            yield f"{estimate.id} is not recorded, and the evidence gives it: {_shown(_value(estimate))}"
    if [one.id for one in recorded] != [one.id for one in again] and not any(waiting.values()):
        yield "the estimates are recorded in another order"


def _value(estimate: Estimate) -> object:
    return f"undefined ({estimate.undefined})" if estimate.value is None else estimate.value


def _of_one(recorded: Estimate, again: Estimate) -> str | None:
    """The value where it differs, else the first other thing that does."""
    if not same(recorded.value, again.value):
        return _told(recorded.id, _value(recorded), _value(again))
    for name in Estimate.model_fields:
        stored, found = (_plain(getattr(one, name)) for one in (recorded, again))
        if not same(stored, found):
            inner = stored.keys() if isinstance(stored, dict) and isinstance(found, dict) else ()
            for part in inner:
                if not same(stored[part], found[part]):
                    return _told(f"{recorded.id}: {part} of its {_words(name)}", stored[part], found[part])
            return _told(f"{recorded.id}: its {_words(name)}", stored, found)
    return None


def _plain(value: object) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else value


def exhibit_differences(recorded: Sequence[Exhibit], again: Sequence[Exhibit]) -> Iterator[str]:
    """What of the exhibits is not the same, in words."""
    if [one.name for one in recorded] != [one.name for one in again]:
        yield _told("the names of the exhibits", tuple(e.name for e in recorded), tuple(e.name for e in again))
        return
    for stored, found in zip(recorded, again, strict=True):
        named = f"the exhibit {stored.name}"
        if not same(stored.model_dump(exclude={"rows"}), found.model_dump(exclude={"rows"})):
            yield f"{named}: its title, columns, chart or note is not what the check publishes"
        if len(stored.rows) != len(found.rows):
            yield _told(f"{named}: the number of its lines", len(stored.rows), len(found.rows))
            continue
        for number, (line, other) in enumerate(zip(stored.rows, found.rows, strict=True), 1):
            wrong = [place for place, pair in enumerate(zip(line, other, strict=False)) if not same(*pair)]
            if wrong or len(line) != len(other):
                column = found.columns[wrong[0]].name if wrong and wrong[0] < len(found.columns) else "its length"
                pair = (line[wrong[0]], other[wrong[0]]) if wrong else (len(line), len(other))
                yield _told(f"{named}: {column} in line {number}", *pair)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _told(what: str, recorded: object, again: object) -> str:
    return f"{what} is recorded as {_shown(recorded)}, the evidence gives {_shown(again)}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, float) else str(value)
    return text if len(text) <= 100 else text[:99] + "…"
