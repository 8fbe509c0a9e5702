"""Options of the commands that measure: memory, cluster, cache and limits of the model."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.arguments import given

if TYPE_CHECKING:
    from assay.api import EngineOptions

_SIZE = re.compile(r"(?P<number>[1-9][0-9]{0,8})(?P<unit>MB|GB|TB)", re.IGNORECASE)
_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}


def size(text: str) -> int:
    """Bytes of `512MB`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 512MB or 4GB")
    return int(match["number"]) * _UNITS[match["unit"].upper()]


def seconds(text: str) -> float:
    """A time of at least a second."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 on")
    return number


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("measuring", "none of it changes what is measured")
    group.add_argument(
        "--memory-limit", type=size, metavar="SIZE", help="memory for reading data, e.g. 2GB (default: 512MB)"
    )
    group.add_argument(
        "--spill", type=given, metavar="DIR", help="folder for what does not fit into it (default: the system's)"
    )
    group.add_argument(
        "--spark",
        type=given,
        metavar="ADDRESS",
        help="cluster that reads the data: spark://HOST:PORT, sc://HOST:PORT, local-cluster[N,CORES,MB], local[N]",
    )
    group.add_argument(
        "--connect",
        type=given,
        metavar="HOST",
        action="append",
        default=[],
        help="a server that may be asked where the manifest names it: of a database or a scoring service (repeatable)",
    )
    cache = group.add_mutually_exclusive_group()
    cache.add_argument(
        "--cache",
        type=given,
        metavar="DIR",
        help="folder of evidence measured before (default: assay in $XDG_CACHE_HOME or ~/.cache)",
    )
    cache.add_argument("--no-cache", action="store_true", help="measure everything again, and keep nothing")
    group.add_argument("--cache-size", type=size, metavar="SIZE", help="room the cache may take (default: 2GB)")
    group.add_argument("--model-memory", type=size, metavar="SIZE", help="memory of the model's process (default: 4GB)")
    group.add_argument(
        "--model-time", type=seconds, metavar="SECONDS", help="time for one job of the model (default: 3600)"
    )


def engine_of(args: argparse.Namespace) -> EngineOptions:
    """What the options say."""
    from assay.api import EngineOptions

    default = EngineOptions()
    return EngineOptions(
        memory_limit=f"{args.memory_limit}B" if args.memory_limit else default.memory_limit,
        spill=Path(args.spill) if args.spill else None,
        spark=args.spark,
        connect=tuple(args.connect),
        cache=None if args.no_cache else Path(args.cache) if args.cache else _users_cache(),
        cache_size=args.cache_size or default.cache_size,
        model_memory=args.model_memory or default.model_memory,
        model_seconds=args.model_time or default.model_seconds,
    )


def _users_cache() -> Path | None:
    """`$XDG_CACHE_HOME/assay`, else `~/.cache/assay`; None for a user without a home."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "assay"
    except RuntimeError:
        return None
