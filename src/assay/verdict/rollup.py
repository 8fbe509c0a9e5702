"""From judgements to the outcome of a finding: error > fail > inconclusive > pass, and nothing passes vacuously."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import fsum

from assay.record.asked import AskedStatement
from assay.record.estimate import Estimate
from assay.record.finding import ConditionReading, Finding, Judgement, Measured, Outcome, Reason
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.judge import judge, on_the_bad_side
from assay.verdict.region import region

ROUNDING = 1e-12
"""What a sum of shares may be off by: six groups of 1 % are 6 %."""
_FIELD = re.compile(r"(columns|data|docs|features|identity|metrics|training)(?=[.:]|$| of )")
"""How what is missing begins where the manifest should say it."""


@dataclass(frozen=True)
class Conclusion:
    """The outcome of one finding."""

    outcome: Outcome
    reason: Reason | None
    sentence: str
    judgements: tuple[Judgement, ...] = ()
    leading: Judgement | None = None
    """The judgement that the sentence tells: the worst of those that decide."""


def conclude(
    *,
    applicability: ConditionReading | None = None,
    requirement: ConditionReading | None = None,
    attest: AskedStatement | None = None,
    criteria: tuple[Criterion, ...] = (),
    small_groups: SmallGroups | None = None,
    limits: tuple[float, float, float] = (0.05, 0.05, 0.05),
    measured: Measured | None = None,
    error: str | None = None,
) -> Conclusion:
    """Everything that decides a finding, and nothing else; `verify` calls it again with what the record holds."""
    if applicability is not None and applicability.result is not True:
        if applicability.result is False:
            return Conclusion("not_applicable", None, f"Applies only if {applicability.sentence}")
        lacking = ", ".join(applicability.missing)
        return Conclusion("inconclusive", "applicability_unknown", f"Not known whether it applies; missing: {lacking}")
    if error is not None:
        return Conclusion("error", None, f"The check failed: {error.strip().splitlines()[-1]}")
    if requirement is not None:
        return _of_condition(requirement)
    if attest is not None:
        return Conclusion(
            "inconclusive", "attestation_pending", f"Nobody can measure it. To be attested: {attest.statement}"
        )
    return _of_measurement(criteria, small_groups or SmallGroups(), limits, measured or Measured())


def conclude_again(finding: Finding) -> Conclusion:
    """The conclusion from what the finding itself stores."""
    return conclude(
        applicability=finding.applicability,
        requirement=finding.requirement,
        attest=finding.attest,
        criteria=finding.criteria,
        small_groups=finding.small_groups,
        limits=finding.limits,
        measured=finding.measured,
        error=finding.error,
    )


def _of_condition(reading: ConditionReading) -> Conclusion:
    if reading.result is None:
        return Conclusion("inconclusive", "evidence_missing", f"Not known: {reading.sentence}")
    return Conclusion("pass" if reading.result else "fail", None, reading.sentence)


def _of_measurement(
    criteria: tuple[Criterion, ...],
    small_groups: SmallGroups,
    limits: tuple[float, float, float],
    measured: Measured,
) -> Conclusion:
    judgements: list[Judgement] = []
    for index, criterion in enumerate(criteria):
        wanted = _wanted(criterion, measured.estimates)
        judged = [judge(estimate, criterion, index, small_groups) for estimate in wanted]
        judged = [_limited(j, e, limits, measured) for j, e in zip(judged, wanted, strict=True)]
        judgements += _tolerate(judged, wanted, criterion, small_groups)
        if not wanted and not measured.missing:
            name = criterion.estimate or "an estimate"
            return Conclusion("error", None, f"The check gives no {name!r}", tuple(judgements))
    return _roll_up(tuple(judgements), measured, criteria)


def _wanted(criterion: Criterion, estimates: tuple[Estimate, ...]) -> list[Estimate]:
    if not estimates:
        return []
    if criterion.reported and criterion.estimate is None:
        return list(estimates)
    name = criterion.estimate or estimates[0].name
    return [estimate for estimate in estimates if estimate.name == name]


def _limited(
    judgement: Judgement, estimate: Estimate, limits: tuple[float, float, float], measured: Measured
) -> Judgement:
    """Too many people without label, decision or group: nothing can be concluded from those who have one."""
    unknown = measured.unknown.get(estimate.grouping or "")
    for share, limit, name in (
        (measured.unlabelled, limits[0], "have no label"),
        (measured.undecided, limits[1], "have no decision"),
        (unknown, limits[2], "belong to no known group"),
    ):
        if share is not None and share > limit and judgement.outcome in ("pass", "fail"):
            why = f"{share:.1%} {name}, more than {limit:.1%}; {judgement.sentence}"
            return judgement.model_copy(
                update={"outcome": "inconclusive", "reason": "evidence_missing", "sentence": why}
            )
    return judgement


def _tolerate(
    judgements: list[Judgement], estimates: list[Estimate], criterion: Criterion, small_groups: SmallGroups
) -> list[Judgement]:
    """Mark the undecided intersections which `maximum_unassessed` allows, grouping by grouping."""
    result = list(judgements)
    for grouping in dict.fromkeys(e.grouping for e in estimates if e.grouping and "*" in e.grouping):
        mine = [i for i, estimate in enumerate(estimates) if estimate.grouping == grouping]
        undecided = [i for i in mine if judgements[i].reason in ("sample_too_small", "interval_straddles")]
        shares = {estimates[i].group: estimates[i].share for i in undecided}
        decided = any(judgements[i].outcome == "pass" for i in mine)
        if not decided or any(share is None for share in shares.values()):
            continue
        if fsum(share for share in shares.values() if share is not None) > small_groups.maximum_unassessed + ROUNDING:
            continue
        for i in undecided:
            if not on_the_bad_side(estimates[i], criterion):
                result[i] = judgements[i].model_copy(update={"tolerated": True})
    return result


def _roll_up(judgements: tuple[Judgement, ...], measured: Measured, criteria: tuple[Criterion, ...]) -> Conclusion:
    estimates = {estimate.id: estimate for estimate in measured.estimates}

    def nearest(chosen: list[Judgement]) -> Judgement:
        """The one that stands worst: of the headline comparisons, that with the least room, or the most outside."""
        return min(chosen, key=lambda j: _standing(estimates[j.estimate], criteria[j.criterion]))

    failed = [j for j in judgements if j.outcome == "fail"]
    open_ = [j for j in judgements if j.outcome == "inconclusive" and not j.tolerated]
    passed = [j for j in judgements if j.outcome == "pass"]
    if failed:
        leading = nearest(failed)
        return Conclusion("fail", None, _and_more(leading, failed, "also fail"), judgements, leading)
    if measured.missing:
        return Conclusion("inconclusive", "evidence_missing", _lacking(measured.missing), judgements)
    if open_:
        leading = nearest(open_)
        sentence = _and_more(leading, open_, "also undecided")
        return Conclusion("inconclusive", leading.reason, sentence, judgements, leading)
    if not passed:
        return Conclusion("inconclusive", "evidence_missing", "Nothing was left to judge", judgements)
    leading = nearest(passed)
    return Conclusion("pass", None, _passed(leading, passed, judgements, estimates), judgements, leading)


def _lacking(missing: tuple[str, ...]) -> str:
    """What is to be done about it: most of it is a field of the manifest."""
    fields = [each for each in missing if _FIELD.match(each)]
    others = [each for each in missing if each not in fields]
    told = [f"Not there: {', '.join(others)}"] if others else []
    if fields:
        them = "it" if len(fields) == 1 else "them"
        told.insert(0, f"The manifest does not say {', '.join(fields)}: add {them} to model.yaml")
    return ". ".join(told)


def _standing(estimate: Estimate, criterion: Criterion) -> tuple[bool, float]:
    p = estimate.p_value if estimate.p_adjusted is None else estimate.p_adjusted
    if criterion.operator == "significance" and p is not None:
        return not estimate.headline, p
    good = region(criterion, estimate)
    room = float("inf") if good is None or estimate.value is None else good.room(estimate.value)
    return not estimate.headline, room


def _and_more(leading: Judgement, judgements: list[Judgement], also: str) -> str:
    more = len(judgements) - 1
    return leading.sentence + (f"; {more} more {also}" if more else "")


def _passed(
    leading: Judgement, passed: list[Judgement], judgements: tuple[Judgement, ...], estimates: dict[str, Estimate]
) -> str:
    """The pass that came nearest to failing, how many there are, and what was not assessed."""
    told = leading.sentence
    if len(passed) > 1:
        told = f"All {len(passed)} estimates pass; nearest to the limit: {leading.sentence}"
    left = {estimates[j.estimate].id: estimates[j.estimate] for j in judgements if j.outcome != "pass"}
    undecided = sorted({f"{e.group} ({(e.grouping or '').replace('*', ' and ')})" for e in left.values()})
    return f"{told}; not assessed: {', '.join(undecided)}" if undecided else told
