"""Controls of papers: a row of a table each, with every paper that is lacking."""

import re

from assay.report.page import render_html
from assay.report.papers import MOST, listed
from auditing import DECIDED, control, evaluate, finding_of, people, write_csv

WRITTEN = "# Limits\n\n" + "It was tried on one bank alone. " * 12


def audited(folder, sections, asked):
    (folder / "limits.md").write_text(WRITTEN)
    (folder / "stub.md").write_text("# Purpose\n\nTo be written.\n")
    header, rows = people(("a", "yes", 40), ("b", "no", 40))
    papers = control("PAPERS", check="governance.documents", criterion={"equals": 1, "estimate":
                     "share_of_complete_sections", "source": "house"}, **{"with": {"sections": asked}})  # fmt: skip
    manifest = {"docs": {"sections": sections}}
    return evaluate(folder, write_csv(folder / "d.csv", header, rows), DECIDED, papers, manifest=manifest)


def test_each_paper_says_what_it_lacks_and_what_is_complete_stands_last(tmp_path):
    sections = {"limits": {"path": "limits.md"}, "purpose": {"path": "stub.md"}}
    result = audited(tmp_path, sections, ["limits", "purpose", "data_sheet"])
    assert listed(finding_of(result, "PAPERS")) == (
        "purpose: stub.md, 4 words, a stub: 4 words, fewer than 50",
        "data_sheet: not in the manifest",
        "limits: limits.md, 85 words, complete",
    )


def test_a_failing_control_of_papers_is_a_row_with_requirement_findings_and_method(tmp_path):
    result = audited(tmp_path, {"purpose": {"path": "stub.md"}}, ["purpose", "data_sheet"])
    page = render_html(result.audit, result.gate, audit_digest=result.gate.audit, signing=None)
    assert '<section class="control' not in page
    (row,) = re.findall(r'(?s)<tr id="control-\d+" class="listed is-fail">.*?</tr>', page)
    for told in ("PAPERS", "exactly 1", "House threshold", "data_sheet: not in the manifest", "governance.documents",
                 "Minimum words: 50"):  # fmt: skip
        assert told in row


def test_a_long_list_is_cut_and_says_so(tmp_path):
    asked = [f"paper_{i}" for i in range(MOST + 12)]
    told = listed(finding_of(audited(tmp_path, {"limits": {"path": "limits.md"}}, asked), "PAPERS"))
    assert len(told) == MOST + 1
    assert told[-1] == "12 more are in audit.json"


def test_other_controls_have_no_list(tmp_path):
    header, rows = people(("a", "yes", 40), ("b", "no", 40))
    result = evaluate(tmp_path, write_csv(tmp_path / "d.csv", header, rows), DECIDED, control("FAIR"))
    assert listed(finding_of(result, "FAIR")) == ()
