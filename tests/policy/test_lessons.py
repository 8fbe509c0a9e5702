"""What other tools got wrong, one test per lesson; each is named after what it prevents and says where it happened."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

import assay
from assay.cli.main import main
from assay.errors import AssayError, PolicyError

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
VALIDATED = {"id": "C", "title": "Somebody validated it", "require": {"field": "owners.validator", "is": "present"}}
INDEPENDENT = {
    "id": "C",
    "title": "The validator is not the developer",
    "require": {"field": "owners.validator", "disjoint_from": {"field": "owners.developer"}},
}


def write(tmp_path, *controls, manifest=None, waivers=None, **policy):
    """model.yaml, policy.yaml and waivers.yaml of one small case."""
    document = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **(manifest or {})}
    text = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": list(controls), **policy}
    (tmp_path / "model.yaml").write_text(json.dumps(document))
    (tmp_path / "policy.yaml").write_text(json.dumps(text))
    if waivers is not None:
        (tmp_path / "waivers.yaml").write_text(json.dumps({"assay": "waivers/v1", "waivers": waivers}))
    return tmp_path


def evaluate(folder, **more):
    waivers = [folder / "waivers.yaml"] if (folder / "waivers.yaml").exists() else []
    options = {"policies": [folder / "policy.yaml"], "waivers": waivers, "at": AT, **more}
    return assay.audit(folder / "model.yaml", **options)


def outcome(folder, **more):
    (finding,) = evaluate(folder, **more).audit.findings
    return finding.outcome, finding.reason


def refused(folder):
    with pytest.raises(PolicyError) as told:
        evaluate(folder)
    return told.value


def waiver(folder, **more):
    given = {
        "id": "W-1", "control": "p/C", "subject": assay.subject_digest(folder / "model.yaml"), "reason": "being mended",
        "approver": {"id": "cro"}, "expires": "2026-03-31",
    }  # fmt: skip
    return {**given, **more}


SAME = {"owners": {"validator": [{"id": "ann"}], "developer": [{"id": "ann"}]}}
APART = {"owners": {"validator": [{"id": "ann"}], "developer": [{"id": "bob"}]}}


# --- Missing evidence ------------------------------------------------------------------------------------------------


def test_missing_evidence_is_not_a_pass(tmp_path):
    """opa#1857, conftest#1164, #51: an undefined value makes the rule silent, and silence passes."""
    assert outcome(write(tmp_path, INDEPENDENT)) == ("inconclusive", "evidence_missing")
    assert evaluate(tmp_path).gate.exit_code == 4


def test_what_was_not_evaluated_does_not_end_with_zero(tmp_path):
    """Soda v4: NOT_EVALUATED without a logged error ends with exit 0."""
    folder = write(tmp_path, {**INDEPENDENT, "enforcement": "inform", "on_inconclusive": "block"})
    assert evaluate(folder).gate.exit_code == 4


def test_a_skip_is_not_a_pass(tmp_path):
    """kyverno#2303, #10497; RedHat compliance-backend#368: skipped or not applicable counted as passed."""
    folder = write(
        tmp_path, {**VALIDATED, "when": {"field": "risk.tier", "equals": "high"}}, manifest={"risk": {"tier": "low"}}
    )
    result = evaluate(folder)
    assert result.audit.findings[0].outcome == "not_applicable"
    assert result.gate.exit_code == 4
    assert result.gate.why[0] == "nothing was evaluated"


def test_not_applicable_needs_a_definite_no_and_keeps_the_values_read(tmp_path):
    """pepin#139: N/A without a justification. InSpec derives it from impact 0."""
    control = {**VALIDATED, "when": {"field": "risk.tier", "equals": "high"}}
    assert outcome(write(tmp_path, control)) == ("inconclusive", "applicability_unknown")
    (finding,) = evaluate(write(tmp_path, control, manifest={"risk": {"tier": "low"}})).audit.findings
    assert finding.outcome == "not_applicable"
    assert "risk.tier equals high: it is low (model.yaml:" in finding.sentence


