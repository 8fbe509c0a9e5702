from __future__ import annotations

import re
from pathlib import Path

import pytest

from assay.record.finding import ConditionReading, Finding
from assay.report.outline import PARTS, number_of
from assay.report.view import view

from .conftest import Sample, check, doc, finding, sample, sample_audit
from .test_page import page

CHECKS = Path(__file__).parents[2] / "src/assay/checks"


def reads(sentence: str, *missing: str) -> Finding:
    return finding("C", "t", "pass", "s", requirement=ConditionReading(sentence=sentence, result=True, missing=missing))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (reads("owners.validator is present: it is j (model.yaml:20:5)"), 3),
        (reads("for all of data: origin is present"), 4),
        (reads("lineage.third_party is present: it is not there"), 12),
        (reads("lineage.source is present: it is not there"), 5),
        (reads("monitoring.plan.owner is present and risk.tier equals high"), 11),
        (reads("it is not known", "risk.register"), 10),
        (reads("nothing that the manifest names"), 3),
        (finding("C", "t", "inconclusive", "s", reason="attestation_pending"), 15),
        (finding("C", "t", "pass", "s", check=check("data.drift", doc("d"))), 9),
        (finding("C", "t", "pass", "s", check=check("data.missing", doc("d"))), 4),
        (finding("C", "t", "pass", "s", check=check("somebody.elses", doc("d"))), 3),
    ],
)
def test_a_control_stands_where_its_subject_is_treated(asked: Finding, number: int) -> None:
    assert number_of(asked) == number


def test_every_check_has_a_part_of_its_own() -> None:
    families = {name for part in PARTS for name in part.checks}
    found = {
        f"{path.parent.name}.{path.stem}"
        for path in CHECKS.glob("*/*.py")
        if not path.stem.startswith("_") and path.parent.name != "__pycache__"
    }
    assert [name for name in sorted(found) if not {name, name.partition(".")[0]} & families] == []


def test_the_sixteen_parts_are_there_in_their_order(audited: Sample) -> None:
    made = page(audited)
    headings = [int(number) for number in re.findall(r"(?<!\S)(\d{1,2}) (?=[A-Z])", made.text) if number]
    numbers = [part.number for part in PARTS]
    assert numbers == sorted(numbers)
    ids = [attributes.get("id") for _, attributes in made.tags]
    order = ["top", "findings", "applicability", *(p.anchor for p in PARTS if p.number < 13), "matrix", "open"]
    assert [name for name in ids if name in {*order, "declarations"}] == [*order, "declarations"]
    assert headings


def test_a_part_without_content_says_so_and_what_would_evidence_it() -> None:
    text = page(sample(sample_audit(findings=sample_audit().findings[2:3]))).text
    part = text[text.rindex("Fairness") : text.rindex("Explainability")]
    assert "Not evidenced in this audit. What would evidence it: a control with a check such as" in part
    assert "Not evidenced" not in text[text.rindex(" Performance ") : text.rindex("Fairness")]


def test_each_control_is_printed_in_full_exactly_once(audited: Sample) -> None:
    made = view(audited.audit, audited.gate, audit_digest=audited.digest, signing=None)
    printed = [section.anchor for chapter in made.chapters for section in chapter.controls]
    assert sorted(printed) == sorted(section.anchor for section in made.sections)
    ids = [a["id"] for _, a in page(audited).tags if str(a.get("id", "")).startswith("control-")]
    assert set(ids) >= set(printed)


def test_what_passes_is_folded_and_what_does_not_is_open(audited: Sample) -> None:
    found = page(audited)
    folded = [a for tag, a in found.tags if tag == "details" and "control" in str(a.get("class"))]
    assert folded
    assert all("is-pass" in str(a["class"]) and "open" not in a for a in folded)
    assert not any(
        "is-pass" in str(a["class"]) for tag, a in found.tags if tag == "section" and "control" in str(a.get("class"))
    )


def test_controls_that_do_not_apply_share_one_line_per_reason() -> None:
    audit = sample_audit()
    same = [f.model_copy(update={"sentence": "Applies only there"}) for f in audit.findings if f.control == "DOC-03"]
    many = tuple(same[0].model_copy(update={"control": f"N-{i}"}) for i in range(5))
    text = page(sample(audit.model_copy(update={"findings": (*audit.findings, *many)}))).text
    assert text.count("Applies only there.") == 1
    assert re.search(r"N-0 .*; N-4 .*\. Applies only there\.", text)
