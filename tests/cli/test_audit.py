"""`assay audit`: from a table of scored people to a bundle, and every bad input in one clear error."""

import csv
import re
from copy import deepcopy

import pytest
import yaml

from assay.cli.main import main
from auditing import write_csv

AT = ["--at", "2026-03-31"]
FAIR = [(g, d, y, s) for g in ("f", "m") for d, y, s in (("yes", 1, 0.9), ("no", 0, 0.1)) for _ in range(500)]
HEADER = ("sex", "decision", "repaid", "pd")
SHORT = ["--label", "repaid=1", "--decision", "decision=yes", "--groups", "sex", "--stage", "development"]

MANIFEST = {
    "assay": "manifest/v1",
    "identity": {"id": "m", "name": "M", "version": "1"},
    "data": {"test": {"path": "people.csv"}},
    "columns": {
        "label": {"column": "repaid", "favourable": 1},
        "decision": {"column": "decision", "favourable": "yes"},
        "score": {"column": "pd", "kind": "probability", "of": 1},
        "groups": {"sex": {"column": "sex"}},
    },
}
POLICY = {
    "assay": "policy/v1",
    "id": "p",
    "version": "1.0.0",
    "title": "P",
    "controls": [
        {
            "id": "FAIR",
            "title": "Alike",
            "check": "fairness.impact_ratio",
            "criterion": {"at_least": 0.8, "source": "convention"},
        },
        {"id": "AUC", "title": "Ranks", "check": "performance.auc", "criterion": {"at_least": 0.7, "source": "house"}},
    ],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "people.csv", HEADER, FAIR)
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(MANIFEST, sort_keys=False))
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(POLICY, sort_keys=False))
    return tmp_path


def run(*arguments):
    return main(["audit", *arguments, *AT, "--out", "out"])


def test_a_table_alone_is_audited_against_the_baseline(here, capsys):
    assert run("people.csv", *SHORT, "--save-manifest", "saved.yaml") == 0
    told = capsys.readouterr()
    assert "gate OPEN for development, as of 2026-03-31" in told.out
    assert re.search(r"bundle: out/people-unversioned/[0-9a-f]{16}  \(not signed", told.out)
    assert "measure" in told.err
    again = main(["audit", "saved.yaml", "--stage", "development", *AT, "--out", "other"])
    assert again == 0


def test_the_manifest_says_the_same_as_the_options(here, capsys):
    assert run("model.yaml", "--policy", "policy.yaml", "--stage", "development") == 0
    assert "✓ pass" in capsys.readouterr().out


def test_a_blocking_fail_is_1_and_an_undecided_audit_4(here, capsys):
    write_csv(here / "people.csv", HEADER, [*FAIR, *[("x", "no", 1, 0.4)] * 300])
    assert run("people.csv", *SHORT) == 1
    write_csv(here / "people.csv", HEADER, FAIR[:20])
    assert run("people.csv", *SHORT) == 4
    assert "gate CLOSED" in capsys.readouterr().out


def changed(document, path, value):
    """A copy of the document with one entry set, or taken out where the value is None."""
    made = deepcopy(document)
    *parents, last = path
    inner = made
    for key in parents:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return made


