"""Foreign text in formats that programs read: no character that they refuse, and no name without end."""

from __future__ import annotations

import re
from hashlib import sha256

from assay.export.escaping import seen

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text with a replacement character for each that XML cannot hold; most programs stumble over the same."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: str, most: int = 2000) -> str:
    """The text on one line, with visible codes for what hides or turns text, cut where it is longer than `most`."""
    shown = seen(" ".join(text.split()))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def name(text: str, most: int = 200) -> str:
    """A name on one line. One that had to be changed ends in a hash, so that no two become the same."""
    shown = line(text, most)
    if shown == text:
        return text
    told = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{line(text, most - 14)} #{told}"
