"""The names inside a bundle, and which names are allowed there."""

from __future__ import annotations

import re

AUDIT = "audit.json"
GATE = "gate.json"
HTML = "report.html"
PDF = "report.pdf"
MIMETYPE = "mimetype"
SUMS = "SHA256SUMS"
INSTRUCTIONS = "VERIFY.txt"
ASIC_MANIFEST = "META-INF/ASiCManifest001.xml"
SIGNATURE = "META-INF/signature001.p7s"

ASIC_E = "application/vnd.etsi.asic-e+zip"
"""What the file `mimetype` holds, with no end of line."""

PARTIAL = re.compile(r"^\..+\.partial-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}$")
"""The folder of a run which has not finished, or never will."""

_SEGMENT = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.+@,=-]{0,199}$")
_MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "yaml": "application/yaml",
    "xml": "application/xml",
    "md": "text/markdown",
    "txt": "text/plain",
}


def is_safe_name(name: str) -> bool:
    """Say whether a name may stand in a bundle: relative, `/` between plain ASCII segments, no `..`, no blanks.

    The same name then means the same file in a folder, a zip, a URI and a line of SHA256SUMS, on every system.
    """
    return len(name) <= 500 and all(_SEGMENT.match(part) and not part.endswith(".") for part in name.split("/"))


def media_type(name: str) -> str:
    """Give the media type by the ending of the name."""
    if name in (MIMETYPE, SUMS):
        return "text/plain"
    return _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
