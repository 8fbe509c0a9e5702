"""What a manifest alone decides, and which fields are missing for the rest."""

import json

import yaml

from assay.policy.load import load_policies
from assay.record.condition import AllOf
from assay.run.metadata import asked_fields, missing_fields, standings
from assay.subject.manifest import load_manifest
from auditing import AT, control
from subjects import write_manifest


def found(tmp_path, *controls, policy=None, **blocks):
    text = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": list(controls)}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump({**text, **(policy or {})}, sort_keys=False))
    loaded = load_manifest(write_manifest(tmp_path, **blocks))
    return standings(load_policies([tmp_path / "policy.yaml"]), loaded, AT.date()), loaded.source.tree


def required(require, **more):
    return {"id": "C", "title": "Something is written down", "require": require, **more}


def test_present_fields_pass_absent_ones_fail_and_are_named(tmp_path):
    asked = required({"all": [{"field": "owners.business", "is": "present"}, {"field": "risk.tier", "is": "present"}]})
    (one,), tree = found(tmp_path, asked, risk={"tier": "low"})
    assert (one.id, one.outcome, missing_fields(one, tree)) == ("p/C", "fail", ("owners.business",))
    (one,), tree = found(tmp_path, asked, risk={"tier": "low"}, owners={"business": {"id": "a"}})
    assert (one.outcome, missing_fields(one, tree)) == ("pass", ())


def test_an_unknown_comparison_is_inconclusive_and_names_its_field(tmp_path):
    (one,), tree = found(tmp_path, required({"field": "risk.tier", "in": ["low"]}))
    assert (one.outcome, missing_fields(one, tree)) == ("inconclusive", ("risk.tier",))


def test_a_control_that_is_ruled_out_asks_for_nothing(tmp_path):
    asked = required({"field": "owners.business", "is": "present"}, when={"field": "risk.tier", "equals": "high"})
    (one,), tree = found(tmp_path, asked, risk={"tier": "low"})
    assert (one.outcome, missing_fields(one, tree)) == ("not_applicable", ())
    (one,), tree = found(tmp_path, asked)
    assert (one.outcome, missing_fields(one, tree)) == ("inconclusive", ("risk.tier", "owners.business"))


def test_a_check_that_has_what_it_needs_waits_for_an_audit(tmp_path):
    columns = {"decision": {"column": "d", "favourable": 1}, "groups": {"sex": {"column": "sex"}}}
    (one,), tree = found(tmp_path, control(), data={"test": {"path": "t.csv"}}, columns=columns)
    assert (one.outcome, missing_fields(one, tree)) == (None, ())


def test_a_check_that_lacks_everything_is_inconclusive_before_any_data_is_read(tmp_path):
    (one,), tree = found(tmp_path, control())
    assert one.outcome == "inconclusive"
    assert set(missing_fields(one, tree)) >= {"columns.decision", "columns.groups"}


def test_the_fields_of_a_condition_are_found_at_any_depth():
    condition = AllOf.model_validate_json(json.dumps(
        {"all": [
            {"field": "owners.validator", "disjoint_from": {"field": "owners.developer"}},
            {"not": {"any": [{"field": "risk.tier", "equals": "low"}]}},
            {"field": "findings", "for_all": {"all": [
                {"field": "owner", "is": "present"}, {"field": "/owners.business", "is": "present"}]}},
        ]}
    ))  # fmt: skip
    assert list(asked_fields(condition)) == [
        "owners.validator", "owners.developer", "risk.tier", "findings", "findings.*.owner", "owners.business"
    ]  # fmt: skip


def test_a_star_is_missing_where_the_whole_or_one_entry_is(tmp_path):
    asked = required({"field": "data.*.licence", "is": "present"})
    (one,), tree = found(tmp_path, asked)
    assert missing_fields(one, tree) == ("data",)
    data = {"train": {"path": "a.csv", "licence": "own"}, "test": {"path": "b.csv"}}
    (one,), tree = found(tmp_path, asked, data=data)
    assert missing_fields(one, tree) == ("data.*.licence",)
