"""Thresholds of each group's own that fairlearn's ThresholdOptimizer chooses, and what they decide on average."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import gt, lt
from typing import TYPE_CHECKING, Any

from assay.engines.score import event_class
from assay.errors import AssayError
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level, group_name
from assay.evidence.group_scores import GroupScores
from assay.record.codes import place_of
from assay.record.manifest import Manifest
from assay.run.fairlearn_calls import Asked

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OPTIMIZER = "ThresholdOptimizer"
TOLERANCES = (0.0, 0.05)
"""By how much the rates that the optimizer makes alike may differ."""
FITTED, OF_A_GROUP, LEVELS, STEPS = 2_000, 200, 100, 500
"""For about how many people thresholds are chosen, and for how many of each group at the least, where it has them;
between how many of their scores; and how many values of the rate are tried.
"""
Table = dict[str, dict[tuple[Level, Level], float]]
"""Group → label and decision → people."""
People = Mapping[Level, "npt.NDArray[np.int64]"]
"""Label → how many people of each line."""
_OPERATORS: dict[str, Callable[[Any, float], Any]] = {">": gt, "<": lt}


@dataclass(frozen=True)
class Fit:
    """One question to the optimizer, and what its answer is about."""

    name: str
    score: npt.NDArray[np.float64]
    """Of each line, as it was given to the optimizer."""
    asked: Asked

    def table(self, ways: Mapping[str, Any], scores: GroupScores, people: People) -> Table:
        """What these thresholds decide about everybody who has a score, on average over their draws."""
        import numpy as np

        table: Table = {}
        for place, levels in enumerate(scores.groups):
            way, mine = ways.get(str(place)), scores.group == place
            if way is None:
                continue
            shares = [share * _OPERATORS[operator](self.score[mine], at) for share, operator, at in way["ways"]]
            yes = np.clip(way["ignored"] * way["constant"] + (1 - way["ignored"]) * sum(shares), 0.0, 1.0)
            table[group_name(levels)] = {
                (level, decision): float((counts[mine] * share).sum())
                for level, counts in people.items()
                for decision, share in ((FAVOURABLE, yes), (UNFAVOURABLE, 1 - yes))
            }
        return table


@dataclass(frozen=True)
class Optimising:
    """What the optimizer is asked about one grouping and parity, and what it finds."""

    scores: GroupScores
    people: People
    fits: tuple[Fit, ...]

    @property
    def asked(self) -> list[Asked]:
        """The questions."""
        return [fit.asked for fit in self.fits]

    def tables(self, told: Sequence[Any]) -> dict[str, Table]:
        """Name → decisions; none where fairlearn found no thresholds."""
        pairs = zip(self.fits, told, strict=True)
        return {fit.name: fit.table(ways, self.scores, self.people) for fit, ways in pairs if ways is not None}


def optimising(scores: GroupScores, manifest: Manifest, constraint: str) -> Optimising:
    """The thresholds of each group's own that are looked for. No question where no label is declared."""
    label = manifest.columns.label if manifest.columns else None
    if scores.event is None or label is None:
        return Optimising(scores, {}, ())
    try:
        favourable = place_of(label.favourable, [event_class(manifest)]) is not None
    except AssayError:
        return Optimising(scores, {}, ())
    good, bad = (scores.events, scores.nonevents) if favourable else (scores.nonevents, scores.events)
    people: People = {FAVOURABLE: good.counts, UNFAVOURABLE: bad.counts, None: scores.unlabelled.counts}
    known = [None not in levels for levels in scores.groups]
    tolerances = TOLERANCES if constraint != "equalized_odds" else (0.0,)
    sign = 1.0 if favourable else -1.0
    fits = tuple(_fit(scores, sign, known, people, constraint, tolerance) for tolerance in tolerances)
    return Optimising(scores, people, fits)


def _fit(
    scores: GroupScores, sign: float, known: Sequence[bool], people: People, constraint: str, tolerance: float
) -> Fit:
    """Thresholds are chosen for the groups with people of both labels."""
    import numpy as np

    lines = np.flatnonzero(np.array(known)[scores.group])
    counts = np.concatenate([people[FAVOURABLE][lines], people[UNFAVOURABLE][lines]])
    taken = _taken(counts, np.tile(scores.group[lines], 2))
    places, labels = np.repeat(np.tile(lines, 2), taken), np.repeat(np.repeat([1, 0], len(lines)), taken)
    good, bad = (scores.group[places[labels == label]] for label in (1, 0))
    both = np.isin(scores.group[places], np.intersect1d(good, bad))
    places, labels = places[both], labels[both]
    tops = _levels(sign * scores.score[places]) if len(places) else np.zeros(1)
    score = tops[np.minimum(np.searchsorted(tops, sign * scores.score), len(tops) - 1)]
    told = constraint.replace("_", " ") + (f" within {tolerance:g}" if tolerance else "")
    asked: Asked = {
        "call": "thresholds",
        "scores": score[places].tolist(),
        "labels": labels.tolist(),
        "groups": scores.group[places].astype(str).tolist(),
        "constraint": constraint,
        "steps": STEPS,
        "tolerance": tolerance or None,
    }
    return Fit(f"{OPTIMIZER}, {told}", score, asked)


def _taken(counts: npt.NDArray[np.int64], group: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many people of each line are fitted: evenly along the lines, which stand in the order of the scores."""
    import numpy as np

    people = np.bincount(group, counts)
    share = np.clip(np.maximum(FITTED / max(people.sum(), 1), OF_A_GROUP / np.maximum(people, 1)), 0, 1)
    taken: npt.NDArray[np.int64] = np.zeros_like(counts)
    for place in np.flatnonzero(people):
        mine = group == place
        reached = np.floor(np.cumsum(counts[mine]) * share[place] + 0.5).astype(np.int64)
        taken[mine] = np.diff(reached, prepend=0)
    return taken


def _levels(score: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The scores, or where they are many, the greatest ones of parts of as many people each."""
    import numpy as np

    tops = np.unique(score)
    if len(tops) <= LEVELS:
        return tops
    return np.unique(np.sort(score)[np.linspace(0, len(score) - 1, LEVELS + 1).astype(np.int64)[1:]])
