"""The rounds of a bundle, checked one by one: each signature and timestamp, and that each covers those before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from assay.attest import layout
from assay.attest.asic import LARGEST_MANIFEST, AsicManifest, UnreadableManifest, parse_manifest
from assay.attest.cades import LARGEST_SIGNATURE, BrokenSignature, Signature, read_signature
from assay.attest.canonical import canonical
from assay.attest.folder import Folder, Problem
from assay.attest.keys import common_name
from assay.record.signature import Signing

if TYPE_CHECKING:
    from assay.attest.timestamps import Timestamp

_SEALS = re.compile(r"META-INF/(?:signature(?P<s>\d{3})\.p7s|timestamp(?P<t>\d{3})\.tst)", re.ASCII)
UNSIGNED = Problem(layout.SIGNATURE, "is missing: the bundle is not signed")
_ALWAYS = (layout.AUDIT, layout.GATE, layout.SUMS, layout.INSTRUCTIONS, layout.MIMETYPE, layout.signing(1))


@dataclass(frozen=True)
class Round:
    """A round whose signature or timestamp holds."""

    number: int
    signature: Signature | None = None
    signing: Signing | None = None
    """What the signer says of it, where that could be read and agrees with the signature."""
    timestamp: Timestamp | None = None


@dataclass(frozen=True)
class Rounds:
    """The rounds that hold, and what is wrong with the others."""

    rounds: tuple[Round, ...]
    problems: tuple[Problem, ...]
    first: tuple[str, ...] = ()
    """What the first list of files names."""


def last_round(names: Iterable[str]) -> int:
    """The highest number that has a list of files and a signature or timestamp; 0 where nothing is signed."""
    there = set(names)
    matches = [match for match in map(_SEALS.fullmatch, there) if match]
    numbers = [int(match["s"] or match["t"]) for match in matches]
    return max((number for number in numbers if layout.asic_manifest(number) in there), default=0)


def unfinished(names: Iterable[str]) -> dict[str, str]:
    """The files that a signing left behind which did not finish → the signature that is missing."""
    there = set(names)
    number = last_round(there) + 1
    if there & {layout.signature(number), layout.timestamp(number)}:
        return {}
    first = [layout.MIMETYPE, layout.STATEMENT] if number == 1 else [layout.report(number), layout.sums(number)]
    own = [*first, layout.signing(number), layout.asic_manifest(number)]
    is_timestamp = number > 1 and layout.signing(number) not in there
    missing = layout.timestamp(number) if is_timestamp else layout.signature(number)
    return {name: missing for name in own if name in there}


def read_rounds(folder: Folder) -> Rounds:
    """Check every round, and that the newest lists everything there is."""
    last = last_round(folder.digests)
    problems: list[Problem] = []
    if last == 0:
        problems += _not_signed(folder)
    manifests: dict[int, AsicManifest] = {}
    rounds: list[Round] = []
    for number in range(1, max(last, 1) + 1):
        name = layout.asic_manifest(number)
        if name not in folder.digests:
            if last:
                problems.append(Problem(name, "is missing, though there are later ones"))
            if number > len(folder.digests):
                break  # a single file with a high number is not the reason for a thousand problems
            continue
        try:
            content = folder.read(name, at_most=LARGEST_MANIFEST)
            manifests[number] = parse_manifest(content)
        except (UnreadableManifest, OSError, ValueError) as error:
            problems.append(Problem(name, f"cannot be read: {error}"))
            problems += _seal(folder, number, layout.signature(number), b"", [])
            continue
        problems += _seal(folder, number, manifests[number].by, content, rounds)
    problems += _lists(folder, manifests, last)
    for by in folder.digests:
        match = _SEALS.fullmatch(by)
        name = layout.asic_manifest(int(match["s"] or match["t"])) if match else by
        if name not in folder.digests:
            problems.append(Problem(name, f"is missing, though {by} is there"))
    return Rounds(tuple(rounds), tuple(problems), tuple(manifests[1].digests) if 1 in manifests else ())


def _not_signed(folder: Folder) -> Iterator[Problem]:
    first = (layout.ASIC_MANIFEST, layout.SIGNATURE)
    missing = [name for name in first if name not in folder.digests]
    if len(missing) == 2:
        yield UNSIGNED
        return
    for name in missing:
        yield Problem(name, "is missing, and without it the bundle counts as not signed")


def _seal(folder: Folder, number: int, by: str, content: bytes, rounds: list[Round]) -> list[Problem]:
    """Add the round to those that hold, or say why it does not."""
    manifest = layout.asic_manifest(number)
    allowed = [layout.signature(number)] + ([layout.timestamp(number)] if number > 1 else [])
    if by not in allowed:
        return [Problem(manifest, f"does not name {' or '.join(allowed)} as what signs it")]
    if by not in folder.digests:
        return [Problem(by, "is missing, and without it nothing vouches for " + manifest)]
    try:
        seal = folder.read(by, at_most=LARGEST_SIGNATURE)
        if by == layout.timestamp(number):
            from assay.attest.timestamps import read_timestamp

            rounds.append(Round(number, timestamp=read_timestamp(seal, content)))
            return []
        signature = read_signature(seal, content)
    except (BrokenSignature, OSError, ValueError) as error:
        what = "signature" if by == layout.signature(number) else "timestamp"
        return [
            Problem(by, f"the {what} does not hold: {error}"),
            Problem(manifest, f"is not what the {what} was made over, or the {what} was changed"),
        ]
    said, problems = _said(folder, number, signature)
    rounds.append(Round(number, signature=signature, signing=said))
    return problems


def _said(folder: Folder, number: int, signature: Signature) -> tuple[Signing | None, list[Problem]]:
    """What the signer says of the signature, which must be what the signature says."""
    name = layout.signing(number)
    if name not in folder.digests:
        return None, [Problem(name, "is missing: it says who signed, and what is meant by it")]
    try:
        data = folder.read(name, at_most=100_000)
        said = Signing.model_validate_json(data, strict=True)
    except (ValidationError, OSError, ValueError, RecursionError):
        return None, [Problem(name, "does not say who signed, and what is meant by it")]
    expected = {
        "number": number,
        "name": common_name(signature.certificate.subject),
        "certificate": signature.fingerprint,
        "made": signature.claimed,
    }
    wrong = [field for field, value in expected.items() if getattr(said, field) != value]
    if canonical(said) != data:
        return None, [Problem(name, "is not in canonical form (RFC 8785)")]
    if wrong:
        told = f"does not agree with {layout.signature(number)} about `{'`, `'.join(wrong)}`"
        return None, [Problem(name, told)]
    return said, []


def _lists(folder: Folder, manifests: dict[int, AsicManifest], last: int) -> Iterator[Problem]:
    """What is listed is there, unchanged; each list holds the one before; the newest holds everything."""
    unread = {problem.file for problem in folder.problems}
    before: tuple[int, AsicManifest] | None = None
    for number, manifest in sorted(manifests.items()):
        for name, digest in manifest.digests.items():
            if name in folder.digests and folder.digests[name] != digest:
                yield Problem(name, "was changed after signing: its digest is not the one in the ASiC manifest")
            elif name not in folder.digests and name not in unread:
                yield Problem(name, "is missing: the ASiC manifest lists it")
        yield from _first_list(manifest) if number == 1 else _grown(number, manifest, before)
        before = number, manifest
    newest = max(last, 1)
    if newest in manifests:
        yield from _unlisted(folder, newest, manifests[newest])
    if layout.MIMETYPE in folder.digests and last:
        try:
            good = folder.read(layout.MIMETYPE, at_most=1000) == layout.ASIC_E.encode()
        except (OSError, ValueError):
            good = False
        if not good:
            yield Problem(layout.MIMETYPE, f"does not hold {layout.ASIC_E}")


def _unlisted(folder: Folder, newest: int, manifest: AsicManifest) -> Iterator[Problem]:
    own = {layout.asic_manifest(newest), manifest.by}
    left = unfinished(folder.digests) if newest == last_round(folder.digests) else {}
    for name in folder.digests:
        if name in left:
            told = (
                f"{left[name]} is missing: left behind by a signing that did not finish, or its signature was removed"
            )
            yield Problem(name, f"no signature covers it, because {told}")
        elif name not in manifest.digests and name not in own:
            yield Problem(name, "was added after signing: the ASiC manifest does not list it")
    for missing in dict.fromkeys(left.values()):
        yield Problem(missing, f"is missing, though there are files of round {newest + 1}; sign again, or remove those")


def _first_list(manifest: AsicManifest) -> Iterator[Problem]:
    for name in _ALWAYS:
        if name not in manifest.digests:
            yield Problem(name, "is not listed in the ASiC manifest, and no bundle is without it")
    for name in manifest.digests:
        if name.startswith("META-INF/") or (layout.round_of(name) or 1) > 1:
            yield Problem(layout.ASIC_MANIFEST, f"lists {name}, which belongs to a later round")


def _grown(number: int, manifest: AsicManifest, before: tuple[int, AsicManifest] | None) -> Iterator[Problem]:
    """A round adds its own files to those before it, and no others."""
    own = layout.asic_manifest(number)
    if before is None or before[0] != number - 1:
        return  # the one before is missing or cannot be read, which has been said
    earlier = {*before[1].digests, layout.asic_manifest(number - 1), before[1].by}
    for name in sorted(earlier - manifest.digests.keys()):
        yield Problem(own, f"does not list {name}, which was there before it")
    with_pdf = [layout.report(number)] if layout.PDF in manifest.digests else []
    if manifest.by == layout.signature(number):
        expected = {layout.signing(number), layout.sums(number), *with_pdf}
    else:
        renewed = layout.report(number) in manifest.digests
        expected = {layout.report(number), layout.sums(number)} if renewed else set()
    added = manifest.digests.keys() - earlier
    for name in sorted(added - expected):
        yield Problem(own, f"lists {name}, which does not belong to round {number}")
    for name in sorted(expected - added):
        yield Problem(own, f"does not list {name}, which belongs to round {number}")
