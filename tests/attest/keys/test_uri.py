from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.attest.keys.uri import TokenUri, is_uri, read_uri
from assay.errors import SignatureError

MODULE = __file__  # any file: reading an address loads nothing
SECRET = "4711-secret"


def refusal(text):
    with pytest.raises(SignatureError) as caught:
        read_uri(text)
    told = str(caught.value)
    assert SECRET not in told
    assert caught.value.where == "pkcs11:"
    assert caught.value.hint
    return told


def test_an_address_names_token_key_and_library():
    uri = read_uri(f"pkcs11:token=My%20card;serial=0a1b;object=Schl%C3%BCssel;id=%01%ff?module-path={MODULE}")
    assert uri == TokenUri(MODULE, token="My card", serial="0a1b", object="Schlüssel", id=b"\x01\xff")
    assert str(uri) == "pkcs11:token=My%20card;serial=0a1b;object=Schl%C3%BCssel;id=%01%FF"


def test_an_address_as_other_programs_print_it_is_understood():
    printed = (
        "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=17a3;token=one;id=%01;object=k;type=private"
    )
    uri = read_uri(f"{printed}?module-path={MODULE}")
    assert (uri.model, uri.manufacturer, uri.token) == ("SoftHSM v2", "SoftHSM project", "one")


def test_only_an_address_is_one():
    assert is_uri("pkcs11:token=x")
    assert is_uri("PKCS11:token=x")
    assert not is_uri("pkcs11.pem")
    assert not is_uri("./pkcs11:token=x")


@pytest.mark.parametrize("place", [";pin-value={}?", "?pin-value={}&", "?", ";token=x?pin-value={}&"])
def test_a_pin_in_an_address_is_refused_and_never_repeated(place):
    text = f"pkcs11:object=k{place.format(SECRET)}module-path={MODULE}"
    if "pin" in place:
        assert "`pin-value` is not accepted" in refusal(text)
    assert "`pin-source` is not accepted" in refusal(f"pkcs11:object=k?pin-source=file:{SECRET}&module-path={MODULE}")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("pkcs11:", "which library"),
        ("pkcs11:token=x", "which library"),
        (f"pkcs11:token=x?{SECRET}", "no value"),
        (f"pkcs11:{SECRET}=x?module-path={MODULE}", "`…` is not known"),
        (f"pkcs11:tokn=x?module-path={MODULE}", "`tokn` is not known"),
        (f"pkcs11:token=?module-path={MODULE}", "`token` has no value"),
        (f"pkcs11:token=%zz?module-path={MODULE}", "`token` has no value"),
        (f"pkcs11:token=%ff?module-path={MODULE}", "`token` holds what is no text"),
        (f"pkcs11:token=%1b[2J?module-path={MODULE}", "`token` holds what is no text"),
        (f"pkcs11:token=x;token=y?module-path={MODULE}", "`token` is there twice"),
        (f"pkcs11:slot-id=1?module-path={MODULE}", "`slot-id` is not accepted"),
        ("pkcs11:token=x?module-name=softhsm2", "`module-name` is not accepted"),
        ("pkcs11:token=x?module-path=libsofthsm2.so", "no library of this machine"),
        ("pkcs11:token=x?module-path=/missing.so", "no library of this machine"),
        ("pkcs11:token=x?module-path=/", "no library of this machine"),
        (f"pkcs11:token=x;type=data?module-path={MODULE}", "the type is not that of a key"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(text, what):
    assert what in refusal(text)


@given(st.text())
def test_no_text_does_more_than_name_a_key_or_say_why_not(text):
    with suppress(SignatureError):
        assert isinstance(read_uri("pkcs11:" + text), TokenUri)


@given(st.text(min_size=1).filter(str.isprintable), st.binary(min_size=1))
def test_whatever_a_token_calls_a_key_it_can_be_named(label, number):
    uri = read_uri(f"{TokenUri('', object=label, id=number)}?module-path={MODULE}")
    assert (uri.object, uri.id) == (label, number)
