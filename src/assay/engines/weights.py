"""Sampling weights of cells: exact sums of the weights of their people, and of the squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.engines.dataset import PEOPLE, WEIGHT, Dataset
from assay.engines.exact import ExactSum
from assay.errors import DataError
from assay.evidence.cells import LARGEST_WEIGHT

if TYPE_CHECKING:
    import narwhals as nw

WIDEST_RANGE = 1e12
"""The greatest weight through the least one above 0: within it, sums of squares keep nine digits in every cell."""


@dataclass(frozen=True)
class WeightSums:
    """Two sums for each cell: of w · v and of w · v², with v the weight of a row and w its people."""

    first: ExactSum
    second: ExactSum

    def columns(self) -> dict[str, nw.Expr]:
        """The columns of a frame of which the sums are wanted."""
        import narwhals as nw

        people, weight = nw.col(PEOPLE).cast(nw.Float64), nw.col(WEIGHT)
        return self.first.digits_of(people * weight, "x") | self.second.digits_of(people * (weight * weight), "y")

    @property
    def digits(self) -> int:
        """How many columns those are."""
        return self.first.digits + self.second.digits

    def units(self, sums: Sequence[int | None]) -> tuple[int, int]:
        """The sums of those columns as two whole numbers, which add up over cells."""
        return self.first.units(sums[: self.first.digits]), self.second.units(sums[self.first.digits :])


def weight_sums(dataset: Dataset) -> WeightSums | None:
    """How to add up the weights of a dataset; None where it has none. DataError where they are of no like size."""
    import narwhals as nw

    if not dataset.weighted:
        return None
    people, weight = nw.col(PEOPLE).cast(nw.Float64), nw.col(WEIGHT)
    frame = dataset.frame().with_columns(
        v=weight, x=people * weight, y=people * (weight * weight), z=nw.when(weight > 0).then(weight).otherwise(None)
    )
    asked = (nw.col("v").max(), nw.col("x").max(), nw.col("y").max(), nw.col("z").min())
    greatest, first, second, least = dataset.fetch(frame.select(*asked))[0]
    if greatest and (first > LARGEST_WEIGHT or greatest / WIDEST_RANGE > least or least < 1 / LARGEST_WEIGHT):
        raise DataError(
            f"the sampling weights of {dataset.told} range from {least:g} to {greatest:g}",
            where=dataset.told,
            hint=f"Scale or trim them: the greatest may be {WIDEST_RANGE:g} times the least, and none beyond 1e100.",
        )
    return WeightSums(ExactSum.up_to(first, digits=3), ExactSum.up_to(second, digits=4))
