"""Writing a bundle: beside its place, complete, then renamed, so that a killed run leaves nothing that verifies."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.attest import layout
from assay.attest.instructions import render_instructions
from assay.attest.keys import Signer
from assay.attest.rounds.making import digests, first_round, render_sums, signing_by
from assay.attest.writing import beside, parents, remove_abandoned, sync
from assay.errors import AssayError, WriteError
from assay.record.signature import Signing

if TYPE_CHECKING:
    from assay.attest.timestamps import Authority


def write_bundle(
    target: Path,
    files: Mapping[str, bytes],
    *,
    signer: Signer | None,
    signing: Signing | None = None,
    authority: Authority | None = None,
) -> None:
    """Write the files with SHA256SUMS and VERIFY.txt as the folder `target`; with a signer, signed: round 1.

    `signing` is what the signer says of the signature; it is the author's where nothing is said. With an authority, a
    timestamp over everything is round 2. All or nothing: the folder appears complete or not at all. Raises AssayError
    where the target exists or a name is not allowed, SignatureError where signing fails, WriteError where the disk does
    not take the files.
    """
    _refuse_existing(target)
    _refuse_names(files)
    complete = _complete(files, signer, signing, authority)
    try:
        with _folder(target.parent):
            remove_abandoned(target.parent)
            with beside(target, complete) as partial:
                _refuse_existing(target)  # a rename would replace an empty folder without a word
                partial.rename(target)
        with contextlib.suppress(OSError):
            sync(target.parent)
    except OSError as error:
        _refuse_existing(target)  # another run may have been first
        raise WriteError(
            f"the bundle cannot be written: {error.strerror or error}",
            where=str(target),
            hint="nothing was left behind; free some space or choose another folder with --out",
        ) from error


def _complete(
    files: Mapping[str, bytes], signer: Signer | None, signing: Signing | None, authority: Authority | None
) -> dict[str, bytes]:
    """Add what makes the files a bundle; the signature comes last."""
    if signer is not None:
        said = signing or signing_by(signer, number=1, meaning="author", now=datetime.now(UTC))
        return first_round(files, signer, said, authority)
    complete = {**files, layout.INSTRUCTIONS: render_instructions(files.keys(), None)}
    complete[layout.SUMS] = render_sums(digests(complete))
    return complete


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise AssayError(
            "there is something here already, and a bundle never overwrites anything",
            where=str(target),
            hint="remove it, or choose another folder with --out",
        )


def _refuse_names(files: Mapping[str, bytes]) -> None:
    reserved = {
        name.lower() for name in (layout.MIMETYPE, layout.SUMS, layout.INSTRUCTIONS, layout.STATEMENT, "META-INF")
    }
    folded = [name.lower() for name in files]
    folders = {parent for name in folded for parent in parents(name)}
    for name in files:
        low = name.lower()
        if not layout.is_safe_name(name):
            what = "no name for a file of a bundle"
        elif low in reserved or low.startswith(("meta-inf/", "signatures/")) or layout.round_of(name) is not None:
            what = "a name which the bundle itself uses"
        elif folded.count(low) > 1 or low in folders:
            what = "the name of another file or folder too, on some systems"
        else:
            continue
        raise AssayError(
            f"{name[:100]!r} is {what}", where="bundle", hint="use letters, digits and . _ + @ , = - between slashes"
        )


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; remove the new ones again when the work in it fails."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()
        raise