def test_an_unresolved_name_is_not_an_empty_text(tmp_path):
    """Kyverno puts "" for an unresolved variable in preconditions (website#321, policies#355)."""
    control = {**VALIDATED, "require": {"field": "purpose.context", "equals": ""}}
    assert "what is blank counts as absent" in str(refused(write(tmp_path, control)))
    other = {**VALIDATED, "require": {"field": "purpose.context", "not_equals": "secret"}}
    for context in ("", "  "):
        folder = write(tmp_path, other, manifest={"purpose": {"context": context}})
        assert outcome(folder) == ("inconclusive", "evidence_missing")


def test_a_measured_zero_is_a_measurement(tmp_path):
    """soda-core#1755: a measured 0 was treated as not measured."""
    control = {**VALIDATED, "require": {"field": "training.seed", "equals": 0}}
    assert outcome(write(tmp_path, control, manifest={"training": {"seed": 0}})) == ("pass", None)


def test_nothing_passes_because_a_list_is_empty(tmp_path):
    """Soda: `all([])` of a contract without checks is PASSED."""
    for require in (
        {"field": "owners.developer", "for_all": {"field": "id", "is": "present"}},
        {"field": "owners.developer", "unique": True},
        {"field": "owners.developer", "subset_of": ["ann"]},
    ):
        folder = write(tmp_path, {**VALIDATED, "require": require}, manifest={"owners": {"developer": []}})
        assert outcome(folder) == ("inconclusive", "evidence_missing")


@pytest.mark.parametrize("junction", ["all", "any"])
def test_an_empty_junction_is_not_a_vacuous_truth(tmp_path, junction):
    """Soda: an empty list of checks passes."""
    assert refused(write(tmp_path, {**VALIDATED, "require": {junction: []}})).where.startswith(str(tmp_path))


def test_a_policy_without_controls_is_an_error(tmp_path):
    """checkov#4409: a filter by severity left zero checks, and the build was green."""
    assert "`controls` is empty" in str(refused(write(tmp_path)))


def test_a_model_that_no_policy_binds_is_not_green(tmp_path):
    """kyverno#1876, checkov#4409, c7n#949: an empty selection is a success."""
    folder = write(
        tmp_path, VALIDATED, manifest={"risk": {"tier": "low"}}, applies_to={"field": "risk.tier", "equals": "high"}
    )
    assert evaluate(folder).gate.exit_code == 4


def test_missing_and_bad_do_not_look_alike(tmp_path):
    """MLflow: a metric missing from the candidate fails like a bad one."""
    assert outcome(write(tmp_path, INDEPENDENT))[0] == "inconclusive"
    assert outcome(write(tmp_path, INDEPENDENT, manifest=SAME))[0] == "fail"


# --- Reading a policy ------------------------------------------------------------------------------------------------


def test_a_typo_does_not_disable_a_rule(tmp_path):
    """cloud-custodian#9153: `filter` for `filters` ran unfiltered for days."""
    told = refused(write(tmp_path, {**VALIDATED, "wehn": {"field": "risk.tier", "equals": "high"}}))
    assert told.what == "unknown key `wehn`"
    assert "Did you mean `when`?" in told.hint


def test_a_misspelt_field_is_not_a_silent_unknown(tmp_path):
    """JSON-logic, JMESPath: a missing name is null, and null is false."""
    told = refused(write(tmp_path, {**VALIDATED, "require": {"field": "owners.validater", "is": "absent"}}))
    assert "owners.validator" in told.hint


def test_an_error_has_file_line_and_column(tmp_path):
    """conftest#177, #447: line numbers were closed as "not possible"."""
    (tmp_path / "policy.yaml").write_text("assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontorls: []\n")
    (tmp_path / "model.yaml").write_text("assay: manifest/v1\nidentity: {id: m, name: M, version: '1'}\n")
    with pytest.raises(AssayError) as told:
        evaluate(tmp_path)
    assert f"{tmp_path / 'policy.yaml'}:5:1: unknown key `contorls`" in str(told.value)


