"""What may be shown on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text from a manifest cannot move the cursor of a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
