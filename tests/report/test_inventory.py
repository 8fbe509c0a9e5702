"""The inventory in words, as CSV and as a page: all of it is there, and none of it is run."""

import csv
import io
import re
from base64 import b64encode
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from assay.api import render_inventory
from assay.record.inventory import Entry, Invalid, Inventory, LastAudit, OpenItem, Overdue, Upstream

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entry(**given):
    fields = {"path": "a/model.yaml", "digest": "sha256:" + "0" * 64, "id": "m", "name": "Model", "version": "1"}
    return Entry(**{**fields, **given})


def stock(*entries, **given):
    total = {"models": len(entries), "manifests": len(entries), "invalid": 0, "unregistered": 0, "overdue": 0}
    statistics = {"total": total, "tier": {"none": len(entries)}, "stage": {}, "gate": {}}
    return Inventory(**{"at": AT, "entries": entries, "statistics": statistics, **given})


AUDIT = LastAudit(path="m-1/x", at=AT, stage="production", gate="closed", exit_code=1, trust="not verified",
                  manifest_changed=True)  # fmt: skip
FULL = entry(
    name="<script>alert(1)</script>",
    business="=HYPERLINK(1)",
    technical="Mei Tanaka",
    tier="high",
    stage="production",
    audit=AUDIT,
    next_validation=date(2026, 3, 31),
    overdue=(Overdue(what="finding", name="F-1", due=date(2026, 3, 31), owner="Ann"),),
    findings=(OpenItem(id="F-1", title="Drift", severity="high", owner="Ann", due=date(2026, 3, 31), state="open"),),
    upstream=(Upstream(id="bureau", version="2", state="not audited"),),
    twins=("b/model.yaml",),
    controls={"pass": 3, "fail": 2, "needs_audit": 4},
)
WRONG = {"invalid": (Invalid(path="bad/model.yaml", errors=("bad/model.yaml:1:1: `identity` is missing",)),),
         "unregistered": ("old/m.pkl",), "unread": ("closed",), "cycles": (("a", "b"),)}  # fmt: skip


def test_every_part_stands_in_every_form():
    full = stock(FULL, policies=("p 1.0.0",), **WRONG)
    for form in ("table", "csv", "json", "html"):
        text = render_inventory(full, form)
        for part in ("high", "2026-03-31", "F-1", "bureau", "b/model.yaml", "bad/model.yaml", "is missing", "old/m.pkl",
                     "closed"):  # fmt: skip
            assert part in text, (form, part)


def test_csv_runs_nothing_and_has_a_row_for_all_that_is_wrong():
    rows = list(csv.DictReader(io.StringIO(render_inventory(stock(FULL, policies=("p 1.0.0",), **WRONG), "csv"))))
    assert [row["kind"] for row in rows] == ["model", "invalid manifest", "model file", "unread"]
    assert rows[0]["business_owner"] == "'=HYPERLINK(1)"
    assert (rows[0]["fail"], rows[0]["inconclusive"], rows[0]["needs_audit"]) == ("2", "0", "4")
    assert (rows[0]["audited"], rows[0]["exit_code"], rows[0]["manifest_changed"]) == (
        "2026-11-21T12:00:00Z",
        "1",
        "yes",
    )
    assert rows[1]["problem"] == "bad/model.yaml:1:1: `identity` is missing"


def test_csv_without_policies_has_no_column_of_controls():
    header = render_inventory(stock(entry()), "csv").splitlines()[0].split(",")
    assert "fail" not in header
    assert header[-1] == "problem"


def test_a_model_named_script_is_a_name():
    page = render_inventory(stock(FULL), "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1


def test_text_that_turns_the_reading_direction_is_made_visible():
    assert "[U+202E]" in render_inventory(stock(entry(name="a\u202eb")), "html")
    assert "\u202e" not in render_inventory(stock(entry(name="a\u202eb")), "csv")


def test_only_our_script_and_style_may_run_and_nothing_is_fetched():
    page = render_inventory(stock(FULL, **WRONG), "html")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href|action|url)\s*[=(]\s*["\']?(?!data:|#)([a-z/]\S*)', page) == []
    assert re.findall(r"\son\w+=|\sstyle=|innerHTML|eval\(|fetch\(", page) == []


def test_the_page_is_whole_without_its_script():
    page = render_inventory(stock(FULL, entry(id="n", path="n.yaml")), "html")
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert body.count("<tr ") == 2
    assert "hidden" not in body
    assert re.search(r'<form id="search"[^>]* hidden>', page), "a search that does nothing is not shown"


@pytest.mark.parametrize(
    ("given", "attention"),
    [({}, "yes"), ({"audit": AUDIT}, "yes"),
     ({"audit": AUDIT.model_copy(update={"gate": "open", "manifest_changed": False})}, "no"),
     ({"audit": AUDIT.model_copy(update={"gate": "open", "manifest_changed": False}), "twins": ("x",)}, "yes")],
)  # fmt: skip
def test_what_needs_attention_is_marked(given, attention):
    assert f'data-attention="{attention}"' in render_inventory(stock(entry(**given)), "html")


def test_the_table_shows_one_line_for_each_model_and_no_line_break_of_a_name():
    text = render_inventory(stock(entry(business="a\nb" * 30), entry(id="n", path="n.yaml")), "table")
    lines = text.splitlines()
    assert lines[0].split() == ["model", "version", "owner", "tier", "stage", "gate", "audited", "overdue", "findings"]
    assert lines[1].startswith("m      1        a ba ba")
    assert "…" in lines[1]
    assert lines[3] == "2 models, 2 manifests; tier: 2 none"


def test_an_empty_folder_says_so():
    assert render_inventory(stock(), "table") == "0 models; tier: 0 none"
    assert "No manifest was found." in render_inventory(stock(), "html")
