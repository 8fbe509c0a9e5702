"""The views in German: every text of ours is translated, what the record says is marked as English."""

import re

import pytest

from assay.report import annex_iv, executive, fair_lending, ll144, model_card
from assay.report.annex_points import CHAPTERS
from assay.report.language import speaking
from auditing import evaluate, write_csv
from viewing import example, text_of

from .conftest import signing_of
from .test_language import left_over, marked

__all__ = ["marked"]
DIGEST = "sha256:" + "ab" * 32


class Names:
    """Fields of the manifest and checks, whose names no language changes."""

    def model_dump(self, mode):
        fields = [path for _, _, points in CHAPTERS for point in points for _, path in point.fields]
        return [*fields, *(check for _, _, checks in fair_lending.ANALYSES for check in checks)]


def pages(audit, gate, signing=None):
    """Every view of the record but that of Local Law 144."""
    digest = gate.audit
    return {
        "executive": executive.render_html(audit, gate, audit_digest=digest, signing=signing),
        "annex-iv": annex_iv.render_html(audit, audit_digest=digest, signing=signing),
        "fair-lending": fair_lending.render_html(audit, audit_digest=digest),
        "model-card": model_card.render_html(audit, audit_digest=digest),
    }


def hired(folder, **manifest):
    """An audit under Local Law 144, with a category of few people and people of no known one."""
    rows = [(sex, race, kind) for sex in "fm" for race in ("Asian", "White") for kind, n in (("yes", 30), ("no", 20))
            for _ in range(n)] + [("f", "Other", "yes")] * 3 + [("", "White", "no")] * 7  # fmt: skip
    columns = {"decision": {"column": "selected", "favourable": "yes"},
               "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}}}  # fmt: skip
    told = {"purpose": {"decision": {"domain": "employment"}}} | manifest
    data = write_csv(folder / "d.csv", ("sex", "race", "selected"), rows)
    return evaluate(folder, data, columns, policies=["nyc-ll144"], manifest=told).audit


@pytest.mark.parametrize("signer", [None, "Mei Tanaka"])
@pytest.mark.parametrize("of", ["sample", "example"])
def test_no_text_of_ours_is_left_in_english_in_any_view(marked, audited, of, signer):
    audit, gate = (audited.audit, audited.gate) if of == "sample" else example()
    signing = signing_of(signer)
    records = [audit, gate, Names(), *([signing] if signing else [])]
    for name, page in pages(audit, gate, signing).items():
        assert left_over(page, records) == [], name


def test_no_text_of_ours_is_left_in_english_in_the_summary_of_local_law_144(marked, tmp_path):
    audit = hired(
        tmp_path, organisation={"name": "City Bakery"}, identity={"id": "r", "name": "Ranker", "version": "1"}
    )
    for minimum in (0, 5):
        page = ll144.render_html(audit, audit_digest=audit.subject.digest, minimum_cell=minimum)
        assert left_over(page, [audit]) == []


def test_what_the_record_says_is_marked_as_english(tmp_path):
    audit, gate = example()
    with speaking("de"):
        made = pages(audit, gate) | {"ll144-summary": ll144.render_html(hired(tmp_path), audit_digest=DIGEST)}
    for page in made.values():
        assert '<html lang="de">' in page
    assert all(' lang="en"' in made[name] for name in made if name != "ll144-summary")
    purpose = audit.manifest["purpose"]["context"]
    assert re.search(rf'<td lang="en">{re.escape(purpose[:40])}', made["executive"])


def test_a_page_in_english_marks_nothing_as_english():
    audit, gate = example()
    for page in pages(audit, gate).values():
        assert page.count('lang="en"') == 1


def test_the_points_of_the_annex_have_the_words_of_the_regulation():
    audit, gate = example()
    with speaking("de"):
        page = pages(audit, gate)["annex-iv"]
    terms = ("Technische Dokumentation", "Zweckbestimmung", "Betriebsanleitungen für den Betreiber",
             "Menschliche Aufsicht", "Beobachtung nach dem Inverkehrbringen", "EU-Konformitätserklärung")  # fmt: skip
    assert [term for term in terms if term not in page] == []
    assert not any(f"> {point.ref} {point.title}<" in page for _, _, points in CHAPTERS for point in points)


def test_the_summary_for_decision_makers_is_one_page_in_german_too():
    pytest.importorskip("weasyprint", exc_type=OSError)
    audit, gate = example()
    with speaking("de"):
        words, pages, _ = text_of(executive.render_pdf(audit, gate, audit_digest=gate.audit, signing=None))
    assert pages == 1
    assert "Die Freigabe für die Vorproduktion ist VERWEIGERT" in words
    assert "NICHT SIGNIERT." in words
