"""Policy tests: a manifest fragment, a tiny table, the expected outcome per control; and what running them showed."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from assay.record.artefact import Role
from assay.record.estimate import Estimate
from assay.record.finding import Outcome, Reason
from assay.record.frozen import Day, FilePath, Frozen, Id, Line, Name, Scalar, Text
from assay.record.policy import Stage

COUNT = "n"
"""The column of a table that says how many people a row stands for."""


class Table(Frozen):
    """A data file written down: one row per person, or per `n` people where a column is called n."""

    columns: tuple[Name, ...] = Field(min_length=1, max_length=200)
    rows: tuple[tuple[Scalar | None, ...], ...] = Field(max_length=10_000)

    @model_validator(mode="after")
    def _a_value_per_column(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} values for {len(self.columns)} columns")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("a column is there twice")
        return self


class Expectation(Frozen):
    """The outcome that a control has to have, and the reason where it is inconclusive."""

    outcome: Outcome
    reason: Reason | None = None

    @model_validator(mode="after")
    def _reason_of_inconclusive(self) -> Self:
        if self.reason is not None and self.outcome != "inconclusive":
            raise ValueError(f"only inconclusive has a reason, not {self.outcome}")
        return self

    def __str__(self) -> str:
        return f"{self.outcome} ({self.reason})" if self.reason else self.outcome


def _expected_kind(value: Any) -> str:
    return "full" if isinstance(value, (dict, Expectation)) else "short"


Expected = Annotated[
    Annotated[Outcome, Tag("short")] | Annotated[Expectation, Tag("full")], Discriminator(_expected_kind)
]


class PolicyTest(Frozen):
    """One subject, and what the controls have to say of it."""

    name: Line = Field(min_length=1, examples=["a validator who developed the model"])
    manifest: dict[str, Any] = Field(default_factory=dict)
    """A fragment, merged over that of the file; null removes a key."""
    at: Day | None = None
    """The day of the audit."""
    law_at: Day | None = None
    """The day of the law; as in an audit where it is not said."""
    stage: Stage | None = None
    """The stage of the gate; that of the manifest, else production, where it is not said."""
    counts: dict[Role, Table] = Field(default_factory=dict)
    """Data by role: written into a file and measured."""
    documents: dict[FilePath, str] = Field(default_factory=dict)
    """Text by path: written beside the manifest."""
    estimates: dict[str, Annotated[tuple[Estimate, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Control → estimates, instead of measuring."""
    expect: dict[str, Expected] = Field(default_factory=dict)
    """Control → outcome; `parent/CONTROL` for one of a policy that is extended."""
    gate: Literal["open", "closed"] | None = None

    @property
    def expected(self) -> dict[str, Expectation]:
        """What is expected of each control."""
        given = self.expect.items()
        return {name: e if isinstance(e, Expectation) else Expectation(outcome=e) for name, e in given}

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.expect and self.gate is None:
            raise ValueError("a test that expects nothing passes always; name a control under `expect`")
        return self


class PolicyTests(Frozen):
    """A file of policy tests."""

    assay: Literal["policy-tests/v1"]
    policy: Id | None = None
    """The policy that is tested, where several lie in the folder."""
    at: Day | None = None
    """The day of every audit of the file."""
    manifest: dict[str, Any] = Field(default_factory=dict)
    """What the subjects of all tests share."""
    tests: tuple[PolicyTest, ...] = Field(min_length=1, max_length=10_000)


class ExplainedSurvivor(Frozen):
    """Why no test can tell a mutant from the policy."""

    control: Name
    """The control, or the policy itself for its `applies_to`."""
    mutation: Line
    """As `assay policy test --mutate` names it."""
    why: Text = Field(min_length=1)


class Survivors(Frozen):
    """`tests/survivors.yaml`."""

    assay: Literal["survivors/v1"]
    policy: Id | None = None
    survivors: tuple[ExplainedSurvivor, ...]


class PolicyTestLine(Frozen):
    """What one control, or the gate, did in one test."""

    test: str
    place: str
    """Of the expectation: `tests/fairness.yaml:12`."""
    control: str
    """`FAIR-01`, `parent/FAIR-01` or `gate`."""
    control_place: str
    """`policy.yaml:30`."""
    expected: str
    found: str
    sentence: str
    """Why, with the values that were read."""
    holds: bool


class Survivor(Frozen):
    """A change of the policy that no test noticed."""

    control: str
    mutation: str
    place: str
    """Of what was changed: `policy.yaml:30`."""
    why: str | None = None
    """The explanation of `survivors.yaml`."""


class Mutation(Frozen):
    """How many changes of the policy its tests notice."""

    mutants: int
    killed: int
    survivors: tuple[Survivor, ...]

    @property
    def score(self) -> float:
        """The share that is noticed; 0 where there was nothing to change."""
        return self.killed / self.mutants if self.mutants else 0.0


class PolicyTestReport(Frozen):
    """All tests of one policy."""

    policy: str
    version: str
    tests: int
    lines: tuple[PolicyTestLine, ...]
    untested: tuple[str, ...]
    """Own controls that no test expects anything of."""
    unreached: dict[str, tuple[Outcome, ...]]
    """Own control → outcomes among pass, fail and inconclusive that no test shows."""
    mutation: Mutation | None = None

    @property
    def failures(self) -> tuple[PolicyTestLine, ...]:
        """Expectations that did not hold."""
        return tuple(line for line in self.lines if not line.holds)
