"""Conditions: `all` / `any` / `not` over `{field: path, <operator>: value}`, the only logic in YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from assay.record.frozen import Frozen, Scalar


class FieldReference(Frozen):
    """Another field, to compare with."""

    field: str


def _value_kind(value: Any) -> str:
    if isinstance(value, (dict, FieldReference)):
        return "field"
    return "list" if isinstance(value, (list, tuple)) else "scalar"


Operand = Annotated[
    Annotated[FieldReference, Tag("field")]
    | Annotated[tuple[Scalar, ...], Tag("list")]
    | Annotated[Scalar, Tag("scalar")],
    Discriminator(_value_kind),
]


class Test(Frozen):
    """One comparison of one field. Exactly one operator is given."""

    __test__ = False  # not a pytest class

    field: str
    """Dotted path into the manifest, e.g. `owners.validator`; in `where`, the name of a column."""
    is_: Literal["present", "absent"] | None = Field(default=None, alias="is")
    """`present` means there and not null, blank, [] or {}."""
    equals: Operand | None = None
    not_equals: Operand | None = None
    in_: Operand | None = Field(default=None, alias="in")
    not_in: Operand | None = None
    at_least: Operand | None = None
    at_most: Operand | None = None
    above: Operand | None = None
    below: Operand | None = None
    contains: Operand | None = None
    subset_of: Operand | None = None
    disjoint_from: Operand | None = None

    @property
    def operator(self) -> str:
        """The name of the one operator that is given, as it is written in YAML."""
        return next(iter(self._given()))

    def _given(self) -> list[str]:
        return [
            name.rstrip("_") for name in type(self).model_fields if name != "field" and getattr(self, name) is not None
        ]

    @property
    def operand(self) -> Operand:
        """What the field is compared with."""
        name = self.operator
        value: Operand = getattr(self, name + "_" if name in ("is", "in") else name)
        return value

    @model_validator(mode="after")
    def _one_operator(self) -> Test:
        if len(self._given()) != 1:
            raise ValueError("a condition takes exactly one operator")
        return self


class AllOf(Frozen):
    """True when every member is; false when one is false; else unknown."""

    all: tuple[Condition, ...] = Field(min_length=1)


class AnyOf(Frozen):
    """True when one member is; false when every one is false; else unknown."""

    any: tuple[Condition, ...] = Field(min_length=1)


class Not(Frozen):
    """The opposite; unknown stays unknown."""

    not_: Condition = Field(alias="not")


def _kind(value: Any) -> str:
    keys = value if isinstance(value, dict) else {"all": AllOf, "any": AnyOf, "not": Not, "field": Test}
    for key, model in (("all", AllOf), ("any", AnyOf), ("not", Not)):
        if isinstance(value, model) or (isinstance(value, dict) and key in keys):
            return key
    return "field"


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Test, Tag("field")],
    Discriminator(_kind),
]

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()
