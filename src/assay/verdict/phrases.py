"""Conditions and values in English: what was asked, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from assay.record.condition import TODAY, AllOf, AnyOf, Condition, FieldReference, Length, Not, Test

_WORDS = {
    "is": "is", "equals": "equals", "not_equals": "does not equal", "in": "is one of", "not_in": "is none of",
    "at_least": "is at least", "at_most": "is at most", "above": "is above", "below": "is below",
    "before": "lies before", "after": "lies after", "matches": "matches", "contains": "contains",
    "subset_of": "holds nothing but", "superset_of": "holds all of", "disjoint_from": "shares nothing with",
}  # fmt: skip
_SHOWN = 10
_LONGEST = 80
_LISTING = 300


def claim(condition: Condition, today: date) -> str:
    """What a condition says, without what was found: "risk.tier is one of high, critical"."""
    match condition:
        case Not():
            return f"not ({claim(condition.not_, today)})"
        case AllOf():
            return joined([claim(member, today) for member in condition.all], "and")
        case AnyOf():
            return joined([claim(member, today) for member in condition.any], "or")
    head, tail = split_star(condition.field)
    if tail is not None:
        return f"in every entry of {name_of(head)}, {claim(at_field(condition, tail), today)}"
    return _of_test(condition, today)


def _of_test(test: Test, today: date) -> str:
    name, operand = name_of(test.field), test.operand
    match test.operator:
        case "for_all" | "for_any":
            inner = claim(operand, today)  # type: ignore[arg-type]  # these two hold a condition
            which = "every" if test.operator == "for_all" else "some"
            return f"in {which} entry of {name}, " + (f"({inner})" if "; " in inner else inner)
        case "within":
            days = int(str(operand).removesuffix("d"))
            before = f" or at most {days} day{'' if days == 1 else 's'} before" if days else ""
            return f"{name} is today ({today.isoformat()}){before}"
        case "unique":
            return f"{name} holds " + ("nothing twice" if operand is True else f"no `{operand}` twice")
        case "length":
            return f"{name} has a length of {_length(operand)}"
    if isinstance(operand, FieldReference):
        return f"{name} {_WORDS[test.operator]} {name_of(operand.field)}"
    return f"{name} {_WORDS[test.operator]} {show(literal(test, today, told=True))}"


def _length(wanted: Any) -> str:
    if not isinstance(wanted, Length):
        return str(wanted)
    bounds = [("at least", wanted.at_least), ("at most", wanted.at_most)]
    return " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)


def literal(test: Test, today: date, *, told: bool = False) -> Any:
    """The value that stands in the condition; `today` as the day it is."""
    operand = test.operand
    if operand == TODAY and test.operator in ("before", "after", "at_least", "at_most"):
        return f"today ({today.isoformat()})" if told else today.isoformat()
    return list(operand) if isinstance(operand, tuple) else operand


def joined(claims: Sequence[str], word: str) -> str:
    """Claims or sentences with and / or between them; what holds the other word goes into brackets."""
    other = "; or " if word == "and" else "; and "
    return f"; {word} ".join(f"({one})" if other in one else one for one in claims)


def split_star(field: str) -> tuple[str, str | None]:
    """`data.*.digest` → `data` and `digest`; None as the second where there is no star."""
    steps = field.split(".")
    bare = [step.removeprefix("/") if index == 0 else step for index, step in enumerate(steps)]
    if "*" not in bare or field == ".":
        return field, None
    star = bare.index("*")
    root = "/" if field.startswith("/") else "."
    head = ".".join(steps[:star]) if star else root
    return head, ".".join(steps[star + 1 :]) or "."


def at_field(test: Test, field: str) -> Test:
    """The same question about another field."""
    return test.model_copy(update={"field": field})


def name_of(field: str) -> str:
    """A field in a sentence; the entry of a for_all itself is `it`."""
    return "it" if field == "." else field


def is_phrase(value: Any) -> str:
    """What a field is: "is high", "is absent", "is there"."""
    if value is None:
        return "is absent"
    if isinstance(value, list) and any(_has_parts(item) for item in value):
        return f"has {len(value)} entr{'y' if len(value) == 1 else 'ies'}"
    return "is there" if _has_parts(value) else f"is {show(value)}"


def _has_parts(value: Any) -> bool:
    """A mapping that is told by no id."""
    return isinstance(value, Mapping) and bool(value) and not isinstance(value.get("id"), str)


def show(value: Any) -> str:
    """A value for a sentence, cut where it is long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case list():
            shown = [show(item) for item in value[:_SHOWN]]
            more = [f"and {len(value) - _SHOWN} more"] if len(value) > _SHOWN else []
            return ", ".join(shown + more) or "an empty list"
        case {"id": str() as name}:
            return show(name)
        case Mapping():
            return "a mapping" if value else "an empty mapping"
        case str():
            return cut(value, _LONGEST) or "blank"
        case _:
            return str(value)


def cut(text: str, length: int) -> str:
    """One line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def entry_name(key: str | int) -> str:
    """`entry 2` of a list, counted from 1; `entry limits` of a mapping."""
    return f"entry {key + 1}" if isinstance(key, int) else f"entry {cut(key, _LONGEST)}"


def listing(holding: int, entries: int, result: bool | None, deciding: Sequence[tuple[str, Sequence[str]]]) -> str:
    """In how many entries it holds, and the first three which decide."""
    word = {True: ":", False: ", not in", None: ", unknown in"}[result]
    told = "; ".join(f"{name}: {cut(', '.join(facts), _LISTING // 3)}" for name, facts in deciding[:3])
    more = f"; {len(deciding) - 3} more" if len(deciding) > 3 else ""
    return f"this holds in {holding} of {entries}{word} {cut(told, _LISTING - len(more))}{more}"
