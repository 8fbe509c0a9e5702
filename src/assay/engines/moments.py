"""Moments: sums of powers by group, written as narwhals expressions; exposure by rank takes windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.engines.cells import at_most
from assay.engines.dataset import CLUSTER, PEOPLE, WEIGHT, Dataset
from assay.engines.declared import key_of
from assay.engines.exact import ExactSum
from assay.engines.keys import Key
from assay.engines.levels import SCORE
from assay.engines.weights import weight_sums
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import Level
from assay.evidence.keys import ENTITY, QUERY, grouping_keys
from assay.evidence.moments import LARGEST, POWERS, WEIGHTED_POWERS, Moments
from assay.evidence.request import MomentsRequest
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_LINES = 200_000
"""Groups, by entity or by query; as of cells."""
DIGITS, WEIGHTED_DIGITS = 3, 4
"""Of the exact sums: what is cut off of a value is at most 2^-91 of the greatest, 2^-122 where rows have weights."""
SMALLEST = -300
"""Exponent of the least unit: numbers that differ by less are as good as equal."""
VALUE, LIST, PLACE, TIED = "x", "list", "place", "tied"
_KNOWN, _UNLABELLED, _UNSCORED = "known", "unlabelled", "unscored"


def measure_moments(request: MomentsRequest, dataset: Dataset, columns: Columns) -> Moments:
    """Sums of powers by the groups of the request, of a dataset with its score.

    Raises DataError for a label that is no number, for numbers beyond 1e100, and for exposure of rows that stand for
    several people.
    """
    weight_sums(dataset)  # an error where weights are of no like size
    return _Measuring(request, dataset, columns).moments()


@dataclass(frozen=True)
class _Measuring:
    request: MomentsRequest
    dataset: Dataset
    columns: Columns

    @cached_property
    def _keys(self) -> dict[str, Key]:
        names = grouping_keys(self.request.grouping)
        return {name: key_of(name, self.dataset, self.columns, self.request.where) for name in names}

    @property
    def _exposure(self) -> bool:
        return self.request.of == "exposure"

    @cached_property
    def _places(self) -> dict[str, str]:
        """The column of each key; that of the random group, of entities or of ranked lists, is the last."""
        places = {name: f"k{at}" for at, name in enumerate(self._keys)}
        if self._exposure:
            return places | ({QUERY: LIST} if self.columns.query is not None else {})
        return places | ({ENTITY: CLUSTER} if self.dataset.clustered else {})

    @cached_property
    def _frame(self) -> nw.LazyFrame[Any]:
        """Rows with their number, null where there is none, and people with it, without a label, without a score."""
        import narwhals as nw

        frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
        people, known = nw.col(PEOPLE), ~nw.col(VALUE).is_null()
        scored = known if self._exposure else ~nw.col(SCORE).is_null()  # who has no list has no place either
        frame = self._exposed(frame) if self._exposure else frame.with_columns(**{VALUE: self._value})
        return frame.with_columns(
            **{name: key.expression for name, key in zip(self._places.values(), self._keys.values(), strict=False)},
            **{f"broken{at}": flag for at, key in enumerate(self._keys.values()) if (flag := key.breaks) is not None},
            **{
                _KNOWN: nw.when(known).then(people).otherwise(0),
                _UNLABELLED: nw.when(~known & scored).then(people).otherwise(0),
                _UNSCORED: nw.when(~known & ~scored).then(people).otherwise(0),
            },
        )

    @property
    def _value(self) -> nw.Expr:
        import narwhals as nw

        score, label = nw.col(SCORE), self.columns.label
        if self.request.of == "score":
            return score
        if label is None:
            raise DataError("residuals need columns.label", hint="Declare it in the manifest.")
        residual = nw.col(self.dataset.number(label.column)) - score
        return residual.abs() if self.request.of == "absolute_residual" else residual

    def _exposed(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """1/log2(1 + place) of each row that has a score, and a list where lists are declared; ties share the mean.

        The sums over ties are exact ones, so that it does not matter which of two tied rows comes first.
        """
        import narwhals as nw

        query, higher = self.columns.query, self.columns.higher
        if self.columns.count is not None:
            raise DataError("a rank is of one row; the manifest declares columns.count", hint="List every person.")
        if higher is None:
            raise DataError("the manifest does not say what a higher score means", hint="Declare columns.score.higher.")
        code = nw.col(self.dataset.code(query)) if query is not None else nw.lit("")
        frame = frame.with_columns(**{LIST: code})
        ranked = ~nw.col(SCORE).is_null() & ~nw.col(LIST).is_null()
        order = nw.col(SCORE) * (-1.0 if higher == "favourable" else 1.0)
        frame = frame.with_columns(**{PLACE: order, TIED: nw.when(ranked).then(nw.lit(1)).otherwise(nw.lit(0))})
        frame = frame.with_columns(position=nw.col(TIED).cum_sum().over(LIST, TIED, order_by=PLACE).cast(nw.Float64))
        position, exact = nw.col("position"), ExactSum.up_to(1.0)
        shown = nw.when(position >= 1).then(nw.lit(1.0) / (position + 1.0).log(2)).otherwise(0.0)
        frame = frame.with_columns(**exact.digits_of(shown, "share"))
        high, low = (nw.col(name).sum().over(LIST, PLACE, TIED).cast(nw.Float64) for name in exact.names("share"))
        ties = nw.col(TIED).sum().over(LIST, PLACE, TIED).cast(nw.Float64)
        share = (high + low * 2.0**-31) * 2.0**-exact.power / ties
        return frame.with_columns(**{VALUE: nw.when(ranked).then(share).otherwise(None)})

    def moments(self) -> Moments:
        import narwhals as nw

        x, weighted = nw.col(VALUE), self.dataset.weighted and not self._exposure
        asked = {"low": x.min(), "high": x.max(), "people": nw.col(PEOPLE).max()}
        asked |= {"weight": nw.col(WEIGHT).max()} if weighted else {}
        low, high, most, *heaviest = self.dataset.fetch(self._frame.filter(~x.is_null()).select(**asked))[0]
        low, high, most = low or 0.0, high or 0.0, float(most or 1)
        if not max(abs(low), abs(high)) <= LARGEST:
            raise DataError(
                f"{self.dataset.told} holds numbers beyond {LARGEST:g}, which are not averaged",
                where=self.dataset.told,
                hint="Correct the file, or measure in a larger unit.",
            )
        centre = self._mean(most, max(abs(low), abs(high)))
        exponent = max(math.frexp(max(high - centre, centre - low, 0.0))[1], SMALLEST)
        sums = _Sums(centre, exponent, most, heaviest[0] if heaviest else None)
        parts = sums.columns()
        names = (_KNOWN, _UNLABELLED, _UNSCORED, *parts, *(f"broken{at}" for at in self._broken))
        frame = self._frame.with_columns(t=(x - centre) * 2.0**-exponent).with_columns(**parts)
        return self._made(self._groups(frame, names), sums, len(parts))

    @cached_property
    def _broken(self) -> tuple[int, ...]:
        return tuple(at for at, key in enumerate(self._keys.values()) if key.breaks is not None)

    def _mean(self, most: float, greatest: float) -> float:
        """Of the number over everybody."""
        import narwhals as nw

        exact = ExactSum.up_to(most * greatest, digits=DIGITS)
        parts = exact.digits_of(nw.col(VALUE) * nw.col(PEOPLE).cast(nw.Float64), "mean")
        known = self._frame.filter(~nw.col(VALUE).is_null()).with_columns(**parts)
        found = self.dataset.fetch(known.select(*(nw.col(name).sum() for name in (PEOPLE, *parts))))[0]
        return float(exact.value(exact.units(found[1:])) / int(found[0])) if found[0] else 0.0

    def _groups(self, frame: nw.LazyFrame[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """Values of the keys, then the sums."""
        import narwhals as nw

        by, longest = tuple(self._places.values()), {}
        if QUERY in self._places:  # what no expression says: the digest of a list's code
            keys = ", ".join(f"substr(md5({LIST}), 1, 2)" if key == LIST else key for key in by)
            columns = ", ".join(f"CAST(sum({name}) AS BIGINT)" for name in names)
            most = MAXIMUM_LINES + 1
            statement = f"SELECT {keys}, {columns} FROM {{rows}} GROUP BY {keys} LIMIT {most:d}"
            rows = self.dataset.select(statement, frame.select(*by, *names))
        else:
            for place, key in zip(by, self._keys.values(), strict=False):
                if key.longest is not None:
                    longest[place] = key.longest
            grouped = frame.group_by(*by).agg(**{name: nw.col(name).sum() for name in names})
            texts = (nw.col(key).str.head(longest[key]) if key in longest else nw.col(key) for key in by)
            rows = self.dataset.fetch(grouped.select(*texts, *names).head(MAXIMUM_LINES + 1))
        if len(rows) > MAXIMUM_LINES:
            for key in self._keys.values():
                key.require_few(None)
            at_most(MAXIMUM_LINES, frame.select(*by).unique(), self.dataset, "groups")
        return rows

    def _made(self, found: list[tuple[Any, ...]], sums: _Sums, digits: int) -> Moments:
        width, keys = len(self._places), list(self._keys.values())
        held: list[dict[Any, Level]] = []
        for at, key in enumerate(keys):
            people: dict[Any, int] = {}
            for row in found:
                people[row[at]] = people.get(row[at], 0) + sum(int(n or 0) for n in row[width : width + 3])
            place = width + 3 + digits + self._broken.index(at) if at in self._broken else None
            broken = place is not None and any(row[place] for row in found)
            held.append(key.levels(people, broken=broken))
        lines: dict[tuple[Level, ...], list[int]] = {}
        for row in found:
            levels = tuple(meaning[value] for meaning, value in zip(held, row, strict=False))
            levels += tuple(None if value is None else str(value) for value in row[len(keys) : width])
            more = [int(n or 0) for n in row[width : width + 3]] + sums.units(row[width + 3 : width + 3 + digits])
            before = lines.get(levels, [0] * len(more))
            lines[levels] = [a + b for a, b in zip(before, more, strict=True)]
        order = sorted(
            (levels for levels, numbers in lines.items() if any(numbers[:3])),
            key=lambda levels: [(level is not None, level or "") for level in levels],
        )
        counts = [tuple(lines[levels][place] for levels in order) for place in range(3)]
        return Moments(
            keys=tuple(self._places),
            rows=tuple(order),
            people=counts[0],
            unlabelled=counts[1],
            unscored=counts[2],
            centre=sums.centre,
            unit=2.0**sums.exponent,
            sums=tuple(sums.values(lines[levels][3:]) for levels in order),
            weighted=sums.heaviest is not None,
        )


@dataclass(frozen=True)
class _Sums:
    """Exact sums of powers of the column `t`, which is never beyond 1."""

    centre: float
    exponent: int
    most: float
    """People of a row."""
    heaviest: float | None
    """Weight of a row; None where rows have none."""

    @cached_property
    def _exact(self) -> dict[str, ExactSum]:
        if self.heaviest is None:
            return {name: ExactSum.up_to(self.most, digits=DIGITS) for name in POWERS}
        squared = self.heaviest * self.heaviest
        return {
            name: ExactSum.up_to(self.most * (squared if "w2" in name else self.heaviest), digits=WEIGHTED_DIGITS)
            for name in WEIGHTED_POWERS
        }

    def columns(self) -> dict[str, nw.Expr]:
        """The columns of which the sums are wanted."""
        import narwhals as nw

        t, people, weight = nw.col("t"), nw.col(PEOPLE).cast(nw.Float64), nw.col(WEIGHT)
        known = nw.when(~t.is_null()).then(1.0).otherwise(None)
        powers = {"": known, "t": t, "t2": t * t, "t3": t * t * t, "t4": (t * t) * (t * t)}
        made: dict[str, nw.Expr] = {}
        for name, exact in self._exact.items():
            mass = people
            if self.heaviest is not None:
                mass = people * (weight * weight) if name.startswith("w2") else people * weight
            power = name.removeprefix("w2").removeprefix("w") if self.heaviest is not None else name
            made |= exact.digits_of(mass * powers[power], name)
        return made

    def units(self, digits: Any) -> list[int]:
        """Each sum as a whole number; they add up."""
        found, at = [], 0
        for exact in self._exact.values():
            found.append(exact.units(digits[at : at + exact.digits]))
            at += exact.digits
        return found

    def values(self, units: list[int]) -> tuple[float, ...]:
        """The sums, rounded once."""
        return tuple(float(exact.value(each)) for exact, each in zip(self._exact.values(), units, strict=True))
