"""Which law was applied, to whom, and what is only announced: through whole audits and their reports."""

import subprocess
from datetime import date

import pytest

import assay
from assay.api.bundles import html
from assay.cli.main import main
from assay.cli.summary import summary
from auditing import AT, DECIDED, control, evaluate, finding_of, people, write_csv

FAIR = [("a", "yes", 250), ("a", "no", 250), ("b", "yes", 250), ("b", "no", 250)]
PLANNED = {"id": "LATER", "title": "Something to come", "status": "planned"}
OLD = {"status": "superseded", "applies_until": "2026-02-28", "superseded_by": "us-mrm-sr26-2"}


def audited(tmp_path, *controls, **more):
    data = write_csv(tmp_path / "d.csv", *people(*FAIR))
    return evaluate(tmp_path, data, DECIDED, *(controls or (control(),)), **more)


def dated(end):
    return {"data": {"test": {"path": "d.csv", "period": {"start": "2020-01-01", "end": end}}}}


def page(result):
    return html(result.audit, result.gate, None).decode()


def test_a_control_that_is_not_in_force_yet_does_not_apply_and_says_so(tmp_path):
    result = audited(tmp_path, control(), control("NEW", applies_from="2027-12-02"))
    finding = finding_of(result, "NEW")
    told = "Applies only if it is in force on 2026-03-31, the day of the law: it is in force from 2027-12-02"
    assert (finding.outcome, finding.sentence) == ("not_applicable", told)
    assert finding.measured.estimates == ()
    assert told in page(result)


def test_the_same_control_applies_when_its_law_is_asked_for(tmp_path):
    result = audited(tmp_path, control("NEW", applies_from="2027-12-02"), law_at=date(2027, 12, 2), stage="staging")
    assert finding_of(result, "NEW").outcome == "pass"
    assert "law as of 2 December 2027, asked for</td>" in page(result)
    assert "\nlaw as of 2027-12-02, asked for\n" in summary(result.audit, result.gate)


def test_the_law_is_that_of_the_last_day_of_the_test_data(tmp_path):
    result = audited(tmp_path, control("NEW", applies_from="2025-07-01"), manifest=dated("2025-06-30"))
    assert result.audit.law_at.day == date(2025, 6, 30)
    assert finding_of(result, "NEW").outcome == "not_applicable"
    assert "30 June 2025, the last day of the test data" in page(result)


def test_a_law_of_the_day_of_the_audit_is_not_told(tmp_path):
    result = audited(tmp_path)
    assert result.audit.law_at.day == AT.date()
    assert "Law as of" not in page(result)
    assert "law as of" not in summary(result.audit, result.gate)


def test_an_audit_of_nothing_in_force_never_passes(tmp_path):
    result = audited(tmp_path, policy={"applies_from": "2027-01-01"})
    assert (result.gate.exit_code, result.gate.why[0]) == (4, "nothing was evaluated")
    assert "policy p: not in force before 2027-01-01" in summary(result.audit, result.gate)


def test_a_control_past_its_last_day_names_what_took_its_place(tmp_path):
    result = audited(tmp_path, control(), control("OLD", applies_until="2026-03-30", superseded_by="C"))
    assert finding_of(result, "OLD").outcome == "not_applicable"
    assert finding_of(result, "OLD").sentence.endswith("it is no longer in force since 2026-03-31, superseded by C")


def test_a_superseded_policy_can_be_used_and_everybody_is_told(tmp_path):
    result = audited(tmp_path, policy=OLD)
    assert finding_of(result).outcome == "pass"
    (policy,) = result.audit.policies
    told = "superseded since 2026-03-01 by us-mrm-sr26-2"
    assert policy.notes == (told,)
    shown = page(result)
    cover = shown.split("</header>")[0]
    assert "<b>Policy p:</b> Superseded since 2026-03-01 by us-mrm-sr26-2." in cover
    assert shown.count("Superseded since 2026-03-01 by us-mrm-sr26-2.") == 2
    assert f"policy p: {told}" in summary(result.audit, result.gate)


def test_a_draft_and_an_overdue_review_are_loud(tmp_path):
    result = audited(tmp_path, policy={"status": "draft", "review_by": "2026-03-30"})
    cover = page(result).split("</header>")[0]
    assert "A draft that nobody has approved. Its review was due by 2026-03-30." in cover


