"""How a model's owner wants the reports on it."""

from typing import Literal

from assay.record.frozen import Frozen

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")


class ReportSettings(Frozen):
    """How reports are written. Nothing of it changes what is measured or judged."""

    language: Language = "en"
    """The language of our texts: en or de. What the record says stays in the language in which it was written."""
