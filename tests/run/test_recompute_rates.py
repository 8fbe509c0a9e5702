"""Every rate of groups, by outcome and by class, computed again from the tables of a bundle."""

import json
import random

import pytest

from assay.attest.canonical import canonical
from assay.record.audit import Audit
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

WITH = {"groups": ["g", "g*region"]}
CONTROLS = {
    "PARITY": ("fairness.parity_difference", {"at_most": 0.4}, WITH),
    "FPR": ("fairness.false_positive_rate", {"at_most": 0.4}, {**WITH, "positive": "unfavourable"}),
    "FNR": ("fairness.false_negative_rate", {"at_least": 0.4}, {**WITH, "compare": "ratio", "reference": "largest"}),
    "PPV": ("fairness.predictive_parity", {"at_least": 0.4}, {**WITH, "missing": "group"}),
    "FDR": ("fairness.false_discovery_rate", {"at_most": 0.4}, WITH),
    "FOR": ("fairness.false_omission_rate", {"at_most": 0.4}, WITH),
    "ODDS": ("fairness.equalised_odds", {"at_most": 0.4}, WITH),
    "CLASSES": ("fairness.predictive_parity", {"at_least": 0.4}, {**WITH, "classes": ["yes", "no", "later"]}),
    "ODDS-OF": ("fairness.equalised_odds", {"at_most": 0.4}, {**WITH, "classes": ["yes", "no"]}),
}
DESIGNS = {"plain": {}, "weight": {"weight": "w"}, "entity": {"entity": "client"}}


def people(n):
    draw = random.Random(8)
    for _ in range(n):
        y = "yes" if draw.random() < 0.55 else "no"
        decision = y if draw.random() < 0.7 else draw.choice(["yes", "no"])
        region, client = draw.choice(["north", "south"]), f"c{draw.randrange(300)}"
        yield draw.choice(["a", "b", "b", ""]), region, y, decision, round(draw.lognormvariate(0, 0.5), 4), client


@pytest.fixture(scope="module", params=DESIGNS)
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    write_csv(folder / "test.csv", ("g", "region", "y", "decision", "w", "client"), people(900))
    columns = {
        "label": {"column": "y", "favourable": "yes"},
        "decision": {"column": "decision", "favourable": "yes"},
        "groups": {"g": {"column": "g"}, "region": {"column": "region"}},
        **DESIGNS[request.param],
    }
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    return recorded(folder, controls, columns=columns, data={"test": {"path": "test.csv"}})


def test_the_tables_give_every_estimate_again(made):
    audit, files = made
    found = recompute(audit, files)
    assert (found.differences, found.left_out) == ((), ())
    assert found.controls == len(CONTROLS)
    assert audit.second_computation.agrees
    assert audit.second_computation.compared > 60


def test_an_interval_of_equalised_odds_that_the_counts_do_not_give_is_told(made):
    audit, files = made
    tree = json.loads(canonical(audit))
    (finding,) = (one for one in tree["findings"] if one["control"] == "ODDS")
    estimate = finding["measured"]["estimates"][0]
    assert estimate["name"] == "equalised_odds_difference"
    estimate["interval"]["high"] *= 0.9
    found = recompute(Audit.model_validate_json(json.dumps(tree)), files)
    assert any("equalised_odds_difference[g]" in line and "interval" in line for line in found.differences)


def test_classes_beyond_all_work_are_not_computed(made):
    audit, files = made
    tree = json.loads(canonical(audit))
    (finding,) = (one for one in tree["findings"] if one["control"] == "CLASSES")
    finding["check"]["parameters"]["classes"] = [f"class {number}" for number in range(101)]
    found = recompute(Audit.model_validate_json(json.dumps(tree)), files)
    assert any("has no such parameters: classes" in line for line in found.differences)
