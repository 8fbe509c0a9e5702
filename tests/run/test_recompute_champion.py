"""What compares champion and challenger is computed again from the bundle; tables of another manifest are refused."""

import random

import pytest

from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {
    "label": {"column": "y", "favourable": 0, "unfavourable": 1},
    "score": {"column": "s", "kind": "probability", "of": 1},
    "decision": {"from": "score", "favourable": {"below": 0.5}},
    "champion": {"score": "t", "decision": {"from": "score", "favourable": {"below": 0.5}}},
    "groups": {"g": {"column": "g"}},
}
CONTROLS = [
    *(control(f"BETTER-{metric}", "performance.non_inferiority", {"at_least": -0.1}, {"metric": metric})
      for metric in ("auc", "brier", "log_loss")),
    control("AGREES", "performance.decision_agreement", {"at_least": 0.5}),
    control("NOBODY-LOSES", "fairness.no_group_worse_off", {"at_least": -0.2}),
]  # fmt: skip


def people(n=800):
    draw = random.Random(1)
    for _ in range(n):
        y, both = draw.random() < 0.3, draw.gauss(0, 0.1)
        s, t = (min(max(0.3 + 0.3 * y + both + draw.gauss(0, 0.1), 0.01), 0.99) for _ in "st")
        yield int(y), s, t, draw.choice("ab")


@pytest.fixture
def audited(tmp_path):
    write_csv(tmp_path / "test.csv", ("y", "s", "t", "g"), people())
    return recorded(tmp_path, CONTROLS, columns=COLUMNS, data={"test": {"path": "test.csv"}})


def test_every_estimate_is_computed_again_to_the_same(audited):
    audit, tables = audited
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    assert all(finding.measured.estimates[0].value is not None for finding in audit.findings)
    assert "evidence/paired-scores-test.csv" in tables


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"own,", b"own,1"), (b"people,800", b"people,801"), (b"event,", b"other,"), (b"square unit", b"sqare unit")],
)
def test_a_table_that_was_changed_is_found(audited, old, new):
    audit, tables = audited
    name = "evidence/paired-scores-test.csv"
    changed = tables[name].replace(old, new, 1)
    assert changed != tables[name]
    found = recompute(audit, {**tables, name: changed})
    assert found.differences or found.left_out


def test_a_table_without_losses_is_not_of_a_manifest_whose_scores_are_probabilities(audited):
    audit, tables = audited
    name = "evidence/paired-scores-test.csv"
    losses = (b"square ", b"log ", b"impossible", b"champion_impossible")
    lines = [line for line in tables[name].splitlines(keepends=True) if not line.startswith(losses)]
    found = recompute(audit, {**tables, name: b"".join(lines)})
    assert any("not of the kind that the manifest declares" in each for each in found.differences)
