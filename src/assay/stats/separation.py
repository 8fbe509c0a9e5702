"""How far apart the scores of events and non-events lie, and what bins can hide. From counts at ascending scores.

Counts may be sums of weights. Shapes (k,); both sums are positive, else ValueError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]
    Truths = npt.NDArray[np.bool_]


def ks(events: Numbers, nonevents: Numbers) -> float:
    """The greatest distance between the shares of events and of non-events at or below a score: max |F1 − F0|.

    Source: Kolmogorov 1933, Smirnov 1948. Undefined with one class only.
    """
    import numpy as np

    require_both(events, nonevents)
    own, other = np.cumsum(events), np.cumsum(nonevents)
    return float(np.abs(own / own[-1] - other / other[-1]).max())


def average_precision(events: Numbers, nonevents: Numbers) -> float:
    """Σ (share of events gained at a score) · (share of events among all at or above it), from the highest score on.

    No interpolation. Source: Zhu 2004; scikit-learn's average_precision_score. Undefined without events; it has no
    bound in bins.
    """
    import numpy as np

    require_both(events, nonevents)
    own, other = np.cumsum(events[::-1]), np.cumsum(nonevents[::-1])
    held = own > 0
    return float((events[::-1][held] * (own[held] / (own + other)[held])).sum() / own[-1])


def auc_bound(events: Numbers, nonevents: Numbers, several: Truths) -> float:
    """How far the AUC of bins can be from that of the scores: ½ · Σ p·n / (P·N) over the bins of several scores.

    Only pairs within one bin are counted as ties without being known to be some.
    """
    require_both(events, nonevents)
    pairs = events[several].astype(float) @ nonevents[several].astype(float)
    return float(pairs / (2 * float(events.sum()) * float(nonevents.sum())))


def ks_bound(events: Numbers, nonevents: Numbers, several: Truths) -> float:
    """How far below that of the scores the KS of bins can be: max(p/P, n/N) over the bins of several scores."""
    require_both(events, nonevents)
    shares = (each[several].max(initial=0) / each.sum() for each in (events, nonevents))
    return float(max(shares))


def require_both(events: Numbers, nonevents: Numbers) -> None:
    """ValueError where there is one class only."""
    if not (events.sum() > 0 and nonevents.sum() > 0):
        raise ValueError("separation needs events and non-events")
