"""Stricter or not, judged at the gate: no evidence may open the child's gate where the parent's is closed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from assay.record.audit import EnforcementOf
from assay.record.estimate import Estimate, Shape
from assay.record.policy import (
    STAGES,
    TIERS,
    Answer,
    AnswerByTier,
    Comparison,
    Criterion,
    Enforcement,
    EnforcementByStage,
    Stage,
    Tier,
)
from assay.verdict.gate import answered, enforced_at
from assay.verdict.region import Region, region

ANSWERS: tuple[Answer, ...] = ("inform", "warn", "sign_off", "block")
"""What the gate may do, the mildest first."""

Enforced = Enforcement | EnforcementByStage
Answered = Answer | AnswerByTier | None

_ESTIMATES = tuple(
    Estimate(name="any", shape=shape, value=1.0, worse_only=worse_only, high_is_worse=high_is_worse)
    for shape in get_args(Shape)
    for worse_only, high_is_worse in ((False, False), (True, False), (True, True))
)
"""One of every kind: what is acceptable depends on nothing else of an estimate."""


def narrower(child: Comparison, parent: Criterion) -> bool:
    """Whether all that is acceptable to the child is acceptable to the parent, and something is.

    Both name the same estimate and the same operator. A higher level of significance is stricter: more fails, and a
    p-value passes nothing. Any other holds for every shape that an estimate can have: a ratio is
    judged on both sides, so that `at_least: 1.2` is not stricter than `at_least: 0.9`, which refuses 1.15.
    """
    if (child.operator, child.estimate) != (parent.operator, parent.estimate) or child.threshold is None:
        return False
    if parent.significance is not None and child.operator == "significance":
        return child.significance is not None and child.significance >= parent.significance
    if child.significance not in (None, parent.significance):
        return False
    stricter = put_in(parent, child.threshold)
    return all(_contained(region(stricter, estimate), region(parent, estimate)) for estimate in _ESTIMATES)


def _contained(inner: Region | None, outer: Region | None) -> bool:
    return inner is not None and outer is not None and not inner.empty and inner.within(outer)


def put_in(criterion: Criterion, threshold: float | tuple[float, float]) -> Criterion:
    """The criterion with another threshold."""
    return criterion.model_copy(update={criterion.operator: threshold})


def strictest(criteria: Sequence[Criterion]) -> Criterion | None:
    """What satisfies all of them, which differ in the threshold only; None where nothing does, or no single one."""
    first = criteria[0]
    if first.operator == "between":
        bounds = [criterion.between for criterion in criteria if criterion.between is not None]
        joined = max(low for low, _ in bounds), min(high for _, high in bounds)
        return put_in(first, joined) if joined[0] <= joined[1] else None
    for candidate in criteria:
        if all(candidate.threshold == other.threshold or narrower(candidate, other) for other in criteria):
            return candidate
    return None


def at_stage(enforcement: Enforced, stage: Stage) -> Enforcement:
    """What the gate does with a fail at that stage."""
    return enforced_at(EnforcementOf(control="", enforcement=enforcement), stage)


def when_inconclusive(enforcement: Enforced, on_inconclusive: Answered, stage: Stage, tier: Tier) -> Answer:
    """What the gate does with an inconclusive at that stage and tier."""
    rule = EnforcementOf(control="", enforcement=enforcement, on_inconclusive=on_inconclusive)
    answer = answered(rule, tier, enforced_at(rule, stage))
    return next(known for known in ANSWERS if known == answer)


def no_milder(child: Enforced, parent: Enforced) -> bool:
    """Whether the child's enforcement is at least the parent's at every stage."""
    return all(_rank(at_stage(child, stage)) >= _rank(at_stage(parent, stage)) for stage in STAGES)


def strictest_enforcement(all_of_them: Iterable[Enforced]) -> Enforced:
    """The strictest at every stage; one word where it is the same at all."""
    given = list(all_of_them)
    joined = {stage: max((at_stage(one, stage) for one in given), key=_rank) for stage in STAGES}
    values = list(joined.values())
    return values[0] if len(set(values)) == 1 else EnforcementByStage(**joined)


def has_raised(asked: Enforced, final: Enforced, before: Enforced) -> bool:
    """Whether it made the final enforcement what it is, at some stage."""
    return any(at_stage(asked, stage) == at_stage(final, stage) != at_stage(before, stage) for stage in STAGES)


def milder_than_inconclusive(enforcement: Enforced, on_inconclusive: Answered) -> tuple[Stage, Tier] | None:
    """The first stage and tier at which a fail weighs less than an inconclusive.

    There a stricter threshold, which turns an inconclusive into a fail, would open the gate.
    """
    for stage in STAGES:
        for tier in TIERS:
            answer = when_inconclusive(enforcement, on_inconclusive, stage, tier)
            if _rank(answer) > _rank(at_stage(enforcement, stage)):
                return stage, tier
    return None


def _rank(answer: Answer) -> int:
    return ANSWERS.index(answer)
