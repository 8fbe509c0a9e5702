"""What is measured from a table of scores is that of the raw rows, and is computed again from the bundle."""

import random

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from assay.engines import scores as module
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {
    "label": {"column": "y", "favourable": 0},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "decision": {"from": "score", "favourable": {"below": 0.5}},
}
TOLD = {"reported": True}
CONTROLS = {
    "AUC": ("performance.auc", TOLD, {}),
    "KS": ("performance.ks", TOLD, {}),
    "AP": ("performance.average_precision", TOLD, {}),
    "LIFT": ("performance.lift", TOLD, {"top": 0.2}),
    "BRIER": ("performance.brier", TOLD, {}),
    "LOSS": ("performance.log_loss", TOLD, {}),
    "ECE": ("performance.expected_calibration_error", TOLD, {"bins": 5}),
    "HL": ("performance.hosmer_lemeshow", TOLD, {"bins": 5}),
    "LARGE": ("performance.calibration", TOLD, {}),
    "ORDER": ("performance.rank_ordering", TOLD, {"edges": [0.2, 0.5]}),
    "CUT": ("performance.cutoff_sensitivity", TOLD, {"delta": 0.05}),
    "GAIN": ("performance.gain_over_naive", TOLD, {"metric": "accuracy"}),
    "GAP": ("performance.train_test_gap", TOLD, {"metric": "average_precision"}),
}


def drawn(seed):
    draw = random.Random(seed)
    return [
        (int(draw.random() < p), p, draw.choice([0.5, 1, 4]), draw.randrange(300))
        for p in (draw.betavariate(1.5, 2) for _ in range(800))
    ]


def audited(folder, *, exact=False, **design):
    for name, seed in (("test", 3), ("train", 4)):
        write_csv(folder / f"{name}.csv", ("y", "p", "v", "id"), drawn(seed))
    ranked = {"AUC", "KS", "AP", "GAP"}
    controls = [
        control(name, check, criterion, {**given, **({"exact": True} if exact and name in ranked else {})})
        for name, (check, criterion, given) in CONTROLS.items()
    ]
    data = {name: {"path": f"{name}.csv"} for name in ("test", "train")}
    return recorded(folder, controls, columns={**COLUMNS, **design}, data=data)


def estimates(audit):
    return {(finding.control, each.name): each for finding in audit.findings for each in finding.measured.estimates}


@pytest.mark.parametrize("lines", [40, 500_000], ids=["bins", "scores"])
@pytest.mark.parametrize("design", [{}, {"weight": "v"}, {"entity": "id"}], ids=["plain", "weight", "entity"])
def test_every_estimate_is_computed_again_to_the_same(tmp_path, monkeypatch, lines, design):
    monkeypatch.setattr(module, "MAXIMUM_SCORES", lines)
    audit, tables = audited(tmp_path, **design)
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    not_honoured = {"entity": {"KS", "HL"}, "weight": {"HL"}}[next(iter(design))] if design else set()
    made = {name for (name, _), each in estimates(audit).items() if each.value is not None}
    assert made == set(CONTROLS) - not_honoured


def truths(y, p):
    return {
        ("AUC", "auc"): roc_auc_score(y, p),
        ("KS", "ks"): ks_2samp(p[y == 1], p[y == 0]).statistic,
        ("AP", "average_precision"): average_precision_score(y, p),
        ("BRIER", "brier"): brier_score_loss(y, p),
        ("LOSS", "log_loss"): log_loss(y, p),
    }


@pytest.mark.parametrize("exact", [True, False])
def test_in_bins_the_truth_lies_within_the_printed_bound_and_with_exact_ranks_on_it(tmp_path, monkeypatch, exact):
    monkeypatch.setattr(module, "MAXIMUM_SCORES", 40)
    monkeypatch.setattr(module, "BITS", 6)
    audit, _ = audited(tmp_path, exact=exact)
    y, p = np.array(drawn(3))[:, :2].T
    found = estimates(audit)
    for name, truth in truths(y.astype(int), p).items():
        assert abs(found[name].value - truth) <= (found[name].bound or 0.0) + 1e-12
        assert (found[name].bound is None) == (exact or name[0] in ("BRIER", "LOSS"))


def test_at_each_score_the_numbers_are_those_of_the_rows(tmp_path):
    audit, _ = audited(tmp_path)
    y, p = np.array(drawn(3))[:, :2].T
    found = estimates(audit)
    for name, truth in truths(y.astype(int), p).items():
        assert found[name].value == pytest.approx(truth, abs=1e-12)
        assert found[name].interval.low < truth < found[name].interval.high
    assert found["CUT", "decisions_changed"].of == "the cut at 0.45"  # the other one stands before it
    assert found["CUT", "decisions_changed"].value == ((p >= 0.45) & (p < 0.5)).mean()


def test_people_moved_to_another_score_are_found(tmp_path):
    audit, tables = audited(tmp_path)
    name = "evidence/scores-test.csv"
    lines = tables[name].decode().split("\n")
    first = lines[2].split(",")
    first[0] = repr(float(first[0]) / 2)
    found = recompute(audit, {**tables, name: "\n".join([*lines[:2], ",".join(first), *lines[3:]]).encode()})
    assert {each.split(":")[0] for each in found.differences} >= {"p/BRIER", "p/LOSS", "p/LARGE"}
