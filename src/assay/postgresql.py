"""PostgreSQL servers: an address without a password, the password where libpq looks for it, a connection."""

from __future__ import annotations

import os
import re
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from assay.errors import AssayError

_HERE = ("localhost", "127.0.0.1", "::1")
_HINT = "Write postgresql://user@host:port/database; the password is taken from PGPASSWORD or ~/.pgpass."
_FIELD = re.compile(r"((?:[^:\\]|\\.)*):")
_ESCAPED = re.compile(r"\\(.)")
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Address:
    """Where a database is and as whom it is asked."""

    user: str
    database: str
    host: str
    """`localhost` where a socket is named."""
    port: int
    socket: str | None
    """The folder of a socket of this machine."""
    certified: bool
    """Whether the server must show a certificate for its name: over a network, unless the address says otherwise."""


def read_address(address: str, told: str, *, error: type[AssayError] = AssayError) -> Address:
    """`postgresql://user@host:port/database?sslmode=…` or `?host=/folder`; errors call it `told`. Raises `error`."""
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        port = parts.port or 5432
    except ValueError:
        raise error("is no valid address", where=told, hint=_HINT) from None
    if parts.password is not None:
        raise error("a password in an address can be read by everybody on this machine", where=told, hint=_HINT)
    unknown = sorted(options.keys() - {"host", "sslmode"})
    if unknown or options.get("sslmode", "verify-full") not in ("disable", "verify-full"):
        what = f"the address has an option that is not known here: {unknown[0] if unknown else 'sslmode'}"
        hint = "Known are host=/folder/of/a/socket and sslmode=verify-full or disable."
        raise error(what, where=told, hint=hint)
    user, database, socket = unquote(parts.username or ""), unquote(parts.path[1:]), options.get("host")
    if not user or not database or parts.fragment or not options.get("host", "/").startswith("/"):
        raise error("is no valid address", where=told, hint=_HINT)
    host = "localhost" if socket else parts.hostname or "localhost"
    mode = options.get("sslmode", "disable" if host in _HERE else "verify-full")
    return Address(user, database, host, port, socket, socket is None and mode == "verify-full")


def connect(address: Address, told: str, *, patience: float, error: type[AssayError] = AssayError) -> Any:
    """A pg8000 connection, on which the server says something within so many seconds. Raises `error`."""
    try:
        from pg8000.native import Connection
    except ImportError:
        hint = "Install it: pip install 'assay[postgresql]'"
        raise error("PostgreSQL needs the package pg8000", where=told, hint=hint) from None
    socket, port = address.socket, address.port
    where = {"unix_sock": f"{socket}/.s.PGSQL.{port}"} if socket else {"host": address.host, "port": port}
    password = password_for(socket or address.host, port, address.database, address.user)
    tls = ssl.create_default_context(cafile=os.environ.get("PGSSLROOTCERT") or None) if address.certified else False
    try:
        return Connection(
            address.user, database=address.database, password=password, ssl_context=tls, timeout=patience,
            application_name="assay", **where,
        )  # fmt: skip
    except Exception as broken:  # noqa: BLE001  the driver takes apart what a foreign server sends
        details = broken.args[0] if broken.args and isinstance(broken.args[0], dict) else {}
        what = str(details.get("M", broken)).splitlines()[0][:300] if str(broken) else type(broken).__name__
        raise error(f"the database cannot be reached: {what}", where=told, hint=_HINT) from None


def password_for(host: str, port: int, database: str, user: str) -> str | None:
    """The password that libpq would take, None where there is none."""
    if "PGPASSWORD" in os.environ:
        return os.environ["PGPASSWORD"]
    path = Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
    try:
        if not path.is_file():
            return None
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise AssayError("others may read this password file", where=str(path), hint=f"chmod 600 {path}")
        with path.open(encoding="utf-8") as file:
            lines = file.read(_LARGEST).splitlines()
    except (OSError, ValueError):
        raise AssayError("the password file cannot be read", where=str(path)) from None
    asked = ("localhost" if host.startswith("/") else host, str(port), database, user)
    for line in lines:
        *pattern, password = _fields(line) or ("",)
        fits = (part in ("*", wanted) for part, wanted in zip(pattern, asked, strict=False))
        if len(pattern) == len(asked) and all(fits):
            return password
    return None


def _fields(line: str) -> list[str]:
    """`host:port:database:user:password`; a backslash stands before a colon or backslash that belongs to a part."""
    return [] if line.startswith("#") else [_ESCAPED.sub(r"\1", field) for field in _FIELD.findall(f"{line}:")[:5]]
