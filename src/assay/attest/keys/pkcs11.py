"""A signer whose key lies on a PKCS #11 token (smart card, security module) and never leaves it.

The token is opened, and the library that reaches it started and stopped, anew for each signature: nothing stays logged
in. A PIN is tried once: tokens lock after a few wrong ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from assay.attest.keys.password import Password, needed
from assay.attest.keys.signer import (
    EDWARDS_REFUSED,
    UNKNOWN_REFUSED,
    Signer,
    chain_of,
    common_name,
    readable,
    refusal,
    refuse_key,
    usable,
)
from assay.attest.keys.uri import TokenUri
from assay.errors import SignatureError

if TYPE_CHECKING:
    import pkcs11

    class _PrivateKey(pkcs11.PrivateKey, pkcs11.SignMixin):
        """A private key that signs, as the library makes it."""


_PROBE = b"assay tries the key of a token before it measures anything"
_LIBRARY = "pip install 'assay[pkcs11]'"

_ANSWERS = {
    "PinIncorrect": (
        "the token refuses the PIN",
        "it was tried once and is not tried again: a token locks after a few wrong PINs",
    ),
    "PinLocked": ("the token is locked after too many wrong PINs", "its PUK or its security officer unlocks it"),
    "PinExpired": ("the PIN has expired", "give the token a new one with the program of its maker"),
    "UserPinNotInitialized": ("the token has no PIN yet", "give it one with the program of its maker"),
    "UserAlreadyLoggedIn": ("this program is logged in to the token already", "log out there first"),
    "TokenNotPresent": ("the token is gone", "put it in again"),
    "TokenNotRecognised": ("the token cannot be read", "is it the right library for this token?"),
    "DeviceRemoved": ("the token was removed", "put it in again"),
    "MechanismInvalid": ("the token cannot sign as a report needs it", "it must know ECDSA, or RSA with SHA-256"),
    "KeyTypeInconsistent": ("the key is not one for signatures", "name another by object= or id="),
    "FunctionNotSupported": ("the token cannot sign", "is it the right library for this token?"),
}
"""What a token's library answers → what that means, and what to do."""
_ANSWERS |= dict.fromkeys(("PinInvalid", "PinLenRange"), _ANSWERS["PinIncorrect"])


@dataclass(frozen=True)
class _Access:
    """The way to one key."""

    uri: TokenUri
    pin: str | object | None = field(repr=False)
    """Text; a marker where the PIN is typed at the token itself; None where it takes none."""


def open_token(uri: TokenUri, password: Password, now: datetime) -> Signer:
    """Make a signer of a key and the certificates on its token. The key is tried once, so that nothing fails later.

    Raises SignatureError where library, token, key or certificate is missing, is not the only one, or is refused.
    """
    where = str(uri)
    with _token(uri) as token:
        uri = replace(uri, serial=_serial(token) or None)
        access = _Access(uri, _pin(token, password, where))
        with token.open(user_pin=access.pin) as session:
            certificates = _certificates(session)
            signature = _sign(_PROBE, _key(session, uri, where), access, where)
    own = [one for one in certificates if _belongs(signature, _PROBE, one)]
    if not own:
        raise SignatureError(
            "the token holds no certificate of this key",
            where=where,
            hint="store it there beside the key: `pkcs11-tool --write-object FILE --type cert --id …`",
        )
    refuse_key(own[0].public_key(), where)
    certificate = usable(own, where, now)
    name, chain = common_name(certificate.subject), chain_of(certificate, certificates)
    return Signer(name, certificate, chain, _signing(access, certificate, where), storage="token")


def _signing(access: _Access, certificate: x509.Certificate, where: str) -> Callable[[bytes], bytes]:
    def sign(data: bytes) -> bytes:
        with _token(access.uri) as token, token.open(user_pin=access.pin) as session:
            signature = _sign(data, _key(session, access.uri, where), access, where)
        if not _belongs(signature, data, certificate):
            raise SignatureError("the token signed with another key than before", where=where, hint="sign again")
        return signature

    return sign


@contextmanager
def _token(uri: TokenUri) -> Iterator[pkcs11.Token]:
    """The token, as long as it is needed; what its library answers becomes a SignatureError."""
    where = str(uri)
    try:
        import pkcs11
    except ImportError as error:
        raise SignatureError("keys on tokens need the package python-pkcs11", where=where, hint=_LIBRARY) from error
    try:
        library = pkcs11.lib(uri.module)
    except pkcs11.PKCS11Error as error:
        raise SignatureError(
            f"{uri.module} is no PKCS #11 library, or it does not start",
            where=where,
            hint="module-path names the library that came with the token, e.g. opensc-pkcs11.so",
        ) from error
    try:
        yield _only(list(library.get_tokens()), uri, where)
    except pkcs11.PKCS11Error as error:
        raise _told(error, where) from error
    finally:
        with suppress(pkcs11.PKCS11Error):
            library.finalize()


