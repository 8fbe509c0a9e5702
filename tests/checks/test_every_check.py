"""What holds for every check that ships."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from assay.checks.registry import SECTIONS, find, names
from assay.evidence.view import SubjectView
from builders import manifest

ROOT = Path(__file__).parents[2]
SHIPPED = [name for name in names() if find(name).measure.__module__.startswith("assay.")]


def test_every_file_of_a_family_is_a_check_that_is_found_by_its_path():
    folder = ROOT / "src" / "assay" / "checks"
    files = [path for path in folder.glob("*/*.py") if not path.name.startswith("_")]
    assert sorted(f"{path.parent.name}.{path.stem}" for path in files) == SHIPPED
    assert {name.partition(".")[0] for name in SHIPPED} == {
        "data", "explainability", "fairness", "governance", "performance", "robustness",
    }  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_every_check_is_named_in_a_test_of_checks(name):
    family, _, short = name.partition(".")
    tests = (ROOT / "tests" / "checks" / family).glob("test_*.py")
    assert any(re.search(rf"\b{short}\b", path.read_text(encoding="utf-8")) for path in tests)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_docstring_opens_with_a_requirement_and_names_everything(name):
    check = find(name)
    first, *rest = check.docstring.split("\n\n")
    assert first.endswith(".")
    assert len(first) > 40
    for section in SECTIONS:
        assert f"\n{section}:" in "\n\n".join(["", *rest])
    for parameter in check.parameters.model_fields:
        assert f"`{parameter}" in check.docstring


@pytest.mark.parametrize("name", SHIPPED)
def test_every_estimate_that_it_names_stands_in_its_docstring(name):
    check = find(name)
    p = check.parameters()
    given, written = check.gives(p), " ".join(check.docstring.split())
    assert given
    for estimate in given:
        parts = [estimate, *(f"<{each}>{estimate.removeprefix(str(value))}" for each, value in vars(p).items())]
        assert any(f"`{part}`" in written for part in parts), estimate


@pytest.mark.parametrize("name", SHIPPED)
def test_every_parameter_has_a_default_and_unknown_ones_are_refused(name):
    check = find(name)
    assert check.parameters() == check.parameters.model_validate_json("{}")
    with pytest.raises(ValueError, match="extra"):
        check.parameters.model_validate_json('{"treshold": 1}')


@pytest.mark.parametrize(
    "name", [n for n in SHIPPED if n not in ("governance.digests", "governance.audit_age", "governance.outcome_trend")]
)
def test_on_a_bare_manifest_it_asks_for_nothing_and_says_what_is_missing(name):
    check = find(name)
    found = check.needs(check.parameters(), SubjectView(manifest()))
    assert found.requests == ()
    assert found.missing


def test_the_document_of_all_checks_is_current():
    done = subprocess.run([sys.executable, ROOT / "docs" / "checks.py", "--check"], check=False)
    assert done.returncode == 0, "run `make checks`"
