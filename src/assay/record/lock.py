"""Lock files: the exact packs that a policy extends."""

from typing import Literal

from assay.record.artefact import Digest
from assay.record.frozen import Frozen, Id, Version


class LockedPack(Frozen):
    """A pack by its bytes."""

    id: Id
    version: Version
    digest: Digest
    """Of the policy file."""
    catalogue: Digest | None = None
    """Of the catalogue beside it."""


class Lock(Frozen):
    """`policy.lock` beside `policy.yaml`: everything the policy extends, directly or not."""

    assay: Literal["lock/v1"]
    packs: tuple[LockedPack, ...] = ()
