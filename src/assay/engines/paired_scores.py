"""Two models' scores of the same rows, compared where the data are: written as narwhals expressions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.exact import ExactSum
from assay.engines.levels import SCORE, event_of
from assay.engines.moments import DIGITS, SMALLEST
from assay.engines.ranks import HALF, MOST_PEOPLE, placed
from assay.engines.score import require_probabilities
from assay.engines.scores import BITS, bin_of
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.moments import LARGEST
from assay.evidence.paired_scores import ABSOLUTE, LOG, SQUARE, PairedLoss, PairedScores, Placements
from assay.evidence.request import PairedScoresRequest
from assay.record.columns import Columns, ScoreColumn

if TYPE_CHECKING:
    import narwhals as nw

OTHER, BIN = "t", "k"
"""Columns of the champion's score, turned round where a higher one speaks against the event, and of the bin."""
EVENT, NONEVENT, KNOWN = "e", "o", "known"
LOG_UNIT = 2.0**10
"""No -ln p of a double is larger."""


def measure_paired_scores(request: PairedScoresRequest, dataset: Dataset, columns: Columns) -> PairedScores:
    """Sums over the rows with a label and both scores, of a dataset with the challenger's score.

    Raises DataError for rows with weights and people in several rows, for more than 2^30 people, for probabilities
    outside [0, 1], and for labels that are no events or no numbers, whichever is asked for.
    """
    champion = columns.champion_score
    if champion is None or champion.column is None:
        raise DataError("the manifest does not declare the champion's score", hint="Declare columns.champion.score.")
    for present, name in ((dataset.weighted, "columns.weight"), (dataset.clustered, "columns.entity")):
        if present:
            raise DataError(
                f"scores are paired of rows that count alike; the manifest declares {name}",
                where=dataset.told,
                hint="Measure each model by itself.",
            )
    made = _Measuring(request, dataset, columns, champion)
    return made.numbers() if request.of == "residuals" else made.events()


