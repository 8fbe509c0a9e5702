"""Fields that conditions name, compared with the shape of the manifest: a typo is an error, never a silent unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from assay.errors import AssayError, PolicyError
from assay.record.manifest import Manifest
from assay.source import Loc, Source, nearest
from assay.source.shape import branches, choices, keys_of, step_into
from assay.source.told import found

_ON_ITEMS = ("contains", "subset_of", "disjoint_from")
_LISTS = ("in", "not_in")


def condition_problems(source: Source, condition: Any, loc: Loc) -> Iterator[AssayError]:
    """Every error in the fields of a condition, given as plain values at `loc` of the source."""
    if isinstance(condition, list):
        for index, member in enumerate(condition):
            yield from condition_problems(source, member, (*loc, index))
    if not isinstance(condition, dict):
        return
    for key in ("all", "any", "not"):
        if key in condition:
            yield from condition_problems(source, condition[key], (*loc, key))
    if isinstance(condition.get("field"), str):
        yield from _test_problems(source, condition, loc)


def _test_problems(source: Source, test: dict[str, Any], loc: Loc) -> Iterator[AssayError]:
    types, problem = _types(test["field"], source.place((*loc, "field")))
    if problem is not None:
        yield problem
    for operator, operand in test.items():
        at = (*loc, operator)
        if operator in ("field", "is"):
            continue
        if isinstance(operand, dict):
            if isinstance(operand.get("field"), str):
                other = _types(operand["field"], source.place((*at, "field")))[1]
                if other is not None:
                    yield other
            continue
        if operator in _LISTS and not isinstance(operand, list):
            yield PolicyError(f"`{operator}` takes a list", where=source.place(at), hint=f"Write `{operator}: [a, b]`.")
        if operand == []:
            yield PolicyError(f"`{operator}` has an empty list", where=source.place(at), hint="Name what it may hold.")
        if types:
            yield from _operand_problems(source, test["field"], types, operator, operand, at)


def _types(path: str, where: str) -> tuple[list[Any], AssayError | None]:
    """The types of the field at a dotted path of the manifest, or why there is none."""
    types: list[Any] = [Manifest]
    steps = path.split(".")
    for index, step in enumerate(steps):
        before = ".".join(steps[:index])
        if not any(_has_parts(kind) for kind in types):
            what = "is a list: a path ends there" if any(_item(kind) for kind in types) else "has no parts"
            return [], PolicyError(f"`{before}` {what}", where=where, hint=f"Write `field: {before}`.")
        known = keys_of(types)
        if (known and step not in known) or not step:
            names = [f"{before}.{name}" if before else name for name in known]
            full = f"{before}.{step}" if before else step
            return [], PolicyError(f"the manifest has no field `{full}`", where=where, hint=nearest(full, names))
        types = step_into(types, step)
    return types, None


def _has_parts(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _item(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) in (tuple, list) else None


def _operand_problems(
    source: Source, field: str, types: list[Any], operator: str, operand: Any, loc: Loc
) -> Iterator[AssayError]:
    """Literals that the field can never hold: the comparison would be an error, or never true, on every manifest."""
    if operator in _ON_ITEMS:
        types = [inner for kind in types for inner in (branches(_item(kind)) if _item(kind) else [kind])]
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
        return isinstance(value, str) and _is_day(value)
    if kind in (int, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, bool) if kind is bool else isinstance(value, str)


def _is_person(kind: Any) -> bool:
    """Something known by its id."""
    return isinstance(kind, type) and issubclass(kind, BaseModel) and "id" in kind.model_fields


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _hint(types: list[Any]) -> str:
    words = {int: "a whole number", float: "a number", bool: "true or false", date: "a day such as 2026-03-31"}
    return f"It is {' or '.join(dict.fromkeys(words.get(kind, 'text') for kind in types))}."
