"""A difference in words, for the terminal, Markdown and HTML alike: sections of short lines, worst first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.record.comparison import (
    AuditDifference,
    Compared,
    Evidence,
    FileChange,
    FindingChange,
    Loss,
    Movement,
    PolicyChange,
    TermChange,
    WaiverChange,
)
from assay.record.estimate import Interval
from assay.record.finding import Outcome
from assay.record.gate import Effect

SHOWN = 8
"""Groups of a control that are named; the others are counted."""
_OUTCOMES: dict[Outcome, str] = {
    "pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "error": "error",
    "not_applicable": "not applicable",
}  # fmt: skip
_EFFECTS: dict[Effect, str] = {
    "none": "does nothing to the gate",
    "inform": "for information",
    "warn": "warns",
    "sign_off": "closes the gate until signed off",
    "block": "closes the gate",
}
_LOSSES: dict[Loss, tuple[str, str]] = {
    "evidence_missing": ("the evidence is missing now", "the evidence is there now"),
    "not_applicable": ("no longer applies", "applies now"),
    "estimates": ("no longer measured", "measured now"),
}


@dataclass(frozen=True)
class Told:
    """One thing that differs. All of it is plain text, some of it foreign."""

    name: str
    """`p/FAIR-01`, `model`, the id of a waiver."""
    change: str
    """`pass → fail, closes the gate`."""
    why: str = ""


@dataclass(frozen=True)
class Section:
    """Things that differ in the same way."""

    title: str
    lines: tuple[Told, ...]
    counted: str = ""
    """How the headline counts it: `2 newly failing`; empty: not there."""
    worse: bool = False
    """Whether it makes the new audit worse."""
    quiet: bool = False
    """Whether a reader in a hurry may pass over it."""


def sections(difference: AuditDifference) -> tuple[Section, ...]:
    """What differs; nothing where nothing does."""
    beyond = [move for move in difference.moved if move.beyond]
    within = [move for move in difference.moved if not move.beyond]
    policy = (*map(_policy, difference.policies), *map(_term, difference.terms))
    every = (
        Section("Newly in error", tuple(map(_finding, difference.newly_error)), "newly in error", worse=True),
        Section("Newly failing", tuple(map(_finding, difference.newly_failing)), "newly failing", worse=True),
        Section(
            "Evidence lost",
            tuple(_evidence(one, lost=True) for one in difference.lost),
            "lost their evidence",
            worse=True,
        ),
        Section("Controls gone", tuple(map(_finding, difference.removed)), "gone", worse=True),
        Section(
            "Newly inconclusive", tuple(map(_finding, difference.newly_inconclusive)), "newly inconclusive", worse=True
        ),
        Section(
            "Closes the gate and did not",
            (
                *(Told("gate", why) for why in difference.closed_by),
                *(_closing(one, difference.waivers) for one in difference.newly_closing),
            ),
            "newly closing the gate",
            worse=True,
        ),
        Section("Policy changed", policy),
        Section("Waivers changed", tuple(map(_waiver, difference.waivers))),
        Section("Same outcome, another effect on the gate", tuple(map(_effect, difference.effects))),
        Section("Model and data changed", tuple(map(_file, difference.files))),
        Section("Estimates that moved beyond their interval", tuple(map(_movement, beyond))),
        Section("Fixed", tuple(map(_finding, difference.fixed)), "fixed"),
        Section("Evidence gained", tuple(_evidence(one, lost=False) for one in difference.gained)),
        Section("Controls added", tuple(map(_finding, difference.added)), "added"),
        Section("Estimates that moved within their interval", tuple(map(_movement, within)), quiet=True),
    )
    return tuple(section for section in every if section.lines)


def headline(difference: AuditDifference) -> str:
    """`Worse: the gate closed, 1 newly failing`; `Nothing got worse: 1 fixed`; `Nothing differs`."""
    if difference.empty:
        return "Nothing differs"
    counted = [f"{len(section.lines)} {section.counted}" for section in sections(difference) if section.counted]
    if difference.closed:
        counted.insert(0, "the gate closed")
    return ("Worse" if difference.worse else "Nothing got worse") + (f": {', '.join(counted)}" if counted else "")


def warnings(difference: AuditDifference) -> tuple[str, ...]:
    """What has to be known before anything else is read."""
    old, new = difference.old, difference.new
    found = []
    if difference.other_model:
        found.append(f"These are audits of different models: {old.model} and {new.model}.")
    if old.law_at != new.law_at:
        found.append(f"The law applied is that of {new.law_at}, and was that of {old.law_at}.")
    if old.gate and new.gate and old.gate.stage != new.gate.stage:
        found.append(f"The gates are of different stages: {old.gate.stage} and {new.gate.stage}.")
    return tuple(found)


def gates(difference: AuditDifference) -> str | None:
    """`open → closed (exit 1) at staging`; None where a gate is not known."""
    old, new = difference.old.gate, difference.new.gate
    if old is None or new is None:
        return None
    states = f"{new.state}, as before" if old.state == new.state else f"{old.state} → {new.state}"
    return f"{states} (exit {new.exit_code}) at {new.stage}"


def side(compared: Compared) -> str:
    """`Credit default 1.0.0, audit 0123456789abcdef of 2026-03-31 12:00 UTC`."""
    return f"{compared.name} {compared.version}, audit {compared.audit} of {_moment(compared.at)}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _finding(change: FindingChange) -> Told:
    before, after = (outcome and _OUTCOMES[outcome] for outcome in (change.before, change.after))
    if before is None or after is None:
        words = f"new: {after}" if before is None else f"gone, was {before}"
    else:
        words = f"{before}, as before" if before == after else f"{before} → {after}"
    if change.waived_by:
        words += f", waived by {change.waived_by}"
    elif change.after_effect not in (None, "none"):
        words += f", {_EFFECTS[change.after_effect]}"
    return Told(change.finding, words + _named(change.parts), f"{change.title}. {change.sentence}")


def _named(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return f"; {', '.join(parts[:SHOWN])}{more}"


def _evidence(one: Evidence, *, lost: bool) -> Told:
    why = f"{one.title}." if one.kind == "estimates" else f"{one.title}. {one.sentence}"
    return Told(one.finding, _LOSSES[one.kind][0 if lost else 1] + _named(one.parts), why)


def _effect(change: FindingChange) -> Told:
    assert change.before_effect is not None and change.after_effect is not None  # noqa: S101, PT018  both have a gate
    outcome = _OUTCOMES[change.after] if change.after else ""
    waived = f", waived by {change.waived_by}" if change.waived_by else ""
    return Told(
        change.finding, f"{outcome}: {_EFFECTS[change.before_effect]} → {_EFFECTS[change.after_effect]}{waived}",
        f"{change.title}. {change.sentence}",
    )  # fmt: skip


def _closing(change: FindingChange, waivers: Iterable[WaiverChange]) -> Told:
    """With the waivers that no longer hold, which are why it closes the gate."""
    told = _effect(change)
    ended = [f"waiver {one.id} {one.kind}: {one.why}" for one in waivers
             if one.control == change.finding and one.kind != "gained"]  # fmt: skip
    because = "; ".join([*([change.after_why] if change.after_why else []), *ended])
    return Told(told.name, told.change, f"{because}. {told.why}" if because else told.why)


def _policy(change: PolicyChange) -> Told:
    before, after = change.before_version, change.after_version
    if before is None or after is None:
        return Told(change.id, f"added, {after}" if before is None else f"gone, was {before}", change.title)
    words = f"{before} → {after}" if before != after else f"{after}, with another text"
    return Told(change.id, words, f"{change.title}. SHA-256 {_short(change.after_digest)}, was "
                                  f"{_short(change.before_digest)}")  # fmt: skip


def _term(change: TermChange) -> Told:
    return Told(change.finding, f"{change.direction}: {change.what} {change.before} → {change.after}")


def _file(change: FileChange) -> Told:
    if change.before is None or change.after is None:
        return Told(change.role, "added" if change.before is None else "gone")
    return Told(change.role, "changed", f"SHA-256 {_short(change.after)}, was {_short(change.before)}")


def _short(digest: str | None) -> str:
    return (digest or "").removeprefix("sha256:")[:16]


def _waiver(change: WaiverChange) -> Told:
    return Told(change.id, f"{change.kind}, of {change.control}", change.why)


def _movement(move: Movement) -> Told:
    before, after = (
        f"{_number(value, other)}{_span(interval)}"
        for value, other, interval in (
            (move.before, move.after, move.before_interval),
            (move.after, move.before, move.after_interval),
        )
    )
    return Told(f"{move.finding} {move.estimate}", f"{before} → {after}", "; ".join(_of_movement(move)))


def _of_movement(move: Movement) -> Iterator[str]:
    before, after = (outcome and _OUTCOMES[outcome] for outcome in (move.before_outcome, move.after_outcome))
    if after is not None:
        yield after if before is None else f"still {after}" if before == after else f"{before} → {after}"
    if move.after_margin is not None and move.before_margin is not None:
        yield f"{_room(move.after_margin, move.before_margin)}, was {_room(move.before_margin, move.after_margin)}"
    if move.before_reference != move.after_reference:
        yield f"compared with {move.after_reference or 'nobody'}, was {move.before_reference or 'nobody'}"


def _room(margin: float, other: float) -> str:
    if margin == 0:
        return "at its threshold"
    return f"{_number(abs(margin), abs(other))} {'inside' if margin > 0 else 'beyond'} its threshold"


def _span(interval: Interval | None) -> str:
    if interval is None:
        return ""
    low = "−∞" if interval.low is None else _number(interval.low)
    high = "∞" if interval.high is None else _number(interval.high)
    return f" ({low} to {high})"


def _number(value: float, *others: float) -> str:
    """Three significant digits, or as many more as it takes to tell it from the others."""
    for digits in range(3, 18):
        text = f"{value:.{digits}g}"
        if all(other == value or f"{other:.{digits}g}" != text for other in others):
            break
    return text


def cut(lines: Iterable[Told], most: int) -> tuple[tuple[Told, ...], int]:
    """The first lines, and how many are left out."""
    every = tuple(lines)
    return every[:most], max(0, len(every) - most)
