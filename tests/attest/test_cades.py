from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from assay.attest.cades import BrokenSignature, read_signature, sign_detached
from assay.attest.keys import Signer, signing_with

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
CONTENT = b"<list of files/>"


@pytest.fixture(scope="module")
def authority():
    """Root and intermediate, with keys."""
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = issue("Root", root_key, None, root_key, ca=True)
    return root, issue("Middle", middle_key, root, root_key, ca=True), middle_key


def issue(name, key, issuer, issuer_key, *, ca):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def signer_below(authority, key):
    root, middle, middle_key = authority
    return Signer("Leaf", issue("Leaf", key, middle, middle_key, ca=False), (middle, root), signing_with(key))


def keys():
    return [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 3072)]


@pytest.mark.parametrize("key", keys(), ids=["p256", "rsa3072"])
def test_openssl_calls_a_signature_below_an_intermediate_a_valid_cades_signature(authority, key, tmp_path, tool):
    signer = signer_below(authority, key)
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "signature").write_bytes(sign_detached(CONTENT, signer, now=NOW))
    (tmp_path / "root.pem").write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
    command = (
        "openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile root.pem -purpose any"
    )
    answer = tool(*command.split(), "-out", "out", cwd=tmp_path)
    assert "CAdES Verification successful" in answer.stderr
    assert answer.returncode == 0
    assert (tmp_path / "out").read_bytes() == CONTENT
    (tmp_path / "content").write_bytes(CONTENT + b" ")
    assert tool(*command.split(), "-out", "out", cwd=tmp_path).returncode != 0


@pytest.mark.parametrize("key", keys(), ids=["p256", "rsa3072"])
def test_a_signature_names_its_signer_its_chain_and_its_claimed_time(authority, key):
    signer = signer_below(authority, key)
    found = read_signature(sign_detached(CONTENT, signer, now=NOW), CONTENT)
    assert (found.certificate, found.chain, found.claimed) == (signer.certificate, signer.chain[:1], NOW)


@pytest.mark.parametrize("moment", [datetime(2049, 12, 31, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)])
def test_times_before_and_after_2050_are_read_back(signer, moment):
    assert read_signature(sign_detached(CONTENT, signer, now=moment), CONTENT).claimed == moment


def test_the_root_is_not_carried_along(signer, identity):
    root = x509.load_pem_x509_certificate((identity / "root.pem").read_bytes())
    der = root.public_bytes(serialization.Encoding.DER)
    assert der not in sign_detached(CONTENT, signer, now=NOW)


def test_another_content_does_not_verify(signer):
    with pytest.raises(BrokenSignature, match="does not belong"):
        read_signature(sign_detached(CONTENT, signer, now=NOW), CONTENT + b"x")


def test_no_byte_of_a_signature_can_change_not_even_those_which_nothing_signs(authority):
    signer = signer_below(authority, ec.generate_private_key(ec.SECP256R1()))
    good = sign_detached(CONTENT, signer, now=NOW)
    survivors = []
    for position in range(len(good)):
        bad = bytearray(good)
        bad[position] ^= (0x01, 0x80, 0xFF)[position % 3]
        try:
            read_signature(bytes(bad), CONTENT)
        except BrokenSignature:
            continue
        survivors.append(position)
    assert survivors == []


def test_a_signature_cut_anywhere_or_with_bytes_behind_it_is_refused(signer):
    good = sign_detached(CONTENT, signer, now=NOW)
    for length in range(0, len(good), 7):
        with pytest.raises(BrokenSignature):
            read_signature(good[:length], CONTENT)
    with pytest.raises(BrokenSignature):
        read_signature(good + b"\x00", CONTENT)


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x30\x80" * 50_000, b"\x30\x84\xff\xff\xff\xff", b"x" * 1_000_001])
def test_garbage_is_refused_with_a_reason(data):
    with pytest.raises(BrokenSignature, match="it "):
        read_signature(data, CONTENT)


def test_a_signature_by_a_key_that_is_too_weak_is_refused(authority):
    weak = signer_below(authority, rsa.generate_private_key(65537, 2048))
    with pytest.raises(BrokenSignature, match="2048 bits"):
        read_signature(sign_detached(CONTENT, weak, now=NOW), CONTENT)


def test_a_signature_that_carries_hundreds_of_certificates_is_read_soon(authority):
    _, middle, key = authority
    twin = issue("Twin", key, middle, key, ca=True)
    ring = [issue(*names, key, ca=True) for _ in range(150) for names in (("Middle", key, twin), ("Twin", key, middle))]
    signer = Signer("Leaf", issue("Leaf", key, middle, key, ca=False), tuple(ring), signing_with(key))
    found = read_signature(sign_detached(CONTENT, signer, now=NOW), CONTENT)
    assert found.certificate == signer.certificate
    assert len(found.chain) == 50  # each of the 300 is issued by half of the others
