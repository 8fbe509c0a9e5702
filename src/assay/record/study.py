"""What is planned before labels are opened: how many people decide, and what a number of people can show."""

from typing import Literal

from pydantic import Field

from assay.record.frozen import Frozen


class PeopleNeeded(Frozen):
    """For one true state of affairs."""

    true_ratio: float
    """The rate of the group over that of the reference."""
    decides: Literal["pass", "fail"] | None
    """What that truth has to lead to; None: it is the threshold itself."""
    people: int | None
    """In the group, and as many in the reference; None: no number decides."""


class PlannedGroup(Frozen):
    """A group whose size is known."""

    grouping: str
    group: str
    people: int
    reference: str
    """The group it is compared with: the one that the policy names, else the largest one."""
    reference_people: int
    power_to_pass: float | None
    """How likely a pass is where both have the same rate; None: it cannot pass."""
    shows: float | None
    """The strictest threshold that equal groups of these sizes pass: a ratio, or an absolute difference."""
    finds: float | None
    """The disparity nearest to the threshold that would be found to fail: a ratio, or a difference."""


class PlannedComparison(Frozen):
    """A rate that a control compares between groups."""

    control: str
    """`<policy>/<control>`."""
    title: str
    check: str
    estimate: str
    shape: Literal["ratio", "difference"]
    counted: str
    """Of whom the people needed are counted."""
    requirement: str
    low: float | None
    """The least acceptable value."""
    high: float | None
    """The largest acceptable value."""
    confidence: float
    """Of the interval that decides a pass."""
    minimum: int
    """Fewer people in a group never pass."""
    needed: tuple[PeopleNeeded, ...]
    groups: tuple[PlannedGroup, ...] = ()


class PlannedPolicy(Frozen):
    """A policy by its bytes."""

    id: str
    version: str
    digest: str


class StudyPlan(Frozen):
    """The plan of a study, from policies and a manifest alone."""

    assay: Literal["study-plan/v1"] = "study-plan/v1"
    model: str
    version: str
    policies: tuple[PlannedPolicy, ...]
    rate: float = Field(gt=0, lt=1)
    """Assumed, of the reference."""
    power: float = Field(gt=0, lt=1)
    """How likely the right answer of one comparison is to be."""
    comparisons: tuple[PlannedComparison, ...]
    left_out: tuple[tuple[str, str], ...]
    """Controls that compare rates and cannot be planned, and why."""
