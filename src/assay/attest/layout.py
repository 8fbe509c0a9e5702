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
STATEMENT = "statement.dsse.json"
PROOF = "ledger/proof.txt"
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
    "p7s": "application/pkcs7-signature",
    "tst": "application/vnd.etsi.timestamp-token",
}


MOST_ROUNDS = 999

_OF_A_ROUND = re.compile(
    r"(?:META-INF/(?:ASiCManifest(?P<m>\d{3})\.xml|signature(?P<s>\d{3})\.p7s|timestamp(?P<t>\d{3})\.tst)"
    r"|signatures/(?P<j>\d{3})\.json|report\.(?P<r>[1-9]\d{0,2})\.pdf|SHA256SUMS\.(?P<h>[1-9]\d{0,2}))",
    re.ASCII | re.IGNORECASE,
)


def asic_manifest(number: int) -> str:
    """The list of files that a round signs or timestamps."""
    return f"META-INF/ASiCManifest{number:03d}.xml"


def signature(number: int) -> str:
    """The signature over the list of a round."""
    return f"META-INF/signature{number:03d}.p7s"


def timestamp(number: int) -> str:
    """The timestamp over the list of a round."""
    return f"META-INF/timestamp{number:03d}.tst"


def signing(number: int) -> str:
    """What the signer of a round says of the signature."""
    return f"signatures/{number:03d}.json"


def report(number: int) -> str:
    """The PDF report of a round, with one signature or timestamp more than the one before."""
    return PDF if number == 1 else f"report.{number}.pdf"


def sums(number: int) -> str:
    """The digests of a round, for `sha256sum -c`."""
    return SUMS if number == 1 else f"{SUMS}.{number}"


def round_of(name: str) -> int | None:
    """The number of the round which a file belongs to by its name; None for the files of the first one."""
    match = _OF_A_ROUND.fullmatch(name)
    return next((int(digits) for digits in match.groups() if digits), None) if match else None


def is_safe_name(name: str) -> bool:
    """Say whether a name may stand in a bundle: relative, `/` between plain ASCII segments, no `..`, no blanks.

    The same name then means the same file in a folder, a zip, a URI and a line of SHA256SUMS, on every system.
    """
    return len(name) <= 500 and all(_SEGMENT.fullmatch(part) and not part.endswith(".") for part in name.split("/"))


def media_type(name: str) -> str:
    """Give the media type by the ending of the name."""
    if name == MIMETYPE or name.startswith(SUMS):
        return "text/plain"
    return _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
