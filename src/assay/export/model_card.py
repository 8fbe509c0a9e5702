"""A model card in Markdown, with the sections of Mitchell et al. 2019 (Model Cards for Model Reporting).

What people say comes from the manifest, what was measured from the audit. Where the manifest is silent, the card says
so: a reader sees what nobody has written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assay.export.card_results import name, required, results
from assay.export.document import hexadecimal, moment
from assay.export.escaping import markdown
from assay.export.recorded import Recorded
from assay.export.standing import standing
from assay.record.audit import Audit
from assay.record.said import called, entries, people, stated, words

SILENT = "not stated in the manifest"
_OF_DATA = (
    ("Where they come from", "origin"), ("Collection", "collection"), ("Preparation", "preparation"),
    ("Where the label comes from", "labelling"), ("Kind", "kind"), ("Rows", "rows"), ("Period", "period"),
    ("Coverage", "coverage"), ("What is in them", "categories"), ("Sensitivity", "sensitivity"),
    ("Legal basis", "legal_basis"), ("Licence", "licence"), ("Owner", "owner"), ("Known gaps", "known_gaps"),
)  # fmt: skip


def render(recorded: Recorded) -> str:
    """The model card of an audit, in Markdown without HTML."""
    sections = (
        ("Model details", _details(recorded)),
        ("Intended use", _use(recorded.audit)),
        ("Factors", _factors(recorded.audit)),
        ("Metrics", _metrics(recorded.audit)),
        ("Evaluation data", _data(recorded.audit, "test", "production")),
        ("Training data", _data(recorded.audit, "train", "validation", "reference")),
        ("Quantitative analyses", results(recorded)),
        ("Ethical considerations", _ethics(recorded.audit)),
        ("Caveats and recommendations", _caveats(recorded)),
    )
    subject = recorded.audit.subject
    blocks = [f"# Model card: {markdown(subject.name or subject.id)} {markdown(subject.version)}", _source(recorded)]
    for title, body in sections:
        blocks += [f"## {title}", *(list(body) or [SILENT.capitalize() + "."])]
    return "".join(_joined(blocks)) + "\n"


def _joined(blocks: list[str]) -> Iterator[str]:
    """Blocks with a blank line between them; lists that follow each other become one."""
    for before, block in zip(["", *blocks], blocks, strict=False):
        both = before.startswith("- ") and block.startswith("- ")
        yield ("\n" if both else "\n\n" if before else "") + block


def _source(recorded: Recorded) -> str:
    audit, gate = recorded.audit, recorded.gate
    policies = ", ".join(markdown(f"{policy.id} {policy.version}") for policy in audit.policies)
    return (
        f"Made from audit {markdown(audit.id)} of {moment(audit.at)}, by {policies}. "
        f"The gate for {gate.stage} is **{gate.state}**. Numbers are those of the audit; what is said about the model "
        f"is said by its manifest."
    )


def _lines(*pairs: tuple[str, object]) -> str:
    """A list: what was asked, and what the manifest says to it."""
    return "\n".join(f"- **{title}:** {_told(value)}" for title, value in pairs)


def _told(value: object) -> str:
    return SILENT if value is None else markdown(words(value)) or SILENT


def _points(title: str, value: object) -> str:
    """A list of its own where there are several."""
    if not isinstance(value, list) or len(value) < 2:
        return _lines((title, value))
    return "\n".join([f"- **{title}:**", *(f"    - {_told(one)}" for one in value)])


def _details(recorded: Recorded) -> Iterator[str]:
    audit = recorded.audit
    subject = audit.subject
    held: dict[str, list[str]] = {}
    for key, person in people(audit.manifest):
        known = [called(person), *(words(person[at]) for at in ("role", "organisation") if person.get(at))]
        held.setdefault(", ".join(known), []).append("subject expert" if key == "sme" else key)
    model = next((hexadecimal(file.digest) for file in subject.files if file.role == "model"), None)
    yield _lines(
        ("Identifier", subject.id),
        ("Version", subject.version),
        ("Takes the place of", stated(audit.manifest, "identity.supersedes")),
        ("Stage", subject.stage),
        ("Dates", stated(audit.manifest, "lifecycle.dates")),
        ("Organisation", stated(audit.manifest, "organisation.name")),
    )
    yield _points("People", [f"{who} ({', '.join(keys)})" for who, keys in held.items()] or None)
    yield _lines(
        ("Kind of model", stated(audit.manifest, "model.kind")),
        ("Algorithm", stated(audit.manifest, "model.algorithm")),
        ("Architecture", stated(audit.manifest, "model.architecture")),
        ("Task", stated(audit.manifest, "model.task")),
        ("Hyperparameters", stated(audit.manifest, "training.hyperparameters")),
        ("Explanations", stated(audit.manifest, "explanation.method")),
        ("Source", stated(audit.manifest, "lineage.source")),
        ("Papers", sorted(stated(audit.manifest, "docs.sections") or ()) or None),
    )
    yield f"- **SHA-256 of the model:** {model or 'no file of a model was read'}"


def _use(audit: Audit) -> Iterator[str]:
    yield _lines(("Purpose", stated(audit.manifest, "purpose.context")))
    yield _points("Intended uses", stated(audit.manifest, "purpose.intended_use"))
    yield _points("Intended users", stated(audit.manifest, "purpose.users"))
    yield _points("Uses out of scope", stated(audit.manifest, "purpose.prohibited_use"))
    yield _lines(("Decision", stated(audit.manifest, "purpose.decision")))


def _factors(audit: Audit) -> Iterator[str]:
    groups = stated(audit.manifest, "columns.groups") or {}
    yield _points("Groups", [f"{key} ({words(block)})" for key, block in sorted(groups.items())] or None)
    measured = [one for finding in audit.findings for one in finding.measured.estimates]
    crossed = dict.fromkeys(one.grouping for one in measured if one.grouping and "*" in one.grouping)
    yield f"- **Intersections measured:** {markdown(', '.join(crossed)) or 'none'}"
    yield _lines(("Attributes looked at for bias", stated(audit.manifest, "bias.attributes")))
    proxies = [
        f"{words(one.get('name'))} for {words(one['proxy_for'])}: "
        f"{words(one.get('justification')) or 'no justification'}"
        for one in entries(audit.manifest, "features")
        if one.get("proxy_for")
    ]
    yield _points("Inputs that stand in for groups", proxies or None)


def _metrics(audit: Audit) -> Iterator[str]:
    asked = [finding for finding in audit.findings if finding.check is not None]
    yield (
        "\n".join(
            f"- {name(finding)}. Measured by {markdown(finding.check.id)}; required: "
            f"{markdown('; '.join(required(each) for each in finding.criteria)) or 'nothing'}."
            for finding in asked
            if finding.check is not None
        )
        or "No control measures a number."
    )
    yield _lines(
        ("Label", stated(audit.manifest, "columns.label")),
        ("Decision", stated(audit.manifest, "columns.decision")),
        ("Score", stated(audit.manifest, "columns.score")),
    )
    declared = [words(one) for one in entries(audit.manifest, "metrics.declared")]
    yield _points("Declared by the owner, not measured here", declared or None)


def _data(audit: Audit, *roles: str) -> Iterator[str]:
    held: Mapping[str, Any] = stated(audit.manifest, "data") or {}
    for role in (role for role in roles if role in held):
        block = held[role]
        read = next((file for file in audit.subject.files if file.role == f"data.{role}"), None)
        yield f"### {role.capitalize()}: {_told(block.get('path') or block.get('database'))}"
        yield _lines(*((title, block.get(key)) for title, key in _OF_DATA))
        yield f"- **SHA-256:** {hexadecimal(read.digest) if read else 'not read by this audit'}"


def _ethics(audit: Audit) -> Iterator[str]:
    yield _lines(
        ("Risk tier", stated(audit.manifest, "risk.tier")),
        ("Exposure", stated(audit.manifest, "risk.exposure")),
        ("People concerned", stated(audit.manifest, "purpose.affected_persons")),
    )
    yield _points("People who need more protection", stated(audit.manifest, "risk.vulnerable_groups"))
    risks = [
        ": ".join(words(one[key]) for key in ("category", "source", "measure") if one.get(key))
        for one in entries(audit.manifest, "risk.register")
    ]
    yield _points("Risks and what is done about them", risks or None)
    yield _points("What was done about bias", stated(audit.manifest, "bias.mitigations"))
    yield _points("Less discriminatory alternatives looked at", stated(audit.manifest, "bias.alternatives"))
    yield _points("Human oversight", stated(audit.manifest, "oversight.measures"))
    yield _lines(("Where people can object", stated(audit.manifest, "oversight.appeal_channel")))


def _caveats(recorded: Recorded) -> Iterator[str]:
    audit, gate = recorded.audit, recorded.gate
    yield _points("Limitations", stated(audit.manifest, "model.limitations"))
    yield _points("Assumptions", stated(audit.manifest, "model.assumptions"))
    lines = {line.finding: line for line in gate.lines}
    unmet = [finding for finding in audit.findings if finding.outcome not in ("pass", "not_applicable")]
    yield from _listed(
        "What does not pass",
        (f"{finding.id} ({standing(lines[finding.id])}): {finding.sentence}" for finding in unmet),
    )
    yield from _listed(
        "Waivers",
        (
            f"{state.id} for {state.control}, {'holds' if state.holds else 'does not hold'}, "
            f"until {state.expires}, approved by {state.approver}: {state.reason}"
            for state in gate.waivers
        ),
    )
    yield from _listed(
        "Attestations",
        (
            f"{state.id} for {state.control}, {'counts' if state.counts else 'does not count'}: {state.by} says on "
            f"{state.made_on} that it {'is' if state.holds else 'is not'} so. {state.statement}"
            for state in gate.attestations
        ),
    )
    yield from _listed(
        "Sign-offs",
        (
            f"{state.id} for {state.control}, {'counts' if state.counts else 'does not count'}: {state.by} on "
            f"{state.made_on}. {state.reason}"
            for state in gate.sign_offs
        ),
    )
    yield from _listed("Notes", (*audit.notes, *(note for policy in audit.policies for note in policy.notes)))


def _listed(title: str, texts: Iterable[str]) -> Iterator[str]:
    told = [f"- {markdown(text)}" for text in texts]
    yield f"### {title}"
    yield "\n".join(told) or "Nothing."
