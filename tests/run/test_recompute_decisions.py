"""What is counted from labels, decisions, grades and groups is computed again from the bundle."""

import random

import pytest

from assay.run import evidence_again as limits
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {
    "label": {"column": "y", "favourable": 0, "unfavourable": 1},
    "score": {"column": "s", "kind": "probability", "of": 1},
    "decision": {"from": "score", "favourable": {"below": 0.5}},
    "grade": {"column": "now", "order": ["A", "B", "C"]},
    "previous_grade": "before",
    "groups": {"g": {"column": "g", "population": {"a": 0.5, "b": 0.5}, "population_source": "the register"}},
}
RATES = ("precision", "recall", "specificity", "f1", "accuracy", "balanced_accuracy", "matthews")
CONTROLS = [
    *(control(f"RATE-{name}", f"performance.{name}", {"at_least": 0.1}) for name in RATES),
    *(control(f"METRIC-{name}", "performance.metric", {"at_least": -1}, {"metric": name})
      for name in ("f1_macro", "neg_log_loss", "cohen_kappa_score")),
    control("BALANCE", "data.class_balance", {"at_least": 0.1}),
    control("LIKE", "data.representativeness", {"at_most": 0.2}),
    control("JEFFREYS", "performance.grade_calibration", {"at_most": 0.5}),
    control("ORDER", "performance.grade_ordering", {"at_most": 2}),
    control("MOVES", "performance.migration", {"at_most": 1}),
    control("SPREAD", "performance.concentration", {"at_most": 1}),
]  # fmt: skip


def people(n=800):
    draw = random.Random(1)
    for _ in range(n):
        y = draw.random() < 0.4
        s = min(max(0.4 + 0.2 * y + draw.gauss(0, 0.15), 0.01), 0.99)
        now = "A" if s < 0.4 else "B" if s < 0.6 else "C"
        yield int(y), s, now, draw.choice(("A", "B", "C", now, now, now, "")), draw.choice("ab")


@pytest.fixture(params=[{}, {"weight": "s"}, {"entity": "now"}], ids=["plain", "weighted", "by entity"])
def audited(request, tmp_path):
    write_csv(tmp_path / "test.csv", ("y", "s", "now", "before", "g"), people())
    columns = {**COLUMNS, **request.param}
    return recorded(tmp_path, CONTROLS, columns=columns, data={"test": {"path": "test.csv"}}), request.param


def test_every_estimate_is_computed_again_to_the_same(audited):
    (audit, tables), design = audited
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    valued = [
        finding.control for finding in audit.findings if any(e.value is not None for e in finding.measured.estimates)
    ]
    assert len(valued) == (len(CONTROLS) if not design else 9)
    unhonoured = [finding for finding in audit.findings if finding.control not in valued]
    assert all(finding.outcome == "inconclusive" for finding in unhonoured)
    assert all("does not honour" in " ".join(finding.measured.missing) for finding in unhonoured)


def test_a_table_that_was_changed_is_found(tmp_path):
    write_csv(tmp_path / "test.csv", ("y", "s", "now", "before", "g"), people())
    audit, tables = recorded(tmp_path, CONTROLS, columns=COLUMNS, data={"test": {"path": "test.csv"}})
    name = next(name for name in tables if "cells" in name)
    head, first, *rest = tables[name].split(b"\r\n" if b"\r\n" in tables[name] else b"\n")
    *levels, n = first.split(b",")
    changed = b"\n".join([head, b",".join([*levels, str(int(n) + 1).encode()]), *rest])
    found = recompute(audit, {**tables, name: changed})
    assert found.differences or found.left_out


def test_classes_in_a_table_without_end_are_left_out(tmp_path, monkeypatch):
    names = [f"c{place:03d}" for place in range(100)]
    write_csv(tmp_path / "test.csv", ("y", "d"), [(name, name) for name in names] * 2)
    columns = {"label": {"column": "y", "favourable": "c000"}, "decision": {"column": "d", "favourable": "c000"}}
    asked = control("MANY", "performance.recall", {"at_least": 0}, {"classes": names})
    audit, tables = recorded(tmp_path, [asked], columns=columns, data={"test": {"path": "test.csv"}})
    assert recompute(audit, tables).differences == ()
    monkeypatch.setattr(limits, "MOST_WORK", limits.MOST_WORK // 10)  # and so is the table
    lines = "".join(f"{a:04d},{b:04d},40\n" for a in range(270) for b in range(270))
    forged = {**tables, "evidence/cells-test.csv": f"class:decision,class:label,n\n{lines}".encode()}
    found = recompute(audit, forged)
    assert "p/MANY: computing all controls again takes more work than is done" in found.left_out
