"""A file and the signatures beside it: `waivers.yaml`, `waivers.yaml.p7s`, `waivers.yaml.2.p7s`, one per person.

Each is a detached CAdES signature over the bytes of the file. `openssl cms -verify -binary -content` checks it too.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from assay.attest.cades import LARGEST_SIGNATURE, BrokenSignature, Signature, read_signature, sign_detached
from assay.attest.keys import Signer
from assay.attest.writing import beside, put
from assay.errors import AssayError, PolicyError, WriteError

LARGEST_FILE = 1 << 24
MOST = 100
"""Signatures of one file."""


def sign_file(path: Path, signer: Signer, *, now: datetime) -> Path:
    """Write the signature of a file beside it, after those that are there; its path.

    Raises PolicyError where one that is there does not hold any more, AssayError where the signer has signed already
    and for a file that cannot be read, WriteError where the signature cannot be written.
    """
    content = _read(path, LARGEST_FILE)
    earlier = signature_files(path)
    if any(_signature(one, content).certificate == signer.certificate for one in earlier):
        raise AssayError(f'"{signer.name}" has signed this file already', where=str(path), hint="Another person may.")
    number = max((_number(one, path) for one in earlier), default=0) + 1
    if number > MOST:
        raise AssayError(f"the file carries {MOST} signatures already", where=str(path))
    target = path.with_name(signature_name(path.name, number))
    try:
        with beside(target, {target.name: sign_detached(content, signer, now=now)}) as staged:
            put(target.parent, staged, [target.name])
    except FileExistsError:
        raise AssayError("somebody else has just signed this file", where=str(target), hint="Run it again.") from None
    except OSError as error:
        told = (error.strerror or "error").lower()
        raise WriteError(f"the signature cannot be written: {told}", where=str(target)) from None
    return target


def signature_name(name: str, number: int) -> str:
    """`waivers.yaml.p7s` for the first, `waivers.yaml.2.p7s` for the second."""
    return f"{name}.p7s" if number == 1 else f"{name}.{number}.p7s"


def signature_files(path: Path) -> tuple[Path, ...]:
    """The files beside it that are called like its signatures, in the order of their numbers."""
    try:
        found = [one for one in path.parent.iterdir() if _number(one, path)]
    except (OSError, ValueError):
        return ()
    return tuple(sorted(found, key=lambda one: _number(one, path)))[:MOST]


def signatures_of(path: Path, content: bytes | None = None) -> tuple[Signature, ...]:
    """The signatures beside a file, each of which holds over it; none where nobody has signed it.

    `content` is what was read of the file, where it has been.

    Raises PolicyError for one that does not hold: the file or the signature was changed.
    """
    content = _read(path, LARGEST_FILE) if content is None else content
    return tuple(_signature(one, content) for one in signature_files(path))


def carried(path: Path, content: bytes, name: str) -> dict[str, bytes]:
    """The signatures of a file that goes into a bundle as `name`: their names there, and their bytes.

    Raises PolicyError for one that does not hold.
    """
    found: dict[str, bytes] = {}
    for number, one in enumerate(signature_files(path), 1):
        _signature(one, content)
        found[signature_name(name, number)] = _read(one, LARGEST_SIGNATURE)
    return found


def _number(one: Path, path: Path) -> int:
    """The number of a signature of the file; 0 where it is none."""
    found = re.fullmatch(re.escape(path.name) + r"(?:\.([2-9]|[1-9][0-9]{1,2}))?\.p7s", one.name, re.ASCII)
    return 0 if found is None else int(found[1] or 1)


def _signature(one: Path, content: bytes) -> Signature:
    try:
        return read_signature(_read(one, LARGEST_SIGNATURE), content)
    except BrokenSignature as error:
        hint = "The file was changed after it was signed, or this is the signature of another file. Sign it again."
        raise PolicyError(f"the signature does not hold: {error}", where=str(one), hint=hint) from None


def _read(path: Path, most: int) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise AssayError("that is no plain file", where=str(path)[:200])
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise AssayError(f"cannot be read: {told.lower()}", where=str(path)[:200]) from None
    if len(data) > most:
        raise AssayError("the file is too large", where=str(path))
    return data
