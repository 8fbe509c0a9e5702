"""A tree of plain values → a model, with every error of the file in plain English at its line and column."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from assay.errors import AssayError
from assay.source.read import Loc, Source, as_json
from assay.source.shape import branches, choices, example_at, fields, keys_of, takes, types_at
from assay.source.told import found, nearest, raise_all, short

M = TypeVar("M", bound=BaseModel)
MOST_READ = 2000
"""Errors of one file that are looked at."""

_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is not this large",
    "date_type": "a day such as 2026-03-31",
    "date_parsing": "a day such as 2026-03-31",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
}
_TRUTH = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_BOUND = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def read_model(source: Source, model: type[M], *, error: type[AssayError]) -> M:
    """The source as a model. All errors are raised at once."""
    read, problems = check_model(source, model, error=error)
    raise_all(problems, source)
    assert read is not None  # noqa: S101
    return read


def check_model(
    source: Source, model: type[M], *, error: type[AssayError], at: Loc = ()
) -> tuple[M | None, list[AssayError]]:
    """The part of the source at `at` as a model, or None and every error, in the order of the file."""
    tree = value_at(source.tree, at)
    if not at and (problem := _other_kind(source, model, error)):
        return None, [problem]
    try:
        return model.model_validate_json(as_json(tree), strict=True, by_alias=True, by_name=False), []
    except ValidationError as invalid:
        told = _Telling(source, model, error, at, tree)
        return None, told.all(invalid.errors(include_url=False)[:MOST_READ])


def value_at(tree: Any, loc: Loc) -> Any:
    """The value at `loc` of a tree."""
    for step in loc:
        tree = tree[step]
    return tree


def _other_kind(source: Source, model: type[BaseModel], error: type[AssayError]) -> AssayError | None:
    """An empty file, or a file which says that it is of another kind: one error, not a hundred."""
    info = fields(model).get("assay")
    kinds = choices(branches(info.annotation)) if info else ()
    if source.tree is None:
        return error(
            "the file is empty", where=source.name, hint=f"It begins with `assay: {kinds[0]}`." if kinds else ""
        )
    says = source.tree.get("assay") if isinstance(source.tree, dict) else None
    if kinds and isinstance(says, str) and says not in kinds:
        what = f"this file is `assay: {short(says)}`, expected `assay: {kinds[0]}`"
        return error(what, where=source.place(("assay",)), hint="Is it the file you meant, and the version you meant?")
    return None


class _Telling:
    """Errors of pydantic → errors of assay."""

    def __init__(self, source: Source, model: type[BaseModel], error: type[AssayError], at: Loc, tree: Any) -> None:
        self.source, self.model, self.error, self.at, self.tree = source, model, error, at, tree

    def all(self, errors: list[Any]) -> list[AssayError]:
        """One error per place. Of the branches of a union, the one which came furthest speaks."""
        by_path: dict[Loc, list[Any]] = {}
        for one in errors:
            by_path.setdefault(self._path(one), []).append(one)
        prefixes = {path[:length] for path in by_path for length in range(len(path))}
        told = [
            self._tell(path, group)
            for path, group in by_path.items()
            if path not in prefixes or any(_names_key(one) for one in group)
        ]
        return [problem for _, problem in sorted(told, key=lambda pair: pair[0])]

    def _path(self, one: Any) -> Loc:
        loc: Loc = one["loc"]
        if loc and loc[-1] == "[key]":
            return resolve(self.tree, loc[:-1], None)
        if one["type"] == "missing":
            return (*resolve(self.tree, loc[:-1], one["input"]), loc[-1])
        return resolve(self.tree, loc, one["input"])

    def _tell(self, path: Loc, group: list[Any]) -> tuple[tuple[int, int], AssayError]:
        unknown_key = any(_names_key(one) for one in group)
        what, hint = self._unknown(path) if unknown_key else self._words(path, group)
        full = self.at + path
        position = self.source.position(full, key=unknown_key)
        where = f"{self.source.name}:{position[0]}:{position[1]}"
        return position, self.error(what, where=where, hint=hint)

    def _unknown(self, path: Loc) -> tuple[str, str]:
        key = str(path[-1])
        hint = nearest(key, keys_of(types_at(self.model, path[:-1])))
        homes = [top for top in fields(self.model) if key in keys_of(types_at(self.model, (top,)))]
        if len(homes) == 1 and len(path) <= 2 and not hint.startswith("Did"):
            hint = f"It belongs under `{homes[0]}`."
        return f"unknown key `{short(key)}`", hint

    def _words(self, path: Loc, group: list[Any]) -> tuple[str, str]:
        one = group[0]
        value, context, kind = one["input"], one.get("ctx") or {}, one["type"]
        name = f"`{short(str(path[-1]))}`" if path and isinstance(path[-1], str) else "the entry"
        example = example_at(self.model, path)
        for_example = f"For example {_key(path)}{example}" if example is not None else ""
        if kind == "missing":
            if not isinstance(path[-1], str):
                return "an entry is missing", ""
            return f"{name} is missing", for_example or _written(path[-1], choices(types_at(self.model, path)))
        if kind == "value_error":
            return str(context.get("error", one["msg"])), ""
        if kind == "string_pattern_mismatch":
            return f"{name} cannot be {found(value)}", for_example
        if kind in ("too_short", "string_too_short"):
            return f"{name} is empty", for_example or "Leave the key out, or give it something."
        if kind == "string_too_long":
            return f"{name}: at most {context['max_length']:,} characters, found {len(str(value)):,}", ""
        if kind == "too_long":
            return f"{name} holds more than {context['max_length']:,} entries", ""
        if kind in _BOUND:
            word, key = _BOUND[kind]
            return f"{name} has to be {word} {context[key]:g}, found {found(value)}", ""
        return self._expected(name, path, group)

    def _expected(self, name: str, path: Loc, group: list[Any]) -> tuple[str, str]:
        value = group[0]["input"]
        literals = choices(types_at(self.model, path))
        if literals and isinstance(value, str):
            return f'{name} cannot be "{short(value)}"', nearest(value, literals)
        expected = list(dict.fromkeys(_EXPECTED.get(one["type"], "") or _literal(one, literals) for one in group))
        if "a number" in expected:
            expected = [word for word in expected if word != "a whole number"]
        start = "" if name == "the entry" else f"{name}: "
        hint = self._rewritten(path, expected, value)
        return f"{start}expected {' or '.join(expected)}, found {found(value)}", hint

    def _rewritten(self, path: Loc, expected: list[str], value: Any) -> str:
        """A hint: how the value is written."""
        if expected == ["text"] and isinstance(value, (bool, int, float)):
            quoted, example = str(value).lower(), example_at(self.model, path)
            if example is None or takes(self.model, path, quoted):
                return f'Put it in quotes: "{quoted}".'
            return f"For example {_key(path)}{example}"
        if expected == ["a list"] and not isinstance(value, dict) and value is not None:
            return "Put it in brackets: [ ]."
        if expected == ["a mapping of keys to values"]:
            return nearest("", keys_of(types_at(self.model, path)))
        if isinstance(value, str) and expected == ["true or false"]:
            meant = _TRUTH.get(value.strip().lower())
            return f"Write {meant}, without quotes." if meant else ""
        if isinstance(value, str) and expected in (["a number"], ["a whole number"]):
            return _as_number(value.strip())
        return ""


def _names_key(one: Any) -> bool:
    return bool(one["type"] == "extra_forbidden" or one["loc"][-1:] == ("[key]",))


def _literal(one: Any, literals: tuple[str, ...]) -> str:
    if one["type"] == "literal_error":
        said = str((one.get("ctx") or {}).get("expected", ""))
        return f"one of {', '.join(literals)}" if literals else said.lower()
    return str(one["msg"]).removeprefix("Input should be ")


def _key(path: Loc) -> str:
    return f"`{path[-1]}`: " if path and isinstance(path[-1], str) else ""


def _written(key: str, literals: tuple[str, ...]) -> str:
    return f"Write `{key}: {literals[0]}`." if len(literals) == 1 else nearest("", literals)


def _as_number(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?%", text):
        return f"Write a share: {float(text[:-1]) / 100:g}."
    return "Write the number without quotes." if text.replace(".", "", 1).isdigit() else ""


def resolve(tree: Any, loc: Loc, value: Any) -> Loc:
    """The path in the document which a `loc` of pydantic means.

    A `loc` also holds names of union branches, which stand nowhere in the document and may equal a key: of the readings
    which leave some names out, the right one ends at the value that pydantic was looking at.
    """
    readings: dict[Loc, tuple[Any, bool]] = {(): (tree, False)}
    for step in loc:
        further: dict[Loc, tuple[Any, bool]] = {}
        for path, (here, _) in readings.items():
            if _has(here, step):
                further[(*path, step)] = (here[step], True)
            if isinstance(step, str):
                further.setdefault(path, (here, False))
        readings = further or readings
    return max(readings, key=lambda path: (_same(readings[path][0], value), readings[path][1], len(path)))


def _has(here: object, step: str | int) -> bool:
    if isinstance(here, dict):
        return step in here
    return isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here)


def _same(one: object, other: object) -> bool:
    return bool(type(one) is type(other) and one == other)
