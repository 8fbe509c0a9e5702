"""Pass, fail, inconclusive, not applicable, error and waived: a reader of each format tells them apart by what it says.

Nobody reads documentation beside a test page. What stands in a format beside a control is taken from it as its reader
shows it, and has to hold the word.
"""

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from itertools import combinations
from xml.etree import ElementTree

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from assay.export.formats import FORMATS, render
from export.pages import Page

CONTROLS = {
    "pass": "FAIR-04", "fail": "FAIR-01", "inconclusive": "DOC-03", "not applicable": "GOV-02", "error": "PERF-01",
    "waived": "FAIR-02",
}  # fmt: skip
"""How a control of `everything` stands → one that stands so."""
Shown = dict[str, str]
"""Control → what is shown of how it stands."""


def of_rows(text: str) -> Shown:
    """Markdown: the column Outcome; what does not apply is a line below the tables."""
    page = Page(text)
    rows = {row[0].split()[0].removeprefix("p/"): row[1] for row in page.rows if row[0] != "Control"}
    left_out = re.search(r"(Not applicable): 1 control \((.*?)\)", page.text)
    return rows | ({left_out[2].removeprefix("p/"): left_out[1]} if left_out else {})


def of_model_card(text: str) -> Shown:
    """A heading of a control and the words below it, or a line of a list."""
    found = re.findall(r"^### (\S+): .*\n\n\*\*(.*?)\*\*", text, re.MULTILINE)
    return dict([*found, *re.findall(r"^- (\S+): .*?: \*\*(.*?)\*\*", text, re.MULTILINE)])


def of_sarif(text: str) -> Shown:
    """The kind, the message, and whether it is suppressed."""
    (run,) = json.loads(text)["runs"]
    return {
        one["ruleId"].removeprefix("p/"): f"{one['kind']}: {one['message']['text'].partition('. ')[0]}"
        + (" (suppressed)" if "suppressions" in one else "")
        for one in run["results"]
    }


def of_annotations(text: str) -> Shown:
    found = re.findall(r"^::(\w+) .*?::(\S+?)(?: \S+\[.*?\])?: (.*?)\. ", text, re.MULTILINE)
    return {control: f"{level}: {told}" for level, control, told in found}


def of_gitlab(text: str) -> Shown:
    return {
        one["check_name"].removeprefix("p/"): one["severity"]
        + re.sub(r"^.*?: ", ": ", one["description"].split(". ")[0])
        for one in json.loads(text)
    }


def of_junit(text: str) -> Shown:
    """What a test page shows: the colour of the case and its message."""
    return {
        case.attrib["name"].split()[0]: ": ".join([case[0].tag, case[0].attrib["message"].partition(". ")[0]])
        if len(case)
        else "passed"
        for case in ElementTree.fromstring(text).iter("testcase")
    }


def of_csv(text: str) -> Shown:
    """The columns which say it, with their names."""
    names = ("control_outcome", "effect", "waived_by")
    return {
        row["control"]: ", ".join(f"{name} {row[name]}" for name in names if row[name])
        for row in csv.DictReader(StringIO(text))
    }


