"""The model card for everybody: its sections, what it withholds, and whose text it never trusts."""

import re
from random import Random

import pytest

from assay.errors import AssayError
from assay.report.card_content import SECTIONS, gather
from assay.report.model_card import card, render_html, render_pdf
from attacking import learned
from auditing import control, evaluate, finding_of, write_csv
from viewing import (
    COLUMNS,
    DIGEST,
    HEADER,
    HOSTILE,
    STEERING,
    applicants,
    assert_harmless,
    assert_strict,
    example,
    text_of,
)


def compared():
    return {"with": {"groups": ["sex", "age_band", "sex*age_band"]}}


CONTROLS = (
    control("FAIR", **compared()),
    control("MERIT", check="fairness.equal_opportunity", criterion={"at_most": 0.1, "source": "house"}, **compared()),
    control("AUC", check="performance.auc", criterion={"at_least": 0.6, "source": "house"}),
)


def audited(tmp_path, rows=None, *controls, **manifest):
    data = write_csv(tmp_path / "d.csv", HEADER, applicants() if rows is None else rows)
    return evaluate(tmp_path, data, COLUMNS, *(controls or CONTROLS), manifest=manifest).audit


def test_every_section_of_the_paper_is_there_in_its_order(tmp_path):
    page = render_html(audited(tmp_path), audit_digest=DIGEST)
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert titles == [title for _, title, _ in SECTIONS]
    assert titles[0] == "Model details"
    assert titles[-1] == "Caveats and recommendations"
    assert "ab" * 32 in page


def test_what_the_manifest_states_is_told_and_what_it_does_not_is_named(tmp_path):
    purpose = {"context": "Decides on loans.", "prohibited_use": ["Setting prices"]}
    made = gather(audited(tmp_path, purpose=purpose), audit_digest=DIGEST)
    (use,) = (section for section in made.sections if section.id == "use")
    assert {fact.name: fact.lines for fact in use.facts} == {
        "Purpose": ("Decides on loans.",),
        "Not meant for": ("Setting prices",),
    }
    assert [fact.source for fact in use.lacking] == [
        "purpose.intended_use",
        "purpose.users",
        "purpose.decision",
        "purpose.affected_persons",
    ]


def test_people_are_named_by_their_role_alone(tmp_path):
    owners = {"developer": [{"id": "m.tanaka", "name": "Mei Tanaka", "role": "Lead developer"}]}
    page = render_html(audited(tmp_path, owners=owners), audit_digest=DIGEST)
    assert "Lead developer" in page
    assert "Tanaka" not in page
    assert "m.tanaka" not in page


def test_numbers_are_those_of_the_record(tmp_path):
    audit = audited(tmp_path)
    made = gather(audit, audit_digest=DIGEST, minimum_cell=0)
    auc = next(e for e in finding_of(type("R", (), {"audit": audit}), "AUC").measured.estimates if e.name == "auc")
    overall = next(one for one in made.overall if one.name == "auc")
    assert (overall.value, overall.low, overall.people) == (auc.value, auc.interval.low, auc.n)
    table = next(t for t in made.tables if (t.name, t.grouping) == ("impact_ratio", "sex"))
    rows = {row.group: row for row in table.rows}
    assert rows["m"].reference
    assert (rows["m"].people, rows["f"].people) == (320, 157)
    assert rows["f"].value == pytest.approx(93 / 157 / (220 / 320))


def test_a_small_group_is_withheld_with_all_that_would_tell_it(tmp_path):
    audit = audited(tmp_path)
    made = gather(audit, audit_digest=DIGEST)
    hidden = {(t.grouping, row.group) for t in made.tables for row in t.rows if row.withheld}
    assert ("sex*age_band", "f, young") in hidden
    assert len({group for grouping, group in hidden if grouping == "sex*age_band"}) >= 2
    page = render_html(audit, audit_digest=DIGEST)
    row = re.search(r'<th scope="row">f, young</th>(.*?)</tr>', page)[1]
    assert re.findall(r">([^<]+)<", row) == ["withheld", "withheld"]
    whole = gather(audit, audit_digest=DIGEST, minimum_cell=0)
    assert not any(row.withheld for t in whole.tables for row in t.rows)


def test_a_ratio_to_a_withheld_group_is_not_shown(tmp_path):
    rows = [("f", "old", "north", "yes", "yes", 0.7)] * 4 + [
        (sex, "old", "north", decision, "yes", 0.7)
        for sex, yes, no in (("m", 60, 40), ("x", 70, 50))
        for decision, n in (("yes", yes), ("no", no))
        for _ in range(n)
    ]
    only = control(**{"with": {"groups": ["sex"], "reference": "f"}, "criterion": {"reported": True,
                      "source": "statute", "decide_on": "estimate"}})  # fmt: skip
    (table,) = gather(audited(tmp_path, rows, only), audit_digest=DIGEST).tables
    assert {row.group for row in table.rows if row.withheld} >= {"f"}
    assert all(row.value is None and row.against is None for row in table.rows)


@pytest.mark.parametrize("seed", range(8))
def test_nobody_reads_a_small_number_off_the_card(tmp_path, seed):
    draw = Random(seed)
    cells = {
        (sex, age): (draw.choice((2, 9, 30)), draw.choice((3, 8, 40))) for sex in "fmx" for age in ("old", "young")
    }
    rows = [
        (sex, age, "north", decision, "yes", 0.5)
        for (sex, age), (yes, no) in cells.items()
        for decision, n in (("yes", yes), ("no", no))
        for _ in range(n)
    ]
    only = control(**compared())
    made = gather(audited(tmp_path, rows, only), audit_digest=DIGEST)
    of = {("sex", sex): {cell for cell in cells if cell[0] == sex} for sex in "fmx"}
    of |= {("age_band", age): {cell for cell in cells if cell[1] == age} for age in ("old", "young")}
    of |= {("sex*age_band", ", ".join(cell)): {cell} for cell in cells}
    assert {(t.grouping, row.group) for t in made.tables for row in t.rows} == set(of)
    shown = {(t.grouping, row.group) for t in made.tables for row in t.rows if not row.withheld}
    smallest = {group: min(map(sum, zip(*map(cells.get, parts), strict=True))) for group, parts in of.items()}
    small = {group for group, count in smallest.items() if count < 5}
    assert small
    assert not small & shown
    assert not learned(of, shown) & small


def test_text_of_manifest_and_data_is_only_ever_text(tmp_path):
    told = {"purpose": {"context": HOSTILE}, "model": {"limitations": [HOSTILE]}}
    audit = audited(tmp_path, applicants(women=HOSTILE + STEERING), **told)
    page = render_html(audit, audit_digest=DIGEST)
    assert_harmless(page)
    assert_strict(page)


def test_the_page_of_the_example_is_strict():
    assert_strict(render_html(example()[0], audit_digest=DIGEST))


def test_the_pdf_says_the_same_and_carries_no_record():
    pytest.importorskip("weasyprint", exc_type=OSError)
    audit, _ = example()
    made = render_pdf(audit, audit_digest=DIGEST)
    assert made == render_pdf(audit, audit_digest=DIGEST)
    words, _, attached = text_of(made)
    assert "Quantitative analyses" in words
    assert "withheld" in words
    assert attached == {}


def test_a_record_that_says_nothing_is_refused(tmp_path):
    audit = audited(tmp_path, None, control("AUC", check="data.missing", criterion={"at_most": 1, "source": "house"}))
    bare = audit.model_copy(update={"manifest": {}})
    with pytest.raises(AssayError, match="says nothing that a model card holds") as refused:
        card(bare, DIGEST)
    assert "model.yaml" in refused.value.hint
