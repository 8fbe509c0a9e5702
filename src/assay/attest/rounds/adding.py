"""Adding a round to a bundle: a further signature, or a timestamp. No file that is there changes.

A round comes into the folder file by file, its signature last. A run killed in between leaves files that no signature
covers: the bundle does not verify until they are gone, verification names them, and the next round removes them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.attest import layout
from assay.attest.cades import public_key_digest
from assay.attest.folder import LARGEST_FILE, Folder, Problem, read_folder
from assay.attest.keys import Signer
from assay.attest.pdf.reading import LARGEST_PDF
from assay.attest.rounds.making import first_round, later_round, signing_by, timestamp_round
from assay.attest.rounds.reading import last_round, unfinished
from assay.attest.verify import Verification, verify
from assay.attest.writing import alone, beside, put, remove_abandoned, replace
from assay.errors import AssayError, SignatureError, WriteError
from assay.record.signature import Meaning, Signing

if TYPE_CHECKING:
    from assay.attest.pdf.material import ValidationMaterial
    from assay.attest.timestamps import Authority

Remake = Callable[[Signing], Mapping[str, bytes]]
"""Renders report.html and report.pdf of a bundle that nobody has signed, for its first signer."""

_REMADE = (layout.HTML, layout.PDF, layout.INSTRUCTIONS, layout.SUMS)
"""What says NOT SIGNED in a bundle that nobody has signed, or is a digest of that."""


def sign_bundle(
    folder: Path,
    signer: Signer,
    *,
    meaning: Meaning,
    now: datetime,
    note: str | None = None,
    authority: Authority | None = None,
    validation: ValidationMaterial | None = None,
    remake: Remake | None = None,
) -> Signing:
    """Add a signature to a bundle that is intact, and with an authority a timestamp after it.

    `validation` is the revocation information that is put into the PDF (PAdES B-LT).

    A bundle that nobody has signed gets round 1; its reports say NOT SIGNED, and `remake` renders them anew. Raises
    AssayError where the bundle is not intact, or the same key has signed it with the same meaning, SignatureError where
    signing fails, WriteError where the disk does not take the files.
    """
    with _writing(folder):
        if last_round(read_folder(folder).digests) == 0:
            if remake is None:
                raise AssayError("the bundle is not signed", where=str(folder), hint="sign it with `assay sign`")
            signing = signing_by(signer, number=1, meaning=meaning, now=now, note=note)
            _first(folder, signer, signing, authority, validation, remake)
            return signing
        there, found = _intact(folder)
        number = _next(folder, there)
        _refuse_signer(folder, found, signer, meaning, now)
        signing = signing_by(signer, number=number, meaning=meaning, now=now, note=note)
        _add(folder, later_round(there.digests, _newest_pdf(there), signer, signing, authority, validation))
        return signing


def renew_bundle(
    folder: Path, authority: Authority, *, now: datetime, validation: ValidationMaterial | None = None
) -> int:
    """Add a document timestamp to the report and a timestamp over the bundle; gives the number of the round.

    `validation` is the revocation information that is put into the PDF first (PAdES B-LTA).
    """
    del now  # the time is the authority's
    with _writing(folder):
        there, _ = _intact(folder)
        number = _next(folder, there)
        new = {}
        pdf = _newest_pdf(there)
        if pdf is not None:
            from assay.attest.pdf.signing import timestamp_pdf

            new[layout.report(number)] = timestamp_pdf(pdf, authority, validation=validation)
        _add(folder, timestamp_round(number, there.digests, new, authority))
        return number


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """One writer at a time; what the disk refuses is a WriteError."""
    if not folder.is_dir():
        read_folder(folder)  # says what is wrong with it
    try:
        with alone(folder):
            yield
    except FileExistsError as error:
        raise AssayError(
            "somebody else signed this bundle at the same moment",
            where=str(error.filename or folder),
            hint="look at what they signed, and run the command again",
        ) from error
    except OSError as error:
        raise WriteError(
            f"the signature cannot be written: {error.strerror or error}",
            where=str(folder),
            hint="the folder of the bundle and the one above it must be writable and have room; nothing was signed",
        ) from error


def _intact(folder: Path) -> tuple[Folder, Verification]:
    """The files of a signed bundle, after what an unfinished signing left behind was removed."""
    there, found = read_folder(folder), verify(folder)
    left = unfinished(there.digests)
    _refuse(folder, obstacles(there, found))
    if left:
        for name in left:
            (folder / name).unlink()
        there, found = read_folder(folder), verify(folder)
        _refuse(folder, found.problems)
    return there, found


def obstacles(there: Folder, found: Verification) -> list[Problem]:
    """What is wrong with a bundle, but for what the next round removes or makes anew."""
    left = unfinished(there.digests)
    own = {*left, *left.values()}
    if last_round(there.digests) == 0:
        own |= {
            layout.SIGNATURE,
            layout.MIMETYPE,
            layout.STATEMENT,
            layout.signing(1),
            *_REMADE,
            "signatures/",
            "META-INF/",
        }
    return [problem for problem in found.problems if problem.file not in own]


def _refuse(folder: Path, problems: Sequence[Problem]) -> None:
    for problem in problems:
        raise AssayError(
            f"the bundle is not intact: {problem.what}", where=str(folder / problem.file), hint="nothing was signed"
        )


def _next(folder: Path, there: Folder) -> int:
    number = last_round(there.digests) + 1
    if number >= layout.MOST_ROUNDS:  # a timestamp may follow
        raise AssayError(f"a bundle holds at most {layout.MOST_ROUNDS} signatures and timestamps", where=str(folder))
    return number


def _newest_pdf(there: Folder) -> bytes | None:
    numbers = [number for number in range(1, last_round(there.digests) + 1) if layout.report(number) in there.digests]
    return there.read(layout.report(numbers[-1]), at_most=LARGEST_PDF) if numbers else None


def _refuse_signer(folder: Path, found: Verification, signer: Signer, meaning: Meaning, now: datetime) -> None:
    own = public_key_digest(signer.certificate)
    for one in found.signatures:
        same = own == one.public_key or signer.fingerprint == one.certificate
        if same and one.meaning == meaning:
            raise AssayError(
                f'"{one.name}" has signed as {meaning} already (signature {one.number})',
                where=str(folder),
                hint="a further signature needs another key, or another meaning with --meaning",
            )
        if now.replace(microsecond=0) < one.claimed:
            raise SignatureError(
                f"signature {one.number} was made at {one.claimed:%Y-%m-%dT%H:%M:%SZ}, which is later than now",
                where=str(folder),
                hint=f"compare the computer's clock: it says {now:%Y-%m-%dT%H:%M:%SZ}",
            )


def _add(folder: Path, new: Mapping[str, bytes]) -> None:
    remove_abandoned(folder.absolute().parent)
    with beside(folder.absolute(), new) as staged:
        _put(folder, staged, list(new))


def _put(folder: Path, staged: Path, names: list[str]) -> None:
    """Put the files there, or take back those that were, the last first."""
    try:
        put(folder, staged, names)
    except BaseException:
        for name in reversed(names):
            with contextlib.suppress(OSError):
                if os.path.samefile(folder / name, staged / name):
                    (folder / name).unlink()
        raise


def _first(
    folder: Path,
    signer: Signer,
    signing: Signing,
    authority: Authority | None,
    validation: ValidationMaterial | None,
    remake: Remake,
) -> None:
    """Round 1 of a bundle that nobody has signed. Killed in between, it is still one that nobody has signed."""
    there = read_folder(folder)
    _refuse(folder, obstacles(there, verify(folder)))
    own = {*_REMADE, *unfinished(there.digests)}
    kept = {name: there.read(name, at_most=LARGEST_FILE) for name in there.digests if name not in own}
    complete = first_round({**kept, **remake(signing)}, signer, signing, authority, validation)
    new = {name: data for name, data in complete.items() if name not in kept}
    remade = [name for name in new if name in there.digests and name in _REMADE]
    remove_abandoned(folder.absolute().parent)
    with beside(folder.absolute(), new) as staged:
        for name in there.digests.keys() - kept.keys() - set(remade):
            (folder / name).unlink()
        replace(folder, staged, remade)
        _put(folder, staged, [name for name in new if name not in remade])
