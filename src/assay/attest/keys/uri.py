"""The address of a key on a token: `pkcs11:token=Office;object=signing?module-path=/usr/lib/….so` (RFC 7512)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from assay.errors import SignatureError

_SCHEME = "pkcs11:"
_PATH = ("token", "serial", "manufacturer", "model", "object", "id", "type")
_KINDS = ("private", "public", "cert")
_EXAMPLE = "pkcs11:token=Office;object=signing?module-path=/usr/lib/softhsm/libsofthsm2.so"
_NAMED = f"write e.g. {_EXAMPLE}"
_REFUSED = {
    "pin-value": "passwords are not taken from a command line, where everybody on the machine can read them",
    "pin-source": "assay reads the PIN from a prompt, --password-fd or --password-env",
    "module-name": "name the whole path of the library with module-path",
    "slot-id": "a slot changes its number; name the token by token= or serial=",
}
_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class TokenUri:
    """Which key on which token, and the library that reaches it. None: whatever there is, if there is only one."""

    module: str
    token: str | None = None
    """The label of the token."""
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    object: str | None = None
    """The label of the key."""
    id: bytes | None = None

    def __str__(self) -> str:
        """The address without its library."""
        named = {name: getattr(self, name) for name in _PATH if name != "type"}
        parts = [f"{name}={quote(value, safe='')}" for name, value in named.items() if value]
        return _SCHEME + ";".join(parts)


def is_uri(where: str) -> bool:
    """Say whether this names a token rather than a file."""
    return where[: len(_SCHEME)].lower() == _SCHEME


def read_uri(text: str) -> TokenUri:
    """Read an address. Raises SignatureError, which never repeats a value: there could be a PIN in it."""
    path, _, query = text[len(_SCHEME) :].partition("?")
    named = _attributes([part for part in (*path.split(";"), *query.split("&")) if part])
    for name, hint in _REFUSED.items():
        if name in named:
            raise _error(f"`{name}` is not accepted", hint)
    unknown = sorted(set(named) - {*_PATH, "module-path"})
    if unknown:
        raise _error(f"`{_shown(unknown[0])}` is not known here", f"known are {', '.join(_PATH)} and module-path")
    if "module-path" not in named:
        raise _error("it does not say which library reaches the token", f"add ?module-path=; {_NAMED}")
    texts = {name: _text(name, value) for name, value in named.items() if name != "id"}
    module, kind = texts.pop("module-path"), texts.pop("type", "private")
    if not Path(module).is_absolute() or not Path(module).is_file():
        raise _error("module-path names no library of this machine", f"it is the whole path of a file; {_NAMED}")
    if kind not in _KINDS:
        raise _error("the type is not that of a key", f"leave it out; {_NAMED}")
    return TokenUri(module, id=named.get("id"), **texts)


def _attributes(parts: list[str]) -> dict[str, bytes]:
    found = dict[str, bytes]()
    for part in parts:
        name, _, value = part.partition("=")
        if not value or _BROKEN.search(value):
            raise _error(f"`{_shown(name)}` has no value that can be read", _NAMED)
        if name in found:
            raise _error(f"`{_shown(name)}` is there twice", _NAMED)
        found[name] = unquote_to_bytes(value)
    return found


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not text.isprintable():
        raise _error(f"`{name}` holds what is no text", _NAMED)
    return text


def _shown(name: str) -> str:
    """An attribute's name as far as it is one; anything else could be a part of a PIN."""
    return name if re.fullmatch("[a-z-]{1,20}", name) else "…"


def _error(what: str, hint: str) -> SignatureError:
    return SignatureError(what, where=_SCHEME, hint=hint)
