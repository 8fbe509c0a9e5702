"""Hostile text in every free field of record and gate: it is printed, and it does nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.report.page import FACES, LONGEST_TEXT, render_html
from assay.report.pdf import load_weasyprint, render_pdf

from .conftest import Sample, sample, sample_audit, signing_of
from .test_page import Page
from .test_pdf import run, text_of

HOSTILE = (
    "<script>alert(1)</script><img src=file:///etc/passwd onerror=alert(1)>\"'&{{7*7}}{% raw %}</style></title>--> "
    "<style>@import 'http://e.example'</style><link rel=attachment href=file:///etc/passwd> url(file:///etc/hostname) "
    "\u202eevil\u2066\u0007 שלום مرحبا 信用 🧨 javascript:alert(1)"
)
KEPT = {
    "assay", "id", "policy", "control", "finding", "digest", "audit", "outcome", "reason", "severity", "shape", "unit",
    "chart", "undefined_as", "basis", "tier", "stage", "at", "made", "day", "source", "decide_on", "operator",
    "enforcement", "on_inconclusive", "unsigned_waivers", "applies_from", "applies_until", "verified_on",
    "review_by", "state",
    "effect", "expires", "approved_on", "made_on", "attested", "by_interval", "estimate", "waived_by", "sides",
    "missing_rows",
}  # fmt: skip
"""Fields that hold a word of a list, a day, a digest or a name by which something else is found."""
MANIFEST = {
    "purpose": {"context": HOSTILE, "users": [HOSTILE], "decision": {"domain": HOSTILE}},
    "owners": {"business": {"id": HOSTILE, "name": HOSTILE, "role": HOSTILE}},
    "features": [{"name": HOSTILE, "definition": HOSTILE, "proxy_for": [HOSTILE]}, {"name": HOSTILE * 2}],
    "monitoring": {"plan": {"metrics": [HOSTILE], "thresholds": {HOSTILE: 1.0}}},
    "findings": [{"id": HOSTILE, "title": HOSTILE, "state": "open"}],
    "training": {"hyperparameters": {HOSTILE: HOSTILE}},
}


def spoiled_value(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: spoiled_value(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoiled_value(inner, name) for inner in value]
    if name == "ref":
        return value + re.sub(r"\s", "", HOSTILE)[:100]  # a reference holds no blank
    return f"{value} {HOSTILE}" if isinstance(value, str) and name not in KEPT else value


@pytest.fixture(scope="module")
def spoiled() -> Sample:
    """The sample with every free text made hostile; estimates keep the judgements that they had."""
    whole = sample_audit()
    made = json.loads(whole.model_dump_json(by_alias=True))
    text = {name: spoiled_value(value, name) for name, value in made.items() if name != "manifest"}
    audit = Audit.model_validate_json(json.dumps({**text, "manifest": MANIFEST}))
    findings = []
    for old, new in zip(whole.findings, audit.findings, strict=True):
        ids = {a.id: b.id for a, b in zip(old.measured.estimates, new.measured.estimates, strict=True)}
        judged = tuple(j.model_copy(update={"estimate": ids[j.estimate]}) for j in new.judgements)
        findings.append(new.model_copy(update={"judgements": judged}))
    drawn = sample(audit.model_copy(update={"findings": tuple(findings)}))
    gate = spoiled_value(json.loads(drawn.gate.model_dump_json()))
    return Sample(drawn.audit, Gate.model_validate_json(json.dumps(gate)), drawn.audit_json, drawn.digest)


@pytest.fixture(scope="module")
def pdf(spoiled: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        load_weasyprint()
    except AssayError as error:
        pytest.skip(str(error))
    path = tmp_path_factory.mktemp("hostile") / "report.pdf"
    signed = {"signing": signing_of(HOSTILE), "ledger": HOSTILE}
    path.write_bytes(render_pdf(spoiled.audit, spoiled.gate, audit_json=spoiled.audit_json, **signed))
    return path


def test_in_html_it_is_text_and_nothing_else(spoiled: Sample) -> None:
    html = render_html(
        spoiled.audit, spoiled.gate, audit_digest=spoiled.digest, signing=signing_of(HOSTILE), ledger=HOSTILE
    )
    found = Page(html)
    assert found.named("script", "iframe", "object", "img", "link", "base", "form", "embed", "video") == []
    assert len(found.named("style")) == len(found.named("title")) - len(found.named("svg")) == 1
    assert found.text.count("<script>alert(1)</script>") > 200, "nearly every field is printed"
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert all(a["href"].startswith("#") for tag, a in found.tags if tag == "a" and a.get("href"))
    assert not re.search("[\u0000-\u0008\u202a-\u202e\u2066-\u2069]", html)
    assert "49" not in re.findall(r"&(\d\d)\{% raw", found.text)


def test_the_pdf_carries_our_file_our_fonts_and_no_action(spoiled: Sample, pdf: Path) -> None:
    families = {family.replace(" ", "-") for family, *_ in FACES}
    with pikepdf.open(pdf) as opened:
        assert set(opened.attachments) == {"audit.json"}
        assert opened.attachments["audit.json"].get_file().read_bytes() == spoiled.audit_json
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Dictionary):
                assert not {"/JS", "/JavaScript", "/URI", "/Launch", "/OpenAction", "/AA"} & set(thing.keys())
                if thing.get("/Type") == "/FontDescriptor":
                    name = str(thing.FontName).split("+")[-1].removesuffix("-Bold").removesuffix("-Italic")
                    assert name in families
    text = text_of(pdf.read_bytes())
    assert "root:" not in text
    assert "[U+202E]" in text
    assert "[U+4FE1]" in text


def test_every_page_of_it_is_drawn_within_its_margins(pdf: Path, tmp_path: Path) -> None:
    run("pdftoppm", "-r", "24", "-gray", pdf, tmp_path / "page")
    pictures = sorted(tmp_path.glob("page*.pgm"))
    assert len(pictures) > 10
    for picture in pictures:
        header, _, pixels = picture.read_bytes().partition(b"255\n")
        width = int(header.split()[1])
        dark = sum(pixel < 160 for pixel in pixels) / len(pixels)
        assert 0.0005 < dark < 0.4, picture.name
        edge = [pixels[row * width + column] for row in range(len(pixels) // width) for column in (0, 1, -1 + width)]
        assert min(edge) > 200, f"{picture.name}: something sticks out of the page"


def test_a_megabyte_in_a_field_is_cut_and_says_how_much_is_left_out() -> None:
    audit = sample_audit()
    huge = "<b>y " * 200_000
    first = audit.findings[0].model_copy(update={"title": huge, "sentence": huge, "description": huge})
    made = sample(audit.model_copy(update={"findings": (first, *audit.findings[1:]), "notes": (huge,)}))
    html = render_html(made.audit, made.gate, audit_digest=made.digest, signing=None)
    assert len(html) < 2_000_000
    assert f"{len(huge) - LONGEST_TEXT} characters are left out here" in html.replace("\u202f", "")
