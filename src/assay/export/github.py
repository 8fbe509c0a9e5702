"""Annotations of a GitHub workflow: `::error file=…,line=…,title=…::…`, one a line, what closes the gate first.

GitHub shows the first ten of a level that a step prints and drops the rest without a word.
"""

from __future__ import annotations

from typing import Literal

from assay.export.cases import Case
from assay.export.escaping import line as on_one_line
from assay.export.places import place
from assay.export.problems import listed, stands
from assay.export.recorded import Recorded
from assay.record.gate import Effect, Gate

MOST = 10
"""Annotations of a level in one step; with those of three levels, fewer than the fifty of a job."""
LONGEST = 2000
"""Characters of a message: the runner cuts at 4096 of its own, of which some characters take two."""
LONGEST_TITLE = 250
Level = Literal["error", "warning", "notice"]
_LEVELS: dict[Effect, Level] = {
    "block": "error", "sign_off": "error", "warn": "warning", "inform": "notice", "none": "notice",
}  # fmt: skip


def render(recorded: Recorded) -> str:
    """The gate, then each control or group that does not pass: an error where it closes the gate, else less."""
    problems = [case for case in listed(recorded) if case.outcome not in ("pass", "not_applicable")]
    lines: dict[Level, list[str]] = {"error": [], "warning": [], "notice": []}
    lines["notice" if recorded.gate.open else "error"].append(_of_gate(recorded.gate))
    for case in problems:
        lines[_LEVELS[case.line.effect]].append(_of_case(recorded, case))
    return "".join(f"{line}\n" for level, said in lines.items() for line in _shown(level, said, recorded.report))


def _shown(level: Level, said: list[str], report: str | None) -> list[str]:
    """All of a level, or the worst and how many more there are."""
    if len(said) <= MOST:
        return [f"::{level} {line}" for line in said]
    more = len(said) - MOST + 1
    where = f": {report}" if report else ": see the report"
    last = (
        f"title={_property(f'{more} more are not shown')}::{_data(f'{more} more of this level are not shown{where}')}"
    )
    return [f"::{level} {line}" for line in [*said[: MOST - 1], last]]


def _of_gate(gate: Gate) -> str:
    """Its reasons too: some are of no control, such as a signature that is missing."""
    title = f"gate {gate.state} for {gate.stage}, exit code {gate.exit_code}"
    return f"title={_property(title)}::{_data('; '.join(gate.why))}"


def _of_case(recorded: Recorded, case: Case) -> str:
    at = place(recorded, case.finding)
    title = _property(f"{case.finding.id} {case.finding.title}")
    told = f"{case.name}: {stands(case)}. {case.sentence}"
    return f"file={_property(at.path, None)},line={at.line},title={title}::{_data(told)}"


def _data(text: str) -> str:
    return _escaped(_cut(on_one_line(text), LONGEST))


def _property(text: str, longest: int | None = LONGEST_TITLE) -> str:
    """Here a colon or a comma would end the value."""
    told = text if longest is None else _cut(on_one_line(text), longest)
    return _escaped(told).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
