"""Slices and regions: their tables are all that a verifier needs, no row stands in them, and a cache keeps them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.request import RegionsRequest, SlicesRequest
from assay.run.recompute import recompute
from recorded import control, recorded
from subjects import with_data, with_model, write_frame

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"from": "score", "favourable": {"at_least": 0.5}},
    "score": {"from": "model", "kind": "probability", "of": 1},
}
FEATURES = [{"name": "income"}, {"name": "age"}]
CONTROLS = {
    "SLICES": ("performance.weakest_slice", {"estimate": "relative_drop", "at_most": 0.05}, {"size": 2000}),
    "FOUND": ("performance.weakest_slice", {"estimate": "error_difference", "significance": 0.1}, {"size": 2000}),
    "REGIONS": ("performance.regional_overfit", {"at_most": 0.04}, {"size": 2000, "bins": 4}),
}


def people(n, seed):
    """Whose label is noise where they are young."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame({"income": draw.normal(size=n), "age": draw.integers(20, 70, n)})
    table["y"] = (table.income + np.where(table.age < 35, 3, 0.3) * draw.normal(size=n) > 0).astype(int)
    return table


TABLES = {"test": people(1500, 1), "train": people(1500, 2)}


def fitted():
    """To the last row."""
    return DecisionTreeClassifier(random_state=0).fit(
        TABLES["train"][["income", "age"]].astype(float), TABLES["train"].y
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recompute")
    for role, table in TABLES.items():
        write_frame(table, folder / f"{role}.parquet")
    data = {role: {"path": f"{role}.parquet"} for role in TABLES}
    controls = [
        {**control(name, *asked), "enforcement": "block" if name == "REGIONS" else "warn"}
        for name, asked in CONTROLS.items()
    ]
    return recorded(
        folder, controls, columns=COLUMNS, data=data, features=FEATURES, identity=with_model(folder, fitted())
    )


def test_a_tree_that_learnt_noise_by_heart_fails_in_both_ways(made):
    findings = {one.control: one for one in made[0].findings}
    assert {name: one.outcome for name, one in findings.items()} == dict.fromkeys(CONTROLS, "fail")
    assert "age" in findings["SLICES"].sentence
    assert findings["REGIONS"].measured.estimates[0].grouping == "age"


def test_the_tables_give_every_estimate_again(made):
    audit, tables = made
    found = recompute(audit, tables)
    assert (found.differences, found.controls, found.left_out) == ((), len(CONTROLS), ())
    names = sorted(name for name in tables if name.startswith("evidence/"))
    assert names == ["evidence/regions-test-train.csv", "evidence/slices-test.csv"]


@pytest.mark.parametrize("name", ["evidence/regions-test-train.csv", "evidence/slices-test.csv"])
def test_no_income_of_anybody_is_in_a_table_and_a_changed_count_is_found(made, name):
    audit, tables = made
    incomes = {f"{value}" for table in TABLES.values() for value in table.income}
    lines = tables[name].decode().splitlines()
    assert not incomes & {cell for line in lines for cell in line.split(",")}
    changed = lines[-1].split(",")
    place = len(changed) - 1 if "regions" in name else lines[0].split(",").index("n")
    at = -1 if changed[place] else -2  # the second region of a slice has no counts
    changed = lines[at].split(",")
    changed[place] = str(int(changed[place]) - 1)
    lines[at] = ",".join(changed)
    found = recompute(audit, {**tables, name: ("\n".join(lines) + "\n").encode()})
    assert found.differences


def test_the_same_question_is_answered_from_the_cache_and_another_seed_asks_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    requests = (
        SlicesRequest("test", ("income", "age"), "errors", 5, 900, 20, 10),
        RegionsRequest("test", "train", ("income", "age"), 5, 900),
    )
    blocks = {"identity": with_model(tmp_path, fitted()), "features": FEATURES}
    subject = with_data(tmp_path, COLUMNS, needs_model=True, blocks=blocks, **TABLES)

    def measured(seed):
        options = EngineOptions(cache=tmp_path / "cache")
        values = measure(requests, subject, seed=seed, progress=lambda *told: None, options=options)
        return [values[request].csv() for request in requests], {
            path.name for path in (tmp_path / "cache" / "evidence").iterdir()
        }

    first, kept = measured(1)
    assert measured(1) == (first, kept)
    other, more = measured(2)
    assert all(one != two for one, two in zip(first, other, strict=True))
    assert len(more - kept) == len(requests)
