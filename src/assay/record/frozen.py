"""What every model of the vocabulary shares: frozen, strict, no unknown key, no NaN."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


class Frozen(BaseModel):
    """A value. Text becomes a model through `model_validate_json(…, strict=True)`, so that nothing is coerced."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        defer_build=True,  # a model that a command never reads costs nothing at its start
    )


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone, e.g. 2026-03-31T12:00:00Z")
    return moment.astimezone(UTC).replace(microsecond=0)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[datetime, AfterValidator(_utc), PlainSerializer(_iso, return_type=str)]
"""A point in time, UTC, whole seconds, written `2026-03-31T12:00:00Z`."""


def _written_out(day: object) -> object:
    """A text becomes a day only where it is written out; a number of seconds does not."""
    if not isinstance(day, str):
        return day
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
            return date.fromisoformat(day)
    except ValueError:
        pass
    raise ValueError(f"expected a day such as 2026-03-31, found {day[:40]!r}")


Day = Annotated[date, BeforeValidator(_written_out)]
"""A whole UTC day, written `2026-03-31`."""

Scalar = bool | int | float | str

# The longest texts, in characters. What is longer is no name and no sentence, and would fill reports and terminals.
Id = Annotated[str, Field(max_length=80)]
Version = Annotated[str, Field(max_length=40)]
Name = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=300)]
FilePath = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=4000)]
