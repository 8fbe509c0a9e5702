"""`assay trust new`."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from assay.cli.arguments import given
from assay.cli.terminal import printable, say
from assay.record.signature import Meaning

MEANINGS: tuple[Meaning, ...] = get_args(Meaning)


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "new",
        help="write a trust file",
        description="Write a trust file over certificates and lists that lie beside it or in folders below. Nothing is "
        "copied, and a file that is there is never overwritten. Compare fingerprints with their owners first: whom "
        "you name here, assay believes.",
    )
    parser.add_argument("file", type=given, metavar="FILE", help="file to write, which must not be there yet")
    parser.add_argument(
        "--root", type=given, action="append", default=[], metavar="PEM",
        help="authority that may name people; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--timestamp-root", type=given, action="append", default=[], metavar="PEM",
        help="authority above timestamps; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--revocation", type=given, action="append", default=[], metavar="FILE",
        help="revocation list (CRL) or answer (OCSP); repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--person", type=_person, action="append", default=[], metavar="ID=CERT.pem[:MEANING,…]",
        help="somebody, by their certificate, and what they may sign as: maria=maria.pem:author,reviewer "
        "(default: anything); repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--require", type=_meanings, default=(), metavar="MEANING,…",
        help="signatures that a bundle must carry, in this order, by different people: author,approver",
    )  # fmt: skip
    parser.add_argument(
        "--require-timestamp", action="store_true", help="demand a trusted timestamp over every signature"
    )
    parser.add_argument(
        "--ledger", type=given, action="append", default=[], metavar="KEY",
        help="verifier key of a ledger, as its operator publishes it; repeatable",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from assay.api import new_trust

    new_trust(
        args.file,
        roots=args.root,
        timestamp_roots=args.timestamp_root,
        revocation=args.revocation,
        people=args.person,
        meanings=args.require,
        timestamp=args.require_timestamp,
        ledgers=args.ledger,
    )
    say(printable(f"{args.file}: written; `assay trust check {args.file}` says whom it trusts"))
    return 0


def _person(text: str) -> tuple[str, str, tuple[Meaning, ...] | None]:
    """`maria=maria.pem:author,reviewer`; a colon that no meaning follows belongs to the path."""
    name, equals, rest = text.partition("=")
    path, colon, said = rest.rpartition(":")
    meanings = None
    if colon and path and set(said.split(",")) & set(MEANINGS):
        rest, meanings = path, _meanings(said)
    if not name.strip() or not equals or not rest.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is nobody; write e.g. maria=maria.pem:author,reviewer")
    return name, rest, meanings


def _meanings(text: str) -> tuple[Meaning, ...]:
    said = text.split(",")
    for one in said:
        if one not in MEANINGS:
            raise argparse.ArgumentTypeError(f"{one!r} is no meaning; known: {', '.join(MEANINGS)}")
    return tuple(meaning for one in said for meaning in MEANINGS if meaning == one)
