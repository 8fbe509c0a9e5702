"""What would have made the outcome of a control another one, in a sentence."""

from __future__ import annotations

from assay.record.finding import Finding, Judgement
from assay.report.requirement import counted
from assay.report.words import OUTCOMES, number, plural


def told(finding: Finding) -> str | None:
    """Of the judgement that leads the finding: the nearest thresholds and the least number of people."""
    leading = next(
        (
            one
            for one in finding.judgements
            if one.sentence in finding.sentence and (one.flips_at or one.people_to_flip is not None)
        ),
        None,
    )
    if leading is None:
        return None
    criterion = finding.criteria[leading.criterion]
    given = [] if not isinstance(criterion.threshold, (int, float)) else [criterion.threshold]
    flips = sorted(leading.flips_at.items(), key=lambda flip: (abs(flip[1] - given[0]), flip[0]))
    ways = [f"{OUTCOMES[outcome]} with a threshold beyond {number(step, *given)}" for outcome, step in flips]
    if leading.people_to_flip is not None:
        ways.append(f"another outcome, had {_otherwise(finding, leading)}")
    return f"Nearest other outcomes: {'; '.join(ways)}."


def _otherwise(finding: Finding, leading: Judgement) -> str:
    amount, noun = leading.people_to_flip or 0, counted(finding)
    if noun != "people":
        return f"{plural(amount, noun.removesuffix('s'))} been otherwise"
    group = any(e.id == leading.estimate and e.group for e in finding.measured.estimates)
    return f"{plural(amount, 'person', 'people')}{' of that group' if group else ''} fared otherwise"
