"""An audit as a fragment of HTML for a notebook: no script, no style sheet, no colour that hides text in the dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.gate import Gate, GateLine
from assay.report.page import environment, legible
from assay.report.rows import Row
from assay.report.tables import estimate_tables
from assay.report.words import OUTCOMES, SYMBOLS, moment, plural, printed, sentence

MOST_FINDINGS, MOST_GROUPS, MOST_OF_ONE, MOST_REASONS = 20, 8, 3, 5
"""Rows that a cell of a notebook shows; the frames hold all of them."""
LONGEST = 280
"""Characters of a sentence."""
_NOT_PASSED = ("error", "fail", "inconclusive")


@dataclass(frozen=True)
class Shown:
    """A row: a finding, or one group of it."""

    outcome: str
    symbol: str
    word: str
    flag: str
    name: str
    text: str
    n: str = ""
    value: str = ""
    interval: str = ""


def render_notebook(audit: Audit, gate: Gate, *, notes: Sequence[str] = ()) -> str:
    """Gate, tallies, findings worst first, and the groups that fare worst. All text is escaped."""
    lines = {line.finding: line for line in gate.lines}
    groups = list(_groups(audit.findings))
    template = environment(legible).get_template("notebook.html.j2")
    return template.render(
        model=f"{audit.subject.name} {audit.subject.version}",
        open=gate.open,
        stage=gate.stage,
        at=moment(audit.at),
        policies=", ".join(f"{policy.id} {policy.version}" for policy in audit.policies),
        reasons=[_cut(reason) for reason in gate.why[:MOST_REASONS]],
        more_reasons=max(0, len(gate.why) - MOST_REASONS),
        tallies=_tallies(audit),
        findings=[_finding(each, lines.get(each.id)) for each in audit.findings[:MOST_FINDINGS]],
        more_findings=max(0, len(audit.findings) - MOST_FINDINGS),
        groups=groups[:MOST_GROUPS],
        more_groups=max(0, len(groups) - MOST_GROUPS),
        notes=[_cut(note) for note in notes],
    )


def _tallies(audit: Audit) -> str:
    """`2 controls: 1 ✕ fail, 1 ✓ pass`."""
    held = Counter(finding.outcome for finding in audit.findings)
    parts = [f"{held[outcome]} {SYMBOLS[outcome]} {OUTCOMES[outcome]}" for outcome in WORST_FIRST if held[outcome]]
    return f"{plural(len(audit.findings), 'control')}: {', '.join(parts)}" if parts else "No control was evaluated"


def _finding(finding: Finding, line: GateLine | None) -> Shown:
    return Shown(
        outcome=finding.outcome,
        symbol=SYMBOLS[finding.outcome],
        word=OUTCOMES[finding.outcome],
        flag=_flag(line),
        name=finding.id,
        text=_cut(printed(sentence(finding.sentence))),
    )


def _flag(line: GateLine | None) -> str:
    """What people have decided about it."""
    if line is None:
        return ""
    if line.waived_by:
        return "waived" if line.effect == "none" else "waiver without effect"
    if line.attested:
        return f"attested: {line.attested}"
    return "signed off" if line.signed_off_by else ""


def _groups(findings: Sequence[Finding]) -> Iterator[Shown]:
    """Groups that do not pass, those of the worst control first; a few of each."""
    for finding in findings:
        rows = [row for table in estimate_tables(finding) for row in table.rows]
        bad = [row for row in rows if row.estimate.group is not None and row.outcome in _NOT_PASSED]
        for row in sorted(bad, key=_rank)[:MOST_OF_ONE]:
            against = f" against {row.against}" if row.against else ""
            grouping = f" ({row.grouping})" if row.grouping else ""
            yield Shown(
                outcome=row.outcome,
                symbol=row.symbol,
                word=row.word,
                flag="",
                name=finding.id,
                text=f"{row.group}{against}{grouping}",
                n=row.n,
                value=row.value,
                interval=row.interval,
            )


def _rank(row: Row) -> tuple[int, float]:
    """The worst outcome first, of one outcome what lies farthest from "no difference"."""
    estimate = row.estimate
    if estimate.value is None or estimate.shape == "value":
        return _NOT_PASSED.index(row.outcome), 0.0
    return _NOT_PASSED.index(row.outcome), -abs(estimate.value - (1.0 if estimate.shape == "ratio" else 0.0))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
