from __future__ import annotations

import builtins
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest
from pypdf import PdfReader

from assay.errors import AssayError
from assay.record.estimate import Column, Exhibit
from assay.report import annex_iv, executive, fair_lending, model_card
from assay.report.page import FACES, legible, print_stylesheet, render_html
from assay.report.parts import own_templates
from assay.report.pdf import DOCTYPE, lay_out, printable, render_pdf
from assay.report.view import LONGEST_NAME, view
from viewing import example

from .conftest import AT, Sample, sample, sample_audit, signing_of
from .test_page import hostile

try:
    import weasyprint  # noqa: F401
except OSError:
    pytestmark = pytest.mark.skip(reason="Pango is not installed, so that no PDF can be made here")


def pdf_of(made: Sample, signer: str | None = "A. Signer", **rest: Any) -> bytes:
    return render_pdf(made.audit, made.gate, audit_json=made.audit_json, signing=signing_of(signer), **rest)


@pytest.fixture(scope="module")
def made(audited: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(pdf_of(audited, gate_json=b'{"gate":1}'))
    return path


def text_of(data: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def test_the_file_is_sound(made: Path) -> None:
    told = run("qpdf", "--check", made)
    assert told.returncode == 0, told.stderr
    assert "warning" not in (told.stdout + told.stderr).lower()


def test_the_audit_inside_is_the_audit_byte_for_byte(made: Path, audited: Sample) -> None:
    attached = PdfReader(made).attachments
    assert set(attached) == {"audit.json", "gate.json"}
    assert attached["audit.json"] == [audited.audit_json]


def test_another_program_finds_the_same_audit_inside(made: Path, audited: Sample, tmp_path: Path) -> None:
    run("pdfdetach", "-saveall", "-o", tmp_path, made)
    assert (tmp_path / "audit.json").read_bytes() == audited.audit_json


def test_attachments_are_associated_as_data(made: Path) -> None:
    with pikepdf.open(made) as opened:
        assert {str(file.AFRelationship) for file in opened.Root.AF} == {"/Data"}


def test_both_standards_are_declared_and_the_file_is_tagged(made: Path) -> None:
    with pikepdf.open(made) as opened:
        metadata = opened.open_metadata()
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert b'pdfuaid:part="1"' in opened.Root.Metadata.read_bytes()
        assert b"PDF/UA identification schema" in opened.Root.Metadata.read_bytes()
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "en"


def test_two_renders_have_the_same_bytes_and_leave_the_environment_alone(
    audited: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = pdf_of(audited)
    assert "SOURCE_DATE_EPOCH" not in os.environ
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert pdf_of(audited) == first
    assert os.environ["SOURCE_DATE_EPOCH"] == "5"


def test_the_text_holds_verdict_digest_and_every_control(made: Path, audited: Sample) -> None:
    text = text_of(made.read_bytes())
    assert "Gate: CLOSED for production" in text
    assert audited.digest in text
    assert f"Audit {audited.audit.id}" in text
    for finding in audited.audit.findings:
        assert finding.control in text
        assert finding.title in text


def test_every_page_after_the_cover_names_model_audit_digest_and_its_number(made: Path, audited: Sample) -> None:
    pages = PdfReader(made).pages
    assert 12 <= len(pages) <= 22
    for number, page in enumerate(pages, 1):
        text = page.extract_text().replace("\n", " ")
        assert f"Page {number} of {len(pages)}" in text
        assert audited.digest[:12] in text
        assert number == 1 or "Credit default, cards 1.4.0" in text


def test_the_head_of_each_page_is_one_short_line_whatever_the_model_is_called() -> None:
    audit = sample_audit()
    named = audit.subject.model_copy(update={"name": "漢字" * 400})
    made = sample(audit.model_copy(update={"subject": named}))
    for shown in (legible, printable):
        running = view(made.audit, made.gate, audit_digest=made.digest, signing=None, shown=shown).running
        assert len(running) <= LONGEST_NAME
        assert running.endswith("…")
    assert view(audit, made.gate, audit_digest=made.digest, signing=None).running == "Credit default, cards 1.4.0"


def test_the_style_sheets_hold_nothing_on_paper_that_would_be_warned_of(audited: Sample) -> None:
    told: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        pdf_of(audited)
        executive.render_pdf(audited.audit, audited.gate, audit_digest=audited.digest, signing=None)
        annex_iv.render_pdf(audited.audit, audit_digest=audited.digest, signing=None)
        fair_lending.render_pdf(audited.audit, audit_digest=audited.digest)
        model_card.render_pdf(audited.audit, audit_digest=audited.digest)
    finally:
        logger.removeHandler(handler)
    assert told == []


def test_a_pdf_without_a_signer_says_so() -> None:
    made = sample(sample_audit(findings=sample_audit().findings[2:3]))
    assert "NOT SIGNED." in text_of(pdf_of(made, signer=None))


def embedded(made: Path | BytesIO) -> Iterator[str]:
    """Names of the fonts of a PDF, all of which are in it."""
    with pikepdf.open(made) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
                assert "/FontFile2" in thing or "/FontFile3" in thing
                yield str(thing.FontName).split("+")[-1]


def test_only_our_own_fonts_are_inside_and_all_are_embedded(made: Path) -> None:
    families = {family.replace(" ", "-") for family, *_ in FACES}
    names = {name.removesuffix("-Bold").removesuffix("-Italic") for name in embedded(made)}
    assert names
    assert names <= families


def test_hostile_text_is_printed_and_fetches_nothing() -> None:
    text = text_of(pdf_of(hostile()))
    assert "<script>alert(1)</script>" in text
    assert "[U+202E]" in text
    assert "root:" not in text
    assert "file:///etc/passwd" in text.replace(" ", "")


def test_characters_without_a_glyph_are_printed_as_codes() -> None:
    audit = sample_audit(findings=sample_audit().findings[2:3])
    subject = audit.subject.model_copy(update={"name": "信用 Μοντέλο Кредит α ≤ β"})
    text = text_of(pdf_of(sample(audit.model_copy(update={"subject": subject}))))
    assert "[U+4FE1][U+7528]" in text
    assert "Μοντέλο" in text
    assert "Кредит" in text
    assert "�" not in text


def test_a_template_that_names_a_file_stops_the_render(monkeypatch: pytest.MonkeyPatch, audited: Sample) -> None:
    from weasyprint.urls import FatalURLFetchingError

    from assay.report import pdf

    monkeypatch.setattr(
        pdf, "render", lambda *_, **__: "<html lang=en><title>x</title><img src='file:///etc/hostname'>"
    )
    with pytest.raises(FatalURLFetchingError, match="hostname"):
        pdf_of(audited)


def every_kind_of_chart() -> tuple[Exhibit, ...]:
    def made(name: str, chart: Any, units: str, *rows: Any, **rest: Any) -> Exhibit:
        names = {"outcomes": "entry days version passed failed open gate"}.get(name, "").split()
        columns = tuple(
            Column(name=names[i] if names else f"c{i}", title=f"Column {i}", unit=unit)  # type: ignore[arg-type]
            for i, unit in enumerate(units.split())
        )
        return Exhibit(name=name, title=name, columns=columns, rows=rows, chart=chart, **rest)

    number, rate = "text number number number", "number rate"
    return (
        made("bars", "bar", "text number", ("a", 1.0), ("b", -2.0), limit=0.5),
        made("intervals", "interval", number, ("a", 0.5, 0.4, None), ("b", 0.6, None, 0.7), ("c", 1, 1, 1), limit=1.0),
        made("line", "line", rate, (0.0, 0.1), (1.0, 0.9), limit=0.5),
        made("calibration", "calibration", "rate rate rate rate count", (0.1, 0.2, 0.1, 0.3, 9),
             (0.8, 0.7, 0.6, 0.8, 9)),
        made("cuts", "tradeoff", f"{number} number number number", ("a", 1, 0.9, 1.1, 2, 1, 3),
             ("b", 2, 1, 3, 1, 0, 2)),
        made("outcomes", "none", "count count text count count count text", (9, 7, "1.0", 5, 2, 1, "open"),
             (4, 99, "0.9", 1, 6, 1, "closed")),
        made("candidates[sex]", "none", "text ratio ratio rate rate rate rate count",
             ("a", 0.8, 0.7, 0.9, 0.85, 0.95, 0.9, 50), ("b", 0.9, 0.7, 0.8, 0.75, 0.85, 0.9, 50)),
        made("champion_and_challenger", "none", "text number number number number", ("champion", 0.7, 0.01, 0.68, 0.72),
             ("challenger", 0.75, 0.01, 0.73, 0.77), ("other", 0.8, 0.01, 0.78, 0.82)),
    )  # fmt: skip


def test_charts_of_every_kind_are_neither_blank_nor_black(tmp_path: Path) -> None:
    import weasyprint

    audit = sample_audit()
    first = audit.findings[0]
    kinds = every_kind_of_chart()
    shown = first.measured.model_copy(update={"exhibits": first.measured.exhibits + kinds})
    drawn = sample(
        audit.model_copy(update={"findings": (first.model_copy(update={"measured": shown}), *audit.findings[1:])})
    )
    html = render_html(drawn.audit, drawn.gate, audit_digest=drawn.digest, signing=None)
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert all(any(kind.title in chart for chart in charts) for kind in kinds)
    style = "@page{size:640px 320px;margin:0}svg{display:block;break-after:page}"
    together = tmp_path / "charts.pdf"
    together.write_bytes(weasyprint.HTML(string=f"<style>{style}</style>{''.join(charts)}").write_pdf())
    run("pdftoppm", "-r", "72", "-gray", together, tmp_path / "chart")
    pictures = sorted(tmp_path.glob("chart*.pgm"))
    assert len(pictures) == len(charts) >= 15
    for picture in pictures:
        pixels = picture.read_bytes().split(b"255\n", 1)[1]
        dark = sum(pixel < 128 for pixel in pixels) / len(pixels)
        assert 0.002 < dark < 0.15, picture.name


def test_our_pages_are_well_formed_xml_which_is_read_fast(audited: Sample) -> None:
    audit, gate = example()
    digest = gate.audit
    pages = [
        render_html(audited.audit, audited.gate, audit_digest=audited.digest, signing=signing_of("A. Signer")),
        executive.render_html(audit, gate, audit_digest=digest, signing=None),
        annex_iv.render_html(audit, audit_digest=digest, signing=None),
        fair_lending.render_html(audit, audit_digest=digest),
        model_card.render_html(audit, audit_digest=digest),
    ]
    assert [ElementTree.fromstring(page.lstrip().removeprefix(DOCTYPE)).tag for page in pages] == ["html"] * 5


def test_a_label_of_a_chart_is_one_text_at_its_place() -> None:
    text = "<text font-family=\"'Assay Sans'\" font-size='20' x='200' y='{}' text-anchor='{}'>wide label</text>"
    labels = "".join(text.format(y, anchor) for y, anchor in ((30, "start"), (60, "middle"), (90, "end")))
    made = lay_out(
        f"<html lang='en'><head><style>{print_stylesheet()}</style><style>@page {{ size: 400px 100px; margin: 0 }}"
        "</style></head><body><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 100' width='400' height='100'>"
        f"{labels}</svg></body></html>",
        digest="ab" * 32,
        at=AT,
    )
    found: list[tuple[str, float]] = []
    PdfReader(BytesIO(made)).pages[0].extract_text(
        visitor_text=lambda text, user, place, font, size: found.append((text.strip(), user[4] + place[4]))
    )
    start, middle, end = [x for text, x in found if text == "wide label"]
    assert start == 200
    assert middle == pytest.approx((start + end) / 2)
    assert 80 < start - end < 110


def test_a_page_that_is_not_well_formed_is_read_as_a_browser_reads_it() -> None:
    made = lay_out("<!doctype html><html lang=en><title>T</title><p>one<br>two &amp; three", digest="ab" * 32, at=AT)
    assert text_of(made).split() == ["one", "two", "&", "three"]


def with_a_drawing(inside: str, named: str = ' xmlns="http://www.w3.org/2000/svg"') -> bytes:
    page = (
        f"<!doctype html><html lang='en'><head><title>T</title><style>{print_stylesheet()}</style></head><body>"
        f"<svg{named} viewBox='0 0 400 100' width='400' height='100'>{inside}</svg></body></html>"
    )
    return lay_out(page, digest="ab" * 32, at=AT)


def test_a_page_of_somebody_elses_template_is_read_as_a_browser_reads_it_also_where_it_is_well_formed(
    tmp_path: Path,
) -> None:
    label = "<text x='10' y='20' font-size='12' font-family='Assay Sans'>label</text>"
    with own_templates(tmp_path):
        assert with_a_drawing(label, named="") == with_a_drawing(label)


def test_somebody_elses_template_may_draw_labels_of_any_kind(tmp_path: Path) -> None:
    label = (
        "<text x='10' y='20' font-size='12' font-family='Assay Sans' font-weight='bold'>One<tspan x='10' dy='30'>Two"
        "</tspan></text><text x='90' y='20' font-family='Assay Sans' text-anchor='inherit'>Three</text>"
    )
    with own_templates(tmp_path):
        made = with_a_drawing(label)
    assert re.sub(r"\s", "", text_of(made)).startswith("OneTwoThree")
    assert "Assay-Sans-Bold" in embedded(BytesIO(made))


def test_a_gate_of_another_audit_is_refused(audited: Sample) -> None:
    with pytest.raises(AssayError, match="another audit"):
        render_pdf(audited.audit, audited.gate, audit_json=audited.audit_json + b" ", signing=None)


def test_without_pango_the_error_says_what_to_install(audited: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(AssayError) as raised:
        pdf_of(audited)
    assert "apt install" in raised.value.hint
    assert "brew install pango" in raised.value.hint
