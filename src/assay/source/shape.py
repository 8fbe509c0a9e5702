"""What may stand at a place of a document, read off the annotations of a pydantic model."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo


@cache
def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the key which a document uses."""
    if not model.__pydantic_fields_complete__:  # a model that holds itself is known by name until somebody asks
        model.model_rebuild()
    return {info.alias or name: info for name, info in model.model_fields.items()}


def branches(annotation: Any) -> list[Any]:
    """The plain types of an annotation: unions opened, annotations and null taken away."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return branches(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [branch for member in get_args(annotation) for branch in branches(member)]
    return [] if annotation is NoneType else [annotation]


def step_into(types: Iterable[Any], step: str | int) -> list[Any]:
    """The types one step further: under a key of a mapping, or at an index of a list."""
    found: list[Any] = []
    for kind in types:
        origin, arguments = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            info = fields(kind).get(str(step)) if isinstance(step, str) else None
            found += branches(info.annotation) if info else []
        elif origin is dict and isinstance(step, str):
            found += branches(arguments[1])
        elif origin in (tuple, list) and isinstance(step, int):
            inner = arguments[0] if len(arguments) != 2 or arguments[1] is Ellipsis else arguments[min(step, 1)]
            found += branches(inner)
    return found


def types_at(root: Any, path: Iterable[str | int]) -> list[Any]:
    """The types which may stand at `path` below `root`; none where nothing may."""
    types = branches(root)
    for step in path:
        types = step_into(types, step)
    return types


def choices(types: Iterable[Any]) -> tuple[str, ...]:
    """The literal texts among types."""
    found = [value for kind in types if get_origin(kind) is Literal for value in get_args(kind)]
    return tuple(value for value in found if isinstance(value, str))


def keys_of(types: Iterable[Any]) -> tuple[str, ...]:
    """The keys which mappings of these types may hold; none where they are free."""
    known: list[str] = []
    for kind in types:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known += fields(kind)
        elif get_origin(kind) is dict:
            known += choices(branches(get_args(kind)[0]))
    return tuple(dict.fromkeys(known))


def field_at(root: Any, path: tuple[str | int, ...]) -> FieldInfo | None:
    """The field of a model which stands at `path`."""
    if not path or not isinstance(path[-1], str):
        return None
    kinds = (kind for kind in types_at(root, path[:-1]) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next((info for kind in kinds if (info := fields(kind).get(str(path[-1])))), None)


def example_at(root: Any, path: tuple[str | int, ...]) -> Any:
    """The example which the field at `path` declares, if it does."""
    info = field_at(root, path)
    return info.examples[0] if info and info.examples else None


def takes(root: Any, path: tuple[str | int, ...], value: Any) -> bool:
    """Whether the field at `path` would accept the value."""
    info = field_at(root, path)
    if info is None:
        return False
    annotation: Any = Annotated[info.annotation, *info.metadata, None]
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return True