def test_a_policy_of_a_newer_language_is_refused(tmp_path):
    """Soda v3 to v4 changed the language under the same name."""
    folder = write(tmp_path, VALIDATED, assay="policy/v2")
    assert "expected `assay: policy/v1`" in str(refused(folder))


def test_texts_are_data_and_never_run(tmp_path):
    """Templates and environment variables make a policy mean something else wherever it is read."""
    control = {**VALIDATED, "require": {"field": "purpose.context", "equals": "{{ env.HOME }} $HOME ${x} 1 + 1"}}
    folder = write(tmp_path, control, manifest={"purpose": {"context": "{{ env.HOME }} $HOME ${x} 1 + 1"}})
    assert outcome(folder) == ("pass", None)


@pytest.mark.parametrize("expression", ["owners.validator.size() > 0", "!owners.validator", "5 > 4.5"])
def test_an_expression_is_no_condition(tmp_path, expression):
    """`null.size() > 0` gives false, `5 > 4.5` raises, `!model.owner` is parsed as `(!model).owner`."""
    refused(write(tmp_path, {**VALIDATED, "require": {"field": expression, "is": "present"}}))
    refused(write(tmp_path, {**VALIDATED, "require": expression}))


def test_a_number_and_a_text_are_not_unequal_but_an_error(tmp_path):
    """CEL and JMESPath answer false, or raise, when 5 meets 4.5 or "5"."""
    folder = write(tmp_path, {**VALIDATED, "require": {"field": "identity.labels.limit", "at_least": 4.5}}, manifest={
        "identity": {"id": "m", "name": "M", "version": "1", "labels": {"limit": "5"}}})  # fmt: skip
    told = refused(folder)
    assert "number" in told.what


def test_whole_and_broken_numbers_compare(tmp_path):
    """CEL: `5 > 4.5` raises in one package and is true in another."""
    folder = write(
        tmp_path, {**VALIDATED, "require": {"field": "training.seed", "above": 4.5}}, manifest={"training": {"seed": 5}}
    )
    assert outcome(folder) == ("pass", None)


@pytest.mark.parametrize("unknown_first", [True, False])
def test_the_order_of_members_decides_nothing(tmp_path, unknown_first):
    """OPA and JMESPath: an absent field next to a false one answers by position."""
    members = [{"field": "risk.tier", "equals": "high"}, {"field": "training.seed", "equals": 1}]
    control = {**VALIDATED, "require": {"all": members if unknown_first else members[::-1]}}
    assert outcome(write(tmp_path, control, manifest={"training": {"seed": 2}})) == ("fail", None)


def test_a_citation_that_does_not_exist_is_an_error(tmp_path):
    """InSpec, OSCAL: tags are free text; nothing checks that a reference exists in that edition."""
    told = refused(write(tmp_path, {**VALIDATED, "cites": [{"ref": "us-ugesp/1607.4(Z)"}]}))
    assert told.what == "unknown citation `us-ugesp/1607.4(Z)`"
    assert "1607.4(D)" in told.hint


def test_severity_is_local_and_decides_nothing(tmp_path):
    """checkov#884: severity needs an account; #4409: a filter by it then runs zero checks."""
    codes = {
        evaluate(write(tmp_path, {**INDEPENDENT, "severity": severity}, manifest=SAME)).gate.exit_code
        for severity in ("low", "medium", "high", "critical")
    }
    assert codes == {1}


# --- The gate --------------------------------------------------------------------------------------------------------


def test_enforcement_is_no_part_of_the_rule(tmp_path):
    """kyverno#2308, #2292: a level per rule was asked for; Sentinel sets it where the policy is used."""
    folder = write(tmp_path, {**INDEPENDENT, "enforcement": {"development": "inform"}}, manifest=SAME)
    codes = {stage: evaluate(folder, stage=stage).gate.exit_code for stage in ("development", "staging")}
    assert codes == {"development": 0, "staging": 1}
    assert {evaluate(folder, stage=stage).audit.findings[0].outcome for stage in codes} == {"fail"}


