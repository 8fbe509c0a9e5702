from assay.checks.governance.test_set_reuse import test_set_reuse as check
from assay.evidence.history import History, PastAudit
from builders import manifest, measure, needs, people_manifest


def past(index, audit, *, kind="audit", model="card", version="1", same_test_set=True):
    return PastAudit(index, kind, 10, audit, model, version, same_model=model == "card", same_test_set=same_test_set)


def measured_on(*audits, size=20):
    return measure(check, people_manifest(), History("bank.example/models", size, audits, ()))


def test_every_earlier_audit_on_the_same_file_counts_once_whoever_made_it():
    uses, versions = measured_on(
        past(3, "a1", kind="plan"), past(4, "a1"), past(7, "b1", version="2"), past(9, "c1", model="other")
    ).estimates
    assert (uses.name, uses.value, uses.basis) == ("earlier_uses", 3.0, "exact")
    assert (versions.name, versions.value) == ("earlier_versions", 3.0)


def test_an_audit_that_was_planned_and_never_finished_is_a_use():
    assert measured_on(past(3, "a1", kind="plan")).estimates[0].value == 1.0


def test_an_audit_on_other_data_is_no_use():
    measured = measured_on(past(3, "a1", same_test_set=False))
    assert [estimate.value for estimate in measured.estimates] == [0.0, 0.0]
    assert measured.exhibits == ()


def test_the_earlier_audits_are_shown_and_old_ones_are_left_out_aloud():
    (table,) = measured_on(*(past(i, f"a{i}") for i in range(60))).exhibits
    assert len(table.rows) == 50
    assert table.rows[-1][0] == 59
    assert "10 older ones left out" in table.title


def test_without_test_data_there_is_nothing_to_ask():
    assert needs(check, manifest()).missing == ("data.test",)
