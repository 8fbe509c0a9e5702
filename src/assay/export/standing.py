"""How a finding stands at the gate, in words: people may have answered it, and its outcome stays what it was."""

from __future__ import annotations

from assay.record.finding import Outcome
from assay.record.gate import Effect, GateLine

OUTCOMES: dict[Outcome, str] = {
    "pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "error": "error",
    "not_applicable": "not applicable",
}  # fmt: skip
EFFECTS: dict[Effect, str] = {
    "none": "",
    "inform": "for information",
    "warn": "warns",
    "sign_off": "closes the gate until signed off",
    "block": "closes the gate",
}


def accepted(line: GateLine) -> str | None:
    """`waived by W-1` or `signed off by S-1`: somebody answers for going on with it."""
    if line.effect != "none" or line.outcome in ("pass", "not_applicable"):
        return None
    if line.waived_by:
        return f"waived by {line.waived_by}"
    return f"signed off by {line.signed_off_by}" if line.signed_off_by else None


def standing(line: GateLine) -> str:
    """`fail, closes the gate`; `fail, waived by W-1`; `inconclusive, attested: pass`; `pass`."""
    parts = (
        OUTCOMES[line.outcome],
        f"attested: {line.attested}" if line.attested else "",
        accepted(line) or EFFECTS[line.effect],
    )
    return ", ".join(part for part in parts if part)
