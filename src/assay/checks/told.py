"""People told apart from inputs: which inputs are looked at, and how well each tells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from assay.checks.registry import Context
from assay.evidence.proxies import Proxies, Told
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.stats.auc import Auc, auc_interval
from assay.stats.within import auc_within, cross_fitted

Undefined = Literal["estimate_undefined", "sample_too_small", "evidence_missing"]


def inputs_of(wanted: tuple[str, ...] | str, view: SubjectView) -> tuple[str, ...]:
    """The inputs of that name; `declared`: protected or a proxy; `unprotected`: not protected; `all`."""
    features = view.manifest.features or ()
    if not isinstance(wanted, str):
        return tuple(dict.fromkeys(wanted))
    if wanted == "declared":
        return tuple(each.name for each in features if each.protected or each.proxy_for)
    return tuple(each.name for each in features if wanted == "all" or not each.protected)


def lacking_inputs(wanted: tuple[str, ...] | str, view: SubjectView) -> tuple[str, ...]:
    """What the manifest lacks for a sample of people: the inputs, and rows that stand for one person each."""
    columns, features = view.manifest.columns, view.manifest.features or ()
    names = {feature.name for feature in features}
    missing = [f"features: {name}" for name in inputs_of(wanted, view) if names and name not in names]
    if names and not inputs_of(wanted, view):
        told = "declared protected or proxy_for" if wanted == "declared" else "not declared protected"
        missing.append(f"features: one {told}")
    if columns is not None and columns.count is not None:
        missing.append("rows of single people (columns.count: each stands for several)")
    return tuple(missing)


@dataclass(frozen=True)
class Area:
    """How well a group is told from an input, or from all together; or why it cannot be said."""

    feature: str | None
    grouping: str
    group: str | None
    """None: nobody's group is known."""
    reference: str | None
    """The other group, where there are two."""
    members: int
    others: int
    auc: Auc | None = None
    undefined: str | None = None
    undefined_as: Undefined = "estimate_undefined"

    @property
    def fewer(self) -> int:
        """Members or others, of which there are fewer: the minimum counts them."""
        return min(self.members, self.others)

    @property
    def share(self) -> float | None:
        """Of the people whose group is known, those of this group."""
        people = self.members + self.others
        return self.members / people if people else None


def areas(found: Proxies, data: str, what: str = "group") -> Iterator[Area]:
    """For every attribute and group: each input, then all together. `what` the people are told apart by."""
    told = {(one.feature, one.grouping, one.group): one for one in found.told}
    for attribute in found.attributes:
        sizes, people = dict(attribute.groups), sum(n for _, n in attribute.groups)
        names = [name for name, _ in attribute.groups]
        asked: Sequence[str | None] = names[:1] if len(names) == 2 else names or [None]
        for name in asked:
            reference = names[1] if len(names) == 2 else None
            members = sizes[name] if name is not None else 0
            why, kind = _why_not(found, len(names), members, people - members, data, what)
            for feature in (*found.features, None):
                one = None if name is None else told.get((feature, attribute.grouping, name))
                area = None if one is None else _area(one)
                reason = None if area is not None else why or "nobody could be told from anybody"
                yield Area(feature, attribute.grouping, name, reference, members, people - members, area, reason, kind)


def _why_not(
    found: Proxies, groups: int, members: int, others: int, data: str, what: str
) -> tuple[str | None, Undefined]:
    if not found.drawn:
        return f"there are no rows in the {data} data", "evidence_missing"
    if not groups:
        return f"nobody's {what} is known", "evidence_missing"
    if groups == 1:
        return f"everybody whose {what} is known has the same one", "estimate_undefined"
    if min(members, others) < 5:
        return f"{members} people of the {what} and {others} others are too few to be told apart", "sample_too_small"
    return None, "estimate_undefined"


def _area(told: Told) -> Auc | None:
    import numpy as np

    folds = [
        tuple(np.array(side, dtype=np.int64) for side in (fold.members, fold.others, fold.scores))
        for fold in told.folds
    ]
    found = auc_within([(members, others, scores) for members, others, scores in folds])
    return None if found is None else cross_fitted(found)


def unknown_of(found: Proxies) -> dict[str, float]:
    """Per attribute the share of the sample whose group is unknown."""
    return {each.grouping: each.unknown / found.drawn for each in found.attributes if found.drawn}


def area_estimate(
    area: Area, family: int, context: Context, members: str, others: str, **named: str | None
) -> Estimate:
    """The area with both intervals, among so many of its family, or why there is none. `named` as in an estimate."""
    auc, why, kind = area.auc, area.undefined, area.undefined_as
    if auc is not None and auc.bound and context.decide_on == "estimate":
        why = f"its scores were counted in bins, which can be off by {auc.bound:.2g}: no point decides"
        kind = "estimate_undefined"
    made = partial(Estimate, n=area.fewer, comparisons=family, **named)  # type: ignore[arg-type]
    if auc is None or why is not None:
        return made(undefined=why, undefined_as=kind)
    return made(
        value=auc.value,
        bound=auc.bound or None,
        interval=auc_interval(auc, context.confidence),
        simultaneous=auc_interval(auc, 1 - (1 - context.confidence) / family),
        method=f"area within five folds, {area.members} {members} and {area.others} {others}",
    )
