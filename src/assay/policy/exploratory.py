"""Checks of what a search has found: a control of one informs or warns, and never closes a gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.checks.registry import exists, find
from assay.errors import PolicyError
from assay.record.policy import STAGES, Control
from assay.source import Source
from assay.verdict.stricter import Enforced, at_stage

HINT = "Write `warn` or `inform`: what was found by a search has to be asked beforehand to close a gate."
_CLOSED = {"block", "sign_off"}


def told(check: str | None) -> str:
    """What is wrong."""
    return f"`{check}` is exploratory and cannot close a gate"


def closing_problems(source: Source, index: int, control: dict[str, Any]) -> Iterator[PolicyError]:
    """An error for each of `enforcement` and `on_inconclusive` of a control as it is written by which a gate closes.

    A stage that `enforcement` leaves out blocks, and so does a control that leaves it out.
    """
    enforcement, answer = control.get("enforcement", "block"), control.get("on_inconclusive")
    stages = {**dict.fromkeys(STAGES, "block"), **enforcement} if isinstance(enforcement, dict) else {"": enforcement}
    answers = answer if isinstance(answer, dict) else {"": answer}
    for key, given in (("enforcement", stages), ("on_inconclusive", answers)):
        if any(isinstance(each, str) and each in _CLOSED for each in given.values()):
            at = ("controls", index, key if key in control else "check")
            yield PolicyError(told(control.get("check")), where=source.place(at), hint=HINT)


def closes(control: Control, enforcement: Enforced) -> bool:
    """Whether a control, with that enforcement, would close a gate that its check may not close."""
    if control.check is None or not exists(control.check) or not find(control.check).exploratory:
        return False
    return any(at_stage(enforcement, stage) == "block" for stage in STAGES)
