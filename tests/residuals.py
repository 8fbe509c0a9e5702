"""Residuals for tests of checks, from the labels and scores of rows; the engine's own are tested beside these."""

import numpy as np

from assay.evidence.residuals import Residuals


def _unit(x) -> float:
    return float(2.0 ** max(np.frexp(np.abs(x).max(initial=0.0))[1], -300))


def residuals(label, score, *, weights=None, entity=None, unlabelled=0, unscored=0) -> Residuals:
    """Sums of powers, by random group `entity` ("000" to "399") where it is given."""
    label, score = np.asarray(label, float), np.asarray(score, float)
    e = label - score
    centre = float(label.mean()) if len(label) else 0.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.abs(e) / np.abs(label)
    known = np.isfinite(ratio) & (ratio <= 1e100)
    ratio = np.where(known, ratio, 0.0)
    units = _unit(e), _unit(label - centre), _unit(ratio)
    r, d, q = e / units[0], (label - centre) / units[1], ratio / units[2]
    one = np.ones(len(r))
    powers = (r, r**2, r**4, np.abs(r), d, d**2, d**3, d**4, r**2 * d, r**2 * d**2, q, q**2)
    ids = np.full(len(r), "") if entity is None else np.asarray(entity, str)
    lines = []
    for each in [""] if entity is None else np.unique(ids):
        mine = ids == each
        if weights is None:
            sums = [power[mine].sum() for power in powers]
        else:
            w = np.asarray(weights, float)[mine]
            sums = [(w**k * power[mine]).sum() for k in (1, 2) for power in (one, *powers)]
        lines.append((str(each), int(mine.sum()), int((mine & ~known).sum()), tuple(float(x) for x in sums)))
    return Residuals(
        rows=() if entity is None else tuple(line[0] for line in lines),
        people=tuple(line[1] for line in lines),
        unlabelled=tuple(unlabelled * (at == 0) for at in range(len(lines))),
        unscored=tuple(unscored * (at == 0) for at in range(len(lines))),
        zeros=tuple(line[2] for line in lines),
        centre=centre,
        units=units,
        sums=tuple(line[3] for line in lines),
        weighted=weights is not None,
        clustered=entity is not None,
    )
