"""The code of docs/python.md runs, in its order, in one session; and what it says of itself is so."""

import inspect
import re
from pathlib import Path

import pytest

import assay
from auditing import people, write_csv

DOCUMENT = Path(__file__).parents[2] / "docs" / "python.md"
MANIFEST = """\
assay: manifest/v1
identity: {id: loans, name: Loans, version: "1"}
data: {test: {path: scored.csv}}
columns:
  decision: {column: decision, favourable: approve}
  groups: {sex: {column: sex}}
"""
POLICY = """\
assay: policy/v1
id: p
version: 1.0.0
title: P
controls:
- id: FAIR-01
  title: Every group is favoured at least four fifths as often as any other
  check: fairness.impact_ratio
  criterion: {at_least: 0.8, source: convention}
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("document")
    groups = ("f", "approve", 300), ("f", "refuse", 200), ("m", "approve", 290), ("m", "refuse", 210)
    write_csv(folder / "scored.csv", *people(*groups, header=("sex", "decision")))
    (folder / "model.yaml").write_text(MANIFEST)
    (folder / "policy.yaml").write_text(POLICY)
    names: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"))
        assert len(blocks) >= 4
        for number, block in enumerate(blocks):
            exec(compile(block, f"python.md block {number + 1}", "exec"), names)
            names[f"result {number + 1}"] = names["result"]
    names["bundle"] = folder / names["bundle"]
    return names


def test_every_block_runs(session):
    assert session["result 1"].gate.open
    assert session["bundle"].is_dir()
    assert assay.verify(session["bundle"]).intact is False


def test_the_model_in_hand_is_judged(session):
    assert {f.outcome for f in session["result 2"].audit.findings} & {"pass", "fail"}
    assert "without a digest" in dict(session["result 2"].audit.subject.summary)["Model"]


def test_every_argument_of_the_table_exists_and_none_is_left_out():
    rows = re.findall(r"(?m)^\| (`.+?`) \| ", DOCUMENT.read_text(encoding="utf-8"))
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    known = list(inspect.signature(assay.audit).parameters)
    assert told == set(known[known.index("model") : known.index("policies")])


def test_everything_public_can_be_had():
    for name in assay.__all__:
        assert getattr(assay, name).__doc__, name
    assert set(dir(assay)) >= set(assay.__all__)
    with pytest.raises(AttributeError, match="evaluate"):
        _ = assay.evaluate
