"""Reading a signer from wherever its key lies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from assay.attest.keys.password import Password
from assay.attest.keys.pem import read_pem
from assay.attest.keys.pkcs11 import open_token
from assay.attest.keys.pkcs12 import is_der, read_pkcs12
from assay.attest.keys.signer import Signer
from assay.attest.keys.uri import is_uri, read_uri
from assay.errors import AssayError, SignatureError
from assay.source.told import nearest

_LARGEST_FILE = 1_000_000
_PLACES = "a key lies in a PEM file, a PKCS #12 file, or on a token (`pkcs11:token=…?module-path=…`)"


def load_signer(where: str | Path, *, password: Password = None, now: datetime | None = None) -> Signer:
    """Read private key, certificate and chain from a PEM file, a PKCS #12 file or a token named by a `pkcs11:` URI.

    The password (or PIN) is asked for only where one is needed; `now` is the time a certificate must hold at.

    Raises SignatureError for a place that cannot be read, holds no matching pair, a key which verifiers of the report
    do not accept (anything but P-256 and RSA of at least 3072 bits), or a certificate that does not hold now.

    A `pkcs11:` URI names a library whose code is run. It comes from who signs, never from a file that is looked at.
    """
    moment = now or datetime.now(UTC)
    if is_uri(str(where)):
        return open_token(read_uri(str(where)), password, moment)
    data = _read(Path(where))
    read = read_pkcs12 if is_der(data) else read_pem
    return read(data, str(where), password, moment)


def _read(path: Path) -> bytes:
    where = str(path)
    try:
        if path.exists() and not path.is_file():
            raise SignatureError("that is no plain file", where=where, hint=_PLACES)
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        there = [other.name for other in path.parent.glob("*.p*")] if path.parent.is_dir() else []
        hint = nearest(path.name, there) or "`assay keygen keys` makes keys/signer.pem, a demo identity"
        raise AssayError("there is no such key file", where=where, hint=hint) from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SignatureError(
            f"the key file cannot be read: {why}",
            where=where,
            hint=_PLACES,
        ) from error
    if len(data) > _LARGEST_FILE:
        raise SignatureError("the file is too large for a key", where=where, hint=_PLACES)
    return data
