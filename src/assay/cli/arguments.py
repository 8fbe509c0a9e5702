"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, date, datetime

STAGES = ("development", "staging", "production", "monitoring")


def moment(text: str) -> datetime:
    """`2026-03-31` (its first second, UTC) or `2026-03-31T12:00:00Z`."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write 2026-03-31 or 2026-03-31T12:00:00Z") from None
    if read.tzinfo is None:
        if len(text) > len("2026-03-31"):
            raise argparse.ArgumentTypeError(f"{text!r} has no time zone; write e.g. {text}Z")
        return read.replace(tzinfo=UTC)
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise argparse.ArgumentTypeError(f"{text!r} lies outside the calendar") from None


def day(text: str) -> date:
    """`2026-03-31`."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a day; write e.g. 2026-03-31")


def given(text: str) -> str:
    """A name or path that is not empty: an unset variable of a shell names nothing."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty")
    return text


def add_stage_and_time(parser: argparse.ArgumentParser, *, stage_default: str) -> None:
    """`--stage` and `--at`."""
    parser.add_argument("--stage", choices=STAGES, help=f"stage whose enforcement counts (default: {stage_default})")
    parser.add_argument(
        "--at", type=moment, metavar="TIME", help="clock of waivers, ages and gate: 2026-03-31 or 2026-03-31T12:00:00Z"
    )
