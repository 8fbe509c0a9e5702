"""The estimates of a bundle once more, from its evidence."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import read

if TYPE_CHECKING:
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.run.recompute import Recomputation

LARGEST_TOGETHER = 1 << 30
"""Bytes of all tables that are read."""
MOST_NAMED = 20


def recomputed(found: Verification, folder: Path) -> Verification:
    """What verifying an intact bundle found, and what its evidence gives through the checks installed here."""
    from assay.api.verifying import made_elsewhere
    from assay.attest.folder import Problem
    from assay.run.recompute import recompute

    record, _ = read(folder, found)
    again = recompute(record, _files(folder, record), elsewhere=bool(made_elsewhere(record, found.signers[0].said)))
    problems = tuple(Problem("audit.json", what) for what in again.differences)
    total = sum(len(finding.measured.estimates) for finding in record.findings)
    counted = f"{again.recomputed} of {total} estimates, of {again.controls} controls, computed again from the evidence"
    named = again.left_out[:MOST_NAMED]
    more = f"and {len(again.left_out) - MOST_NAMED} more controls" if len(again.left_out) > MOST_NAMED else ""
    told = (counted, *(f"not computed again: {one}" for one in (*named, more) if one))
    return replace(
        found,
        problems=(*found.problems, *problems),
        statements=(*found.statements, *told),
        unevaluated=None if problems else _unevaluated(again, total),
    )


def _unevaluated(again: Recomputation, total: int) -> str | None:
    """Why the evidence gives no answer, where it gives none."""
    if total and not again.recomputed:
        return "no estimate could be computed again"
    if not again.unanswered:
        return None
    named = ", ".join(again.unanswered[:MOST_NAMED]) + (", …" if len(again.unanswered) > MOST_NAMED else "")
    return f"not computed again, since the check that the record names is another one here, or none: {named}"


def _files(folder: Path, record: Audit) -> dict[str, bytes]:
    """The manifest, and the tables that are those of the record, until there are too many bytes."""
    from assay.evidence.table import LARGEST_TABLE
    from assay.run.recompute import MANIFEST

    files: dict[str, bytes] = {}
    left = LARGEST_TOGETHER
    digests = {one.path: one.digest for one in record.evidence}
    for name in (MANIFEST, *digests):
        if not (folder / name).is_file():
            continue
        with (folder / name).open("rb") as file:
            data = file.read(min(LARGEST_TABLE, left) + 1)
        if len(data) > min(LARGEST_TABLE, left):
            continue
        left -= len(data)
        if name == MANIFEST or digests[name] == "sha256:" + sha256(data).hexdigest():
            files[name] = data
    return files
