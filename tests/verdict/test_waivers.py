"""The resolver of waivers: its days, its ceiling, what cannot be waived, and what it says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.people import Person
from assay.verdict.waivers import expiring, out_of_time, resolve
from gates import AT, audit, finding, gate, waiver


def with_policy(record, **changes):
    (policy,) = record.policies
    return record.model_copy(update={"policies": (policy.model_copy(update=changes),)})


def unwaivable(record):
    (policy,) = record.policies
    return with_policy(
        record, enforcements=tuple(rule.model_copy(update={"waivable": False}) for rule in policy.enforcements)
    )


def day(n):
    return AT + timedelta(days=n)


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (datetime(2026, 3, 31, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 4, 1, 0, 0, tzinfo=UTC), False),
    ],
)
def test_the_last_day_is_inclusive_and_utc(moment, holds):
    drawn = gate(audit(finding("fail", "18-24")), waiver(), at=moment, made=moment)
    assert drawn.waivers[0].holds is holds
    assert drawn.exit_code == (0 if holds else 1)


def test_a_waiver_holds_from_the_day_it_was_approved_and_not_before():
    record = audit(finding("fail", "18-24"))
    approved = waiver(approved_on=date(2026, 3, 31))
    assert gate(record, approved).exit_code == 0
    early = gate(record, approved, at=day(-1), made=day(-1))
    assert early.exit_code == 1
    assert early.waivers[0].why == "it was not approved before 2026-03-31"


def test_who_asked_who_approved_and_when_is_in_the_state():
    asked = waiver(
        requested_by=Person(id="dev2", name="Dee"), approver=Person(id="cro", name="Cy"), approved_on=date(2026, 3, 1)
    )
    (state,) = gate(audit(finding("fail", "18-24")), asked).waivers
    assert (state.requested_by, state.approver, state.approved_on) == ("Dee", "Cy", date(2026, 3, 1))


@pytest.mark.parametrize("outcome", ["fail", "inconclusive"])
def test_what_cannot_be_waived_is_not(outcome):
    record = unwaivable(audit(finding(outcome, "18-24")))
    drawn = gate(record, waiver(), stage="staging")
    assert drawn.exit_code == {"fail": 1, "inconclusive": 4}[outcome]
    assert drawn.waivers[0].why == "this control cannot be waived"


def three(ceiling):
    record = audit(finding("fail", "18-24"), finding("fail", "18-24", control="B"), finding("pass", control="C"))
    return with_policy(record, maximum_open_waivers=ceiling)


@pytest.mark.parametrize(("ceiling", "code"), [(None, 0), (2, 0), (1, 1), (0, 1)])
def test_more_open_waivers_than_the_policy_allows_open_nothing(ceiling, code):
    drawn = gate(three(ceiling), waiver(), waiver(id="W2", control="p/B"))
    assert drawn.exit_code == code
    assert [state.holds for state in drawn.waivers] == [code == 0] * 2


def test_the_gate_says_that_there_are_too_many_waivers():
    drawn = gate(three(1), waiver(), waiver(id="W2", control="p/B"))
    told = "p/A: fails; waiver W1 opens no gate: TOO MANY waivers of p are open: 2, and it allows 1"
    assert drawn.why[0] == told
    assert {(line.outcome, line.effect) for line in drawn.lines} == {("fail", "block"), ("pass", "none")}


def test_a_waiver_that_does_not_hold_is_not_counted_as_open():
    others = (
        waiver(id="W2", control="p/B", expires=date(2026, 3, 30)),
        waiver(id="W3", control="p/C"),
        waiver(id="W4", groups={"sex": "f"}),
    )
    drawn = gate(three(1), waiver(), *others)
    assert [state.holds for state in drawn.waivers] == [True, False, False, False]
    assert drawn.exit_code == 1


def test_the_ceiling_of_one_policy_does_not_count_the_waivers_of_another():
    record = three(1)
    (policy,) = record.policies
    rules = tuple(rule.model_copy(update={"control": "q/B"}) for rule in policy.enforcements if rule.control == "p/B")
    other = policy.model_copy(update={"id": "q", "enforcements": rules})
    findings = tuple(f.model_copy(update={"policy": "q"}) if f.id == "p/B" else f for f in record.findings)
    both = record.model_copy(update={"policies": (policy, other), "findings": findings})
    assert gate(both, waiver(), waiver(id="W2", control="q/B")).exit_code == 0


@pytest.mark.parametrize(
    ("left", "warned", "warning"),
    [
        (31, 30, None), (30, 30, "expires in 30 days"), (12, 30, "expires in 12 days"), (1, 30, "expires in 1 day"),
        (0, 30, "expires today"), (-1, 30, None), (1, 0, None), (0, 0, "expires today"),
    ],
)  # fmt: skip
def test_a_waiver_is_warned_about_on_the_days_its_policy_names(left, warned, warning):
    record = with_policy(audit(finding("fail", "18-24")), waiver_warning_days=warned)
    (state,) = gate(record, waiver(expires=(AT + timedelta(days=left)).date())).waivers
    assert state.warning == warning
    assert state.holds is (left >= 0)


@given(st.dates(), st.dates(), st.integers(0, 3650))
def test_no_waiver_is_both_expired_and_about_to_expire(expires, today, warned):
    one = waiver(expires=expires)
    at = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert (out_of_time(one, at) is None) == (today <= expires)
    assert out_of_time(one, at) is None or expiring(one, at, warned) is None


@pytest.mark.parametrize(
    ("control", "why"),
    [
        ("p/a", "UNKNOWN control: p has none called a. Did you mean `p/A`?"),
        ("pp/A", "UNKNOWN policy: none here is called pp. Did you mean `p/A`?"),
        ("p/LATER", "this control is only planned; it asks nothing yet"),
    ],
)
def test_an_unknown_control_is_said_with_the_nearest_name(control, why):
    record = with_policy(audit(finding("fail", "18-24")), planned=(("LATER", "Something"),))
    (state,) = gate(record, waiver(control=control)).waivers
    assert (state.holds, state.why) == (False, why)


@given(st.permutations([waiver(), waiver(id="W2", control="p/B"), waiver(id="W3", groups={"age": "18-24"})]))
def test_the_order_of_waivers_opens_and_closes_nothing(waivers):
    for ceiling in (2, 3):
        resolved = resolve(tuple(waivers), three(ceiling), AT)
        assert {state.id: state.holds for state in resolved.states} == dict.fromkeys(("W1", "W2", "W3"), ceiling == 3)
        assert set(resolved.waived) == {"p/A", "p/B"}
