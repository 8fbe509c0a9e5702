import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from assay.attest.keys import load_signer
from assay.errors import SignatureError
from attest.certificates import P256, PEM, REFUSED, certificate_for, pem_of


def written(tmp_path, data):
    path = tmp_path / "key.pem"
    path.write_bytes(data)
    return path


def refusal(tmp_path, data, **options):
    path = written(tmp_path, data)
    with pytest.raises(SignatureError) as caught:
        load_signer(path, **options)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert caught.value.kind == "failed"
    return caught.value.what


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_with_a_refused_key_is_refused(tmp_path, make, reason):
    key = make()
    assert reason in refusal(tmp_path, pem_of(key, certificate_for(key)))


def test_an_encrypted_key_opens_with_its_password_and_with_nothing_else(tmp_path):
    data = pem_of(P256, certificate_for(P256), password=b"open sesame")
    signer = load_signer(written(tmp_path, data), password=b"open sesame")
    assert signer.certificate.public_key() == P256.public_key()
    assert "no password" in refusal(tmp_path, data)
    assert "no password" in refusal(tmp_path, data, password=lambda what: b"")
    assert "does not open" in refusal(tmp_path, data, password=b"wrong")


@pytest.mark.parametrize("kind", ["pkcs8", "traditional"])
def test_a_key_encrypted_by_openssl_opens(tmp_path, tool, kind):
    (tmp_path / "plain.pem").write_bytes(pem_of(P256))
    made = {
        "pkcs8": ("openssl", "pkcs8", "-topk8", "-in", "plain.pem", "-out", "key.pem", "-passout", "pass:open sesame"),
        "traditional": (
            "openssl",
            "ec",
            "-in",
            "plain.pem",
            "-out",
            "key.pem",
            "-aes256",
            "-passout",
            "pass:open sesame",
        ),
    }
    assert tool(*made[kind], cwd=tmp_path).returncode == 0
    data = (tmp_path / "key.pem").read_bytes() + certificate_for(P256).public_bytes(PEM)
    assert b"ENCRYPTED" in data
    assert load_signer(written(tmp_path, data), password=b"open sesame").name == "Vera Validator"
    assert "does not open" in refusal(tmp_path, data, password=b"wrong")


def test_a_password_is_asked_for_once_and_only_where_one_is_needed(tmp_path):
    asked = []

    def ask(what):
        asked.append(what)
        return b"open sesame"

    path = written(tmp_path, pem_of(P256, certificate_for(P256)))
    assert load_signer(path, password=ask).name == "Vera Validator"
    assert load_signer(path, password=b"not needed").name == "Vera Validator"
    assert asked == []
    load_signer(written(tmp_path, pem_of(P256, certificate_for(P256), password=b"open sesame")), password=ask)
    assert asked == [f"password of {path}"]


def test_text_around_the_blocks_and_ends_of_lines_of_another_system_do_no_harm(tmp_path):
    data = b"Bag Attributes\n  friendlyName: -----BEGIN of it\n" + pem_of(P256, certificate_for(P256)) + b"\ntrailing"
    assert load_signer(written(tmp_path, data.replace(b"\n", b"\r\n"))).name == "Vera Validator"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "neither a key nor a certificate"),
        (b"\x00\xff garbage \x80", "neither a key nor a certificate"),
        (b"-----BEGIN PRIVATE KEY-----\n" * 30_000, "neither a key nor a certificate"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        (pem_of(P256), "no certificate"),
        (certificate_for(P256).public_bytes(PEM), "no private key"),
        (pem_of(P256) * 2 + certificate_for(P256).public_bytes(PEM), "2 private keys"),
        (pem_of(P256) + b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "certificate of the file"),
        (pem_of(P256, certificate_for(ec.generate_private_key(ec.SECP256R1()))), "belongs to its private key"),
    ],
    ids=[
        "empty",
        "garbage",
        "unended",
        "damaged",
        "no-certificate",
        "no-key",
        "two-keys",
        "bad-certificate",
        "stranger",
    ],
)
def test_a_file_that_holds_no_signer_is_one_clear_error(tmp_path, data, what):
    assert what in refusal(tmp_path, data)
