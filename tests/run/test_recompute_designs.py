"""Weighted rates and intervals by entity, computed again from the tables of a bundle."""

import json
import random

import pytest

from assay.attest.canonical import canonical
from assay.record.audit import Audit
from assay.run.recompute import recompute
from auditing import write_csv
from recorded import control, recorded

CONTROLS = {
    "RATIO": ("fairness.impact_ratio", {"at_least": 0.5}, {"groups": ["g", "region", "g*region"]}),
    "EQUAL": ("fairness.equal_opportunity", {"at_most": 0.4}, {"groups": ["g"]}),
    "APART": (
        "fairness.impact_ratio",
        {"at_least": 0.3},
        {"groups": ["g", "region", "age"], "where": {"field": "y", "equals": 1}},
    ),
    "MISSING": ("data.missing", {"at_most": 0.5}, {}),
}
DESIGNS = {"weight": {"weight": "w"}, "entity": {"entity": "client"}, "both": {"weight": "w", "entity": "client"}}


def people(n):
    draw = random.Random(6)
    for _ in range(n):
        yes = "yes" if draw.random() < 0.6 else "no"
        group, region = draw.choice("ab"), draw.choice(["north", "south"])
        client = draw.choice(["", *map(str, range(150))])
        age = draw.choice(["young", "old", "older"])
        yield group, region, age, yes, draw.randint(0, 1), round(draw.lognormvariate(0, 0.7), 4), client


@pytest.fixture(scope="module", params=DESIGNS)
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("designs")
    write_csv(folder / "test.csv", ("g", "region", "age", "decision", "y", "w", "client"), people(900))
    columns = {
        "label": {"column": "y", "favourable": 1},
        "decision": {"column": "decision", "favourable": "yes"},
        "groups": {"g": {"column": "g"}, "region": {"column": "region"}, "age": {"column": "age"}},
        **DESIGNS[request.param],
    }
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    return recorded(folder, controls, columns=columns, data={"test": {"path": "test.csv"}})


def test_the_tables_give_every_estimate_again(made):
    audit, files = made
    found = recompute(audit, files)
    assert (found.differences, found.left_out) == ((), ())
    assert found.recomputed == sum(len(one.measured.estimates) for one in audit.findings) > 8
    assert audit.second_computation.agrees
    assert audit.second_computation.compared > 5


@pytest.mark.parametrize("forged", [lambda design: {**design, "effective": design["effective"] * 1.01}, lambda _: None])
def test_an_effective_number_that_the_tables_do_not_give_is_told(made, forged):
    audit, files = made
    tree = json.loads(canonical(audit))
    (finding,) = (one for one in tree["findings"] if one["control"] == "EQUAL")
    estimate = finding["measured"]["estimates"][0]
    estimate["design"] = forged(estimate["design"])
    found = recompute(Audit.model_validate_json(json.dumps(tree)), files)
    assert any("equal_opportunity_difference[g: " in line and "design" in line for line in found.differences)


def test_no_id_of_an_entity_is_in_a_table(made):
    _, files = made
    cells = files["evidence/cells-test.csv"].decode().splitlines()
    header = cells[0].split(",")
    if "entity" in header:
        groups = {line.split(",")[header.index("entity")] for line in cells[1:]}
        assert "" in groups  # rows without a client
        assert all(len(group) == 3 and int(group) < 400 for group in groups - {""})


def forged_tables(made, change):
    """The differences where the tables are those of another design than the manifest's."""
    audit, files = made
    return " ".join(recompute(audit, {name: change(data) for name, data in files.items()}).differences)


def test_tables_with_other_weights_than_the_manifest_declares_are_refused(made):
    def change(data):
        header, *lines = data.decode().splitlines()
        if not header.startswith("decision") and not header.startswith("label"):
            return data
        if header.endswith(",n,weight,weight_squared"):
            made_up = [line.rsplit(",", 2)[0] for line in (header, *lines)]
        else:
            made_up = [f"{header},weight,weight_squared", *map(with_weights_of_one, lines)]
        return ("\n".join(made_up) + "\n").encode()

    assert "its weights are not those the manifest declares" in forged_tables(made, change)


def with_weights_of_one(line):
    n = float(line.rsplit(",", 1)[1])
    return f"{line},{n},{n}"


def test_each_grouping_is_counted_by_entity_on_its_own(made):
    audit, files = made
    where = next(one.role for one in audit.evidence if one.role.startswith("cells of test where"))
    headers = [files[one.path].decode().splitlines()[0] for one in audit.evidence if one.role == where]
    keys = sorted([key for key in header.split(",") if key.startswith("group:")] for header in headers)
    clustered = "entity" in headers[0]
    assert keys == (
        [["group:age"], ["group:g"], ["group:region"]] if clustered else [["group:age", "group:g", "group:region"]]
    )
    assert all(("entity" in header) == clustered for header in headers)
