"""Fields that conditions name, compared with the shape of the manifest: a typo is an error, never a silent unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from assay.errors import AssayError, PolicyError
from assay.record.condition import TODAY, Test, is_day
from assay.record.manifest import Manifest
from assay.source import Loc, Source, nearest
from assay.source.shape import branches, choices, fields, keys_of, step_into
from assay.source.told import found
from assay.verdict.matching import NO_PATTERN, pattern_problem

_ON_ITEMS = ("contains", "subset_of", "superset_of", "disjoint_from")
_LISTS = ("in", "not_in")
_DAYS = ("before", "after", "within")
_OF_THEIR_OWN = ("is", "for_all", "for_any", "within", "matches", "unique", "length")
"""Operators whose operand is no value of the field."""
_QUANTIFIERS = ("for_all", "for_any")
_LONGEST_PATTERN = 200


LONGEST_KEPT = 200
"""Characters of a path whose types are remembered: a policy asks for the same few fields again and again."""


@dataclass(frozen=True)
class _Scope:
    """Where the path of a field begins: at the manifest, or at the entry of a list."""

    types: tuple[Any, ...] = (Manifest,)
    """None known: the list itself was wrong."""
    entry_of: str | None = None


_ROOT = _Scope()


def condition_problems(source: Source, condition: Any, loc: Loc, scope: _Scope = _ROOT) -> Iterator[AssayError]:
    """Every error in the fields of a condition, given as plain values at `loc` of the source."""
    if isinstance(condition, list):
        for index, member in enumerate(condition):
            yield from condition_problems(source, member, (*loc, index), scope)
    if not isinstance(condition, dict):
        return
    for key in ("all", "any", "not"):
        if key in condition:
            yield from condition_problems(source, condition[key], (*loc, key), scope)
    if isinstance(condition.get("field"), str):
        yield from _test_problems(source, condition, loc, scope)


def _test_problems(source: Source, test: dict[str, Any], loc: Loc, scope: _Scope) -> Iterator[AssayError]:
    field = test["field"]
    types, problem = _types(field, source.place((*loc, "field")), scope)
    if problem is not None:
        yield problem
    for operator, operand in test.items():
        at = (*loc, operator)
        if operator == "field" or operand is None or operator not in fields(Test):
            continue
        blank = [item for item in (operand if isinstance(operand, list) else [operand]) if item == ""]
        if blank:
            what = f"`{operator}` has an empty text: what is blank counts as absent"
            yield PolicyError(what, where=source.place(at), hint="Ask with `is: absent`.")
        if types and (unfit := _unfit(field, types, operator, operand)):
            yield PolicyError(unfit[0], where=source.place(at), hint=unfit[1])
        if operator in _QUANTIFIERS:
            yield from condition_problems(source, operand, at, _Scope(tuple(_entries(types)), field))
        if operator in _OF_THEIR_OWN:
            continue
        if isinstance(operand, dict):
            if isinstance(operand.get("field"), str):
                yield from _other_problems(source, operator, operand["field"], (*at, "field"), scope)
            continue
        if operator in _LISTS and not isinstance(operand, list):
            yield PolicyError(f"`{operator}` takes a list", where=source.place(at), hint=f"Write `{operator}: [a, b]`.")
        if operand == []:
            yield PolicyError(f"`{operator}` has an empty list", where=source.place(at), hint="Name what it may hold.")
        if types and operator not in _DAYS and not _is_today(operator, operand):
            yield from _operand_problems(source, field, types, operator, operand, at)


def _other_problems(source: Source, operator: str, other: str, at: Loc, scope: _Scope) -> Iterator[AssayError]:
    """Errors in the field compared with."""
    if "*" in other.removeprefix("/").split("."):
        what, hint = "`*` cannot stand in the field compared with", "Put it into `field`, or use for_all."
        yield PolicyError(what, where=source.place(at), hint=hint)
        return
    types, problem = _types(other, source.place(at), scope)
    if problem is not None:
        yield problem
    if types and operator in _DAYS and not any(kind is date or _unknown(kind) for kind in types):
        yield PolicyError(f"`{other}` is no day", where=source.place(at), hint=f"`{operator}` compares days.")


def _types(path: str, where: str, scope: _Scope) -> tuple[list[Any], AssayError | None]:
    """The types of the field at a dotted path, or why there is none."""
    look_up = _looked_up if len(path) <= LONGEST_KEPT else _looked_up.__wrapped__
    types, problem = look_up(path, scope)
    return types, problem and PolicyError(problem.what, where=where, hint=problem.hint)


@lru_cache(maxsize=4096)
def _looked_up(path: str, scope: _Scope) -> tuple[list[Any], AssayError | None]:
    if path == ".":
        if scope.entry_of is None:
            what = "`.` is the entry of a for_all or for_any, and there is none around it"
            return [], PolicyError(what, hint="Name a field of the manifest.")
        return list(scope.types), None
    root = path.startswith("/")
    types = [Manifest] if root else list(scope.types)
    whole = "the manifest" if root or scope.entry_of is None else f"an entry of `{scope.entry_of}`"
    steps = path.removeprefix("/").split(".")
    for index, step in enumerate(steps if types else []):
        before = "/" * root + ".".join(steps[:index])
        if step == "*":
            types = _entries(types)
            if not types:
                what = f"{f'`{before}`' if before else whole} has no entries for `*`"
                return [], PolicyError(what, hint="Lists and mappings with free keys have entries.")
            continue
        if not any(_has_parts(kind) for kind in types):
            return [], _no_parts(before or whole, steps[index:], types)
        known = keys_of(types)
        if (known and step not in known) or not step:
            names = [f"{before}.{name}" if index else f"{before}{name}" for name in known]
            full = f"{before}.{step}" if index else f"{before}{step}"
            hint = nearest(full, names)
            if not root and scope.entry_of is not None and step in keys_of([Manifest]):
                hint = f"Write `/{path}` for the field of the manifest."
            return [], PolicyError(f"{whole} has no field `{full}`", hint=hint)
        types = step_into(types, step)
    return types, None


def _no_parts(before: str, rest: list[str], types: list[Any]) -> AssayError:
    name = before if before.startswith("an entry") else f"`{before}`"
    if before.startswith("an entry"):
        return PolicyError(f"{name} has no parts", hint="Write `field: .` for the entry itself.")
    if not _entries(types):
        return PolicyError(f"{name} has no parts", hint=f"Write `field: {before}`.")
    inner = ".".join([before, "*", *(rest[1:] if rest[0].isdigit() else rest)])
    hint = f"Write `field: {inner}` for every entry, or use for_all or for_any."
    return PolicyError(f"{name} is a list: a path ends there", hint=hint)


def _unfit(field: str, types: list[Any], operator: str, operand: Any) -> tuple[str, str] | None:
    """Why the operator asks nothing of a field of these types, and what to do; None where it does."""
    if any(_unknown(kind) for kind in types):
        return None
    if operator in _QUANTIFIERS and not _entries(types):
        return f"`{field}` has no entries", f"`{operator}` asks about lists and mappings with free keys."
    if operator in _DAYS and date not in types:
        return f"`{field}` is no day", f"`{operator}` asks about days."
    if _is_today(operator, operand) and date not in types:
        return f"`{field}` is no day", "`today` is one, and compares with days."
    if operator == "length" and not any(_list_like(kind) or kind is str for kind in types):
        return f"`{field}` has no length", "Lists, mappings with free keys and texts have one."
    if operator == "matches":
        return _unmatchable(field, types, operand)
    return _not_unique(field, types, operand) if operator == "unique" else None


def _is_today(operator: str, operand: Any) -> bool:
    return operator in ("at_least", "at_most") and bool(operand == TODAY)


def _unmatchable(field: str, types: list[Any], pattern: Any) -> tuple[str, str] | None:
    if not any(kind is str or get_origin(kind) is Literal for kind in types):
        hint = "Only texts match."
        if date in types:
            hint = "Use before, after or within for days."
        elif _entries(types):
            hint = f"Use for_all, or `field: {field}.*`."
        return f"`{field}` is not a text", hint
    if isinstance(pattern, str) and 0 < len(pattern) <= _LONGEST_PATTERN:
        problem = pattern_problem(pattern)
        return (f"`matches` is no valid pattern: {problem}", NO_PATTERN) if problem else None
    return None


def _not_unique(field: str, types: list[Any], key: Any) -> tuple[str, str] | None:
    entries = [inner for kind in types if get_origin(kind) in (tuple, list) for inner in branches(_item(kind))]
    if not entries:
        return f"`{field}` is not a list", "Only the entries of a list are unique."
    known = keys_of(entries)
    if isinstance(key, str) and key not in known:
        return f"an entry of `{field}` has no field `{key}`", nearest(key, known) or "Write `unique: true`."
    if key is True and known and not any(_is_person(kind) for kind in entries):
        return f"the entries of `{field}` do not compare as a whole", f"Name a key. {nearest('', known)}"
    return None


def _entries(types: list[Any]) -> list[Any]:
    """The types of the entries of lists, and of the values of mappings with free keys."""
    return [inner for kind in types if _list_like(kind) for inner in branches(_item(kind))]


def _list_like(kind: Any) -> bool:
    return get_origin(kind) in (tuple, list, dict)


def _has_parts(kind: Any) -> bool:
    return get_origin(kind) is dict or _is_model(kind)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _item(kind: Any) -> Any:
    return get_args(kind)[1 if get_origin(kind) is dict else 0] if _list_like(kind) else None


def _unknown(kind: Any) -> bool:
    """A type of which nothing is said here."""
    return not (_known(kind) or _list_like(kind) or _is_model(kind))


def _operand_problems(
    source: Source, field: str, types: list[Any], operator: str, operand: Any, loc: Loc
) -> Iterator[AssayError]:
    """Literals that the field can never hold: the comparison would be an error, or never true, on every manifest."""
    if operator in _ON_ITEMS:
        lists = (tuple, list)
        types = [inner for kind in types for inner in (branches(_item(kind)) if get_origin(kind) in lists else [kind])]
    literals = choices(types)
    pairs = [((*loc, index), item) for index, item in enumerate(operand)] if isinstance(operand, list) else []
    for at, value in pairs or [(loc, operand)]:
        if isinstance(value, (list, dict)) or value is None or not all(_known(kind) for kind in types):
            continue
        if not any(_fits(kind, value) for kind in types):
            if literals and isinstance(value, str):
                what, hint = f'`{field}` is never "{value}"', nearest(value, literals)
            else:
                what, hint = f"`{field}` is never {found(value)}", _hint(types)
            yield PolicyError(what, where=source.place(at), hint=hint)


def _known(kind: Any) -> bool:
    return kind in (str, int, float, bool, date) or get_origin(kind) is Literal or _is_person(kind)


def _fits(kind: Any, value: bool | int | float | str) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind is date:
        return isinstance(value, str) and is_day(value)
    if kind in (int, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, bool) if kind is bool else isinstance(value, str)


def _is_person(kind: Any) -> bool:
    """Something known by its id."""
    return _is_model(kind) and "id" in kind.model_fields


def _hint(types: list[Any]) -> str:
    words = {int: "a whole number", float: "a number", bool: "true or false", date: "a day such as 2026-03-31"}
    return f"It is {' or '.join(dict.fromkeys(words.get(kind, 'text') for kind in types))}."
