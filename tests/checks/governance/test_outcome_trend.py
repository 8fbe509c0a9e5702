import pytest

from assay.checks.governance.outcome_trend import outcome_trend
from assay.evidence.history import History, PastAudit
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import manifest, measure


def past(index, gate="open", passed=10, failed=0, undecided=0, *, kind="audit", same_model=True):
    outcomes = (gate, passed, failed, undecided) if kind == "audit" else ()
    return PastAudit(index, kind, 30, f"a{index}", "card", "1", same_model, False, *outcomes)


def trend(*audits):
    measured = measure(outcome_trend, manifest(), History("bank.example/models", 9, audits, ()))
    return measured, {each.name: each for each in measured.estimates}


def outcome(measured, estimate, at_most):
    criterion = Criterion(estimate=estimate, at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_closed_gates_are_counted_back_to_the_last_open_one():
    assert (
        trend(past(1, "closed"), past(2), past(3, "closed"), past(4, "closed"))[1]["closed_gates_in_a_row"].value == 2
    )
    assert trend(past(1, "closed"), past(2, "closed"))[1]["closed_gates_in_a_row"].value == 2
    assert trend(past(1, "closed"), past(2))[1]["closed_gates_in_a_row"].value == 0


def test_one_closed_gate_passes_a_limit_of_one_and_two_do_not():
    assert outcome(trend(past(1), past(2, "closed"))[0], "closed_gates_in_a_row", 1).outcome == "pass"
    assert outcome(trend(past(1, "closed"), past(2, "closed"))[0], "closed_gates_in_a_row", 1).outcome == "fail"


@pytest.mark.parametrize(("before", "after", "ends"), [(3, 3, "pass"), (3, 2, "pass"), (3, 4, "fail")])
def test_more_failures_than_the_time_before_fail(before, after, ends):
    assert outcome(trend(past(1, failed=before), past(2, failed=after))[0], "more_failures", 0).outcome == ends


def test_the_share_is_of_controls_that_were_decided_or_open():
    share = trend(past(1, failed=9), past(2, passed=6, failed=1, undecided=3))[1]["failed_share"]
    assert (share.value, share.numerator, share.denominator) == (0.1, 1, 10)


def test_plans_and_other_models_are_no_earlier_audits():
    measured, found = trend(past(1, kind="plan"), past(2, same_model=False))
    assert [each.value for each in found.values()] == [None, None, None]
    assert measured.exhibits == ()
    assert outcome(measured, "closed_gates_in_a_row", 0).outcome == "inconclusive"


def test_one_earlier_audit_has_no_trend():
    found = trend(past(1, "closed", failed=2))[1]
    assert found["closed_gates_in_a_row"].value == 1
    assert found["more_failures"].value is None


def test_a_gate_or_a_count_that_is_not_told_is_never_open_and_never_0():
    unknown = past(3, None)
    assert trend(past(1, "closed"), past(2, "closed"), unknown)[1]["closed_gates_in_a_row"].value is None
    assert trend(unknown, past(4, "closed"))[1]["closed_gates_in_a_row"].value is None
    half = PastAudit(3, "audit", 30, "a3", "card", "1", True, False, "closed", 5, None, 1)
    assert trend(half)[1]["failed_share"].value is None


def test_an_audit_without_controls_has_no_share():
    assert trend(past(1, passed=0))[1]["failed_share"].value is None
