import pytest

from assay.checks.governance.documents import documents
from assay.evidence.papers import Document, Papers
from builders import manifest, measure, needs

VIEW = manifest(docs={"sections": {"intended_use": {"path": "use.md"}, "limits": {"path": "limits.md"}}})


def measured_on(*found, **p):
    return measure(documents, VIEW, Papers(found, ()), p=p)


def doc(name, words=200, *, found=True, problem=None):
    return Document(name, f"{name}.md", found, words, problem)


def test_complete_sections_are_counted_exactly():
    complete, incomplete = measured_on(doc("intended_use"), doc("limits")).estimates
    assert (complete.name, complete.numerator, complete.denominator, complete.basis) == (
        "share_of_complete_sections",
        2,
        2,
        "exact",
    )
    assert (incomplete.name, incomplete.value) == ("incomplete_sections", 0.0)


@pytest.mark.parametrize(("words", "complete"), [(49, 0.5), (50, 1.0)])
def test_a_section_of_exactly_the_least_length_is_complete(words, complete):
    assert measured_on(doc("intended_use", words), doc("limits")).estimates[0].value == complete


def test_a_missing_file_and_a_missing_heading_are_incomplete_and_told():
    measured = measured_on(doc("intended_use", 0, found=False), doc("limits", 0, found=False, problem="no heading #x"))
    assert measured.estimates[1].value == 2.0
    assert [row[3] for row in measured.exhibits[0].rows] == ["not found", "no heading #x"]


def test_a_required_section_that_the_manifest_does_not_list_is_incomplete():
    measured = measured_on(doc("intended_use"), doc("limits"), sections=("limits", "monitoring"))
    assert measured.estimates[0].value == 0.5
    assert measured.exhibits[0].rows[1] == ("monitoring", None, None, "not in the manifest")


@pytest.mark.parametrize("view", [manifest(), manifest(docs={})])
def test_a_manifest_without_documents_is_missing_evidence_not_a_pass(view):
    found = needs(documents, view, sections=("limits",))
    assert (found.requests, found.missing) == ((), ("docs.sections",))


def test_requiring_no_section_at_all_is_refused_and_never_a_pass():
    with pytest.raises(ValueError, match="`sections` is an empty list"):
        documents.parameters(sections=())


def test_one_text_does_not_stand_for_two_sections():
    same = [Document(name, f"{name}.md", found=True, words=200, text="sha256:1") for name in ("intended_use", "limits")]
    measured = measured_on(*same)
    assert measured.estimates[0].value == 0.5
    assert [row[3] for row in measured.exhibits[0].rows] == ["complete", "the same text as intended_use"]
