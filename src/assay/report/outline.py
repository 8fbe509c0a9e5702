"""The outline of the report: which part holds which controls and declared facts, and what would fill an empty one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assay.record.audit import Audit
from assay.record.finding import Finding
from assay.report.declared import Declared, declared
from assay.report.language import gettext, message
from assay.report.section import Section
from assay.report.words import count, title


@dataclass(frozen=True)
class Part:
    """One part of the outline: where its controls and facts come from."""

    number: int
    anchor: str
    title: str
    fields: tuple[str, ...]
    """Paths of the manifest whose facts it prints and whose conditions it holds."""
    checks: tuple[str, ...]
    """Families of checks, or single ones."""
    asks: str
    """What would evidence it."""


MODEL, DATA, DEVELOPMENT = 3, 4, 5
PARTS = (
    Part(MODEL, "model", message("The model, its purpose and its use"),
         ("identity", "organisation", "owners", "people", "purpose", "oversight", "docs"), ("governance.documents",),
         message("`purpose`, `owners`, `oversight` and `docs` in the manifest")),
    Part(DATA, "data", message("Data"), ("data", "columns"), ("data", "governance.test_set_reuse"),
         message("`data` in the manifest, or a control with a check such as data.missing or data.representativeness")),
    Part(DEVELOPMENT, "development", message("Development and reproducibility"),
         ("model", "training", "features", "pipeline", "lineage"), ("governance.digests", "robustness.retrain"),
         message("`model`, `training`, `features` and `lineage` in the manifest, or a control with "
                 "robustness.retrain")),
    Part(6, "performance", message("Performance"), ("metrics", "champion", "candidates"),
         ("performance", "governance.declared_metrics", "governance.ab_test"),
         message("a control with a check such as performance.auc or performance.calibration, or `metrics` in the "
                 "manifest")),
    Part(7, "fairness", message("Fairness"), ("bias",), ("fairness",),
         message("a control with a check such as fairness.impact_ratio, on groups that the manifest declares")),
    Part(8, "explainability", message("Explainability"), ("explanation",), ("explainability",),
         message("a control with explainability.reliance or explainability.additivity, or `explanation` in the "
                 "manifest")),
    Part(9, "robustness", message("Robustness, drift and stability"), (),
         ("robustness", "data.drift", "data.distribution_shift", "data.domain_classifier", "data.new_categories",
          "performance.stability_over_time", "performance.migration"),
         message("a control with a check such as data.drift, performance.stability_over_time or "
                 "robustness.determinism")),
    Part(10, "risk", message("Risks and impact assessments"), ("risk", "conformity"), (),
         message("`risk.register` and `conformity` in the manifest, or a control that asks for them")),
    Part(11, "monitoring", message("Deployment, monitoring, incidents and changes"),
         ("lifecycle", "deployment", "monitoring", "incidents", "changes", "retention", "cost"),
         ("governance.audit_age", "governance.outcome_trend"),
         message("`monitoring`, `incidents`, `changes` and `retention` in the manifest")),
    Part(12, "access", message("Third parties, access and security"), ("lineage.third_party", "access"), (),
         message("`access` and `lineage.third_party` in the manifest")),
    Part(14, "open", message("Findings register, waivers and conditions of use"), ("findings",),
         ("governance.policy_first",),
         message("`findings` in the manifest")),
    Part(15, "declarations", message("Declarations, approvals and attestations"), ("approvals", "attestations"), (),
         message("`approvals` in the manifest, or a file of attestations")),
)  # fmt: skip
_SUMMARISED = (
    "identity.id", "identity.name", "identity.version", "owners.business", "owners.technical", "owners.developer",
    "owners.validator", "owners.sponsor", "owners.sme", "people", "purpose.context", "purpose.intended_use",
    "purpose.prohibited_use", "model.algorithm", "model.limitations", "data.*.origin", "data.*.period", "data.*.kind",
    "data.*.licence", "data.*.known_gaps", "data.*.path", "columns", "lifecycle.dates.last_validation",
    "identity.artefact", "training.script", "lineage.third_party",
)  # fmt: skip
"""What the summary of the subject or the list of files says already."""
_ROOTS = {field: part.number for part in PARTS for field in part.fields}
_PATH = re.compile(r"(?<![\w./])(" + "|".join(sorted({f.split(".")[0] for f in _ROOTS})) + r")\b(\.[a-z_*]+)?")


@dataclass(frozen=True)
class Chapter:
    """A part of the report with everything that the record holds for it."""

    part: Part
    facts: tuple[tuple[str, str], ...]
    declared: Declared
    open: tuple[Section, ...]
    """Controls with a measurement that do not pass, what blocks first."""
    passing: tuple[Section, ...]
    """Controls with a measurement that pass: folded."""
    papers: tuple[Section, ...]
    """Controls that ask the manifest, a document or a person and do not pass."""
    kept: tuple[Section, ...]
    """Those of them that pass: folded."""

    @property
    def title(self) -> str:
        """The heading of the part."""
        return gettext(self.part.title)

    @property
    def evidenced(self) -> bool:
        """Whether the record holds anything for it."""
        return bool(self.controls or self.facts or self.declared.facts or self.declared.tables)

    @property
    def controls(self) -> tuple[Section, ...]:
        """Every control, what blocks first."""
        return self.papers + self.open + self.kept + self.passing

    @property
    def asks(self) -> tuple[tuple[bool, str], ...]:
        """What would evidence it, cut at backticks: (is it code, text)."""
        parts = gettext(self.part.asks).split("`")
        return tuple((index % 2 == 1, text) for index, text in enumerate(parts) if text)


def chapters(audit: Audit, sections: Sequence[Section]) -> tuple[Chapter, ...]:
    """The parts in their order. `sections` are those of the findings that apply, what blocks first."""
    at = {finding.id: number_of(finding) for finding in audit.findings}
    made = []
    for part in PARTS:
        own = [s for s in sections if at[s.key] == part.number]
        open_, passing = ([s for s in own if (s.outcome == "pass") is passes] for passes in (False, True))
        made.append(
            Chapter(
                part=part,
                facts=_facts(audit, part.number),
                declared=declared(audit.manifest, part.fields, _SUMMARISED if part.number != 12 else ()),
                open=tuple(s for s in open_ if not s.of_papers),
                passing=tuple(s for s in passing if not s.of_papers),
                papers=tuple(s for s in open_ if s.of_papers),
                kept=tuple(s for s in passing if s.of_papers),
            )
        )
    return tuple(made)


def number_of(finding: Finding) -> int:
    """In which part a finding stands: by its check, else by the first field of the manifest that it asks for."""
    if finding.check is not None:
        family = finding.check.id.split(".")[0]
        exact = [part.number for part in PARTS if finding.check.id in part.checks]
        return next(iter([*exact, *(part.number for part in PARTS if family in part.checks)]), MODEL)
    if finding.requirement is None:
        return PARTS[-1].number
    paths = [found.group() for found in _PATH.finditer(finding.requirement.sentence)]
    asked = [*finding.requirement.missing, *(path for path in paths if "." in path), *paths]
    return next((_ROOTS.get(p, _ROOTS.get(p.split(".")[0], MODEL)) for p in asked), MODEL)


SUMMARY = (
    message("Scores asked of"), message("Favourable outcome"), message("Last validated"),
    message("Train data"), message("Validation data"), message("Test data"), message("Reference data"),
    message("Production data"), message("Known gaps of the train data"), message("Known gaps of the validation data"),
    message("Known gaps of the test data"), message("Known gaps of the reference data"),
    message("Known gaps of the production data"), message("People in the train data"),
    message("People in the validation data"), message("People in the test data"),
    message("People in the reference data"), message("People in the production data"),
)  # fmt: skip
"""Names in the summary of a subject that no other text of ours is."""


def _facts(audit: Audit, number: int) -> tuple[tuple[str, str], ...]:
    """The summary of the subject: what it says of data stands with the data."""
    if number not in (MODEL, DATA):
        return ()
    return tuple(
        (title(fact[0]), counted_fact(fact[1]))
        for fact in audit.subject.summary
        if ("data" in fact[0].lower()) is (number == DATA)
    )


def counted_fact(value: str) -> str:
    """A fact that is a count, with narrow spaces."""
    return count(int(value)) if value.isascii() and value.isdigit() and len(value) < 16 else value
