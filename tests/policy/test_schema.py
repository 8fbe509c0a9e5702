"""What an editor is told by the schema, judged by another program: it accepts what loads and refuses what does not."""

import json
from pathlib import Path

import jsonschema
import pytest

from assay.checks.registry import find, names
from assay.cli.main import main
from assay.errors import AssayError, PolicyError
from assay.policy.load import load_policy
from assay.policy.schema import schema_of
from schemas import check_jsonschema

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "policy": [*ROOT.glob("policies/*/policy.yaml"), *ROOT.glob("examples/*/policy.yaml")],
    "catalogue": [*ROOT.glob("policies/*/catalogue.yaml")],
    "manifest": [*ROOT.glob("examples/*/model.yaml")],
    "waivers": [*ROOT.glob("examples/*/waivers.yaml")],
    "policy-tests": [
        file
        for file in (*ROOT.glob("policies/*/tests/*.yaml"), *ROOT.glob("examples/*/tests/*.yaml"))
        if file.name != "survivors.yaml"
    ],
    "survivors": [*ROOT.glob("policies/*/tests/survivors.yaml")],
}
KINDS = (*SHIPPED, "attestations", "sign-offs", "lock", "trust")

GOOD = """\
assay: policy/v1
id: house
version: 1.0.0
title: House rules
applies_from: 2026-03-31
roles: [creditor]
applies_to: {field: risk.tier, in: [high, critical]}
parameters:
  floor: {type: number, default: 0.85, minimum: 0.80, maximum: 1, tighten: up}
  rows: {type: integer, default: 500}
controls:
  - id: FAIR-01
    title: Four fifths
    enforcement: {development: inform, production: block}
    on_inconclusive: {high: sign_off, else: warn}
    cites: [{ref: us-ugesp/1607.4(D)}]
    when: {all: [{field: columns.decision, is: present}, {not: {field: risk.tier, equals: low}}]}
    check: fairness.impact_ratio
    with: {groups: [sex, sex*age_band], reference: highest, where: {field: region, in: [1, 2]}}
    criterion: {at_least: $floor, source: convention, confidence: 0.9}
  - id: DOC-01
    title: The validator is not the developer
    require: {field: owners.validator, disjoint_from: {field: owners.developer}}
  - id: EXPL-01
    title: Adds up
    check: explainability.additivity
    with: {rows: $rows}
    criterion: [{at_most: 0.01, source: house}, {between: [0, $floor], source: house}]
  - id: NOTICE-01
    title: Candidates were told
    attest: {statement: The notice was posted., roles: [hr-lead], evidence: required, maximum_days: 365}
  - id: LATER-01
    title: A control of the next version
    status: planned
"""

