"""A policy as the record keeps it: what the gate, the report and a verifier need of it, and nothing else."""

from __future__ import annotations

from datetime import date

from assay.policy.load import LoadedPolicy
from assay.record.audit import AppliedPolicy, EnforcementOf
from assay.run.in_force import policy_notes


def applied(policy: LoadedPolicy, law_at: date, today: date) -> AppliedPolicy:
    """The policy, applied with the law of `law_at` on the day `today`."""
    record = policy.policy
    counted = [control for control in record.controls if control.status != "planned"]
    cited = {citation.ref for control in counted for citation in control.cites}
    return AppliedPolicy(
        id=record.id,
        version=record.version,
        title=record.title,
        digest=policy.digest,
        path=f"policy/{record.id}.yaml",
        status=record.status,
        notes=policy_notes(record, law_at, today),
        applies_from=record.applies_from,
        applies_until=record.applies_until,
        superseded_by=record.superseded_by,
        verified_on=record.verified_on,
        jurisdiction=record.jurisdiction,
        roles=record.roles,
        review_by=record.review_by,
        extends=tuple((extension.pack, extension.version) for extension in record.extends),
        locked=policy.locked,
        tightened=policy.tightened,
        planned=tuple((control.id, control.title) for control in record.controls if control.status == "planned"),
        owners=record.owners,
        unsigned_waivers=record.unsigned_waivers,
        maximum_open_waivers=record.maximum_open_waivers,
        waiver_warning_days=record.waiver_warning_days,
        signatures=record.signatures,
        parameters={name: parameter.default for name, parameter in record.parameters.items()},
        citations={ref: policy.citations[ref] for ref in sorted(cited)},
        enforcements=tuple(
            EnforcementOf(
                control=f"{record.id}/{control.id}",
                enforcement=control.enforcement,
                on_inconclusive=control.on_inconclusive,
                waivable=control.waivable,
            )
            for control in counted
        ),
    )
