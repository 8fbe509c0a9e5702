"""Calibration by deciles: Hosmer and Lemeshow's test."""

from __future__ import annotations

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._scores import STATISTIC, share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.calibration import CalibrationBin, calibration_bins
from assay.stats.calibration_error import hosmer_lemeshow as tested

LEAST_EXPECTED, FEW_EXPECTED, MOST_FEW = 1.0, 5.0, 0.2
"""Of the expected events and non-events of the bins: none below the first, and no more than a fifth below the second.
"""


class Parameters(DataParameters):
    """Which rows, in how many bins."""

    bins: int = Field(default=10, ge=3, le=50)
    """Bins of about equally many rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.hosmer_lemeshow", version=1, estimates={"hosmer_lemeshow": "lower"})
def hosmer_lemeshow(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Within every tenth of the probabilities, about as many have the event as were expected.

    Method: rows are put into `bins` bins of about equally many rows by their probability; equal ones stay together. The
        estimate `hosmer_lemeshow` is the sum over the bins of (events - expected)^2 / (rows * p * (1 - p)), p being the
        mean probability of the bin. Its `p_value` is that of a chi-squared variable with as many degrees of freedom as
        there are bins; with two fewer on the data the model was made from (`data: train`). It has no interval: a test
        statistic grows with the number of rows and is the estimate of nothing. A criterion `significance` fails where
        the p-value is at or below its level, and never passes; a limit on the number itself decides nothing.
    Evidence: events and non-events at each distinct probability, or in bins of the evidence, of the dataset `data`, of
        the rows that meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; there are fewer
        than three bins; in one of them less than 1 event or non-event is expected, or less than 5 in more than a fifth
        of those numbers; a probability of 0 or 1 is contradicted; too many rows have no label; the p-value lies above
        the level of significance; the policy decides on the estimate.
    Limits: informative only. The result depends on the number of rows: with few it finds nothing, with many it finds
        differences too small to matter; and on the bins. performance.calibration and
        performance.expected_calibration_error say how large the differences are. Weights and entities are not honoured.
    Source: Hosmer and Lemeshow 1980; Cochran 1954 (expected numbers); Hosmer, Lemeshow and Sturdivant 2013, section
        5.2.2; Hosmer, Hosmer, le Cessie and Lemeshow 1997 (its weaknesses).
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    bins = [] if why else calibration_bins(scores.score, scores.events, scores.nonevents, p.bins)
    found = tested([(each.predicted, each.events, each.rows) for each in bins], fitted=p.data == "train")
    if why is None and len(bins) < 3:
        why = f"there are {len(bins)} bins of probabilities; the test needs 3", "estimate_undefined"
    elif why is None and found is None:
        why = (
            "a bin of probabilities 0 or 1 is contradicted by what happened, or too few others are left",
            "estimate_undefined",
        )
    elif why is None and (few := _few(bins)):
        why = few, "sample_too_small"
    elif why is None and context.decide_on == "estimate":
        why = STATISTIC, "estimate_unstable"
    if why is not None or found is None:
        assert why is not None  # noqa: S101  found is there where nothing is wrong
        return Measured(estimates=(undefined("hosmer_lemeshow", why, scores),), unlabelled=unlabelled)
    estimate = Estimate(
        name="hosmer_lemeshow",
        value=found.value,
        p_value=found.p_value,
        n=int(scores.events.sum() + scores.nonevents.sum()),
        method=f"chi-squared with {found.freedom} degrees of freedom",
    )
    told = f"Chi-squared {found.value:.4g} with {found.freedom} degrees of freedom, p = {found.p_value:.3g}"
    note = f"{told}. It depends on the number of rows, {estimate.n} here."
    return Measured(estimates=(estimate,), exhibits=(_table(scores, bins),), notes=(note,), unlabelled=unlabelled)


def _few(bins: list[CalibrationBin]) -> str | None:
    """Why the squares are not distributed as they should. Source: Cochran 1954."""
    rates = [(each.rows, each.predicted) for each in bins if 0 < each.predicted < 1]
    expected = sorted(rows * share for rows, rate in rates for share in (rate, 1 - rate))
    few = sum(each < FEW_EXPECTED for each in expected)
    if expected[0] < LEAST_EXPECTED:
        return f"in a bin {expected[0]:.3g} events or non-events are expected; each needs {LEAST_EXPECTED:g}"
    if few > MOST_FEW * len(expected):
        return f"{few} of the {len(expected)} expected numbers of events and non-events are below {FEW_EXPECTED:g}"
    return None


def _table(scores: Scores, bins: list[CalibrationBin]) -> Exhibit:
    return Exhibit(
        name="bins",
        title="Events observed and expected, by bins of equally many rows",
        columns=columns(
            ("probability", "Mean probability", "rate"), ("n", "Rows", "count"), ("events", "Events", "count"),
            ("expected", "Expected events", "number"),
        ),
        rows=tuple((b.predicted, b.rows, b.events, b.rows * b.predicted) for b in bins),
        note=f"The event is {scores.event}.",
    )  # fmt: skip
