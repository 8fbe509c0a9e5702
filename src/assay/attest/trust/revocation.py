"""Whether a certificate was revoked, by the lists (CRL, RFC 5280) and answers (OCSP, RFC 6960) that the reader gives.

Nothing is fetched. A list that names a certificate counts whether or not the certificate says where to look for one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from assay.attest.keys import common_name, issued
from assay.attest.trust.chains import extension

_EXPIRED_ON_LIST = x509.ObjectIdentifier("2.5.29.60")
"""expiredCertsOnCRL: certificates that expired after this time stay on the list."""
_ANSWER_LIVES = timedelta(days=1)
"""How long an OCSP answer counts that does not say when the next one comes."""


@dataclass(frozen=True)
class Revocation:
    """What lists and answers say of a certificate; nothing at all where none of them speaks of it."""

    revoked: str | None = None
    """A clause that follows the certificate's name."""
    doubt: str | None = None
    """Why what there is does not show that it was in good standing; a clause of the same kind."""
    as_of: datetime | None = None
    """It was in good standing then."""


@dataclass(frozen=True)
class _Word:
    """What one list or answer says of the certificate."""

    source: str
    issued: datetime
    until: datetime
    complete: bool
    """It would name the certificate if it were revoked."""
    forgets: bool
    """It is so late that an expired certificate may have left it."""
    since: datetime | None = None
    """Revoked, or invalid, since then."""
    reason: x509.ReasonFlags | None = None


def revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate | None,
    lists: Sequence[x509.CertificateRevocationList],
    answers: Sequence[ocsp.OCSPResponse],
    *,
    now: datetime,
    proven: datetime | None,
) -> Revocation:
    """Look a certificate up.

    `proven`: a time at which the signature is known to have existed. A revocation (or the invalidity date it gives)
    after it does not matter; without it every revocation does. Good standing needs a list or answer which its issuer
    signed, complete for this certificate, issued by `now` and either not out of date or issued at `proven` or later,
    and not so late that an expired certificate may have left it.
    """
    words = [*_from_lists(certificate, issuer, lists), *_from_answers(certificate, issuer, lists, answers)]
    words.sort(key=lambda word: word.issued, reverse=True)
    for number, word in enumerate(words):
        lifted = word.reason is x509.ReasonFlags.certificate_hold and any(
            later.since is None and later.complete and later.issued <= now for later in words[:number]
        )
        if word.since is not None and not lifted and (proven is None or word.since <= proven):
            return Revocation(revoked=f"was revoked as of {word.since:%Y-%m-%d}{_because(word.reason)}")
    if words and issuer is None:
        return Revocation(
            doubt="is not known to be in good standing: the certificate that signs its revocation list is missing"
        )
    faults = [_unusable(word, now, proven) for word in words]
    good = [word for word, fault in zip(words, faults, strict=True) if fault is None]
    if good:
        return Revocation(as_of=good[0].issued)
    if faults:
        return Revocation(doubt=f"is not known to be in good standing: {faults[0]}")
    if any(one.issuer == certificate.issuer for one in lists):
        name = common_name(certificate.issuer)
        return Revocation(
            doubt=f'is not known to be in good standing: the revocation list of "{name}" is not signed by it'
        )
    return Revocation()


def _unusable(word: _Word, now: datetime, proven: datetime | None) -> str | None:
    """Why it does not show that the certificate was in good standing."""
    if word.issued > now:
        return f"{word.source} is dated later than now ({word.issued:%Y-%m-%d %H:%M} UTC)"
    if not word.complete:
        return f"{word.source} does not speak of such certificates"
    if word.until < now and (proven is None or word.issued < proven):
        return f"{word.source} is out of date since {word.until:%Y-%m-%d}"
    if word.forgets and word.since is None:
        return f"{word.source} is of {word.issued:%Y-%m-%d}, when the expired certificate need no longer stand on it"
    return None


def _from_lists(
    certificate: x509.Certificate,
    issuer: x509.Certificate | None,
    lists: Iterable[x509.CertificateRevocationList],
) -> Iterator[_Word]:
    """Without the issuer's certificate nobody can say who signed a list: it revokes, it never shows good standing."""
    for one in lists:
        if one.issuer != certificate.issuer or (issuer is not None and not _signed_list(one, issuer)):
            continue
        entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
        since, reason = (None, None) if entry is None else _entry(entry)
        yield _Word(
            source=f'the revocation list of "{common_name(one.issuer)}"',
            issued=one.last_update_utc,
            until=one.next_update_utc or one.last_update_utc,
            complete=issuer is not None and _complete(one, certificate),
            forgets=_forgets(one, certificate),
            since=since,
            reason=reason,
        )


