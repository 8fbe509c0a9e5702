"""What would have made the outcome of a control another one, in a sentence."""

from __future__ import annotations

from assay.record.finding import Finding, Judgement
from assay.report.language import gettext, ngettext
from assay.report.requirement import counted
from assay.report.words import OUTCOMES, count, number


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
    ways = [
        gettext("%(outcome)s with a threshold beyond %(value)s", outcome=gettext(OUTCOMES[outcome]),
                value=number(step, *given))
        for outcome, step in flips
    ]  # fmt: skip
    if leading.people_to_flip is not None:
        ways.append(_otherwise(finding, leading.people_to_flip, leading))
    return gettext("Nearest other outcomes: %(ways)s.", ways="; ".join(ways))


def _otherwise(finding: Finding, amount: int, leading: Judgement) -> str:
    noun, n = counted(finding), count(amount)
    if noun == "rows":
        return ngettext("another outcome, had %(n)s row been otherwise",
                        "another outcome, had %(n)s rows been otherwise",
                        amount, n=n)  # fmt: skip
    if noun == "cases":
        return ngettext("another outcome, had %(n)s case been otherwise",
                        "another outcome, had %(n)s cases been otherwise", amount, n=n)  # fmt: skip
    if any(e.id == leading.estimate and e.group for e in finding.measured.estimates):
        return ngettext("another outcome, had %(n)s person of that group fared otherwise",
                        "another outcome, had %(n)s people of that group fared otherwise", amount, n=n)  # fmt: skip
    return ngettext("another outcome, had %(n)s person fared otherwise",
                    "another outcome, had %(n)s people fared otherwise", amount, n=n)  # fmt: skip
