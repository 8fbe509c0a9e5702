import os
import stat

import pytest
from cryptography import x509

from assay.attest.keys import DEMO_NAME, load_signer, make_demo_identity, make_identity
from assay.errors import AssayError, WriteError
from attest.pki import authority


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
    with pytest.raises(AssayError, match=r"signer\.pem"):
        make_identity(tmp_path, "Maria Lopez")
    assert (tmp_path / "signer.pem").read_bytes() == before
    (tmp_path / "signer.pem").unlink()
    with pytest.raises(AssayError, match=r"root\.pem"):
        make_demo_identity(tmp_path)
    assert os.listdir(tmp_path) == ["root.pem"]


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        make_demo_identity(tmp_path / "file" / "demo")


def test_a_failure_half_way_leaves_no_file(tmp_path, monkeypatch):
    full = OSError(28, "No space left on device")
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise full

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(WriteError, match="No space left"):
        make_identity(tmp_path, "Maria Lopez")
    assert os.listdir(tmp_path) == []


def test_openssl_accepts_the_demonstration_chain_by_its_strict_rules(identity, tool):
    answer = tool("openssl", "verify", "-x509_strict", "-CAfile", identity / "root.pem", identity / "signer.pem")
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("use_rsa", [False, True], ids=["p256", "rsa"])
def test_a_person_s_identity_signs_at_once_and_names_nobody_else(tmp_path, use_rsa):
    made = make_identity(tmp_path / "maria", "Maria López", use_rsa=use_rsa)
    signer = load_signer(made.signer)
    assert (signer.name, signer.chain) == ("Maria López", ())
    assert made.digest == f"sha256:{signer.fingerprint}"
    assert signer.certificate.subject == signer.certificate.issuer
    assert x509.load_pem_x509_certificate(made.certificate.read_bytes()) == signer.certificate
    assert stat.S_IMODE(made.signer.stat().st_mode) == 0o600
    assert not made.is_protected
    assert sorted(os.listdir(tmp_path / "maria")) == ["certificate.pem", "request.csr", "signer.pem"]
    assert all(b"PRIVATE" not in path.read_bytes() for path in (made.certificate, made.request))


def test_a_key_with_a_password_opens_with_nothing_else(tmp_path):
    made = make_identity(tmp_path, "Maria Lopez", password=b"open sesame")
    assert made.is_protected
    assert b"ENCRYPTED" in made.signer.read_bytes()
    assert load_signer(made.signer, password=b"open sesame").name == "Maria Lopez"
    with pytest.raises(AssayError, match="does not open"):
        load_signer(made.signer, password=b"wrong")


def test_the_request_is_accepted_by_openssl_and_its_answer_is_added_to_the_file(tmp_path, tool):
    made = make_identity(tmp_path, "Maria Lopez")
    house = authority("House CA")
    (tmp_path / "ca.pem").write_bytes(house.key_pem + house.pem)
    issue = ("openssl", "x509", "-req", "-in", made.request, "-CA", "ca.pem", "-CAkey", "ca.pem", "-days", "9")
    answer = tool(*issue, "-copy_extensions", "copyall", "-out", "issued.pem", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    issued = (tmp_path / "issued.pem").read_bytes()
    made.signer.write_bytes(made.signer.read_bytes() + issued + house.pem)
    signer = load_signer(made.signer)
    assert signer.certificate == x509.load_pem_x509_certificate(issued)
    assert signer.chain == (house.certificate,)
    assert signer.certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment


def test_openssl_accepts_the_self_made_certificate_where_it_is_trusted(tmp_path, tool):
    made = make_identity(tmp_path, "Maria Lopez")
    answer = tool("openssl", "verify", "-CAfile", made.certificate, made.certificate)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", ["", " Maria", "Maria\nLopez", "Maria\x1b[2J", "M" * 65, "\u202emaria"])
def test_a_name_that_no_certificate_can_carry_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(AssayError, match="cannot carry this name"):
        make_identity(tmp_path / "new", name)
    assert not (tmp_path / "new").exists()
