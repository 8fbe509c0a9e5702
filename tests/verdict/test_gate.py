"""The gate and the waivers that open it."""

from datetime import date, timedelta

import pytest

from assay.record.audit import ASKED_FOR, LawAt, SecondComputation
from assay.record.people import Person
from assay.record.policy import AnswerByTier, Criterion, EnforcementByStage
from gates import AT, audit, finding, gate, waiver


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["pass"], 0),
        (["fail", "pass"], 1),
        (["inconclusive", "pass"], 4),
        (["error", "fail", "inconclusive"], 3),
        (["fail", "inconclusive"], 1),
        (["not_applicable"], 4),
        (["not_applicable", "pass"], 0),
    ],
)
def test_exit_codes_take_the_worst_in_the_order_3_1_4_0(outcomes, code):
    findings = [finding(outcome, control=f"C{i}") for i, outcome in enumerate(outcomes)]
    drawn = gate(audit(*findings))
    assert drawn.exit_code == code
    assert drawn.state == ("open" if code == 0 else "closed")


def test_enforcement_decides_by_stage_but_an_error_always_stops():
    by_stage = EnforcementByStage(development="inform", staging="warn")
    record = audit(finding("fail"), enforcement=by_stage)
    assert [gate(record, stage=s).exit_code for s in ("development", "staging", "production")] == [0, 0, 1]
    assert gate(audit(finding("error"), enforcement="inform")).exit_code == 3


def test_inconclusive_is_answered_by_tier_and_a_missing_tier_counts_as_critical():
    answer = AnswerByTier(high="sign_off", otherwise="warn")
    codes = {tier: gate(audit(finding("inconclusive"), on_inconclusive=answer, tier=tier)).exit_code
             for tier in ("low", "medium", "high", "critical", None)}  # fmt: skip
    assert codes == {"low": 0, "medium": 0, "high": 4, "critical": 4, None: 4}


def test_inconclusive_is_treated_like_a_fail_where_the_policy_says_nothing():
    assert gate(audit(finding("inconclusive"), enforcement="warn")).exit_code == 0
    assert gate(audit(finding("inconclusive"), enforcement="block")).exit_code == 4


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next():
    record = audit(finding("fail", "18-24"))
    assert gate(record, waiver(), at=AT, made=AT).exit_code == 0
    late = AT + timedelta(days=1)
    expired = gate(record, waiver(), at=late, made=late)
    assert expired.exit_code == 1
    assert "EXPIRED on 2026-03-31" in expired.waivers[0].why


def test_a_waived_fail_is_still_a_fail_in_the_gate_and_is_flagged():
    drawn = gate(audit(finding("fail", "18-24"), finding("pass", control="B")), waiver())
    line = drawn.lines[0]
    assert (line.outcome, line.effect, line.waived_by) == ("fail", "none", "W1")
    assert drawn.why == (
        "nothing blocks: 1 pass, 1 waived",
        "p/A: fail, waived by W1 (cro), approver not verified",
    )


def test_every_blocking_estimate_must_be_covered():
    record = audit(finding("fail", "18-24", "60+"))
    young, old = waiver(groups={"age": "18-24"}), waiver(id="W2", groups={"age": ("60+",)})
    assert gate(record, young).exit_code == 1
    assert gate(record, young, old).exit_code == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"subject": "sha256:" + "1" * 64}, "another subject"),
        ({"approver": Person(id="dev")}, "owner of the model"),
        ({"approver": Person(id="author")}, "owner of the policy"),
        ({"approver": Person(id=" DEV")}, "owner of the model"),
        ({"covers": ("inconclusive",)}, "covers 0"),
        ({"lapses_beyond": 0.71}, "LAPSED"),
        ({"control": "p/B"}, "UNKNOWN control: p has none called B"),
        ({"groups": {"sex": "f"}}, "covers 0"),
    ],
)
def test_a_waiver_that_does_not_fit_opens_nothing_and_says_why(change, why):
    drawn = gate(audit(finding("fail", "18-24")), waiver(**change))
    assert drawn.exit_code == 1
    assert why in drawn.waivers[0].why
    assert not drawn.waivers[0].holds


def test_a_waiver_that_tolerates_down_to_a_value_holds_above_it():
    assert gate(audit(finding("fail", "18-24")), waiver(lapses_beyond=0.7)).exit_code == 0


