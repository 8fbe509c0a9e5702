"""OSCAL assessment results: each finding an observation, and what was decided about it a finding of OSCAL.

OSCAL knows only satisfied and not satisfied. What was not decided, by too little evidence or by an error, is not
satisfied for another reason; the outcome as it was recorded stands beside it as a property, and so does what the gate
does with it. What is not applicable is an observation and no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assay.export.document import address, hexadecimal, identity, kept, moment, relative, written
from assay.export.escaping import line as on_one_line
from assay.export.escaping import markdown
from assay.export.oscal_findings import finding_of, has_risk, observation, risk
from assay.export.oscal_terms import evidence_id, listed, properties, token
from assay.export.recorded import Recorded
from assay.record.audit import FileDigest
from assay.record.said import called, people, stated, words

VERSION = "1.2.1"
_MANIFEST = "policy/model.yaml"
_ROLES = {
    "business": "Answers for the model and its use",
    "technical": "Answers for how the model is built and run",
    "developer": "Built the model",
    "validator": "Validated the model",
    "sponsor": "Pays for the model",
    "sme": "Expert of the subject and of the model",
}
_OPERATION = {"development": "under-development", "staging": "under-development", "production": "operational"}


def render(recorded: Recorded) -> str:
    """The record as OSCAL assessment results in JSON."""
    results = {
        "metadata": _metadata(recorded),
        "import-ap": {
            "href": f"#{identity(recorded, 'plan')}",
            "remarks": "There is no assessment plan in OSCAL: what is assessed, and how, is said by the policies.",
        },
        "results": [_result(recorded)],
        "back-matter": {"resources": list(_resources(recorded))},
    }
    return written({"assessment-results": {"uuid": identity(recorded, "document", written(results)), **results}})


def _metadata(recorded: Recorded) -> dict[str, object]:
    audit = recorded.audit
    held = list(people(audit.manifest))
    roles = [key for key in _ROLES if any(key == of for of, _ in held)]
    parties = {str(person["id"]): person for _, person in held}
    return kept(
        title=f"Audit of {markdown(audit.subject.name or audit.subject.id)} {markdown(audit.subject.version)}",
        last_modified=moment(recorded.audit.at),
        version=audit.id,
        oscal_version=VERSION,
        props=properties(audit=audit.id, audit_digest=recorded.audit_digest, subject=audit.subject.digest),
        links=[{"href": address(recorded.report), "text": "The whole report"}] if recorded.report else None,
        roles=[{"id": key, "title": _ROLES[key]} for key in roles],
        parties=[
            kept(
                uuid=identity(recorded, "party", name),
                type="person",
                name=on_one_line(called(person)) or "nameless",
                props=properties(id=name, role=person.get("role"), organisation=person.get("organisation")),
            )
            for name, person in parties.items()
        ],
        responsible_parties=[
            {
                "role-id": key,
                "party-uuids": list(
                    dict.fromkeys(identity(recorded, "party", str(person["id"])) for of, person in held if of == key)
                ),
            }
            for key in roles
        ],
    )


def _result(recorded: Recorded) -> dict[str, object]:
    audit, gate = recorded.audit, recorded.gate
    lines = {line.finding: line for line in gate.lines}
    pairs = [(finding, lines[finding.id]) for finding in audit.findings]
    told = [*gate.why, *audit.notes, *(note for policy in audit.policies for note in policy.notes)]
    return kept(
        uuid=identity(recorded, "result"),
        title=f"The gate is {gate.state}",
        description=f"The gate for {gate.stage} is {gate.state}, exit code {gate.exit_code}.",
        start=moment(recorded.audit.at),
        props=properties(
            gate=gate.state,
            exit_code=str(gate.exit_code),
            stage=gate.stage,
            as_of=gate.as_of,
            law_at=f"{audit.law_at.day} ({audit.law_at.why})",
            tier=audit.subject.tier,
            seed=audit.seed,
        ),
        local_definitions=_definitions(recorded),
        reviewed_controls=_reviewed(recorded),
        observations=[observation(recorded, finding, line) for finding, line in pairs],
        risks=[risk(recorded, finding, line) for finding, line in pairs if has_risk(line)],
        findings=[
            finding_of(recorded, finding, line) for finding, line in pairs if finding.outcome != "not_applicable"
        ],
        remarks=listed(told),
    )


def _definitions(recorded: Recorded) -> dict[str, object]:
    audit = recorded.audit
    subject = audit.subject
    model = kept(
        uuid=identity(recorded, "model"),
        type="software",
        title=markdown(subject.name or subject.id),
        description=markdown(
            words(stated(audit.manifest, "purpose.context")) or "The model; its purpose is not stated."
        ),
        props=properties(id=subject.id, version=subject.version, digest=subject.digest),
        status={"state": _OPERATION.get(str(subject.stage), "other")},
    )
    if model["status"] == {"state": "other"}:
        model["status"] = {"state": "other", "remarks": f"stage: {subject.stage or 'not stated'}"}
    tool = kept(
        uuid=identity(recorded, "tool"),
        type="software",
        title="Assay",
        description="What evaluated the policies and computed the estimates, and what it computed with.",
        props=properties(
            **{re.sub(r"[^A-Za-z0-9.-]", "-", name): told for name, told in sorted(audit.versions.items())}
        ),
        status={"state": "operational"},
    )
    platform = {
        "uuid": identity(recorded, "platform"),
        "uses-components": [{"component-uuid": identity(recorded, "tool")}],
    }
    return {
        "components": [model],
        "assessment-assets": {"components": [tool], "assessment-platforms": [platform]},
    }


def _reviewed(recorded: Recorded) -> dict[str, object]:
    audit = recorded.audit
    selections: list[dict[str, object]] = []
    for policy in audit.policies:
        names = [token(finding.id) for finding in audit.findings if finding.policy == policy.id]
        if names:
            selections.append(
                kept(
                    description=markdown(f"{policy.id} {policy.version}: {policy.title}"),
                    props=properties(
                        policy=policy.id, version=policy.version, digest=policy.digest, status=policy.status
                    ),
                    include_controls=[{"control-id": name} for name in names],
                )
            )
    nothing: list[dict[str, object]] = [{"description": "No control was evaluated.", "include-all": {}}]
    planned = [f"{policy.id}/{name}: {title}" for policy in audit.policies for name, title in policy.planned]
    return kept(
        control_selections=selections or nothing,
        remarks=f"Planned, and not evaluated:\n\n{listed(planned)}" if planned else None,
    )


def _resources(recorded: Recorded) -> Iterator[dict[str, object]]:
    audit = recorded.audit
    record = FileDigest(role="record", path="audit.json", digest=recorded.audit_digest)
    manifest = [file for file in audit.subject.files if file.role == "manifest"]
    policies = [FileDigest(role=policy.id, path=policy.path, digest=policy.digest) for policy in audit.policies]
    yield _resource(identity(recorded, "record"), "The record of this audit", [record])
    yield _resource(identity(recorded, "plan"), "The policies that say what is assessed", policies)
    yield _resource(
        identity(recorded, "manifest"),
        "The manifest",
        [file.model_copy(update={"path": _MANIFEST}) for file in manifest],
    )
    for number, file in enumerate(audit.evidence):
        yield _resource(evidence_id(recorded, number), f"Evidence: {markdown(file.role)}", [file])
    for number, file in enumerate(audit.waiver_files):
        yield _resource(identity(recorded, "waivers", str(number)), "Waivers", [file])
    for number, file in enumerate(audit.subject.files):
        if file.role != "manifest":
            said = "As the manifest names it; the bundle holds its digest only."
            title = f"Read by the audit: {markdown(file.role)}"
            yield _resource(identity(recorded, "file", str(number)), title, [file], said)


def _resource(uuid: str, title: str, files: Sequence[FileDigest], said: str | None = None) -> dict[str, object]:
    return kept(
        uuid=uuid,
        title=title,
        description=said,
        rlinks=[
            {
                "href": relative(file.path),
                "hashes": [{"algorithm": "SHA-256", "value": hexadecimal(file.digest)}],
            }
            for file in files
        ],
    )
