"""Proxy strength: how well a group is told from what the model takes."""

from __future__ import annotations

from assay.checks.exhibit import columns
from assay.checks.fairness._proxies import ProxyParameters, proxies_asked
from assay.checks.registry import Context, check
from assay.checks.told import Area, area_estimate, areas, unknown_of
from assay.evidence.proxies import Proxies
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(ProxyParameters):
    """Which inputs, which groups, how many people."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Groups of sampled people told from inputs."""
    request, missing = proxies_asked(p, view)
    return Needs(() if request is None else (request,), missing)


@check("fairness.proxy_strength", version=1, estimates={"proxy_auc": "lower", "joint_proxy_auc": "lower"})
def proxy_strength(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No input of the model by itself tells a protected group from the others.

    Method: up to `size` people are drawn by their hash and put into five folds, every group spread evenly over them.
        For each fold the other four teach a model who belongs to a group; it then scores the people of the fold, whom
        it has not seen. From a category the score is the share of the group among those who have it, with one person
        more of the overall shares; from a number it is that of a decision tree of at most 16 leaves, each of one person
        in a hundred or more; from all inputs together it is that of boosted trees (scikit-learn's HistGradientBoosting,
        50 rounds, 16 leaves; of a category the 254 most frequent values are told apart). The estimate `proxy_auc` of
        each input is the chance that a member of the group has a higher score than somebody else of the same fold, ties
        counting half: 0.5 where the input says nothing of the group, 1 where it is the group. `joint_proxy_auc` is that
        of all inputs together. Of two groups one area stands for both. Beyond 100 different scores of a fold they are
        counted in as many bins, and what these can be off by is printed and added to the interval at both ends.
        Interval: DeLong's on the logit scale, of placements within the folds; where hardly any pair stands the wrong
        way round, the wider of it and Newcombe's; bounds over disjoint pairs where people are few. Since the folds
        teach each other, the variance is taken twice and people count half: simulated with inputs that say nothing, the
        usual interval holds 0.5 in 83 of 100 samples, this one in 95. A second, simultaneous interval at 1 - alpha/m
        holds for all m areas of one name of a grouping together.
    Evidence: counts of members and others by fold and score, of people of the dataset `data` who meet `where`, for the
        inputs `features` (`unprotected`: those not declared protected, which are no proxies but the thing itself) and
        the attributes `groups`. No row leaves the engine.
    Inconclusive when: the manifest lists no inputs or declares no groups; there is one group only; a group or the
        others are fewer than five in the sample, or than the minimum; too many belong to no known group; the interval
        straddles the threshold; the policy decides on the estimate and the scores were counted in bins; the manifest
        names a weight, an entity or a count, since the rows are drawn as if each stood for one other person; the data
        are on Spark, from which no row travels.
    Limits: the intervals tell how the people vary, not how the models would with other people to learn from. A
        stronger model may tell a group where these do not: the areas are what was shown, not a bound. Strength alone is
        no use: `fairness.proxy_use` asks whether the model leans on the input as well.
    Source: cross-fitting after Stone 1974; DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006. To report 0.7 for a
        single input is a convention.
    """
    request, missing = proxies_asked(p, context.view)
    if request is None:
        return Measured(missing=missing)
    found = evidence.of(request, Proxies)
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    by_grouping: dict[str, list[Area]] = {}
    for area in areas(found, p.data):
        by_grouping.setdefault(area.grouping, []).append(area)
    for grouping, of_it in by_grouping.items():
        single = [area for area in of_it if area.feature is not None]
        joint = [area for area in of_it if area.feature is None]
        made = [_estimate(area, len(family), context) for family in (single, joint) for area in family]
        estimates += made
        exhibits.append(_table(grouping, [*single, *joint], made))
    estimates.sort(key=lambda each: each.name != "proxy_auc")  # the name that a criterion means by itself comes first
    note = f"{found.drawn} of {found.available} rows drawn."
    return Measured(estimates=tuple(estimates), exhibits=tuple(exhibits), notes=(note,), unknown=unknown_of(found))


def _estimate(area: Area, family: int, context: Context) -> Estimate:
    made = area_estimate(
        area, family, context, "members", "others",
        name="proxy_auc" if area.feature is not None else "joint_proxy_auc", of=area.feature,
        grouping=area.grouping, group=area.group, reference=area.reference,
    )  # fmt: skip
    return made.model_copy(update={"share": area.share})


def _table(grouping: str, told: list[Area], estimates: list[Estimate]) -> Exhibit:
    several = len({area.group for area in told}) > 1
    rows = []
    pairs = zip(told, estimates, strict=True)
    for area, estimate in sorted(pairs, key=lambda pair: -(pair[1].value or 0.0)):
        interval = estimate.interval
        name = area.feature or "all inputs together"
        rows.append((
            f"{name}: {area.group}" if several else name, estimate.value, interval.low if interval else None,
            interval.high if interval else None, area.members, area.others,
        ))  # fmt: skip
    return Exhibit(
        name=f"proxies[{grouping}]",
        title=f"How well {grouping.replace('_', ' ')} is told from inputs",
        columns=columns(
            ("label", "Input", "text"), ("value", "AUC", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("members", "Members", "count"), ("others", "Others", "count"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.5,
        note="0.5: the input says nothing of the group; 1: it tells the group without fail.",
    )  # fmt: skip