def _told(error: pkcs11.PKCS11Error, where: str) -> SignatureError:
    answer = type(error).__name__
    what, hint = _ANSWERS.get(answer, (f"the token's library answers {answer}", "try again, or ask its maker"))
    return SignatureError(what, where=where, hint=hint)


def _serial(token: pkcs11.Token) -> str:
    return token.serial.rstrip(b"\0").decode(errors="replace")


def _is_meant(token: pkcs11.Token, uri: TokenUri) -> bool:
    import pkcs11

    there = {
        "token": token.label,
        "serial": _serial(token),
        "manufacturer": token.manufacturer_id,
        "model": token.model,
    }
    named = all(getattr(uri, name) in (None, value) for name, value in there.items())
    return named and bool(token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED)


def _only(tokens: list[pkcs11.Token], uri: TokenUri, where: str) -> pkcs11.Token:
    meant = [token for token in tokens if _is_meant(token, uri)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(f"{token.label} (serial={_serial(token)})" for token in meant)
        raise SignatureError(f"{len(meant)} tokens match: {names}", where=where, hint="name one by serial=")
    labels = ", ".join(token.label for token in tokens if token.label) or "none"
    raise SignatureError("there is no such token", where=where, hint=f"tokens that are there: {labels}")


def _pin(token: pkcs11.Token, password: Password, where: str) -> str | object | None:
    import pkcs11
    from pkcs11.types import PROTECTED_AUTH

    flags = token.flags
    if not flags & pkcs11.TokenFlag.LOGIN_REQUIRED:
        return None
    if flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
        raise SignatureError(_ANSWERS["PinLocked"][0], where=where, hint=_ANSWERS["PinLocked"][1])
    if flags & pkcs11.TokenFlag.PROTECTED_AUTHENTICATION_PATH:
        return PROTECTED_AUTH
    last = " (a wrong one now locks it)" if flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY else ""
    try:
        return needed(password, f"PIN of the token {token.label}{last}", where).decode()
    except UnicodeDecodeError as error:
        raise SignatureError("the PIN is not text", where=where, hint="a PIN is digits or letters") from error


def _key(session: pkcs11.Session, uri: TokenUri, where: str) -> _PrivateKey:
    from pkcs11 import Attribute, ObjectClass

    private = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    named = {Attribute.LABEL: uri.object, Attribute.ID: uri.id}
    found = list(session.get_objects(private | {name: value for name, value in named.items() if value is not None}))
    if len(found) == 1:
        return cast("_PrivateKey", found[0])
    there = [_address(key) for key in (found or session.get_objects(private))]
    if found:
        raise SignatureError(f"{len(found)} keys match", where=where, hint=f"name one: {', '.join(there)}")
    hint = f"keys that are there: {', '.join(there) or 'none'}"
    raise SignatureError("there is no such private key on the token", where=where, hint=hint)


def _address(key: pkcs11.Object) -> str:
    from pkcs11 import Attribute

    label = ""
    with suppress(UnicodeDecodeError):
        label = key[Attribute.LABEL]
    return str(TokenUri("", object=label, id=key[Attribute.ID])).partition(":")[2]


def _certificates(session: pkcs11.Session) -> list[x509.Certificate]:
    """The certificates on the token; what cannot be read belongs to somebody else's program."""
    from pkcs11 import Attribute, ObjectClass
    from pkcs11.exceptions import AttributeTypeInvalid

    found = []
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        with suppress(ValueError, AttributeTypeInvalid):
            found.append(readable(x509.load_der_x509_certificate(one[Attribute.VALUE])))
    return found


def _sign(data: bytes, key: _PrivateKey, access: _Access, where: str) -> bytes:
    """ECDSA over a digest made here (few tokens know the mechanism that makes it), or RSA with SHA-256."""
    from pkcs11 import Attribute, KeyType, Mechanism
    from pkcs11.exceptions import AttributeTypeInvalid

    again = False
    with suppress(AttributeTypeInvalid):
        again = bool(key[Attribute.ALWAYS_AUTHENTICATE])
    pin = access.pin if again and isinstance(access.pin, str) else None
    if key.key_type == KeyType.RSA:
        return key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS, pin=pin)
    if key.key_type == KeyType.EC:
        both = key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA, pin=pin)
        half = len(both) // 2
        return encode_dss_signature(int.from_bytes(both[:half]), int.from_bytes(both[half:]))
    raise refusal(EDWARDS_REFUSED if key.key_type == KeyType.EC_EDWARDS else UNKNOWN_REFUSED, where)


def _belongs(signature: bytes, data: bytes, certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True
