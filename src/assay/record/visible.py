"""Text as a reader sees it: a name of which nothing can be seen names nobody."""

from __future__ import annotations

import re
import unicodedata

from pydantic import AfterValidator

_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode calls default ignorable, and the blank pattern of Braille."""


def visible(text: str) -> str:
    """The text without invisible characters, and without the blanks around it."""
    if text.isascii():
        return text.strip()
    seen = _IGNORED.sub("", text)
    return "".join(character for character in seen if unicodedata.category(character) != "Cf").strip()


def _not_blank(text: str) -> str:
    if not visible(text):
        raise ValueError("the text is blank: nothing of it can be seen")
    return text


NotBlank = AfterValidator(_not_blank)
"""Of a text that has to say something: `Annotated[Id, NotBlank]`."""