BY_SCHEMA = {
    "a key with a typo": ("severity", "    title: Four fifths", "    title: Four fifths\n    sevrity: high"),
    "a top-level key with a typo": ("parameter", "parameters:", "parameter:"),
    "a check that does not exist": ("unknown check", "fairness.impact_ratio", "fairness.impact-ratio"),
    "a parameter that the check does not have": ("unknown key", "groups: [sex, sex*age_band]", "gruops: [sex]"),
    "a parameter of another check": ("unknown key", "with: {rows: $rows}", "with: {exclude_under: 0.01}"),
    "a parameter of the wrong type": ("expected text", "reference: highest", "reference: [1]"),
    "a parameter out of its bounds": ("at least 1", "with: {rows: $rows}", "with: {rows: 0}"),
    "a parameter with text for a number": ("expected a whole number", "with: {rows: $rows}", "with: {rows: many}"),
    "a role of data that does not exist": ("cannot be", "{groups:", "{data: tset, groups:"),
    "a threshold in quotes": ("expected a number", "at_least: $floor", "at_least: '0.8'"),
    "two comparisons": ("exactly one", "at_least: $floor", "at_least: $floor, at_most: 1"),
    "a level beside no margin": ("exactly one", "at_least: $floor", "at_least: $floor, significance: 0.05"),
    "no comparison": ("exactly one", "at_least: $floor, ", ""),
    "a comparison with a typo": ("at_least", "at_least: $floor", "at_leest: $floor"),
    "a threshold without a source": ("`source` is missing", ", source: convention", ""),
    "a source that nobody knows": ("cannot be", "source: convention", "source: law"),
    "an empty list of criteria": ("criterion", "criterion: {at_least: $floor, source: convention, confidence: 0.9}",
                                  "criterion: []"),
    "a check without criterion": ("`criterion`", "criterion: {at_least: $floor, source: convention, confidence: 0.9}",
                                  ""),
    "a condition and a check": ("either", "    check: fairness", "    require: {field: risk.tier, is: present}\n"
                                "    check: fairness"),
    "neither condition nor check": ("either", "    require: {field: owners.validator, disjoint_from: "
                                    "{field: owners.developer}}\n", ""),
    "a planned control that asks": ("planned", "    status: planned", "    status: planned\n"
                                    "    require: {field: risk.tier, is: present}"),
    "a statement and a check": ("either", "    title: Candidates were told", "    title: Candidates were told\n"
                                "    check: performance.auc"),
    "a criterion of a statement": ("go with `check`, not with `attest`", "    title: Candidates were told",
                                   "    title: Candidates were told\n    criterion: {at_least: 1, source: house}"),
    "a statement without words": ("`statement` is missing", "statement: The notice was posted., ", ""),
    "nobody who may attest": ("roles", "roles: [hr-lead]", "roles: []"),
    "a statement that nobody has to show": ("cannot be", "evidence: required", "evidence: never"),
    "a signature that means nothing": ("cannot be", "title: House rules", "title: House rules\nsignatures: [boss]"),
    "an empty all": ("is empty", "[{field: columns.decision, is: present}, {not: {field: risk.tier, equals: low}}]",
                     "[]"),
    "two operators": ("exactly one operator", "{field: risk.tier, in:", "{field: risk.tier, equals: high, in:"),
    "no operator": ("exactly one operator", ", disjoint_from: {field: owners.developer}}", "}"),
    "an operator with a typo": ("unknown key", "disjoint_from:", "disjont_from:"),
    "an operator without a value": ("exactly one operator", "equals: low", "equals: "),
    "an answer that the gate does not give": ("cannot be", "high: sign_off", "high: sing_off"),
    "a sign-off for a fail": ("cannot be", "production: block", "production: sign_off"),
    "a stage that does not exist": ("unknown key", "{development: inform", "{developement: inform"),
    "a role of the law that does not exist": ("cannot be", "[creditor]", "[lender]"),
    "a confidence of one": ("below 1", "confidence: 0.9", "confidence: 1"),
    "no title": ("missing", "title: House rules\n", ""),
    "a version that is none": ("`version`", "1.0.0", "'1.0'"),
    "a newer language": ("expected", "policy/v1", "policy/v2"),
    "a parameter of the child in a number for its parent": (
        "expected a number", "roles: [creditor]", "roles: [creditor]\nextends: [{pack: baseline, version: ^1.0, "
        "tighten: {controls: {FAIR-01: {criterion: {at_least: $floor, source: house}}}}}]"),
    "a list for the controls": ("expected", "controls:\n", "controls: none\nx:\n"),
}  # fmt: skip
"""What is wrong → words of the loader, and what is replaced by what. The schema refuses each of them too."""

BY_LOADER = {
    "a citation that no catalogue holds": ("unknown citation", "1607.4(D)", "1607.4(Z)"),
    "a field that the manifest does not have": ("no field", "columns.decision", "columns.decisoin"),
    "a field of a list": ("is a list", "owners.validator,", "owners.validator.id,"),
    "a value that the field never has": ("is never", "[high, critical]", "[high, severe]"),
    "a parameter that is not declared": ("unknown parameter", "at_least: $floor", "at_least: $flor"),
    "a default out of its bounds": ("outside its bounds", "default: 0.85", "default: 0.75"),
    "a default that is no whole number": ("no whole number", "default: 500", "default: 500.5"),
    "bounds in the wrong order": ("first bound", "[0, $floor]", "[0.9, $floor]"),
    "a control twice": ("twice", "id: DOC-01", "id: FAIR-01"),
    "an intersection of an attribute with itself": ("names 'sex' twice", "sex*age_band", "sex*sex"),
    "one side of no side": ("fixed reference", "source: convention", "sides: one, source: convention"),
    "a law that ends before it begins": ("lies before", "applies_from: 2026-03-31", "applies_from: 2026-03-31\n"
                                         "applies_until: 2026-03-30"),
    "a test of one side": ("both sides", "at_least: $floor", "margin: 0.1, significance: 0.05, sides: one"),
    "not a number": ("not a finite number", "at_least: $floor", "at_least: .nan"),
    "a key twice": ("is there twice", "    title: Adds up", "    title: Adds up\n    title: Adds up"),
}  # fmt: skip
"""What a schema cannot know: the loader alone refuses it."""


