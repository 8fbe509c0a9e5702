"""The content of a public model card (Mitchell et al. 2019), gathered from a record.

`model_card.py` lays it out as HTML and PDF. Numbers are unrounded; whoever prints them
rounds. A model card is published, so it is redacted here: no group with a count under the minimum,
none from which one follows (`disclosure.py`), no name of a person, and no sentence of a finding, which may hold
such counts. What the record does not state is in `lacking`, and a form has to say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assay.record.audit import Audit
from assay.record.finding import WORST_FIRST, Finding, Outcome
from assay.record.policy import Criterion
from assay.record.said import at, lines, role
from assay.report.disclosure import MINIMUM_CELL
from assay.report.group_tables import GroupTable, ends, group_tables, of_model


@dataclass(frozen=True)
class Fact:
    """Something that is stated, and where."""

    name: str
    lines: tuple[str, ...]
    source: str
    """Path in the manifest, e.g. `purpose.intended_use`."""


@dataclass(frozen=True)
class CardSection:
    """A heading of the card with what the manifest says under it."""

    id: str
    """`details`, `use`, `factors`, `metrics`, `evaluation`, `training`, `quantitative`, `ethics`, `caveats`."""
    title: str
    facts: tuple[Fact, ...]
    lacking: tuple[Fact, ...]
    """What belongs here and is not stated: facts without lines."""


@dataclass(frozen=True)
class Required:
    """A measure and what a policy asks of it."""

    control: str
    """`retail-credit/PERF-01`."""
    title: str
    measures: tuple[str, ...]
    """Names of estimates, such as `impact_ratio`."""
    criteria: tuple[Criterion, ...]
    outcome: Outcome


@dataclass(frozen=True)
class Overall:
    """A number of the model about everybody."""

    control: str
    name: str
    value: float
    low: float | None
    high: float | None
    confidence: float | None
    people: int


@dataclass(frozen=True)
class ModelCard:
    """Everything that is printed."""

    name: str
    version: str
    audit: str
    at: date
    digest: str
    """SHA-256 of audit.json, the full record that this card is redacted from."""
    policies: tuple[tuple[str, str], ...]
    """Id and version."""
    outcomes: tuple[tuple[Outcome, int], ...]
    """How many controls have which outcome, worst first."""
    sections: tuple[CardSection, ...]
    required: tuple[Required, ...]
    overall: tuple[Overall, ...]
    tables: tuple[GroupTable, ...]
    undecided: tuple[tuple[str, str, str | None], ...]
    """Controls that are inconclusive or could not be evaluated: id, title, reason."""
    minimum_cell: int


SECTIONS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("details", "Model details", (
        ("Organisation", "organisation.name"), ("Built by", "owners.developer"), ("Kind of model", "model.kind"),
        ("Algorithm", "model.algorithm"), ("Architecture", "model.architecture"), ("Task", "model.task"),
        ("Changes to the algorithm", "model.customisations"), ("In use since", "lifecycle.dates.deployed"),
        ("Last change", "lifecycle.dates.last_change"), ("Takes the place of", "identity.supersedes"),
        ("Settings", "training.hyperparameters"), ("Energy used for training, kWh", "training.energy"),
        ("Papers", "docs.sections"), ("Where to send questions", "monitoring.feedback_channel"),
    )),
    ("use", "Intended use", (
        ("Purpose", "purpose.context"), ("Meant for", "purpose.intended_use"), ("Users", "purpose.users"),
        ("Not meant for", "purpose.prohibited_use"), ("Decision", "purpose.decision"),
        ("Whom it concerns", "purpose.affected_persons"),
    )),
    ("factors", "Factors", (
        ("Groups that are compared", "columns.groups"), ("Circumstances that are held fixed", "columns.strata"),
        ("Where it works", "deployment.setting"), ("Attributes that were looked at", "bias.attributes"),
        ("Inputs that stand in for a group", "features"),
    )),
    ("metrics", "Metrics", (
        ("Declared by the owner", "metrics.declared"), ("Favourable decision", "columns.decision"),
    )),
    ("evaluation", "Evaluation data", tuple(
        (name, f"data.test.{field}") for name, field in (
            ("Kind", "kind"), ("Origin", "origin"), ("Collection", "collection"), ("Period", "period"),
            ("Rows", "rows"), ("Preparation", "preparation"), ("Label", "labelling"), ("Coverage", "coverage"),
            ("Known gaps", "known_gaps"), ("Licence", "licence"),
        )
    )),
    ("training", "Training data", tuple(
        (name, f"data.train.{field}") for name, field in (
            ("Kind", "kind"), ("Origin", "origin"), ("Collection", "collection"), ("Period", "period"),
            ("Rows", "rows"), ("Preparation", "preparation"), ("Label", "labelling"), ("Coverage", "coverage"),
            ("Known gaps", "known_gaps"), ("Licence", "licence"),
        )
    )),
    ("quantitative", "Quantitative analyses", ()),
    ("ethics", "Ethical considerations", (
        ("Risk tier", "risk.tier"), ("Exposure", "risk.exposure"), ("Risks", "risk.register"),
        ("People who need more protection", "risk.vulnerable_groups"),
        ("Sensitivity of the data", "data.*.sensitivity"), ("Legal basis of the data", "data.*.legal_basis"),
        ("What was done about bias", "bias.mitigations"), ("Alternatives that were looked at", "bias.alternatives"),
        ("Oversight by people", "oversight.measures"), ("How to object", "oversight.appeal_channel"),
    )),
    ("caveats", "Caveats and recommendations", (
        ("Limitations", "model.limitations"), ("Assumptions", "model.assumptions"),
        ("Limits of explanations", "explanation.limits"), ("Monitoring", "monitoring.plan.metrics"),
        ("To be validated again by", "lifecycle.dates.next_validation"),
    )),
)  # fmt: skip
"""Id, title, and for each fact its name and its path in the manifest: the sections of Mitchell et al. 2019, in their
order. English texts, which are told by `gettext`."""


def gather(audit: Audit, *, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> ModelCard:
    """The card of a record. `audit_digest` is the SHA-256 of audit.json."""
    evaluated = [finding for finding in audit.findings if finding.outcome != "not_applicable"]
    counted = [(outcome, sum(f.outcome == outcome for f in audit.findings)) for outcome in WORST_FIRST]
    return ModelCard(
        name=audit.subject.name,
        version=audit.subject.version,
        audit=audit.id,
        at=audit.at.date(),
        digest=audit_digest.removeprefix("sha256:"),
        policies=tuple((policy.id, policy.version) for policy in audit.policies),
        outcomes=tuple((outcome, amount) for outcome, amount in counted if amount),
        sections=tuple(_section(audit, *said) for said in SECTIONS),
        required=tuple(_required(finding) for finding in evaluated if finding.criteria and of_model(finding)),
        overall=tuple(number for finding in evaluated for number in _overall(finding, minimum_cell)),
        tables=group_tables(audit, minimum_cell),
        undecided=tuple(
            (finding.id, finding.title, finding.reason)
            for finding in evaluated
            if finding.outcome in ("inconclusive", "error")
        ),
        minimum_cell=minimum_cell,
    )


def _section(audit: Audit, section: str, title: str, asked: tuple[tuple[str, str], ...]) -> CardSection:
    facts = [Fact(name, _said(audit, path), path) for name, path in asked]
    return CardSection(section, title, tuple(f for f in facts if f.lines), tuple(f for f in facts if not f.lines))


def _said(audit: Audit, path: str) -> tuple[str, ...]:
    """The lines of a path, without people's names and without what only says where a file lies."""
    manifest = audit.manifest
    match path:
        case "owners.developer":
            return tuple(dict.fromkeys(role(person) for person in at(manifest, path) or ()))
        case "docs.sections" | "columns.groups" | "columns.strata":
            return tuple(name.replace("_", " ") for name in at(manifest, path) or ())
        case "columns.decision":
            return lines(manifest, "columns.decision.favourable")
        case "features":
            return tuple(
                f"{one['name']}, for {', '.join(one['proxy_for'])}" + _because(one.get("justification"))
                for one in manifest.get("features") or ()
                if one.get("proxy_for")
            )
        case "risk.register":
            kept = ("category", "source", "likelihood", "severity", "measure", "residual")
            risks = [{key: risk[key] for key in kept if risk.get(key)} for risk in at(manifest, path) or ()]
            return tuple(line for risk in risks for line in lines({"it": risk}, "it"))
        case _:
            return lines(manifest, path)


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _required(finding: Finding) -> Required:
    names = dict.fromkeys(judged.estimate.split("[")[0].split(" of ")[0] for judged in finding.judgements)
    return Required(finding.id, finding.title, tuple(names), finding.criteria, finding.outcome)


def _overall(finding: Finding, minimum: int) -> Iterator[Overall]:
    for one in finding.measured.estimates if of_model(finding) else ():
        of_everybody = one.grouping is None and one.group is None and one.of is None and one.headline
        if of_everybody and one.value is not None and one.n >= minimum:
            low, high, level = ends(one)
            yield Overall(finding.id, one.name, one.value, low, high, level, one.n)
