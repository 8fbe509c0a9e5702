"""Model signatures made by the OpenSSF library: what holds, and everything that does not."""

import base64
import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from assay.record.artefact import ModelSignature
from assay.subject import model_signing
from assay.subject.model_signing import PAYLOAD, check_signature
from assay.subject.paths import inside

SIGNED = Path(__file__).parent / "model_signing"
CERTIFICATE = "sha256:" + (SIGNED / "keys" / "certificate.sha256").read_text().strip()


@pytest.fixture
def folder(tmp_path):
    """A copy, to be tampered with."""
    return Path(shutil.copytree(SIGNED, tmp_path / "signed"))


def check(folder, signature="good.sig", key="keys/signer.pub", *, certificate=None, model="model"):
    asked = ModelSignature(path=signature, public_key=None if certificate else key, certificate=certificate)
    found = check_signature(folder / model, asked, lambda path: inside(folder, path))
    return found.state, found.told


@pytest.mark.parametrize(
    ("signature", "key", "model"),
    [
        ("good.sig", "signer", "model"), ("with_git.sig", "signer", "model"), ("p384.sig", "p384", "model"),
        ("file.sig", "signer", "model/weights.bin"),
    ],
)  # fmt: skip
def test_a_signature_of_the_library_holds_and_names_the_key(signature, key, model):
    state, told = check(SIGNED, signature, f"keys/{key}.pub", model=model)
    assert state == "holds"
    assert told.startswith("key sha256:")


def test_the_fingerprint_of_the_key_is_the_one_that_openssl_gives():
    der = serialization.load_pem_public_key((SIGNED / "keys/signer.pub").read_bytes()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    assert check(SIGNED) == ("holds", f"key sha256:{digest.finalize().hex()}")


def test_a_signature_by_the_pinned_certificate_holds_and_by_another_does_not():
    assert check(SIGNED, "certificate.sig", certificate=CERTIFICATE) == ("holds", f"certificate {CERTIFICATE}")
    state, told = check(SIGNED, "certificate.sig", certificate="sha256:" + "0" * 64)
    assert (state, told) == (
        "does not hold",
        f"it is made with the certificate {CERTIFICATE}, not with the one that the manifest names",
    )


def test_the_signature_may_lie_in_the_folder_that_it_signs(folder):
    shutil.copy(folder / "good.sig", folder / "model" / "model.sig")
    assert check(folder, "model/model.sig")[0] == "holds"
    assert check(folder) == ("does not hold", "not signed: model.sig")


def test_what_the_signer_left_out_may_be_there_or_not(folder):
    (folder / "model" / ".git" / "objects").mkdir(parents=True)
    (folder / "model" / ".git" / "objects" / "x").write_text("x")
    (folder / "model" / ".gitattributes").unlink()
    assert check(folder)[0] == "holds"
    assert check(folder, "with_git.sig") == ("does not hold", "missing: .gitattributes; not signed: .git/objects/x")


def tampered(folder):
    (folder / "model" / "weights.bin").write_bytes(b"other")


def extra(folder):
    (folder / "model" / "code.py").write_text("import os")


def hidden(folder):
    (folder / "model" / "tokenizer" / ".git").write_text("not the one at the top")


def missing(folder):
    (folder / "model" / "tokenizer" / "vocab.txt").unlink()


def moved(folder):
    (folder / "model" / "config.json").rename(folder / "model" / "Config.json")


def linked(folder):
    (folder / "model" / "config.json").rename(folder / "c.json")
    (folder / "model" / "config.json").symlink_to(folder / "c.json")


def gone(folder):
    shutil.rmtree(folder / "model")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (tampered, "changed: weights.bin"), (extra, "not signed: code.py"), (hidden, "not signed: tokenizer/.git"),
        (missing, "missing: tokenizer/vocab.txt"), (moved, "missing: config.json; not signed: Config.json"),
        (linked, "'config.json' in the folder 'model' is a symbolic link"), (gone, "there is nothing of that name"),
    ],
)  # fmt: skip
def test_a_model_that_is_not_the_signed_one_does_not_hold_and_says_why(folder, change, told):
    change(folder)
    assert check(folder) == ("does not hold", told)


