"""What is measured from scores by group is computed again from the bundle, drawn numbers too; forged tables are not."""

import random

import pytest

from assay.engines import group_scores as module
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {"sex": {"column": "sex"}, "band": {"column": "age", "edges": [40]}},
}
BOTH = {"groups": ["sex", "sex*band"]}
CONTROLS = {
    "RANKED": ("fairness.auc_parity", {"at_least": -0.1, "estimate": "auc_difference"}, BOTH),
    "CALIBRATED": ("fairness.calibration_within_groups", {"reported": True}, BOTH),
    "SPREAD": ("fairness.score_distribution_gap", {"at_most": 0.2}, BOTH),
}
TABLE = "evidence/group-scores-test.csv"


def audited(folder, **design):
    draw = random.Random(3)
    rows = []
    for _ in range(500):
        p = round(draw.random(), 3)
        rows.append((int(draw.random() < p), p, draw.choice("fm"), draw.randrange(20, 60), draw.choice([0.5, 1, 4])))
    write_csv(folder / "test.csv", ("y", "p", "sex", "age", "v"), rows)
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    return recorded(folder, controls, columns={**COLUMNS, **design}, data={"test": {"path": "test.csv"}})


@pytest.mark.parametrize("lines", [200, 500_000], ids=["bins", "scores"])
@pytest.mark.parametrize("design", [{}, {"weight": "v"}], ids=["plain", "weight"])
def test_every_estimate_is_computed_again_to_the_same(tmp_path, monkeypatch, lines, design):
    monkeypatch.setattr(module, "MAXIMUM_SCORES", lines)
    audit, tables = audited(tmp_path, **design)
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    assert found.controls == 3
    ranked = next(finding for finding in audit.findings if finding.control == "RANKED").measured.estimates
    assert all((each.bound is not None) == (lines == 200) for each in ranked)
    assert {each.role for each in audit.evidence} == {"scores of test by sex", "scores of test by sex*band"}


def test_people_moved_to_another_score_are_found(tmp_path):
    audit, tables = audited(tmp_path)
    lines = tables[TABLE].decode().split("\n")
    first = lines[2].split(",")
    first[1] = str(float(first[1]) + 0.0001)
    found = recompute(audit, {**tables, TABLE: "\n".join([*lines[:2], ",".join(first), *lines[3:]]).encode()})
    assert any(each.startswith(("p/RANKED: ", "p/SPREAD: ")) for each in found.differences)


@pytest.mark.parametrize(
    ("design", "forged", "told"),
    [
        ({"weight": "v"}, b"group:sex,probability,people,unscored\nf,,,0\nf,0.5,3,\n", "its weights are not those"),
        ({}, b"group:sex,score,people,unscored\nf,,,0\nf,0.5,3,\n", "its scores are not of the kind"),
        ({}, b"group:sex,probability,people,unscored\nf,,,0\nf,0.5,3,\n", "the evidence does not answer"),
        ({}, b"group:sex,probability,people,unscored\nf,,,0\nf,0.5,x,\n", "cannot be read"),
    ],
    ids=["no weights", "no probabilities", "no labels", "no count"],
)
def test_a_table_that_answers_something_else_is_refused(tmp_path, design, forged, told):
    audit, tables = audited(tmp_path, **design)
    found = recompute(audit, {**tables, TABLE: forged})
    assert any(each.startswith("p/RANKED: ") and told in each for each in found.differences)
