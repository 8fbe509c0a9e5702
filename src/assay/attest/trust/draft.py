"""The text of a new trust file, made of certificates that lie below its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from assay.attest.keys import common_name
from assay.attest.paths import UnusablePath, read_below
from assay.attest.trust.file import read_trust
from assay.attest.trust.material import LARGEST_ROOTS, UnusableContent, certificates
from assay.errors import AssayError, PolicyError
from assay.record.signature import Meaning
from assay.source import parse_source


@dataclass(frozen=True)
class NewPerson:
    """Somebody to be named: by which certificate, and what they may mean."""

    id: str
    certificate: str
    """Path of a PEM file; the first certificate in it is theirs."""
    meanings: tuple[Meaning, ...] | None = None


def draft_trust(
    target: Path,
    *,
    roots: Sequence[str] = (),
    timestamp_roots: Sequence[str] = (),
    revocation: Sequence[str] = (),
    people: Sequence[NewPerson] = (),
    meanings: Sequence[Meaning] = (),
    timestamp: bool = False,
    ledgers: Sequence[str] = (),
) -> str:
    """The text of a trust file that will lie at `target`. Raises AssayError for what no trust file can hold.

    Nothing is copied: the files stay where they are, below the folder of `target`; of people only the digest of their
    certificate is written, so that theirs may lie anywhere.
    """
    folder = target.parent
    lines = [
        f"# Whom we believe. `assay trust check {target.name}` says what that is.",
        "assay: trust/v1",
        *_list("roots", [_from(folder, one) for one in roots]),
        *_list("timestamp_roots", [_from(folder, one) for one in timestamp_roots]),
        *_list("revocation", [_from(folder, one) for one in revocation]),
        *_people(people),
    ]
    if meanings or timestamp:
        lines += ["bundle:"]
        lines += [f"  meanings: [{', '.join(meanings)}]"] if meanings else []
        lines += ["  timestamp: true"] if timestamp else []
    lines += _list("ledgers", ledgers)
    text = "\n".join(lines) + "\n"
    read_trust(parse_source(text.encode(), str(target), error=PolicyError), folder)
    return text


def _list(key: str, members: Sequence[str]) -> list[str]:
    return [f"{key}:", *(f"  - {json.dumps(one, ensure_ascii=False)}" for one in members)] if members else []


def _from(folder: Path, path: str) -> str:
    """The path as it is written in a file of that folder."""
    try:
        return Path(path).resolve().relative_to(folder.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):
        raise AssayError(
            "lies outside the folder of the trust file",
            where=path[:200],
            hint=f"The files of a trust file lie beside it or below; copy it into {folder.resolve()}.",
        ) from None


def _people(people: Sequence[NewPerson]) -> Iterator[str]:
    if people:
        yield "people:"
    for one in people:
        try:
            path = Path(one.certificate).resolve()
            found = certificates(read_below(path.parent, path.name, at_most=LARGEST_ROOTS))[0]
        except (UnusablePath, UnusableContent, OSError, ValueError, RuntimeError) as error:
            told = str(error) if isinstance(error, UnusablePath | UnusableContent) else "the path is not valid"
            raise AssayError(told, where=one.certificate[:200], hint=getattr(error, "hint", "")) from None
        yield f"  - id: {json.dumps(one.id, ensure_ascii=False)}"
        yield f"    name: {json.dumps(common_name(found.subject), ensure_ascii=False)}"
        yield f"    certificates: [sha256:{found.fingerprint(hashes.SHA256()).hex()}]"
        if one.meanings is not None:
            yield f"    meanings: [{', '.join(one.meanings)}]"