def test_only_a_few_of_many_files_are_named(folder):
    for number in range(9):
        (folder / "model" / f"{number}.bin").write_text("x")
    assert check(folder)[1] == "not signed: 0.bin, 1.bin, 2.bin and 6 more"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key": "keys/other.pub"}, "it is made with another key"),
        ({"key": "keys/p384.pub"}, "it is made with another key"),
        ({"key": "keys/rsa.pub"}, "the key is not on an elliptic curve, as model signatures ask for"),
        ({"key": "keys/nothing.pub"}, "nothing.pub is not there"),
        ({"key": "good.sig"}, "good.sig holds no public key that can be read"),
        ({"key": "../../signer.pub"}, "the path '../../signer.pub' leaves the manifest's folder"),
        ({"certificate": CERTIFICATE}, "it is made with a key, and the manifest names a certificate"),
        ({"signature": "certificate.sig"}, "it is made with a certificate, and the manifest names a public key"),
        ({"signature": "another_folder.sig"}, "changed: config.json; not signed: tokenizer/vocab.txt, weights.bin"),
        ({"signature": "file.sig"}, "missing: .; not signed: config.json, tokenizer/vocab.txt, weights.bin"),
        ({"signature": "blake3.sig"}, "it does not list files by their SHA-256, and nothing else is read"),
        ({"signature": "shards.sig"}, "it does not list files by their SHA-256, and nothing else is read"),
        ({"signature": "nothing.sig"}, "nothing.sig is not there"),
        ({"signature": "model"}, "model is not there"),
        ({"signature": "model/weights.bin"}, "model/weights.bin is not JSON"),
        ({"signature": "keys/signer.pub"}, "keys/signer.pub is not JSON"),
    ],
)
def test_a_signature_by_somebody_else_or_of_something_else_does_not_hold(given, told):
    assert check(SIGNED, **given) == ("does not hold", told)


def test_without_a_signer_in_the_manifest_nothing_is_verified():
    asked = ModelSignature(path="good.sig")
    found = check_signature(SIGNED / "model", asked, lambda path: inside(SIGNED, path))
    assert found.state == "not verified"
    assert found.told == "the manifest names neither `public_key` nor `certificate`"


def test_a_signature_without_a_key_is_told_and_never_passes_for_one_by_a_key(folder):
    tree = json.loads((folder / "certificate.sig").read_text())
    chain = tree["verificationMaterial"].pop("x509CertificateChain")
    tree["verificationMaterial"]["certificate"] = chain["certificates"][0]
    tree["verificationMaterial"]["tlogEntries"] = [{"logIndex": "1"}]
    (folder / "keyless.sig").write_text(json.dumps(tree))
    found = check_signature(folder / "model", ModelSignature(path="keyless.sig"), lambda path: inside(folder, path))
    assert found.state == "not verified"
    assert "online services" in found.told
    told = "it is made without a key, and the manifest names one"
    assert check(folder, "keyless.sig") == ("does not hold", told)
    assert check(folder, "keyless.sig", certificate=CERTIFICATE) == ("does not hold", told)


def bundle(folder, change):
    """`good.sig` after a change to its tree."""
    tree = json.loads((folder / "good.sig").read_text())
    change(tree)
    (folder / "good.sig").write_text(json.dumps(tree))


MATERIAL, ENVELOPE = "verificationMaterial", "dsseEnvelope"


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("mediaType"), lambda t: t.update(mediaType="application/json"), lambda t: t.pop(MATERIAL),
        lambda t: t.update({MATERIAL: []}), lambda t: t[MATERIAL].update(publicKey=None),
        lambda t: t[MATERIAL]["publicKey"].update(hint="00"), lambda t: t[MATERIAL]["publicKey"].update(hint=1),
        lambda t: t.update({ENVELOPE: "x"}), lambda t: t[ENVELOPE].update(payload="%"),
        lambda t: t[ENVELOPE].update(payload=""), lambda t: t[ENVELOPE].update(payloadType="text/plain"),
        lambda t: t[ENVELOPE].update(payload=base64.b64encode(b"{}").decode()),
        lambda t: t[ENVELOPE].update(signatures=[]), lambda t: t[ENVELOPE].update(signatures=["x"]),
        lambda t: t[ENVELOPE].update(signatures=2 * t[ENVELOPE]["signatures"]),
        lambda t: t[ENVELOPE]["signatures"][0].update(sig=""), lambda t: t[ENVELOPE]["signatures"][0].update(sig=7),
        lambda t: t[ENVELOPE]["signatures"][0].update(sig="\u00e9"),
        lambda t: t[ENVELOPE]["signatures"][0].update(sig=base64.b64encode(b"x" * 70).decode()),
    ],
)  # fmt: skip
def test_a_bundle_that_was_changed_anywhere_does_not_hold(folder, change):
    bundle(folder, change)
    state, told = check(folder)
    assert state == "does not hold"
    assert told


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"mediaType": ' + b"9" * 5000 + b"}"])
def test_a_file_that_is_no_bundle_does_not_hold(folder, data):
    (folder / "good.sig").write_bytes(data)
    assert check(folder)[0] == "does not hold"


