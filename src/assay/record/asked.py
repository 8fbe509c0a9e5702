"""What a control asks a person to say."""

from typing import Annotated, Literal

from pydantic import Field

from assay.record.frozen import Frozen, Name, Text
from assay.record.visible import NotBlank


class AskedStatement(Frozen):
    """What a control asks a person to say, because no program can see it."""

    statement: Annotated[Text, NotBlank] = Field(
        examples=["The notice was posted on the careers page ten business days before first use."]
    )
    """What has to be so. Whoever attests says whether it is, in their own words."""
    roles: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """The `role` in which it has to be said is one of these; anybody where it is not said."""
    evidence: Literal["required", "optional"] = "optional"
    """`required`: an attestation without a file that shows it does not count."""
    maximum_days: int | None = Field(default=None, ge=0, le=36500)
    """An attestation counts on the day it was made and at most so many days after it."""
