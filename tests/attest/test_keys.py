import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from assay.attest.keys import DEMO_NAME, load_signer, make_demo_identity
from assay.errors import AssayError, SignatureError, WriteError

NOW = datetime(2026, 3, 31, tzinfo=UTC)
PEM = serialization.Encoding.PEM
P256 = ec.generate_private_key(ec.SECP256R1())


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


def refusal(tmp_path, data, **options):
    path = tmp_path / "key.pem"
    path.write_bytes(data)
    with pytest.raises(SignatureError) as caught:
        load_signer(path, **options)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert caught.value.kind == "failed"
    return caught.value.what


def test_a_p256_key_signs_what_its_certificate_verifies(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(pem_of(P256, certificate_for(P256)))
    signer = load_signer(path)
    assert signer.name == "Vera Validator"
    signer.certificate.public_key().verify(signer.sign(b"record"), b"record", ec.ECDSA(hashes.SHA256()))


def test_an_rsa_key_of_3072_bits_is_accepted_and_one_of_2048_is_not(tmp_path):
    large, small = (rsa.generate_private_key(65537, bits) for bits in (3072, 2048))
    path = tmp_path / "large.pem"
    path.write_bytes(pem_of(large, certificate_for(large)))
    assert load_signer(path).certificate.public_key().key_size == 3072
    assert "2048 bits" in refusal(tmp_path, pem_of(small, certificate_for(small)))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "poppler and openssl 3.0 refuse"),
        (ed448.Ed448PrivateKey.generate(), "poppler and openssl 3.0 refuse"),
        (ec.generate_private_key(ec.SECP384R1()), "secp384r1"),
        (ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
        (dsa.generate_private_key(2048), "no program which checks reports accepts"),
    ],
    ids=["ed25519", "ed448", "p384", "secp256k1", "dsa"],
)
def test_a_key_that_verifiers_do_not_take_is_refused_with_the_reason(tmp_path, key, reason):
    assert reason in refusal(tmp_path, pem_of(key, certificate_for(key)))


def test_an_encrypted_key_opens_with_its_password_and_with_nothing_else(tmp_path):
    data = pem_of(P256, certificate_for(P256), password=b"open sesame")
    path = tmp_path / "key.pem"
    path.write_bytes(data)
    assert load_signer(path, password=b"open sesame").certificate.public_key() == P256.public_key()
    assert "no password" in refusal(tmp_path, data)
    assert "does not open" in refusal(tmp_path, data, password=b"wrong")


def test_a_password_for_a_key_that_has_none_does_no_harm(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(pem_of(P256, certificate_for(P256)))
    assert load_signer(path, password=b"not needed").name == "Vera Validator"


def test_a_certificate_of_somebody_else_is_refused(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    assert "belongs to its private key" in refusal(tmp_path, pem_of(P256, certificate_for(other)))


def test_an_expired_and_a_future_certificate_are_refused(tmp_path):
    assert "expired on" in refusal(tmp_path, pem_of(P256, certificate_for(P256, start=-10, end=-1)))
    assert "holds only from" in refusal(tmp_path, pem_of(P256, certificate_for(P256, start=1)))


def test_a_certificate_that_may_not_sign_is_refused(tmp_path):
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=True, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    assert "key usage" in refusal(tmp_path, pem_of(P256, certificate_for(P256, usage=usage)))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "neither a key nor a certificate"),
        (b"\x00\xff garbage \x80", "neither a key nor a certificate"),
        (b"\x30\x82\x01\x00", "neither a key nor a certificate"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        (b"x" * 1_000_001, "too large"),
        (pem_of(P256), "no certificate"),
        (certificate_for(P256).public_bytes(PEM), "no private key"),
        (pem_of(P256) * 2 + certificate_for(P256).public_bytes(PEM), "2 private keys"),
        (pem_of(P256) + b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "certificate of the file"),
    ],
    ids=["empty", "garbage", "der", "damaged-key", "huge", "no-certificate", "no-key", "two-keys", "bad-certificate"],
)
def test_a_file_that_holds_no_signer_is_one_clear_error(tmp_path, data, what):
    assert what in refusal(tmp_path, data)


def test_a_missing_file_and_a_folder_are_errors_with_the_place(tmp_path):
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(SignatureError) as caught:
            load_signer(path)
        assert caught.value.where == str(path)


def test_the_chain_is_ordered_by_who_issued_whom_whatever_the_order_in_the_file(tmp_path):
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate_for(root_key, "Root", ca=True)
    middle = certificate_for(middle_key, "Middle", issuer=root, issuer_key=root_key, ca=True)
    leaf = certificate_for(P256, "Leaf", issuer=middle, issuer_key=middle_key)
    stranger = certificate_for(ec.generate_private_key(ec.SECP256R1()), "Middle", ca=True)
    path = tmp_path / "key.pem"
    path.write_bytes(pem_of(P256, root, stranger, leaf, middle))
    assert load_signer(path).chain == (middle, root)


def test_a_signer_never_shows_its_key(signer):
    assert "key" not in repr(signer)


def test_the_demonstration_identity_says_so_and_keeps_its_key_private(tmp_path):
    path = make_demo_identity(tmp_path / "new" / "demo")
    assert path == tmp_path / "new" / "demo" / "signer.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_signer(path).name == DEMO_NAME
    root = x509.load_pem_x509_certificate((path.parent / "root.pem").read_bytes())
    assert "NOT A REAL IDENTITY" in root.subject.rfc4514_string()
    assert load_signer(path).chain == (root,)
    assert b"PRIVATE" not in (path.parent / "root.pem").read_bytes()


def test_an_identity_is_never_overwritten(tmp_path):
    make_demo_identity(tmp_path)
    before = (tmp_path / "signer.pem").read_bytes()
    with pytest.raises(AssayError) as caught:
        make_demo_identity(tmp_path)
    assert caught.value.kind == "invalid"
    assert caught.value.where == str(tmp_path / "signer.pem")
    (tmp_path / "signer.pem").unlink()
    with pytest.raises(AssayError, match=r"root\.pem"):
        make_demo_identity(tmp_path)
    assert not (tmp_path / "signer.pem").exists()
    assert before.startswith(b"-----BEGIN PRIVATE KEY")


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        make_demo_identity(tmp_path / "file" / "demo")


def test_openssl_accepts_the_demonstration_chain_by_its_strict_rules(identity, tool):
    answer = tool("openssl", "verify", "-x509_strict", "-CAfile", identity / "root.pem", identity / "signer.pem")
    assert answer.returncode == 0, answer.stderr
