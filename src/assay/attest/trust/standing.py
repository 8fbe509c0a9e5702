"""Whether to believe a certificate, and the signatures of a bundle, by the reader's trust file. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from assay.attest.keys import DEMO_NAME, DEMO_ROOT_NAME, common_name, issued
from assay.attest.trust.chains import extension, fault, readable, ways
from assay.attest.trust.file import LoadedTrust, load_trust, read_trust
from assay.attest.trust.revocation import Revocation, revocation
from assay.record.signature import FoundSignature
from assay.verdict.signatures import told, unmet

__all__ = [
    "LoadedTrust",
    "Purpose",
    "Standing",
    "doubts",
    "judged",
    "load_trust",
    "read_trust",
    "stamp_standing",
    "standing",
    "untimely",
]

Purpose = Literal["signature", "timestamp"]

_CLOCKS_OF_AUTHORITIES, _CLOCKS_OF_SIGNERS = timedelta(minutes=5), timedelta(days=1)
"""How far they may be ahead of the verifier's clock."""

_SIGNING = {
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # documentSigning, RFC 9336
    x509.ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe's
    x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft's
}
"""Extended key usages of people who sign. A certificate that names others only is that of a machine or a service."""


@dataclass(frozen=True)
class Standing:
    """Whether a certificate is to be believed."""

    trusted: bool
    person: str | None
    """Id of the person whose it is; None where the trust file names nobody, for timestamps, and for strangers."""
    why: str
    """A clause: why not, or by what, and whether revocation was checked."""


def standing(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    trust: LoadedTrust,
    now: datetime,
    proven: datetime | None = None,
    purpose: Purpose = "signature",
) -> Standing:
    """Judge the certificate of a signature or of a timestamp by the trust file.

    Without `proven` this is basic validation (as ETSI EN 319 102-1 calls it): a signer's own clock proves nothing, so
    every certificate of the chain must be good now. `proven` is a proof of existence: a time at which, by a trusted
    timestamp, the signature was there. With it this is past certificate validation: the chain must have been good then.
    What expired or was revoked later does no harm; a revocation dated at that time or before does, and so does one
    whose invalidity date (of a key compromise found later) lies so early. A proof later than `now` proves nothing.

    Where the trust file gives any revocation list or answer, every certificate below the root must be found in good
    standing, whether or not it says where to ask (`revocation` says what a list is worth). Certificates that `people`
    name by digest need no root: of these their own expiry counts, and what the reader's lists say of them.
    """
    if proven is not None and proven > now:
        proven = None
    judging = _Judging(trust, tuple(one for one in chain if readable(one)), now, proven, purpose)
    unfit = _unfit(certificate, purpose)
    if unfit is not None:
        return Standing(trusted=False, person=None, why=unfit)
    pinned = trust.people_of(certificate, pinned=True) if purpose == "signature" else ()
    why_not, by = judging.pinned(certificate) if pinned else judging.below_a_root(certificate)
    if why_not is not None:
        return Standing(trusted=False, person=None, why=why_not)
    demo = {DEMO_NAME, DEMO_ROOT_NAME} & {common_name(certificate.subject), common_name(certificate.issuer)}
    by += "; a DEMONSTRATION identity, which anybody can make" if demo else ""
    if purpose == "timestamp" or not trust.trust.people:
        return Standing(trusted=True, person=None, why=by)
    people = tuple(dict.fromkeys((*pinned, *trust.people_of(certificate, pinned=False))))
    if not people:
        subject = certificate.subject.rfc4514_string()[:300]
        return Standing(trusted=False, person=None, why=f"the trust file knows nobody by this certificate ({subject})")
    if len(people) > 1:
        return Standing(trusted=False, person=None, why=f"its certificate belongs to two people: {', '.join(people)}")
    return Standing(trusted=True, person=people[0], why=by)


