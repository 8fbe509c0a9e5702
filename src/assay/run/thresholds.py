"""Thresholds of each group's own that fairlearn's ThresholdOptimizer chooses, and what they decide on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.engines.score import event_class
from assay.errors import AssayError
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level, group_name
from assay.evidence.group_scores import GroupScores
from assay.record.codes import place_of
from assay.record.manifest import Manifest

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


def optimised(scores: GroupScores, manifest: Manifest, constraint: str) -> dict[str, Table]:
    """Name → what thresholds of each group's own decide about everybody who has a score; its draws are taken as they
    fall on average. Nothing where no label is declared, and none where fairlearn finds no thresholds.
    """
    label = manifest.columns.label if manifest.columns else None
    if scores.event is None or label is None:
        return {}
    try:
        favourable = place_of(label.favourable, [event_class(manifest)]) is not None
    except AssayError:
        return {}
    good, bad = (scores.events, scores.nonevents) if favourable else (scores.nonevents, scores.events)
    people = {FAVOURABLE: good.counts, UNFAVOURABLE: bad.counts, None: scores.unlabelled.counts}
    known = [None not in levels for levels in scores.groups]
    sign = 1.0 if favourable else -1.0
    found: dict[str, Table] = {}
    for tolerance in TOLERANCES if constraint != "equalized_odds" else (0.0,):
        chosen = _thresholds(scores, sign, known, people, constraint, tolerance)
        if chosen is None:
            continue
        yes, fitted = chosen
        told = constraint.replace("_", " ") + (f" within {tolerance:g}" if tolerance else "")
        table = found[f"{OPTIMIZER}, {told}"] = {}
        for place, levels in enumerate(scores.groups):
            mine = scores.group == place
            if place in fitted:
                table[group_name(levels)] = {
                    (level, decision): float((counts[mine] * share[mine]).sum())
                    for level, counts in people.items()
                    for decision, share in ((FAVOURABLE, yes), (UNFAVOURABLE, 1 - yes))
                }
    return found


def _thresholds(
    scores: GroupScores,
    sign: float,
    known: Sequence[bool],
    people: Mapping[Level, npt.NDArray[np.int64]],
    constraint: str,
    tolerance: float,
) -> tuple[npt.NDArray[np.float64], frozenset[int]] | None:
    """For each line how likely the favourable decision is, and the groups of which that is known: those with people of
    both labels. None where fairlearn finds no thresholds.
    """
    import numpy as np
    from fairlearn.postprocessing import ThresholdOptimizer

    lines = np.flatnonzero(np.array(known)[scores.group])
    counts = np.concatenate([people[FAVOURABLE][lines], people[UNFAVOURABLE][lines]])
    taken = _taken(counts, np.tile(scores.group[lines], 2))
    places, labels = np.repeat(np.tile(lines, 2), taken), np.repeat(np.repeat([1, 0], len(lines)), taken)
    good, bad = (scores.group[places[labels == label]] for label in (1, 0))
    both = np.isin(scores.group[places], np.intersect1d(good, bad))
    places, labels = places[both], labels[both]
    optimizer = ThresholdOptimizer(
        estimator=_scored(),
        constraints=constraint,
        grid_size=STEPS,
        prefit=True,
        predict_method="predict",
        tol=tolerance or None,
    )
    tops = _levels(sign * scores.score[places]) if len(places) else np.zeros(1)
    score = tops[np.minimum(np.searchsorted(tops, sign * scores.score), len(tops) - 1)]
    try:
        optimizer.fit(score[places].reshape(-1, 1), labels, sensitive_features=scores.group[places].astype(str))
    except Exception:  # noqa: BLE001  whatever the library says to what it is given; an analysis stops no audit
        return None
    interpolated = optimizer.interpolated_thresholder_.interpolation_dict
    yes = np.zeros(len(scores.score))
    for group, found in interpolated.items():
        mine = scores.group == int(group)
        ignored = float(found.get("p_ignore", 0.0))
        ways = [float(found[f"p{i}"]) * found[f"operation{i}"](score[mine]) for i in (0, 1)]
        yes[mine] = ignored * float(found.get("prediction_constant", 0.0)) + (1 - ignored) * sum(ways)
    return np.clip(yes, 0.0, 1.0), frozenset(map(int, interpolated))


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


def _scored() -> Any:
    """A fitted estimator whose prediction is the score that it is given."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Scored(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, scores: object, labels: object) -> Any:  # noqa: ARG002
            return self

        def predict(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return scores[:, 0]

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Scored()
