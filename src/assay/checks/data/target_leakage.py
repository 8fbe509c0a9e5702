"""Target leakage: an input that gives the outcome away."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.checks.told import Area, area_estimate, areas, lacking_inputs, unknown_of
from assay.evidence.keys import OUTCOME
from assay.evidence.proxies import Proxies
from assay.evidence.request import Needs, ProxiesRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which inputs, of how many people."""

    features: tuple[str, ...] | Literal["all"] = "all"
    """Inputs that are looked at; `all`: every feature of the manifest."""
    size: int = Field(default=10_000, ge=50, le=100_000)
    """How many people are sampled, at most."""


def _request(p: Parameters, view: SubjectView) -> ProxiesRequest:
    features = tuple(feature.name for feature in view.manifest.features or ())
    names = features if isinstance(p.features, str) else tuple(dict.fromkeys(p.features))
    return ProxiesRequest(p.data, names, (OUTCOME,), p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels of sampled people told from inputs."""
    missing = (*view.lacks(data=(p.data,), label=True, features=True), *lacking_inputs(p.features, view))
    return Needs(() if missing else (_request(p, view),), missing)


@check("data.target_leakage", version=1, estimates={"leakage_auc": "lower"})
def target_leakage(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No input by itself tells the outcome so well that it must have been known only afterwards.

    Method: up to `size` people are drawn by their hash and put into five folds, both labels spread evenly over them.
        For each fold the other four teach a small model who has the favourable label; it then scores the people of the
        fold, whom it has not seen. From a category the score is the share of the label among those who have it, with
        one person more of the overall shares; from a number it is that of a decision tree of at most 16 leaves, each of
        one person in a hundred or more. The estimate `leakage_auc` of each of the inputs `features` is the chance that
        somebody with the one label has a higher score than somebody of the same fold with the other, ties counting
        half: 0.5 where the input says nothing, 1 where it is the label. Beyond 100 different scores of a fold they are
        counted in as many bins, and what these can be off by is printed and added to the interval at both ends.
        Interval: DeLong's on the logit scale, of placements within the folds; where hardly any pair stands the wrong
        way round, the wider of it and Newcombe's; bounds over disjoint pairs where people are few. Since the folds
        teach each other, the variance is taken twice and people count half. A second, simultaneous interval at 1 -
        alpha/m holds for all m inputs together.
    Evidence: counts of people by label, fold and score, of people of the dataset `data` who meet `where`. No row leaves
        the engine.
    Inconclusive when: the manifest lists no inputs or no label with a favourable level; there is one label only; a
        label has fewer than five people in the sample, or than the minimum; too many have no label; the interval
        straddles the threshold; the policy decides on the estimate and the scores were counted in bins; the manifest
        names a weight, an entity or a count, since the rows are drawn as if each stood for one other person; the data
        are on Spark, from which no row travels.
    Limits: a strong input is not a leak, and a leak may be weak or lie in several inputs together: the number says
        where to ask when the value was known. A column that numbers the rows is found only where the numbers go with
        the label.
    Source: Kaufman et al. 2012 (leakage); cross-fitting after Stone 1974; DeLong, DeLong and Clarke-Pearson 1988;
        Newcombe 2006. That 0.8 of a predictive power score is too much is the default of a published tool (deepchecks),
        of another number than this one.
    """
    found = evidence.of(_request(p, context.view), Proxies)
    told = [area for area in areas(found, p.data, "label") if area.feature is not None]
    estimates = tuple(
        area_estimate(
            area,
            len(told),
            context,
            "with the one label",
            "with the other",
            name="leakage_auc",
            grouping="input",
            group=area.feature,
        )
        for area in told
    )
    by_value = sorted(zip(told, estimates, strict=True), key=lambda pair: (-(pair[1].value or 0.0), pair[0].feature))
    table = Exhibit(
        name="leakage",
        title="How well the label is told from each input",
        columns=exhibit_columns(
            ("label", "Input", "text"), ("value", "AUC", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("members", "With the one label", "count"), ("others", "With the other", "count"),
        ),
        rows=tuple(_line(area, estimate) for area, estimate in by_value),
        chart="interval",
        limit=0.5,
        note="0.5: the input says nothing of the label; 1: it tells the label without fail.",
    )  # fmt: skip
    note = f"{found.drawn} of {found.available} rows drawn."
    unlabelled = unknown_of(found).get(OUTCOME)
    return Measured(estimates=estimates, exhibits=(table,), notes=(note,), unlabelled=unlabelled)


def _line(area: Area, estimate: Estimate) -> tuple[str | float | int | None, ...]:
    limits = estimate.interval
    low, high = (limits.low, limits.high) if limits else (None, None)
    return area.feature, estimate.value, low, high, area.members, area.others