def stamp_standing(
    time: datetime,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    trust: LoadedTrust,
    now: datetime,
    proven: datetime | None,
) -> Standing:
    """The standing of a timestamp's authority; `proven` is the time at which a later timestamp shows it was there."""
    why = None
    if time > (proven or now) + _CLOCKS_OF_AUTHORITIES:
        why = f"its time {time:%Y-%m-%dT%H:%M:%SZ} is later than it can be"
    elif not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
        why = "it was made outside the validity of its authority's certificate"
    if why is not None:
        return Standing(trusted=False, person=None, why=why)
    return standing(certificate, chain, trust=trust, now=now, proven=proven, purpose="timestamp")


def untimely(claimed: datetime | None, now: datetime, proven: datetime | None) -> str | None:
    """Why a signature cannot have been made when its signer says, whatever clock they have."""
    if claimed is None or claimed <= (proven or now) + _CLOCKS_OF_SIGNERS:
        return None
    return f"its signer says that it was made at {claimed:%Y-%m-%dT%H:%M:%SZ}, which is later than it can be"


def judged(signature: FoundSignature, found: Standing, trust: LoadedTrust, now: datetime) -> FoundSignature:
    """The signature with what the trust file says of it: of its certificate, its time and what it may mean."""
    trusted, why = found.trusted, found.why
    late = untimely(signature.claimed, now, signature.proven)
    if trusted and late is not None:
        trusted, why = False, late
    if trusted and not trust.may_mean(found.person, signature.meaning):
        trusted, why = False, _may_not(found.person, signature)
    return signature.model_copy(update={"trusted": trusted, "person": found.person, "why": why})


def doubts(signatures: Sequence[FoundSignature], trust: LoadedTrust) -> tuple[str, ...]:
    """Why these signatures are not what the trust file asks for, each a clause; empty where they are.

    Every signature must be trusted, mean what its person may say, and have a trusted timestamp where one is demanded.
    Those which the file demands must be there, in its order, of different people with different keys.
    """
    if not signatures:
        return ("nobody has signed it",)
    ordered = sorted(signatures, key=lambda one: (one.number, one.certificate))
    found = [doubt for one in ordered for doubt in _doubts_of(one, trust)]
    counting = [one for one in ordered if one.trusted and trust.may_mean(one.person, one.meaning)]
    missing = unmet(trust.trust.bundle.meanings, counting)
    if missing is not None:
        found.append(f"the trust file demands {', '.join(trust.trust.bundle.meanings)}: {missing}")
    return tuple(dict.fromkeys(found))


def _doubts_of(one: FoundSignature, trust: LoadedTrust) -> Iterator[str]:
    if not one.trusted:
        yield f"{told(one)} is not trusted: {one.why or 'nobody has judged its certificate'}"
    elif not trust.may_mean(one.person, one.meaning):
        yield f"{told(one)} is not trusted: {_may_not(one.person, one)}"
    if trust.trust.bundle.timestamp and one.proven is None:
        yield f"{told(one)} has no trusted timestamp, which the trust file demands"


def _may_not(person: str | None, signature: FoundSignature) -> str:
    return f"the trust file does not let {person} sign with the meaning {signature.meaning}"


