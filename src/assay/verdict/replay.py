"""Every outcome again, from the stored estimates alone."""

from __future__ import annotations

from assay.record.audit import Audit
from assay.record.finding import Judgement
from assay.verdict.rollup import conclude_again


def differences(audit: Audit) -> tuple[str, ...]:
    """What the record claims and its own estimates do not bear out; empty when every outcome is the same again."""
    found: list[str] = []
    for finding in audit.findings:
        again = conclude_again(finding)
        if (again.outcome, again.reason) != (finding.outcome, finding.reason):
            stored, recomputed = _told(finding.outcome, finding.reason), _told(again.outcome, again.reason)
            found.append(f"{finding.id}: recorded {stored}, but its estimates say {recomputed}")
            continue
        for recorded, redrawn in zip(finding.judgements, again.judgements, strict=False):
            if _bare(recorded) != _bare(redrawn):
                found.append(
                    f"{finding.id}: {recorded.estimate} is recorded {recorded.outcome}, says {redrawn.outcome}"
                )
        if len(finding.judgements) != len(again.judgements):
            found.append(f"{finding.id}: {len(finding.judgements)} judgements recorded, {len(again.judgements)} follow")
    return tuple(found)


def _bare(judgement: Judgement) -> Judgement:
    """Without what run/ adds to it."""
    return judgement.model_copy(update={"people_to_decide": None, "flips_at": {}, "people_to_flip": None})


def _told(outcome: str, reason: str | None) -> str:
    return f"{outcome} ({reason})" if reason else outcome
