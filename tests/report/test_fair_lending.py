"""The fair-lending view: attribute by attribute, each analysis that was made, and each that was not."""

import re

import pytest

from assay.errors import AssayError
from assay.report.fair_lending import fair_lending, render_html, render_pdf
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

HOUSE = {"source": "house"}


def asked():
    return (
        control("AIR", **{"with": {"groups": ["sex", "age_band"]}}),
        control("SMD", check="fairness.standardised_mean_difference", criterion={"at_most": 0.3, **HOUSE},
                **{"with": {"groups": ["sex"]}}),
        *(
            control(name, check=f"fairness.{check}", criterion={"reported": True, **HOUSE},
                    **{"with": {"groups": ["sex"]}})
            for name, check in (("SIG", "significance"), ("STRATA", "conditional_disparity"), ("SHORT", "shortfall"))
        ),
    )  # fmt: skip


def audited(tmp_path, rows=None, *controls, **manifest):
    data = write_csv(tmp_path / "d.csv", HEADER, applicants() if rows is None else rows)
    return evaluate(tmp_path, data, COLUMNS, *(controls or asked()), manifest=manifest).audit


def attributes(audit):
    return {one.name: one for one in fair_lending(audit).attributes}


def test_each_attribute_has_its_analyses_in_their_order(tmp_path):
    found = attributes(audited(tmp_path))
    assert list(found) == ["sex", "age_band"]
    assert [(kind.title, [one.control for one in kind.controls]) for kind in found["sex"].analyses] == [
        ("Adverse impact ratios", ["p/AIR"]),
        ("Statistical significance", ["p/SIG"]),
        ("Standardised mean differences of the score", ["p/SMD"]),
        ("Comparisons with circumstances held fixed (strata)", ["p/STRATA"]),
        ("Shortfall: how many more would have been approved", ["p/SHORT"]),
    ]
    assert [kind.title for kind in found["age_band"].analyses] == ["Adverse impact ratios"]


def test_what_was_not_analysed_is_said_for_each_attribute(tmp_path):
    found = attributes(audited(tmp_path))
    assert found["sex"].absent == (
        "differences of approval rates (fairness.parity_difference)",
        "less discriminatory alternatives (fairness.less_discriminatory_alternative)",
        "inputs that stand in for a protected attribute (fairness.proxy_strength)",
    )
    assert "statistical significance (fairness.significance)" in found["age_band"].absent


def test_only_numbers_of_the_attribute_stand_under_it(tmp_path):
    audit = audited(tmp_path)
    found = attributes(audit)
    for name, attribute in found.items():
        rows = [row for kind in attribute.analyses for one in kind.controls for t in one.tables for row in t.rows]
        assert rows
        assert {row.estimate.grouping for row in rows} == {name}
    held = {e.id: e for e in finding_of(type("R", (), {"audit": audit}), "AIR").measured.estimates}
    (air,) = found["sex"].analyses[0].controls
    assert [row.estimate for row in air.tables[0].rows] == [held["impact_ratio[sex: f / m]"]]


def test_the_tables_by_stratum_are_there(tmp_path):
    (strata,) = attributes(audited(tmp_path))["sex"].analyses[3].controls
    shown = next(one.table for one in strata.exhibits if "by stratum" in one.table.title)
    assert {row[0].text for row in shown.rows} == {"stratum north", "stratum south", "aggregate", "within strata"}


def test_the_outcome_beside_an_attribute_is_that_of_the_attribute(tmp_path):
    few = [row for row in applicants() if row[:2] != ("f", "young")]
    rows = few + [("f", "middle", "north", "no", "no", 0.4)] * 200
    found = attributes(audited(tmp_path, rows, control("AIR", **{"with": {"groups": ["sex", "age_band"]}},
                               criterion={"at_least": 0.1, **HOUSE})))  # fmt: skip
    by_sex, by_age = (found[name].analyses[0].controls[0] for name in ("sex", "age_band"))
    assert (by_sex.word, by_sex.whole) == ("pass", "fail")
    assert (by_age.word, by_age.whole) == ("fail", "")
    assert by_age.found.startswith("Impact ratio of middle against")


def test_people_without_a_group_are_counted_and_told(tmp_path):
    rows = [*applicants(), *[("", "old", "north", "yes", "yes", 0.5)] * 10]
    told = attributes(audited(tmp_path, rows))["sex"].left_out
    assert "AIR: 2.1 % of the rows have no known sex and are not compared." in [t.replace("\u202f", " ") for t in told]


def test_inputs_that_stand_in_for_a_group_are_told_with_their_reason(tmp_path):
    features = [{"name": "postcode", "proxy_for": ["sex"], "justification": "Risk differs by place."},
                {"name": "score"}, {"name": "married", "protected": True}]  # fmt: skip
    made = fair_lending(audited(tmp_path, features=features))
    assert made.inputs == (
        ("postcode", "stands in for sex", "Risk differs by place."),
        ("married", "protected itself", ""),
    )


def test_each_method_is_printed_once_with_its_limits(tmp_path):
    audit = audited(tmp_path, None, *asked(), control("AIR2", **{"with": {"groups": ["sex"]}}))
    methods = fair_lending(audit).methods
    assert [method.check for method in methods].count("fairness.impact_ratio") == 1
    assert all(any(p.heading == "Limits" for p in method.paragraphs) for method in methods)
    page = render_html(audit, audit_digest=DIGEST)
    assert "Legal status." in page
    assert "in our own words (paraphrase), not compared with the original" in re.sub(r"\s+", " ", page)


def test_a_record_that_compares_no_groups_is_refused(tmp_path):
    only = control("AUC", check="performance.auc", criterion={"at_least": 0.6, **HOUSE})
    with pytest.raises(AssayError, match="compares no groups") as refused:
        fair_lending(audited(tmp_path, None, only))
    assert "fairness.impact_ratio" in refused.value.hint


def test_text_of_manifest_and_data_is_only_ever_text(tmp_path):
    told = {"purpose": {"context": HOSTILE}, "features": [{"name": HOSTILE, "protected": True}]}
    page = render_html(audited(tmp_path, applicants(women=HOSTILE + STEERING), **told), audit_digest=DIGEST)
    assert_harmless(page)
    assert_strict(page)


def test_the_page_of_the_example_is_strict_and_its_pdf_the_same_twice():
    audit, _ = example()
    assert_strict(render_html(audit, audit_digest=DIGEST))
    pytest.importorskip("weasyprint", exc_type=OSError)
    made = render_pdf(audit, audit_digest=DIGEST)
    assert made == render_pdf(audit, audit_digest=DIGEST)
    words, _, attached = text_of(made)
    assert "Methods and limits" in words
    assert attached == {}
