"""The table on the terminal: findings worst first, then the gate."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter

from assay.cli.terminal import printable
from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST
from assay.record.gate import Gate

MARKS = {"error": "!", "fail": "✗", "inconclusive": "?", "pass": "✓", "not_applicable": "-"}
LINES = 7


def summary(audit: Audit, gate: Gate) -> str:
    """One row per control; the gate and every reason that closes it."""
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
    lines = {line.finding: line for line in gate.lines}
    names = [finding.id for finding in audit.findings]
    column = max((len(name) for name in names), default=0)
    rows = []
    for finding in audit.findings:
        line = lines[finding.id]
        flag = " (waived)" if line.waived_by and line.effect == "none" else " (warns)" if line.effect == "warn" else ""
        head = f"{MARKS[finding.outcome]} {finding.outcome.replace('_', ' ') + flag:<22} {finding.id:<{column}}  "
        body = textwrap.wrap(
            printable(finding.sentence), max(30, width - len(head)), break_long_words=False, break_on_hyphens=False
        ) or [""]
        shown = body if len(body) <= LINES else [*body[: LINES - 1], body[LINES - 1] + " …"]
        rows.append(head + f"\n{' ' * len(head)}".join(shown))
    return "\n".join([*rows, "", counted(audit, gate), *minded(audit), *told(gate)])


def counted(audit: Audit, gate: Gate) -> str:
    """`14 controls: 2 fail (1 waived), 1 inconclusive, 11 pass`."""
    outcomes = Counter(finding.outcome for finding in audit.findings)
    waived = Counter(line.outcome for line in gate.lines if line.waived_by and line.effect == "none")
    parts = []
    for outcome in WORST_FIRST:
        if outcomes[outcome]:
            of_which = f" ({waived[outcome]} waived)" if waived[outcome] else ""
            parts.append(f"{outcomes[outcome]} {outcome.replace('_', ' ')}{of_which}")
    count = len(audit.findings)
    return f"{count} control{'s'[: count != 1]}: {', '.join(parts)}" if parts else "no control was evaluated"


def minded(audit: Audit) -> list[str]:
    """What a reader must not miss: the law of another day, drafts, policies that have been replaced."""
    law = audit.law_at
    of_law = [f"law as of {law.day}, {law.why}"] if law.day != audit.at.date() else []
    return [*of_law, *(f"policy {policy.id}: {printable(note)}" for policy in audit.policies for note in policy.notes)]


def told(gate: Gate) -> list[str]:
    """The gate, and why."""
    waivers = [
        f"waiver {printable(state.id)}: {printable(state.warning or state.why)}"
        for state in gate.waivers
        if not state.holds or state.warning
    ]
    decided = [
        f"{kind} {printable(state.id)} on {printable(state.control)}: {printable(state.why)}"
        for kind, states in (("attestation", gate.attestations), ("sign-off", gate.sign_offs))
        for state in states
        if not state.counts
    ]
    return [*gate.told().splitlines(), *waivers, *decided]
