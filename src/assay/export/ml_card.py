"""The model card of a CycloneDX ML-BOM: what the manifest states, and the estimates of the audit."""

from __future__ import annotations

from collections.abc import Iterator

from assay.export.document import kept
from assay.export.escaping import line as on_one_line
from assay.export.recorded import Recorded
from assay.record.audit import Audit
from assay.record.estimate import Estimate
from assay.record.said import entries, lines, stated, words


def card(recorded: Recorded, datasets: list[str]) -> dict[str, object]:
    """The card; `datasets` are the references of the components that hold data."""
    audit = recorded.audit
    return kept(
        modelParameters=_parameters(audit, datasets),
        quantitativeAnalysis=kept(performanceMetrics=_metrics(audit)),
        considerations=kept(
            users=shown(_each(audit, "purpose.users")),
            useCases=shown(_each(audit, "purpose.intended_use")),
            technicalLimitations=shown(_each(audit, "model.limitations")),
            ethicalConsiderations=list(_risks(audit)),
            fairnessAssessments=list(_fairness(audit)),
        ),
        properties=list(_more(audit)),
    )


def shown(held: tuple[str, ...]) -> list[str]:
    """Texts on one line each, without characters that steer or hide what stands around them."""
    return [on_one_line(one) for one in held]


def told(name: str, value: object) -> dict[str, str]:
    """A property of ours."""
    return {"name": on_one_line(f"assay:{name}"), "value": on_one_line(str(value))}


def _each(audit: Audit, path: str) -> tuple[str, ...]:
    """What is said, an entry of a list each; that there is none has no field."""
    return () if stated(audit.manifest, path) in (None, []) else lines(audit.manifest, path)


def _parameters(audit: Audit, datasets: list[str]) -> dict[str, object]:
    given = {
        "task": words(stated(audit.manifest, "model.task")),
        "architectureFamily": words(stated(audit.manifest, "model.algorithm")),
        "modelArchitecture": words(stated(audit.manifest, "model.architecture")),
    }
    score = words(stated(audit.manifest, "columns.score.kind"))
    return kept(
        **{name: on_one_line(value) for name, value in given.items() if value},
        datasets=[{"ref": ref} for ref in datasets],
        inputs=[
            {"format": on_one_line(f"{feature['name']}: {feature['dtype']}")}
            for feature in entries(audit.manifest, "features")
            if "name" in feature and "dtype" in feature
        ],
        outputs=[{"format": on_one_line(score)}] if score else None,
    )


def _metrics(audit: Audit) -> list[dict[str, object]]:
    """Every estimate that has a value, once; CycloneDX writes numbers as texts."""
    made: dict[tuple[str, str], dict[str, object]] = {}
    for finding in audit.findings:
        for estimate in finding.measured.estimates:
            if estimate.value is not None:
                metric = _metric(estimate)
                made.setdefault((estimate.id, str(metric)), metric)
    return list(made.values())


def _metric(estimate: Estimate) -> dict[str, object]:
    interval = estimate.interval
    bounds = {
        name: repr(bound)
        for name, bound in (
            ("lowerBound", interval.low if interval else None),
            ("upperBound", interval.high if interval else None),
        )
        if bound is not None
    }
    return kept(
        type=on_one_line(estimate.name if estimate.of is None else f"{estimate.name} of {estimate.of}"),
        value=repr(estimate.value),
        slice=on_one_line(_slice(estimate)),
        confidenceInterval=bounds,
    )


def _slice(estimate: Estimate) -> str:
    """`sex: female / male`, or nothing of everybody together."""
    compared = " / ".join(name for name in (estimate.group, estimate.reference) if name is not None)
    return ": ".join(part for part in (estimate.grouping, compared) if part)


def _risks(audit: Audit) -> Iterator[dict[str, object]]:
    for risk in entries(audit.manifest, "risk.register"):
        name = ": ".join(words(risk[key]) for key in ("category", "source") if risk.get(key))
        yield kept(
            name=on_one_line(name or words(risk.get("id"))),
            mitigationStrategy=on_one_line(words(risk.get("measure"))),
        )


def _fairness(audit: Audit) -> Iterator[dict[str, object]]:
    """Groups that the manifest calls vulnerable, and comparisons of groups that fail."""
    for group in _each(audit, "risk.vulnerable_groups"):
        yield {"groupAtRisk": on_one_line(group)}
    attributes = _each(audit, "bias.attributes")
    if attributes or stated(audit.manifest, "bias.mitigations"):
        yield kept(
            groupAtRisk=on_one_line(", ".join(attributes)),
            mitigationStrategy=on_one_line("; ".join(_each(audit, "bias.mitigations"))),
        )
    for finding in audit.findings:
        if finding.check is not None and finding.check.id.startswith("fairness."):
            groups = {one.id: _slice(one) for one in finding.measured.estimates if one.grouping}
            for judgement in finding.judgements:
                if judgement.outcome == "fail" and judgement.estimate in groups:
                    yield {
                        "groupAtRisk": on_one_line(groups[judgement.estimate]),
                        "harms": on_one_line(f"{finding.id}: {judgement.sentence}"),
                    }


def _more(audit: Audit) -> Iterator[dict[str, str]]:
    """What a model card of CycloneDX has no field for."""
    levels = sorted(
        {one.interval.confidence for finding in audit.findings for one in finding.measured.estimates if one.interval}
    )
    if levels:
        yield told("confidence", ", ".join(f"{level:g}" for level in levels))
    for use in _each(audit, "purpose.prohibited_use"):
        yield told("prohibited-use", use)
    for assumption in _each(audit, "model.assumptions"):
        yield told("assumption", assumption)
    for metric in entries(audit.manifest, "metrics.declared"):
        yield told(f"declared-metric:{words(metric.get('name'))}", words(metric))
