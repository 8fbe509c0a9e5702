from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from assay.attest.keys import load_signer
from assay.errors import AssayError, SignatureError
from attest.certificates import P256, certificate_for, pem_of


@pytest.mark.parametrize("name", ["signer.pem", "signer.p12", "signer"])
def test_a_file_is_known_by_what_it_holds_and_not_by_its_name(tmp_path, name):
    own = certificate_for(P256)
    path = tmp_path / name
    path.write_bytes(pem_of(P256, own))
    assert load_signer(path).certificate == own
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"me", P256, own, None, BestAvailableEncryption(b"x")))
    assert load_signer(str(path), password=b"x").certificate == own


def test_a_missing_file_is_a_wrong_command_and_the_nearest_name_is_told(tmp_path):
    (tmp_path / "signer.pem").write_text("")
    for name, hint in (("sgner.pem", "Did you mean `signer.pem`?"), ("none/key", "`assay keygen keys` makes")):
        with pytest.raises(AssayError, match="there is no such key file") as caught:
            load_signer(tmp_path / name)
        assert (caught.value.kind, caught.value.where) == ("invalid", str(tmp_path / name))
        assert caught.value.hint.startswith(hint)


def test_a_folder_and_no_path_are_errors_with_the_place(tmp_path):
    for path in (tmp_path, Path("a\0b"), Path("x" * 5000)):
        with pytest.raises(SignatureError) as caught:
            load_signer(path)
        assert caught.value.where == str(path)


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(SignatureError, match="too large"):
        load_signer(tmp_path / "huge")
