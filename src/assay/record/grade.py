"""Grades of a rating system or a scorecard, as the manifest declares them."""

from typing import Self

from pydantic import Field, model_validator

from assay.record.codes import code
from assay.record.frozen import Frozen, Scalar, Text


class GradeColumn(Frozen):
    """The grade of each row, as a rating system or a scorecard assigns one."""

    column: Text
    order: tuple[Scalar, ...] = Field(min_length=2, max_length=200)
    """All grades, from the best to the worst."""
    probabilities: dict[str, float] | None = None
    """Grade → the probability of the unfavourable outcome that it stands for."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The grades as codes, from the best to the worst."""
        return tuple(map(code, self.order))

    @model_validator(mode="after")
    def _grades(self) -> Self:
        if not all(level.strip() for level in self.levels):
            raise ValueError("a grade cannot be blank: what is blank in the data is unknown")
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("`order` names a grade twice")
        if self.probabilities is not None:
            if sorted(map(code, self.probabilities)) != sorted(self.levels):
                raise ValueError("`probabilities` has one for each grade of `order`")
            if any(not 0 <= each <= 1 for each in self.probabilities.values()):
                raise ValueError("a probability is a number from 0 to 1")
        return self