@dataclass(frozen=True)
class _Measuring:
    request: PairedScoresRequest
    dataset: Dataset
    columns: Columns
    champion: ScoreColumn

    @cached_property
    def _other(self) -> str:
        """The column of the frame with the champion's score."""
        return self.dataset.number(self.champion.column or "")

    @cached_property
    def _turned(self) -> bool:
        """Whether a higher score of the champion means what a lower one of the challenger does."""
        meaning = self.columns.meaning_of(self.champion)
        if meaning is None:
            raise DataError(
                "the manifest does not say what a higher score of the champion means",
                hint="Declare columns.champion.higher.",
            )
        return meaning != self.columns.higher

    def events(self) -> PairedScores:
        """Placements, and where both scores are probabilities squared errors and log losses."""
        import narwhals as nw

        event, told = event_of(self.dataset, self.columns)
        require_probabilities(self.dataset, self.champion, self._other)
        other = nw.col(self._other) * -1.0 if self._turned else nw.col(self._other)
        frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
        frame = self._counted(frame.with_columns(y=event, **{OTHER: other + 0.0}))
        people, unlabelled, unscored = self._people(frame)
        y, n = nw.col("y"), nw.col(PEOPLE)
        frame = frame.filter(nw.col(KNOWN)).with_columns(
            **{EVENT: nw.when(y == 1).then(n).otherwise(0), NONEVENT: nw.when(y == 0).then(n).otherwise(0)}
        )
        asked = {"events": nw.col(EVENT).sum()}
        asked |= {f"least_{name}": nw.col(name).min() for name in (SCORE, OTHER)}
        asked |= {f"most_{name}": nw.col(name).max() for name in (SCORE, OTHER)}
        events, *bounds = self.dataset.fetch(frame.select(**asked))[0]
        limits = {name: (bounds[place] or 0.0, bounds[2 + place] or 0.0) for place, name in enumerate((SCORE, OTHER))}
        losses, impossible = self._losses_of_probabilities(frame)
        placements = self._placements(frame, limits, (int(events or 0), people - int(events or 0)))
        return PairedScores(told, people, int(events or 0), unlabelled, unscored, placements, losses, impossible)

    def numbers(self) -> PairedScores:
        """Squared and absolute errors of what both predict for a number."""
        import narwhals as nw

        label = self.columns.label
        if label is None:
            raise DataError("errors need columns.label", hint="Declare it in the manifest.")
        y = nw.col(self.dataset.number(label.column))
        frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
        frame = self._counted(frame.with_columns(y=y, **{OTHER: nw.col(self._other) + 0.0}))
        people, unlabelled, unscored = self._people(frame)
        errors = {"own": nw.col("y") - nw.col(SCORE), "other": nw.col("y") - nw.col(OTHER)}
        frame = frame.filter(nw.col(KNOWN)).with_columns(**errors)
        greatest = self.dataset.fetch(frame.select(*(nw.col(name).abs().max() for name in errors)))[0]
        most = max(float(each or 0.0) for each in greatest)
        if not most <= LARGEST:
            raise DataError(
                f"{self.dataset.told} holds errors beyond {LARGEST:g}, which are not averaged",
                where=self.dataset.told,
                hint="Correct the file, or measure in a larger unit.",
            )
        unit = 2.0 ** max(math.frexp(most)[1], SMALLEST)
        own, other = (nw.col(name).abs() * (1 / unit) for name in errors)
        wanted = {SQUARE: (own * own, other * other, unit * unit), ABSOLUTE: (own, other, unit)}
        losses = tuple(self._loss(frame, name, *each) for name, each in wanted.items())
        return PairedScores(None, people, None, unlabelled, unscored, None, losses)

    def _counted(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Which rows have a label and both scores, and the people of those that do not."""
        import narwhals as nw

        both = ~nw.col(SCORE).is_null() & ~nw.col(OTHER).is_null()
        labelled, people = ~nw.col("y").is_null(), nw.col(PEOPLE)
        return frame.with_columns(
            **{KNOWN: both & labelled},
            unlabelled=nw.when(both & ~labelled).then(people).otherwise(0),
            unscored=nw.when(~both).then(people).otherwise(0),
        )

    def _people(self, frame: nw.LazyFrame[Any]) -> tuple[int, int, int]:
        import narwhals as nw

        known = nw.when(nw.col(KNOWN)).then(nw.col(PEOPLE)).otherwise(0)
        frame = frame.with_columns(known_people=known)
        asked = (nw.col(name).sum() for name in ("known_people", "unlabelled", "unscored"))
        people, unlabelled, unscored = (int(n or 0) for n in self.dataset.fetch(frame.select(*asked))[0])
        if people > MOST_PEOPLE:
            raise DataError(
                f"{self.dataset.told} has {people:,} rows; two scores are compared of at most {MOST_PEOPLE:,}",
                where=self.dataset.told,
                hint="Measure a part of the rows with `where`.",
            )
        return people, unlabelled, unscored

    def _placements(
        self, frame: nw.LazyFrame[Any], limits: dict[str, tuple[float, float]], people: tuple[int, int]
    ) -> Placements:
        import narwhals as nw

        kept = frame.select(SCORE, OTHER, EVENT, NONEVENT)
        for name, of in ((SCORE, "own"), (OTHER, "other")):
            low, high = limits[name]
            alone = kept.select(EVENT, NONEVENT, **{SCORE: nw.col(name)})
            by = nw.lit(0) if low == high else bin_of(low, high, BITS)
            found = placed(alone.with_columns(**{BIN: by}), BIN, people[0])
            found = found.select(
                nw.col(SCORE).alias(f"at_{of}"), nw.col("below").alias(f"below_{of}"),
                nw.col("above").alias(f"above_{of}"),
            )  # fmt: skip
            kept = kept.join(found, left_on=name, right_on=f"at_{of}")
        parts: dict[str, nw.Expr] = {f"u_{of}": nw.col(EVENT) * nw.col(f"below_{of}") for of in ("own", "other")}
        for who, side in ((EVENT, "below"), (NONEVENT, "above")):
            for a, b in (("own", "own"), ("other", "other"), ("own", "other")):
                parts |= _product(who, f"{side}_{a}", f"{side}_{b}")
        summed = (nw.col(name).sum().cast(nw.Int64) for name in parts)
        row = self.dataset.fetch(kept.with_columns(**parts).select(*summed))[0]
        own, other, *products = (int(value or 0) for value in row)
        return Placements(own, other, *(_of_product(products[at : at + 3]) for at in range(0, 18, 3)))

    def _losses_of_probabilities(self, frame: nw.LazyFrame[Any]) -> tuple[tuple[PairedLoss, ...], tuple[int, int]]:
        """None where one of the scores is no probability."""
        import narwhals as nw

        kind = self.columns.score.kind if self.columns.score is not None else None
        if not kind == self.champion.kind == "probability":
            return (), (0, 0)
        event, s, t = nw.col("y") == 1, nw.col(SCORE), nw.col(OTHER)
        of_event, of_other = (t + 1.0, t * -1.0) if self._turned else (t, 1.0 - t)
        frame = frame.with_columns(
            right=nw.when(event).then(s).otherwise(1.0 - s),
            wrong=nw.when(event).then(1.0 - s).otherwise(s),
            right_other=nw.when(event).then(of_event).otherwise(of_other),
            wrong_other=nw.when(event).then(of_other).otherwise(of_event),
        )
        own, other = (nw.col(name) * nw.col(name) for name in ("wrong", "wrong_other"))
        square = self._loss(frame, SQUARE, own, other, 1.0)
        own, other = (_log(name) * (1 / LOG_UNIT) for name in ("right", "right_other"))
        log = self._loss(frame, LOG, own, other, LOG_UNIT)
        never = {
            name: nw.when(nw.col(name) <= 0).then(nw.col(PEOPLE)).otherwise(0) for name in ("right", "right_other")
        }
        asked = (nw.col(f"no_{name}").sum() for name in never)
        found = self.dataset.fetch(frame.with_columns(**{f"no_{n}": e for n, e in never.items()}).select(*asked))[0]
        return (square, log), (int(found[0] or 0), int(found[1] or 0))

    def _loss(self, frame: nw.LazyFrame[Any], name: str, own: nw.Expr, other: nw.Expr, unit: float) -> PairedLoss:
        """The sums of a loss that is given in its unit."""
        import narwhals as nw

        exact = ExactSum.up_to(1.0, digits=DIGITS)
        m, d, people = nw.col("m"), nw.col("d"), nw.col(PEOPLE)
        frame = frame.with_columns(m=(own + other) * 0.5, d=other - own)
        parts = {
            column: digit
            for place, value in enumerate((m, d, m * m, m * d, d * d))
            for column, digit in exact.digits_of(value, f"sum{place}").items()
        }
        summed = (nw.col(column).sum().cast(nw.Int64) for column in parts)
        counted = frame.with_columns(**{column: digit * people for column, digit in parts.items()})
        digits = self.dataset.fetch(counted.select(*summed))[0]
        return PairedLoss(name, unit, *_values(exact, digits))


def _values(exact: ExactSum, digits: tuple[Any, ...]) -> Iterator[float]:
    for at in range(0, len(digits), exact.digits):
        yield float(exact.value(exact.units(digits[at : at + exact.digits])))


def _log(name: str) -> nw.Expr:
    """-ln of the column, null where that is infinite."""
    import narwhals as nw

    return nw.when(nw.col(name) > 0).then(nw.col(name).log() * -1.0).otherwise(None)


def _product(people: str, a: str, b: str) -> dict[str, nw.Expr]:
    """The product of two placements in three parts, so that their sums fit an Int64."""
    import narwhals as nw

    n, high, low = nw.col(people), nw.col(a) // HALF, nw.col(a) % HALF
    other_high, other_low = nw.col(b) // HALF, nw.col(b) % HALF
    parts = (high * other_high, high * other_low + low * other_high, low * other_low)
    return {f"{people}_{a}_{b}_{place}": n * part for place, part in enumerate(parts)}


def _of_product(parts: list[int]) -> int:
    return parts[0] * HALF**2 + parts[1] * HALF + parts[2]
