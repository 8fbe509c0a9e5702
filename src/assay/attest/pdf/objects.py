"""pyHanko's reader, with the objects of a compressed stream found by an index that is read once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader


def indexed_reader(data: bytes) -> PdfFileReader:
    """As strict as pyHanko's own, which reads the index of a stream again for each of the hundred objects in it.

    A tagged report of forty pages holds nine thousand objects, and comparing revisions reads them all.
    """
    from pyhanko.pdf_utils import generic, misc
    from pyhanko.pdf_utils.reader import PdfFileReader

    class Indexed(PdfFileReader):
        def __init__(self) -> None:
            self._indexes: dict[int, tuple[bytes, list[int], list[int]]] = {}
            super().__init__(io.BytesIO(data))

        def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
            if stmnum not in self._indexes:
                self._indexes[stmnum] = _index(generic.Reference(stmnum, 0, self).get_object())
            content, numbers, places = self._indexes[stmnum]
            if not 0 <= idx < len(numbers) or numbers[idx] != idnum:
                raise misc.PdfStrictReadError("An object is not where the cross-reference table says.")
            stream = io.BytesIO(content)
            stream.seek(places[idx])
            found = generic.read_object(stream, generic.Reference(idnum, 0, self))
            if isinstance(found, generic.StreamObject | generic.IndirectObject):
                raise misc.PdfStrictReadError("An object stream holds what it must not hold.")
            return found

    return Indexed()


def _index(stream: Any) -> tuple[bytes, list[int], list[int]]:
    """Content of an object stream, the numbers of its objects, and where each begins."""
    from pyhanko.pdf_utils import generic, misc
    from pyhanko.pdf_utils.decode_limits import DecodePurpose

    if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
        raise misc.PdfStrictReadError("What should be an object stream is none.")
    content, first, count = stream.read_data(DecodePurpose.OBJECT_STREAM), stream["/First"], stream["/N"]
    try:
        head = [int(one) for one in content[:first].split()]
    except ValueError as error:
        raise misc.PdfStrictReadError("The index of an object stream is damaged.") from error
    numbers, places = head[0 : 2 * count : 2], [first + one for one in head[1 : 2 * count : 2]]
    if len(places) != count or len(set(numbers)) != count or min(places, default=0) < 0:
        raise misc.PdfStrictReadError("The index of an object stream is damaged.")
    return content, numbers, places
