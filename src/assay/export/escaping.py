"""Foreign text in documents: what a stranger wrote is read as text, whatever it was meant to do."""

from __future__ import annotations

import re
import unicodedata

_STEERING = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
_BLANK = re.compile(r"[ \t\r\n\v\f\x85]+")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;"}
"""A backslash as an entity, since some readers take one before the border of a cell for that of the border."""
_ACTIVE = re.compile(r"[&<>\\`*_\[\]{}|~$#!]")
_AT_START = re.compile(r"(?:[=:]|[-+](?=[-\s]|$)|[0-9]+(?=[.)](?:\s|$)))")
_UNSEEN = "&#8203;"
"""A space without width. It parts what the pages of forges read after Markdown has been read: names of people and
issues, addresses, small pictures."""
_PARTED = re.compile(
    r"(?<=[@#!~%$&])(?=[\w\"'])|(?<=:)(?=//|100:|1234:|[a-z+-][\w+-]*:)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=[0-9])",
    re.IGNORECASE,
)


def markdown(text: str) -> str:
    """The text on one line of Markdown, in a paragraph, a heading, a list, a table's cell or the words of a link.

    It shows the same characters and makes no link, picture, heading, table, tag, mention or reference. Characters
    that steer or hide text become visible codes such as [U+202E]; runs of blanks become one.
    """
    made = _UNSEEN.join(_escaped(part) for part in _PARTED.split(line(text)))
    return _AT_START.sub(_first, made, count=1) if _AT_START.match(made) else made


def line(text: str) -> str:
    """The text on one line, with nothing in it that steers or hides text: runs of blanks become one."""
    return seen(_BLANK.sub(" ", text)).strip()


def seen(text: str) -> str:
    """The text with visible codes in the place of characters that steer or hide what stands around them."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"[U+{ord(character):04X}]"
        if unicodedata.category(character) in _STEERING and character not in _JOINERS
        else character
        for character in text
    )


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda found: _ENTITIES.get(found.group(), f"\\{found.group()}"), text)


def _first(found: re.Match[str]) -> str:
    """What would begin a list, a rule or a heading."""
    begun = found.group()
    return f"{begun}\\" if begun.isdecimal() else f"\\{begun}"
