import pytest
from asn1crypto import core
from asn1crypto import pkcs12 as asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from assay.attest.keys import load_signer
from assay.errors import SignatureError
from attest.certificates import P256, PEM, REFUSED, certificate_for, pem_of

OWN = certificate_for(P256)
KINDS = {
    "aes": (),
    "rc2": ("-legacy",),
    "3des": ("-legacy", "-descert"),
    "no-mac": ("-nomac",),
    "key-in-the-open": ("-keypbe", "NONE"),
}


@pytest.fixture
def export(tmp_path, tool):
    """A PKCS #12 file that openssl makes of a key and certificates."""

    def made(*options, password="open sesame", data=None):
        (tmp_path / "in.pem").write_bytes(data or pem_of(P256, OWN))
        command = (
            "openssl",
            "pkcs12",
            "-export",
            "-in",
            "in.pem",
            "-out",
            "signer.p12",
            "-passout",
            f"pass:{password}",
        )
        done = tool(*command, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return tmp_path / "signer.p12"

    return made


def refusal(path, **options):
    with pytest.raises(SignatureError) as caught:
        load_signer(path, **options)
    assert caught.value.where == str(path)
    assert caught.value.hint
    return caught.value.what


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_what_openssl_exports_in_any_encryption_signs(export, options):
    signer = load_signer(export(*options), password=b"open sesame")
    OWN.public_key().verify(signer.sign(b"data"), b"data", ec.ECDSA(signer.certificate.signature_hash_algorithm))
    assert signer.storage == "file"


def test_the_chain_is_read_from_the_file(export, pki):
    both = pki.author.key_pem + pki.author.pem + b"".join(one.public_bytes(PEM) for one in pki.author.chain)
    signer = load_signer(export(data=both), password=b"open sesame")
    assert (signer.certificate, signer.chain) == (pki.author.certificate, pki.author.chain)


def test_a_wrong_and_a_missing_password_are_refused(export):
    path = export()
    assert "does not open" in refusal(path, password=b"wrong")
    assert "no password was given" in refusal(path)


def test_a_password_is_asked_for_once_and_only_where_the_file_needs_one(export):
    asked = []

    def ask(what):
        asked.append(what)
        return b"open sesame"

    assert load_signer(export(password=""), password=ask).certificate == OWN
    assert asked == []
    path = export()
    assert load_signer(path, password=ask).certificate == OWN
    assert asked == [f"password of {path}"]


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_with_a_refused_key_is_refused(tmp_path, make, reason):
    key = make()
    path = tmp_path / "signer.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate_for(key), None, NoEncryption()))
    assert reason in refusal(path)


def test_a_key_without_certificate_and_a_certificate_without_key_are_refused(export):
    assert "no certificate" in refusal(export("-nocerts"), password=b"open sesame")
    assert "no private key" in refusal(export("-nokeys"), password=b"open sesame")


def test_two_keys_are_refused_before_one_of_them_signs_by_chance(export):
    path = export()
    file = asn1.Pfx.load(path.read_bytes())
    parts = file.authenticated_safe
    keys = asn1.SafeContents.load(parts[1]["content"].native)
    assert [bag["bag_id"].native for bag in keys] == ["pkcs8_shrouded_key_bag"]
    keys.append(keys[0].copy())
    parts[1]["content"] = core.OctetString(keys.dump())
    file["auth_safe"]["content"] = core.OctetString(parts.dump(force=True))
    path.write_bytes(file.dump(force=True))
    assert refusal(path) == "the file holds 2 private keys"


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x82\x01\x00",
        b"\x30\x80" * 5000,
        OWN.public_bytes(Encoding.DER),
        P256.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["cut", "nested", "certificate", "key"],
)
def test_other_der_is_told_apart(tmp_path, data):
    (tmp_path / "file").write_bytes(data)
    assert "neither PEM nor PKCS #12" in refusal(tmp_path / "file")


def test_a_damaged_file_is_an_error_wherever_it_is_damaged(tmp_path, export):
    data = export().read_bytes()
    path = tmp_path / "damaged.p12"
    for place in range(0, len(data), 29):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            signer = load_signer(path, password=b"open sesame")
        except SignatureError:
            continue
        assert signer.certificate == OWN  # names, hints and other text of the file may differ
