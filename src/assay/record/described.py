"""What the docstrings below the fields of a model say, for schemas and for `assay explain`.

Read from the source when somebody asks. pydantic would read it at every import (`use_attribute_docstrings`), which is a
sixth of what `assay policy check` costs.
"""

import ast
import inspect
from functools import cache
from textwrap import dedent
from typing import Any, get_args

from pydantic import BaseModel


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Field → the docstring below it, of the model and of those it inherits from."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found |= _own(kind)
    return found


def models_of(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The model and all models that stand in its fields, by name."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[Any] = [model]
    while waiting:
        kind = waiting.pop()
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            waiting += get_args(kind)
        elif kind.__name__ not in found:
            found[kind.__name__] = kind
            waiting += [info.annotation for info in kind.model_fields.values()]
    return found


def _own(model: type[BaseModel]) -> dict[str, str]:
    definition = ast.parse(dedent(inspect.getsource(model))).body[0]
    assert isinstance(definition, ast.ClassDef)  # noqa: S101
    told: dict[str, str] = {}
    for before, after in zip(definition.body, definition.body[1:], strict=False):
        if not (isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            told[before.target.id] = inspect.cleandoc(after.value.value)
    return told
