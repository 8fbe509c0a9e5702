"""What one round adds to a bundle: the files of a signature or of a timestamp, made in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from assay.attest import layout
from assay.attest.asic import render_manifest
from assay.attest.canonical import canonical, digest
from assay.attest.instructions import render_instructions
from assay.attest.keys import Signer
from assay.attest.statement import sign_statement
from assay.record.signature import Meaning, Signing
from assay.resources import build

if TYPE_CHECKING:
    from assay.attest.pdf.material import ValidationMaterial
    from assay.attest.timestamps import Authority


def signing_by(signer: Signer, *, number: int, meaning: Meaning, now: datetime, note: str | None = None) -> Signing:
    """What the signer says of the signature that is about to be made."""
    return Signing(
        number=number,
        meaning=meaning,
        name=signer.name,
        certificate=signer.fingerprint,
        storage=signer.storage,
        made=now,
        note=note,
        build=build(),
    )


def first_round(
    files: Mapping[str, bytes],
    signer: Signer,
    signing: Signing,
    authority: Authority | None = None,
    validation: ValidationMaterial | None = None,
) -> dict[str, bytes]:
    """Make files a signed bundle: all of them with what signs them; with an authority, a timestamp round follows.

    The order is that in which they are to be written: what makes the bundle count comes last.
    """
    complete = dict(files)
    if layout.PDF in complete:
        complete[layout.PDF] = _signed_pdf(complete[layout.PDF], signer, signing, authority, validation)
    complete[layout.MIMETYPE] = layout.ASIC_E.encode()
    complete[layout.signing(1)] = canonical(signing)
    complete[layout.INSTRUCTIONS] = render_instructions(complete.keys(), signer)
    with contextlib.suppress(ValidationError, KeyError):  # a record that nobody can read has no result to state
        complete[layout.STATEMENT] = sign_statement(complete, signer)
    return _timestamped({}, _signed({}, complete, signer, signing), 1, authority)


def later_round(
    there: Mapping[str, str],
    pdf: bytes | None,
    signer: Signer,
    signing: Signing,
    authority: Authority | None = None,
    validation: ValidationMaterial | None = None,
) -> dict[str, bytes]:
    """Make the files of a further signature; with an authority, a timestamp round follows.

    `there` is everything the bundle holds, name → digest; `pdf` its newest report; `validation` the revocation
    information that is put into the PDF (PAdES B-LT).
    """
    number = signing.number
    new = {} if pdf is None else {layout.report(number): _signed_pdf(pdf, signer, signing, authority, validation)}
    new[layout.signing(number)] = canonical(signing)
    return _timestamped(there, _signed(there, new, signer, signing), number, authority)


def timestamp_round(
    number: int, there: Mapping[str, str], new: Mapping[str, bytes], authority: Authority
) -> dict[str, bytes]:
    """Make the files of a timestamp over what is there and what is new: what is new, and the timestamp."""
    summed = _summed(number, there, new) if new else {}
    return _sealed(number, there, summed, layout.timestamp(number), authority.token)


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The digest of each: `sha256:…`."""
    return {name: digest(data) for name, data in files.items()}


def render_sums(listed: Mapping[str, str]) -> bytes:
    """Write digests as `sha256sum -c` reads them, without those of META-INF."""
    return "".join(
        f"{listed[name].removeprefix('sha256:')}  {name}\n"
        for name in sorted(listed)
        if not name.startswith("META-INF/")
    ).encode()


def _signed(there: Mapping[str, str], new: Mapping[str, bytes], signer: Signer, signing: Signing) -> dict[str, bytes]:
    from assay.attest.cades import sign_detached

    def seal(content: bytes) -> bytes:
        return sign_detached(content, signer, now=signing.made)

    number = signing.number
    return _sealed(number, there, _summed(number, there, new), layout.signature(number), seal)


def _timestamped(
    there: Mapping[str, str], new: dict[str, bytes], number: int, authority: Authority | None
) -> dict[str, bytes]:
    """The files of a round, and those of a timestamp round after it where there is an authority."""
    if authority is None:
        return new
    return new | timestamp_round(number + 1, {**there, **digests(new)}, {}, authority)


def _summed(number: int, there: Mapping[str, str], new: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**new, layout.sums(number): render_sums({**there, **digests(new)})}


def _sealed(
    number: int, there: Mapping[str, str], new: dict[str, bytes], by: str, seal: Callable[[bytes], bytes]
) -> dict[str, bytes]:
    manifest = render_manifest({**there, **digests(new)}, by=by)
    return {**new, layout.asic_manifest(number): manifest, by: seal(manifest)}


def _signed_pdf(
    data: bytes,
    signer: Signer,
    signing: Signing,
    authority: Authority | None,
    validation: ValidationMaterial | None,
) -> bytes:
    from assay.attest.pdf.signing import sign_pdf

    return sign_pdf(
        data, signer, meaning=signing.meaning, note=signing.note, authority=authority, validation=validation
    )
