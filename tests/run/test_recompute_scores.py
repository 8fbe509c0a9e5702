"""What is measured from scores is computed again from the bundle: in bins, by ranks, with weights and with entities."""

import random

import pytest

from assay.engines import scores as module
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

COLUMNS = {"label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "probability", "of": 1}}
CONTROLS = {
    "AUC": ("performance.auc", {"at_least": 0.5}),
    "CALIBRATED": ("performance.calibration", {"reported": True}),
    "GAP": ("performance.train_test_gap", {"at_most": 0.2}),
}


def people(seed):
    draw = random.Random(seed)
    for _ in range(600):
        p = draw.random()
        yield int(draw.random() < p), p, draw.choice([0.5, 1.0, 4.0]), draw.randrange(200)


def audited(folder, **design):
    for role, seed in (("test", 1), ("train", 2)):
        write_csv(folder / f"{role}.csv", ("y", "p", "v", "id"), people(seed))
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    if not design:
        controls.append({**controls[0], "id": "EXACT", "with": {"exact": True}})
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    return recorded(folder, controls, columns={**COLUMNS, **design}, data=data)


@pytest.mark.parametrize("lines", [50, 100_000], ids=["bins", "scores"])
@pytest.mark.parametrize(
    "design", [{}, {"weight": "v"}, {"entity": "id"}, {"weight": "v", "entity": "id"}],
    ids=["plain", "weight", "entity", "both"],
)  # fmt: skip
def test_every_estimate_is_computed_again_to_the_same(tmp_path, monkeypatch, lines, design):
    monkeypatch.setattr(module, "MAXIMUM_SCORES", lines)
    audit, tables = audited(tmp_path, **design)
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())
    values = {one.control: one.measured.estimates[0] for one in audit.findings}
    assert None not in {estimate.value for estimate in values.values()}
    assert ("bins" in values["AUC"].method) == (lines == 50)
    if not design:
        assert "bins" not in values["EXACT"].method
        assert abs(values["EXACT"].value - values["AUC"].value) < 1e-4


PLAIN = b"probability,events: y = 1,nonevents,unlabelled,unscored\n,,,0,0\n0.2,20,30,,\n0.7,30,20,,\n"
GROUPED = PLAIN.replace(b"probability,", b"probability,entity,").replace(b"\n", b"\n,", 1)
WEIGHTED = (
    b"probability,events: y = 1,nonevents,unlabelled,unscored,events_weight,events_weight_squares,nonevents_weight,"
    b"nonevents_weight_squares\n,,,0,0,,,,\n0.2,20,30,,,20.0,20.0,30.0,30.0\n0.7,30,20,,,30.0,30.0,20.0,20.0\n"
)


@pytest.mark.parametrize(
    ("design", "forged", "told"),
    [
        ({}, WEIGHTED, "its weights are not those the manifest declares"),
        ({"weight": "v"}, PLAIN, "its weights are not those the manifest declares"),
        ({"entity": "id"}, PLAIN, "its entities are not those the manifest declares"),
        ({}, GROUPED.replace(b"\n0.2,", b"\n0.2,7,").replace(b"\n0.7,", b"\n0.7,7,"),
         "its entities are not those the manifest declares"),
        ({}, PLAIN.replace(b"probability", b"score"), "its scores are not of the kind that the manifest declares"),
    ],
    ids=["more weights", "no weights", "no entities", "more entities", "no probabilities"],
)  # fmt: skip
def test_a_table_of_another_design_than_the_manifest_declares_is_refused(tmp_path, design, forged, told):
    audit, tables = audited(tmp_path, **design)
    found = recompute(audit, {**tables, "evidence/scores-test.csv": forged})
    assert f"p/AUC: its evidence evidence/scores-test.csv is not of this manifest: {told}" in found.differences
