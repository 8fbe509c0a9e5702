"""Outcomes and findings."""

from typing import Literal

from pydantic import Field

from assay.record.asked import AskedStatement
from assay.record.estimate import Estimate, Exhibit
from assay.record.frozen import Frozen
from assay.record.policy import Citation, Criterion, Severity, SmallGroups

Outcome = Literal["pass", "fail", "inconclusive", "not_applicable", "error"]
WORST_FIRST: tuple[Outcome, ...] = ("error", "fail", "inconclusive", "pass", "not_applicable")
Reason = Literal[
    "evidence_missing",
    "evidence_stale",
    "sample_too_small",
    "interval_straddles",
    "estimate_unstable",
    "estimate_undefined",
    "applicability_unknown",
    "attestation_pending",
]


def _nothing(value: object) -> bool:
    return value in (None, {}, ())


class Judgement(Frozen):
    """One estimate against one criterion."""

    estimate: str
    """Id of the estimate."""
    criterion: int = 0
    """Which criterion of the control, counted from 0."""
    outcome: Outcome
    reason: Reason | None = None
    """Always given for `inconclusive`."""
    sentence: str
    """The comparison in words, e.g. "0.64 [0.61, 0.68] lies wholly below 0.8"."""
    by_interval: Outcome | None = None
    """With `decide_on: estimate`: the three-way answer, which stands beside."""
    tolerated: bool = False
    """Undecided, but within `maximum_unassessed`."""
    people_to_decide: int | None = None
    """With `interval_straddles`: how many people of the group would decide, were the rates to stay."""
    flips_at: dict[Outcome, float] = Field(default_factory=dict, exclude_if=_nothing)
    """Where it decides: other outcome → the nearest threshold beyond which it would be that."""
    people_to_flip: int | None = Field(default=None, exclude_if=_nothing)
    """Where it decides: the least number of people of the group who, had each fared otherwise, would change it."""


class Measured(Frozen):
    """What a check found: estimates, exhibits, notes. No threshold, no opinion."""

    estimates: tuple[Estimate, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Evidence the check asked for and the subject does not have: the finding is inconclusive (evidence_missing)."""
    unlabelled: float | None = None
    """Share of rows without a label, where labels matter."""
    undecided: float | None = None
    """Share of rows without a decision, where decisions matter."""
    unknown: dict[str, float] = Field(default_factory=dict)
    """Per grouping, the share of rows whose group is unknown."""


class ConditionReading(Frozen):
    """What a condition found in the manifest."""

    sentence: str
    """In English, e.g. "risk.tier is one of high, critical: it is high (model.yaml:12:9)"."""
    result: bool | None
    """None: unknown."""
    missing: tuple[str, ...] = ()
    """Paths of absent fields which left it unknown."""


class CheckRecord(Frozen):
    """Which check, with which parameters, and what it says of itself."""

    id: str
    version: int
    parameters: dict[str, object]
    docstring: str


class Finding(Frozen):
    """Control × outcome × estimates × reason."""

    policy: str
    control: str
    title: str
    description: str | None = None
    severity: Severity
    citations: tuple[Citation, ...] = ()
    place: str
    """Where the control stands: `policy.yaml:12`."""
    outcome: Outcome
    reason: Reason | None = None
    sentence: str
    """Why, in one sentence a reader without statistics understands."""
    applicability: ConditionReading | None = None
    requirement: ConditionReading | None = None
    attest: AskedStatement | None = None
    """What only a person can answer: the finding waits, and the gate takes the answer."""
    check: CheckRecord | None = None
    criteria: tuple[Criterion, ...] = ()
    small_groups: SmallGroups | None = None
    limits: tuple[float, float, float] = (0.05, 0.05, 0.05)
    """maximum_unlabelled, maximum_undecided, maximum_unknown."""
    measured: Measured = Field(default_factory=Measured)
    judgements: tuple[Judgement, ...] = ()
    mitigation: tuple[Exhibit, ...] = Field(default=(), exclude_if=_nothing)
    """Of a fail: what other decisions about the same people could reach. An analysis, never applied, never judged."""
    error: str | None = None
    """The traceback of an exception inside the check, without paths of the machine."""

    @property
    def id(self) -> str:
        """`retail-credit/FAIR-01`."""
        return f"{self.policy}/{self.control}"
