"""The password of a PostgreSQL user: from PGPASSWORD or the password file, never from the command line."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from assay.errors import AssayError

_FIELD = re.compile(r"((?:[^:\\]|\\.)*):")
_ESCAPED = re.compile(r"\\(.)")
_LARGEST = 1_000_000


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
