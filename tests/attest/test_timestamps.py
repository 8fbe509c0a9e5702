from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms, tsp

from assay.attest.timestamps import BrokenTimestamp, HttpAuthority, read_timestamp
from assay.errors import SignatureError
from attest.pki import person, timestamper
from attest.tsa import serving

CONTENT = b"what was signed"
REPLY = {"Content-Type": "application/timestamp-reply"}


@pytest.fixture(scope="module")
def token(tsa) -> bytes:
    return HttpAuthority(tsa.url).token(CONTENT)


def test_a_timestamp_of_openssl_holds_over_its_content_and_tells_who_made_it_when(token, pki):
    found = read_timestamp(token, CONTENT)
    assert abs(found.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.certificate == pki.stamper.certificate
    assert found.chain == pki.stamper.chain
    assert found.policy == "1.2.3.4.1"
    assert found.serial > 0


def test_openssl_verifies_the_token_that_was_kept(token, tsa, tmp_path, tool):
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "token.tst").write_bytes(token)
    answer = tool("openssl", "ts", "-verify", "-data", "content", "-in", "token.tst", "-token_in", "-CAfile", tsa.root,
                  cwd=tmp_path)  # fmt: skip
    assert "Verification: OK" in answer.stdout, answer.stderr


def test_a_timestamp_for_other_bytes_is_none_for_these(token):
    with pytest.raises(BrokenTimestamp, match="made for other bytes"):
        read_timestamp(token, CONTENT + b".")


def test_no_changed_byte_moves_a_timestamp_or_its_maker(token):
    good = read_timestamp(token, CONTENT)
    for place in range(0, len(token), 3):
        bad = bytearray(token)
        bad[place] ^= 1
        try:
            found = read_timestamp(bytes(bad), CONTENT)
        except BrokenTimestamp:
            continue
        assert (found.time, found.certificate, found.serial, found.policy) == (
            good.time, good.certificate, good.serial, good.policy,
        ), place  # fmt: skip


@pytest.mark.parametrize("token", [b"", b"garbage", b"\x30\x80", b"0" * 2_000_000])
def test_garbage_is_a_broken_timestamp(token):
    with pytest.raises(BrokenTimestamp):
        read_timestamp(token, CONTENT)


def test_a_signature_of_a_person_is_no_timestamp(signer):
    from assay.attest.cades import sign_detached

    with pytest.raises(BrokenTimestamp):
        read_timestamp(sign_detached(CONTENT, signer, now=datetime.now(UTC)), CONTENT)


def test_a_certificate_not_meant_for_timestamping_makes_none(token, pki):
    """The token again, signed by somebody with an ordinary certificate below the same root."""
    for other in (person("A person", pki.stamp_root), timestamper("No purpose", pki.stamp_root, purpose=False)):
        with pytest.raises(BrokenTimestamp, match="not one for timestamping"):
            read_timestamp(signed_again(token, other), CONTENT)
    assert read_timestamp(signed_again(token, timestamper("Another", pki.stamp_root)), CONTENT)


def signed_again(token, issued):
    from asn1crypto import x509
    from cryptography.hazmat.primitives import hashes

    info = cms.ContentInfo.load(token)
    data = info["content"]
    own = x509.Certificate.load(issued.der)
    data["certificates"] = [cms.CertificateChoices("certificate", own)]
    signer = data["signer_infos"][0]
    signer["sid"] = cms.SignerIdentifier(
        "issuer_and_serial_number",
        cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
    )
    reference = tsp.ESSCertIDv2({"cert_hash": issued.certificate.fingerprint(hashes.SHA256())})
    attributes = [one for one in signer["signed_attrs"] if one["type"].native != "signing_certificate_v2"]
    attributes.append(
        cms.CMSAttribute(
            {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [reference]})]}
        )
    )
    signer["signed_attrs"] = cms.CMSAttributes(attributes)
    signer["signature"] = issued.signer.sign(signer["signed_attrs"].untag().dump())
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump(force=True)


def test_a_certificate_carried_beside_its_own_cannot_take_its_place(token, pki):
    """The signed attributes name the signer's certificate: swapping it for another with the same key is noticed."""
    twin = timestamper("Twin", pki.stamp_root)
    info = cms.ContentInfo.load(signed_again(token, twin))
    again = person("Twin", pki.stamp_root, key=twin.key, serial=twin.certificate.serial_number)
    from asn1crypto import x509

    info["content"]["certificates"] = [cms.CertificateChoices("certificate", x509.Certificate.load(again.der))]
    with pytest.raises(BrokenTimestamp, match="does not name its signer's certificate"):
        read_timestamp(info.dump(force=True), CONTENT)


@pytest.mark.parametrize("url", ["", "ftp://a/b", "file:///etc/passwd", "http://", "tsa.example.org"])
def test_only_http_addresses_are_asked(url):
    with pytest.raises(SignatureError, match="http or https"):
        HttpAuthority(url)


def test_an_authority_that_is_not_there_is_one_clear_error():
    with pytest.raises(SignatureError, match="cannot be reached"):
        HttpAuthority("http://127.0.0.1:1/tsa", seconds=2).token(CONTENT)


def test_a_redirect_is_not_followed(tsa):
    with serving(lambda _: (307, {"Location": tsa.url}, b"")) as url, pytest.raises(SignatureError, match="redirect"):
        HttpAuthority(url).token(CONTENT)
    away = {"Location": "file:///etc/passwd"}
    with serving(lambda _: (302, away, b"")) as url, pytest.raises(SignatureError, match="redirect"):
        HttpAuthority(url).token(CONTENT)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((500, REPLY, b""), "status 500"),
        ((200, {"Content-Type": "text/html"}, b"<p>Sign in</p>"), "text/html"),
        ((200, REPLY, b""), "cannot be read"),
        ((200, REPLY, b"0" * 1_000_001), "larger than"),
        ((200, REPLY, b"\x30\x0f\x30\x0d\x02\x01\x02\x30\x08\x0c\x06no way"), r"refuses: rejection \(no way\)"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_timestamp_is_told_as_what_it_is(answer, told):
    with serving(lambda _: answer) as url, pytest.raises(SignatureError, match=told):
        HttpAuthority(url).token(CONTENT)


def test_an_answer_given_to_somebody_else_is_refused(tsa):
    """Replayed: the right bytes, an old token. The nonce tells."""
    kept = []

    def replay(question: bytes):
        if not kept:
            kept.append(ask(tsa.url, question))
        return 200, REPLY, kept[0]

    with serving(replay) as url:
        authority = HttpAuthority(url)
        authority.token(CONTENT)
        with pytest.raises(SignatureError, match="nonce"):
            authority.token(CONTENT)
        with pytest.raises(SignatureError, match="other bytes"):
            authority.token(b"something else")


def ask(url: str, question: bytes) -> bytes:
    import urllib.request

    request = urllib.request.Request(url, question, {"Content-Type": "application/timestamp-query"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def test_a_slow_drip_ends_in_time():
    import http.server
    import threading
    import time

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            for _ in range(40):
                try:
                    self.wfile.write(b"0")
                except OSError:
                    return
                time.sleep(0.1)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(SignatureError, match=r"takes more than 0\.5 seconds"):
            HttpAuthority(f"http://127.0.0.1:{server.server_port}/", seconds=0.5).token(CONTENT)
    finally:
        server.shutdown()
        server.server_close()