def bad(before: str, after: str) -> str:
    assert GOOD.count(before) == 1, before
    return GOOD.replace(before, after)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Files by name → whether check-jsonschema, another program with another reader of YAML, accepts them."""

    def judge(kind: str, files: list[Path]) -> dict[Path, bool]:
        schema = tmp_path_factory.mktemp("schema") / "schema.json"
        schema.write_text(json.dumps(schema_of(kind)))
        said = json.loads(check_jsonschema("--schemafile", schema, "-o", "json", *files).stdout)
        refused = {error["filename"] for error in [*said["errors"], *said.get("parse_errors", [])]}
        assert refused <= {str(file) for file in files}
        return {file: str(file) not in refused for file in files}

    return judge


@pytest.fixture(scope="module")
def accepted(judged, tmp_path_factory):
    """What is wrong → whether the schema accepts it."""
    folder = tmp_path_factory.mktemp("policies")
    texts = {"nothing": GOOD} | {name: bad(*change[1:]) for name, change in {**BY_SCHEMA, **BY_LOADER}.items()}
    files = {name: folder / f"{number}.yaml" for number, name in enumerate(texts)}
    for name, file in files.items():
        file.write_text(texts[name])
    answers = judged("policy", list(files.values()))
    return {name: answers[file] for name, file in files.items()}


def test_a_policy_that_loads_is_accepted(accepted, tmp_path):
    (tmp_path / "policy.yaml").write_text(GOOD)
    assert load_policy(tmp_path / "policy.yaml").policy.id == "house"
    assert accepted["nothing"]


@pytest.mark.parametrize("fault", BY_SCHEMA)
def test_each_fault_that_a_schema_can_know_is_refused_by_it(accepted, fault):
    assert not accepted[fault]


@pytest.mark.parametrize("fault", BY_LOADER)
def test_what_only_the_loader_knows_is_not_refused_by_the_schema_for_another_reason(accepted, fault):
    assert accepted[fault] is (fault != "a key twice")


@pytest.mark.parametrize("fault", {**BY_SCHEMA, **BY_LOADER})
def test_every_fault_is_refused_by_the_loader(tmp_path, fault):
    words, before, after = {**BY_SCHEMA, **BY_LOADER}[fault]
    (tmp_path / "policy.yaml").write_text(bad(before, after))
    with pytest.raises(AssayError) as caught:
        load_policy(tmp_path / "policy.yaml")
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind, files in SHIPPED.items() if files])
def test_every_shipped_file_is_accepted(judged, kind):
    assert [str(file) for file, fine in judged(kind, SHIPPED[kind]).items() if not fine] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one_and_allows_no_unknown_key(kind):
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    models = [schema, *(one for one in schema["$defs"].values() if one.get("type") == "object")]
    assert all(model["additionalProperties"] is False for model in models)


def explained(schema, place=""):
    """Every key of a schema with what an editor shows for it."""
    for name, model in {"": schema, **schema["$defs"]}.items():
        for key, value in model.get("properties", {}).items():
            said = value.get("description") or schema["$defs"].get(str(value.get("$ref")).rpartition("/")[2], {}).get(
                "description"
            )
            yield f"{name}.{key}", said


@pytest.fixture(scope="module")
def of_policy():
    return schema_of("policy")


def test_every_key_of_a_policy_is_explained(of_policy):
    assert [key for key, said in explained(of_policy) if not said] == []


@pytest.mark.parametrize("name", names())
def test_the_keys_of_with_are_those_of_the_check_with_their_defaults(of_policy, name):
    (then,) = [
        rule["then"]["properties"]["with"]
        for rule in of_policy["$defs"]["Control"]["allOf"]
        if rule["if"]["properties"].get("check") == {"const": name}
    ]
    shown = of_policy["$defs"][then["$ref"].rpartition("/")[2]]["properties"]
    fields = {field.alias or key: field for key, field in find(name).parameters.model_fields.items()}
    assert list(shown) == list(fields)
    for key, field in fields.items():
        if not field.is_required() and field.default is not None:
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            assert shown[key]["default"] == default


def test_an_editor_names_every_check_with_what_it_asks(of_policy):
    offered = of_policy["$defs"]["Control"]["properties"]["check"]["anyOf"]
    told = {one["const"]: one["description"] for one in offered if "const" in one}
    assert tuple(told) == names()
    assert told["performance.auc"] == "The score ranks the rows with the event above the rows without it."


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_schema_of_each_kind(kind, capsys):
    assert main(["policy", "schema", "--of", kind]) == 0
    assert json.loads(capsys.readouterr().out) == schema_of(kind)


def test_a_kind_without_schema_names_the_nearest():
    with pytest.raises(PolicyError, match="there is no schema of `waiver`") as caught:
        schema_of("waiver")
    assert caught.value.hint == "Did you mean `waivers`?"
