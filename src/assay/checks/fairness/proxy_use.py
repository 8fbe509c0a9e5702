"""Proxy use: inputs that tell a group and that the model leans on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.fairness._proxies import ProxyParameters, proxies_asked
from assay.checks.registry import Context, check
from assay.checks.told import Area, areas, unknown_of
from assay.evidence.attributions import Rows
from assay.evidence.proxies import Proxies
from assay.evidence.request import Needs, RowsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.auc import auc_interval
from assay.stats.ratio_of_means import share_of_means


class Parameters(ProxyParameters):
    """Which inputs, which groups, how many people; and which rows are explained, against which background."""

    rows: int = Field(default=2000, ge=1, le=100_000)
    """How many rows are explained, at most."""
    background: Role = "train"
    """The dataset that explanations compare with."""


def _explained(p: Parameters) -> RowsRequest:
    return RowsRequest(p.data, p.rows, p.background, where=p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Groups of sampled people told from inputs, and attributions of sampled rows."""
    request, missing = proxies_asked(p, view)
    missing = (*missing, *view.lacks(data=(p.background,), model=True))
    return Needs(() if request is None or missing else (request, _explained(p)), tuple(dict.fromkeys(missing)))


@check("fairness.proxy_use", version=1, estimates={"proxy_use": "lower"})
def proxy_use(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model does not lean on an input that stands in for a protected group.

    Method: the estimate `proxy_use` of an input for a group is the smaller of its influence on the score and its
        association with the group: an input counts only as far as it does both. Influence is the input's share of the
        mean absolute attribution. Association is 2 AUC - 1, at least 0, with the area of `fairness.proxy_strength`: 0
        where the input says nothing of the group, 1 where it is the group. Of two groups one number stands for both.
        Interval: from the smaller of both lower limits to the smaller of both upper limits, each part at half of alpha,
        so that both hold together: the delta method over rows for the influence (Clopper-Pearson where it is 0 or 1 in
        every row), that of `fairness.proxy_strength` for the area. A second, simultaneous interval at 1 - alpha/m holds
        for all m estimates of a grouping together.
    Evidence: SHAP attributions of up to `rows` rows of the dataset `data` that meet `where`, with a `background`
        dataset; and counts of members and others by fold and out-of-fold score, of up to `size` people of the same
        data, for the inputs `features` (`unprotected`: those not declared protected) and the attributes `groups`.
    Inconclusive when: there is no model or no explanation of it; no row could be explained; no input has any
        influence; a group cannot be told for want of people; too many belong to no known group; the interval straddles
        the threshold; the manifest names a weight, an entity or a count.
    Limits: two inputs that share what they say of a group share their influence too, in ways that depend on the
        explainer, and each alone may then look weak: `joint_proxy_auc` of `fairness.proxy_strength` stands for all
        together. A number describes the model; whether a proxy is justified is for people to say. Strata of the
        outcome are not held fixed.
    Source: after Datta, Fredrikson, Ko, Mardziel and Sen 2017, whose influence and association are others.
    """
    import numpy as np

    request, missing = proxies_asked(p, context.view)
    if request is None:
        return Measured(missing=missing)
    found, explained = evidence.of(request, Proxies), evidence.rows(_explained(p))
    absent = tuple(f"attributions of {name}" for name in request.features if name not in explained.features)
    if absent:
        return Measured(missing=absent)
    singles = [area for area in areas(found, p.data) if area.feature is not None]
    sizes = np.abs(explained.attributions)
    why: tuple[str, _Kind] | None = None
    if not len(explained.output):
        why = f"no row of the {p.data} data could be explained", "evidence_missing"
    elif not np.isfinite(sizes).all():
        why = "an attribution is not a number", "estimate_unstable"
    elif not sizes.any():
        why = "no input has any influence", "estimate_undefined"
    estimates, exhibits = [], []
    for grouping in dict.fromkeys(area.grouping for area in singles):
        of_it = [area for area in singles if area.grouping == grouping]
        uses = [_use(area, explained, len(of_it), context, why) for area in of_it]
        estimates += [use.estimate for use in uses]
        exhibits.append(_table(grouping, uses))
    note = f"{len(explained.output)} of {explained.available} rows explained, {found.drawn} people drawn."
    return Measured(estimates=tuple(estimates), exhibits=tuple(exhibits), notes=(note,), unknown=unknown_of(found))


_Kind = Literal["estimate_undefined", "evidence_missing", "estimate_unstable", "sample_too_small"]


@dataclass(frozen=True)
class _Use:
    """An estimate, and the two numbers of which it is the smaller one."""

    area: Area
    estimate: Estimate
    influence: float | None = None
    association: float | None = None


def _use(area: Area, explained: Rows, family: int, context: Context, why: tuple[str, _Kind] | None) -> _Use:
    made = partial(
        Estimate,
        name="proxy_use",
        of=area.feature,
        grouping=area.grouping,
        group=area.group,
        reference=area.reference,
        n=min(area.fewer, len(explained.output)),
        share=area.share,
        comparisons=family,
    )
    auc = area.auc
    if why is None and area.undefined is not None:
        why = area.undefined, area.undefined_as
    if auc is not None and auc.bound and context.decide_on == "estimate":
        why = (
            f"its scores were counted in bins, which can be off by {auc.bound:.2g}: no point decides",
            "estimate_undefined",
        )
    if why is not None or auc is None:
        undefined, kind = why or ("it is not known", "estimate_undefined")
        return _Use(area, made(undefined=undefined, undefined_as=kind))
    influence = _influence(explained, area.feature or "", context.confidence)[0]
    association = max(2 * auc.value - 1, 0.0)

    def at(confidence: float) -> Interval | None:
        """Both parts hold with this confidence together."""
        each = (1 + confidence) / 2
        own, other = _influence(explained, area.feature or "", each)[1], auc_interval(auc, each)
        if own is None:
            return None
        lows, highs = ([own.low, _associated(other.low)], [own.high, _associated(other.high)])
        low, high = (min(limit for limit in limits if limit is not None) for limits in (lows, highs))
        method = f"the smaller limits of {own.method} and {other.method}, each at {each:.6g}"
        return Interval(low=low, high=high, confidence=confidence, method=method)

    estimate = made(
        value=min(influence, association),
        bound=2 * auc.bound or None,
        interval=at(context.confidence),
        simultaneous=at(1 - (1 - context.confidence) / family),
        method=f"{explained.method}; {explained.space}",
    )
    return _Use(area, estimate, influence, association)


def _influence(explained: Rows, feature: str, confidence: float) -> tuple[float, Interval | None]:
    import numpy as np

    sizes, place = np.abs(explained.attributions), explained.features.index(feature)
    return share_of_means(sizes[:, place], sizes.sum(axis=1), confidence)


def _associated(area: float | None) -> float | None:
    return None if area is None else max(2 * area - 1, 0.0)


def _table(grouping: str, uses: list[_Use]) -> Exhibit:
    several = len({use.area.group for use in uses}) > 1
    rows = []
    for use in sorted(uses, key=lambda use: -(use.estimate.value or 0.0)):
        interval, name = use.estimate.interval, use.area.feature or ""
        rows.append((
            f"{name}: {use.area.group}" if several else name, use.estimate.value,
            interval.low if interval else None, interval.high if interval else None, use.influence, use.association,
        ))  # fmt: skip
    return Exhibit(
        name=f"use[{grouping}]",
        title=f"Inputs that stand in for {grouping.replace('_', ' ')} and are used",
        columns=columns(
            ("label", "Input", "text"), ("value", "Use", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("influence", "Influence", "rate"), ("association", "Association", "rate"),
        ),
        rows=tuple(rows),
        chart="interval",
    )  # fmt: skip
