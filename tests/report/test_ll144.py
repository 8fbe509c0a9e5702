"""The public summary of Local Law 144: what stands in it, what is missing from it, and whose text it never trusts."""

import re
from base64 import b64encode
from hashlib import sha256
from io import BytesIO

import pytest

from assay.errors import AssayError
from assay.report.ll144 import render_html, render_pdf, summary
from attacking import learned
from auditing import control, evaluate, write_csv

DIGEST = "sha256:" + "ab" * 32
HOSTILE = '</td><script>alert(1)</script><img src="//x">\u202e'
COLUMNS = {
    "decision": {"column": "selected", "favourable": "yes"},
    "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}},
    "count": "n",
}
ROWS = [
    ("f", "White", "yes", 30), ("f", "White", "no", 70), ("m", "White", "yes", 40), ("m", "White", "no", 60),
    ("f", "Asian", "yes", 50), ("f", "Asian", "no", 50), ("m", "Asian", "yes", 45), ("m", "Asian", "no", 55),
    ("", "Asian", "no", 7), ("f", "", "no", 5),
]  # fmt: skip
STATED = {
    "purpose": {"decision": {"domain": "employment"}},
    "organisation": {"name": "City Bakery", "roles": ["employer"]},
    "lineage": {"third_party": [{"supplier": "Tools Ltd", "component": "ranker"}]},
    "conformity": {"audit": {"date": "2026-02-01", "auditor": "A. Auditor"}},
    "lifecycle": {"dates": {"deployed": "2026-03-01"}},
}
DATA = {"kind": "historical", "origin": "Our posts of 2025", "collection": "As people gave it"}


def audited(tmp_path, rows=ROWS, data=DATA, *controls, columns=COLUMNS, policies=("nyc-ll144",), **manifest):
    write_csv(tmp_path / "d.csv", ("sex", "race", "selected", "n"), rows)
    given = STATED | {"data": {"test": {"path": "d.csv", **data}}} | manifest
    return evaluate(tmp_path, tmp_path / "d.csv", columns, *controls, policies=list(policies), manifest=given).audit


def test_the_summary_states_what_the_rule_asks_for(tmp_path):
    made = summary(audited(tmp_path))
    assert made.lacking == ()
    assert {fact.name: fact.text for fact in made.facts} == {
        "Used by": "City Bakery",
        "Supplied by": "Tools Ltd",
        "Date of the most recent bias audit": "1 February 2026",
        "Independent auditor": "A. Auditor",
        "Distribution date, on which the tool was first used": "1 March 2026",
        "Kind of data": "historical data",
        "Source of the data": "Our posts of 2025",
        "Explanation of the data": "As people gave it",
    }
    by_sex, by_race, by_both = made.tables
    assert [(row.name, row.people, row.hits, row.rate, row.ratio) for row in by_sex.categories] == [
        ("f", 205, 80, 80 / 205, 80 * 200 / (85 * 205)),
        ("m", 200, 85, 85 / 200, 1.0),
    ]
    assert (by_sex.unknown, by_race.unknown, by_both.unknown) == ("7", "5", "12")
    assert [row.name for row in by_both.categories] == ["f, Asian", "f, White", "m, Asian", "m, White"]


def test_what_the_record_does_not_state_is_told_at_the_top(tmp_path):
    audit = audited(tmp_path, data={}, conformity=None, lifecycle=None)
    made = summary(audit)
    assert len(made.lacking) == 5
    page = render_html(audit, audit_digest=DIGEST)
    assert page.index("This summary is not complete.") < page.index("<h2")
    assert page.count("not stated in the record") == 5


def test_test_data_say_where_their_reason_and_their_making_are_told(tmp_path):
    sections = {"test_data_reason": {"path": "data.md", "anchor": "why"}, "test_data_generation": {"path": "how.md"}}
    asked = "Why test data, and how they were made"
    told = summary(audited(tmp_path, data={"kind": "test"}, docs={"sections": sections}))
    assert {fact.name: fact.text for fact in told.facts}[asked] == "data.md#why and how.md"
    untold = summary(audited(tmp_path, data={"kind": "synthetic"}))
    assert asked in untold.lacking


