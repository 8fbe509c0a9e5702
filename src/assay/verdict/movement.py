"""Estimates of two audits side by side: which moved, whether by more than noise, and how far they are from failing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite

from assay.record.comparison import Movement
from assay.record.estimate import Estimate, Interval
from assay.record.finding import WORST_FIRST, Finding, Judgement, Outcome
from assay.verdict.region import region

_SAME = 1e-9
"""Estimates that are not made of counts are the same in two audits of the same inputs to 1e-12 of their size."""

Key = tuple[str, str, str, str]


def moved(pairs: Iterable[tuple[Finding, Finding]]) -> tuple[Movement, ...]:
    """Those beyond their interval first, then those that came nearest to their threshold or furthest beyond it."""
    found = [movement for old, new in pairs for movement in _of_finding(old, new)]
    return tuple(sorted(found, key=_urgency))


def _urgency(movement: Movement) -> tuple[bool, bool, float, str, str]:
    margin = float("inf") if movement.after_margin is None else movement.after_margin
    return not movement.beyond, not movement.nearer, margin, movement.finding, movement.estimate


def _of_finding(old: Finding, new: Finding) -> Iterator[Movement]:
    before, after = _judged(old), _judged(new)
    for was, now in _matched(old, new):
        if was.value is None or now.value is None:
            continue
        outcomes = [_outcome(judged.get(one.id, ())) for judged, one in ((before, was), (after, now))]
        margins = [_margin(finding, judged.get(one.id, ()), one)
                   for finding, judged, one in ((old, before, was), (new, after, now))]  # fmt: skip
        if _same(was.value, now.value) and _same(margins[0], margins[1]):
            continue
        yield Movement(
            finding=new.id, estimate=now.id, severity=new.severity, before=was.value, after=now.value,
            before_interval=was.interval, after_interval=now.interval,
            before_reference=was.reference, after_reference=now.reference,
            before_outcome=outcomes[0], after_outcome=outcomes[1], before_margin=margins[0], after_margin=margins[1],
            beyond=_beyond(was, now),
        )  # fmt: skip


def _matched(old: Finding, new: Finding) -> Iterator[tuple[Estimate, Estimate]]:
    """The same estimate of both: by its id, else, where the reference is another group now, by its own group."""
    before, after = ({one.id: one for one in finding.measured.estimates} for finding in (old, new))
    yield from ((before[name], after[name]) for name in sorted(before.keys() & after.keys()))
    left = [_by_group(one for name, one in mine.items() if name not in other)
            for mine, other in ((before, after), (after, before))]  # fmt: skip
    for key in sorted(left[0].keys() & left[1].keys()):
        if len(left[0][key]) == len(left[1][key]) == 1:
            yield left[0][key][0], left[1][key][0]


def _by_group(estimates: Iterable[Estimate]) -> dict[Key, list[Estimate]]:
    named: dict[Key, list[Estimate]] = {}
    for one in estimates:
        if one.headline and one.group is not None:
            named.setdefault((one.name, one.of or "", one.grouping or "", one.group), []).append(one)
    return named


def _judged(finding: Finding) -> dict[str, list[Judgement]]:
    named: dict[str, list[Judgement]] = {}
    for judgement in finding.judgements:
        named.setdefault(judgement.estimate, []).append(judgement)
    return named


def _outcome(judgements: Iterable[Judgement]) -> Outcome | None:
    return min((one.outcome for one in judgements), key=WORST_FIRST.index, default=None)


def _margin(finding: Finding, judgements: Iterable[Judgement], estimate: Estimate) -> float | None:
    """Room to the nearest threshold of those that judge it."""
    rooms = []
    for judgement in judgements:
        if estimate.value is None or estimate.excluded is not None or judgement.criterion >= len(finding.criteria):
            continue
        good = region(finding.criteria[judgement.criterion], estimate)
        room = None if good is None or good.empty else good.room(estimate.value)
        if room is not None and isfinite(room):
            rooms.append(room)
    return min(rooms, default=None)


def _beyond(old: Estimate, new: Estimate) -> bool:
    assert old.value is not None and new.value is not None  # noqa: S101, PT018  the caller has asked
    if _same(old.value, new.value):
        return False
    if old.interval is None:
        return old.basis == "exact"
    return not _within(new.value, old.interval) or (new.interval is not None and _apart(old.interval, new.interval))


def _within(value: float, interval: Interval) -> bool:
    return (interval.low is None or value >= interval.low) and (interval.high is None or value <= interval.high)


def _apart(one: Interval, other: Interval) -> bool:
    def below(left: Interval, right: Interval) -> bool:
        return left.high is not None and right.low is not None and left.high < right.low

    return below(one, other) or below(other, one)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME * max(1.0, abs(one), abs(other))
