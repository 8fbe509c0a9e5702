"""What the job summary and the comment share: the gate in a few lines, and a table of controls, worst first."""

from __future__ import annotations

import re

from assay.export.document import address
from assay.export.escaping import markdown
from assay.export.fitting import Sheet
from assay.export.recorded import Recorded
from assay.export.standing import OUTCOMES, standing
from assay.record.finding import WORST_FIRST, Finding
from assay.record.gate import Effect, GateLine
from assay.record.parts import naming, part_outcomes
from assay.source.told import short

TABLE = ("| Control | Outcome | Severity | Why |", "| --- | --- | --- | --- |")
NAMED = 6
"""Groups, and controls that do not apply, that are named; the others are counted."""
_EFFECTS: tuple[Effect, ...] = ("block", "sign_off", "warn", "inform", "none")


def text(words: str, most: int = 400) -> str:
    """Foreign text on one line, cut where it is long."""
    return markdown(short(words, most))


def add_gate(sheet: Sheet, recorded: Recorded, most: int) -> None:
    """Open or closed, for which model and stage; then why, what a reader must not miss, and what lapses soon."""
    audit, gate = recorded.audit, recorded.gate
    state = "open" if gate.open else "CLOSED"
    subject = f"{text(audit.subject.name, 200)} {text(audit.subject.version, 40)}"
    as_of = f", {text(gate.as_of)}" if gate.as_of else ""
    sheet.add(f"**Gate {state}** for {subject} at {gate.stage}{as_of} (exit code {gate.exit_code})", "")
    minded = [f"Policy {policy.id}: {note}" for policy in audit.policies for note in policy.notes]
    waivers = [
        f"Waiver {state.id}, {state.control}: {state.warning or state.why}"
        for state in gate.waivers
        if not state.holds or state.warning
    ]
    for lines in (gate.why, minded, waivers):
        left = sheet.rows([f"- {text(line)}" for line in lines[:most]]) + max(0, len(lines) - most)
        if left:
            sheet.add(f"- {left} more like this not shown")


def add_end(sheet: Sheet, recorded: Recorded, left: int) -> None:
    """How much is not shown, where all of it is, and what does not apply."""
    where = link(recorded)
    if left:
        sheet.add("", f"{left} more not shown." + ("" if where else " The report in the bundle holds all of them."))
    if where:
        sheet.add("", where)
    names = [finding.id for finding in recorded.audit.findings if finding.outcome == "not_applicable"]
    if names:
        amount = f"Not applicable: {len(names)} control{'' if len(names) == 1 else 's'}"
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        listed = ", ".join(text(name, 120) for name in names[:NAMED])
        sheet.add("", f"{amount} ({listed}{more})") or sheet.add("", amount)


def counted(recorded: Recorded) -> str:
    """`14 controls: 2 fail (1 waived), 1 inconclusive, 11 pass`."""
    lines = {line.finding: line for line in recorded.gate.lines}
    parts = []
    for outcome in WORST_FIRST:
        mine = [lines[finding.id] for finding in recorded.audit.findings if finding.outcome == outcome]
        waived = sum(1 for line in mine if line.waived_by and line.effect == "none")
        if mine:
            parts.append(f"{len(mine)} {OUTCOMES[outcome]}" + (f" ({waived} waived)" if waived else ""))
    amount = len(recorded.audit.findings)
    return f"{amount} control{'' if amount == 1 else 's'}: {', '.join(parts)}" if parts else "no control was evaluated"


def worst_first(recorded: Recorded) -> list[tuple[Finding, GateLine]]:
    """What closes the gate first, then by outcome, then as the record has them."""
    lines = {line.finding: line for line in recorded.gate.lines}
    found = [(finding, lines[finding.id]) for finding in recorded.audit.findings]
    return sorted(found, key=lambda one: (_EFFECTS.index(one[1].effect), WORST_FIRST.index(one[0].outcome)))


def row(finding: Finding, line: GateLine) -> str:
    """A row of the table."""
    groups = aggregated(finding)
    why = f"{text(groups)}<br>{text(finding.sentence)}" if groups else text(finding.sentence)
    name = f"**{text(finding.id, 120)}** {text(finding.title, 200)}"
    return f"| {name} | {text(standing(line))} | {finding.severity} | {why} |"


def aggregated(finding: Finding) -> str:
    """`3 of 12 groups fail: a, b, c; 1 inconclusive: d`; nothing where the control has no parts."""
    if finding.outcome in ("error", "not_applicable"):
        return ""
    outcomes = part_outcomes(finding, naming(finding))
    if len(outcomes) < 2:
        return ""
    groups = all(one.group is not None for one in finding.measured.estimates)
    told: list[str] = []
    for outcome, one, many in (("fail", "fails", "fail"), ("inconclusive", "is inconclusive", "are inconclusive")):
        names = [name for name, found in outcomes.items() if found == outcome]
        if names:
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            of = "" if told else f" of {len(outcomes)} {'groups' if groups else 'parts'}"
            listed = ", ".join(short(name, 60) for name in names[:NAMED])
            told.append(f"{len(names)}{of} {one if len(names) == 1 else many}: {listed}{more}")
    return "; ".join(told)


def link(recorded: Recorded) -> str | None:
    """A link to the whole report, where somebody said where it is."""
    given = recorded.report
    if not given:
        return None
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", given)
    if scheme and scheme.group().lower() not in ("http:", "https:"):
        return f"The whole report: {text(given)}"
    return f"[The whole report](<{address(given).replace('&', '&amp;')}>)"
