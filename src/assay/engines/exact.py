"""Sums of floats that are the same bits under any order of rows, any number of threads and on any engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import narwhals as nw

_FIRST, _NEXT = 30, 31
"""Bits of the first digit and of each further one: 2^32 rows of them add up within an Int64."""
_MOST = 1000
"""The factor is a double itself."""


@dataclass(frozen=True)
class ExactSum:
    """A sum in fixed point: each value becomes digits to the base 2^31, each an Int64 column of its own.

    Whole numbers add up to the same sum in any order. What stands below the last digit is cut off: per value less than
    `unit`, which with two digits is at most 2^-60 of the greatest magnitude, with four 2^-122; the sum of n values is
    at most n · unit too small. With two digits a value of at least 1/256 of the greatest loses nothing, since a double
    has 53 bits. (Of a negative value the cut may also be 2^-82 of the greatest too large or too small.) Up to 2^32
    rows; no value may be NaN or infinite, and a null counts as nothing. Engines give the same bits where each step of
    the expression is a correctly rounded one; logarithms of two engines agree to 1e-15 only.

    ```python
    sums = ExactSum.up_to(1.0)  # no |x| is greater
    frame = frame.with_columns(**sums.digits_of(nw.col("s") * nw.col("s"), "square"))
    found = fetch(frame.select(*(nw.col(name).sum() for name in sums.names("square"))))[0]
    total = sums.value(sums.units(found))
    ```
    """

    power: int
    """The first digit is floor(x · 2^power)."""
    digits: int = 2

    @classmethod
    def up_to(cls, greatest: float | None, *, digits: int = 2) -> ExactSum:
        """For values of no greater magnitude; None or 0 where there is none."""
        exponent = math.frexp(greatest)[1] if greatest else 0  # |greatest| <= 2^exponent
        return cls(min(_FIRST - exponent, _MOST), digits)

    @property
    def unit(self) -> Fraction:
        """What the last digit counts."""
        return 1 / Fraction(2) ** (self.power + _NEXT * (self.digits - 1))

    def names(self, name: str) -> tuple[str, ...]:
        """The columns `<name>_0`, `<name>_1` and so on."""
        return tuple(f"{name}_{place}" for place in range(self.digits))

    def digits_of(self, value: nw.Expr, name: str) -> dict[str, nw.Expr]:
        """The digits by the names of their columns, of which the sums are wanted."""
        import narwhals as nw

        made, rest = {}, value * nw.lit(2.0**self.power)
        for column in self.names(name):
            digit = rest.floor()
            made[column] = digit.cast(nw.Int64)
            rest = (rest - digit) * nw.lit(2.0**_NEXT)
        return made

    def units(self, sums: Sequence[int | None]) -> int:
        """The sums of the digits as one, in units; units of several groups add up. Null is the sum of no rows."""
        units = 0
        for digit in sums:
            units = units * 2**_NEXT + int(digit or 0)
        return units

    def value(self, units: int) -> Fraction:
        """The sum."""
        return units * self.unit
