"""Whether the signers of a PDF are trusted, each judged at the time that is proven for it.

The order of proof is that of ETSI EN 319 102-1, 5.6.3: the last document timestamp is judged now, the one before it at
the time which the last one proves, and so on; a signature is judged at the time of the earliest trusted timestamp over
it, or now where there is none. So a signer whose certificate was revoked or expired later is still trusted for what a
timestamp proves to be older, and for nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography import x509
from cryptography.x509 import ocsp

from assay.attest.pdf.reading import Evidence, PdfReading, PdfSignature, Stamp
from assay.attest.trust.file import LoadedTrust
from assay.attest.trust.material import UnusableContent, revocations
from assay.attest.trust.standing import Standing, stamp_standing, standing, untimely


def judge(reading: PdfReading, trust: LoadedTrust, now: datetime) -> PdfReading:
    """Say of each signature and document timestamp whether its signer is trusted, and why.

    The revocation information which the file itself carries counts beside that of the trust file. It demands nothing:
    whoever made the file chose what it carries.
    """
    trust = _with_evidence(trust, reading.evidence)
    carried = _certificates(reading.evidence.certificates)
    judged: list[PdfSignature] = []
    proven: datetime | None = None  # the file up to here existed then
    for said in reversed(reading.signatures):
        if not said.holds or said.later_changes not in ("none", "allowed"):
            judged.append(replace(said, trusted=False, why="it does not hold"))
        elif said.kind == "timestamp" and said.stamp is not None:
            found = _stamp_standing(said.stamp, carried, trust, now, proven)
            judged.append(replace(said, trusted=found.trusted, why=_told(found, proven), proven=proven))
            if found.trusted:
                proven = min(said.stamp.time, proven or now)
        else:
            judged.append(_signer(said, carried, trust, now, proven))
    return replace(reading, signatures=tuple(reversed(judged)))


def _signer(
    said: PdfSignature, carried: Sequence[x509.Certificate], trust: LoadedTrust, now: datetime, proven: datetime | None
) -> PdfSignature:
    remark = ""
    if said.stamp is not None:
        clock = _stamp_standing(said.stamp, carried, trust, now, proven)
        if clock.trusted:
            proven = min(said.stamp.time, proven or now)
        else:
            remark = f"; its timestamp counts for nothing: {clock.why}"
    own, *others = _certificates(said.certificates)
    found = standing(own, (*others, *carried), trust=trust, now=now, proven=proven)
    trusted, why = found.trusted, _told(found, proven) + remark
    late = untimely(said.claimed, now, proven)
    if trusted and late is not None:
        trusted, why = False, late
    if trusted and said.meaning is not None and not trust.may_mean(found.person, said.meaning):
        trusted, why = False, f"the trust file does not let {found.person} sign with the meaning {said.meaning}"
    return replace(said, trusted=trusted, why=why, person=found.person, proven=proven)


def _stamp_standing(
    stamp: Stamp, carried: Sequence[x509.Certificate], trust: LoadedTrust, now: datetime, proven: datetime | None
) -> Standing:
    """The standing of a timestamp's authority, as of the time when a later timestamp proves it to have existed."""
    own, *others = _certificates(stamp.certificates)
    return stamp_standing(stamp.time, own, (*others, *carried), trust=trust, now=now, proven=proven)


def _told(found: Standing, proven: datetime | None) -> str:
    return found.why if proven is None else f"{found.why}; judged as of {proven:%Y-%m-%dT%H:%M:%SZ}, by a timestamp"


def _certificates(ders: Sequence[bytes]) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_der_x509_certificate(one) for one in ders)


def _with_evidence(trust: LoadedTrust, evidence: Evidence) -> LoadedTrust:
    lists: list[x509.CertificateRevocationList] = []
    answers: list[ocsp.OCSPResponse] = []
    for data in evidence.revocation:
        with contextlib.suppress(UnusableContent):  # what cannot be used shows no good standing
            for one in revocations(data):
                if isinstance(one, x509.CertificateRevocationList):
                    lists.append(one)
                else:
                    answers.append(one)
    return trust.with_carried(lists, answers)
