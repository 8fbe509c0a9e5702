"""The verdict in words and the controls counted by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.finding import Outcome
from assay.record.gate import Gate
from assay.report.language import gettext, ngettext
from assay.report.section import Section
from assay.report.words import OUTCOMES, STAGES, SYMBOLS, count, enumeration, sentence


@dataclass(frozen=True)
class Tally:
    """How many controls have an outcome."""

    outcome: Outcome
    word: str
    symbol: str
    amount: int


def tallies(sections: Sequence[Section]) -> tuple[Tally, ...]:
    """Every outcome that occurs, and the three that a reader looks for."""
    order: tuple[Outcome, ...] = ("pass", "fail", "inconclusive", "error", "not_applicable")
    amounts = {outcome: sum(s.outcome == outcome for s in sections) for outcome in order}
    return tuple(
        Tally(outcome, gettext(OUTCOMES[outcome]), SYMBOLS[outcome], amount)
        for outcome, amount in amounts.items()
        if amount or outcome in ("pass", "fail", "inconclusive")
    )


def summary_of(sections: Sequence[Section]) -> str:
    """`12 controls: 5 pass, 2 fail (1 waived), 3 inconclusive, 2 not applicable`."""
    parts = []
    for tally in tallies(sections):
        waived = sum(s.waiver_holds for s in sections if s.outcome == tally.outcome)
        flag = gettext(" (%(n)s waived)", n=count(waived)) if waived else ""
        parts.append(f"{count(tally.amount)} {tally.word}{flag}")
    return f"{controls(len(sections))}: {', '.join(parts)}"


def controls(amount: int) -> str:
    """`1 control`, `12 controls`."""
    return ngettext("%(n)s control", "%(n)s controls", amount, n=count(amount))


def verdict(gate: Gate) -> str:
    """`OPEN for staging`."""
    stage = gettext(STAGES[gate.stage])
    return gettext("OPEN for %(stage)s", stage=stage) if gate.state == "open" else (
        gettext("CLOSED for %(stage)s", stage=stage)
    )  # fmt: skip


def why(gate: Gate, sections: Sequence[Section]) -> str:
    """One plain sentence: which controls close the gate, or why it is open."""
    closing = {line.finding: line.outcome for line in gate.lines if line.effect in ("block", "sign_off")}
    parts = []
    for outcome in ("error", "fail", "inconclusive"):
        names = [s.control for s in sections if closing.get(s.key) == outcome]
        parts += [_closed(outcome, len(names), _named(names))] if names else []
    if gate.state == "closed":
        parts += [reason for reason in gate.why if reason.split(":")[0] not in closing]
        if not parts:
            return gettext("It is closed.")
        return sentence(gettext("It is closed because %(reasons)s", reasons=enumeration(parts)))
    return sentence("".join(gate.why[:1]))


def _closed(outcome: str, amount: int, names: str) -> str:
    n = count(amount)
    match outcome:
        case "error":
            one = ngettext("%(n)s control could not be evaluated", "%(n)s controls could not be evaluated", amount, n=n)
        case "fail":
            one = ngettext("%(n)s control fails", "%(n)s controls fail", amount, n=n)
        case _:
            one = ngettext("%(n)s control is inconclusive", "%(n)s controls are inconclusive", amount, n=n)
    return f"{one} ({names})"


def _named(names: list[str], most: int = 4) -> str:
    more = [gettext("%(n)s more", n=count(len(names) - most))] if len(names) > most else []
    return enumeration(names[:most] + more)
