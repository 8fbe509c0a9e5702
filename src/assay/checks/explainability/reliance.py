"""Reliance: how much the model leans on protected inputs and their proxies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.attributions import Rows
from assay.evidence.request import Needs, RowsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.ratio_of_means import share_of_means


class Parameters(DataParameters):
    """Which inputs, and which rows are explained, against which background."""

    features: tuple[str, ...] | Literal["declared"] = "declared"
    """Inputs whose influence is added up; `declared`: those declared protected or a proxy."""
    rows: int = Field(default=2000, ge=1, le=100_000)
    """How many rows are explained, at most."""
    background: Role = "train"
    """The dataset that explanations compare with."""


def _wanted(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    """The inputs whose influence is added up; `declared` are those declared protected or a proxy."""
    if p.features != "declared":
        return tuple(dict.fromkeys(p.features))
    return tuple(f.name for f in view.manifest.features or () if f.protected or f.proxy_for)


def _request(p: Parameters) -> RowsRequest:
    return RowsRequest(p.data, p.rows, p.background, where=p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Attributions of sampled rows. Where nothing is declared protected or a proxy, there is nothing to measure."""
    missing = view.lacks(data=(p.data, p.background), features=True, model=True)
    inputs = {feature.name for feature in view.manifest.features or ()}
    missing += tuple(f"features: {name}" for name in _wanted(p, view) if inputs and name not in inputs)
    if inputs and not _wanted(p, view):
        missing += ("features: one declared protected or proxy_for",)
    return Needs(() if missing else (_request(p),), missing)


@check("explainability.reliance", version=1, estimates={"share_of_attribution": "lower"})
def reliance(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model's output depends little on inputs that are protected or stand in for what is.

    Method: the estimate `share_of_attribution` is the mean over rows of the summed absolute attributions of the inputs
        in question, over the same mean for all inputs. With `features: declared` these are the inputs declared
        `protected` or `proxy_for` something in the manifest; otherwise the ones that `features` names. Interval:
        delta method over rows; where the share is 0 or 1 in every row, Clopper-Pearson limits of none or all of the
        rows.
    Evidence: SHAP attributions of up to `rows` rows of the dataset `data` that meet `where`, drawn by their hash, with
        a `background` dataset.
    Inconclusive when: there is no model; no input is declared protected or a proxy; no row could be explained; no
        input has any influence; an attribution is not a number; the interval straddles the threshold; the manifest
        names a weight or an entity, since the rows are drawn and averaged as if each stood for one other person.
    Limits: a proxy that nobody declared is not found. Correlated inputs share influence in ways that depend on the
        explainer, so the share is a description of the model, not a measure of discrimination.
    Source: Lundberg and Lee 2017 for the attributions; the share of them is this check's own measure.
    """
    import numpy as np

    found, wanted = evidence.rows(_request(p)), _wanted(p, context.view)
    n = len(found.output)
    if not n:
        return Measured(
            estimates=(_undefined(f"no row of the {p.data} data could be explained", "evidence_missing", n),)
        )
    absent = tuple(f"attributions of {name}" for name in wanted if name not in found.features)
    if absent or not wanted:
        return Measured(missing=absent or ("features: one declared protected or proxy_for",))
    if not np.isfinite(found.attributions).all():
        return Measured(estimates=(_undefined("an attribution is not a number", "estimate_unstable", n),))
    size = np.abs(found.attributions)
    part = size[:, [found.features.index(name) for name in wanted]].sum(axis=1)
    rest = size[:, [i for i, name in enumerate(found.features) if name not in wanted]].sum(axis=1)
    if not (part + rest).any():
        return Measured(estimates=(_undefined("no input has any influence", "estimate_undefined", n),))
    share, interval = share_of_means(part, part + rest, context.confidence)
    estimate = Estimate(
        name="share_of_attribution", value=share, n=n, interval=interval, method=f"{found.method}; {found.space}"
    )
    note = f"{n} of {found.available} rows explained; counted: {', '.join(wanted)}."
    return Measured(estimates=(estimate,), exhibits=(_table(found, wanted),), notes=(note,))


def _undefined(
    why: str, kind: Literal["estimate_undefined", "evidence_missing", "estimate_unstable"], n: int
) -> Estimate:
    return Estimate(name="share_of_attribution", undefined=why, undefined_as=kind, n=n)


def _table(found: Rows, wanted: tuple[str, ...]) -> Exhibit:
    import numpy as np

    means = np.abs(found.attributions).mean(axis=0).tolist()
    total = sum(means)
    ordered = sorted(zip(found.features, means, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return Exhibit(
        name="influence",
        title="Mean absolute attribution, by input",
        columns=columns(
            ("label", "Input", "text"), ("value", "Mean absolute attribution", "number"), ("share", "Share", "rate"),
            ("counted", "Counted", "text"),
        ),
        rows=tuple((name, mean, mean / total, "yes" if name in wanted else "") for name, mean in ordered),
        chart="bar",
        note=f"In {found.space}.",
    )  # fmt: skip
