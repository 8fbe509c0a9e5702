"""What differs, as a page of Markdown."""

import pytest

from assay.export import delta
from assay.verdict.difference import difference

from .conftest import NAMES
from .pages import OWN, Page


def page(old, new):
    return delta.page(difference((old.audit, old.gate), (new.audit, new.gate)))


@pytest.mark.parametrize("name", NAMES)
def test_every_pair_of_records_becomes_a_page_of_known_elements_only(name, request, hostile):
    record = request.getfixturevalue(name)
    for old, new in ((hostile, record), (record, hostile)):
        found = Page(page(old, new))
        assert set(found.tags) <= OWN
        assert not found.comments
        assert not found.links


def test_the_verdict_stands_above_the_sections_and_these_are_worst_first(passing, failing):
    document = page(passing, failing)
    order = ["# Two audits compared", "**Worse: ", "- Old: Model 1, audit ", "- New: ", "## Newly failing (1)",
             "## Policy changed", "## Controls added (2)"]  # fmt: skip
    places = [document.index(each) for each in order]
    assert places == sorted(places)


def test_what_moved_within_its_interval_is_folded(passing, tmp_path):
    from .conftest import EVEN, audited, fair, recorded

    nearly = [("a", "north", "yes", 310), ("a", "north", "no", 190), *EVEN[2:]]
    new = recorded(audited(tmp_path, nearly, fair(), manifest={"risk": {"tier": "low"}}))
    found = Page(page(passing, new))
    assert "Nothing got worse" in found.text
    assert found.tags.count("details") == 1
    assert "Estimates that moved within their interval (2)" in found.text
    assert "1 (0.904 to 1.11)" in found.text


def test_a_record_and_itself_do_not_differ(everything):
    document = page(everything, everything)
    assert "**Nothing differs.** Gate: closed, as before (exit 3) at staging." in document
    assert "##" not in document.removeprefix("# ")


def test_a_huge_difference_stays_within_its_budget_and_is_counted(huge, failing):
    document = page(failing, huge)
    assert len(document.encode()) <= delta.BUDGET
    assert "Controls added (499)" in document
