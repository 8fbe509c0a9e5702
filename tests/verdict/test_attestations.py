"""Attestations: what people say in answer to what no program can measure, and what of it counts."""

from datetime import date, timedelta

import pytest

from assay.record.artefact import Artefact
from assay.record.people import Person
from assay.verdict.rollup import conclude
from gates import AT, DIGEST, asking, attestation, audit, finding, gate, waiver

KNOWN = frozenset({("attestation", "A1")})


def drawn(record, *attestations, verified=KNOWN, **more):
    return gate(record, attestations=attestations, verified=verified, **more)


def test_an_audit_never_answers_what_only_a_person_can():
    asked = asking().attest
    concluded = conclude(attest=asked)
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "attestation_pending")
    assert asked.statement in concluded.sentence


def test_a_control_that_waits_closes_the_gate_until_somebody_attests_it():
    record = audit(asking())
    assert gate(record).exit_code == 4
    answered = drawn(record, attestation())
    assert (answered.exit_code, answered.lines[0].effect, answered.lines[0].attested) == (0, "none", "pass")
    assert answered.lines[0].outcome == "inconclusive"  # of the audit, which stays as it is
    assert answered.why == (
        "nothing blocks: 0 pass, 1 attested",
        "p/A: inconclusive, attested by hr (role hr-lead, by their own word) on 2026-03-01",
    )


def test_an_attestation_that_says_no_is_a_fail():
    record = audit(asking(), finding("pass", control="B"))
    answered = drawn(record, attestation(holds=False, by=Person(id="hr", name="Hanna Roth", role="hr-lead")))
    assert (answered.exit_code, answered.lines[0].attested) == (1, "fail")
    assert answered.why == ("p/A: attested not to be so by Hanna Roth (role hr-lead, by their own word) on 2026-03-01",)
    assert drawn(audit(asking(), enforcement="warn"), attestation(holds=False)).exit_code == 0


def test_one_no_outweighs_every_yes():
    both = [attestation(id="A1"), attestation(id="A2", holds=False)]
    known = {("attestation", "A1"), ("attestation", "A2")}
    for given in (both, both[::-1]):
        assert drawn(audit(asking()), *given, verified=known).exit_code == 1


@pytest.mark.parametrize(("covers", "code"), [(("fail",), 0), (("inconclusive",), 1)])
def test_what_is_attested_not_to_be_so_can_be_waived_as_a_fail(covers, code):
    again = gate(audit(asking()), waiver(covers=covers), attestations=[attestation(holds=False)], verified=KNOWN)
    assert again.exit_code == code


def test_there_is_nothing_left_to_waive_where_it_was_attested():
    answered = gate(audit(asking()), waiver(), attestations=[attestation()], verified=KNOWN)
    assert (answered.exit_code, answered.lines[0].waived_by) == (0, None)
    assert answered.waivers[0].why == "there is nothing to waive: pass"


@pytest.mark.parametrize(
    ("asked", "change", "why"),
    [
        ({}, {"subject": "sha256:" + "1" * 64}, "another subject"),
        ({}, {"expires": date(2026, 3, 30)}, "EXPIRED on 2026-03-30"),
        ({}, {"made_on": date(2026, 4, 1), "expires": date(2026, 5, 1)}, "not made before 2026-04-01"),
        ({"maximum_days": 29}, {}, "EXPIRED: made on 2026-03-01, and it counts for 29 days"),
        ({"roles": ("hr-lead",)}, {"by": Person(id="hr", role="intern")}, "said in the role intern"),
        ({"roles": ("hr-lead", "dpo")}, {"by": Person(id="hr")}, "without a role, and has to be said by: hr-lead, dpo"),
        ({"evidence": "required"}, {}, "asks for evidence"),
        ({}, {"control": "p/B"}, "UNKNOWN control: p has none called B"),
        ({}, {"control": "q/A"}, "UNKNOWN policy: none here is called q"),
    ],
)
def test_what_does_not_fit_answers_nothing_and_says_why(asked, change, why):
    for stage, code in (("production", 4), ("staging", 4)):
        answered = drawn(audit(asking(**asked)), attestation(**change), stage=stage)
        assert answered.exit_code == code
        assert why in answered.attestations[0].why
        assert not answered.attestations[0].counts


@pytest.mark.parametrize(
    ("asked", "change"),
    [
        ({"maximum_days": 30}, {}),
        ({"roles": ("HR-Lead", "dpo")}, {}),
        ({"evidence": "required"}, {"evidence": Artefact(path="notice.pdf", digest=DIGEST)}),
        ({}, {"made_on": AT.date()}),
    ],
)
def test_the_last_day_counts_and_a_role_is_told_without_regard_to_case(asked, change):
    assert drawn(audit(asking(**asked)), attestation(**change)).exit_code == 0


def test_evidence_that_is_not_what_was_attested_makes_it_count_for_nothing():
    answered = drawn(audit(asking()), attestation(), unproven={"A1": "its evidence notice.pdf is not there"})
    assert (answered.exit_code, answered.attestations[0].why) == (4, "its evidence notice.pdf is not there")


def test_unverified_it_opens_every_gate_but_that_of_production():
    record = audit(asking())
    assert drawn(record, attestation(), verified=frozenset()).exit_code == 4
    staged = drawn(record, attestation(), verified=frozenset(), stage="staging")
    assert staged.exit_code == 0
    assert staged.lines[0].why == "attested by hr (role hr-lead, by their own word) on 2026-03-01, not verified"


def test_what_is_verified_of_another_kind_is_not_verified_of_this():
    for kind in ("waiver", "sign-off"):
        assert drawn(audit(asking()), attestation(), verified={(kind, "A1")}).exit_code == 4


def test_an_owner_of_the_model_may_state_a_fact():
    assert drawn(audit(asking()), attestation(by=Person(id="dev"))).exit_code == 0


@pytest.mark.parametrize(("outcome", "reason"), [("fail", None), ("pass", None), ("inconclusive", "evidence_missing")])
def test_a_measured_control_takes_no_attestation(outcome, reason):
    record = audit(finding(outcome, reason=reason))
    answered = drawn(record, attestation())
    assert answered.exit_code == gate(record).exit_code
    assert answered.attestations[0].why == "the control asks nobody: it is measured"


def test_whether_it_applies_is_nothing_to_attest():
    unknown = asking().model_copy(update={"reason": "applicability_unknown"})
    answered = drawn(audit(unknown), attestation())
    assert (answered.exit_code, answered.attestations[0].why) == (4, "there is nothing to attest: inconclusive")


def test_an_attestation_lasts_for_days_and_the_gate_closes_again():
    late = AT + timedelta(days=1)
    assert drawn(audit(asking()), attestation(), at=late, made=late).exit_code == 4
