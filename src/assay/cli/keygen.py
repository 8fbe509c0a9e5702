"""`assay keygen`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.signing import add_password, new_password
from assay.cli.terminal import printable, say
from assay.errors import AssayError


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "keygen",
        help="make a signing key for a person, or an unmistakable demo identity",
        description="Make an identity: with --name a person's key, a certificate it signs itself and a request for one "
        "from your certificate authority; without, a demo root and key that nobody should trust.",
    )
    parser.add_argument("folder", type=given, metavar="DIR", help="where the files are written; none is overwritten")
    parser.add_argument("--name", type=given, metavar="NAME", help="the person whose key it is, as reports print it")
    parser.add_argument("--rsa", action="store_true", help="RSA with 3072 bits (default: ECDSA on P-256)")
    add_password(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the identity."""
    if args.name is None:
        return _demo(args)
    from assay.api import make_identity

    made = make_identity(args.folder, args.name, password=new_password(args), use_rsa=args.rsa)
    name = printable(args.name)
    if made.is_protected:
        say(f"{made.signer}: the key of {name}, encrypted with the password; sign with --sign {made.signer}")
    else:
        say(f"{made.signer}: the key of {name}, NOT PROTECTED: whoever reads this file signs as {name}")
        say(f"  sign with --sign {made.signer}; --password-fd or --password-env make a key with a password")
    say(f"{made.certificate}: a certificate that the key signed itself: nobody has confirmed who {name} is")
    say(f"{made.digest}")
    say("  is trusted only where a trust file names this digest, until a certificate authority has signed the request")
    say(f"{made.request}: the request for your organisation's certificate authority")
    say(f"  when it answers, add its certificates (PEM) to the end of {made.signer}")
    return 0


def _demo(args: argparse.Namespace) -> int:
    from assay.api import make_demo_identity

    if args.rsa or args.password_env is not None or args.password_fd is not None:
        raise AssayError("a demo identity has no options", hint="--name makes a person's identity")
    path = make_demo_identity(Path(args.folder))
    say(f"{path}: a demo identity, trusted by nobody; sign with --sign {path}")
    return 0
