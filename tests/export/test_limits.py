"""What platforms drop, cut or refuse beyond a limit, in silence or as a whole: no export goes beyond it.

The limits of a summary, a comment and the number of annotations and results are tested where these are written.
"""

import gzip
import json
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from assay.export import code_scanning, comment, github, gitlab, junit, markdown, sarif
from export.conftest import NAMES, many
from export_example import example

STEP_SUMMARY = 1024 * 1024
COMMENT = 65_536
ANNOTATION = 4096
UPLOAD, RULES, TAGS, LOCATIONS, RUNS = 10_000_000, 25_000, 20, 1_000, 20
JUNIT_CASES = 500_000


@pytest.fixture(params=[*NAMES, "huge", "many", "example"])
def any_record(request):
    """Every way to end; 500 controls of long texts; a control that judges 6 000 groups; the example."""
    match request.param:
        case "many":
            return many(request.getfixturevalue("failing"), 6_000)
        case "example":
            return example()
        case name:
            return request.getfixturevalue(name)


def test_a_test_case_has_one_answer_at_most_for_pages_show_one(any_record):
    """KICS printed several failures into a case, and pages showed the first."""
    cases = list(ElementTree.fromstring(junit.render(any_record)).iter("testcase"))
    assert 0 < len(cases) < JUNIT_CASES
    assert [case.attrib for case in cases if len(case) > 1] == []
    names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert len(names) == len(set(names)), "cases of one name overwrite each other"


def test_github_prints_every_annotation_that_is_given_to_it(any_record):
    lines = github.render(any_record).splitlines()
    levels = [re.match(r"::(error|warning|notice) ", line)[1] for line in lines]
    assert all(levels.count(level) <= 10 for level in ("error", "warning", "notice"))
    assert levels == sorted(levels, key=("error", "warning", "notice").index), (
        "the worst are printed first, for those at the end are dropped"
    )
    assert [line for line in lines if len(line.rpartition("::")[2].encode("utf-16-le")) // 2 > ANNOTATION] == []


def test_a_summary_and_a_comment_are_taken_whole(any_record):
    assert len(markdown.render(any_record).encode()) < STEP_SUMMARY / 4, "several steps share the page of a job"
    assert len(comment.render(any_record)) < COMMENT
    assert len(comment.render(any_record).encode()) < COMMENT


@pytest.mark.parametrize("module", [sarif, code_scanning])
def test_github_takes_the_upload(any_record, module):
    text = module.render(any_record)
    assert len(gzip.compress(text.encode())) < UPLOAD
    runs = json.loads(text)["runs"]
    assert len(runs) < RUNS
    for run in runs:
        assert len(run["tool"]["driver"]["rules"]) < RULES
        assert len(run["results"]) <= 5_000
        assert [rule["id"] for rule in run["tool"]["driver"]["rules"] if len(rule["properties"]["tags"]) > TAGS] == []
        for result in run["results"]:
            places = [*result["locations"], *result.get("relatedLocations", [])]
            assert 1 <= len(result["locations"]) <= len(places) < LOCATIONS, "a result without a place is refused"
            for place in places:
                uri = urlsplit(place["physicalLocation"]["artifactLocation"]["uri"])
                assert (uri.scheme, uri.netloc) == ("", ""), "a place that is an address is refused"
                assert not uri.path.startswith("/")


def test_gitlab_keeps_every_issue(any_record):
    """It keeps one of several with the same fingerprint."""
    issues = json.loads(gitlab.render(any_record))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    for issue in issues:
        assert issue["location"]["lines"]["begin"] >= 1
        assert not re.match(r"/|\./|[a-z]+:", issue["location"]["path"])
