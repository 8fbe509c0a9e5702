"""Tables of scores for the tests of the checks made from them: with weights, with people in several rows, in bins."""

import csv
import gzip
from dataclasses import replace

import numpy as np

from assay.evidence.scores import Bins, Losses, Scores, Weights
from auditing import shared
from builders import measure, people_manifest, scores

VIEW = people_manifest()
UNUSABLE = [
    (scores([], []), "no rows", "evidence_missing"),
    (scores([], [], unlabelled=40), "no row of the test data has a label", "evidence_missing"),
    (scores([0.1, 0.2], [1, 1]), "one class only", "estimate_undefined"),
    (scores([0.1, 0.2], [0, 1], unscored=1), "1 of 3 rows of the test data have", "estimate_undefined"),
    (scores([], [], unscored=9), "no finite score", "estimate_undefined"),
]
"""Tables from which nothing can be measured, why, and as what."""


def found(check, *tables, **options):
    """Estimates by name."""
    return {each.name: each for each in measure(check, VIEW, *tables, **options).estimates}


def designed(score, label, *, weight=None, group=None):
    """One line per row, in ascending order of the scores."""
    rows = sorted(zip(score, label, [1.0] * len(label) if weight is None else weight,
                      [0] * len(label) if group is None else group, strict=True))  # fmt: skip
    score, label, weight_, group_ = (np.array(column) for column in zip(*rows, strict=True))
    weights = (weight_ * (label == 1), weight_**2 * (label == 1), weight_ * (label == 0), weight_**2 * (label == 0))
    one, other = label.astype(np.int64), 1 - label.astype(np.int64)
    made = Scores(score.astype(float), one, other, 0, 0, "y = 1", True)
    made = made if weight is None else replace(made, weights=Weights(*weights))
    return made if group is None else replace(made, group=group_.astype(np.int64))


def binned(score, label, bins):
    """The same rows in bins of equal width, with the sums that lose nothing."""
    score, label = np.asarray(score, float), np.asarray(label, int)
    distinct, place = np.unique(np.floor(score * bins), return_inverse=True)
    events, others = (np.bincount(place, label == level, len(distinct)).astype(np.int64) for level in (1, 0))
    e, o = (np.bincount(place, score * (label == level), len(distinct)) for level in (1, 0))
    least, greatest = (np.array([f(score[place == i]) for i in range(len(distinct))]) for f in (np.min, np.max))
    of_event, of_other = score[label == 1], score[label == 0]
    losses = Losses((of_event**2).sum(), (of_other**2).sum(), -np.log(of_event).sum(), -np.log1p(-of_other).sum(), 0)
    made = Bins(least, greatest, e, o, losses, None)
    return Scores((e + o) / (events + others), events, others, 0, 0, "y = 1", True, bins=made)


def drawn(n=600, seed=4, rate=0.3, apart=1.0):
    """Probabilities and labels of a model that ranks."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < rate).astype(int)
    return 1 / (1 + np.exp(-random.normal(apart * y - 1, 1))), y


def law_school():
    """The grade in the first year and whether the bar was passed."""
    with gzip.open(shared("law_school/law_school_clean.csv.gz"), "rt", newline="") as file:
        rows = [(float(row["zfygpa"]), int(float(row["pass_bar"]))) for row in csv.DictReader(file)]
    return tuple(np.array(column) for column in zip(*rows, strict=True))
