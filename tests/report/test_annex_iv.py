"""Annex IV: every point is there, each fact names its source, what is missing is said, nothing claims conformity."""

import re

import pytest

from assay.errors import AssayError
from assay.record.manifest import Manifest
from assay.record.signature import Signing
from assay.report.annex_iv import documentation, render_html, render_pdf
from assay.report.annex_points import CHAPTERS
from auditing import AT, control, evaluate, finding_of, write_csv
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

STATED = {
    "purpose": {"context": "Decides on loans.", "intended_use": ["Consumer loans", "Car loans"]},
    "oversight": {"measures": ["A person sees every refusal"]},
    "data": {"test": {"path": "d.csv", "origin": "Branches of 2025", "labelling": "Repaid within a year"}},
}
POINTS = [point for _, _, points in CHAPTERS for point in points]


def audited(tmp_path, rows=None, *controls, **manifest):
    data = write_csv(tmp_path / "d.csv", HEADER, applicants() if rows is None else rows)
    asked = controls or (
        control("FAIR", **{"with": {"groups": ["sex"]}}),
        control("AUC", check="performance.auc", criterion={"at_least": 0.6, "source": "house"}),
        control("GAPS", check="data.missing", criterion={"at_most": 0.1, "source": "house"}),
    )
    return evaluate(tmp_path, data, COLUMNS, *asked, manifest=STATED | manifest).audit


def told_of(audit, signing=None):
    made = documentation(audit, signing, DIGEST)
    return {point.ref: point for chapter in made.chapters for point in chapter.points}, made


def test_the_nine_points_and_the_sub_points_of_the_first_two_stand_in_their_order(tmp_path):
    told, made = told_of(audited(tmp_path))
    assert [chapter.number for chapter in made.chapters] == [str(number) for number in range(1, 10)]
    assert list(told) == [*(f"1({letter})" for letter in "abcdefgh"), *(f"2({letter})" for letter in "abcdefgh"),
                          *map(str, range(3, 10))]  # fmt: skip


def record(told):
    return {fact.name: fact.text for fact in told["2(g)"].tests}


@pytest.mark.parametrize("path", sorted({path for point in POINTS for _, path in point.fields}))
def test_every_source_is_a_field_that_a_manifest_may_hold(path):
    here = [Manifest]
    for step in path.split("."):
        found = []
        for kind in here:
            fields = getattr(kind, "model_fields", {})
            named = {info.alias or name: info for name, info in fields.items()}
            found += _inside(named[step].annotation) if step in named else ([] if fields else [kind])
            if step == "*" or (not fields and kind is not None):
                found.append(kind)
        here = found
        assert here, f"{path}: {step}"


def _inside(annotation):
    """The models and the plain types within an annotation such as `dict[Role, Dataset] | None`."""
    inner = [kind for argument in getattr(annotation, "__args__", ()) for kind in _inside(argument)]
    return inner or [annotation]


def test_a_fact_names_its_field_and_a_result_its_control(tmp_path):
    audit = audited(tmp_path)
    told, _ = told_of(audit)
    facts = {stated.source: stated.lines for stated in told["1(a)"].stated}
    assert facts["purpose.intended_use"] == ("Consumer loans", "Car loans")
    assert {stated.source: stated.lines for stated in told["2(d)"].stated} == {
        "data.*.origin": ("test: Branches of 2025",),
        "data.*.labelling": ("test: Repaid within a year",),
    }
    assert [one.control for one in told["2(d)"].evidenced] == ["p/GAPS"]
    assert {one.control for one in told["2(g)"].evidenced} == {"p/FAIR", "p/AUC"}
    page = render_html(audit, audit_digest=DIGEST, signing=None)
    assert "model.yaml: oversight.measures" in page
    assert "audit.json: p/GAPS" in page


def test_a_condition_stands_at_the_point_whose_field_it_reads(tmp_path):
    asks = {
        "id": "STOP",
        "title": "It can be stopped",
        "require": {"all": [{"field": "oversight.stop", "is": "present"}]},
    }
    told, _ = told_of(audited(tmp_path, None, asks, control("FAIR", **{"with": {"groups": ["sex"]}})))
    assert [(one.control, one.word) for one in told["2(e)"].evidenced] == [("p/STOP", "fail")]


def test_what_is_not_evidenced_is_said_with_what_the_point_asks_for(tmp_path):
    told, made = told_of(audited(tmp_path))
    assert told["8"].empty
    assert ("point-8", "8") in made.absent
    page = render_html(audited(tmp_path), audit_digest=DIGEST, signing=None)
    assert (
        "Not evidenced in this audit; Annex IV point 8 asks for a copy of the EU declaration of conformity. The "
        "manifest could state it under conformity.declaration, docs.sections.eu_doc." in page
    )
    assert page.count("Not evidenced in this audit;") == len(made.absent)


def test_the_test_record_is_dated_and_says_who_signed(tmp_path):
    audit = audited(tmp_path)
    signing = Signing(number=1, meaning="author", certificate="c" * 64, storage="file", made=AT, name="A. Signer")
    told, _ = told_of(audit, signing)
    assert record(told)["Date"] == "31 March 2026"
    assert record(told)["Signature"].startswith("signed by A. Signer (author)")
    assert record(told_of(audit)[0])["Signature"].startswith("NOT SIGNED")


def test_the_accuracy_for_groups_stands_at_point_3_as_the_record_holds_it(tmp_path):
    audit = audited(tmp_path)
    told, _ = told_of(audit)
    rows = [row for one in told["3"].evidenced for table in one.tables for row in table.rows]
    held = finding_of(type("R", (), {"audit": audit}), "FAIR").measured.estimates
    assert [row.estimate for row in rows if row.group == "f"] == [e for e in held if e.group == "f" and e.headline]


def test_nothing_claims_conformity(tmp_path):
    page = re.sub(r"\s+", " ", render_html(audited(tmp_path), audit_digest=DIGEST, signing=None))
    assert "It is no claim of conformity" in page
    assert not re.search(r"\b(complies|is compliant|conforms|fulfils)\b", page)
    assert "in our own words (paraphrase), which nobody has compared with the original" in page


def test_a_record_that_evidences_nothing_is_refused(tmp_path):
    audit = audited(tmp_path)
    with pytest.raises(AssayError, match="holds nothing that Annex IV asks for") as refused:
        documentation(audit.model_copy(update={"manifest": {}, "findings": ()}), None, DIGEST)
    assert "model.yaml" in refused.value.hint


def test_text_of_manifest_and_data_is_only_ever_text(tmp_path):
    told = {"purpose": {"context": HOSTILE, "intended_use": [HOSTILE] * 40}, "model": {"limitations": [HOSTILE]}}
    rows = applicants(women=HOSTILE + STEERING)
    page = render_html(audited(tmp_path, rows, **told), audit_digest=DIGEST, signing=None)
    assert_harmless(page)
    assert_strict(page)
    assert "and 10 more in audit.json" in page


def test_the_page_of_the_example_is_strict_and_its_pdf_the_same_twice():
    audit, _ = example()
    assert_strict(render_html(audit, audit_digest=DIGEST, signing=None))
    pytest.importorskip("weasyprint", exc_type=OSError)
    made = render_pdf(audit, audit_digest=DIGEST, signing=None)
    assert made == render_pdf(audit, audit_digest=DIGEST, signing=None)
    words, _, attached = text_of(made)
    assert "9. Post-market monitoring" in words
    assert attached == {}
