"""When a table of scores can be measured, how many rows have no label, and its area: what the checks share."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

from assay.evidence.scores import Scores
from assay.record.estimate import Estimate
from assay.stats.auc import Auc, auc, auc_of_ranks
from assay.stats.masses import Masses
from assay.stats.separation import auc_bound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]
    Truths = npt.NDArray[np.bool_]

Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]

STATISTIC = "a test statistic is smaller where there are fewer rows: its point decides nothing; ask for `significance`"
"""Why a policy that decides on the estimate has none."""


def unusable(scores: Scores, data: str) -> tuple[str, Kind] | None:
    """Why nothing can be measured from these scores, as a sentence and a reason; None where it can."""
    events, nonevents = int(scores.events.sum()), int(scores.nonevents.sum())
    if not scores.total:
        return f"the {data} data have no rows", "evidence_missing"
    if scores.unscored:
        return f"{scores.unscored} of {scores.total} rows of the {data} data have no finite score", "estimate_undefined"
    if not events + nonevents:
        return f"no row of the {data} data has a label", "evidence_missing"
    if not events or not nonevents:
        level = "the event" if events else "a non-event"
        return (
            f"every labelled row of the {data} data is {level} ({scores.event}): one class only",
            "estimate_undefined",
        )
    if any(not each.sums.any() for each in masses(scores)):
        return f"the weights of all events or of all non-events of the {data} data are 0", "estimate_undefined"
    return None


def masses(scores: Scores) -> tuple[Masses, Masses]:
    """What the events and the non-events of each line weigh; one each without weights."""
    import numpy as np

    events, nonevents = scores.events.astype(np.float64), scores.nonevents.astype(np.float64)
    if scores.weights is None:
        return Masses(scores.events, events, events), Masses(scores.nonevents, nonevents, nonevents)
    w = scores.weights
    return Masses(scores.events, w.events, w.events_squares), Masses(scores.nonevents, w.nonevents, w.nonevents_squares)


def sum_of(scores: Scores) -> npt.NDArray[np.float64]:
    """What the labelled rows of each line weigh."""
    own, other = masses(scores)
    return own.sums + other.sums


def by_score(scores: Scores) -> tuple[Numbers, Numbers]:
    """What the events and the non-events of each distinct score, or bin, weigh; counts without weights."""
    import numpy as np

    if scores.plain:
        return scores.events, scores.nonevents
    own, other = masses(scores)
    return np.bincount(scores.place, own.sums), np.bincount(scores.place, other.sums)


def area(scores: Scores) -> Auc:
    """The area under the ROC curve, by sums of ranks where there are any, else with the bound of its bins."""
    from assay.stats.weighted_auc import weighted_auc

    ranks = scores.bins.ranks if scores.bins else None
    if ranks is not None:
        people = int(scores.events.sum()), int(scores.nonevents.sum())
        return auc_of_ranks(*people, ranks.twice_u, ranks.event_rank_squares, ranks.nonevent_rank_squares)
    if scores.plain:
        found = auc(scores.events, scores.nonevents)
    else:
        found = weighted_auc(scores.place, *masses(scores), scores.group)
    hidden = several(scores)
    return replace(found, bound=auc_bound(*by_score(scores), hidden)) if hidden.any() else found


def several(scores: Scores) -> Truths:
    """Of each distinct score, or bin, whether it is a bin of more than one score."""
    import numpy as np

    return np.asarray(np.bincount(scores.place, scores.several) > 0)


def said_of_area(scores: Scores, found: Auc) -> str:
    """How the area was computed, beyond what its name says; empty where it is the plain one."""
    return said_of_scores(scores, found.bound)


def said_of_scores(scores: Scores, bound: float | None = None) -> str:
    """How a number was computed, beyond what its name says. `bound`: of a number of which bins can hide something."""
    said = []
    if scores.weights is not None:
        said.append("weighted")
    if scores.bins is not None and bound is not None:
        ranked = scores.bins.ranks is not None
        said.append("by sums of ranks" if ranked else f"from bins: off by at most {_rounded_up(bound)}")
    return "".join(f", {each}" for each in said)


def inexact(data: str, bound: float, *, ranked: bool = True) -> tuple[str, Kind]:
    """Why a point from bins decides nothing; `ranked` where ranks would tell it."""
    remedy = "`exact: true` computes it by ranks, for rows without weights and entities; " if ranked else ""
    return (
        f"the point decides, and from the scores of the {data} data in bins it is known to {_rounded_up(bound)} only; "
        f"{remedy}an interval holds the bound",
        "estimate_unstable",
    )


def undefined(name: str, why: tuple[str, Kind], scores: Scores) -> Estimate:
    """The estimate that could not be made."""
    labelled = int(scores.events.sum() + scores.nonevents.sum())
    return Estimate(name=name, undefined=why[0], undefined_as=why[1], n=labelled)


def share_unlabelled(*tables: Scores) -> float | None:
    """The largest share of rows without a label."""
    shares = [scores.unlabelled / scores.total for scores in tables if scores.total]
    return max(shares, default=None)


def _rounded_up(bound: float) -> str:
    """Two digits, of which the number is not larger."""
    if not bound:
        return "0"
    last = floor(log10(bound)) - 1
    return f"{ceil(bound / 10.0**last) * 10.0**last:.2g}"