def test_absurd_sizes_are_refused_before_they_are_read(folder, monkeypatch):
    monkeypatch.setattr(model_signing, "LARGEST_SIGNATURE", 1000)
    assert check(folder) == ("does not hold", "good.sig is larger than 1000 bytes")
    monkeypatch.undo()
    (folder / "keys" / "signer.pub").write_bytes(b"x" * 100_000)
    assert check(folder) == ("does not hold", "signer.pub is larger than 65536 bytes")


@pytest.fixture(scope="module")
def key():
    return ec.generate_private_key(ec.SECP256R1())


def signed_by(key, folder, change):
    """A bundle that somebody else signs as the library does, over the statement of `good.sig` after a change."""
    tree = json.loads((folder / "good.sig").read_text())
    statement = json.loads(base64.b64decode(tree[ENVELOPE]["payload"]))
    change(statement)
    payload = json.dumps(statement).encode()
    encoded = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} ".encode() + payload
    signature = key.sign(encoded, ec.ECDSA(hashes.SHA256()))
    tree[ENVELOPE]["payload"] = base64.b64encode(payload).decode()
    tree[ENVELOPE]["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    tree[MATERIAL]["publicKey"].pop("hint")
    (folder / "good.sig").write_text(json.dumps(tree))
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "keys" / "signer.pub").write_bytes(pem)
    return check(folder)


def test_the_same_statement_signed_by_another_key_holds_for_that_key(folder, key):
    assert signed_by(key, folder, lambda statement: None)[0] == "holds"


NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.update(_type="x"), "its statement is not about a model"),
        (lambda s: s.update(predicateType="https://model_signing/Digests/v0.1"), "its statement is not about a model"),
        (lambda s: s.update(subject=[]), "it has not exactly one of subject"),
        (lambda s: s["subject"][0]["digest"].update(sha256="0" * 64), "its statement contradicts itself"),
        (lambda s: s.update(predicate=None), "it has no predicate"),
        (lambda s: s["predicate"].update(serialization=[]), "it has no serialization"),
        (lambda s: (s["predicate"].update(resources=[]), s["subject"][0]["digest"].update(sha256=NOTHING)),
         "it lists no file"),
        (lambda s: (s["predicate"].update(resources=[]), s["predicate"]["serialization"].update(ignore_paths=["."])),
         "it lists no file"),
        (lambda s: s["predicate"]["resources"].append(s["predicate"]["resources"][0]), "its list of files is not one"),
        (lambda s: s["predicate"]["resources"][0].update(digest="x" * 64), "its list of files is not one"),
        (lambda s: s["predicate"]["resources"].append("x"), "it does not list files by their SHA-256, and"),
        (lambda s: s["predicate"]["serialization"].update(ignore_paths=["weights.bin"]), "missing: weights.bin"),
        (lambda s: s["predicate"]["serialization"].update(ignore_paths=[1, "/", "../x"]), "not signed: .gitattributes"),
        (lambda s: s["predicate"]["serialization"].update(ignore_paths=5), "not signed: .gitattributes"),
    ],
)  # fmt: skip
def test_a_statement_that_is_signed_and_says_nothing_does_not_hold(folder, key, change, told):
    state, why = signed_by(key, folder, change)
    assert state == "does not hold"
    assert why.startswith(told)