def of_metrics(text: str) -> Shown:
    """The series which are 1."""
    found: dict[str, list[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.value == 1 and sample.name in ("assay_control_outcome", "assay_control_waived"):
                found.setdefault(sample.labels["control"], []).append(sample.labels.get("outcome", "waived"))
    return {control: ", ".join(held) for control, held in found.items()}


def of_oscal(text: str) -> Shown:
    """The state of the finding with its remarks and its properties; what does not apply is an observation alone."""
    (result,) = json.loads(text)["assessment-results"]["results"]
    found = {}
    for one in [*result["observations"], *result["findings"]]:
        told = {prop["name"]: prop["value"] for prop in one["props"]}
        status = one.get("target", {}).get("status", {})
        said = [told["outcome"], told.get("waived-by") and "waived", status.get("state"), status.get("remarks")]
        found[told["control"].removeprefix("p/")] = ": ".join(each for each in said if each)
    return found


def of_cyclonedx(text: str) -> Shown:
    found: dict[str, str] = {}
    for prop in json.loads(text)["metadata"]["component"]["properties"]:
        control, _, name = prop["name"].removeprefix("assay:finding:p/").partition(":")
        if name in ("outcome", "waived-by"):
            found[control] = found.get(control, "") + f"{name} {prop['value']}; "
    return found


READERS: dict[str, Callable[[str], Shown]] = {
    "markdown": of_rows, "comment": of_rows, "model-card": of_model_card, "sarif": of_sarif, "code-scanning": of_sarif,
    "github": of_annotations, "gitlab": of_gitlab, "junit": of_junit, "csv": of_csv, "openmetrics": of_metrics,
    "oscal": of_oscal, "cyclonedx": of_cyclonedx,
}  # fmt: skip
SILENT = {
    "comment": {"pass"},
    "github": {"pass", "not applicable"},
    "gitlab": {"pass", "not applicable"},
    "code-scanning": {"pass", "not applicable", "waived"},
}
"""What is not a problem has no place in a list of problems. The summary of the same job shows it."""
WORDS = {"pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "not applicable": "not.?applicable",
         "error": "error", "waived": "waived"}  # fmt: skip


def shown(name, recorded):
    told = READERS[name](render(name, recorded))
    return {standing: told[control] for standing, control in CONTROLS.items() if control in told}


def test_there_is_a_reader_of_every_format():
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("name", READERS)
def test_each_outcome_is_said_by_its_word_and_no_other_reads_like_it(name, everything):
    found = shown(name, everything)
    assert set(found) == set(CONTROLS) - SILENT.get(name, set())
    for standing, told in found.items():
        assert re.search(WORDS[standing], told, re.IGNORECASE), (standing, told)
    assert [pair for pair in combinations(found, 2) if found[pair[0]] == found[pair[1]]] == []


@pytest.mark.parametrize("name", READERS)
def test_a_waived_fail_is_said_to_be_both_and_no_other_is_said_to_be_waived(name, everything):
    found = shown(name, everything)
    assert [standing for standing, told in found.items() if "waived" in told] == ["waived"] * ("waived" in found)
    assert "fail" in found.get("waived", "fail").lower()


@pytest.mark.parametrize("name", READERS)
def test_an_inconclusive_is_never_said_to_pass_or_to_fail(name, everything):
    """JUnit, where it closes the gate, has no other element than `failure`: there the type and the message say it."""
    told = shown(name, everything)["inconclusive"].lower()
    told = told.removeprefix("failure: ") if name == "junit" else told
    assert re.search(r"\b(pass\w*|fail\w*|satisfied)\b", told.replace("not-satisfied", "")) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("markdown", "fail, waived by W-1"),
        ("sarif", "fail: FAIR-02: fail, waived by W-1 (suppressed)"),
        ("github", "notice: fail, waived by W-1"),
        ("gitlab", "info: fail, waived by W-1"),
        ("junit", "skipped: FAIL, waived by W-1"),
        ("csv", "control_outcome fail, effect none, waived_by W-1"),
        ("openmetrics", "fail, waived"),
        ("oscal", "fail: waived: not-satisfied: fail, waived by W-1 (Carla Sousa), approver not verified"),
        ("cyclonedx", "outcome fail; waived-by W-1; "),
        ("model-card", "fail, waived by W-1"),
    ],
)
def test_how_a_waiver_reads_in_each_format(name, told, everything):
    assert shown(name, everything)["waived"] == told


@pytest.mark.parametrize("name", ["github", "gitlab", "code-scanning"])
def test_a_list_of_problems_without_any_is_valid_and_does_not_look_like_an_audit_that_failed(name, passing):
    text = render(name, passing)
    assert shown(name, passing) == {}
    assert text in ("[]\n",) or "open" in text
