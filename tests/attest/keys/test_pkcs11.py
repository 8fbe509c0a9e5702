import subprocess
import sys

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import exceptions

from assay.attest.bundle import write_bundle
from assay.attest.keys import load_signer
from assay.attest.keys.pkcs11 import _told
from assay.attest.verify import verify
from assay.errors import SignatureError
from attest.certificates import P256, certificate_for, rsa_key
from attest.tokens import PIN, new_token, put_certificates, put_key, uri_of


@pytest.fixture(scope="module")
def odd(token, tmp_path_factory, tool):
    """A second token, "odd": keys that are refused, two of one name, one without a certificate, an expired one."""
    folder, name = tmp_path_factory.mktemp("odd"), "odd"
    new_token(name, tool)
    p384, edwards, expired = (
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
    )
    alone = ec.generate_private_key(ec.SECP256R1())
    keys = [("p384", p384), ("edwards", edwards), ("small", rsa_key(2048)), ("expired", expired), ("alone", alone)]
    for number, (label, key) in enumerate([*keys, ("twin", P256), ("twin", P256)], start=1):
        put_key(folder, name, key, label, number, tool)
    certificates = [certificate_for(key) for _, key in keys[:3]]
    certificates += [certificate_for(expired, start=-9, end=-1), certificate_for(P256)]
    put_certificates(token.module, name, *certificates)
    return lambda **named: uri_of(token.module, token=name, **named)


def refusal(uri, password=b"4711-0815"):
    with pytest.raises(SignatureError) as caught:
        load_signer(uri, password=password)
    assert caught.value.hint
    assert caught.value.where.startswith("pkcs11:")
    for secret in (PIN, "0000"):
        assert secret not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["p256", "rsa"])
def test_a_bundle_signed_on_the_token_is_intact_to_assay_openssl_and_pdfsig(kind, token, files, tool, tmp_path):
    uri, certificate = (token.uri, token.certificate) if kind == "p256" else (token.rsa_uri, token.rsa_certificate)
    signer = load_signer(uri, password=token.pin)
    assert (signer.certificate, signer.chain, signer.storage) == (certificate, token.chain, "token")
    bundle = tmp_path / "bundle"
    write_bundle(bundle, files, signer=signer)
    assert verify(bundle).problems == ()
    (tmp_path / "root.pem").write_bytes(token.chain[-1].public_bytes(Encoding.PEM))
    signature, manifest = bundle / "META-INF" / "signature001.p7s", bundle / "META-INF" / "ASiCManifest001.xml"
    command = ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any")
    done = tool(
        *command, "-in", signature, "-content", manifest, "-CAfile", tmp_path / "root.pem", "-out", tmp_path / "out"
    )
    assert done.returncode == 0, done.stderr
    assert "Signature is Valid." in tool("pdfsig", "-nocert", bundle / "report.pdf").stdout


def test_the_pin_is_asked_for_once_and_a_wrong_one_is_not_tried_again(token):
    asked = []

    def ask(what):
        asked.append(what)
        return token.pin if len(asked) == 1 else b"0000"

    signer = load_signer(token.uri, password=ask)
    assert len({signer.sign(b"a"), signer.sign(b"a")}) == 2
    assert asked == ["PIN of the token Assay tests"]
    told = refusal(token.uri, password=ask)
    assert "refuses the PIN" in told
    assert "not tried again" in told
    assert len(asked) == 2


def test_a_wrong_pin_after_a_right_one_is_still_refused(token):
    for _ in range(2):
        assert load_signer(token.uri, password=token.pin).name == "Tessa Token"
        assert "refuses the PIN" in refusal(token.uri, password=b"0000")


def test_two_people_with_keys_on_one_token_sign_in_turn(token):
    author, approver = (load_signer(uri, password=token.pin) for uri in (token.uri, token.rsa_uri))
    for _ in range(2):
        assert author.sign(b"one")
        assert approver.sign(b"two")


