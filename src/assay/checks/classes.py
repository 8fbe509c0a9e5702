"""The levels of an outcome that has more than two, as a policy names them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE
from assay.record.codes import code
from assay.record.frozen import Scalar


def _several(classes: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if any(isinstance(one, str) and not one.strip() for one in classes):
        raise ValueError("a class cannot be blank: what is blank in the data is unknown")
    if len(set(map(code, classes))) < len(classes):
        raise ValueError("a class is named twice")
    if len(classes) == 1:
        raise ValueError("one class is none: name all levels")
    return classes


Classes = Annotated[tuple[Scalar, ...], Field(max_length=100), AfterValidator(_several)]
"""None, or two and more, each named once."""


def levels_of(classes: Classes) -> tuple[str, ...]:
    """All levels that the outcome may have, as the cells say them; without classes the two sides."""
    return tuple(map(code, classes)) or (FAVOURABLE, UNFAVOURABLE)
