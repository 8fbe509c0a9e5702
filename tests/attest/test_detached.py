"""A file and the signatures beside it: who may add one, what is noticed, and what another program says of them."""

from datetime import UTC, datetime

import pytest

from assay.attest.detached import carried, sign_file, signature_files, signatures_of
from assay.errors import AssayError, PolicyError
from attest.pki import pki

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
PEOPLE = pki()
AUTHOR, APPROVER = PEOPLE.author, PEOPLE.approver


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_bytes(b"assay: waivers/v1\nwaivers: []\n")
    return path


def test_each_person_has_a_signature_beside_the_file_and_none_is_written_over(file):
    assert signatures_of(file) == ()
    assert sign_file(file, AUTHOR.signer, now=NOW).name == "w.yaml.p7s"
    first = file.with_name("w.yaml.p7s").read_bytes()
    assert sign_file(file, APPROVER.signer, now=NOW).name == "w.yaml.2.p7s"
    assert [one.certificate for one in signatures_of(file)] == [AUTHOR.certificate, APPROVER.certificate]
    assert file.with_name("w.yaml.p7s").read_bytes() == first
    assert sorted(path.name for path in file.parent.iterdir()) == ["w.yaml", "w.yaml.2.p7s", "w.yaml.p7s"]


def test_nobody_signs_twice(file):
    sign_file(file, AUTHOR.signer, now=NOW)
    with pytest.raises(AssayError, match="has signed this file already"):
        sign_file(file, AUTHOR.signer, now=NOW)


def test_a_file_that_was_changed_after_signing_is_an_error_that_names_the_signature(file):
    sign_file(file, AUTHOR.signer, now=NOW)
    file.write_bytes(file.read_bytes() + b"# later\n")
    for look in (lambda: signatures_of(file), lambda: sign_file(file, APPROVER.signer, now=NOW)):
        with pytest.raises(PolicyError, match="does not hold") as caught:
            look()
        assert caught.value.where.endswith("w.yaml.p7s")
        assert caught.value.kind == "invalid"


@pytest.mark.parametrize("junk", [b"", b"junk", b"\x30\x80", b"\x00" * 2_000_000])
def test_junk_in_the_place_of_a_signature_is_an_error_without_a_traceback(file, junk):
    file.with_name("w.yaml.p7s").write_bytes(junk)
    with pytest.raises(AssayError) as caught:
        signatures_of(file)
    assert "w.yaml.p7s" in caught.value.where


def test_only_files_called_like_signatures_are_looked_at(file):
    for name in ("w.yaml.p7s.bak", "w.yaml.1.p7s", "w.yaml.02.p7s", "other.yaml.p7s", "wxyaml.p7s"):
        file.with_name(name).write_bytes(b"junk")
    assert signature_files(file) == ()


def test_in_a_bundle_the_signatures_stand_beside_the_file_under_its_name_there(file):
    sign_file(file, AUTHOR.signer, now=NOW)
    sign_file(file, APPROVER.signer, now=NOW)
    there = carried(file, file.read_bytes(), "policy/waivers/01.yaml")
    assert sorted(there) == ["policy/waivers/01.yaml.2.p7s", "policy/waivers/01.yaml.p7s"]
    assert there["policy/waivers/01.yaml.p7s"] == file.with_name("w.yaml.p7s").read_bytes()


def test_openssl_accepts_the_signature_of_a_file(file, tool, tmp_path):
    root = tmp_path / "root.pem"
    root.write_bytes(PEOPLE.root.pem)
    signature = sign_file(file, AUTHOR.signer, now=NOW)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", file]
    done = tool(*command, "-CAfile", root, "-purpose", "any", "-out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    file.write_bytes(b"other\n")
    assert tool(*command, "-CAfile", root, "-purpose", "any", "-out", tmp_path / "out").returncode != 0


def test_a_file_that_is_not_there_is_no_bug(tmp_path):
    with pytest.raises(AssayError, match="cannot be read"):
        sign_file(tmp_path / "none.yaml", AUTHOR.signer, now=NOW)
