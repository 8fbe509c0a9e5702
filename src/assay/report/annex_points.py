"""The points of Annex IV of the EU AI Act, in our own words, and where a manifest and a record evidence each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A point or sub-point."""

    ref: str
    """`2(d)`."""
    title: str
    asks: str
    """What it asks for: a paraphrase, which nobody has compared with the original."""
    fields: tuple[tuple[str, str], ...] = ()
    """Names and paths of the manifest."""
    checks: tuple[str, ...] = ()
    """Families of checks, or single ones, whose findings belong here."""
    values: bool = False
    """Whether the numbers of these findings are printed here."""
    tests: bool = False
    """Whether the dated and signed test record is told here."""


CHAPTERS: tuple[tuple[str, str, tuple[Point, ...]], ...] = (
    ("1", "General description", (
        Point("1(a)", "Purpose, provider and version", "the intended purpose, the provider, and the version with its "
              "relation to earlier ones",
              (("Purpose", "purpose.context"), ("Intended use", "purpose.intended_use"),
               ("Prohibited use", "purpose.prohibited_use"), ("Organisation", "organisation.name"),
               ("Role", "organisation.roles"), ("Name", "identity.name"), ("Version", "identity.version"),
               ("Takes the place of", "identity.supersedes"), ("Class under the Act", "risk.eu"))),
        Point("1(b)", "Interaction with other systems", "how the system interacts with hardware or software that is "
              "not part of it, other AI systems included",
              (("Applications", "deployment.setting.applications"), ("Upstream models", "lineage.upstream_models"),
               ("Endpoints", "deployment.endpoints"))),
        Point("1(c)", "Versions of software and firmware", "the versions of relevant software or firmware, and what an "
              "update requires",
              (("Container image", "training.environment.image"),
               ("Digest of the pinned packages", "training.environment.lockfile_digest"))),
        Point("1(d)", "Forms in which it is placed on the market", "all forms in which the system is placed on the "
              "market or put into service",
              (("Forms", "deployment.forms"), ("Channels", "purpose.channels"))),
        Point("1(e)", "Hardware", "the hardware on which the system is to run",
              (("Infrastructure", "deployment.infrastructure"),)),
        Point("1(f)", "Illustrations", "where the system is part of a product, illustrations of it",
              (("Document", "docs.sections.illustrations"),)),
        Point("1(g)", "User interface", "a basic description of the user interface that is given to the deployer",
              (("Document", "docs.sections.user_interface"),)),
        Point("1(h)", "Instructions for use", "instructions for use for the deployer",
              (("Instructions", "docs.sections.instructions"), ("Intended use", "docs.sections.intended_use"))),
    )),
    ("2", "Elements of the system and of its development", (
        Point("2(a)", "Methods and pre-trained parts", "the methods and steps of development, and what was taken over "
              "from others and how it was used",
              (("Experiment", "lineage.experiment_id"), ("Run", "lineage.run_id"), ("Code", "lineage.source"),
               ("Third parties", "lineage.third_party"), ("Script", "training.script.path"),
               ("Document", "docs.sections.development")),
              ("robustness.retrain",)),
        Point("2(b)", "Design and logic", "the design, the logic of system and algorithms, the choices made with their "
              "reasons and assumptions, trade-offs, and what is optimised for",
              (("Algorithm", "model.algorithm"), ("Task", "model.task"), ("Changes to it", "model.customisations"),
               ("Justification", "purpose.justification"), ("Assumptions", "model.assumptions"),
               ("Search", "training.search_space"), ("Selection", "training.selection"),
               ("Candidates", "candidates"), ("Hyperparameters", "training.hyperparameters")),
              ("explainability",)),
        Point("2(c)", "Architecture and computing", "how the parts build on each other, and the computing used to "
              "develop, train, test and validate",
              (("Architecture", "model.architecture"), ("Hardware of training", "training.environment.hardware"),
               ("Energy, kWh", "training.energy"))),
        Point("2(d)", "Data", "data sheets: provenance, scope and characteristics of the data, how they were obtained "
              "and selected, labelling and cleaning",
              (("Origin", "data.*.origin"), ("Collection", "data.*.collection"), ("Rows", "data.*.rows"),
               ("Period", "data.*.period"), ("Coverage", "data.*.coverage"), ("Categories", "data.*.categories"),
               ("Labelling", "data.*.labelling"), ("Preparation", "data.*.preparation"),
               ("Known gaps", "data.*.known_gaps"), ("Legal basis", "data.*.legal_basis"),
               ("Document", "docs.sections.data")),
              ("data",)),
        Point("2(e)", "Human oversight", "an assessment of the oversight measures that are needed, and of technical "
              "measures that help to interpret the output",
              (("Measures", "oversight.measures"), ("Overruling a decision", "oversight.override"),
               ("Stopping", "oversight.stop"), ("Explanations", "explanation.method"))),
        Point("2(f)", "Pre-determined changes", "changes that were determined beforehand, and how continuous "
              "compliance is ensured after them",
              (("Pre-determined changes", "changes.predetermined"), ("Goes on learning", "model.online_learning"))),
        Point("2(g)", "Validation and testing", "validation and testing procedures, the data used and their "
              "characteristics, the metrics for accuracy, robustness and compliance, potentially discriminatory "
              "impacts, and test logs and reports that are dated and signed by the responsible persons",
              (("Declared metrics", "metrics.declared"), ("What was done about bias", "bias.mitigations")),
              ("performance", "fairness", "robustness", "uncertainty"), tests=True),
        Point("2(h)", "Cybersecurity", "the cybersecurity measures in place",
              (("Access", "access.principals"), ("Encryption", "access.encryption"),
               ("Secrets", "access.secrets_manager"), ("Document", "docs.sections.security"))),
    )),
    ("3", "Monitoring, functioning and control", (
        Point("3", "Monitoring, functioning and control", "capabilities and limits, the accuracy for the persons or "
              "groups on whom the system is to be used, the expected overall accuracy, foreseeable unintended outcomes "
              "and risks, oversight measures, and specifications of input data",
              (("Limitations", "model.limitations"), ("Prohibited use", "purpose.prohibited_use"),
               ("Final decision", "oversight.final_decision"), ("Inputs", "features"),
               ("Limits of explanations", "explanation.limits")),
              ("performance", "fairness"), values=True),
    )),
    ("4", "Appropriateness of the performance metrics", (
        Point("4", "Appropriateness of the performance metrics", "why the performance metrics are appropriate for this "
              "system",
              (("Declared metrics and why", "metrics.declared"), ("Document", "docs.sections.metrics"))),
    )),
    ("5", "Risk management system (Article 9)", (
        Point("5", "Risk management system", "a detailed description of the risk management system of Article 9",
              (("Risk tier", "risk.tier"), ("Exposure", "risk.exposure"), ("Register", "risk.register"),
               ("People who need more protection", "risk.vulnerable_groups"))),
    )),
    ("6", "Changes through the life cycle", (
        Point("6", "Changes through the life cycle", "the relevant changes made by the provider through the life cycle",
              (("Change log", "changes.log"), ("Last change", "lifecycle.dates.last_change"))),
    )),
    ("7", "Standards applied", (
        Point("7", "Standards applied", "the harmonised standards applied, or the solutions adopted in their place and "
              "other standards and specifications",
              (("Standards", "conformity.standards"), ("Route", "conformity.route"))),
    )),
    ("8", "EU declaration of conformity", (
        Point("8", "EU declaration of conformity", "a copy of the EU declaration of conformity",
              (("Declaration", "conformity.declaration"), ("Document", "docs.sections.eu_doc"))),
    )),
    ("9", "Post-market monitoring", (
        Point("9", "Post-market monitoring", "the system that evaluates performance after the system is on the market, "
              "with the post-market monitoring plan of Article 72",
              (("Plan", "monitoring.plan"), ("Logging", "monitoring.logging"), ("Alerts", "monitoring.alerts"),
               ("Retraining", "monitoring.retrain_trigger"), ("Feedback", "monitoring.feedback_channel"),
               ("Incidents", "incidents.log")),
              ("governance.outcome_trend", "governance.audit_age")),
    )),
)  # fmt: skip
"""Number, title and points of each of the nine chapters; English texts, which are told by `gettext`."""
