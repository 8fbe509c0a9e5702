"""What can be named and cited, as `assay policy list` tells it."""

from assay.record.frozen import Day, Frozen


class ListedPack(Frozen):
    """A pack in a line."""

    id: str
    version: str
    title: str
    status: str
    applies_from: Day | None
    applies_until: Day | None
    superseded_by: str | None
    verified_on: Day | None
    jurisdiction: str | None
    controls: int
    """Those that are evaluated, without those of its parents."""
    planned: int
    extends: tuple[str, ...]
    found: str
    """`shipped`, or `installed with bank-rules 1.0`."""


class ListedCatalogue(Frozen):
    """Instruments that can be cited, before there is a pack."""

    id: str
    instruments: tuple[tuple[str, str, int], ...]
    """Id, title with edition, and how many places can be cited."""


class Listing(Frozen):
    """Everything that is there."""

    packs: tuple[ListedPack, ...]
    catalogues: tuple[ListedCatalogue, ...]
