"""Keys of every kind with certificates of their own, for what is refused and what is not."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
P256 = ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int = 3072, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


REFUSED = {
    "rsa-2048": (lambda: rsa_key(2048), "2048 bits"),
    "rsa-exponent-3": (lambda: rsa_key(exponent=3), "public exponent"),
    "p384": (lambda: ec.generate_private_key(ec.SECP384R1()), "secp384r1"),
    "secp256k1": (lambda: ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
    "ed25519": (ed25519.Ed25519PrivateKey.generate, "poppler and openssl 3.0 refuse"),
    "ed448": (ed448.Ed448PrivateKey.generate, "poppler and openssl 3.0 refuse"),
    "dsa": (lambda: dsa.generate_private_key(1024), "no program which checks reports accepts"),
}
"""What makes the key → what the refusal says."""


def certificate_for(
    key, name="Vera Validator", *, issuer=None, issuer_key=None, start=-1, end=365, ca=None, usage=None
):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) + timedelta(days=start))
        .not_valid_after(datetime.now(UTC) + timedelta(days=end))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    edwards = isinstance(issuer_key or key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(issuer_key or key, None if edwards else hashes.SHA256())


def pem_of(key, *certificates, password=None):
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    parts = [key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, protection)]
    return b"".join(parts + [one.public_bytes(PEM) for one in certificates])