MANIFESTS = {
    "a data file that is not there": (("data", "test", "path"), "gone.csv", "model.yaml:8:11", "gone.csv"),
    "a path that leaves the folder": (("data", "test", "path"), "../people.csv", "model.yaml:8:11", "folder"),
    "an absolute path": (("data", "test", "path"), "/etc/passwd", "model.yaml:8:11", "folder"),
    "a digest that does not match": (("data", "test", "digest"), "sha256:" + "0" * 64, "model.yaml:9:13", "digest"),
    "a column that is not there": (("columns", "label", "column"), "repayed", "model.yaml:", "repaid"),
    "a favourable value nobody has": (("columns", "decision", "favourable"), "ja", "model.yaml:", "'no', 'yes'"),
    "a number where text stands": (("columns", "score", "column"), "sex", "model.yaml:", "number"),
    "an unknown key": (("columns", "lable"), {"column": "repaid"}, "model.yaml:", "label"),
    "a wrong type": (("identity", "name"), 7, "model.yaml:4", "name"),
    "a missing key": (("identity", "version"), None, "model.yaml:", "version"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_bad_manifest_is_2_with_place_and_hint_and_nothing_written(here, capsys, case):
    path, value, place, word = MANIFESTS[case]
    (here / "model.yaml").write_text(yaml.safe_dump(changed(MANIFEST, path, value), sort_keys=False))
    assert run("model.yaml", "--policy", "policy.yaml") == 2
    told = capsys.readouterr().err
    assert place in told
    assert word in told
    assert "Traceback" not in told
    assert not (here / "out").exists()


POLICIES = {
    "an unknown check": (("controls", 0, "check"), "fairness.impact-ratio", "fairness.impact_ratio"),
    "an unknown key": (("controls", 0, "severty"), "high", "severity"),
    "an unknown parameter": (("controls", 0, "with"), {"group": ["sex"]}, "groups"),
    "an unknown operator": (("controls", 0, "criterion"), {"atleast": 0.8, "source": "house"}, "at_least"),
    "an unknown citation": (("controls", 0, "cites"), [{"ref": "us-ugesp/1607.4(E)"}], "1607.4(D)"),
    "an unknown field": (("controls", 0, "when"), {"field": "risk.teir", "equals": "high"}, "risk.tier"),
    "no source of the threshold": (("controls", 0, "criterion"), {"at_least": 0.8}, "source"),
    "no controls": (("controls",), [], "controls"),
    "an unknown $name": (("controls", 0, "criterion"), {"at_least": "$flor", "source": "house"}, "$flor"),
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_bad_policy_is_2_with_place_and_hint_and_nothing_written(here, capsys, case):
    path, value, word = POLICIES[case]
    (here / "policy.yaml").write_text(yaml.safe_dump(changed(POLICY, path, value), sort_keys=False))
    assert run("model.yaml", "--policy", "policy.yaml") == 2
    told = capsys.readouterr().err
    assert re.search(r"policy\.yaml:\d+:\d+: ", told)
    assert word in told
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"assay: [", "policy.yaml:"),
        (b"assay:\tpolicy/v1\n", "tab"),
        (b"assay: policy/v1\nassay: policy/v1\n", "policy.yaml:2:1"),
        (b"a: &a [1, 1]\nb: [*a, *a]\n", "policy.yaml:1"),
        (b"[" * 100_000, "policy.yaml:1"),
        (b"title: \xff\xfe", "UTF-8"),
        (b"", "policy.yaml"),
    ],
    ids=["syntax", "tab", "duplicate key", "alias", "100 000 brackets", "not UTF-8", "empty"],
)
def test_yaml_that_cannot_be_read_is_2(here, capsys, text, word):
    (here / "policy.yaml").write_bytes(text)
    assert run("model.yaml", "--policy", "policy.yaml") == 2
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--policy", "--waivers", "--sign"])
def test_a_file_that_is_not_there_is_named(here, capsys, option):
    assert run("model.yaml", "--policy", "policy.yaml", option, "gone.yaml") in (2, 3)
    assert "gone.yaml" in capsys.readouterr().err
    assert main(["audit", "gone.yaml", *AT]) == 2


@pytest.mark.parametrize(("score", "word"), [(1.5, "[0, 1]"), (-0.1, "[0, 1]")])
def test_probabilities_outside_their_range_are_2(here, capsys, score, word):
    write_csv(here / "people.csv", HEADER, [*FAIR, ("f", "no", 0, score)])
    assert run("model.yaml", "--policy", "policy.yaml") == 2
    assert word in capsys.readouterr().err


def test_the_table_of_a_hostile_group_name_cannot_move_the_cursor_or_run_in_a_spreadsheet(here, capsys):
    rows = [(f"=cmd()\x1b[2J{sex}", *rest) for sex, *rest in FAIR]
    write_csv(here / "people.csv", HEADER, rows)
    assert run("people.csv", *SHORT) in (0, 1, 4)
    assert "\x1b" not in capsys.readouterr().out
    (cells,) = here.glob("out/*/*/evidence/cells-*.csv")
    with cells.open(newline="") as file:
        assert not any(value.startswith("=") for row in csv.reader(file) for value in row)


def test_an_audit_that_compares_no_groups_says_so(here, capsys):
    ungrouped = [word for word in SHORT if word not in ("--groups", "sex")]
    for options, told in ((ungrouped, True), (SHORT, False)):
        assert run("people.csv", *options, "--no-pdf") == 0
        assert ("no groups were compared: --groups says by which columns" in capsys.readouterr().out) is told


def test_a_favourable_value_in_other_letters_is_told_the_right_one(here, capsys):
    assert run("people.csv", "--label", "repaid=1", "--decision", "decision=Yes", "--groups", "sex") == 2
    assert "Did you mean 'yes'?" in capsys.readouterr().err