def test_an_unsigned_waiver_opens_no_production_gate_unless_the_policy_accepts_it():
    record = audit(finding("fail", "18-24"), unsigned="refuse")
    assert gate(record, waiver()).exit_code == 1
    assert "approver not verified" in gate(record, waiver()).why[0]
    assert gate(record, waiver(), stage="staging").exit_code == 0


def test_no_production_gate_opens_as_of_another_day():
    record = audit(finding("pass"))
    assert gate(record, made=AT + timedelta(days=1)).exit_code == 0
    drawn = gate(record, made=AT + timedelta(days=1, seconds=1))
    assert (drawn.exit_code, drawn.as_of) == (4, "as of 2026-03-31, made 2026-04-01")
    assert gate(record, made=AT + timedelta(days=9), stage="staging").exit_code == 0


@pytest.mark.parametrize(
    ("criterion", "value", "limit", "holds"),
    [
        ({"at_least": 0.8}, 0.75, 0.7, True),
        ({"at_least": 0.8}, 0.65, 0.7, False),
        ({"at_least": 0.8}, 5.0, 0.7, False),  # two-sided: five times as often is beyond 1/0.7
        ({"at_least": 0.8}, 1.4, 0.7, True),
        ({"at_most": 1.25}, 0.3, 1.4, False),
        ({"between": (0.8, 1.25)}, 0.75, 0.7, False),  # a limit has no direction there
    ],
)
def test_lapses_beyond_stands_in_the_place_of_the_threshold(criterion, value, limit, holds):
    failing = finding("fail", "18-24", criterion=Criterion(source="house", **criterion), value=value)
    assert gate(audit(failing), waiver(lapses_beyond=limit)).exit_code == (0 if holds else 1)


def test_a_waiver_with_a_limit_does_not_hold_for_what_cannot_be_measured_any_more():
    gone = {"value": None, "undefined": "nobody is favourable", "interval": None}
    record = audit(finding("inconclusive", "18-24", reason="estimate_undefined", **gone))
    assert gate(record, waiver(lapses_beyond=0.5)).exit_code == 4
    assert gate(record, waiver()).exit_code == 0


def test_nobody_approves_what_they_requested():
    drawn = gate(audit(finding("fail", "18-24")), waiver(requested_by=Person(id="cro")))
    assert "requested it approved it" in drawn.waivers[0].why


def test_a_second_computation_that_differs_stops_every_gate():
    second = SecondComputation(library="fairlearn", version="1", compared=3, largest_difference=0.1, agrees=False)
    record = audit(finding("pass")).model_copy(update={"second_computation": second})
    assert gate(record, stage="development").exit_code == 3
    no_number = record.model_copy(update={"second_computation": second.model_copy(update={"largest_difference": None})})
    assert gate(no_number, stage="development").why == ("fairlearn computes other group metrics",)


@pytest.mark.parametrize(("stage", "code"), [("production", 4), ("staging", 0)])
def test_no_production_gate_opens_with_the_law_of_a_day_that_somebody_chose(stage, code):
    record = audit(finding("pass")).model_copy(update={"law_at": LawAt(day=date(2020, 1, 1), why=ASKED_FOR)})
    drawn = gate(record, stage=stage)
    assert drawn.exit_code == code
    assert any("the law of 2020-01-01, asked for" in why or "the law is that of 2020-01-01" in why for why in drawn.why)


def test_an_open_gate_says_which_law_it_means_and_which_policy_asked_for_nothing():
    record = audit(finding("pass")).model_copy(update={"law_at": LawAt(day=date(2025, 6, 30), why="the data")})
    silent = finding("not_applicable").model_copy(update={"policy": "q"})
    rule = record.policies[0].enforcements[0].model_copy(update={"control": "q/A"})
    other = record.policies[0].model_copy(update={"id": "q", "enforcements": (rule,)})
    both = {"findings": (*record.findings, silent), "policies": (*record.policies, other)}
    assert gate(record.model_copy(update=both)).why[1:] == (
        "the law is that of 2025-06-30, the data",
        "no control of q applies",
    )


def test_the_order_of_waivers_changes_nothing():
    record = audit(finding("fail", "young", "old"))
    both = [waiver(id="W1", groups={"age": "young"}), waiver(id="W2"), waiver(id="W0", groups={"age": "old"})]
    assert gate(record, *both) == gate(record, *reversed(both))
