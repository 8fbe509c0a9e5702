"""The verdict in words and the controls counted by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.finding import Outcome
from assay.record.gate import Gate
from assay.report.section import Section
from assay.report.words import OUTCOMES, SYMBOLS, count, enumeration, plural, sentence


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
        Tally(outcome, OUTCOMES[outcome], SYMBOLS[outcome], amount)
        for outcome, amount in amounts.items()
        if amount or outcome in ("pass", "fail", "inconclusive")
    )


def summary_of(sections: Sequence[Section]) -> str:
    """`12 controls: 5 pass, 2 fail (1 waived), 3 inconclusive, 2 not applicable`."""
    parts = []
    for tally in tallies(sections):
        waived = sum(s.waiver_holds for s in sections if s.outcome == tally.outcome)
        flag = f" ({count(waived)} waived)" if waived else ""
        parts.append(f"{count(tally.amount)} {tally.word}{flag}")
    return f"{plural(len(sections), 'control')}: {', '.join(parts)}"


def why(gate: Gate, sections: Sequence[Section]) -> str:
    """One plain sentence: which controls close the gate, or why it is open."""
    closing = {line.finding: line.outcome for line in gate.lines if line.effect in ("block", "sign_off")}
    parts = []
    for outcome, verb in (("error", "could not be evaluated"), ("fail", "fails"), ("inconclusive", "is inconclusive")):
        names = [s.control for s in sections if closing.get(s.key) == outcome]
        if names:
            many = {"fails": "fail", "is inconclusive": "are inconclusive"}.get(verb, verb)
            parts.append(f"{plural(len(names), 'control')} {verb if len(names) == 1 else many} ({_named(names)})")
    if gate.state == "closed":
        parts += [reason for reason in gate.why if reason.split(":")[0] not in closing]
        return sentence(f"It is closed because {enumeration(parts)}") if parts else "It is closed."
    return sentence("".join(gate.why[:1]))


def _named(names: list[str], most: int = 4) -> str:
    more = [f"{count(len(names) - most)} more"] if len(names) > most else []
    return enumeration(names[:most] + more)
