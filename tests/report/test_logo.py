"""Whose model it is stands at the head of each view, with a logo that is decoded before it gets in."""

import re
import zlib
from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assay.api import render_view
from assay.errors import AssayError
from assay.report.logo import bearing
from auditing import DECIDED, control, evaluate, people, write_csv

ROWS = (("a", "yes", 300), ("a", "no", 150), ("b", "yes", 200), ("b", "no", 150))
HOUSE = 'Bank & "Sons"'
VIEWS = ("full", "executive", "fair-lending", "model-card", "annex-iv")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    data = write_csv(folder / "d.csv", *people(*ROWS))
    told = {"organisation": {"name": HOUSE}, "purpose": {"context": "Decides."}}
    return evaluate(folder, data, DECIDED, control(), manifest=told, out=folder / "out", pdf=False).bundle


def picture(path, size=(40, 20), mode="RGBA", colour=(200, 0, 0, 0), **options):
    Image.new(mode, size, colour).save(path, **options)
    return path


def shown(page):
    (source, alternative) = re.search(r'<img src="data:image/\w+;base64,([^"]+)" alt="([^"]*)"/>', page).groups()
    return Image.open(BytesIO(b64decode(source))), alternative


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_names_the_organisation_and_carries_the_logo_only_where_one_is_given(bundle, tmp_path, view):
    bare = render_view(bundle, view).decode()
    assert "Bank &amp; &#34;Sons&#34;" in bare
    assert "<img" not in bare
    assert "img-src" not in bare
    page = render_view(bundle, view, logo=picture(tmp_path / "logo.png")).decode()
    drawn, alternative = shown(page)
    assert drawn.size == (40, 20)
    assert alternative == "Bank &amp; &#34;Sons&#34;"
    assert "img-src data:;" in page


def test_what_is_transparent_becomes_white_and_what_is_no_picture_is_left_out(bundle, tmp_path):
    notes = PngInfo()
    notes.add_text("Comment", "SECRET")
    drawn, _ = shown(render_view(bundle, "executive", logo=picture(tmp_path / "a.png", pnginfo=notes)).decode())
    assert (drawn.mode, drawn.getpixel((3, 3)), drawn.info.get("Comment")) == ("RGB", (255, 255, 255), None)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_of_any_colours_is_taken(bundle, tmp_path, mode):
    logo = picture(tmp_path / "logo.jpg", mode=mode, colour=128 if mode == "L" else (0,) * len(mode))
    drawn, _ = shown(render_view(bundle, "executive", logo=logo).decode())
    assert (drawn.format, drawn.mode) == ("JPEG", "RGB")


def test_greys_of_16_bits_keep_their_shades(bundle, tmp_path):
    shades = b"".join(shade.to_bytes(2, "little") for shade in (0, 257 * 60, 257 * 128, 65535))
    Image.frombytes("I;16", (4, 1), shades).save(tmp_path / "logo.png", transparency=257 * 60)
    drawn, _ = shown(render_view(bundle, "executive", logo=tmp_path / "logo.png").decode())
    assert [drawn.getpixel((x, 0))[0] for x in range(4)] == [0, 255, 128, 255]


@pytest.mark.parametrize("name", ["logo.jpg", "logo.png"])
def test_a_picture_whose_metadata_turn_it_is_turned(bundle, tmp_path, name):
    made = Image.new("RGB", (60, 40), "white")
    made.paste("red", (0, 0, 30, 40))
    turned = Image.Exif()
    turned[0x0112] = 6  # by a quarter, clockwise
    made.save(tmp_path / name, exif=turned)
    drawn, _ = shown(render_view(bundle, "executive", logo=tmp_path / name).decode())
    assert (drawn.size, dict(drawn.getexif())) == ((40, 60), {})
    above, below = drawn.getpixel((20, 10)), drawn.getpixel((20, 50))
    assert (above[0] > 240, above[1] < 20, min(below) > 240) == (True, True, True)


@pytest.mark.parametrize("name", ["logo.jpg", "logo.png"])
def test_metadata_that_nobody_can_read_turn_nothing_and_are_not_spoken_of(bundle, tmp_path, name, recwarn):
    Image.new("RGB", (60, 40), "red").save(tmp_path / name, exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff\0\0")
    drawn, _ = shown(render_view(bundle, "executive", logo=tmp_path / name).decode())
    assert drawn.size == (60, 40)
    assert [str(one.message) for one in recwarn if "EXIF" in str(one.message)] == []


def header(width, height):
    """A PNG of that size whose pixels are not there."""
    data = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    chunks = (data, b"IDAT")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") for chunk in chunks
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no picture that can be decoded"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be decoded"),
        (b"GIF89a" + bytes(20), "no picture that can be decoded"),
        (header(10, 10), "no picture that can be decoded"),
        (header(2001, 2000), "more than 4 megapixels"),
        (header(9_000, 10_000), "more than 4 megapixels"),
        (header(2**31 - 1, 2**31 - 1), "more than 4 megapixels"),
        (bytes(200_001), "larger than 200 kB"),
    ],
)
def test_what_is_no_logo_is_one_clear_error(bundle, tmp_path, content, told):
    (tmp_path / "logo").write_bytes(content)
    with pytest.raises(AssayError, match=told) as caught:
        render_view(bundle, "executive", logo=tmp_path / "logo")
    assert caught.value.where == str(tmp_path / "logo")
    assert "at most 200 kB and 4 megapixels" in caught.value.hint


def test_a_picture_that_ends_early_is_refused(bundle, tmp_path):
    logo = picture(tmp_path / "logo.png", size=(300, 300))
    logo.write_bytes(logo.read_bytes()[:-80])
    with pytest.raises(AssayError, match="no picture that can be decoded"):
        render_view(bundle, "executive", logo=logo)


def test_a_file_that_is_not_there_is_an_error(bundle, tmp_path):
    with pytest.raises(AssayError, match="the logo cannot be read: No such file"):
        render_view(bundle, "executive", logo=tmp_path / "none.png")


def test_that_weasyprint_lets_broken_pictures_pass_lets_no_logo_pass(tmp_path):
    import weasyprint  # noqa: F401  it tells the decoder to be lenient

    (tmp_path / "logo.png").write_bytes(header(10, 10))
    with pytest.raises(AssayError, match="no picture that can be decoded"), bearing(tmp_path / "logo.png"):
        pass
