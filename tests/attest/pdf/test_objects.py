import io

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from assay.attest.pdf.objects import indexed_reader
from assay.attest.pdf.signing import sign_pdf


def plain(files) -> bytes:
    """The report with readable object streams."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(files["report.pdf"])) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=False)
    return out.getvalue()


def index_of(data: bytes) -> tuple[int, bytes]:
    """Where the index of the first object stream lies, and its bytes."""
    start = data.index(b"stream\n", data.index(b"/ObjStm")) + len(b"stream\n")
    return start, data[start : data.index(b"<<", start)]


def objects(reader) -> list[bytes]:
    written = []
    for number in range(1, reader.trailer["/Size"]):
        out = io.BytesIO()
        try:
            reader.get_object(Reference(number, 0, reader)).write_to_stream(out)
        except PdfReadError as error:
            out.write(type(error).__name__.encode())
        written.append(out.getvalue())
    return written


def test_every_object_is_the_one_that_pyhanko_reads(files, pki):
    for data in (plain(files), sign_pdf(files["report.pdf"], pki.author.signer)):
        found = objects(indexed_reader(data))
        assert found == objects(PdfFileReader(io.BytesIO(data)))
        assert len([one for one in found if one.startswith(b"<<")]) > 5


def test_an_index_that_contradicts_the_cross_reference_table_is_refused_as_pyhanko_refuses_it(files):
    data = plain(files)
    start, index = index_of(data)
    first, at, second, *rest = index.split()
    swapped = b" ".join([second, at, first, *rest]).ljust(len(index), b"\n")
    twice = b" ".join([second, at, second, *rest]).ljust(len(index), b"\n")
    words = index.replace(b" ", b"x", 1)
    for forged in (swapped, twice, words):
        damaged = data[:start] + forged + data[start + len(index) :]
        for read in (indexed_reader, lambda bytes_: PdfFileReader(io.BytesIO(bytes_))):
            with pytest.raises(PdfReadError):
                read(damaged).root.get("/Pages").get_object()
