"""Who signed and who timestamped, as certificates say it, and whether a trust file believes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509

from assay.attest.cades import Signature, public_key_digest
from assay.attest.keys import DEMO_NAME, DEMO_ROOT_NAME, common_name
from assay.attest.rounds.reading import Round
from assay.record.signature import FoundSignature, Signing

if TYPE_CHECKING:
    from assay.attest.timestamps import Timestamp
    from assay.attest.trust.file import LoadedTrust


@dataclass(frozen=True)
class SignedBy:
    """A signature that holds, and its signer as the certificate says it."""

    found: FoundSignature
    issuer: str
    valid_from: datetime
    valid_to: datetime
    issuers_carried: tuple[str, ...]
    """Names of the certificates above it which the signature carries, nearest first."""
    self_made: bool
    """The certificate vouches for itself."""
    demo: bool
    """It calls itself a demonstration identity."""
    said: Signing | None
    """What the signer says of it; None for a PDF alone, which does not hold that."""

    @property
    def name(self) -> str:
        """The certificate's common name."""
        return self.found.name

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        return self.found.certificate

    @property
    def claimed(self) -> datetime:
        """When the signer says it was signed."""
        return self.found.claimed


@dataclass(frozen=True)
class TimestampedBy:
    """A timestamp that holds: everything before it existed at its time, if its authority is believed."""

    number: int
    name: str
    """The common name of the authority's certificate."""
    fingerprint: str
    time: datetime
    trusted: bool | None = None
    """None: no trust file was given."""
    why: str = ""


def signers_of(
    rounds: Sequence[Round], trust: LoadedTrust | None, now: datetime
) -> tuple[tuple[SignedBy, ...], tuple[TimestampedBy, ...]]:
    """Signers and timestamps in the order of their rounds, judged where a trust file is given.

    The newest is judged first: a trusted timestamp proves that everything before it was there at its time.
    """
    signers: list[SignedBy] = []
    stamps: list[TimestampedBy] = []
    proven: datetime | None = None
    for one in reversed(rounds):
        if one.timestamp is not None:
            stamp = _timestamped(one.number, one.timestamp, trust, now, proven)
            stamps.insert(0, stamp)
            if stamp.trusted:
                proven = stamp.time if proven is None else min(proven, stamp.time)
        elif one.signature is not None and one.signing is not None:
            signers.insert(0, _signed(one.signature, one.signing, trust, now, proven))
    return tuple(signers), tuple(stamps)


def statements_of(signers: Sequence[SignedBy], stamps: Sequence[TimestampedBy]) -> Iterator[str]:
    """What is to be said of each, a sentence each, in the order of the rounds."""
    told = [(one.found.number, _told_of_signer(one)) for one in signers]
    told += [(one.number, _told_of_stamp(one)) for one in stamps]
    for _, sentences in sorted(told):
        yield from sentences
    for earlier, later in pairwise(signers):
        if later.claimed < earlier.claimed:
            yield f"signature {later.found.number} says that it is older than signature {earlier.found.number}"
    keys = [one.found.public_key for one in signers]
    if len(set(keys)) < len(keys):
        yield "the same key signed more than once: that is one person, whatever the signatures mean"
    if signers:
        yield "whether a signature is an advanced or a qualified one was not checked: take none for a qualified one"


def _signed(
    signature: Signature, said: Signing, trust: LoadedTrust | None, now: datetime, proven: datetime | None
) -> SignedBy:
    found = FoundSignature(
        number=said.number,
        meaning=said.meaning,
        name=common_name(signature.certificate.subject),
        certificate=signature.fingerprint,
        public_key=public_key_digest(signature.certificate),
        claimed=signature.claimed,
        proven=proven,
    )
    if trust is not None:
        from assay.attest.trust.standing import judged, standing

        certificate, chain = signature.certificate, signature.chain
        stands = standing(certificate, chain, trust=trust, now=now, proven=proven, purpose="signature")
        found = judged(found, stands, trust, now)
    return signed_by(found, signature.certificate, signature.chain, said)


def signed_by(
    found: FoundSignature, certificate: x509.Certificate, chain: Sequence[x509.Certificate], said: Signing | None
) -> SignedBy:
    """Say what the certificate of a signature says of its signer."""
    name, issuer = common_name(certificate.subject), common_name(certificate.issuer)
    return SignedBy(
        found=found,
        issuer=issuer,
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        issuers_carried=tuple(common_name(one.subject) for one in chain),
        self_made=certificate.subject == certificate.issuer,
        demo=DEMO_NAME in (name, issuer) or DEMO_ROOT_NAME in (name, issuer),
        said=said,
    )


def _timestamped(
    number: int, timestamp: Timestamp, trust: LoadedTrust | None, now: datetime, proven: datetime | None
) -> TimestampedBy:
    from cryptography.hazmat.primitives import hashes

    certificate = timestamp.certificate
    trusted, why = None, ""
    if trust is not None:
        from assay.attest.trust.standing import stamp_standing

        stands = stamp_standing(timestamp.time, certificate, timestamp.chain, trust=trust, now=now, proven=proven)
        trusted, why = stands.trusted, stands.why
    return TimestampedBy(
        number=number,
        name=common_name(certificate.subject),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        time=timestamp.time,
        trusted=trusted,
        why=why,
    )


def _told_of_signer(one: SignedBy) -> list[str]:
    found, said = one.found, one.said
    told = [
        f'signature {found.number}, {found.meaning}: signed by "{one.name}" at {one.claimed:%Y-%m-%dT%H:%M:%SZ} by the '
        "signer's own clock",
    ]
    if said is not None:
        key = "in a file" if said.storage == "file" else "in a token"
        told = [f"{told[0]}; the key lay {key}, as the signer says"]
    if said is not None and said.note is not None:
        told.append(f"the signer adds: {said.note}")
    told.append(
        f"certificate valid {one.valid_from:%Y-%m-%d} to {one.valid_to:%Y-%m-%d}, "
        + ("made by the signer: it vouches for itself" if one.self_made else f'issued by "{one.issuer}"')
    )
    if not one.valid_from <= one.claimed <= one.valid_to:
        told.append("the claimed time of signing lies outside the certificate's validity")
    if found.proven is not None:
        told.append(f"it was there at {found.proven:%Y-%m-%dT%H:%M:%SZ} at the latest: a trusted timestamp proves it")
    else:
        told.append(f"nothing proves when it was signed: no trusted timestamp covers signature {found.number}")
    if one.demo:
        told.append("the signer is a demonstration identity, which stands for nobody")
    if found.trusted is not None:
        who = f", as {found.person}" if found.person else ""
        told.append(f"signature {found.number} is {'trusted' if found.trusted else 'NOT TRUSTED'}{who}: {found.why}")
    return told


def _told_of_stamp(one: TimestampedBy) -> list[str]:
    told = [
        f'timestamp {one.number}: "{one.name}" says that everything before it existed at {one.time:%Y-%m-%dT%H:%M:%SZ}'
    ]
    if one.trusted is None:
        told.append(f"timestamp {one.number} proves nothing yet: no trust file says whether to believe its authority")
    else:
        told.append(f"timestamp {one.number} is {'trusted' if one.trusted else 'NOT TRUSTED'}: {one.why}")
    return told
