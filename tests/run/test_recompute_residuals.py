"""The errors of a regression are computed again from the bundle; sums that were changed are found."""

import random

import pytest

from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}}
CHECKS = ("root_mean_squared_error", "mean_absolute_error", "r_squared", "mean_absolute_percentage_error",
          "mean_residual", "regression_gain")  # fmt: skip
TABLE = "evidence/residuals-test.csv"


def audited(folder, **design):
    draw = random.Random(3)
    for role in ("test", "train"):
        rows = []
        for place in range(300):
            y = draw.uniform(10, 90)
            rows.append((y, y + draw.gauss(0, 5), draw.choice([0.5, 1, 4]), place % 120))
        write_csv(folder / f"{role}.csv", ("y", "s", "v", "id"), rows)
    controls = [control(name.upper(), f"performance.{name}", {"reported": True}, {}) for name in CHECKS]
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    return recorded(folder, controls, columns={**COLUMNS, **design}, data=data)


@pytest.mark.parametrize("design", [{}, {"weight": "v"}, {"weight": "v", "entity": "id"}])
def test_every_estimate_is_computed_again_to_the_same(tmp_path, design):
    audit, tables = audited(tmp_path, **design)
    assert {each.role for each in audit.evidence} == {"residuals of test", "residuals of train"}
    assert all(one.measured.estimates[0].interval is not None for one in audit.findings)
    found = recompute(audit, tables)
    assert (found.differences, found.left_out, found.controls) == ((), (), len(CHECKS))


def test_a_sum_that_was_changed_is_found(tmp_path):
    audit, tables = audited(tmp_path)
    *lines, last, end = tables[TABLE].decode().split("\n")
    cells = last.split(",")
    cells[9] = str(float(cells[9]) * 0.9)  # of squared residuals
    found = recompute(audit, {**tables, TABLE: "\n".join([*lines, ",".join(cells), end]).encode()})
    told = {name.upper() for name in CHECKS for each in found.differences if each.startswith(f"p/{name.upper()}: ")}
    assert {"ROOT_MEAN_SQUARED_ERROR", "R_SQUARED", "REGRESSION_GAIN"} <= told


def test_a_table_without_the_weights_of_the_manifest_is_refused(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "weighted").mkdir()
    _, plain = audited(tmp_path / "plain")
    audit, tables = audited(tmp_path / "weighted", weight="v")
    found = recompute(audit, {**tables, TABLE: plain[TABLE]})
    assert any("its weights are not those" in each for each in found.differences)
