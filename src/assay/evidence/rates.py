"""The rates of a two-way table of outcome and decision: who counts, and who of them is a hit.

The favourable outcome is the positive one unless a policy says `positive: unfavourable`, as for a published table in
which the event is a default or an arrest. Source of the names: Fawcett 2006, table 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level
from assay.evidence.keys import ABOVE_MEDIAN, CLASS_DECISION, CLASS_LABEL, DECISION, FROM_MEDIAN, LABEL

Positive = Literal["favourable", "unfavourable"]
RateName = Literal[
    "selection_rate",
    "scoring_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "positive_predictive_value",
    "false_discovery_rate",
    "false_omission_rate",
]

Sides = tuple[bool | None, bool | None]
"""Whether the label is positive, and the decision; None: nothing is asked of it."""
_RATES: dict[RateName, tuple[Sides, Sides]] = {
    "selection_rate": ((None, None), (None, True)),
    "scoring_rate": ((None, None), (None, True)),
    "true_positive_rate": ((True, None), (True, True)),
    "false_positive_rate": ((False, None), (False, True)),
    "false_negative_rate": ((True, None), (True, False)),
    "positive_predictive_value": ((None, True), (True, True)),
    "false_discovery_rate": ((None, True), (False, True)),
    "false_omission_rate": ((None, False), (True, False)),
}
"""Rate → who counts, and who of them is a hit."""

Better = Literal["high", "low"]
_BETTER: dict[RateName, Better] = {
    "selection_rate": "high",
    "scoring_rate": "high",
    "true_positive_rate": "high",
    "false_positive_rate": "high",
    "false_negative_rate": "low",
    "positive_predictive_value": "low",
    "false_discovery_rate": "high",
    "false_omission_rate": "low",
}
"""Rate → which one is better for the people of a group, where the positive decision is the favourable one.

Where the denominator holds both decisions, a hit is a person with the favourable decision, earned (true positive) or
not (false positive), or one without it (false negative). Where everybody counted has the same decision, the outcomes
tell how high the bar was (the outcome test, Becker 1957): of those accepted many good outcomes (positive predictive
value) and few bad ones (false discovery), or of those refused many good ones (false omission), say that the group had
to be better than others for the same decision. With `positive: unfavourable` all are reversed, as the same table
demands: the false discovery rate is then the false omission rate of this one, and is to be low.
"""


@dataclass(frozen=True)
class Rate:
    """A rate of people: hits over those who count."""

    name: RateName
    positive: str = FAVOURABLE
    """The positive level; every other one that is known is negative."""
    by_class: bool = False
    """`positive` is one of several classes, and the keys give the classes themselves."""
    ties: bool = False
    """scoring_rate: a score at the median counts as beyond it."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The cell keys that it needs beside the group; the decision is the last."""
        if self.name == "scoring_rate":
            return (FROM_MEDIAN,) if self.ties else (ABOVE_MEDIAN,)
        label, decision = (CLASS_LABEL, CLASS_DECISION) if self.by_class else (LABEL, DECISION)
        return (decision,) if self.name == "selection_rate" else (label, decision)

    @property
    def better(self) -> Better | None:
        """Which rate is better for the people of a group; of a class nobody has said whether it is good to be in it."""
        if self.by_class:
            return None
        better = _BETTER[self.name]
        return better if self.positive == FAVOURABLE else "low" if better == "high" else "high"

    def counts(self, outcomes: Sequence[Level]) -> bool:
        """Whether somebody with these levels of `keys` is in the denominator."""
        return None not in outcomes and self._meets(outcomes, _RATES[self.name][0])

    def hits(self, outcomes: Sequence[Level]) -> bool:
        """Whether somebody who counts is in the numerator."""
        return self._meets(outcomes, _RATES[self.name][1])

    def _meets(self, outcomes: Sequence[Level], sides: Sides) -> bool:
        wanted = sides[-len(self.keys) :]
        return all(
            side is None or (level == self.positive) is side for level, side in zip(outcomes, wanted, strict=True)
        )


def positive_level(positive: Positive) -> str:
    """The level of a cell key."""
    return FAVOURABLE if positive == "favourable" else UNFAVOURABLE
