"""Scores: one group-by by distinct score, or by bin where there are too many, written as narwhals expressions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import CLUSTER, PEOPLE, RANDOM_GROUPS, WEIGHT, Dataset
from assay.engines.exact import ExactSum
from assay.engines.levels import SCORE, event_of
from assay.engines.weights import weight_sums
from assay.engines.where import filtered
from assay.evidence.request import ScoresRequest
from assay.evidence.scores import Bins, Losses, Scores, Weights, mean_scores, places
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

MAXIMUM_SCORES = 500_000
"""Lines that are fetched and stand in the evidence: 13 MB of it; reading the table back takes 200 MB."""
BITS, CLUSTERED_BITS = 16, 10
"""Beyond them there are 2^16 bins, or 2^10 by random group: equal in width, over [0, 1] or from least to greatest."""
PROBED = 4 * MAXIMUM_SCORES
"""Rows in which too many scores are looked for before all rows are grouped by score."""

EVENT, OTHER, BIN = "e", "o", "k"
COUNTS = (EVENT, OTHER, "unlabelled", "unscored")
"""Columns of the labelled frame: people with the event, people without it, and the bin."""
BASE = 2**31
"""Of the digits of an exact sum."""
LOSSES = (("e_squares", "o_squares"), ("e_logs", "o_logs"))
LARGEST_LOG = 746.0
"""No -ln p of a double is larger."""


def measure_scores(request: ScoresRequest, dataset: Dataset, columns: Columns) -> Scores:
    """People with and without the event by score, in at most 500,000 lines.

    The lines are the distinct scores as long as these are no more, else bins, each with the exact sum of its scores,
    and beside them what Brier score and log loss are made of. With `exact` there are sums over all distinct scores
    too, by which what depends on ranks is exact. Raises DataError where that is asked of rows with weights or of
    people in several rows, and for weights that differ beyond measure.
    """
    weight_sums(dataset)  # an error where weights are of no like size
    made = _Measuring(request, dataset, columns)
    return made.distinct() or made.binned()


def bin_of(low: float, high: float, bits: int) -> nw.Expr:
    """Which of 2^bits bins between two scores the score lies in; the greatest one lies beyond the last.

    A number that never falls where the score rises. Each step is a correctly rounded one, the same anywhere.
    """
    import narwhals as nw

    score = nw.col(SCORE)
    if (low, high) != (0.0, 1.0):
        score = (score * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5)  # halves, so that no difference is infinite
    return (score * 2.0**bits).floor().cast(nw.Int64)


@dataclass(frozen=True)
class _Measuring:
    request: ScoresRequest
    dataset: Dataset
    columns: Columns

    @cached_property
    def _event(self) -> tuple[nw.Expr, str]:
        return event_of(self.dataset, self.columns)

    @cached_property
    def _frame(self) -> nw.LazyFrame[Any]:
        """Rows by `s`, which is null where the label is, with people by event and without a label and a score."""
        import narwhals as nw

        event, people, score = nw.col("y"), nw.col(PEOPLE), nw.col(SCORE)
        labelled = ~event.is_null() & ~score.is_null()
        frame = filtered(self.dataset, self.dataset.frame(), self.request.where).with_columns(y=self._event[0])
        return frame.with_columns(
            **{
                SCORE: nw.when(labelled).then(score).otherwise(None),
                EVENT: nw.when(labelled & (event == 1)).then(people).otherwise(0),
                OTHER: nw.when(labelled & (event == 0)).then(people).otherwise(0),
                "unlabelled": nw.when(event.is_null() & ~score.is_null()).then(people).otherwise(0),
                "unscored": nw.when(score.is_null()).then(people).otherwise(0),
            }
        )

    @property
    def _by_group(self) -> tuple[str, ...]:
        return (CLUSTER,) if self.dataset.clustered else ()

    @cached_property
    def probability(self) -> bool:
        return self.columns.score is not None and self.columns.score.kind == "probability"

    @cached_property
    def _range(self) -> tuple[float, float, float, float]:
        """The least and the greatest score, and bounds of what a row counts for and weighs."""
        import narwhals as nw

        counted, weighted = self.columns.count is not None, self.dataset.weighted
        if self.probability and not counted and not weighted:
            return 0.0, 1.0, 1.0, 1.0
        score = nw.col(SCORE)
        asked = {"low": score.min(), "high": score.max(), "people": nw.col(PEOPLE).max()}
        asked |= {"weight": nw.col(WEIGHT).max()} if weighted else {}
        low, high, people, *weight = self.dataset.fetch(self._frame.filter(~score.is_null()).select(**asked))[0]
        return (0.0, 1.0, 1.0, 1.0) if low is None else (low, high, float(people), *(weight or (1.0,)))

    def distinct(self) -> Scores | None:
        """At each score; None where that takes more than 500,000 lines."""
        import narwhals as nw

        keys = (SCORE, *self._by_group)
        seen = self._frame.select(*keys).head(PROBED).unique()
        if self.dataset.fetch(seen.select(n=nw.len()))[0][0] > MAXIMUM_SCORES:
            return None
        sums = Sums(self._weights())
        found = self.dataset.arrays(sums.by(self._frame, keys).head(MAXIMUM_SCORES + 2))
        if len(found[SCORE]) > MAXIMUM_SCORES:
            return None
        return self._made(found, sums)

    def binned(self) -> Scores:
        """In bins."""
        import narwhals as nw

        from assay.engines.ranks import measure_ranks, require_plain

        if self.request.exact:
            require_plain(self.dataset)
        score, mass = nw.col(SCORE), nw.col(WEIGHT) if self.dataset.weighted else nw.lit(1.0)
        low, high, people, weight = self._range
        most = people * weight * max(abs(low), abs(high))
        scores = {f"{name}s": (nw.col(name) * mass * score, most) for name in (EVENT, OTHER)}
        sums = Sums({**self._weights(), **scores, **self._losses()}, limits=True)
        frame = self._frame.with_columns(**{BIN: self._bin()})
        found = self.dataset.arrays(sums.by(frame, (BIN, *self._by_group)))
        losses = None
        if self.probability:
            squares, logs = ([math.fsum(sums.of(found, name)) for name in names] for names in LOSSES)
            impossible = int(filled(found["impossible"]).sum())
            losses = Losses(squares[0], squares[1], logs[0], logs[1], impossible)
        ranks = None
        if self.request.exact:
            both = int(filled(found[EVENT]).sum()), int(filled(found[OTHER]).sum())
            ranks = measure_ranks(self.dataset, frame.filter(~score.is_null()), BIN, both)
        return self._made(found, sums, losses, ranks)

    def _bin(self) -> nw.Expr:
        low, high, *_ = (0.0, 1.0) if self.probability else self._range
        return bin_of(low, high, CLUSTERED_BITS if self.dataset.clustered else BITS)

    def _weights(self) -> dict[str, tuple[nw.Expr, float]]:
        """The sums of weights and squared weights, each with what no row exceeds."""
        import narwhals as nw

        if not self.dataset.weighted:
            return {}
        *_, people, weight = self._range
        once = nw.col(WEIGHT)
        return {
            f"{name}{power}": (nw.col(name) * mass, people * weight**power)
            for name in (EVENT, OTHER)
            for power, mass in ((1, once), (2, once * once))
        }

    def _losses(self) -> dict[str, tuple[nw.Expr, float]]:
        """The sums of squared probabilities and of -ln of that of what happened, each with what no row exceeds.

        A logarithm is no correctly rounded step: engines agree on it to a relative 1e-15, and so on these sums.
        """
        import narwhals as nw

        if not self.probability:
            return {}
        mass, most = nw.col(WEIGHT) if self.dataset.weighted else nw.lit(1.0), self._range[2] * self._range[3]
        score = nw.col(SCORE)
        sums = {}
        for name, right, square, log in zip((EVENT, OTHER), (score, 1.0 - score), *LOSSES, strict=True):
            lost = nw.when(right > 0).then(right.log() * -1.0).otherwise(0.0)
            sums[square] = nw.col(name) * mass * score * score, most
            sums[log] = nw.col(name) * mass * lost, most * LARGEST_LOG
        return sums

    def _made(self, found: dict[str, Any], sums: Sums, losses: Losses | None = None, ranks: Any = None) -> Scores:
        """The lines of labelled people, ascending; the null key holds those without a label or a score."""
        import numpy as np

        events, others = filled(found[EVENT]), filled(found[OTHER])
        groups = _numbers(found[CLUSTER]) if self.dataset.clustered else np.zeros(len(events), np.int64)
        key = found[BIN if sums.limits else SCORE]
        order = np.lexsort((groups, np.ma.filled(key, 0)))
        order = order[(events + others > 0)[order]]

        def line(name: str) -> Floats:
            return sums.of(found, name)[order]

        weights = None
        if self.dataset.weighted:
            weights = Weights(*(line(f"{name}{power}") for name in (EVENT, OTHER) for power in (1, 2)))
        score, bins = np.ma.filled(key, 0)[order].astype(np.float64), None
        if sums.limits:
            place = places(score)
            least, greatest = (np.ma.filled(found[name], 0.0)[order] for name in ("least", "greatest"))
            begins = np.flatnonzero(np.diff(place, prepend=-1))
            least = np.minimum.reduceat(least, begins)[place] if len(begins) else least
            greatest = np.maximum.reduceat(greatest, begins)[place] if len(begins) else greatest
            bins = Bins(least, greatest, line(f"{EVENT}s"), line(f"{OTHER}s"), losses, ranks)
            masses = weights.events + weights.nonevents if weights else (events + others)[order].astype(np.float64)
            score = mean_scores(bins, masses, place)
        return Scores(
            score=score,
            events=events[order],
            nonevents=others[order],
            unlabelled=int(filled(found["unlabelled"]).sum()),
            unscored=int(filled(found["unscored"]).sum()),
            event=self._event[1],
            probability=self.probability,
            weights=weights,
            group=groups[order] if self.dataset.clustered else None,
            bins=bins,
        )


class Sums:
    """People by keys, and beside them exact sums of expressions of which no row exceeds a bound."""

    def __init__(self, wanted: dict[str, tuple[nw.Expr, float]], *, limits: bool = False) -> None:
        self.wanted, self.limits = wanted, limits
        self._exact = {name: ExactSum.up_to(most) for name, (_, most) in wanted.items()}

    def by(self, frame: nw.LazyFrame[Any], keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
        """The frame that gives them; with the least and the greatest score where wanted."""
        import narwhals as nw

        parts: dict[str, nw.Expr] = {}
        for name, (value, _) in self.wanted.items():
            parts.update(self._exact[name].digits_of(value, name))
        summed = {name: nw.col(name).sum().cast(nw.Int64) for name in (*COUNTS, *parts)}
        if self.limits:
            impossible = nw.when(nw.col(SCORE) <= 0).then(nw.col(EVENT)).otherwise(0)
            impossible += nw.when(nw.col(SCORE) >= 1).then(nw.col(OTHER)).otherwise(0)
            parts["impossible"] = impossible
            summed |= {"least": nw.col(SCORE).min(), "greatest": nw.col(SCORE).max()}
            summed |= {"impossible": nw.col("impossible").sum().cast(nw.Int64)}
        frame = frame.with_columns(**parts) if parts else frame
        return frame.group_by(*keys).agg(**summed)

    def of(self, found: dict[str, Any], name: str) -> Floats:
        """The sums as doubles: of two digits, the last brought below its base."""
        import numpy as np

        exact = self._exact[name]
        first, last = (filled(found[column]) for column in exact.names(name))
        first, last = first + last // BASE, last % BASE
        return np.ldexp(first.astype(np.float64) + last / BASE, -exact.power)


def filled(counts: Any) -> Counts:
    """Counts without a mask: a sum of nothing is 0."""
    import numpy as np

    return np.ma.filled(counts, 0).astype(np.int64)


def _numbers(groups: Any) -> Counts:
    """Random groups as numbers; rows of which nobody is known are the group after all others."""
    import numpy as np

    return np.array([RANDOM_GROUPS if group is None else int(group) for group in groups.tolist()], dtype=np.int64)
