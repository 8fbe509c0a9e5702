"""The ASiC manifest (ETSI EN 319 162-1): every file of the bundle with its digest.

This list is what is signed or timestamped, once per round.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from assay.attest.layout import SIGNATURE, is_safe_name, media_type

LARGEST_MANIFEST = 16_000_000

_ASIC = "http://uri.etsi.org/02918/v1.2.1#"
_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{_XMLDSIG}">
"""


class UnreadableManifest(ValueError):
    """An ASiC manifest that says nothing reliable; the text says why."""


@dataclass(frozen=True)
class AsicManifest:
    """What a manifest says."""

    by: str
    """The file that signs or timestamps it."""
    digests: dict[str, str]
    """name → `sha256:…`."""


def render_manifest(digests: Mapping[str, str], *, by: str = SIGNATURE) -> bytes:
    """Write the manifest over `name → sha256:…`, sorted by name, which the file `by` signs or timestamps."""
    reference = f'  <asic:SigReference URI="{by}" MimeType="{media_type(by)}"/>\n'
    objects = (
        f'  <asic:DataObjectReference URI="{quote(name)}" MimeType="{media_type(name)}">\n'
        f'    <ds:DigestMethod Algorithm="{_SHA256}"/>\n'
        f"    <ds:DigestValue>{_base64(digests[name])}</ds:DigestValue>\n"
        "  </asic:DataObjectReference>\n"
        for name in sorted(digests)
    )
    return (_HEAD + reference + "".join(objects) + "</asic:ASiCManifest>\n").encode()


def parse_manifest(data: bytes) -> AsicManifest:
    """Read a manifest. Raises UnreadableManifest for anything but a plain list of safe names and digests."""
    root = _tree(data)
    if root.tag != f"{{{_ASIC}}}ASiCManifest":
        raise UnreadableManifest("it is not an ASiC manifest")
    references = root.findall(f"{{{_ASIC}}}SigReference")
    by = references[0].get("URI", "") if len(references) == 1 else ""
    if not is_safe_name(by) or references[0].get("MimeType") != media_type(by):
        raise UnreadableManifest("it does not name one signature or timestamp")
    digests: dict[str, str] = {}
    for element in root.findall(f"{{{_ASIC}}}DataObjectReference"):
        name, found = _entry(element)
        if name in digests:
            raise UnreadableManifest(f"it names {name} twice")
        digests[name] = found
    return AsicManifest(by, digests)


def _tree(data: bytes) -> ElementTree.Element:
    if len(data) > LARGEST_MANIFEST:
        raise UnreadableManifest(f"it is larger than {LARGEST_MANIFEST} bytes")
    # Parsed as text, so that no declared encoding can hide the "<!" of a document type, an entity or a CDATA section.
    try:
        text = data.decode("utf-8")
        if "<!" in text:
            raise UnreadableManifest("it holds a document type, an entity or a comment, which are refused")
        return ElementTree.fromstring(text)  # noqa: S314 (without a document type there is nothing to expand)
    except UnicodeDecodeError as error:
        raise UnreadableManifest("it is not UTF-8") from error
    except (ElementTree.ParseError, RecursionError) as error:
        raise UnreadableManifest(f"it is not well-formed XML ({error})") from error


def _entry(element: ElementTree.Element) -> tuple[str, str]:
    name = unquote(element.get("URI", ""))
    if not is_safe_name(name):
        raise UnreadableManifest(f"it names {name[:100]!r}, which is no name for a file of a bundle")
    method = element.find(f"{{{_XMLDSIG}}}DigestMethod")
    if method is None or method.get("Algorithm") != _SHA256:
        raise UnreadableManifest(f"the digest of {name} is not SHA-256")
    value = element.findtext(f"{{{_XMLDSIG}}}DigestValue", "")
    try:
        raw = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableManifest(f"the digest of {name} is not base64") from error
    if len(raw) != 32:
        raise UnreadableManifest(f"the digest of {name} has not 32 bytes")
    return name, "sha256:" + raw.hex()


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode("ascii")
