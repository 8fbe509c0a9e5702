from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from assay.attest.keys import chain_of, refused_key, signing_with
from assay.attest.keys.signer import signer_with
from assay.errors import SignatureError
from attest.certificates import P256, REFUSED, certificate_for, rsa_key

NOW = datetime.now(UTC)


def refusal(key, *certificates):
    with pytest.raises(SignatureError) as caught:
        signer_with(key, certificates, "the place", NOW)
    assert caught.value.where == "the place"
    assert caught.value.hint
    return caught.value.what


def test_a_p256_key_signs_what_its_certificate_verifies():
    signer = signer_with(P256, [certificate_for(P256)], "", NOW)
    signer.certificate.public_key().verify(signer.sign(b"data"), b"data", ec.ECDSA(hashes.SHA256()))
    assert (signer.name, signer.chain, signer.storage) == ("Vera Validator", (), "file")
    assert signer.fingerprint == signer.certificate.fingerprint(hashes.SHA256()).hex()


def test_an_rsa_key_signs_what_its_certificate_verifies():
    signature = signing_with(rsa_key())(b"data")
    rsa_key().public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())
    assert refused_key(rsa_key()) is None


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_key_that_verifiers_do_not_take_is_refused_with_the_reason(make, reason):
    key = make()
    assert reason in refusal(key, certificate_for(key))
    assert reason in refused_key(key.public_key())


def test_a_key_too_large_to_check_quickly_is_refused():
    numbers = rsa.RSAPublicNumbers(65537, (1 << 16383) + 1)
    assert "16384 bits" in refused_key(numbers.public_key())


def test_a_certificate_of_somebody_else_is_refused():
    other = ec.generate_private_key(ec.SECP256R1())
    assert "belongs to its private key" in refusal(P256, certificate_for(other))
    assert "no certificate" in refusal(P256)


def test_an_expired_and_a_future_certificate_are_refused():
    assert "expired on" in refusal(P256, certificate_for(P256, start=-10, end=-1))
    assert "holds only from" in refusal(P256, certificate_for(P256, start=1))


def test_a_certificate_that_may_not_sign_is_refused():
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=True, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    assert "key usage" in refusal(P256, certificate_for(P256, usage=usage))


def test_the_issued_certificate_is_taken_rather_than_the_self_made_and_the_renewed_rather_than_the_expired():
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate_for(root_key, "Root", ca=True)
    below = {"issuer": root, "issuer_key": root_key}
    expired, renewed = certificate_for(P256, start=-9, end=-1, **below), certificate_for(P256, start=-2, **below)
    self_made, older = certificate_for(P256), certificate_for(P256, start=-8, **below)
    for order in ([self_made, expired, older, renewed, root], [root, renewed, older, expired, self_made]):
        signer = signer_with(P256, order, "", NOW)
        assert signer.certificate == renewed
        assert signer.chain == (root,)
    assert signer_with(P256, [expired, self_made], "", NOW).certificate == self_made


def test_the_chain_is_ordered_by_who_issued_whom_whatever_the_order_in_the_file():
    root_key, middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate_for(root_key, "Root", ca=True)
    middle = certificate_for(middle_key, "Middle", issuer=root, issuer_key=root_key, ca=True)
    leaf = certificate_for(P256, "Leaf", issuer=middle, issuer_key=middle_key)
    stranger = certificate_for(ec.generate_private_key(ec.SECP256R1()), "Middle", ca=True)
    assert chain_of(leaf, [root, stranger, leaf, middle]) == (middle, root)


def test_a_signer_never_shows_its_key(signer):
    assert "key" not in repr(signer)
