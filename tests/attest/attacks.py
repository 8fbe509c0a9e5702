"""Attacks on a signed PDF, each a function from the signed bytes to the forged ones."""

from __future__ import annotations

import contextlib
import io
import re
import zlib

import pikepdf

from attest.pki import Issued


def flip_in_page(data: bytes) -> bytes:
    """Change one byte of what the first page shows."""
    streams = (match.end() for match in re.finditer(rb"[^d]stream\n", data))
    return _flipped(data, next(at for at in streams if _unpacked(data[at:]).startswith(b"BT ")) + 12)


def _unpacked(data: bytes) -> bytes:
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj().decompress(data, 100)
    return b""


def flip_in_contents(data: bytes, carried: Issued) -> bytes:
    """Change one byte of a certificate that the first signature carries, which no signature of B-B is over."""
    return _flipped(data, data.lower().index(carried.der[-8:].hex().encode()), to=b"0123456789abcdef")


def flip_in_padding(data: bytes) -> bytes:
    """Hide a byte in the zeros behind the first signature."""
    found = re.search(rb"/Contents <[0-9a-fA-F]*?(0{200,})>", data)
    assert found is not None
    return _flipped(data, found.end(1) - 10, to=b"0123456789abcdef")


def write_on_page(data: bytes) -> bytes:
    """Add a revision which writes over the first page."""
    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    more = StreamObject(stream_data=b"BT /F1 40 Tf 20 100 Td (PASSED) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(more))
    return _written(writer)


def swap_evidence(data: bytes) -> bytes:
    """Add a revision which attaches another audit.json under the same name."""
    from pyhanko.pdf_utils.generic import NameObject, StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    specification = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
    forged = writer.add_object(StreamObject(stream_data=b'{"verdict":"pass"}'))
    for name in ("/F", "/UF"):
        specification["/EF"][NameObject(name)] = forged
    writer.update_container(specification)
    return _written(writer)


def append(data: bytes) -> bytes:
    """Add bytes behind the end of the file."""
    return data + b"\n% more\n"


def append_an_end(data: bytes) -> bytes:
    """Add bytes behind the end of the file, which end as a PDF ends."""
    end = data[data.rindex(b"startxref") :]
    return data + b"% hidden\n" + end


def rewrite(data: bytes) -> bytes:
    """Write all of it again with another program."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out)
    return out.getvalue()


def take_off(data: bytes) -> bytes:
    """Cut back to the revision before the first signature."""
    sizes = [match.end() for match in re.finditer(rb"%%EOF\n?", data)]
    return data[: sizes[0]]


def _written(writer) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _flipped(data: bytes, place: int, to: bytes | None = None) -> bytes:
    changed = bytearray(data)
    changed[place] = changed[place] ^ 1 if to is None else next(one for one in to if one != changed[place])
    return bytes(changed)
