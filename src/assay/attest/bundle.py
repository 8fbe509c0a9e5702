"""Writing a bundle: beside its place, complete, then renamed, so that a killed run leaves nothing that verifies."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from assay.attest import layout
from assay.attest.asic import render_manifest
from assay.attest.canonical import digest
from assay.attest.instructions import render_instructions
from assay.attest.keys import Signer
from assay.errors import AssayError, WriteError

_ABANDONED_AFTER = 24 * 3600.0
"""Seconds after which the partial folder of a run on another machine counts as left behind."""


def write_bundle(target: Path, files: Mapping[str, bytes], *, signer: Signer | None) -> None:
    """Write the files with SHA256SUMS and VERIFY.txt as the folder `target`; with a signer, signed.

    A signer signs `report.pdf`, where there is one, and the ASiC manifest over every file. All or nothing: the folder
    appears complete or not at all. Raises AssayError where the target exists or a name is not allowed, SignatureError
    where signing fails, WriteError where the disk does not take the files.
    """
    _refuse_existing(target)
    _refuse_names(files)
    complete = _complete(files, signer)
    try:
        with _folder(target.parent):
            _remove_abandoned(target.parent)
            _write_beside(target, complete)
    except OSError as error:
        _refuse_existing(target)  # another run may have been first
        raise WriteError(
            f"the bundle cannot be written: {error.strerror or error}",
            where=str(target),
            hint="nothing was left behind; free some space or choose another folder with --out",
        ) from error


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise AssayError(
            "there is something here already, and a bundle never overwrites anything",
            where=str(target),
            hint="remove it, or choose another folder with --out",
        )


def _refuse_names(files: Mapping[str, bytes]) -> None:
    reserved = {layout.MIMETYPE.lower(), layout.SUMS.lower(), layout.INSTRUCTIONS.lower()}
    folded = [name.lower() for name in files]
    folders = {parent for name in folded for parent in _parents(name)}
    for name in files:
        low = name.lower()
        if not layout.is_safe_name(name):
            what = "no name for a file of a bundle"
        elif low in reserved or low.startswith("meta-inf/") or low == "meta-inf":
            what = "a name which the bundle itself uses"
        elif folded.count(low) > 1 or low in folders:
            what = "the name of another file or folder too, on some systems"
        else:
            continue
        raise AssayError(
            f"{name[:100]!r} is {what}", where="bundle", hint="use letters, digits and . _ + @ , = - between slashes"
        )


def _parents(name: str) -> Iterator[str]:
    parts = name.split("/")[:-1]
    for length in range(1, len(parts) + 1):
        yield "/".join(parts[:length])


def _complete(files: Mapping[str, bytes], signer: Signer | None) -> dict[str, bytes]:
    """Add what makes the files a bundle; the signature comes last."""
    complete = dict(files)
    if signer is not None:
        if layout.PDF in complete:
            from assay.attest.pdf import sign_pdf

            complete[layout.PDF] = sign_pdf(complete[layout.PDF], signer)
        complete[layout.MIMETYPE] = layout.ASIC_E.encode()
    complete[layout.INSTRUCTIONS] = render_instructions(complete.keys(), signer)
    complete[layout.SUMS] = render_sums(complete)
    if signer is not None:
        from assay.attest.cades import sign_detached

        manifest = render_manifest({name: digest(data) for name, data in complete.items()})
        complete[layout.ASIC_MANIFEST] = manifest
        complete[layout.SIGNATURE] = sign_detached(manifest, signer, now=datetime.now(UTC))
    return complete


def render_sums(files: Mapping[str, bytes]) -> bytes:
    """Write SHA256SUMS, as `sha256sum -c` reads it."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


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


def _write_beside(target: Path, files: Mapping[str, bytes]) -> None:
    partial = target.parent / f".{target.name}.partial-{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        partial.mkdir()
        folders = {partial}
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.update(partial / parent for parent in _parents(name))
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for folder in sorted(folders, reverse=True):
            _sync(folder)
        _refuse_existing(target)  # a rename would replace an empty folder without a word
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    with contextlib.suppress(OSError):
        _sync(target.parent)


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    """Remove the partial folders of runs that are dead: here by their process, from elsewhere by their age."""
    for entry in list(folder.iterdir()):
        match = layout.PARTIAL.match(entry.name)
        if match is None or entry.is_symlink() or not entry.is_dir():
            continue
        dead = match["host"] == _host() and not _is_running(int(match["pid"]))
        if dead or _age(entry) > _ABANDONED_AFTER:
            shutil.rmtree(entry, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_running(pid: int) -> bool:
    if os.name != "posix":
        return True  # there, the question itself would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
