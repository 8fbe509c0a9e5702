"""The signature page: who signed the report first, what they mean by it, and which signatures policies wait for."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import Audit
from assay.record.signature import Meaning, Signing
from assay.report.language import gettext, message
from assay.report.words import MEANINGS, enumeration, moment

_MEANT: dict[Meaning, str] = {
    "author": message("Author: made this report"),
    "reviewer": message("Reviewer: reviewed this report"),
    "approver": message("Approver: approves this report"),
    "responsibility": message("Responsibility: answers for this report"),
}
KEYS = {
    "file": message("in a file, which can be copied"),
    "token": message("in a token, which does not give it away (as the signer says)"),
}


@dataclass(frozen=True)
class SignaturePage:
    """What the page prints."""

    facts: tuple[tuple[str, str], ...]
    """Of the first signature; empty where nobody has signed."""
    meaning: str
    """`author`, …; empty where nobody has signed."""
    certificate: str
    asked: tuple[str, ...]
    """Which signatures the policies wait for, a sentence each."""
    ledger: str | None
    """The signed state of the ledger in which this audit stands."""


def signature_page(audit: Audit, signing: Signing | None, ledger: str | None) -> SignaturePage:
    """The page for this audit, its first signer and the ledger."""
    facts: list[tuple[str, str]] = []
    if signing is not None:
        facts += [
            (gettext("Name"), signing.name),
            (gettext("Meaning"), gettext(_MEANT[signing.meaning])),
            (gettext("Time"), gettext("%(time)s, by the signer’s own clock", time=moment(signing.made))),
            (gettext("Key"), gettext(KEYS[signing.storage])),
        ]
        facts += [(gettext("Note"), signing.note)] if signing.note is not None else []
    return SignaturePage(
        facts=tuple(facts),
        meaning="" if signing is None else gettext(MEANINGS[signing.meaning]),
        certificate="" if signing is None else signing.certificate,
        asked=tuple(_waits(policy.id, policy.signatures) for policy in audit.policies if policy.signatures),
        ledger=ledger,
    )


def _waits(policy: str, meanings: tuple[Meaning, ...]) -> str:
    told = {"policy": policy, "signatures": enumeration(gettext(_WHOSE[one]) for one in meanings)}
    if len(meanings) == 1:
        return gettext("%(policy)s waits for %(signatures)s before it opens a production gate.", **told)
    return gettext(
        "%(policy)s waits for %(signatures)s, in this order, each of another person with another key, before it opens "
        "a production gate.",
        **told,
    )


_WHOSE: dict[Meaning, str] = {
    "author": message("the signature of an author"),
    "reviewer": message("the signature of a reviewer"),
    "approver": message("the signature of an approver"),
    "responsibility": message("the signature of somebody who answers for it"),
}
