"""What two audits asked: policies, thresholds and enforcement that are not what they were, and in which direction."""

from __future__ import annotations

from collections.abc import Iterator

from assay.record.audit import Audit, EnforcementOf
from assay.record.comparison import Direction, PolicyChange, TermChange
from assay.record.finding import Finding
from assay.record.frozen import Frozen
from assay.record.policy import STAGES, TIERS, Criterion
from assay.verdict.stricter import ANSWERS, narrower, no_milder, when_inconclusive

_ORDER: tuple[Direction, ...] = ("looser", "changed", "stricter")


def changed_policies(old: Audit, new: Audit) -> tuple[PolicyChange, ...]:
    """Policies that are new, gone or of other bytes."""
    before = {policy.id: policy for policy in old.policies}
    after = {policy.id: policy for policy in new.policies}
    return tuple(
        PolicyChange(
            id=name,
            title=(after.get(name) or before[name]).title,
            before_version=before[name].version if name in before else None,
            after_version=after[name].version if name in after else None,
            before_digest=before[name].digest if name in before else None,
            after_digest=after[name].digest if name in after else None,
        )
        for name in sorted(before.keys() | after.keys())
        if name not in before or name not in after or before[name].digest != after[name].digest
    )


def changed_terms(old: Audit, new: Audit) -> tuple[TermChange, ...]:
    """Of controls that both audits have: what opens a gate first."""
    before, after = ({finding.id: finding for finding in audit.findings} for audit in (old, new))
    rules = [{rule.control: rule for policy in audit.policies for rule in policy.enforcements} for audit in (old, new)]
    found = [
        change
        for name in before.keys() & after.keys()
        for change in (
            *_asked(before[name], after[name]),
            *_enforced(rules[0].get(name), rules[1].get(name)),
        )
    ]
    return tuple(
        sorted(found, key=lambda change: (_ORDER.index(change.direction), change.finding, change.what, change.before))
    )


def _asked(old: Finding, new: Finding) -> Iterator[TermChange]:
    yield from _criteria(old, new)
    if old.severity != new.severity:
        higher = TIERS.index(new.severity) > TIERS.index(old.severity)
        yield _term(new.id, "severity", old.severity, new.severity, "stricter" if higher else "looser")
    if old.small_groups is not None and new.small_groups is not None:
        pairs = (old.small_groups.minimum, new.small_groups.minimum)
        if pairs[0] != pairs[1]:
            yield _term(new.id, "small_groups.minimum", *pairs)
        shares = (old.small_groups.maximum_unassessed, new.small_groups.maximum_unassessed)
        if shares[0] != shares[1]:
            yield _term(new.id, "maximum_unassessed", *shares, "stricter" if shares[1] < shares[0] else "looser")
    for name, was, now in zip(
        ("maximum_unlabelled", "maximum_undecided", "maximum_unknown"), old.limits, new.limits, strict=True
    ):
        if was != now:
            yield _term(new.id, name, was, now, "stricter" if now < was else "looser")
    if old.check is not None and new.check is not None:
        if (old.check.id, old.check.version) != (new.check.id, new.check.version):
            before, after = (f"{check.id}, version {check.version}" for check in (old.check, new.check))
            yield _term(new.id, "check", before, after)
        was_, now_ = old.check.parameters, new.check.parameters
        for key in sorted(was_.keys() | now_.keys()):
            if was_.get(key) != now_.get(key):
                yield _term(new.id, f"with {key}", was_.get(key), now_.get(key))


def _criteria(old: Finding, new: Finding) -> Iterator[TermChange]:
    before, after = _by_name(old), _by_name(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        name = " ".join(part for part in key[:2] if part)
        if was is None or now is None:
            direction: Direction = "stricter" if was is None else "looser"
            yield _term(new.id, name, was and was.threshold, now and now.threshold, direction)
            continue
        if was.threshold != now.threshold or was.significance != now.significance:
            tighter, wider = narrower(now, was), narrower(was, now)
            direction = "changed" if tighter == wider else "stricter" if tighter else "looser"
            yield _term(new.id, name, _threshold(was), _threshold(now), direction)
        for field in ("decide_on", "confidence", "sides", "source"):
            if getattr(was, field) != getattr(now, field):
                yield _term(new.id, f"{name}: {field}", getattr(was, field), getattr(now, field))


def _by_name(finding: Finding) -> dict[tuple[str, str, int], Criterion]:
    """By estimate and operator; criteria that share both are told apart by their order."""
    named: dict[tuple[str, str, int], Criterion] = {}
    for criterion in finding.criteria:
        key = (criterion.estimate or "", criterion.operator)
        named[(*key, sum(other[:2] == key for other in named))] = criterion
    return named


def _threshold(criterion: Criterion) -> str:
    both = criterion.significance is not None and criterion.operator != "significance"
    return _shown(criterion.threshold) + (f", significance {_shown(criterion.significance)}" if both else "")


def _enforced(old: EnforcementOf | None, new: EnforcementOf | None) -> Iterator[TermChange]:
    if old is None or new is None:
        return
    if old.enforcement != new.enforcement:
        up, down = no_milder(new.enforcement, old.enforcement), no_milder(old.enforcement, new.enforcement)
        direction: Direction = "changed" if up == down else "stricter" if up else "looser"
        yield _term(new.control, "enforcement", old.enforcement, new.enforcement, direction)
    if old.on_inconclusive != new.on_inconclusive:
        ranks = [
            [
                ANSWERS.index(when_inconclusive(rule.enforcement, rule.on_inconclusive, stage, tier))
                for stage in STAGES
                for tier in TIERS
            ]
            for rule in (old, new)
        ]
        up = all(after >= before for before, after in zip(*ranks, strict=True))
        down = all(after <= before for before, after in zip(*ranks, strict=True))
        direction = "changed" if up == down else "stricter" if up else "looser"
        yield _term(new.control, "on_inconclusive", old.on_inconclusive, new.on_inconclusive, direction)
    if old.waivable != new.waivable:
        yield _term(new.control, "waivable", old.waivable, new.waivable, "looser" if new.waivable else "stricter")


def _term(finding: str, what: str, before: object, after: object, direction: Direction = "changed") -> TermChange:
    return TermChange(finding=finding, what=what, before=_shown(before), after=_shown(after), direction=direction)


def _shown(value: object) -> str:
    """A threshold, an enforcement or a parameter in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case list() | tuple():
            return f"[{', '.join(_shown(one) for one in value)}]"
        case Frozen():
            given = value.model_dump(exclude_none=True, by_alias=True)
            return ", ".join(f"{name} {_shown(inner)}" for name, inner in given.items())
        case dict():
            return ", ".join(f"{name} {_shown(inner)}" for name, inner in sorted(value.items())) or "nothing"
        case _:
            return str(value)