def test_exit_codes_tell_a_bad_model_from_a_broken_file(tmp_path, capsys):
    """Semgrep CI ends an internal error with 0; conftest's numbers change their meaning with a flag; gitlab#344546."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    command = [
        "audit",
        str(folder / "model.yaml"),
        "--policy",
        str(folder / "policy.yaml"),
        "--out",
        str(tmp_path / "r"),
    ]
    assert main(command) == 1
    (folder / "policy.yaml").write_text("nonsense")
    assert main(command) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_nothing_of_ours_needs_an_exporter_to_run():
    """compliance-trestle pins cryptography and paramiko to the last digit."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [name for name in project["dependencies"] if "trestle" in name or "paramiko" in name]
    assert not [name for name in project["dependencies"] if "==" in name]


# --- Waivers ---------------------------------------------------------------------------------------------------------


def test_a_waived_fail_stays_a_fail(tmp_path):
    """Tools that drop a waived finding are of no use to an auditor."""
    folder = write(tmp_path, {**INDEPENDENT, "enforcement": {"production": "block"}}, manifest=SAME)
    write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[waiver(folder)])
    result = evaluate(folder, stage="staging")
    assert result.audit.findings[0].outcome == "fail"
    assert (result.gate.lines[0].outcome, result.gate.lines[0].waived_by) == ("fail", "W-1")
    assert result.gate.exit_code == 0


def test_a_waiver_ends_with_its_last_day_in_utc(tmp_path):
    """inspec#5794: is the day inclusive, and of which zone?"""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[waiver(folder)])
    codes = [
        evaluate(folder, stage="staging", at=at).gate.exit_code
        for at in (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    ]
    assert codes == [0, 1]


@pytest.mark.parametrize("day", ["2026-3-31", "31.03.2026", "2026-02-30", "never", "", None, 20260331])
def test_a_malformed_day_is_not_a_waiver_without_end(tmp_path, day):
    """glsec#424: a malformed date; elsewhere it never expires."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[waiver(folder, expires=day)])
    assert "expires" in str(refused(folder))


def test_a_waiver_has_a_reason_and_an_approver(tmp_path):
    """inspec#4551: no approver since 2019. inspec#5260: the reason is blank."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    for field in ("reason", "approver"):
        given = waiver(folder)
        del given[field]
        write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[given])
        assert field in str(refused(folder))
    write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[waiver(folder, reason="   ")])
    assert "reason" in str(refused(folder))


@pytest.mark.parametrize("approver", ["ann", " Ann", "ANN"])
def test_nobody_waives_their_own_model(tmp_path, approver):
    """kyverno#2627, #6979: approval was left to whoever can push."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    write(tmp_path, INDEPENDENT, manifest=SAME, waivers=[waiver(folder, approver={"id": approver})])
    assert evaluate(folder, stage="staging").gate.exit_code == 1


def test_a_waiver_does_not_outlive_the_model_it_was_given_for(tmp_path):
    """checkov#5868: an exception should lapse when the resource changes."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    given = waiver(folder)
    write(tmp_path, INDEPENDENT, manifest={**SAME, "training": {"seed": 8}}, waivers=[given])
    result = evaluate(folder, stage="staging")
    assert result.gate.exit_code == 1
    assert "another subject" in result.gate.waivers[0].why


