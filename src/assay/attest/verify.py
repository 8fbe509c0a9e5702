"""Verifying a bundle: whether it is intact, who signed it, and what that does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.attest import layout
from assay.attest.asic import LARGEST_MANIFEST, UnreadableManifest, parse_manifest
from assay.attest.cades import LARGEST_SIGNATURE, BrokenSignature, read_signature
from assay.attest.contents import check_contents
from assay.attest.folder import Folder, Problem, read_folder
from assay.attest.keys import DEMO_NAME, DEMO_ROOT_NAME, common_name
from assay.attest.pdf_reading import LARGEST_PDF, PdfReading, UnreadablePdf, read_pdf

if TYPE_CHECKING:
    from assay.attest.cades import Signature
    from assay.record.gate import Gate


@dataclass(frozen=True)
class SignedBy:
    """Who signed, as the certificate says it. Nobody has checked the certificate against a trusted root."""

    name: str
    issuer: str
    fingerprint: str
    """SHA-256 of the certificate, 64 hex digits."""
    valid_from: datetime
    valid_to: datetime
    claimed: datetime
    """When the signer says it was signed."""
    issuers_carried: tuple[str, ...]
    """Names of the certificates above it which the signature carries, nearest first."""
    self_made: bool
    """The certificate vouches for itself."""
    demo: bool
    """It calls itself a demonstration identity."""


@dataclass(frozen=True)
class Verification:
    """What verifying a bundle found."""

    path: Path
    audit: str | None
    """Id of the audit, where the record could be read."""
    audit_digest: str | None
    problems: tuple[Problem, ...]
    signers: tuple[SignedBy, ...]
    statements: tuple[str, ...]
    """What was found and what was not checked, each a sentence."""
    doubts: tuple[str, ...] | None = None
    """Why a trust file does not trust it; empty: trusted; None: no trust file was given."""

    @property
    def intact(self) -> bool:
        """Signed, unchanged since, and in agreement with itself. Says nothing about whom to trust."""
        return not self.problems

    @property
    def trusted(self) -> bool | None:
        """Intact, and signed as the trust file asks; None where no trust file was given."""
        return None if self.doubts is None else self.intact and not self.doubts


def verify(path: Path) -> Verification:
    """Check every file, signature and outcome of a bundle, without changing anything.

    Raises AssayError where `path` is not a bundle. Everything wrong inside a bundle is a problem of a named file.
    """
    folder = read_folder(path)
    signature, problems = _check_signature(folder)
    contents = check_contents(folder)
    problems = [*folder.problems, *problems, *_check_pdf(folder, signature), *contents.problems]
    signers = () if signature is None else (_signed_by(signature),)
    return Verification(
        path=path,
        audit=None if contents.audit is None else contents.audit.id,
        audit_digest=folder.digests.get(layout.AUDIT),
        problems=tuple(dict.fromkeys(problems)),
        signers=signers,
        statements=tuple(_statements(folder, signers, contents.gate)),
    )


def _check_signature(folder: Folder) -> tuple[Signature | None, list[Problem]]:
    """The signature holds over the ASiC manifest, and the manifest lists exactly the files that are there."""
    problems: list[Problem] = []
    missing = [name for name in (layout.ASIC_MANIFEST, layout.SIGNATURE) if name not in folder.digests]
    if len(missing) == 2:
        return None, [Problem(layout.SIGNATURE, "is missing: the bundle is not signed")]
    problems += [Problem(name, "is missing, and without it the bundle counts as not signed") for name in missing]
    signature = None
    if not missing:
        try:
            content = folder.read(layout.ASIC_MANIFEST, at_most=LARGEST_MANIFEST)
            signature = read_signature(folder.read(layout.SIGNATURE, at_most=LARGEST_SIGNATURE), content)
        except (BrokenSignature, OSError, ValueError) as error:
            why = f"the signature does not hold: {error}"
            problems += [
                Problem(layout.SIGNATURE, why),
                Problem(layout.ASIC_MANIFEST, "is not what the signature was made over, or the signature was changed"),
            ]
    if layout.ASIC_MANIFEST in folder.digests:
        problems += _check_list(folder)
    return signature, problems


def _check_list(folder: Folder) -> Iterator[Problem]:
    try:
        listed = parse_manifest(folder.read(layout.ASIC_MANIFEST, at_most=LARGEST_MANIFEST))
    except (UnreadableManifest, OSError, ValueError) as error:
        yield Problem(layout.ASIC_MANIFEST, f"cannot be read: {error}")
        return
    own = {layout.ASIC_MANIFEST, layout.SIGNATURE}
    unread = {problem.file for problem in folder.problems}
    for name, digest in listed.items():
        if name in folder.digests and folder.digests[name] != digest:
            yield Problem(name, "was changed after signing: its digest is not the one in the ASiC manifest")
        elif name not in folder.digests and name not in unread:
            yield Problem(name, "is missing: the ASiC manifest lists it")
    for name in folder.digests:
        if name not in listed and name not in own:
            yield Problem(name, "was added after signing: the ASiC manifest does not list it")
    for name in (layout.AUDIT, layout.GATE, layout.SUMS, layout.INSTRUCTIONS, layout.MIMETYPE):
        if name not in listed:
            yield Problem(name, "is not listed in the ASiC manifest, and no bundle is without it")
    if layout.MIMETYPE in folder.digests:
        try:
            good = folder.read(layout.MIMETYPE, at_most=1000) == layout.ASIC_E.encode()
        except (OSError, ValueError):
            good = False
        if not good:
            yield Problem(layout.MIMETYPE, f"does not hold {layout.ASIC_E}")


def _check_pdf(folder: Folder, signature: Signature | None) -> Iterator[Problem]:
    """The PDF carries one signature, by the signer of the bundle, over all of it, and the same record."""
    if layout.PDF not in folder.digests:
        return
    try:
        reading = read_pdf(folder.read(layout.PDF, at_most=LARGEST_PDF))
    except (UnreadablePdf, OSError, ValueError) as error:
        yield Problem(layout.PDF, str(error))
        return
    for what in _pdf_faults(reading, signature, folder.digests.get(layout.AUDIT)):
        yield Problem(layout.PDF, what)


def _pdf_faults(reading: PdfReading, signature: Signature | None, audit_digest: str | None) -> Iterator[str]:
    if not reading.signatures:
        yield "is not signed"
    elif len(reading.signatures) > 1:
        yield f"carries {len(reading.signatures)} signatures, where one is expected"
    for one in reading.signatures:
        if not one.holds:
            yield "was changed after signing: its own signature does not hold"
        if not one.pades:
            yield "carries a signature that is not PAdES"
        if signature is not None and one.certificate != _signed_by(signature).fingerprint:
            yield "is signed by somebody else than the bundle"
    if reading.signatures and not reading.signatures[-1].covers_file:
        yield "holds more than was signed: the signature does not cover the entire file"
    embedded = [digest for name, digest in reading.attachments if name == layout.AUDIT]
    if len(embedded) != 1:
        yield f"holds {len(embedded)} embedded audit.json, where one is expected"
    elif embedded[0] != audit_digest:
        yield "embeds another audit.json than the one beside it"


def _signed_by(signature: Signature) -> SignedBy:
    from cryptography.hazmat.primitives import hashes

    certificate = signature.certificate
    name, issuer = common_name(certificate.subject), common_name(certificate.issuer)
    return SignedBy(
        name=name,
        issuer=issuer,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        claimed=signature.claimed,
        issuers_carried=tuple(common_name(one.subject) for one in signature.chain),
        self_made=certificate.subject == certificate.issuer,
        demo=DEMO_NAME in (name, issuer) or DEMO_ROOT_NAME in (name, issuer),
    )


def _statements(folder: Folder, signers: tuple[SignedBy, ...], gate: Gate | None) -> Iterator[str]:
    if gate is not None:
        yield gate.as_of or f"made {gate.made:%Y-%m-%dT%H:%M:%SZ}"
        yield f"gate {gate.state} at stage {gate.stage} (exit code {gate.exit_code})"
    if layout.PDF not in folder.digests:
        yield "the bundle holds no PDF report"
    for one in signers:
        yield f'signed by "{one.name}" at {one.claimed:%Y-%m-%dT%H:%M:%SZ} by the signer\'s own clock'
        yield (
            f"certificate valid {one.valid_from:%Y-%m-%d} to {one.valid_to:%Y-%m-%d}, "
            + ("made by the signer: it vouches for itself" if one.self_made else f'issued by "{one.issuer}"')
        )
        if not one.valid_from <= one.claimed <= one.valid_to:
            yield "the claimed time of signing lies outside the certificate's validity"
        if one.demo:
            yield "the signer is a demonstration identity, which stands for nobody"
    if signers:
        yield "trust not checked: no --trust given; intact does not mean trusted"
        yield "revocation not checked"