def test_an_audit_without_the_pack_is_refused(tmp_path):
    with pytest.raises(AssayError, match="holds no table of Local Law 144") as refused:
        summary(audited(tmp_path, ROWS, DATA, control(), policies=("us-ugesp",)))
    assert refused.value.hint == "Audit with --policy nyc-ll144."


def test_an_audit_whose_tables_could_not_be_computed_is_refused_with_the_reason(tmp_path):
    columns = COLUMNS | {"decision": None}
    with pytest.raises(AssayError, match="holds no table of Local Law 144") as refused:
        summary(audited(tmp_path, columns={k: v for k, v in columns.items() if v}))
    assert "NY-03: The manifest does not say columns.decision: add it to model.yaml" in refused.value.hint


def test_a_table_that_cannot_be_computed_says_why_beside_the_others(tmp_path):
    rows = [("f", "White", "yes", 60), ("f", "Asian", "no", 60), ("f", "Asian", "yes", 20)]
    by_sex, by_race, _ = summary(audited(tmp_path, rows), minimum_cell=0).tables
    assert by_sex.undefined == "sex: only one group (f)"
    assert [(row.name, row.people, row.hits, row.ratio) for row in by_sex.categories] == [("f", 140, 80, None)]
    assert [row.ratio for row in by_race.categories] == [0.25, 1.0]
    assert "There are no impact ratios: sex: only one group (f)." in render_html(
        audited(tmp_path, rows), audit_digest=DIGEST
    )


# 6 RCNY 5-301(d): a category under 2 % may be left out of the ratios; its number and its rate are published.
def test_where_one_category_alone_reaches_two_percent_all_are_shown_with_their_number_and_rate(tmp_path):
    rows = [
        ("f", "White", "yes", 300), ("m", "White", "no", 670), ("f", "Black", "yes", 3), ("f", "Black", "no", 12),
        ("m", "Asian", "no", 15),
    ]  # fmt: skip
    audit = audited(tmp_path, rows)
    _, by_race, _ = summary(audit, minimum_cell=0).tables
    assert by_race.undefined == "race_ethnicity: only one group (White)"
    shown = [(row.name, row.people, row.hits, row.rate, row.ratio, bool(row.left_out)) for row in by_race.categories]
    assert shown == [
        ("Asian", 15, 0, 0.0, None, True),
        ("Black", 15, 3, 0.2, None, True),
        ("White", 970, 300, 300 / 970, None, False),
    ]
    page = render_html(audit, audit_digest=DIGEST, minimum_cell=0)
    line = r'<th scope="row">{}</th><td class="right">{}</td><td class="right">{}</td><td class="right">{}</td>'
    for told in (("Asian", 15, 0, "0.0 %"), ("Black", 15, 3, "20.0 %"), ("White", 970, 300, "30.9 %")):
        assert line.format(*told) in page
    assert "Black is left out of the impact ratios" in page
    assert page.count("only one group (White)") == 1


def test_where_nobody_is_selected_every_category_has_its_number_and_its_rate_of_zero(tmp_path):
    rows = [("f", "White", "no", 600), ("m", "White", "no", 380), ("f", "Asian", "no", 300), ("m", "Black", "no", 9)]
    audit = audited(tmp_path, rows)
    by_sex, by_race, _ = summary(audit, minimum_cell=0).tables
    assert by_sex.undefined == "sex: the rate of f is 0, so there is no ratio to it"
    assert [(row.name, row.people, row.hits, row.rate, row.ratio) for row in by_sex.categories] == [
        ("f", 900, 0, 0.0, None),
        ("m", 389, 0, 0.0, None),
    ]
    assert [(row.name, row.people, row.rate, bool(row.left_out)) for row in by_race.categories] == [
        ("Asian", 300, 0.0, False),
        ("Black", 9, 0.0, True),
        ("White", 980, 0.0, False),
    ]
    page = render_html(audit, audit_digest=DIGEST, minimum_cell=0)
    assert page.count("not defined") >= 4
    assert "Black is left out of the impact ratios" in page


