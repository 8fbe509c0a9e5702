"""`assay keygen`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "keygen",
        help="make an unmistakable demo identity",
        description="Make a demo root and signing key. Nobody should trust them; a real identity comes from your CA.",
    )
    parser.add_argument("folder", metavar="DIR", help="where signer.pem and root.pem are written")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the identity."""
    from assay.api import make_demo_identity

    path = make_demo_identity(Path(args.folder))
    say(f"{path}: a demo identity, trusted by nobody; sign with --sign {path}")
    return 0
