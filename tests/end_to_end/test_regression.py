"""A regression audited by group: a manifest without a favourable label, a signed difference without a reference."""

import numpy as np
import pandas as pd
import pytest

import recorded
from assay.errors import ManifestError
from assay.run.recompute import recompute
from auditing import control, evaluate

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value", "higher": "favourable"},
           "groups": {"g": {"column": "g"}}}  # fmt: skip
REPORTED = {"reported": True, "source": "house"}


def data(tmp_path, n=400):
    random = np.random.default_rng(8)
    y = random.normal(50, 9, n)
    frame = pd.DataFrame({"y": y, "s": y + random.normal(0, 3, n), "g": random.choice(["a", "b"], n)})
    frame.to_csv(tmp_path / "d.csv", index=False)
    return tmp_path / "d.csv"


def test_what_needs_events_says_what_is_missing_and_the_rest_is_measured_and_computed_again(tmp_path):
    checks = ("residual_bias", "mean_absolute_error_ratio", "standardised_mean_difference", "ranking_exposure")
    controls = [recorded.control(f"C-{at}", f"fairness.{name}", {"reported": True}) for at, name in enumerate(checks)]
    controls.append(recorded.control("C-9", "performance.auc", {"reported": True}))
    data(tmp_path)
    audit, files = recorded.recorded(tmp_path, controls, columns=COLUMNS, data={"test": {"path": "d.csv"}})
    by = {finding.control: finding for finding in audit.findings}
    assert {by[f"C-{at}"].outcome for at in range(4)} == {"pass"}
    assert "columns.label.favourable" in by["C-9"].sentence
    again = recompute(audit, files)
    assert again.differences == ()
    assert again.left_out == ()
    assert again.recomputed == 4 + 1 + 1 + 1


def test_a_label_without_a_favourable_value_is_a_number_of_a_regression(tmp_path):
    for score in (None, {"column": "s", "kind": "rank", "higher": "favourable"}):
        columns = {**COLUMNS, "score": score} if score else {"label": COLUMNS["label"]}
        with pytest.raises(ManifestError, match="label needs `favourable`"):
            evaluate(tmp_path, data(tmp_path), columns, control(check="fairness.residual_bias", criterion=REPORTED))
