"""The logo of a house on a view: decoded and written again, so that nothing of the file but its picture gets in."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from assay.errors import AssayError

LARGEST, MOST_PIXELS = 200_000, 4_000_000
"""Bytes of the file and pixels of the picture."""
_HINT = "A logo is a PNG or JPEG file of at most 200 kB and 4 megapixels."
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
"""What decoders of pictures raise for a broken file."""
_chosen: ContextVar[str | None] = ContextVar("logo", default=None)


def logo() -> str | None:
    """The picture as a `data:` address, where one was chosen."""
    return _chosen.get()


@contextmanager
def bearing(file: str | Path | None) -> Iterator[None]:
    """Views carry the picture in this file while this lasts. Raises AssayError where the file is no such picture."""
    token = _chosen.set(None if file is None else _address(Path(file)))
    try:
        yield
    finally:
        _chosen.reset(token)


def _address(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise AssayError(f"the logo cannot be read: {error.strerror}", where=str(file), hint=_HINT) from error
    if len(data) > LARGEST:
        raise AssayError("the logo is larger than 200 kB", where=str(file), hint=_HINT)
    kind, picture = _decoded(data, file)
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


def _decoded(data: bytes, file: Path) -> tuple[str, bytes]:
    """The picture alone, the right way up: without transparency, which PDF/A has no place for here, and metadata."""
    from PIL import Image, ImageFile, ImageOps

    out = BytesIO()
    too_many = AssayError("the logo has more than 4 megapixels", where=str(file), hint=_HINT)
    try:
        with (
            _strictly(ImageFile),
            catch_warnings(action="ignore", category=UserWarning),  # of metadata that say nothing
            catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(BytesIO(data), formats=("PNG", "JPEG")) as opened,
        ):
            kind = "png" if opened.format == "PNG" else "jpeg"
            if opened.width * opened.height > MOST_PIXELS:
                raise too_many
            opened.load()
            upright: Any = opened
            with suppress(*_BROKEN):  # metadata that nobody can read turn nothing
                upright = ImageOps.exif_transpose(opened)
            drawn = _of_eight_bits(upright).convert("RGBA")
        page = Image.new("RGB", drawn.size, "white")
        page.paste(drawn, mask=drawn.getchannel("A"))
        page.save(out, kind, **({"quality": 92} if kind == "jpeg" else {"optimize": True}))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many from None
    except _BROKEN as error:
        raise AssayError("the logo is no picture that can be decoded", where=str(file), hint=_HINT) from error
    return kind, out.getvalue()


def _of_eight_bits(picture: Any) -> Any:
    """Pillow takes greys of 16 bits for ones of 8 when it converts them, so that nearly all become white."""
    if not picture.mode.startswith("I"):
        return picture
    scaled = picture.convert("I").point(lambda grey: grey / 257 + 0.5).convert("L")
    if (hidden := picture.info.get("transparency")) is not None:
        scaled.info["transparency"] = hidden // 257
    return scaled


@contextmanager
def _strictly(decoder: Any) -> Iterator[None]:
    """A file that ends early is none, though WeasyPrint lets such files pass once it is loaded."""
    before, decoder.LOAD_TRUNCATED_IMAGES = decoder.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        decoder.LOAD_TRUNCATED_IMAGES = before