@dataclass(frozen=True)
class _Judging:
    """One certificate, at one time. Answers are (why not, by what it is trusted)."""

    trust: LoadedTrust
    chain: tuple[x509.Certificate, ...]
    now: datetime
    proven: datetime | None
    purpose: Purpose

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        return self.trust.roots if self.purpose == "signature" else self.trust.timestamp_roots

    def pinned(self, certificate: x509.Certificate) -> tuple[str | None, str]:
        """A certificate that the trust file names itself."""
        why_not = self._out_of_time(certificate, "its certificate")
        if why_not is not None:
            return why_not, ""
        issuer = next((one for one in (*self.chain, *self.roots) if issued(certificate, one)), None)
        known = self._revocation(certificate, issuer)
        wrong = known.revoked or (known.doubt if self.trust.checks_revocation else None)
        if wrong is not None:
            return f"its certificate {wrong}", ""
        return None, f"the trust file names its certificate; {_revocation_told(known.as_of)}"

    def below_a_root(self, certificate: x509.Certificate) -> tuple[str | None, str]:
        """A certificate that has to be below a root: the first way to one that holds, or what is wrong on the first."""
        wrong = None
        for way in ways(certificate, self.chain, self.roots):
            why_not, by = self._way(way)
            if why_not is None:
                return None, by
            wrong = wrong or why_not
        if wrong is not None:
            return wrong, ""
        which = "roots" if self.purpose == "signature" else "timestamp_roots"
        if not self.roots:
            return f"the trust file gives no `{which}`", ""
        if certificate.subject == certificate.issuer:
            return "its certificate is self-made, and the trust file does not name it", ""
        top = self.chain[-1] if self.chain else certificate
        return f'none of the `{which}` stands above its certificate (issued by "{common_name(top.issuer)}")', ""

    def _way(self, way: tuple[x509.Certificate, ...]) -> tuple[str | None, str]:
        for one in way:
            why_not = self._out_of_time(one, _called(one, way))
            if why_not is not None:
                return why_not, ""
        broken = fault(way, self.proven or self.now)
        if broken is not None:
            return f"its chain of certificates does not hold: {broken}", ""
        known = [(one, self._revocation(one, issuer)) for one, issuer in pairwise(way)]
        for one, found in known:
            if found.revoked is not None:
                return f"{_called(one, way)} {found.revoked}", ""
            if self.trust.checks_revocation and found.as_of is None:
                nothing = (
                    f'is not known to be in good standing: no revocation list of "{common_name(one.issuer)}" is given'
                )
                return f"{_called(one, way)} {found.doubt or nothing}", ""
        times = [found.as_of for _, found in known if found.as_of is not None]
        as_of = min(times) if len(times) == len(known) else None
        return None, f'its certificate stands below "{common_name(way[-1].subject)}"; {_revocation_told(as_of)}'

    def _revocation(self, certificate: x509.Certificate, issuer: x509.Certificate | None) -> Revocation:
        return revocation(certificate, issuer, self.trust.lists, self.trust.answers, now=self.now, proven=self.proven)

    def _out_of_time(self, one: x509.Certificate, called: str) -> str | None:
        time = self.proven or self.now
        if time < one.not_valid_before_utc:
            return f"{called} is valid only from {one.not_valid_before_utc:%Y-%m-%d}"
        if time <= one.not_valid_after_utc:
            return None
        expired = f"{called} expired on {one.not_valid_after_utc:%Y-%m-%d}"
        if self.proven is not None:
            return f"{expired}, before the time that the timestamp proves ({self.proven:%Y-%m-%d %H:%M} UTC)"
        earlier = "no trusted timestamp" if self.purpose == "signature" else "no later timestamp"
        return f"{expired}, and {earlier} shows that the {self.purpose} is older"


def _called(one: x509.Certificate, way: Sequence[x509.Certificate]) -> str:
    return "its certificate" if one == way[0] else f'the certificate of "{common_name(one.subject)}"'


def _revocation_told(as_of: datetime | None) -> str:
    return "revocation not checked" if as_of is None else f"not revoked as of {as_of:%Y-%m-%d}"


def _unfit(certificate: x509.Certificate, purpose: Purpose) -> str | None:
    """Why such a certificate signs no report, or no timestamp, whoever issued it."""
    if not readable(certificate):
        return "its certificate cannot be read"
    basic = extension(certificate.extensions, x509.BasicConstraints)
    usage = extension(certificate.extensions, x509.KeyUsage)
    if basic is not None and basic.ca:
        return f"it was made with the certificate of an authority (CA), which signs no {_WORK[purpose]}"
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return f"its certificate is not meant for signatures (key usage), so it signs no {_WORK[purpose]}"
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return None if purpose == "signature" else _NO_AUTHORITY
    if purpose == "timestamp":
        sole = list(purposes.value) == [ExtendedKeyUsageOID.TIME_STAMPING] and purposes.critical
        return None if sole else _NO_AUTHORITY
    if _SIGNING.isdisjoint(purposes.value):
        return "its certificate is meant for other purposes (extended key usage), so it signs no report"
    return None


_WORK = {"signature": "report", "timestamp": "timestamp"}
_NO_AUTHORITY = (
    "its certificate is not that of a timestamp authority (extended key usage timeStamping, critical, alone)"
)