@pytest.mark.parametrize(
    ("roles", "outcome", "reason"),
    [
        (["deployer"], "pass", None),
        (["provider"], "not_applicable", None),
        (None, "inconclusive", "applicability_unknown"),
        ([], "inconclusive", "applicability_unknown"),
    ],
)
def test_a_control_binds_the_roles_it_names_and_an_unsaid_role_is_no_way_out(tmp_path, roles, outcome, reason):
    manifest = {} if roles is None else {"organisation": {"name": "Bank", "roles": roles}}
    finding = finding_of(audited(tmp_path, control(roles=["deployer", "employer"]), manifest=manifest))
    assert (finding.outcome, finding.reason) == (outcome, reason)
    if roles == ["provider"]:
        assert finding.sentence.startswith("Applies only if the organisation is deployer or employer: ")
        assert "organisation.roles says provider (model.yaml:" in finding.sentence
    if reason:
        assert finding.sentence == "Not known whether it applies; missing: organisation.roles"


def test_a_day_that_has_not_come_wins_over_an_unknown_role(tmp_path):
    finding = finding_of(audited(tmp_path, control(roles=["deployer"], applies_from="2027-01-01")))
    assert finding.outcome == "not_applicable"


def test_the_days_and_the_condition_must_all_hold(tmp_path):
    when = {"field": "risk.tier", "equals": "high"}
    held = control(applies_from="2020-01-01", when=when)
    high, low = ({"risk": {"tier": tier}} for tier in ("high", "low"))
    assert finding_of(audited(tmp_path, held, manifest=high)).outcome == "pass"
    assert finding_of(audited(tmp_path, held, manifest=low)).outcome == "not_applicable"


def test_a_planned_control_is_listed_and_never_counted(tmp_path):
    result = audited(tmp_path, control(), PLANNED)
    assert [finding.control for finding in result.audit.findings] == ["C"]
    assert result.audit.policies[0].planned == (("LATER", "Something to come"),)
    assert "LATER, Something to come" in page(result)
    assert "1 control: 1 pass" in summary(result.audit, result.gate)


def test_a_policy_of_nothing_but_plans_is_never_a_pass(tmp_path, capsys):
    result = audited(tmp_path, PLANNED)
    assert (result.audit.findings, result.gate.exit_code) == ((), 4)
    assert "no control was evaluated" in summary(result.audit, result.gate)
    assert "No control was evaluated." in page(result)
    code = main(["audit", str(tmp_path / "model.yaml"), "--policy", str(tmp_path / "policy.yaml"),
                 "--out", str(tmp_path / "out")])  # fmt: skip
    assert code == 4
    assert "nothing was evaluated" in capsys.readouterr().out


def test_the_law_is_an_option_of_the_command_and_goes_into_the_audit_id(tmp_path, capsys):
    audited(tmp_path, control("NEW", applies_from="2027-12-02"))
    ids = set()
    given = ["audit", str(tmp_path / "model.yaml"), "--policy", str(tmp_path / "policy.yaml"), "--stage", "staging"]
    for law, expected in (("2027-12-01", 4), ("2027-12-02", 0)):
        out = tmp_path / law
        assert main([*given, "--at", "2026-03-31", "--law-at", law, "--out", str(out)]) == expected
        ids |= {path.name for path in out.glob("*/*")}
    assert len(ids) == 2
    assert "law as of 2027-12-02, asked for" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["2027-13-01", "2027", "1 December 2027", "2027-12-01T00:00:00Z", ""])
def test_a_malformed_day_of_the_law_is_wrong_usage(given, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["audit", "x.yaml", "--law-at", given])
    assert stopped.value.code == 2
    assert "is not a day" in capsys.readouterr().err


def test_same_inputs_and_same_law_are_the_same_bytes(tmp_path):
    one, two = (audited(tmp_path, policy=OLD, law_at=date(2025, 1, 1)) for _ in range(2))
    assert one.audit.model_dump_json() == two.audit.model_dump_json()
    other = audited(tmp_path, policy=OLD, law_at=date(2025, 1, 2))
    assert other.audit.id != one.audit.id


def test_what_the_record_says_of_dates_and_roles_is_verified_again(tmp_path, identity):
    controls = (control(), control("NEW", applies_from="2027-12-02"), control("ROLE", roles=["deployer"]), PLANNED)
    signer = assay.load_signer(identity)
    result = audited(tmp_path, *controls, policy=OLD, law_at=date(2026, 1, 1), out=tmp_path / "out", sign=signer)
    assert assay.verify(result.bundle).problems == ()
    done = subprocess.run(["pdftotext", result.bundle / "report.pdf", "-"], capture_output=True, text=True, check=True)
    told = " ".join(done.stdout.split())
    assert "Policy p: Superseded since 2026-03-01 by us-mrm-sr26-2; in force on 2026-01-01, the day of the law." in told
    assert "law as of 1 January 2026, asked for" in told
    assert "LATER, Something to come" in told
