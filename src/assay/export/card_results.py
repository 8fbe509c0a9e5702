"""The numbers of a model card in Markdown: each with its interval, how many people stand behind it, and its outcome."""

from __future__ import annotations

from collections.abc import Iterator

from assay.export.escaping import markdown
from assay.export.recorded import Recorded
from assay.export.standing import OUTCOMES, standing
from assay.record.criterion import Criterion
from assay.record.estimate import Estimate, Interval
from assay.record.finding import WORST_FIRST, Finding, Judgement

_MOST = 100
"""Rows of a table; the report and the record hold the others."""
_REQUIRED = {
    "at_least": "at least", "at_most": "at most", "above": "above", "below": "below", "equals": "exactly",
    "between": "between", "margin": "equal within", "significance": "no significant difference at",
}  # fmt: skip


def results(recorded: Recorded) -> Iterator[str]:
    """A table for each control that measures, and a list of those that read papers or ask people."""
    lines = {line.finding: line for line in recorded.gate.lines}
    measured = [finding for finding in recorded.audit.findings if finding.measured.estimates]
    others = [finding for finding in recorded.audit.findings if not finding.measured.estimates]
    for finding in measured:
        yield f"### {name(finding)}"
        yield f"**{markdown(standing(lines[finding.id]))}**. {markdown(finding.sentence)}"
        yield from _table(finding)
    if others:
        yield "### Controls without a number"
        yield "\n".join(
            f"- {name(finding)}: **{markdown(standing(lines[finding.id]))}**. {markdown(finding.sentence)}"
            for finding in others
        )


def name(finding: Finding) -> str:
    """`FAIR-01: Every group …`."""
    return markdown(f"{finding.control}: {finding.title}")


def required(criterion: Criterion) -> str:
    """`impact_ratio at least 0.8 (convention)`."""
    if criterion.reported:
        return "published, with no pass mark"
    threshold = criterion.threshold
    limit = " and ".join(f"{each:.10g}" for each in threshold) if isinstance(threshold, tuple) else f"{threshold:.10g}"
    told = f"{_REQUIRED[criterion.operator]} {limit} ({criterion.source})"
    return f"{criterion.estimate} {told}" if criterion.estimate else told


def _table(finding: Finding) -> Iterator[str]:
    judged = {
        judgement.estimate: judgement
        for judgement in sorted(finding.judgements, key=lambda one: WORST_FIRST.index(one.outcome), reverse=True)
    }
    estimates = [one for one in finding.measured.estimates if one.headline or _bad(judged.get(one.id))]
    thresholds = [
        limit
        for criterion in finding.criteria
        for limit in (criterion.threshold if isinstance(criterion.threshold, tuple) else (criterion.threshold,))
        if limit is not None
    ]
    rows = [
        f"| {markdown(cell[0])} | {markdown(cell[1])} | {cell[2]} | {cell[3]} | {estimate.n} | {markdown(cell[4])} |"
        for estimate in estimates[:_MOST]
        for cell in [_cells(estimate, judged.get(estimate.id), thresholds)]
    ]
    head = "| Number | Group | Value | Interval | n | Outcome |\n|---|---|---:|---|---:|---|"
    yield "\n".join([head, *rows])
    left = len(finding.measured.estimates) - len(rows)
    if left:
        yield f"{left} more {'number is' if left == 1 else 'numbers are'} in the record."


def _bad(judgement: Judgement | None) -> bool:
    return judgement is not None and judgement.outcome != "pass"


def _cells(estimate: Estimate, judgement: Judgement | None, thresholds: list[float]) -> tuple[str, str, str, str, str]:
    of = f" of {estimate.of}" if estimate.of is not None else ""
    compared = " / ".join(each for each in (estimate.group, estimate.reference) if each is not None)
    group = ": ".join(part for part in (estimate.grouping, compared) if part) or "everybody"
    if estimate.value is None:
        value = markdown(f"not defined: {estimate.undefined}")
    else:
        value = number(estimate.value, *thresholds)
    if estimate.interval is not None:
        interval = span(estimate.interval, *thresholds)
        if estimate.simultaneous is not None and estimate.comparisons > 1:
            interval = (
                f"{interval}; with all {estimate.comparisons} comparisons {span(estimate.simultaneous, *thresholds)}"
            )
    else:
        interval = "exact" if estimate.basis == "exact" and estimate.value is not None else "none"
    return estimate.name + of, group, value, interval, _outcome(estimate, judgement)


def _outcome(estimate: Estimate, judgement: Judgement | None) -> str:
    if judgement is None:
        return f"set aside: {estimate.excluded}" if estimate.excluded else "not judged"
    told = OUTCOMES[judgement.outcome]
    if judgement.reason:
        told = f"{told}: {judgement.reason.replace('_', ' ')}"
    return f"{told}, tolerated" if judgement.tolerated else told


def number(value: float, *thresholds: float) -> str:
    """Four significant digits, or as many more as tell it from a threshold that it does not equal."""
    for digits in range(4, 18):
        shown = f"{value:.{digits}g}"
        if all((float(shown) == limit) == (value == limit) for limit in thresholds):
            break
    return shown


def span(interval: Interval, *thresholds: float) -> str:
    """`0.62 to 0.71 (95 %)`."""
    low, high = (None if bound is None else number(bound, *thresholds) for bound in (interval.low, interval.high))
    told = (
        f"{low} to {high}" if low and high else f"up to {high}" if high else f"{low} and above" if low else "unbounded"
    )
    return f"{told} ({100 * interval.confidence:.4g} %)"
