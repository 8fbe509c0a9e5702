"""Sign-offs: decisions to go on with an inconclusive finding, and what of them counts."""

from datetime import date

import pytest

from assay.record.attestation import SignOff
from assay.record.people import Person
from assay.record.policy import AnswerByTier
from gates import asking, audit, finding, gate, sign_off, waiver

KNOWN = frozenset({("sign-off", "S1")})


def undecided(**more):
    return audit(finding("inconclusive", "18-24"), on_inconclusive="sign_off", **more)


def drawn(record, *sign_offs, verified=KNOWN, **more):
    return gate(record, sign_offs=sign_offs, verified=verified, **more)


def test_a_finding_that_needs_a_sign_off_closes_the_gate_until_there_is_one():
    assert gate(undecided()).exit_code == 4
    signed = drawn(undecided(), sign_off(by=Person(id="cro", name="Carla Sousa")))
    line = signed.lines[0]
    assert (signed.exit_code, line.outcome, line.effect, line.signed_off_by) == (0, "inconclusive", "none", "S1")
    assert signed.why[1] == "p/A: inconclusive, signed off by Carla Sousa on 2026-03-31"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"audit": "sha256:" + "1" * 64}, "another audit"),
        ({"by": Person(id="DEV ")}, "owner of the model"),
        ({"by": Person(id="author")}, "owner of the policy"),
        ({"made_on": date(2026, 4, 1)}, "not made before 2026-04-01"),
        ({"control": "p/B"}, "UNKNOWN control: p has none called B"),
        ({"control": "q/A"}, "UNKNOWN policy: none here is called q"),
    ],
)
def test_what_does_not_fit_opens_nothing_and_says_why(change, why):
    for stage in ("production", "staging"):
        signed = drawn(undecided(), sign_off(**change), stage=stage)
        assert signed.exit_code == 4
        assert why in signed.sign_offs[0].why
        assert not signed.sign_offs[0].counts


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("fail", "a fail can be waived, never signed off"),
        ("error", "there is nothing to sign off: error"),
        ("pass", "there is nothing to sign off: pass"),
    ],
)
def test_only_an_inconclusive_can_be_signed_off(outcome, why):
    record = audit(finding(outcome, "18-24"), on_inconclusive="sign_off")
    signed = drawn(record, sign_off())
    assert signed.exit_code == gate(record).exit_code
    assert signed.lines == gate(record).lines
    assert signed.sign_offs[0].why == why


def test_no_sign_off_stands_in_for_an_attestation():
    signed = drawn(audit(asking(), on_inconclusive="sign_off"), sign_off())
    assert (signed.exit_code, signed.sign_offs[0].why) == (4, "it waits for an attestation, which no sign-off replaces")


def test_where_the_policy_blocks_no_sign_off_helps():
    signed = drawn(audit(finding("inconclusive", "18-24")), sign_off())
    assert signed.exit_code == 4
    assert signed.sign_offs[0].why.startswith("the policy blocks here")


@pytest.mark.parametrize(("tier", "code"), [("low", 4), ("high", 0)])
def test_the_tier_decides_whether_a_sign_off_is_what_the_policy_asks_for(tier, code):
    record = audit(finding("inconclusive"), on_inconclusive=AnswerByTier(high="sign_off", otherwise="block"), tier=tier)
    assert drawn(record, sign_off()).exit_code == code


def test_what_is_waived_needs_no_sign_off():
    signed = gate(undecided(), waiver(), sign_offs=[sign_off()], verified=KNOWN)
    assert signed.lines[0].waived_by == "W1"
    assert signed.sign_offs[0].why == "there is nothing to sign off: waived by W1 (cro), approver not verified"


def test_unverified_it_opens_every_gate_but_that_of_production():
    assert drawn(undecided(), sign_off(), verified=frozenset()).exit_code == 4
    staged = drawn(undecided(), sign_off(), verified=frozenset(), stage="staging")
    assert (staged.exit_code, staged.lines[0].why) == (0, "signed off by cro on 2026-03-31, not verified")


def test_what_is_verified_of_another_kind_is_not_verified_of_this():
    for kind in ("waiver", "attestation"):
        assert drawn(undecided(), sign_off(), verified={(kind, "S1")}).exit_code == 4


def test_several_people_may_sign_off_and_all_are_named():
    both = [sign_off(), sign_off(id="S2", by=Person(id="cfo"))]
    known = {("sign-off", "S1"), ("sign-off", "S2")}
    signed = drawn(undecided(), *both, verified=known)
    assert signed.lines[0].signed_off_by == "S1, S2"
    assert drawn(undecided(), *reversed(both), verified=known) == signed
    assert isinstance(both[0], SignOff)
