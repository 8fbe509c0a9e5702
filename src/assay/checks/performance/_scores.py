"""When a table of scores can be measured, and how many rows have no label: what the performance checks share."""

from __future__ import annotations

from typing import Literal

from assay.evidence.scores import Scores
from assay.record.estimate import Estimate

Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]


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
    return None


def undefined(name: str, why: tuple[str, Kind], scores: Scores) -> Estimate:
    """The estimate that could not be made."""
    labelled = int(scores.events.sum() + scores.nonevents.sum())
    return Estimate(name=name, undefined=why[0], undefined_as=why[1], n=labelled)


def share_unlabelled(*tables: Scores) -> float | None:
    """The largest share of rows without a label."""
    shares = [scores.unlabelled / scores.total for scores in tables if scores.total]
    return max(shares, default=None)
