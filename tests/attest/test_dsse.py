import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from assay.attest.dsse import BrokenEnvelope, check_envelope, read_envelope, sign_envelope, signed_bytes
from assay.attest.keys import Signer, signing_with

KIND = "application/vnd.in-toto+json"
PAYLOAD = '{"a":"é"}'.encode()


def signer_with(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Anna Author (test only)")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return Signer("Anna Author (test only)", certificate, (), signing_with(key))


@pytest.fixture(scope="module", params=["P-256", "RSA-3072"])
def either(request):
    if request.param == "P-256":
        return signer_with(ec.generate_private_key(ec.SECP256R1()))
    return signer_with(rsa.generate_private_key(65537, 3072))


# https://github.com/secure-systems-lab/dsse/blob/master/protocol.md: the test vector of the protocol's definition
def test_what_is_signed_is_the_pre_authentication_encoding_of_the_protocol():
    assert signed_bytes("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(max_size=20), st.binary(max_size=40), st.text(max_size=20), st.binary(max_size=40))
def test_no_two_payloads_are_signed_as_the_same_bytes(kind, payload, other_kind, other):
    same = (kind, payload) == (other_kind, other)
    try:
        assert (signed_bytes(kind, payload) == signed_bytes(other_kind, other)) == same
    except UnicodeEncodeError:
        assert any("\ud800" <= letter <= "\udfff" for letter in kind + other_kind)


def test_an_envelope_gives_back_what_was_signed_and_by_whom(either):
    envelope = read_envelope(sign_envelope(KIND, PAYLOAD, either))
    check_envelope(envelope, either.certificate)
    assert (envelope.kind, envelope.payload, envelope.key) == (KIND, PAYLOAD, either.fingerprint)


def test_openssl_alone_accepts_an_envelope(either, tmp_path, tool):
    envelope = json.loads(sign_envelope(KIND, PAYLOAD, either))
    key = either.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    payload = base64.b64decode(envelope["payload"])
    (tmp_path / "pae").write_bytes(b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload))
    answer = tool("openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "pae", cwd=tmp_path)
    assert answer.stdout.strip() == "Verified OK"


def test_the_library_of_the_in_toto_project_accepts_an_envelope(either):
    dsse = pytest.importorskip("securesystemslib.dsse")
    from securesystemslib.signer import SSlibKey

    envelope = dsse.Envelope.from_dict(json.loads(sign_envelope(KIND, PAYLOAD, either)))
    public = either.certificate.public_key()
    scheme = "rsa-pkcs1v15-sha256" if isinstance(public, rsa.RSAPublicKey) else "ecdsa-sha2-nistp256"
    key = SSlibKey.from_crypto(public, keyid=either.fingerprint, scheme=scheme)
    assert list(envelope.verify([key], 1)) == [either.fingerprint]
    assert envelope.payload == PAYLOAD


def test_every_flipped_bit_of_an_envelope_is_noticed(either):
    data = sign_envelope(KIND, PAYLOAD, either)
    for place in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            changed = bytearray(data)
            changed[place] ^= bit
            with pytest.raises(BrokenEnvelope):
                check_envelope(read_envelope(bytes(changed)), either.certificate)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree["signatures"].append(tree["signatures"][0]),
        lambda tree: tree["signatures"].clear(),
        lambda tree: tree.update(more="x"),
        lambda tree: tree["signatures"][0].update(more="x"),
        lambda tree: tree.update(payload=tree["payload"] + "\n"),
        lambda tree: tree.update(payload=tree["payload"].rstrip("=")),
        lambda tree: tree.update(payload=None),
        lambda tree: tree.update(payloadType=1),
        lambda tree: tree.update(signatures={"0": tree["signatures"][0]}),
        lambda tree: tree["signatures"][0].pop("keyid"),
    ],
)
def test_an_envelope_of_another_form_is_refused(change, signer):
    tree = json.loads(sign_envelope(KIND, b"12345", signer))
    change(tree)
    with pytest.raises(BrokenEnvelope):
        read_envelope(json.dumps(tree, separators=(",", ":"), sort_keys=True).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"[" * 100_000, b"\xff", b'"x"', b"{" + b" " * 16_000_000])
def test_what_is_no_envelope_is_refused(data):
    with pytest.raises(BrokenEnvelope):
        read_envelope(data)


def test_an_indented_envelope_is_refused_although_it_says_the_same(signer):
    tree = json.loads(sign_envelope(KIND, PAYLOAD, signer))
    with pytest.raises(BrokenEnvelope, match="one form"):
        read_envelope(json.dumps(tree, indent=1).encode())


def test_the_signature_of_another_person_does_not_count(signer):
    other = signer_with(ec.generate_private_key(ec.SECP256R1()))
    envelope = read_envelope(sign_envelope(KIND, PAYLOAD, other))
    with pytest.raises(BrokenEnvelope, match="another certificate"):
        check_envelope(envelope, signer.certificate)


def test_a_key_that_may_not_sign_reports_may_not_sign_envelopes():
    weak = signer_with(rsa.generate_private_key(65537, 2048))
    with pytest.raises(BrokenEnvelope, match="2048 bits"):
        check_envelope(read_envelope(sign_envelope(KIND, PAYLOAD, weak)), weak.certificate)


def test_a_signature_value_in_another_encoding_is_refused(signer):
    data = sign_envelope(KIND, PAYLOAD, signer)
    r, s = utils.decode_dss_signature(read_envelope(data).signature)
    long = b"\x00" + s.to_bytes(33, "big")
    integers = b"\x02\x21" + r.to_bytes(33, "big") + b"\x02" + bytes([len(long)]) + long
    tree = json.loads(data)
    tree["signatures"][0]["sig"] = base64.b64encode(b"\x30" + bytes([len(integers)]) + integers).decode()
    with pytest.raises(BrokenEnvelope):
        check_envelope(read_envelope(json.dumps(tree, separators=(",", ":")).encode()), signer.certificate)


def test_the_key_is_named_by_its_certificate(signer):
    from cryptography.hazmat.primitives.serialization import Encoding

    named = read_envelope(sign_envelope(KIND, PAYLOAD, signer)).key
    assert named == hashlib.sha256(signer.certificate.public_bytes(Encoding.DER)).hexdigest()
