"""What the library logs, to the logger `assay`: where a stage begins and ends, what the gate says. Nothing is printed.

Texts of manifests and policies stay one line in a log: whatever steers or breaks lines is written as its code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.api.evaluations import Evaluation
    from assay.run.audit import Job

Progress = Callable[[str, int, int], None]
LOGGER = logging.getLogger("assay")
LOGGER.addHandler(logging.NullHandler())


def logged(progress: Progress) -> Progress:
    """The same progress, logged: INFO for the beginning and the end of a stage, DEBUG for its steps."""
    begun: set[str] = set()

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in begun:
            begun.add(stage)
            LOGGER.info("%s: begins", escaped(stage))
        elif done < total:
            LOGGER.debug("%s: %d of %d", escaped(stage), done, total)
        if done >= total:
            LOGGER.info("%s: done", escaped(stage))
        progress(stage, done, total)

    return tell


def log_job(job: Job) -> None:
    """What is going to be audited."""
    identity = job.manifest.manifest.identity
    policies = ", ".join(f"{each.policy.id} {each.policy.version}" for each in job.policies)
    LOGGER.info("audit of %s %s against %s", *map(escaped, (identity.id, identity.version, policies)))


def log_evaluation(done: Evaluation) -> None:
    """What came of it."""
    for note in done.notes:
        LOGGER.info("note: %s", escaped(note))
    gate = done.gate
    LOGGER.info("audit %s: gate %s, exit code %d", escaped(done.audit.id), gate.state, gate.exit_code)


def escaped(text: str) -> str:
    """The text in one line, with codes for what is not printed: a line break is `[U+000A]`."""
    return "".join(char if char.isprintable() else f"[U+{ord(char):04X}]" for char in text[:500])
