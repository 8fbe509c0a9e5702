"""Domain classifier: whether a model can tell these data from those they are compared with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.checks.told import Area, areas, inputs_of, lacking_inputs
from assay.evidence.proxies import Proxies
from assay.evidence.request import DomainRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.auc import Auc, auc_interval


class Parameters(AgainstParameters):
    """Which rows, told from which, by what."""

    features: tuple[str, ...] | Literal["all"] = "all"
    """Inputs of the model by which rows are told apart."""
    size: int = Field(default=10_000, ge=100, le=100_000)
    """How many rows are sampled, at most; half of them of each dataset."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sampled rows of two datasets told apart."""
    missing = (*view.lacks(data=(p.data, p.against), features=True), *lacking_inputs(p.features, view))
    asked = DomainRequest(p.data, p.against, inputs_of(p.features, view), p.size, p.where)
    return Needs(() if missing else (asked,), missing)


@check("data.domain_classifier", version=1, estimates={"domain_auc": "lower", "input_auc": "lower"})
def domain_classifier(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No model can tell the inputs of these data from those of the data they are compared with.

    Method: up to `size` rows, half of them of each dataset, are drawn by their hash and put into five folds, both
        datasets spread evenly over them. For each fold the other four teach a model of which dataset a row is; it then
        scores the rows of the fold, which it has not seen. The estimate `domain_auc` is the chance that a row of one
        dataset has a higher score than a row of the other in the same fold, ties counting half: 0.5 where the inputs
        `features` together say nothing of where a row is from, 1 where they tell it without fail. The model is boosted
        trees (scikit-learn's HistGradientBoosting, 50 rounds, 16 leaves; of a category the 254 most frequent values are
        told apart). `input_auc` is that of each input alone: of a category from the shares of the datasets among its
        rows, of a number from a decision tree of at most 16 leaves. Beyond 100 different scores of a fold they are
        counted in as many bins, and what these can be off by is printed and added to the interval at both ends.
        Interval: at each end the wider of DeLong's on the logit scale, of placements within the folds, and Newcombe's;
        bounds over disjoint pairs where rows are few. Since the folds teach each other, the variance is taken twice and
        rows count half. The p-value, one-sided, is of the hypothesis that the area is 0.5, by the same variance, after
        the bins' bound has been taken off; of an input it is also adjusted for all m inputs after Bonferroni, and a
        second, simultaneous interval at 1 - alpha/m holds for all of them.
    Evidence: counts of rows of the datasets `data` and `against`, of those that meet `where`, by fold and score. No row
        leaves the engine.
    Inconclusive when: the manifest lists no inputs; a dataset is not there or has no rows; a dataset has fewer than
        five rows in the sample, or than the minimum; the interval straddles the threshold; the policy decides on the
        estimate and the scores were counted in bins; the manifest names a weight, an entity or a count, since the rows
        are drawn as if each stood for one other person; the data are on Spark, from which no row travels.
    Limits: the intervals tell how the rows vary, not how the models would with other rows to learn from. A stronger
        model may tell apart what these do not. The area says that something has shifted, not whether the model that is
        audited is the worse for it; an input that grows with time, such as a number of the row, tells all of it.
    Source: Lopez-Paz and Oquab 2017 for the test by a classifier; cross-fitting after Stone 1974; DeLong, DeLong and
        Clarke-Pearson 1988; Newcombe 2006. To ask for less than 0.6 is a convention.
    """
    (request,) = needs(p, context.view).requests
    found = evidence.of(request, Proxies)
    empty = [role for role in (p.data, p.against) if role not in dict(found.attributes[0].groups)]
    told = list(areas(found, f"{p.data} and {p.against}", "dataset"))
    joint, single = [a for a in told if a.feature is None], [a for a in told if a.feature is not None]
    made = [_estimate(area, len(family), empty, context) for family in (joint, single) for area in family]
    note = f"{found.drawn} of {found.available} rows drawn."
    return Measured(estimates=tuple(made), exhibits=(_exhibit([*joint, *single], made, p),), notes=(note,))


def _estimate(area: Area, family: int, empty: list[Role], context: Context) -> Estimate:
    joint = area.feature is None
    name, auc, why, kind = "domain_auc" if joint else "input_auc", area.auc, area.undefined, area.undefined_as
    if empty:
        why, kind = f"the {' and '.join(empty)} data have no rows", "evidence_missing"
    elif auc is not None and auc.bound and context.decide_on == "estimate":
        why = f"its scores were counted in bins, which can be off by {auc.bound:.2g}: no point decides"
        kind = "estimate_undefined"
    if auc is None or why is not None:
        return Estimate(
            name=name, of=area.feature, undefined=why or "nothing could be told", undefined_as=kind, n=area.fewer,
            headline=joint,
        )  # fmt: skip
    p_value = _p_value(auc)
    return Estimate(
        name=name,
        of=area.feature,
        value=auc.value,
        bound=auc.bound or None,
        n=area.fewer,
        interval=auc_interval(auc, context.confidence),
        simultaneous=auc_interval(auc, 1 - (1 - context.confidence) / family),
        comparisons=family,
        p_value=p_value,
        p_adjusted=min(1.0, family * p_value),
        headline=joint,
        method=f"area within five folds, {area.members} and {area.others} rows",
    )


def _p_value(auc: Auc) -> float:
    """Of an area of 0.5, by its variance or by the one that scores without meaning have, whichever is greater."""
    from math import erfc, sqrt

    n, m = auc.effective or (auc.events, auc.nonevents)
    variance = max(auc.variance, (n + m + 1) / (12 * n * m))
    return 0.5 * erfc((auc.value - auc.bound - 0.5) / sqrt(2 * variance))


def _exhibit(told: list[Area], made: list[Estimate], p: Parameters) -> Exhibit:
    rows = []
    for area, e in sorted(zip(told, made, strict=True), key=lambda pair: -(pair[1].value or 0.0)):
        low, high = (e.interval.low, e.interval.high) if e.interval else (None, None)
        rows.append((area.feature or "all inputs together", e.value, low, high, e.p_value))
    return Exhibit(
        name="domains",
        title=f"How well {p.data} is told from {p.against}",
        columns=exhibit_columns(
            ("label", "Input", "text"), ("value", "AUC", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("p_value", "p-value", "number"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.5,
        note="0.5: it says nothing of where a row is from; 1: it tells it without fail.",
    )  # fmt: skip
