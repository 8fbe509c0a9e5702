"""`assay policy list`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.listing import ListedPack


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "list",
        help="list the packs that can be named, and the catalogues that can be cited",
        description="List the packs that --policy and `extends` can name, shipped and installed, with status, number "
        "of controls and what they extend; then the catalogues of laws that `cites` can name.",
    )
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one block per pack, then the catalogues without controls."""
    from assay.api import list_packs

    listing = list_packs()
    if args.json:
        say(json.dumps(listing.model_dump(mode="json"), indent=2, ensure_ascii=False))
        return 0
    for pack in listing.packs:
        say(printable(f"{pack.id} {pack.version}: {pack.title}"))
        say(printable(f"  {_about(pack)}"))
    for catalogue in listing.catalogues:
        say(printable(f"{catalogue.id}: a catalogue, without controls yet"))
        for name, title, places in catalogue.instruments:
            say(printable(f"  {name}: {title}, {places} places"))
    return 0


def _about(pack: ListedPack) -> str:
    planned = f" and {pack.planned} planned" if pack.planned else ""
    by = f" by {pack.superseded_by}" if pack.superseded_by else ""
    dates = (("from", pack.applies_from), ("until", pack.applies_until))
    facts = (
        f"{pack.status}{by}",
        " ".join(f"{word} {day}" for word, day in dates if day),
        pack.jurisdiction,
        f"compared with the law {pack.verified_on}" if pack.verified_on else "not compared with the law",
        f"{pack.controls} controls{planned}",
        f"extends {', '.join(pack.extends)}" if pack.extends else "",
        pack.found,
    )
    return " · ".join(fact for fact in facts if fact)
