"""Reading a trust file: every fault of it and of the files it names has its sentence and its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ObjectIdentifier

from assay.attest.trust.file import load_trust
from assay.errors import PolicyError, Problems
from attest.pki import authority, crl, part, person

ROOT, OTHER = authority("Root"), authority("Other Root")
HOUSE = authority("House", ROOT)
MARIA = person("Maria", HOUSE)
KEY = x509.ReasonFlags.key_compromise

V_KEY = "bank.example/assay+2f5c8d1e+AQ" + "A" * 40 + "=="


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    (tmp_path / "leaf.pem").write_bytes(MARIA.pem)
    (tmp_path / "key.pem").write_bytes(ROOT.pem + ROOT.key_pem)
    (tmp_path / "text.pem").write_text("nothing")
    (tmp_path / "cut.pem").write_bytes(ROOT.pem.replace(b"M", b"N", 1))
    (tmp_path / "house.crl").write_bytes(crl(HOUSE))
    delta = (x509.DeltaCRLIndicator(1), True)
    (tmp_path / "delta.crl").write_bytes(crl(HOUSE, extra=[delta]))
    (tmp_path / "indirect.crl").write_bytes(crl(HOUSE, extra=[part(indirect_crl=True)]))
    some = part(only_some_reasons=frozenset([KEY]))
    (tmp_path / "some.crl").write_bytes(crl(HOUSE, extra=[some]))
    attributes = part(only_contains_attribute_certs=True)
    (tmp_path / "attributes.crl").write_bytes(crl(HOUSE, extra=[attributes]))
    strange = (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    (tmp_path / "strange.crl").write_bytes(crl(HOUSE, extra=[strange]))
    busy = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    (tmp_path / "busy.ocsp").write_bytes(busy.public_bytes(Encoding.DER))
    (tmp_path / "folder").mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.pem"
    outside.write_bytes(ROOT.pem)
    (tmp_path / "link.pem").symlink_to(outside)
    return tmp_path


A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("roots: [leaf.pem]", '2:9: `leaf.pem` holds "Maria", which is no authority (CA)'),
        ("roots: [root.pem, text.pem]", "2:19: `text.pem` holds no certificate in PEM"),
        ("roots: [cut.pem]", "`cut.pem` holds a damaged certificate"),
        ("roots: [key.pem]", "`key.pem` holds a private key"),
        ("roots: [house.crl]", "`house.crl` holds no certificate in PEM"),
        ("roots: [missing.pem]", "`missing.pem` is not there"),
        ("roots: [folder]", "`folder` is no file"),
        ("roots: [/etc/hostname]", "`/etc/hostname` is an absolute path"),
        ("roots: [../root.pem]", "`../root.pem` leads out of the folder"),
        ("roots: [link.pem]", "`link.pem` leads out of the folder"),
        ('roots: ["a\\0b"]', "is not allowed in a text"),
        ("timestamp_roots: [leaf.pem]", "which is no authority"),
        ("revocation: [delta.crl]", "`delta.crl` is a delta list, which only says what has changed"),
        ("revocation: [indirect.crl]", "`indirect.crl` is an indirect list, about the certificates of other"),
        ("revocation: [some.crl]", "`some.crl` is a part of a list"),
        ("revocation: [attributes.crl]", "`attributes.crl` is a part of a list"),
        ("revocation: [strange.crl]", "has a critical extension that is not understood (1.2.3.4)"),
        ("revocation: [busy.ocsp]", "is an OCSP answer that says nothing of a certificate (try later)"),
        ("revocation: [root.pem]", "`root.pem` holds neither a revocation list nor an OCSP answer"),
        ("people: [{id: m}]", "a person is known by `certificates` or by `subject`"),
        ("people: [{id: m, certificates: [abc]}]", "a certificate is named by `sha256:` and 64 small hex digits"),
        (f"people: [{{id: m, certificates: ['{A.upper()}']}}]", "64 small hex digits"),
        (
            f"people: [{{id: m, certificates: ['{A}']}}, {{id: M, certificates: ['{B}']}}]",
            "the person `M` is there twice",
        ),
        (
            f"people: [{{id: m, certificates: ['{A}']}}, {{id: n, certificates: ['{A}']}}]",
            "this certificate is that of m too",
        ),
        (
            "roots: [root.pem]\npeople: [{id: m, subject: 'CN=M'}, {id: n, subject: 'CN=M'}]",
            "this subject is that of m too",
        ),
        ("roots: [root.pem]\npeople: [{id: m, subject: Maria}]", "`subject` is no name as RFC 4514 writes it"),
        ("roots: [root.pem]\npeople: [{id: m, subject: 'CN=M, O=X'}]", "`subject` is no name as RFC 4514 writes it"),
        ("roots: [root.pem]\npeople: [{id: m, subject: ''}]", "`subject` is no name as RFC 4514 writes it"),
        ("people: [{id: m, subject: 'CN=M'}]", "a subject counts only below `roots`, and there are none"),
        (f"people: [{{id: m, certificates: ['{A}'], meanings: [boss]}}]", 'cannot be "boss"'),
        ("bundle: {timestamp: true}", "no timestamp can be trusted: there are no `timestamp_roots`"),
        ("bundle: {meanings: [author, chef]}", 'cannot be "chef"'),
        ("ledgers: [bank]", "a ledger's verifier key is written `<origin>+<8 hex digits>+<base64>`, found 'bank'"),
        ("ledgers: ['bank+12345678+!!']", "verifier key"),
        ("root: [root.pem]", "unknown key `root`"),
    ],
)
def test_a_trust_file_that_cannot_be_used_says_why_and_where(text, told, here):
    (here / "trust.yaml").write_text(f"assay: trust/v1\n{text}\n")
    with pytest.raises((PolicyError, Problems)) as caught:
        load_trust(here / "trust.yaml")
    assert told in str(caught.value)
    assert f"{here}/trust.yaml:" in str(caught.value)
    assert caught.value.kind == "invalid"


def test_all_errors_of_the_files_are_told_at_once_in_their_order(here):
    (here / "trust.yaml").write_text("assay: trust/v1\nroots: [leaf.pem]\nrevocation: [delta.crl, missing.crl]\n")
    with pytest.raises(Problems) as caught:
        load_trust(here / "trust.yaml")
    told = [problem.where.rpartition("/")[2] for problem in caught.value.problems]
    assert told == ["trust.yaml:2:9", "trust.yaml:3:14", "trust.yaml:3:25"]


def test_a_file_that_is_too_large_is_not_read_to_its_end(here, monkeypatch):
    monkeypatch.setattr("assay.attest.trust.file.LARGEST_ROOTS", 100)
    (here / "trust.yaml").write_text("assay: trust/v1\nroots: [root.pem]\n")
    with pytest.raises(PolicyError, match="is larger than 100 bytes"):
        load_trust(here / "trust.yaml")


def test_a_whole_trust_file_is_read(here):
    (here / "both.pem").write_bytes(ROOT.pem + OTHER.pem)
    crl_pem = x509.load_der_x509_crl(crl(ROOT)).public_bytes(Encoding.PEM)
    (here / "root.crl").write_bytes(crl_pem)
    (here / "trust.yaml").write_text(
        "assay: trust/v1\nroots: [both.pem, root.pem]\nrevocation: [house.crl, root.crl]\n"
        f"people: [{{id: m, certificates: ['{A}'], meanings: [author]}}]\nledgers: ['{V_KEY}']\n"
    )
    trust = load_trust(here / "trust.yaml")
    assert trust.roots == (ROOT.certificate, OTHER.certificate)
    assert len(trust.lists) == 2
    assert trust.checks_revocation
    assert trust.trust.ledgers == (V_KEY,)
    assert trust.may_mean("m", "author")
    assert not trust.may_mean("m", "approver")
    assert trust.may_mean(None, "approver")
