"""`assay plan` on the example: what it prints, writes and refuses; no data are there."""

import json
import shutil
from pathlib import Path

import pytest

from assay.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "credit_default"


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in ("model.yaml", "policy.yaml"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(capsys, *more):
    try:
        code = main(["plan", "model.yaml", "--policy", "policy.yaml", "--at", "2026-03-31", *more])
    except SystemExit as left:
        code = left.code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out + told.err


def test_it_says_how_many_people_are_needed_and_writes_nothing(here, capsys):
    before = sorted(here.iterdir())
    code, said = ended(capsys)
    assert code == 0
    assert "credit-default/FAIR-01" in said
    assert "1 times the reference's: 985 people in each group to pass" in said
    assert sorted(here.iterdir()) == before


def test_sizes_tell_what_can_be_shown(here, capsys):
    _, said = ended(capsys, "--people", "sex:male=700,female=20")
    assert "sex: female (20) against male (700): fewer than the minimum of 30, never a pass" in said
    _, said = ended(capsys, "--people", "5000", "--rate", "0.5", "--power", "0.9")
    assert "a rate of 0.5" in said
    assert "sex: two groups of 5,000 each, one comparison" in said


def test_groups_of_an_intersection_have_commas_in_their_names(here, capsys):
    text = (here / "policy.yaml").read_text().replace("[education, marital_status]", "[education*marital_status]")
    (here / "policy.yaml").write_text(text)
    sizes = "education*marital_status:school, single=300,school, married=400"
    _, said = ended(capsys, "--people", sizes, "--out", "-")
    groups = [group for one in json.loads(said)["comparisons"] for group in one["groups"]]
    assert {(group["group"], group["reference"]) for group in groups} == {("school, single", "school, married")}


def test_the_plan_is_written_once_and_the_same_each_time(here, capsys):
    assert ended(capsys, "--out", "plan.json")[0] == 0
    written = (here / "plan.json").read_text()
    assert json.loads(written)["assay"] == "study-plan/v1"
    assert ended(capsys, "--out", "-")[1] == written
    code, said = ended(capsys, "--out", "plan.json")
    assert (code, "there already" in said) == (2, True)


def test_the_ledger_that_is_there_holds_it(here, capsys):
    assert main(["ledger", "new", "--origin", "example.org/ledger"]) == 0
    capsys.readouterr()
    _, said = ended(capsys)
    index = int(said.strip().splitlines()[-1].removeprefix("ledger: entry "))
    assert main(["ledger", "log", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[index])
    assert (last["index"], last["entry"]["kind"], last["entry"]["model"]) == (index, "study_plan", "credit-default")


@pytest.mark.parametrize(("arguments", "told"), [
    (["--rate", "1.5"], "no number between 0.001 and 0.999"),
    (["--power", "x"], "no number between 0.001 and 0.999"),
    (["--people", "sex"], "names no sizes"),
    (["--people", "sex:f=1,m"], "names no sizes"),
    (["--people", "sex:f=1,f=2"], "names a group twice"),
    (["--people", "sexx:f=1"], "no control compares rates by 'sexx'"),
    (["--people", "sex:f=500"], "name one group"),
    (["--people", "500", "--people", "600"], "twice"),
    (["--people", "sex:f=5,m=6", "--people", "sex:f=7,m=8"], "twice"),
    (["--power", "0.9999999999999999", "--people", "500"], "between 0.001 and 0.999"),
    (["--rate", "1e-300"], "between 0.001 and 0.999"),
    (["--ledger", "nowhere.sqlite"], "nowhere.sqlite"),
])  # fmt: skip
def test_what_cannot_be_used_is_one_clear_error(here, capsys, arguments, told):
    code, said = ended(capsys, *arguments)
    assert code == 2
    assert told in said
