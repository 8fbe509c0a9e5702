from assay.checks.governance.policy_first import policy_first
from assay.evidence.history import FixedPolicy, History, PastAudit
from builders import manifest, measure, needs, people_manifest


def measured_on(*policies, first=None):
    used = (
        () if first is None else (PastAudit(first, "plan", 5, "a1", "card", "1", same_model=True, same_test_set=True),)
    )
    other = PastAudit(0, "audit", 9, "a0", "card", "1", same_model=True, same_test_set=False)
    return measure(policy_first, people_manifest(), History("bank.example/models", 9, (other, *used), policies))


def policy(name, index):
    return FixedPolicy(name, "sha256:" + "a" * 64, index)


def test_a_policy_that_stood_before_the_first_use_was_first():
    share, later = measured_on(policy("card", 3), first=4).estimates
    assert (share.numerator, share.denominator, later.value) == (1, 1, 0.0)


def test_a_policy_changed_after_a_look_at_the_test_set_was_not():
    share, later = measured_on(policy("card", 5), policy("house", None), policy("law", 1), first=4).estimates
    assert (share.numerator, share.denominator, later.value) == (1, 3, 2.0)


def test_on_a_test_set_never_used_every_policy_is_first_because_it_is_written_down_before_measuring():
    measured = measured_on(policy("card", None))
    assert measured.estimates[0].value == 1.0
    assert measured.notes == ("This is the first audit of the ledger on this test set.",)
    assert measured.exhibits[0].rows == (("card", None, "yes"),)


def test_without_test_data_there_is_nothing_to_ask():
    assert needs(policy_first, manifest()).missing == ("data.test",)
