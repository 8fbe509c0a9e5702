"""The packs that can be named, and the catalogues that can be cited."""

from __future__ import annotations

from assay.errors import PolicyError
from assay.policy.load import load_policy
from assay.policy.packs import catalogues, find_pack, packs
from assay.record.catalogue import Catalogue
from assay.record.listing import ListedCatalogue, ListedPack, Listing
from assay.source import read_model, read_source


def list_packs() -> Listing:
    """All packs, shipped and installed, sorted by id. Raises PolicyError where one of them cannot be used."""
    return Listing(packs=tuple(_pack(name) for name in packs()), catalogues=_catalogues())


def _pack(name: str) -> ListedPack:
    policy = load_policy(name).policy
    planned = sum(control.status == "planned" for control in policy.controls)
    return ListedPack(
        id=policy.id,
        version=policy.version,
        title=policy.title,
        status=policy.status,
        applies_from=policy.applies_from,
        applies_until=policy.applies_until,
        superseded_by=policy.superseded_by,
        verified_on=policy.verified_on,
        jurisdiction=policy.jurisdiction,
        controls=len(policy.controls) - planned,
        planned=planned,
        extends=tuple(extension.pack for extension in policy.extends),
        found=find_pack(name).found,
    )


def _catalogues() -> tuple[ListedCatalogue, ...]:
    listed = []
    for path in catalogues():
        catalogue = read_model(read_source(path, error=PolicyError), Catalogue, error=PolicyError)
        told = tuple((one.id, f"{one.title} ({one.edition})", len(one.places)) for one in catalogue.instruments)
        listed.append(ListedCatalogue(id=path.parent.name, instruments=told))
    return tuple(listed)
