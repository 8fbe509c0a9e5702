import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.attest.asic import AsicManifest, UnreadableManifest, parse_manifest, render_manifest
from assay.attest.layout import SIGNATURE, signature, timestamp

DIGEST = "sha256:" + "ab" * 32
segments = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+@,=-]{0,10}[A-Za-z0-9]", fullmatch=True)
names = st.lists(segments, min_size=1, max_size=3).map("/".join)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: "sha256:" + raw.hex())


numbers = st.integers(1, 999)


@given(st.dictionaries(names, digests, max_size=5), st.one_of(numbers.map(signature), numbers.map(timestamp)))
def test_what_is_written_is_read_back(listed, by):
    assert parse_manifest(render_manifest(listed, by=by)) == AsicManifest(by, listed)


def test_the_manifest_has_the_form_of_en_319_162_1():
    text = render_manifest({"audit.json": DIGEST}).decode()
    assert '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"' in text
    assert f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>' in text
    assert '<asic:DataObjectReference URI="audit.json" MimeType="application/json">' in text
    assert "<ds:DigestValue>" + "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=" in text


def test_the_manifest_of_a_timestamp_says_that_it_is_one():
    reference = '<asic:SigReference URI="META-INF/timestamp002.tst" MimeType="application/vnd.etsi.timestamp-token"/>'
    assert reference in render_manifest({"audit.json": DIGEST}, by=timestamp(2)).decode()


def test_the_order_of_the_files_changes_no_byte():
    other = "sha256:" + "cd" * 32
    assert render_manifest({"a": DIGEST, "b": other}) == render_manifest({"b": other, "a": DIGEST})


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
GOOD = render_manifest({"audit.json": DIGEST})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "well-formed"),
        (b"\x00" * 100, "well-formed"),
        (GOOD[:-20], "well-formed"),
        (GOOD.replace(b"?>", b"?>" + LAUGHS.encode(), 1), "document type"),
        (GOOD.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16"), "not UTF-8"),
        (b'<?xml version="1.0" encoding="cp037"?>' + LAUGHS.encode("cp037"), "not UTF-8"),
        (b"<a>" * 100_000, "well-formed"),
        (b"<a/>", "not an ASiC manifest"),
        (GOOD.replace(b"pkcs7-signature", b"xml"), "does not name one signature"),
        (GOOD.replace(b'URI="META-INF/s', b'URI="../s'), "does not name one signature"),
        (GOOD.replace(b"SigReference", b"Reference"), "does not name one signature"),
        (GOOD.replace(b"/>\n", b"/><asic:SigReference/>\n", 1), "does not name one signature"),
        (GOOD.replace(b'URI="audit.json"', b'URI="../audit.json"'), "no name"),
        (GOOD.replace(b'URI="audit.json"', b'URI="%2e%2e/audit.json"'), "no name"),
        (GOOD.replace(b'URI="audit.json"', b'URI="/etc/passwd"'), "no name"),
        (GOOD.replace(b'URI="audit.json"', b'URI="a\\b"'), "no name"),
        (GOOD.replace(b"xmlenc#sha256", b"xmldsig#sha1"), "not SHA-256"),
        (GOOD.replace(b"q6urq6ur", b"q6urq6u*"), "not base64"),
        (GOOD.replace(b"q6urq6ur", b""), "32 bytes"),
        (b" " * 16_000_001, "larger"),
    ],
)
def test_a_manifest_that_is_not_a_plain_list_is_refused_with_the_reason(data, why):
    with pytest.raises(UnreadableManifest, match=why):
        parse_manifest(data)


def test_a_file_listed_twice_is_refused():
    entry = GOOD[GOOD.index(b"  <asic:Data") : GOOD.index(b"</asic:ASiC")]
    with pytest.raises(UnreadableManifest, match="twice"):
        parse_manifest(GOOD.replace(entry, entry + entry))
