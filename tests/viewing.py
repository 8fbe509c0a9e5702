"""What tests of all views ask: the example's record, a hostile manifest, and what holds for every page."""

import re
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from assay.record.audit import Audit
from assay.record.gate import Gate

EXAMPLE = next((Path(__file__).parents[1] / "reports" / "example").glob("*/*/audit.json")).parent
DIGEST = "sha256:" + "ab" * 32
HOSTILE = '</td></style><script>alert(1)</script><img src="file:///etc/passwd">{{ 7*7 }} url(//x) 漢字 😀'
STEERING = "\u202e"
"""A manifest may not hold it; data may."""
COLUMNS = {
    "label": {"column": "repaid", "favourable": "yes"},
    "decision": {"column": "decision", "favourable": "yes"},
    "score": {"column": "score", "kind": "probability", "of": "yes"},
    "groups": {"sex": {"column": "sex"}, "age_band": {"column": "age"}},
    "strata": {"region": {"column": "region"}},
}
HEADER = ("sex", "age", "region", "decision", "repaid", "score")


def example():
    """The record and the gate of the example."""
    audit = Audit.model_validate_json((EXAMPLE / "audit.json").read_bytes())
    return audit, Gate.model_validate_json((EXAMPLE / "gate.json").read_bytes())


def applicants(women="f", young="young"):
    """People with a decision, an outcome and a score; few of them are young women."""
    rows = []
    for sex, age, favoured, refused in ((women, young, 3, 4), (women, "old", 90, 60), ("m", young, 60, 40),
                                        ("m", "old", 160, 60)):  # fmt: skip
        for decision, n in (("yes", favoured), ("no", refused)):
            for i in range(n):
                repaid = "yes" if i % 3 else "no"
                rows.append((sex, age, ("north", "south")[i % 2], decision, repaid, 0.3 + 0.4 * (repaid == "yes")))
    return rows


def assert_harmless(page):
    """Nothing of the hostile text runs, loads or hides."""
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "[U+202E]" in page
    assert "{{ 7*7 }}" in page
    assert len(re.findall("</style>", page)) == 1


def assert_strict(page):
    """Its own style alone is allowed, links stay on the page, and every id stands once."""
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", page)
    own = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{own}'; font-src data:; base-uri 'none'; form-action 'none'"
    )
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.count("<table") == page.count("<caption")
    assert " style=" not in page.replace(style, "")


def text_of(pdf):
    """The words of a PDF, its pages and its attachments."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(pdf))
    words = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    return words, len(reader.pages), dict(reader.attachments)