def test_a_category_of_which_nobody_was_decided_about_has_no_rate_and_no_ratio(tmp_path):
    rows = [*ROWS, ("m", "Other", "", 20)]
    _, by_race, _ = summary(audited(tmp_path, rows), minimum_cell=0).tables
    (other,) = (row for row in by_race.categories if row.name == "Other")
    assert (other.people, other.rate, other.ratio) == (0, None, None)
    assert "nobody of Other counts towards the rate" in other.undefined
    assert "Other has no impact ratio" in render_html(audited(tmp_path, rows), audit_digest=DIGEST, minimum_cell=0)


SMALL = [*ROWS, ("f", "Other", "yes", 3), ("f", "Other", "no", 20), ("m", "Other", "yes", 30), ("m", "Other", "no", 30)]


def test_a_category_of_few_selected_people_is_withheld_and_does_not_follow_from_the_others(tmp_path):
    audit = audited(tmp_path, SMALL)
    made = summary(audit)
    hidden = {(table.grouping, row.name) for table in made.tables for row in table.categories if row.withheld}
    assert ("sex*race_ethnicity", "f, Other") in hidden
    cells = {("f", "White"), ("m", "White"), ("f", "Asian"), ("m", "Asian"), ("f", "Other"), ("m", "Other")}
    of = {("sex", sex): {cell for cell in cells if cell[0] == sex} for sex in "fm"}
    of |= {
        ("race_ethnicity", race): {cell for cell in cells if cell[1] == race} for race in ("White", "Asian", "Other")
    }
    of |= {("sex*race_ethnicity", ", ".join(cell)): {cell} for cell in cells}
    assert ("sex*race_ethnicity", "f, Other") not in learned(of, set(of) - hidden)
    page = render_html(audit, audit_digest=DIGEST)
    row = '<th scope="row">f, Other</th>' + '<td class="right">withheld</td>' * 4
    assert row in page
    assert "<b>Categories are withheld.</b> Those with a count under 5" in page


def test_no_ratio_tells_the_rate_of_a_withheld_category(tmp_path):
    rows = [*ROWS, ("f", "Best", "yes", 40), ("m", "Best", "yes", 40), ("m", "Best", "no", 3)]
    _, by_race, _ = summary(audited(tmp_path, rows)).tables
    best = next(row for row in by_race.categories if row.name == "Best")
    assert best.withheld
    assert all(row.ratio is None for row in by_race.categories)
    assert "withheld" in render_html(audited(tmp_path, rows), audit_digest=DIGEST)


def test_where_nothing_is_small_nothing_is_withheld(tmp_path):
    made = summary(audited(tmp_path))
    assert not made.withheld
    assert not any(row.withheld for table in made.tables for row in table.categories)


def test_text_of_manifest_and_data_is_only_ever_text(tmp_path):
    rows = [(HOSTILE if sex == "f" else sex, race, level, n) for sex, race, level, n in ROWS]
    audit = audited(tmp_path, rows, DATA | {"origin": HOSTILE[:-1]}, organisation={"name": HOSTILE[:-1]})
    page = render_html(audit, audit_digest=DIGEST)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "[U+202E]" in page


def test_the_page_allows_its_own_style_and_nothing_else(tmp_path):
    page = render_html(audited(tmp_path), audit_digest=DIGEST)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", page)
    own = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{own}'; font-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "ab" * 32 in page


def test_the_pdf_says_the_same_and_carries_no_record(tmp_path):
    pytest.importorskip("weasyprint", exc_type=OSError)
    from pypdf import PdfReader

    audit = audited(tmp_path)
    data = render_pdf(audit, audit_digest=DIGEST)
    assert data == render_pdf(audit, audit_digest=DIGEST)
    reader = PdfReader(BytesIO(data))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    assert "Selection rates and impact ratios by race or ethnicity" in text
    assert "used to assess 12 individuals with an unknown category" in text
    assert dict(reader.attachments) == {}
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_data()
