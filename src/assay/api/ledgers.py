"""Ledgers: made, listed, proven, checked, written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.trusting import load_trust
from assay.errors import AssayError, WriteError

if TYPE_CHECKING:
    from assay.attest.ledger import LedgerKey, Verifier
    from assay.attest.ledger.consistency import Consistency, Kept
    from assay.record.ledger import Entry

LEDGER = "reports/ledger.sqlite"
"""Where a ledger lies unless somebody says otherwise."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def new_ledger(address: str, *, origin: str, key: str | Path | None = None) -> tuple[str, Path]:
    """Make an empty ledger and its key; gives the verifier key, for trust files, and the file of the private one.

    Raises AssayError where one of the two is there already: a key is never overwritten.
    """
    from assay.attest.ledger import make_key, open_ledger

    path = _key_path(address, key)
    for folder in {path.parent} if _is_server(address) else {path.parent, Path(address).parent}:
        _make(folder)
    made = make_key(path, origin)
    try:
        open_ledger(address, create=True, origin=origin).close()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return str(made.verifier), path


def ledger_entries(address: str) -> Iterator[tuple[int, Entry]]:
    """The entries of a ledger with their indices, the oldest first."""
    from assay.attest.ledger import open_ledger

    with open_ledger(address) as ledger:
        yield from ledger.entries()


def prove_entry(address: str, which: str, *, key: str | Path | None = None) -> bytes:
    """Prove that an entry is in a ledger: by its index, or by the digest of what it is about (the newest such)."""
    from assay.attest.ledger import open_ledger, prove, read_key

    signing = read_key(_key_path(address, key))
    with open_ledger(address) as ledger:
        if re.fullmatch(r"[0-9]{1,15}", which):
            return prove(ledger, int(which), signing)
        if not _DIGEST.fullmatch(which):
            raise AssayError(
                f"{which[:80]!r} names no entry", hint="Give its index, or the digest it is about: sha256:…"
            )
        found = ledger.find(which)
        if not found:
            raise AssayError(f"the ledger has no entry about {which}", where=ledger.address)
        return prove(ledger, found[-1], signing)


def check_ledger(
    address: str, *, against: Sequence[str | Path] = (), trust: str | Path | None = None, verifiers: Sequence[str] = ()
) -> Consistency:
    """Make the tree of a ledger again from its entries, and compare it with checkpoints that others have kept.

    `against` names checkpoints, proofs, exports and bundles. Raises AssayError where something cannot be read.
    """
    from assay.attest.ledger import open_ledger
    from assay.attest.ledger.consistency import check

    keys = ledger_keys(trust=trust, verifiers=verifiers)
    kept = [_kept(Path(path)) for path in against]
    with open_ledger(address) as ledger:
        return check(ledger, kept, keys)


def export_ledger(address: str, folder: str | Path, *, key: str | Path | None = None) -> tuple[int, int]:
    """Write a ledger as plain files; gives how many entries there are and how many of them the checkpoint covers."""
    from assay.attest.ledger import open_ledger, read_key
    from assay.attest.ledger.export import export

    signing = own_key(address) if key is None else read_key(Path(key))
    with open_ledger(address) as ledger:
        return export(ledger, Path(folder), signing)


def ledger_keys(*, trust: str | Path | None = None, verifiers: Sequence[str] = ()) -> list[Verifier]:
    """The keys of ledgers that a trust file lists and those that are given."""
    from assay.attest.ledger import read_verifier

    keys = [read_verifier(text, where="--verifier") for text in verifiers]
    if trust is not None:
        keys += [read_verifier(text, where=str(trust)) for text in load_trust(trust).trust.ledgers]
    return keys


def _is_server(address: str) -> bool:
    return "://" in address


def _key_path(address: str, key: str | Path | None) -> Path:
    if key is None and _is_server(address):
        raise AssayError("the key of a ledger on a server lies in a file of its own", hint="Name it with --key.")
    return Path(f"{address}.key" if key is None else key)


def own_key(address: str) -> LedgerKey | None:
    """The key beside a ledger, None where there is none: an auditor has the ledger and not its key."""
    from assay.attest.ledger import read_key

    path = None if _is_server(address) else _key_path(address, None)
    return read_key(path) if path is not None and path.exists() else None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise WriteError(f"the folder cannot be made: {told.lower()}", where=str(folder)[:200]) from None


def _kept(path: Path) -> Kept:
    """The checkpoint in a file of its own, at the end of a proof, in an export or in a bundle."""
    from assay.attest.archive import is_archive, opened
    from assay.attest.layout import PROOF
    from assay.attest.ledger.consistency import Kept
    from assay.attest.ledger.export import CHECKPOINT
    from assay.attest.ledger.proofs import LARGEST_PROOF, checkpoint_of
    from assay.attest.paths import read_below

    where = str(path)[:200]
    try:
        if path.is_dir():
            name = PROOF if (path / PROOF).exists() else CHECKPOINT
            data = read_below(path, name, at_most=LARGEST_PROOF)
        elif path.is_file() and is_archive(path):
            with opened(path) as folder:
                data = read_below(folder, PROOF, at_most=LARGEST_PROOF)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_PROOF + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise AssayError(
            f"holds no checkpoint that can be read: {told.lower()}",
            where=where,
            hint="Give a checkpoint, a proof, an export of a ledger, or a bundle with a ledger's proof.",
        ) from None
    return Kept(where, checkpoint_of(data) or data)
