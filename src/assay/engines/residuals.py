"""Residuals: sums of powers of label less score and of the label over everybody, written as narwhals expressions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import CLUSTER, PEOPLE, WEIGHT, Dataset
from assay.engines.exact import ExactSum
from assay.engines.levels import SCORE
from assay.engines.moments import DIGITS, SMALLEST, WEIGHTED_DIGITS
from assay.engines.weights import weight_sums
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import Level
from assay.evidence.moments import LARGEST
from assay.evidence.request import ResidualsRequest
from assay.evidence.residuals import COUNTS, POWERS, Residuals
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw

LABEL, RESIDUAL, RATIO = "y", "e", "g"


def measure_residuals(request: ResidualsRequest, dataset: Dataset, columns: Columns) -> Residuals:
    """Sums over everybody of a dataset with its score, or by random group of entities.

    Raises DataError for a label that is no number, and for residuals and labels beyond 1e100.
    """
    weight_sums(dataset)  # an error where weights are of no like size
    return _Measuring(request, dataset, columns).residuals()


@dataclass(frozen=True)
class _Measuring:
    request: ResidualsRequest
    dataset: Dataset
    columns: Columns

    @cached_property
    def _frame(self) -> nw.LazyFrame[Any]:
        """Rows with label, residual and residual over label, null where there is none, and the four counts."""
        import narwhals as nw

        if self.columns.label is None:
            raise DataError("residuals need columns.label", hint="Declare it in the manifest.")
        frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
        label, score, people = nw.col(self.dataset.number(self.columns.label.column)), nw.col(SCORE), nw.col(PEOPLE)
        residual = label - score
        known = ~residual.is_null()
        frame = frame.with_columns(**{RESIDUAL: residual, LABEL: nw.when(known).then(label).otherwise(None)})
        residual, label = nw.col(RESIDUAL), nw.col(LABEL)
        ratio = residual.abs() / nw.when(label == 0).then(None).otherwise(label.abs())
        frame = frame.with_columns(ratio=ratio)
        frame = frame.with_columns(**{RATIO: nw.when(nw.col("ratio") <= LARGEST).then(nw.col("ratio")).otherwise(None)})
        known, ratio = ~residual.is_null(), nw.col(RATIO)
        among = (known, ~known & ~score.is_null(), score.is_null(), known & ratio.is_null())
        return frame.with_columns(
            **{name: nw.when(who).then(people).otherwise(0) for name, who in zip(COUNTS, among, strict=True)}
        )

    def residuals(self) -> Residuals:
        import narwhals as nw

        known = self._frame.filter(~nw.col(RESIDUAL).is_null())
        asked = {
            "residual": nw.col(RESIDUAL).abs().max(), "low": nw.col(LABEL).min(), "high": nw.col(LABEL).max(),
            "ratio": nw.col(RATIO).max(), "most": nw.col(PEOPLE).max(),
        }  # fmt: skip
        asked |= {"heaviest": nw.col(WEIGHT).max()} if self.dataset.weighted else {}
        residual, low, high, ratio, most, *heaviest = (
            each or 0 for each in self.dataset.fetch(known.select(**asked))[0]
        )
        if not max(residual, abs(low), abs(high)) <= LARGEST:
            raise DataError(
                f"{self.dataset.told} holds labels or residuals beyond {LARGEST:g}, which are not averaged",
                where=self.dataset.told,
                hint="Correct the file, or measure in a larger unit.",
            )
        centre = self._mean_label(known, float(most or 1), float(max(abs(low), abs(high))))
        exponents = tuple(_exponent(each) for each in (residual, max(high - centre, centre - low, 0.0), ratio))
        sums = _Sums(float(most or 1), float(heaviest[0]) if heaviest else None)
        r, d, q = (
            each * 2.0**-power
            for each, power in zip((nw.col(RESIDUAL), nw.col(LABEL) - centre, nw.col(RATIO)), exponents, strict=True)
        )
        frame = self._frame.with_columns(r=r, d=d, q=q).with_columns(**sums.columns())
        return self._made(frame, sums, centre, (2.0 ** exponents[0], 2.0 ** exponents[1], 2.0 ** exponents[2]))

    def _mean_label(self, known: nw.LazyFrame[Any], most: float, greatest: float) -> float:
        import narwhals as nw

        exact = ExactSum.up_to(most * greatest, digits=DIGITS)
        parts = exact.digits_of(nw.col(LABEL) * nw.col(PEOPLE).cast(nw.Float64), "mean")
        added = known.with_columns(**parts).select(*(nw.col(name).sum() for name in (PEOPLE, *parts)))
        found = self.dataset.fetch(added)[0]
        return float(exact.value(exact.units(found[1:])) / int(found[0])) if found[0] else 0.0

    def _made(
        self, frame: nw.LazyFrame[Any], sums: _Sums, centre: float, units: tuple[float, float, float]
    ) -> Residuals:
        import narwhals as nw

        names = (*COUNTS, *sums.columns())
        clustered = self.dataset.clustered
        asked = {name: nw.col(name).sum() for name in names}
        grouped = frame.group_by(CLUSTER).agg(**asked).select(CLUSTER, *names) if clustered else frame.select(**asked)
        lines: dict[Level, list[int]] = {}
        for row in self.dataset.fetch(grouped):
            level, numbers = (row[0], row[1:]) if clustered else (None, row)
            lines[level] = [int(n or 0) for n in numbers]
        order = sorted(
            (level for level, numbers in lines.items() if any(numbers[:3]) or not clustered),
            key=lambda level: (level is not None, level or ""),
        )
        people, unlabelled, unscored, zeros = (tuple(lines[level][place] for level in order) for place in range(4))
        return Residuals(
            rows=tuple(order) if clustered else (),
            people=people,
            unlabelled=unlabelled,
            unscored=unscored,
            zeros=zeros,
            centre=centre,
            units=units,
            sums=tuple(sums.values(lines[level][len(COUNTS) :]) for level in order),
            weighted=self.dataset.weighted,
            clustered=clustered,
        )


def _exponent(greatest: float) -> int:
    return max(math.frexp(greatest)[1], SMALLEST)


@dataclass(frozen=True)
class _Sums:
    """Exact sums of products of the columns r, d and q, none of which is beyond 1, times people and weights."""

    most: float
    """People of a row."""
    heaviest: float | None
    """Weight of a row; None where rows have none."""

    def _each(self) -> Iterator[tuple[str, nw.Expr, ExactSum]]:
        """The name of each sum, its values, and how they are added up."""
        import narwhals as nw

        r, d, q = nw.col("r"), nw.col("d"), nw.col("q")
        r2, d2 = r * r, d * d
        powers = dict(zip(POWERS, (r, r2, r2 * r2, r.abs(), d, d2, d2 * d, d2 * d2, r2 * d, r2 * d2, q, q * q),
                          strict=True))  # fmt: skip
        people = nw.col(PEOPLE).cast(nw.Float64)
        if self.heaviest is None:
            exact = ExactSum.up_to(self.most, digits=DIGITS)
            yield from ((name, people * power, exact) for name, power in powers.items())
            return
        one = nw.when(~r.is_null()).then(1.0).otherwise(None)
        weight, heaviest = nw.col(WEIGHT), self.heaviest
        for beginning, mass, greatest in (("w", weight, heaviest), ("w2", weight * weight, heaviest * heaviest)):
            exact = ExactSum.up_to(self.most * greatest, digits=WEIGHTED_DIGITS)
            for name, power in {"": one, **powers}.items():
                yield f"{beginning}_{name}", people * mass * power, exact

    def columns(self) -> dict[str, nw.Expr]:
        """The columns of which the sums are wanted."""
        return {
            column: digit
            for name, value, exact in self._each()
            for column, digit in exact.digits_of(value, name).items()
        }

    def values(self, digits: Sequence[int]) -> tuple[float, ...]:
        """The sums, rounded once."""
        made, at = [], 0
        for _, _, exact in self._each():
            made.append(float(exact.value(exact.units(digits[at : at + exact.digits]))))
            at += exact.digits
        return tuple(made)
