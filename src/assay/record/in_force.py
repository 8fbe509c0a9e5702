"""When and for whom a rule holds."""

from typing import Literal, Self

from pydantic import Field, model_validator

from assay.record.frozen import Day, Frozen, Id, Line

Status = Literal["draft", "current", "superseded"]
LegalRole = Literal["provider", "deployer", "developer", "employer", "creditor", "insurer", "institution"]


class InForce(Frozen):
    """When and for whom a policy or a control holds."""

    status: Status = "current"
    """`draft`: not yet approved; `superseded`: replaced. Both can be used, and every report says so."""
    applies_from: Day | None = None
    """First day of the law; before it the controls do not apply."""
    applies_until: Day | None = None
    """Last day of the law, inclusive."""
    superseded_by: Id | None = None
    """What took its place: the id of a policy, or of a control of the same policy."""
    verified_on: Day | None = None
    """The day somebody compared it with the text of the law; absent: not verified."""
    jurisdiction: Line | None = None
    """E.g. `EU`, `US`, `US-NY`."""
    roles: tuple[LegalRole, ...] | None = Field(default=None, min_length=1)
    """Whom it binds; the manifest says under `organisation.roles` what the organisation is. Absent: everybody."""

    @model_validator(mode="after")
    def _from_before_until(self) -> Self:
        if self.applies_from and self.applies_until and self.applies_until < self.applies_from:
            raise ValueError("`applies_until` lies before `applies_from`")
        return self
