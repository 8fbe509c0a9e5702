"""`assay trust check`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given, moment
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.api import ListedRoot, TrustListing


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "check",
        help="read a trust file and say whom it trusts",
        description="Read a trust file and the files it names, and list whom it trusts: roots, people, revocation "
        "lists, demands, ledgers. What is out of date is a warning. Exit code: 2 where the file is not usable, else 0.",
    )
    parser.add_argument("file", type=given, metavar="FILE", help="trust file")
    parser.add_argument("--at", type=moment, metavar="TIME", help="clock of the warnings (default: now)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List what is trusted."""
    from assay.api import check_trust

    listing = check_trust(args.file, at=args.at or datetime.now(UTC))
    for warning in listing.warnings:
        say(printable(f"{args.file}: warning: {warning}"), error=True)
    say(printable(f"{args.file}: {listing.loaded.digest}"))
    for line in _lines(listing):
        say(printable(line))
    return 0


def _lines(listing: TrustListing) -> Iterator[str]:
    trust = listing.loaded.trust
    yield from _roots("roots", listing.roots)
    yield from _roots("timestamp roots", listing.timestamp_roots)
    if listing.revocation:
        yield "revocation"
    for one in listing.revocation:
        until = f", next {one.until:%Y-%m-%d %H:%M}" if one.until else ""
        yield f"  {one.what}: of {one.issued:%Y-%m-%d %H:%M}{until}"
    if trust.people:
        yield "people"
    for person in trust.people:
        known = [*person.certificates, *([f"subject {person.subject}"] if person.subject else [])]
        meanings = "any meaning" if person.meanings is None else ", ".join(person.meanings) or "no meaning"
        yield f"  {person.id} ({person.name or 'no name'}): {meanings}; {', '.join(known)}"
    demands = [", ".join(trust.bundle.meanings)] if trust.bundle.meanings else []
    demands += ["a timestamp over every signature"] if trust.bundle.timestamp else []
    demands += ["a place in a ledger"] if trust.bundle.ledger else []
    if demands:
        yield f"demands: {'; '.join(demands)}"
    if trust.ledgers:
        yield "ledgers"
    yield from (f"  {key}" for key in trust.ledgers)


def _roots(heading: str, roots: tuple[ListedRoot, ...]) -> Iterator[str]:
    if roots:
        yield heading
    for one in roots:
        yield f"  {one.name}: {one.valid_from:%Y-%m-%d} to {one.valid_to:%Y-%m-%d}, sha256:{one.fingerprint}"