def test_there_is_no_comment_that_skips_a_rule(tmp_path):
    """bridgecrew-action#34: anyone can add a skip comment."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    for name in ("model.yaml", "policy.yaml"):
        text = (folder / name).read_text()
        (folder / name).write_text(f"# assay: skip=p/C nosemgrep checkov:skip=C\n{text}# noqa\n")
    assert evaluate(folder).gate.exit_code == 1
    for block in ({"skip": ["p/C"]}, {"waivers": []}):
        with pytest.raises(AssayError, match="unknown key"):
            evaluate(write(tmp_path, INDEPENDENT, manifest={**SAME, **block}))


def test_a_mandatory_control_cannot_be_waived(tmp_path):
    """agssh: mandatory controls are not waivable."""
    folder = write(tmp_path, {**INDEPENDENT, "waivable": False}, manifest=SAME)
    write(tmp_path, {**INDEPENDENT, "waivable": False}, manifest=SAME, waivers=[waiver(folder)])
    result = evaluate(folder, stage="staging")
    assert result.gate.exit_code == 1
    assert "cannot be waived" in result.gate.waivers[0].why


def test_waivers_do_not_pile_up_without_bound(tmp_path):
    """agssh: a ceiling on waiver debt."""
    controls = [{**INDEPENDENT, "id": name} for name in ("A", "B")]
    folder = write(tmp_path, *controls, manifest=SAME)
    given = [waiver(folder, id=f"W-{name}", control=f"p/{name}") for name in ("A", "B")]
    codes = {}
    for ceiling in (2, 1):
        write(tmp_path, *controls, manifest=SAME, waivers=given, maximum_open_waivers=ceiling)
        codes[ceiling] = evaluate(folder, stage="staging").gate.exit_code
    assert codes == {2: 0, 1: 1}


def test_loosening_is_only_possible_where_everybody_sees_it(tmp_path):
    """InSpec lets a child weaken a control or skip it, and nothing shows the difference."""
    parent = {"assay": "policy/v1", "id": "parent", "version": "1.0.0", "title": "Parent", "controls": [
        {"id": "F", "title": "F", "severity": "high", "check": "fairness.impact_ratio",
         "criterion": {"at_least": 0.8, "source": "convention"}}]}  # fmt: skip
    (tmp_path / "parent").mkdir()
    (tmp_path / "parent" / "policy.yaml").write_text(json.dumps(parent))
    child = tmp_path / "child"
    child.mkdir()
    for looser in (
        {"criterion": {"at_least": 0.75, "source": "house"}},
        {"severity": "low"},
        {"enforcement": "warn"},
    ):
        write(child, VALIDATED, id="child", extends=[
            {"pack": "parent", "version": "^1.0", "tighten": {"controls": {"F": looser}}}])  # fmt: skip
        told = str(refused(child))
        assert "loosens F of parent 1.0.0" in told
        assert "parent" in told
        assert "waiver" in told
    write(child, VALIDATED, id="child", extends=[
        {"pack": "parent", "version": "^1.0", "tighten": {"controls": {"F": {"skip": True}}}}])  # fmt: skip
    assert "unknown key `skip`" in str(refused(child))


# --- What is written -------------------------------------------------------------------------------------------------


def test_an_unfinished_record_says_what_was_evaluated(tmp_path):
    """Every record names policy, version and digest: which text was applied (OPA bundle revision, InSpec lock)."""
    folder = write(tmp_path, INDEPENDENT, manifest=SAME)
    result = evaluate(folder, out=tmp_path / "reports")
    assert result.bundle is not None
    (applied,) = json.loads((result.bundle / "audit.json").read_text())["policies"]
    assert (applied["id"], applied["version"]) == ("p", "1.0.0")
    assert applied["digest"].startswith("sha256:")


def test_every_finding_leads_to_the_line_of_its_rule(tmp_path):
    """opa, conftest: `line=1` in the output of every finding."""
    folder = write(tmp_path, VALIDATED, {**INDEPENDENT, "id": "D"}, manifest=APART)
    text = (folder / "policy.yaml").read_text().replace('{"id"', '\n{"id"')
    (folder / "policy.yaml").write_text(text)
    lines = text.splitlines()
    for finding in evaluate(folder).audit.findings:
        line = int(finding.place.split(":")[1])
        assert f'"id": "{finding.control}"' in lines[line - 1]
