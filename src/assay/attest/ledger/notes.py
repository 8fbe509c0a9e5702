"""Signed notes (c2sp.org/signed-note) with Ed25519: the keys of a ledger, and text under their signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from assay.errors import AssayError, SignatureError, WriteError

LARGEST_NOTE = 256_000
MOST_SIGNATURES = 100
LONGEST_NAME = 300

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_DASH = "\N{EM DASH} "
_A_VERIFIER = "a verifier key looks like example.com/ledger+<8 hex digits>+<base64>"


class BrokenNote(AssayError):
    """A note, checkpoint or verifier key that is not what it says; nothing in it counts."""


@dataclass(frozen=True)
class Verifier:
    """The public half of a ledger's key, and the name that it signs under."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart. They are no fingerprint."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(_ED25519 + self.public)}"


@dataclass(frozen=True)
class LedgerKey:
    """The private half."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """What others need to check what this key signs."""
        return Verifier(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """Put a text, which ends with a line break, under this key's signature."""
        if not text.endswith("\n") or not _is_clean(text):
            raise ValueError("the text of a note is whole lines without control characters")
        signature = self.verifier.id + self._private().sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {encoded(signature)}\n".encode()

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Note:
    """The text of a signed note, and those of the keys given which signed it."""

    text: str
    signed_by: tuple[Verifier, ...]


def read_note(note: bytes, keys: Sequence[Verifier]) -> Note:
    """Read a signed note. Signatures by other keys than those given are ignored, as the format demands.

    Raises BrokenNote where the note is malformed, or where the signature of a given key does not fit the text.
    """
    text, lines = _split(note)
    by_key = {(key.name, key.id): key for key in keys}
    found: list[Verifier] = []
    for line in lines:
        name, identity, signature = _signature(line)
        key = by_key.get((name, identity))
        if key is None or key in found:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise BrokenNote(f"the signature of {name} does not fit the text: one of the two was changed") from None
        found.append(key)
    return Note(text, tuple(found))


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > LARGEST_NOTE:
        raise BrokenNote(f"a note of more than {LARGEST_NOTE} bytes is not read")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise BrokenNote("it is not a signed note: not UTF-8") from None
    if not _is_clean(whole):
        raise BrokenNote("it is not a signed note: control characters")
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise BrokenNote("it is not a signed note: text, a blank line, lines of signatures")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BrokenNote(f"a note with more than {MOST_SIGNATURES} signatures is not read")
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, data = line.removeprefix(_DASH).partition(" ")
    blob = decoded(data)
    if not line.startswith(_DASH) or not space or not is_key_name(name) or blob is None or len(blob) < 5:
        raise BrokenNote("it is not a signed note: a line of its signatures is malformed")
    return name, blob[:4], blob[4:]


def read_verifier(text: str, *, where: str = "") -> Verifier:
    """Read a verifier key: `<name>+<key id>+<base64>`."""
    name, identity, blob = _three_parts(text)
    if blob is None or len(blob) != 33 or blob[:1] != _ED25519 or not is_key_name(name):
        raise BrokenNote("this is not the verifier key of a ledger (Ed25519)", where=where, hint=_A_VERIFIER)
    key = Verifier(name, blob[1:])
    if key.id.hex() != identity:
        raise BrokenNote("this verifier key was not copied whole: its parts do not fit", where=where, hint=_A_VERIFIER)
    return key


def _three_parts(text: str) -> tuple[str, str, bytes | None]:
    name, plus, rest = text.partition("+")
    identity, second, data = rest.partition("+")
    return name, identity, decoded(data) if plus and second else None


def make_key(path: Path, name: str) -> LedgerKey:
    """Make a key and write it (mode 0600) to a file that is not there yet."""
    key = LedgerKey(name, Ed25519PrivateKey.generate().private_bytes_raw())
    line = f"{_PRIVATE}{name}+{key.verifier.id.hex()}+{encoded(_ED25519 + key.seed)}\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise AssayError(
            "there is a file here already, and a key is never overwritten",
            where=str(path),
            hint="move it away, or name another one with --key",
        ) from None
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise WriteError(f"the key cannot be written: {told.lower()}", where=str(path)[:200]) from None
    return key


def read_key(path: Path) -> LedgerKey:
    """Read the file of a ledger's private key."""
    where = str(path)[:200]
    try:
        with path.open("rb") as file:
            line = file.read(2000).decode().removesuffix("\n")
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "it is not text"
        raise SignatureError(
            f"the key of the ledger cannot be read: {told.lower()}",
            where=where,
            hint="`assay ledger new` writes it beside the ledger; name it with --key where it lies elsewhere",
        ) from None
    name, identity, blob = _three_parts(line.removeprefix(_PRIVATE))
    if not line.startswith(_PRIVATE) or blob is None or len(blob) != 33 or blob[:1] != _ED25519:
        raise SignatureError("is not the private key of a ledger", where=where, hint="it begins with PRIVATE+KEY+")
    key = LedgerKey(name, blob[1:])
    if not is_key_name(name) or key.verifier.id.hex() != identity:
        raise SignatureError("the key of the ledger is damaged: its parts do not fit", where=where)
    return key


def is_key_name(name: str) -> bool:
    """Whether a name may stand in a note: not empty, no blanks, no plus."""
    return 0 < len(name) <= LONGEST_NAME and not any(
        letter.isspace() or letter == "+" or letter < " " for letter in name
    )


def encoded(data: bytes) -> str:
    """Standard base64."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes | None:
    """Standard base64, None where it is not written in the one way that there is."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encoded(data) == text else None


def _is_clean(text: str) -> bool:
    return all(letter >= " " or letter == "\n" for letter in text)
