"""`assay sign`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.signing import add_signing, signer_of
from assay.cli.terminal import printable, say
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.api import Reviewed
    from assay.record.signature import Meaning

MEANINGS = ("author", "reviewer", "approver", "responsibility")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sign",
        help="sign a bundle, or a file of waivers, attestations or sign-offs",
        description="Add a signature to a bundle: its first, or one more, of which no earlier file changes. A file of "
        "waivers, attestations or sign-offs gets its signature beside it, as FILE.p7s.",
    )
    parser.add_argument("path", type=given, metavar="PATH", help="folder of an audit, or a file")
    add_signing(parser, required=True)
    add_meaning(parser)
    add_note_and_time(parser)
    parser.set_defaults(run=run)


def add_meaning(parser: argparse.ArgumentParser) -> None:
    """`--meaning`."""
    parser.add_argument("--meaning", choices=MEANINGS, help="what is meant by signing a bundle (default: author)")


def add_note_and_time(parser: argparse.ArgumentParser) -> None:
    """`--note`, `--tsa` and `--trust`."""
    parser.add_argument(
        "--note", type=given, metavar="TEXT", help="what the signer wishes to add; signed with the rest"
    )
    add_authority(parser)
    add_material(parser)


def add_material(parser: argparse.ArgumentParser) -> None:
    """`--trust`."""
    parser.add_argument(
        "--trust",
        type=given,
        metavar="FILE",
        help="trust file whose revocation lists and answers are put into the report, so that it can be checked without "
        "them later (PAdES B-LT, and B-LTA when renewed)",
    )


def add_authority(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """`--tsa`."""
    parser.add_argument(
        "--tsa",
        type=given,
        required=required,
        metavar="URL",
        help="timestamp authority (RFC 3161) that puts a time to it; only a digest is sent there",
    )


def run(args: argparse.Namespace) -> int:
    """Sign a bundle or a file."""
    if Path(args.path).is_file():
        return _sign_file(args)
    return sign_bundle(args, args.meaning or "author")


def sign_bundle(args: argparse.Namespace, meaning: Meaning, shown: Reviewed | None = None) -> int:
    """Add the signature, to nothing else than what was shown, and say where it is."""
    from assay.api import sign

    signer = signer_of(args)
    signed = sign(args.path, signer, meaning=meaning, note=args.note, tsa=args.tsa, trust=args.trust, shown=shown)
    for note in signed.notes:
        say(f"assay: {printable(note)}", error=True)
    say(f'{printable(str(signed.path))}: signed by "{printable(signer.name)}" as {meaning}')
    return 0


def _sign_file(args: argparse.Namespace) -> int:
    given_too = [name for name in ("meaning", "note", "tsa", "trust") if getattr(args, name) is not None]
    if given_too:
        raise AssayError(f"--{given_too[0]} goes with a bundle; this is a file", where=args.path)
    from assay.api import sign_file

    signer = signer_of(args)
    path = sign_file(args.path, signer)
    say(f'{printable(str(path))}: signed by "{printable(signer.name)}"')
    return 0
