"""Trust files: read, listed, begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.writing import write_new

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

    from assay.attest.trust.file import LoadedTrust
    from assay.record.signature import Meaning


@dataclass(frozen=True)
class ListedRoot:
    """A root as a list shows it."""

    name: str
    fingerprint: str
    """SHA-256 of the certificate, 64 hex digits."""
    valid_from: datetime
    valid_to: datetime
    warning: str | None


@dataclass(frozen=True)
class ListedRevocation:
    """A revocation list, or one certificate of an answer."""

    what: str
    issued: datetime
    until: datetime | None
    warning: str | None


@dataclass(frozen=True)
class TrustListing:
    """Everything of a trust file, at one time."""

    loaded: LoadedTrust
    roots: tuple[ListedRoot, ...]
    timestamp_roots: tuple[ListedRoot, ...]
    revocation: tuple[ListedRevocation, ...]
    warnings: tuple[str, ...]
    """Each a sentence; those of roots and lists among them."""


def load_trust(path: str | Path) -> LoadedTrust:
    """Read a trust file and the files it names; raises PolicyError with the place of every error."""
    from assay.attest.trust.file import load_trust as load

    return load(Path(path))


def check_trust(path: str | Path, *, at: datetime) -> TrustListing:
    """What a trust file trusts at that time, and what to beware of. Raises PolicyError as `load_trust` does."""
    loaded = load_trust(path)
    roots = tuple(_root(one, at) for one in loaded.roots)
    timestamp_roots = tuple(_root(one, at) for one in loaded.timestamp_roots)
    revocation = (*(_list(one, at) for one in loaded.lists), *_of_answers(loaded.answers, at))
    found = [f'root "{one.name}": {one.warning}' for one in (*roots, *timestamp_roots) if one.warning]
    found += [f"{one.what}: {one.warning}" for one in revocation if one.warning]
    return TrustListing(loaded, roots, timestamp_roots, revocation, (*found, *_warnings(loaded)))


def new_trust(
    path: str | Path,
    *,
    roots: Sequence[str] = (),
    timestamp_roots: Sequence[str] = (),
    revocation: Sequence[str] = (),
    people: Sequence[tuple[str, str, tuple[Meaning, ...] | None]] = (),
    meanings: Sequence[Meaning] = (),
    timestamp: bool = False,
    ledgers: Sequence[str] = (),
) -> None:
    """Write a trust file over files that lie beside it or below. Raises AssayError where it would not load.

    `people`: id, path of a certificate in PEM, and what their signature may mean (None: anything).
    """
    from assay.attest.trust.draft import NewPerson, draft_trust

    text = draft_trust(
        Path(path),
        roots=roots,
        timestamp_roots=timestamp_roots,
        revocation=revocation,
        people=[NewPerson(*one) for one in people],
        meanings=meanings,
        timestamp=timestamp,
        ledgers=ledgers,
    )
    write_new(path, text)


def _warnings(loaded: LoadedTrust) -> Iterator[str]:
    trust = loaded.trust
    if not loaded.roots and not any(person.certificates for person in trust.people):
        yield "there are neither roots nor people: no signature is trusted"
    elif not trust.people:
        yield "nobody is named: anybody below the roots is trusted, with any meaning"
    if not loaded.timestamp_roots:
        yield "there are no timestamp_roots: a signature counts only as long as its certificate is valid"
    if not loaded.checks_revocation:
        yield "there is no revocation list or answer: revocation is not checked"
    if not trust.bundle.meanings:
        yield "bundle.meanings demands no signatures: one trusted signature, of any meaning, is enough"
    for meaning in dict.fromkeys(trust.bundle.meanings):
        if trust.people and not any(loaded.may_mean(person.id, meaning) for person in trust.people):
            yield f"a signature with the meaning {meaning} is demanded, and nobody may give one"


def _root(one: x509.Certificate, at: datetime) -> ListedRoot:
    from cryptography.hazmat.primitives import hashes

    from assay.attest.keys import DEMO_NAME, DEMO_ROOT_NAME, common_name

    name = common_name(one.subject)
    warning = None
    if at > one.not_valid_after_utc:
        warning = f"expired on {one.not_valid_after_utc:%Y-%m-%d}; it counts for what a timestamp shows to be older"
    elif at < one.not_valid_before_utc:
        warning = f"is valid only from {one.not_valid_before_utc:%Y-%m-%d}"
    elif name in (DEMO_NAME, DEMO_ROOT_NAME):
        warning = "is a DEMONSTRATION root, which stands for nobody"
    digest = one.fingerprint(hashes.SHA256()).hex()
    return ListedRoot(name, digest, one.not_valid_before_utc, one.not_valid_after_utc, warning)


def _list(one: x509.CertificateRevocationList, at: datetime) -> ListedRevocation:
    from assay.attest.keys import common_name

    what = f'list of "{common_name(one.issuer)}", {len(one)} revoked'
    return ListedRevocation(
        what, one.last_update_utc, one.next_update_utc, _out(one.last_update_utc, one.next_update_utc, at)
    )


def _of_answers(answers: tuple[ocsp.OCSPResponse, ...], at: datetime) -> Iterator[ListedRevocation]:
    for answer in answers:
        for one in answer.responses:
            what = f"answer about certificate {one.serial_number:x}: {one.certificate_status.name.lower()}"
            warning = _out(one.this_update_utc, one.next_update_utc, at)
            yield ListedRevocation(what, one.this_update_utc, one.next_update_utc, warning)


def _out(issued: datetime, until: datetime | None, at: datetime) -> str | None:
    if issued > at:
        return f"is dated later than now ({issued:%Y-%m-%d})"
    if until is not None and until < at:
        return f"is out of date since {until:%Y-%m-%d}"
    return None
