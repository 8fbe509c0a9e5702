"""People by score and group: one group-by, at each distinct score of a group or in bins that all groups share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assay.engines.cells import measure_cells
from assay.engines.dataset import PEOPLE, WEIGHT, Dataset
from assay.engines.declared import key_of
from assay.engines.keys import Key
from assay.engines.levels import SCORE, event_of
from assay.engines.scores import BITS, EVENT, MAXIMUM_SCORES, OTHER, PROBED, Sums, bin_of, filled
from assay.engines.weights import weight_sums
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import Level
from assay.evidence.group_scores import GroupScores, Held
from assay.evidence.keys import grouping_keys
from assay.evidence.request import CellsRequest, GroupScoresRequest
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]
    Found = dict[str, npt.NDArray[Any]]

MAXIMUM_GROUPS = 500
"""Of a grouping whose scores are compared: each has room for at least 512 bins then."""
UNLABELLED, UNSCORED = "unlabelled", "unscored"
KINDS = (EVENT, OTHER, UNLABELLED)
"""People with the event, without it, and without a label; all of them have a score."""
BIN = "bin"


def measure_group_scores(request: GroupScoresRequest, dataset: Dataset, columns: Columns) -> GroupScores:
    """People with the event, without it and without a label by score and group, in about 500,000 lines.

    The lines are the distinct scores of each group as long as these are no more, else bins of equal width, the same in
    all groups, each at the mean of the scores of everybody in it. Raises DataError for more than 500 groups, and for
    what `measure_cells` raises it for.
    """
    weight_sums(dataset)  # an error where weights are of no like size
    keys = grouping_keys(request.grouping)
    asked = CellsRequest(request.data, keys, request.where)
    groups = measure_cells([asked], dataset, columns)[asked].rows
    if len(groups) > MAXIMUM_GROUPS:
        raise DataError(
            f"{dataset.told} has {len(groups):,} groups of {request.grouping}; scores are compared in {MAXIMUM_GROUPS}",
            where=dataset.told,
            hint="Use groups with fewer levels.",
        )
    made = _Measuring(request, dataset, columns, groups)
    return made.distinct() or made.binned()


@dataclass(frozen=True)
class _Measuring:
    request: GroupScoresRequest
    dataset: Dataset
    columns: Columns
    groups: tuple[tuple[Level, ...], ...]

    @cached_property
    def _keys(self) -> dict[str, Key]:
        """The keys of the grouping by the columns that hold their values."""
        names = grouping_keys(self.request.grouping)
        keys = (key_of(name, self.dataset, self.columns, self.request.where) for name in names)
        return {f"k{place}": key for place, key in enumerate(keys)}

    @cached_property
    def _event(self) -> tuple[nw.Expr, str] | None:
        return event_of(self.dataset, self.columns) if self.request.labelled else None

    @cached_property
    def _frame(self) -> nw.LazyFrame[Any]:
        """Rows by group and score, with people by event, without a label and without a score."""
        import narwhals as nw

        scored, people = ~nw.col(SCORE).is_null(), nw.col(PEOPLE)
        frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
        frame = frame.with_columns(**{name: key.expression for name, key in self._keys.items()})
        unscored = nw.when(~scored).then(people).otherwise(0)
        if self._event is None:
            alike = {EVENT: nw.lit(0), OTHER: nw.lit(0), UNLABELLED: nw.when(scored).then(people).otherwise(0)}
            return frame.with_columns(**alike, unscored=unscored)
        event = nw.col("y")
        return frame.with_columns(y=self._event[0]).with_columns(
            **{
                EVENT: nw.when(scored & (event == 1)).then(people).otherwise(0),
                OTHER: nw.when(scored & (event == 0)).then(people).otherwise(0),
                UNLABELLED: nw.when(scored & event.is_null()).then(people).otherwise(0),
                UNSCORED: unscored,
            }
        )

    @cached_property
    def _range(self) -> tuple[float, float, float, float]:
        """The least and the greatest score, and bounds of what a row counts for and weighs."""
        import narwhals as nw

        score = nw.col(SCORE)
        asked = {"low": score.min(), "high": nw.col(SCORE).max(), "people": nw.col(PEOPLE).max()}
        asked |= {"weight": nw.col(WEIGHT).max()} if self.dataset.weighted else {}
        low, high, people, *weight = self.dataset.fetch(self._frame.filter(~score.is_null()).select(**asked))[0]
        return (0.0, 1.0, 1.0, 1.0) if low is None else (low, high, float(people), *(weight or (1.0,)))

    @property
    def _probability(self) -> bool:
        return self.columns.score is not None and self.columns.score.kind == "probability"

    def distinct(self) -> GroupScores | None:
        """At each score of each group; None where that takes more than 500,000 lines."""
        import narwhals as nw

        keys = (*self._keys, SCORE)
        seen = self._frame.select(*keys).head(PROBED).unique()
        if self.dataset.fetch(seen.select(n=nw.len()))[0][0] > MAXIMUM_SCORES:
            return None
        sums = Sums(self._weights())
        found = self.dataset.arrays(sums.by(self._frame, keys).head(MAXIMUM_SCORES + MAXIMUM_GROUPS + 1))
        if len(found[SCORE]) > MAXIMUM_SCORES + MAXIMUM_GROUPS:
            return None
        return self._made(found, sums, SCORE)

    def binned(self) -> GroupScores:
        """In bins, as many as there is room for."""
        import narwhals as nw

        low, high, people, _ = self._range
        bits = min(BITS, (MAXIMUM_SCORES // len(self.groups)).bit_length() - 1)
        bounds = (0.0, 1.0) if self._probability else (low, high)
        everybody = nw.col(EVENT) + nw.col(OTHER) + nw.col(UNLABELLED)
        scores = {"scores": (everybody * nw.col(SCORE), people * max(abs(low), abs(high)))}
        sums = Sums({**self._weights(), **scores}, limits=True)
        frame = self._frame.with_columns(**{BIN: bin_of(*bounds, bits)})
        return self._made(self.dataset.arrays(sums.by(frame, (*self._keys, BIN))), sums, BIN)

    def _weights(self) -> dict[str, tuple[nw.Expr, float]]:
        import narwhals as nw

        if not self.dataset.weighted:
            return {}
        *_, people, weight = self._range
        once = nw.col(WEIGHT)
        return {
            f"{name}{power}": (nw.col(name) * mass, people * weight**power)
            for name in KINDS
            for power, mass in ((1, once), (2, once * once))
        }

    def _made(self, found: Found, sums: Sums, by: str) -> GroupScores:
        """Lines of people with a score in the order of groups and scores; the null score holds those without one."""
        import numpy as np

        group, held = self._groups_of(found)
        missing, key = np.ma.getmaskarray(found[by])[held], np.ma.filled(found[by], 0)[held]
        unscored = np.bincount(group, filled(found[UNSCORED])[held], minlength=len(self.groups))
        merged, group, key = _merged({n: found[n][held][~missing] for n in found}, group[~missing], key[~missing])

        def of(name: str) -> Held:
            counts = filled(merged[name])
            weights = (sums.of(merged, f"{name}{power}") for power in (1, 2)) if self.dataset.weighted else ()
            return Held(counts, *weights)

        score, limits = key.astype(np.float64), None
        if by == BIN:
            score, limits = _bins(merged, sums.of(merged, "scores"), key, sum(filled(merged[n]) for n in KINDS))
        events, nonevents, unlabelled = map(of, KINDS)
        return GroupScores(
            keys=grouping_keys(self.request.grouping),
            groups=self.groups,
            unscored=tuple(int(n) for n in unscored),
            group=group,
            score=score,
            events=events,
            nonevents=nonevents,
            unlabelled=unlabelled,
            event=None if self._event is None else self._event[1],
            probability=self._probability,
            limits=limits,
        )

    def _groups_of(self, found: Found) -> tuple[Counts, npt.NDArray[np.bool_]]:
        """The group of each line in which anybody is, and which lines those are."""
        import numpy as np

        people = np.sum([filled(found[name]) for name in (*KINDS, UNSCORED)], axis=0)
        held = np.asarray(people > 0)
        levels = []
        for name, key in self._keys.items():
            values = found[name][held].tolist()
            counted: dict[Any, int] = {}
            for value, n in zip(values, people[held].tolist(), strict=True):
                counted[value] = counted.get(value, 0) + n
            meaning = self._levels(key, counted)
            levels.append([meaning[value] for value in values])
        places = {group: place for place, group in enumerate(self.groups)}
        return np.array([places[each] for each in zip(*levels, strict=True)], dtype=np.int64), held

    def _levels(self, key: Key, counted: Mapping[Any, int]) -> dict[Any, Level]:
        broken = False
        if key.breaks is not None:
            frame = filtered(self.dataset, self.dataset.frame(), self.request.where)
            broken = self.dataset.fetch(frame.select(b=key.breaks.max()))[0][0] == 1
        return key.levels(counted, broken=broken)


def _merged(found: Found, group: Counts, key: npt.NDArray[Any]) -> tuple[Found, Counts, npt.NDArray[Any]]:
    """Sums over the lines of one group and score, which several values of a column may mean; in their order."""
    import numpy as np

    order = np.lexsort((key, group))
    group, key = group[order], key[order]
    begins = np.flatnonzero((np.diff(group, prepend=-1) != 0) | (np.diff(key, prepend=key[:1]) != 0))
    merged: Found = {}
    for name, column in found.items():
        if column.dtype.kind in "if" and len(begins):
            add = {"least": np.minimum, "greatest": np.maximum}.get(name, np.add)
            merged[name] = add.reduceat(np.ma.filled(column, 0)[order], begins)
        else:
            merged[name] = column[:0]
    return merged, group[begins], key[begins]


def _bins(merged: Found, sums: Floats, key: Counts, people: Any) -> tuple[Floats, tuple[Floats, Floats]]:
    """Of each line's bin the mean score, the least and the greatest one, over all groups."""
    import numpy as np

    _, place = np.unique(key, return_inverse=True)
    bins = int(place.max()) + 1 if len(place) else 0
    least, greatest = np.full(bins, np.inf), np.full(bins, -np.inf)
    np.minimum.at(least, place, merged["least"])
    np.maximum.at(greatest, place, merged["greatest"])
    means = np.bincount(place, sums, minlength=bins) / np.maximum(np.bincount(place, people, minlength=bins), 1)
    return np.clip(means, least, greatest)[place], (least[place], greatest[place])
