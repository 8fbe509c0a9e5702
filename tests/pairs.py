"""Two scores of the same rows: the evidence of them made the slow way, row beside row."""

import numpy as np

from assay.evidence.paired_scores import PairedLoss, PairedScores, Placements


def placements(y, score):
    """Of each event twice the non-events below it, of each non-event twice the events above it; a tie counts one."""
    own, other = np.asarray(score)[y == 1], np.asarray(score)[y == 0]
    won = np.sign(own[:, None] - other[None, :]).astype(int) + 1
    return won.sum(axis=1), won.sum(axis=0)


def paired_scores(y, score, champion, *, probability=True, unlabelled=0, unscored=0) -> PairedScores:
    """Events are 1; a higher score of both speaks for them."""
    y, s, t = np.asarray(y, int), np.asarray(score, float), np.asarray(champion, float)
    (a, c), (b, d) = placements(y, s), placements(y, t)
    sums = Placements(*(int(each) for each in (a.sum(), b.sum(), a @ a, b @ b, a @ b, c @ c, d @ d, c @ d)))
    losses, impossible = (), (0, 0)
    if probability:
        right, right_other = np.where(y == 1, s, 1 - s), np.where(y == 1, t, 1 - t)
        impossible = int((right <= 0).sum()), int((right_other <= 0).sum())
        known = (right > 0) & (right_other > 0)
        logs = (-np.log(each[known]) for each in (right, right_other))
        losses = loss("square", (1 - right) ** 2, (1 - right_other) ** 2, 1.0), loss("log", *logs, 1024.0)
    return PairedScores("y = 1", len(y), int(y.sum()), unlabelled, unscored, sums, losses, impossible)


def paired_numbers(y, score, champion, *, unit=1024.0) -> PairedScores:
    """What two regressions predict, with errors that are within the unit."""
    own, other = (np.abs(np.asarray(y, float) - np.asarray(each, float)) for each in (score, champion))
    losses = loss("square", own**2, other**2, unit * unit), loss("absolute", own, other, unit)
    return PairedScores(None, len(own), None, 0, 0, None, losses)


def loss(name, own, other, unit) -> PairedLoss:
    m, d = (own + other) / 2 / unit, (other - own) / unit
    return PairedLoss(name, unit, *(float(each) for each in (m.sum(), d.sum(), m @ m, m @ d, d @ d)))
