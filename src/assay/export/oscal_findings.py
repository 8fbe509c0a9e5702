"""One finding of the record in OSCAL: the observation, the finding, and the risk where it closes the gate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from assay.export.document import identity, kept, moment
from assay.export.escaping import markdown
from assay.export.oscal_terms import NAMESPACE, by_the_tool, evidence_id, listed, properties, token
from assay.export.recorded import Recorded
from assay.export.standing import OUTCOMES, accepted, standing
from assay.record.finding import Finding
from assay.record.gate import GateLine

_DATASETS = re.compile(r"\b(?:train|validation|test|reference|production)\b")


def observation(recorded: Recorded, finding: Finding, line: GateLine) -> dict[str, object]:
    """What was looked at, how, and what was found."""
    judged = [one.sentence for one in finding.judgements]
    return kept(
        uuid=identity(recorded, "observation", finding.id),
        title=_title(finding),
        description=markdown(finding.sentence) or "Nothing was said.",
        props=[
            *_state(finding, line),
            *properties(
                check=f"{finding.check.id} {finding.check.version}" if finding.check else None,
                citation=[citation.ref for citation in finding.citations],
                place=finding.place,
            ),
        ],
        methods=["TEST" if finding.check else "EXAMINE"],
        types=["control-objective"],
        origins=by_the_tool(recorded),
        subjects=[{"subject-uuid": identity(recorded, "model"), "type": "component"}],
        relevant_evidence=list(_evidence(recorded, finding)),
        collected=moment(recorded.audit.at),
        remarks=listed(judged if len(judged) > 1 else []),
    )


def finding_of(recorded: Recorded, finding: Finding, line: GateLine) -> dict[str, object]:
    """What OSCAL can say of it: satisfied, or not."""
    answer = line.attested or finding.outcome
    return kept(
        uuid=identity(recorded, "finding", finding.id),
        title=_title(finding),
        description=markdown(finding.description or finding.title) or finding.control,
        props=_state(finding, line),
        origins=by_the_tool(recorded),
        target={
            "type": "objective-id",
            "target-id": token(finding.id),
            "status": {
                "state": "satisfied" if answer == "pass" else "not-satisfied",
                "reason": answer if answer in ("pass", "fail") and not line.attested else "other",
                "remarks": markdown(_told(line)),
            },
        },
        related_observations=[{"observation-uuid": identity(recorded, "observation", finding.id)}],
        related_risks=[{"risk-uuid": identity(recorded, "risk", finding.id)}] if has_risk(line) else None,
    )


def has_risk(line: GateLine) -> bool:
    """Whether it closes the gate, or would if nobody had accepted it."""
    return line.effect in ("block", "sign_off") or accepted(line) is not None


def risk(recorded: Recorded, finding: Finding, line: GateLine) -> dict[str, object]:
    """What stands open because of a finding, or who has accepted it and until when."""
    gate = recorded.gate
    taken = accepted(line)
    states = [state for state in gate.waivers if taken and state.control == finding.id and state.holds]
    signed = [state for state in gate.sign_offs if taken and state.control == finding.id and state.counts]
    facets = [
        {"name": name, "system": NAMESPACE, "value": value}
        for name, value in (("severity", finding.severity), ("effect", line.effect))
    ]
    responses = [
        _accepted(recorded, finding, "waiver", state.id, state.reason, state.approver, expires=state.expires)
        for state in states
    ]
    responses += [_accepted(recorded, finding, "sign-off", state.id, state.reason, state.by) for state in signed]
    last = min((state.expires for state in states), default=None)
    return kept(
        uuid=identity(recorded, "risk", finding.id),
        title=_title(finding),
        description=markdown(finding.sentence) or "Nothing was said.",
        statement=markdown(_told(line)),
        props=_state(finding, line),
        status="deviation-approved" if taken else "open",
        origins=by_the_tool(recorded),
        characterizations=[{"origin": by_the_tool(recorded)[0], "facets": facets}],
        deadline=f"{last}T23:59:59Z" if last else None,
        remediations=responses,
        related_observations=[{"observation-uuid": identity(recorded, "observation", finding.id)}],
    )


def _accepted(
    recorded: Recorded, finding: Finding, kind: str, name: str, reason: str, by: str, *, expires: date | None = None
) -> dict[str, object]:
    """Somebody accepts the risk: OSCAL calls that a response of the type `accept`."""
    return kept(
        uuid=identity(recorded, kind, finding.id, name),
        lifecycle="completed",
        title=f"Accepted by a {kind}: {markdown(name)}",
        description=markdown(reason) or "No reason is given.",
        props=[
            {"name": "type", "value": "accept"},
            *properties(kind=kind, id=name, approver=by, expires=expires),
        ],
    )


def _told(line: GateLine) -> str:
    """How it stands, and why where that is not the same again."""
    if accepted(line):
        return f"{OUTCOMES[line.outcome]}, {line.why}"
    return standing(line) if line.outcome in ("pass", "fail") else f"{standing(line)}: {line.why}"


def _title(finding: Finding) -> str:
    return markdown(f"{finding.control}: {finding.title}")


def _state(finding: Finding, line: GateLine) -> list[dict[str, str]]:
    return properties(
        control=finding.id,
        outcome=finding.outcome,
        reason=finding.reason,
        severity=finding.severity,
        effect=line.effect,
        waived_by=line.waived_by,
        signed_off_by=line.signed_off_by,
        attested=line.attested,
    )


def _evidence(recorded: Recorded, finding: Finding) -> Iterator[dict[str, object]]:
    """The tables on the datasets of the check, or where it has none the tables on none; else the manifest."""
    audit = recorded.audit
    if finding.check is None:
        yield {"href": f"#{identity(recorded, 'manifest')}", "description": "The manifest"}
        return
    read = {told for told in finding.check.parameters.values() if isinstance(told, str) and _DATASETS.fullmatch(told)}
    for number, table in enumerate(audit.evidence):
        of = set(_DATASETS.findall(table.role))
        if of & read or (not of and not read):
            yield kept(
                href=f"#{evidence_id(recorded, number)}",
                description=f"Evidence of the same data: {markdown(table.role)}" if of else markdown(table.role),
                props=properties(path=table.path, digest=table.digest),
            )