def test_no_pin_and_one_that_is_no_text_are_refused(token):
    assert "no password was given" in refusal(token.uri, password=None)
    assert "no password was given" in refusal(token.uri, password=b"")
    assert "not text" in refusal(token.uri, password=b"\xff")


def test_a_pin_is_in_no_sight_of_the_signer(token):
    signer = load_signer(token.uri, password=token.pin)
    assert PIN not in repr(signer)
    assert all(PIN not in repr(cell.cell_contents) for cell in signer.sign.__closure__)


@pytest.mark.parametrize("library", ["/etc/hostname", sys.executable])
def test_a_file_that_is_no_library_is_refused(library):
    assert "is no PKCS #11 library" in refusal(f"pkcs11:token=x?module-path={library}")


def test_a_token_that_is_not_there_is_told_with_those_that_are(token):
    told = refusal(uri_of(token.module, token="Elsewhere"))
    assert "there is no such token" in told
    assert "Assay tests" in told
    assert "no such token" in refusal(uri_of(token.module, token="Assay tests", serial="00"))


def test_several_tokens_that_match_are_told_with_their_serial_numbers(token, odd):
    told = refusal(uri_of(token.module, model="SoftHSM v2"))
    assert "2 tokens match" in told
    serial = told.partition("Assay tests (serial=")[2].partition(")")[0]
    assert load_signer(uri_of(token.module, serial=serial, object="p256"), password=token.pin).name == "Tessa Token"


def test_a_key_that_is_not_there_and_several_that_match_are_told_with_those_that_are(token, odd):
    told = refusal(uri_of(token.module, token="Assay tests", object="none"))
    assert "no such private key" in told
    assert "object=p256;id=%01" in told
    assert "2 keys match" in refusal(odd(object="twin"))
    told = refusal(uri_of(token.module, token="Assay tests"))
    assert "2 keys match" in told
    assert "object=rsa;id=%02" in told


def test_one_of_two_keys_with_one_name_is_named_by_its_id(odd):
    assert load_signer(odd(object="twin").replace("?", ";id=%06?"), password=PIN.encode()).name == "Vera Validator"


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("p384", "secp384r1"),
        ("edwards", "Edwards-curve key"),
        ("small", "2048 bits"),
        ("expired", "expired on"),
        ("alone", "no certificate of this key"),
    ],
)
def test_a_key_on_a_token_is_held_to_the_same_rules_as_one_in_a_file(odd, label, what):
    assert what in refusal(odd(object=label))


def test_a_token_that_was_taken_away_between_two_signatures_is_an_error(token, tmp_path, monkeypatch):
    signer = load_signer(token.uri, password=token.pin)
    (tmp_path / "empty").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'empty'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    with pytest.raises(SignatureError, match="no such token"):
        signer.sign(b"data")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (exceptions.PinLocked, "is locked"),
        (exceptions.PinExpired, "has expired"),
        (exceptions.PinLenRange, "refuses the PIN"),
        (exceptions.UserPinNotInitialized, "no PIN yet"),
        (exceptions.DeviceRemoved, "was removed"),
        (exceptions.GeneralError, "answers GeneralError"),
    ],
)
def test_what_a_library_answers_is_said_in_words(answer, what):
    error = _told(answer(), "pkcs11:token=x")
    assert what in error.what
    assert error.hint


def test_every_answer_that_is_known_is_one_of_the_library():
    from assay.attest.keys.pkcs11 import _ANSWERS

    assert all(issubclass(getattr(exceptions, name), pkcs11.PKCS11Error) for name in _ANSWERS)


def test_without_the_package_the_error_says_how_to_get_it(token):
    program = (
        "import sys; sys.modules['pkcs11'] = None\n"
        "from assay.attest.keys import load_signer\n"
        f"load_signer({token.uri!r}, password=b'0000')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "SignatureError" in done.stderr
    assert "pip install 'assay[pkcs11]'" in done.stderr