def _signed_list(one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    usage = extension(issuer.extensions, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return False
    try:
        if _is_weak(one.signature_hash_algorithm):
            return False
        return one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # refuses what it does not know
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _entry(entry: x509.RevokedCertificate) -> tuple[datetime, x509.ReasonFlags | None]:
    since = entry.revocation_date_utc
    try:
        reason = extension(entry.extensions, x509.CRLReason)
        invalid = extension(entry.extensions, x509.InvalidityDate)
    except (ValueError, x509.DuplicateExtension):  # they are decoded only here; the entry says enough without them
        return since, None
    if invalid is not None:
        since = min(since, invalid.invalidity_date_utc)
    return since, None if reason is None else reason.reason


def _complete(one: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the certificate belongs to those of the issuer's certificates that the list speaks of."""
    part = extension(one.extensions, x509.IssuingDistributionPoint)
    if part is None:
        return True
    basic = extension(certificate.extensions, x509.BasicConstraints)
    is_authority = basic is not None and basic.ca
    if (part.only_contains_user_certs and is_authority) or (part.only_contains_ca_certs and not is_authority):
        return False
    if part.full_name is None:
        return True
    points = extension(certificate.extensions, x509.CRLDistributionPoints) or ()
    return any(name in part.full_name for point in points for name in point.full_name or ())


def _forgets(one: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the list is so late that the certificate, expired, need no longer stand on it."""
    from asn1crypto.core import GeneralizedTime

    if one.last_update_utc <= certificate.not_valid_after_utc:
        return False
    with contextlib.suppress(x509.ExtensionNotFound, ValueError, TypeError):
        kept = one.extensions.get_extension_for_oid(_EXPIRED_ON_LIST).value
        since: datetime = GeneralizedTime.load(kept.public_bytes(), strict=True).native
        return since > certificate.not_valid_after_utc
    return True


def _from_answers(
    certificate: x509.Certificate,
    issuer: x509.Certificate | None,
    lists: Sequence[x509.CertificateRevocationList],
    answers: Iterable[ocsp.OCSPResponse],
) -> Iterator[_Word]:
    if issuer is None:
        return
    for answer in answers:
        for one in answer.responses:
            good = one.certificate_status is ocsp.OCSPCertStatus.GOOD
            revoked = one.certificate_status is ocsp.OCSPCertStatus.REVOKED
            if not (good or revoked) or not _is_about(one, certificate, issuer):
                continue
            signer = _signer_of(answer, issuer, lists)
            if signer is None:
                continue
            issued_at = one.this_update_utc
            yield _Word(
                source=f'the answer of {issued_at:%Y-%m-%d} about a certificate of "{common_name(issuer.subject)}"',
                issued=issued_at,
                until=min(one.next_update_utc or issued_at + _ANSWER_LIVES, signer.not_valid_after_utc),
                complete=True,
                forgets=issued_at > certificate.not_valid_after_utc,
                since=one.revocation_time_utc,
                reason=one.revocation_reason,
            )


def _is_about(one: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, one.hash_algorithm).build()
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return False
    found = (one.serial_number, one.issuer_name_hash, one.issuer_key_hash)
    return found == (asked.serial_number, asked.issuer_name_hash, asked.issuer_key_hash)


def _signer_of(
    answer: ocsp.OCSPResponse, issuer: x509.Certificate, lists: Sequence[x509.CertificateRevocationList]
) -> x509.Certificate | None:
    """The issuer, or somebody whom the issuer's certificate of that purpose names (RFC 6960, section 4.2.2.2)."""
    able = (one for one in (issuer, *answer.certificates) if one == issuer or _may_answer(one, answer, issuer, lists))
    return next((one for one in able if _holds(answer, one.public_key())), None)


def _may_answer(
    one: x509.Certificate,
    answer: ocsp.OCSPResponse,
    issuer: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
) -> bool:
    purposes = extension(one.extensions, x509.ExtendedKeyUsage) or ()
    usage = extension(one.extensions, x509.KeyUsage)
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in purposes
        and (usage is None or usage.digital_signature)
        and one.not_valid_before_utc <= answer.produced_at_utc <= one.not_valid_after_utc
        and issued(one, issuer)
        and all(word.since is None for word in _from_lists(one, issuer, lists))
    )


def _holds(answer: ocsp.OCSPResponse, key: object) -> bool:
    with contextlib.suppress(InvalidSignature, UnsupportedAlgorithm, ValueError):
        algorithm = answer.signature_hash_algorithm
        if algorithm is None or _is_weak(algorithm):
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
            return True
    return False


def _is_weak(algorithm: hashes.HashAlgorithm | None) -> bool:
    return isinstance(algorithm, hashes.MD5 | hashes.SHA1)


def _because(reason: x509.ReasonFlags | None) -> str:
    if reason is None or reason is x509.ReasonFlags.unspecified:
        return ""
    return f" ({reason.name.replace('_', ' ')})"
