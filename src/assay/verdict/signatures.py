"""Whether the signatures that were found meet a demand: who must have signed, in which order. Trust files and policies
ask the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from assay.record.signature import FoundSignature, Meaning
from assay.verdict.people import folded

ROLES: dict[Meaning, str] = {
    "author": "author",
    "reviewer": "reviewer",
    "approver": "approver",
    "responsibility": "one who answers for it",
}
"""Meaning → the one who signs with it, for sentences."""


def unmet(meanings: Sequence[Meaning], signatures: Sequence[FoundSignature]) -> str | None:
    """Why the signatures do not meet the demand, or None where they do.

    The demand: trusted signatures with these meanings, in this order, each by another person with another certificate
    and another key, and none with a time before the one it follows. What else was signed does not matter. A signature
    without a trust file (`trusted` is None) counts as little as one that is not trusted. Nothing demanded is met.
    """
    ordered = sorted(signatures, key=lambda one: (one.number, one.certificate))
    chosen = _furthest(meanings, [one for one in ordered if one.trusted], ())
    if len(chosen) == len(meanings):
        return None
    return _why(meanings[len(chosen)], chosen, ordered)


def moment(signature: FoundSignature) -> datetime:
    """When it was made: as a timestamp proves it, else as the signer says."""
    return signature.proven or signature.claimed


def told(signature: FoundSignature) -> str:
    """The signature in a sentence: `signature 2 (approver Ben Cho)`."""
    role = ROLES[signature.meaning] if signature.meaning != "responsibility" else signature.meaning
    return f"signature {signature.number} ({role} {signature.name})"


def _furthest(
    meanings: Sequence[Meaning], signatures: Sequence[FoundSignature], chosen: tuple[FoundSignature, ...]
) -> tuple[FoundSignature, ...]:
    """The longest beginning of the demand that can be met. Every way is tried: the first who signed as author may be
    the one who is needed as approver.
    """
    if len(chosen) == len(meanings):
        return chosen
    best = chosen
    for one in signatures:
        if one.meaning == meanings[len(chosen)] and _obstacle(one, chosen) is None:
            found = _furthest(meanings, signatures, (*chosen, one))
            if len(found) == len(meanings):
                return found
            best = max(best, found, key=len)
    return best


def _why(meaning: Meaning, chosen: tuple[FoundSignature, ...], signatures: Sequence[FoundSignature]) -> str:
    """What stands in the way of this meaning, from the signature that comes nearest to it."""
    mine = [one for one in signatures if one.meaning == meaning and one not in chosen]
    for one in sorted(mine, key=lambda one: not one.trusted):
        match one.trusted:
            case True:
                return f"{told(one)} does not count: {_obstacle(one, chosen) or 'it cannot stand in this order'}"
            case False:
                return f"{told(one)} is not trusted: {one.why}"
            case None:
                return f"{told(one)} is not verified: no trust file says whom to believe"
    other = "other " if any(one.meaning == meaning for one in chosen) else ""
    return f"no {other}{ROLES[meaning]} has signed"


def _obstacle(one: FoundSignature, chosen: tuple[FoundSignature, ...]) -> str | None:
    for other in chosen:
        if _same_person(one, other):
            return f"{one.person or one.name} has signed as {other.meaning} already"
        if one.certificate == other.certificate:
            return f"it was made with the certificate of {told(other)}"
        if one.public_key == other.public_key:
            return f"it was made with the key of {told(other)}"
    if not chosen:
        return None
    before = chosen[-1]
    if one.number <= before.number:
        return f"it does not come after {told(before)}"
    if moment(one) < moment(before):
        return f"its time, {_time(one)}, lies before that of {told(before)}, {_time(before)}"
    return None


def _same_person(one: FoundSignature, other: FoundSignature) -> bool:
    """By the id that a trust file gives them; by the name in the certificate where it names nobody."""
    if one.person is None or other.person is None:
        return folded(one.name) == folded(other.name)
    return folded(one.person) == folded(other.person)


def _time(signature: FoundSignature) -> str:
    clock = "proven" if signature.proven else "by their own clock"
    return f"{moment(signature):%Y-%m-%d %H:%M:%S} UTC ({clock})"
