from assay.checks.governance.audit_age import audit_age
from assay.evidence.history import History, PastAudit
from builders import manifest, measure


def past(index, days, *, kind="audit", same_model=True):
    return PastAudit(index, kind, days, f"a{index}", "card", "1", same_model=same_model, same_test_set=False)


def measured_on(*audits):
    return measure(audit_age, manifest(), History("bank.example/models", 9, audits, ()))


def test_the_newest_audit_of_the_model_counts_whatever_its_place():
    (age,) = measured_on(past(1, 400), past(2, 30), past(5, 31)).estimates
    assert (age.name, age.value, age.n, age.basis) == ("days_since_last_audit", 30.0, 3, "exact")


def test_no_earlier_audit_is_undefined_and_never_zero():
    (age,) = measured_on().estimates
    assert age.value is None
    assert age.undefined == "the ledger knows no earlier audit of this model"


def test_a_plan_and_an_audit_of_another_model_do_not_count():
    (age,) = measured_on(past(1, 3, kind="plan"), past(2, 2, same_model=False)).estimates
    assert age.value is None
