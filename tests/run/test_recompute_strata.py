"""Strata, tests, shortfalls, sufficiency and uncertain attributes are computed again from the bundle to the same."""

import random

from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {
    "decision": {"column": "d", "favourable": 1},
    "groups": {"sex": {"column": "sex"}, "race": {"probabilities": {"a": "pa", "b": "pb", "c": "pc"}}},
    "strata": {"job": {"column": "job"}},
}
CONTROLS = {
    "WITHIN": ("fairness.conditional_disparity", {"at_least": 0.5}, {"groups": ["sex"]}),
    "TESTED": ("fairness.significance", {"significance": 0.05, "margin": 0.2}, {"groups": ["sex"]}),
    "SHORT": ("fairness.shortfall", {"at_most": 500}, {"groups": ["sex"]}),
    "ENOUGH": ("fairness.group_sufficiency", {"at_least": 0.1}, {"groups": ["sex"]}),
    "UNSURE": ("fairness.uncertain_impact_ratio", {"reported": True}, {}),
}


def people():
    draw = random.Random(4)
    for _ in range(900):
        a, b = draw.random(), draw.random()
        a, b = a / 2, b / 2
        yield int(draw.random() < 0.5), draw.choice("mfx"), draw.choice("12"), a, b, 1 - a - b


def test_every_estimate_is_computed_again_to_the_same(tmp_path):
    write_csv(tmp_path / "test.csv", ("d", "sex", "job", "pa", "pb", "pc"), people())
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    audit, tables = recorded(tmp_path, controls, columns=COLUMNS, data={"test": {"path": "test.csv"}})
    assert {finding.control: finding.outcome for finding in audit.findings} == dict.fromkeys(CONTROLS, "pass")
    assert "evidence/uncertain-test.csv" in tables
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    name = "evidence/uncertain-test.csv"
    other = recompute(audit, {**tables, name: tables[name].replace(b"undecided,0", b"undecided,90")})
    assert other.differences
