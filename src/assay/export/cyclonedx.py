"""CycloneDX ML-BOM: the model as a component with its model card, the files it was read from, and what was decided.

Nothing is filled in: where the manifest is silent, the field is not there. What CycloneDX has no field for, above all
the outcomes and the gate, stands in properties that begin with `assay:`.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.export.document import address, hexadecimal, identity, kept, moment, relative, written
from assay.export.escaping import line as on_one_line
from assay.export.ml_card import card, told
from assay.export.recorded import Recorded
from assay.record.audit import Audit, FileDigest
from assay.record.finding import Finding
from assay.record.gate import GateLine
from assay.record.said import called, people, stated, words

VERSION = "1.6"
_MODEL = "model"
_TOLD_OF_DATA = (
    "kind", "rows", "as_of", "origin", "collection", "preparation", "labelling", "period", "coverage", "categories",
    "legal_basis", "permitted_use", "known_gaps",
)  # fmt: skip


def render(recorded: Recorded) -> str:
    """The record as a CycloneDX bill of materials in JSON."""
    audit = recorded.audit
    data = list(_datasets(audit))
    files = [_file(number, file) for number, file in enumerate(audit.subject.files) if not _is_data(file)]
    references = [str(one["bom-ref"]) for one in (*data, *files)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": VERSION,
        "version": 1,
        "metadata": {
            "timestamp": moment(audit.at),
            "lifecycles": [{"name": recorded.gate.stage}],
            "tools": {"components": list(_tools(audit))},
            "component": _model(recorded, [str(one["bom-ref"]) for one in data]),
            "properties": list(_gate(recorded)),
        },
        "components": [*data, *files],
        "dependencies": [kept(ref=_MODEL, dependsOn=references)],
        "externalReferences": list(_papers(recorded)),
    }
    return written({"serialNumber": f"urn:uuid:{identity(recorded, 'cyclonedx', written(document))}", **document})


def _model(recorded: Recorded, datasets: list[str]) -> dict[str, object]:
    audit = recorded.audit
    subject = audit.subject
    organisation = words(stated(audit.manifest, "organisation.name"))
    artefact = [file for file in subject.files if file.role == "model"]
    described = {
        "id": subject.id,
        "subject-digest": subject.digest,
        "kind": words(stated(audit.manifest, "model.kind")),
        "tier": subject.tier,
        "supersedes": words(stated(audit.manifest, "identity.supersedes")),
        "repository": words(stated(audit.manifest, "lineage.source.repo")),
        "commit": words(stated(audit.manifest, "lineage.source.commit")),
    }
    lines = {line.finding: line for line in recorded.gate.lines}
    return kept(
        type="machine-learning-model",
        bom_ref=_MODEL,
        name=on_one_line(subject.name) or on_one_line(subject.id),
        version=on_one_line(subject.version),
        description=on_one_line(words(stated(audit.manifest, "purpose.context"))),
        supplier=kept(name=on_one_line(organisation)) if organisation else None,
        authors=[{"name": on_one_line(called(person))} for key, person in people(audit.manifest) if key == "developer"],
        hashes=_hashes(artefact[0]) if artefact else None,
        modelCard=card(recorded, datasets),
        properties=[
            *(told(name, value) for name, value in described.items() if value),
            *(one for finding in audit.findings for one in _outcome(finding, lines[finding.id])),
        ],
    )


def _outcome(finding: Finding, line: GateLine) -> Iterator[dict[str, str]]:
    """What was found of a control and what the gate does with it, each by its own name."""
    given = {
        "outcome": finding.outcome,
        "reason": finding.reason,
        "severity": finding.severity,
        "effect": line.effect,
        "waived-by": line.waived_by,
        "signed-off-by": line.signed_off_by,
        "attested": line.attested,
        "why": line.why,
        "title": finding.title,
        "sentence": finding.sentence,
    }
    yield from (told(f"finding:{finding.id}:{name}", value) for name, value in given.items() if value)


def _gate(recorded: Recorded) -> Iterator[dict[str, str]]:
    audit, gate = recorded.audit, recorded.gate
    yield told("audit", audit.id)
    yield told("audit-digest", f"sha256:{hexadecimal(recorded.audit_digest)}")
    yield told("gate", gate.state)
    yield told("gate:exit-code", gate.exit_code)
    yield told("gate:stage", gate.stage)
    yield from (told("gate:why", why) for why in gate.why)
    if gate.as_of is not None:
        yield told("gate:as-of", gate.as_of)
    yield from (told("policy", f"{policy.id} {policy.version} {policy.digest}") for policy in audit.policies)


def _tools(audit: Audit) -> Iterator[dict[str, object]]:
    for name, version in sorted(audit.versions.items()):
        yield {
            "type": "application" if name == "assay" else "library",
            "name": on_one_line(name),
            "version": on_one_line(version),
        }


def _is_data(file: FileDigest) -> bool:
    return file.role.startswith("data.")


def _datasets(audit: Audit) -> Iterator[dict[str, object]]:
    """Each dataset that was read or that the manifest names."""
    read = {file.role: file for file in audit.subject.files if _is_data(file)}
    named = stated(audit.manifest, "data") or {}
    for role in dict.fromkeys([*read, *(f"data.{key}" for key in sorted(named))]):
        block = named.get(role.removeprefix("data.")) or {}
        file = read.get(role)
        path = file.path if file else words(block.get("path") or block.get("database") or role)
        owner = block.get("owner")
        yield kept(
            type="data",
            bom_ref=role,
            name=on_one_line(path),
            hashes=_hashes(file) if file else None,
            licenses=[{"license": {"name": on_one_line(words(block["licence"]))}}] if block.get("licence") else None,
            data=[
                kept(
                    type="dataset",
                    name=on_one_line(role.removeprefix("data.")),
                    classification=on_one_line(words(block.get("sensitivity"))),
                    governance={"owners": [{"organization": {"name": on_one_line(words(owner))}}]} if owner else None,
                    contents=kept(
                        properties=[told(key, words(block[key])) for key in _TOLD_OF_DATA if block.get(key) is not None]
                    ),
                )
            ],
        )


def _file(number: int, file: FileDigest) -> dict[str, object]:
    return kept(
        type="file",
        bom_ref=f"file-{number}",
        name=on_one_line(file.path),
        hashes=_hashes(file),
        properties=[told("role", file.role)],
    )


def _hashes(file: FileDigest) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": hexadecimal(file.digest)}]


def _papers(recorded: Recorded) -> Iterator[dict[str, object]]:
    """What lies in the bundle, and the report."""
    audit = recorded.audit
    record = [{"alg": "SHA-256", "content": hexadecimal(recorded.audit_digest)}]
    yield {"type": "evidence", "url": "audit.json", "comment": "The record of the audit", "hashes": record}
    for policy in audit.policies:
        hashes = [{"alg": "SHA-256", "content": hexadecimal(policy.digest)}]
        yield {
            "type": "configuration",
            "url": relative(policy.path),
            "comment": on_one_line(policy.title),
            "hashes": hashes,
        }
    for file in audit.evidence:
        yield {
            "type": "evidence",
            "url": relative(file.path),
            "comment": on_one_line(file.role),
            "hashes": _hashes(file),
        }
    if recorded.report:
        yield {"type": "other", "url": address(recorded.report), "comment": "The whole report"}
