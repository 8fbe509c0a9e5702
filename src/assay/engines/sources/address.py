"""The address of a PostgreSQL server, and a connection to it; the password is never part of the address."""

from __future__ import annotations

import os
import re
import ssl
import stat
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from assay.errors import DataError
from assay.record.pipeline import is_loopback

PATIENCE = 600
"""Seconds in which the server says something."""
_HINT = "Write postgresql://user@host:port/database; the password is taken from PGPASSWORD or ~/.pgpass."
_FIELD = re.compile(r"((?:[^:\\]|\\.)*):")
_ESCAPED = re.compile(r"\\(.)")
_LARGEST = 1_000_000


def connect(address: str, told: str) -> Any:
    """A pg8000 connection. A server on another machine shows a certificate for its name."""
    try:
        from pg8000.native import Connection
    except ImportError:
        hint = "Install it: pip install 'assay[postgresql]'"
        raise DataError("data in PostgreSQL need the package pg8000", where=told, hint=hint) from None
    parts, options, port = _read(address, told)
    user, database = unquote(parts.username or ""), unquote(parts.path[1:])
    _refuse(parts, options, user, database, told)
    host, socket = parts.hostname or "localhost", options.get("host")
    where = {"unix_sock": f"{socket}/.s.PGSQL.{port}"} if socket else {"host": host, "port": port}
    password = _password(socket or host, port, database, user)
    tls = False if socket else _tls(host, options)
    try:
        return Connection(
            user, database=database, password=password, ssl_context=tls, timeout=PATIENCE, application_name="assay",
            **where,
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001  the driver takes apart what a foreign server sends
        details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        what = str(details.get("M", error)).splitlines()[0][:300] if str(error) else type(error).__name__
        raise DataError(f"the database cannot be reached: {what}", where=told, hint=_HINT) from None


def host_of(address: str, where: str) -> str:
    """The host that `connect` would ask; a socket is this machine's own. Raises DataError."""
    parts, options, _ = _read(address, where)
    return "localhost" if "host" in options else parts.hostname or "localhost"


def _read(address: str, told: str) -> tuple[SplitResult, dict[str, str], int]:
    try:
        parts = urlsplit(address)
        return parts, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query))), parts.port or 5432
    except ValueError:
        raise DataError("is no valid address", where=told, hint=_HINT) from None


def _refuse(parts: SplitResult, options: dict[str, str], user: str, database: str, told: str) -> None:
    unknown = sorted(options.keys() - {"host", "sslmode"})
    if unknown or options.get("sslmode", "verify-full") not in ("disable", "verify-full"):
        what = f"the address has an option that is not known here: {unknown[0] if unknown else 'sslmode'}"
        hint = "Known are host=/folder/of/a/socket and sslmode=verify-full or disable."
        raise DataError(what, where=told, hint=hint)
    if options.get("sslmode") == "disable" and "host" not in options and not is_loopback(parts.hostname or "localhost"):
        what = f"without a certificate anybody can be {parts.hostname}: sslmode=disable is for this machine alone"
        hint = "Leave sslmode out; PGSSLROOTCERT names the certificate of an authority of your own."
        raise DataError(what, where=told, hint=hint)
    if not user or not database or parts.fragment or not options.get("host", "/").startswith("/"):
        raise DataError("is no valid address", where=told, hint=_HINT)


def _tls(host: str, options: dict[str, str]) -> ssl.SSLContext | bool:
    """On the machine itself nobody listens."""
    mode = options.get("sslmode", "disable" if is_loopback(host) else "verify-full")
    if mode == "disable":
        return False
    return ssl.create_default_context(cafile=os.environ.get("PGSSLROOTCERT") or None)


def _password(host: str, port: int, database: str, user: str) -> str | None:
    """The password that libpq would take, None where there is none."""
    if "PGPASSWORD" in os.environ:
        return os.environ["PGPASSWORD"]
    path = Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
    try:
        if not path.is_file():
            return None
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise DataError("others may read this password file", where=str(path), hint=f"chmod 600 {path}")
        with path.open(encoding="utf-8") as file:
            lines = file.read(_LARGEST).splitlines()
    except (OSError, ValueError):
        raise DataError("the password file cannot be read", where=str(path)) from None
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
