"""Checks of single people: their tables are all that a verifier needs, and no row stands in them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from assay.run.recompute import recompute
from recorded import control, recorded
from subjects import with_model, write_frame

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"from": "score", "favourable": {"at_least": 0.5}},
    "score": {"from": "model", "kind": "probability", "of": 1},
    "groups": {"sex": {"column": "sex", "labels": {"0": "f", "1": "m"}}, "region": {"column": "region"}},
}
FEATURES = [{"name": "income"}, {"name": "sex", "protected": True}, {"name": "district"}]
CONTROLS = {
    "FLIPS": ("fairness.counterfactual_flips", {"at_most": 0.05}, {"size": 300}),
    "BOTH": ("fairness.counterfactual_flips", {"at_most": 0.9}, {"size": 300, "change": ["district", "sex"]}),
    "ALIKE": ("fairness.individual_consistency", {"at_least": 0.5}, {"size": 300}),
    "PROXIES": ("fairness.proxy_strength", {"at_most": 0.7}, {"size": 300}),
    "USE": ("fairness.proxy_use", {"at_most": 0.9}, {"size": 300, "rows": 100}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder, draw = tmp_path_factory.mktemp("recompute"), np.random.default_rng(2)
    n = 600
    table = pd.DataFrame({"income": draw.normal(size=n).round(4), "sex": draw.integers(0, 2, n)})
    table["district"] = np.where(draw.random(n) < 0.9, table.sex, 1 - table.sex)
    table["region"] = draw.choice(["=north", "so, uth", "east"], n)
    table["y"] = (table.income + table.sex > draw.normal(size=n) + 0.5).astype(int)
    model = LogisticRegression().fit(table[["income", "sex", "district"]].astype(float), table.y)
    for role in ("test", "train"):
        write_frame(table, folder / f"{role}.parquet")
    data = {role: {"path": f"{role}.parquet"} for role in ("test", "train")}
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    identity = with_model(folder, model)
    return recorded(folder, controls, columns=COLUMNS, data=data, features=FEATURES, identity=identity)


def finding(audit, name):
    return next(one for one in audit.findings if one.control == name)


def test_the_outcomes_are_those_of_a_model_that_takes_sex_and_its_proxy(made):
    outcomes = {one.control: one.outcome for one in made[0].findings}
    assert outcomes["FLIPS"] == outcomes["PROXIES"] == "fail"
    assert outcomes["BOTH"] == outcomes["ALIKE"] == "pass"
    assert not [one.error for one in made[0].findings if one.error]


def test_the_tables_give_every_estimate_again_but_those_of_attributions(made):
    audit, tables = made
    found = recompute(audit, tables)
    assert found.differences == ()
    assert found.controls == len(CONTROLS) - 1
    assert found.left_out == ("p/USE: rows and their attributions never enter a bundle",)


def test_both_controls_read_one_table_of_flips(made):
    audit, tables = made
    assert sorted(name for name in tables if name.startswith("evidence/")) == [
        "evidence/flips-test.csv",
        "evidence/neighbours-test.csv",
        "evidence/proxies-test.csv",
    ]
    assert {e.of for e in finding(audit, "BOTH").measured.estimates} == {"district", "sex"}


def test_no_income_of_anybody_is_in_a_table(made):
    incomes = {f"{value}" for value in np.random.default_rng(2).normal(size=600).round(4)}
    for name, data in made[1].items():
        if name.startswith("evidence/"):
            cells = {cell for line in data.decode().splitlines() for cell in line.split(",")}
            assert not incomes & cells


@pytest.mark.parametrize(
    ("table", "control", "old", "new"),
    [
        ("neighbours", "ALIKE", b"people,favourable,0,", b"people,favourable,0,1"),
        ("proxies", "PROXIES", b"unknown,,region,,,0", b"unknown,,region,,,1"),
        ("flips", "FLIPS", b"unknown,sex,,,0", b"unknown,sex,,,1"),
    ],
)
def test_a_count_that_was_changed_is_found(made, table, control, old, new):
    audit, tables = made
    name = f"evidence/{table}-test.csv"
    assert old in tables[name]
    found = recompute(audit, {**tables, name: tables[name].replace(old, new, 1)})
    assert any(control in difference for difference in found.differences)
