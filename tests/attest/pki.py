"""A public key infrastructure for tests: authorities, people, timestamp authorities, revocation lists and answers.

Plain functions, so that a test can make whatever certificate it needs; `pki()` makes the usual ones. Keys are P-256.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assay.attest.keys import Signer, common_name, signing_with

START = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2099, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and the certificates above it, nearest first."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def signer(self) -> Signer:
        return Signer(common_name(self.certificate.subject), self.certificate, self.chain, signing_with(self.key))

    def write(self, path: Path) -> Path:
        """Write key, certificate and chain as one PEM file, as `load_signer` reads it."""
        chain = b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)
        path.write_bytes(self.key_pem + self.pem + chain)
        return path


def authority(
    name: str,
    above: Issued | None = None,
    *,
    start: datetime = START,
    end: datetime = END,
    path_length: int | None = None,
    lists: bool = True,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Issued:
    """A certificate authority: a root, or one below another. `extra`: further extensions, and whether critical."""
    usage = _usage(signs=False, issues=True, lists=lists)
    basic = x509.BasicConstraints(ca=True, path_length=path_length)
    return _issue(name, above, start, end, [(basic, True), (usage, True), *extra])


def person(
    name: str,
    issuer: Issued | None,
    *,
    start: datetime = START,
    end: datetime = END,
    crl_url: str | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    serial: int | None = None,
    signs: bool = True,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Issued:
    """Somebody who signs; without an issuer self-made. `crl_url` is the distribution point of its revocation list."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=signs, issues=False), True),
        *extra,
    ]
    if crl_url is not None:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        extensions.append((x509.CRLDistributionPoints([place]), False))
    return _issue(name, issuer, start, end, extensions, key, serial)


def timestamper(
    name: str, issuer: Issued, *, start: datetime = START, end: datetime = END, purpose: bool = True
) -> Issued:
    """A timestamp authority's certificate; without `purpose` it lacks the extended key usage that makes it one."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=True, issues=False), True),
    ]
    if purpose:
        extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))
    return _issue(name, issuer, start, end, extensions)


def crl(
    issuer: Issued,
    revoked: Sequence[tuple[Issued, datetime]] = (),
    *,
    at: datetime | None = None,
    until: datetime = END,
    reason: x509.ReasonFlags | None = None,
    invalid: datetime | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """The issuer's revocation list in DER: which certificates are revoked since when, as told at `at`.

    `invalid` is the invalidity date of every entry, `extra` further extensions of the list.
    """
    at = at or datetime.now(UTC) - timedelta(minutes=1)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(at).next_update(until)
    builder = builder.add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
    )
    for one, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number).revocation_date(since)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        if invalid is not None:
            entry = entry.add_extension(x509.InvalidityDate(invalid.replace(tzinfo=None)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def part(**changes: object) -> tuple[x509.ExtensionType, bool]:
    """An extension for a list that does not speak of everything its issuer issued."""
    given_ = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**{**given_, **changes}), True


def ocsp_answer(
    issuer: Issued,
    about: Issued,
    *,
    revoked: datetime | None = None,
    at: datetime | None = None,
    until: datetime | None = END,
    by: Issued | None = None,
) -> bytes:
    """An OCSP answer in DER about one certificate, signed by the issuer itself or by somebody else."""
    status = ocsp.OCSPCertStatus.GOOD if revoked is None else ocsp.OCSPCertStatus.REVOKED
    answer = ocsp.OCSPResponseBuilder().add_response(
        cert=about.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA256(),
        cert_status=status,
        this_update=at or datetime.now(UTC) - timedelta(minutes=1),
        next_update=until,
        revocation_time=revoked,
        revocation_reason=None,
    )
    by = by or issuer
    answer = answer.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if by is not issuer:
        answer = answer.certificates([by.certificate])
    return answer.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Pki:
    """The usual ones: two people below one house, a timestamp authority below another root."""

    root: Issued
    house: Issued
    """The authority between the root and the people."""
    author: Issued
    approver: Issued
    with_place: Issued
    """A third person, whose certificate names the place of its revocation list."""
    stamp_root: Issued
    stamper: Issued

    def crls(self, revoked: Sequence[tuple[Issued, datetime]] = (), *, at: datetime | None = None) -> tuple[bytes, ...]:
        """Revocation lists of every authority; the house's revokes the people named."""
        return (
            crl(self.root, at=at),
            crl(self.house, revoked, at=at),
            crl(self.stamp_root, at=at),
        )


def pki() -> Pki:
    """Make the usual ones."""
    root = authority("ASSAY TEST ROOT")
    house = authority("ASSAY TEST HOUSE", root)
    stamp_root = authority("ASSAY TEST TIMESTAMP ROOT")
    return Pki(
        root=root,
        house=house,
        author=person("Test Author", house),
        approver=person("Test Approver", house),
        with_place=person("Test Reviewer", house, crl_url="http://crl.invalid/house.crl"),
        stamp_root=stamp_root,
        stamper=timestamper("ASSAY TEST TIMESTAMPS", stamp_root),
    )


def _issue(
    name: str,
    issuer: Issued | None,
    start: datetime,
    end: datetime,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    key: ec.EllipticCurvePrivateKey | None = None,
    serial: int | None = None,
) -> Issued:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Assay tests, nobody"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    above = key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    chain = () if issuer is None else (issuer.certificate, *issuer.chain)
    return Issued(builder.sign(above, hashes.SHA256()), key, chain)


def _usage(*, signs: bool, issues: bool, lists: bool | None = None) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues if lists is None else lists,
        encipher_only=False,
        decipher_only=False,
    )
