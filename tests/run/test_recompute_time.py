"""Metrics by period, days and entities are computed again from the bundle; what was changed there is found."""

import random

import pytest

from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

BINARY = {"label": {"column": "y", "favourable": 0, "unfavourable": 1},
          "score": {"column": "p", "kind": "probability", "of": 1}, "time": "day"}  # fmt: skip
NUMBERS = {"label": {"column": "z"}, "score": {"column": "s", "kind": "value"}, "time": "day"}


def audited(folder, columns, controls):
    draw = random.Random(3)
    for role, year in (("test", 2026), ("train", 2025)):
        rows = []
        for place in range(400):
            p, z = round(draw.random(), 2), draw.uniform(10, 90)
            day = f"{year}-{draw.randrange(1, 5):02}-{draw.randrange(1, 29):02}"
            who = f"client {place // 2 + 150 * (role == 'test')}"
            rows.append((int(draw.random() < p), p, z, z + draw.gauss(0, 5), day, who, draw.choice([0.5, 2])))
        write_csv(folder / f"{role}.csv", ("y", "p", "z", "s", "day", "id", "v"), rows)
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    return recorded(folder, controls, columns=columns, data=data)


def over_time(metric):
    given = {"metric": metric, "period": "quarter" if metric == "ks" else "month"}
    return control(metric.upper(), "performance.stability_over_time", {"reported": True}, given)


@pytest.mark.parametrize(
    ("columns", "metrics"),
    [
        (BINARY, ("auc", "ks", "brier", "event_rate", "observed_expected")),
        (BINARY | {"weight": "v"}, ("auc", "event_rate")),
        (NUMBERS, ("mean_residual", "root_mean_squared_error", "mean_absolute_error")),
    ],
)
def test_metrics_by_period_are_computed_again_to_the_same(tmp_path, columns, metrics):
    audit, tables = audited(tmp_path, columns, [over_time(metric) for metric in metrics])
    found = recompute(audit, tables)
    assert (found.differences, found.left_out, found.controls) == ((), (), len(metrics))
    assert all(len(each.measured.estimates) in (2, 4) for each in audit.findings)


def both(tmp_path):
    controls = [control("ORDER", "data.time_order", {"reported": True}, {}),
                control("WHO", "data.entity_overlap", {"reported": True}, {})]  # fmt: skip
    return audited(tmp_path, BINARY | {"entity": "id"}, controls)


def test_days_and_entities_are_computed_again_to_the_same(tmp_path):
    audit, tables = both(tmp_path)
    found = recompute(audit, tables)
    assert (found.differences, found.left_out, found.controls) == ((), (), 2)
    first = {finding.control: finding.measured.estimates[0] for finding in audit.findings}
    assert (first["ORDER"].numerator, first["WHO"].numerator) == (0, 50)
    assert not any(b"client" in table for path, table in tables.items() if path.startswith("evidence/"))


@pytest.mark.parametrize(("table", "name"), [("days-test-train", "ORDER"), ("shared-entities-test-train", "WHO")])
def test_a_count_that_was_changed_is_found(tmp_path, table, name):
    audit, tables = both(tmp_path)
    path = f"evidence/{table}.csv"
    lines = tables[path].decode().split("\n")
    lines[1] = lines[1].replace("data,400,0", "data,500,0")
    found = recompute(audit, {**tables, path: "\n".join(lines).encode()})
    assert any(each.startswith(f"p/{name}: ") for each in found.differences)
