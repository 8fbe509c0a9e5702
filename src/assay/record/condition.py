"""Conditions: `all` / `any` / `not` over `{field: path, <operator>: value}`, the only logic in YAML."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from assay.record.frozen import Frozen, Name, Scalar


class FieldReference(Frozen):
    """Another field, to compare with."""

    field: str
    """Dotted path into the manifest."""


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

TODAY = "today"
"""As an operand of before, after, at_least and at_most: the day of the audit."""


def is_day(text: str) -> bool:
    """Whether a text is a day, written out: `2026-03-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(text: str) -> str:
    if text != TODAY and not is_day(text):
        raise ValueError(f'expected a day such as 2026-03-31, or `today`, found "{text[:40]}"')
    return text


DayOperand = Annotated[
    Annotated[FieldReference, Tag("field")] | Annotated[str, AfterValidator(_day), Tag("day")],
    Discriminator(lambda value: "field" if isinstance(value, (dict, FieldReference)) else "day"),
]

LONGEST_DURATION = 36500


def _duration(text: str) -> str:
    if not re.fullmatch(r"0d|[1-9][0-9]{0,4}d", text) or int(text[:-1]) > LONGEST_DURATION:
        raise ValueError(f'a duration is whole days, at most {LONGEST_DURATION}d, for example 90d, found "{text[:40]}"')
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""Whole days, written `90d`."""


class Length(Frozen):
    """How long a list, mapping or text is: at least, at most, or both."""

    at_least: int | None = Field(default=None, ge=0)
    """So many or more."""
    at_most: int | None = Field(default=None, ge=0)
    """So many or fewer."""

    @model_validator(mode="after")
    def _some_length(self) -> Length:
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            raise ValueError("a length takes at_least, at_most or both")
        if low is not None and high is not None and low > high:
            raise ValueError(f"no length is at least {low} and at most {high}")
        return self


LengthOperand = Annotated[
    Annotated[Length, Tag("bounds")] | Annotated[int, Field(ge=0), Tag("number")],
    Discriminator(lambda value: "bounds" if isinstance(value, (dict, Length)) else "number"),
]


def _true(value: bool) -> bool:
    if not value:
        raise ValueError("`unique` is true, or the name of a key; for the opposite use `not`")
    return value


class Test(Frozen):
    """One question about one field. Exactly one operator is given."""

    __test__ = False  # not a pytest class

    field: str
    """Dotted path into the manifest, e.g. `owners.validator`; in `where`, the name of a column. `data.*.digest` asks of
    every entry; inside for_all and for_any a path begins at the entry, `.` is the entry, `/owners` begins at the root.
    """
    is_: Literal["present", "absent"] | None = Field(default=None, alias="is")
    """`present` means there and not null, blank, [] or {}."""
    equals: Operand | None = None
    """The same value, of the same type."""
    not_equals: Operand | None = None
    """Another value, of the same type."""
    in_: Operand | None = Field(default=None, alias="in")
    """One of these values."""
    not_in: Operand | None = None
    """None of these values."""
    at_least: Operand | None = None
    """This or more: a number, a day, `today` or a risk tier."""
    at_most: Operand | None = None
    """This or less."""
    above: Operand | None = None
    """More than this."""
    below: Operand | None = None
    """Less than this."""
    before: DayOperand | None = None
    """A day, strictly earlier than that day, another field or `today`."""
    after: DayOperand | None = None
    """A day, strictly later."""
    within: Duration | None = Field(default=None, examples=["90d"])
    """A day, not after today and at most so many days before it: `90d`."""
    matches: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A regular expression, in linear time, which the whole text matches."""
    contains: Operand | None = None
    """The list holds this value, or the text this text."""
    subset_of: Operand | None = None
    """The list holds nothing but these values."""
    superset_of: Operand | None = None
    """The list holds all of these values."""
    disjoint_from: Operand | None = None
    """The list holds none of these values."""
    unique: Annotated[bool, AfterValidator(_true)] | Name | None = None
    """The entries of a list differ; or, with the name of a key, differ in that key."""
    length: LengthOperand | None = None
    """Entries of a list or mapping, characters of a text: a number, or {at_least: n, at_most: m}."""
    for_all: Condition | None = None
    """Holds for every entry of a list or mapping."""
    for_any: Condition | None = None
    """Holds for some entry of a list or mapping."""

    @property
    def operator(self) -> str:
        """The name of the one operator that is given, as it is written in YAML."""
        (name,) = self.model_fields_set - {"field"}
        return name.rstrip("_")

    def _given(self) -> list[str]:
        return [
            name.rstrip("_") for name in type(self).model_fields if name != "field" and getattr(self, name) is not None
        ]

    @property
    def operand(self) -> Operand | Length | Condition:
        """What the field is compared with, or asked for."""
        name = self.operator
        value: Operand | Length | Condition = getattr(self, name + "_" if name in ("is", "in") else name)
        return value

    @model_validator(mode="after")
    def _one_operator(self) -> Test:
        given = self._given()
        if len(given) != 1:
            found = f"found {' and '.join(given)}; join conditions by `all`" if given else "for example `is: present`"
            raise ValueError(f"a condition takes exactly one operator, {found}")
        empty = [name.rstrip("_") for name in self.model_fields_set if getattr(self, name) is None]
        if empty:
            raise ValueError(f"`{min(empty)}` has no value")
        return self


class AllOf(Frozen):
    """True when every member is; false when one is false; else unknown."""

    all: tuple[Condition, ...] = Field(min_length=1)
    """Conditions; at least one."""


class AnyOf(Frozen):
    """True when one member is; false when every one is false; else unknown."""

    any: tuple[Condition, ...] = Field(min_length=1)
    """Conditions; at least one."""


class Not(Frozen):
    """The opposite; unknown stays unknown."""

    not_: Condition = Field(alias="not")
    """A condition."""


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

for _model in (AllOf, AnyOf, Not, Test):
    _model.model_rebuild()  # once, here; deferred, they would be built again for every model that holds a condition
