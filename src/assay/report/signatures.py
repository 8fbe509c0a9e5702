"""The signature page: who signed the report first, what they mean by it, and which signatures policies wait for."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import Audit
from assay.record.signature import Meaning, Signing
from assay.report.words import enumeration, moment

MEANINGS: dict[Meaning, str] = {
    "author": "Author: made this report",
    "reviewer": "Reviewer: reviewed this report",
    "approver": "Approver: approves this report",
    "responsibility": "Responsibility: answers for this report",
}
KEYS = {
    "file": "in a file, which can be copied",
    "token": "in a token, which does not give it away (as the signer says)",
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
            ("Name", signing.name),
            ("Meaning", MEANINGS[signing.meaning]),
            ("Time", f"{moment(signing.made)}, by the signer’s own clock"),
            ("Key", KEYS[signing.storage]),
        ]
        facts += [("Note", signing.note)] if signing.note is not None else []
    return SignaturePage(
        facts=tuple(facts),
        meaning="" if signing is None else signing.meaning,
        certificate="" if signing is None else signing.certificate,
        asked=tuple(
            f"{policy.id} waits for {_in_order(policy.signatures)} before it opens a production gate."
            for policy in audit.policies
            if policy.signatures
        ),
        ledger=ledger,
    )


def _in_order(meanings: tuple[Meaning, ...]) -> str:
    if len(meanings) == 1:
        return f"the signature of {_WHO[meanings[0]]}"
    return (
        f"{enumeration([f'the signature of {_WHO[one]}' for one in meanings])}, in this order, "
        "each of another person with another key,"
    )


_WHO: dict[Meaning, str] = {
    "author": "an author",
    "reviewer": "a reviewer",
    "approver": "an approver",
    "responsibility": "somebody who answers for it",
}
