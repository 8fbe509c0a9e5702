"""What holds for all that people decide, whatever they decide: signatures of policies, and laws of the gate."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.people import Person
from assay.record.signature import FoundSignature
from gates import DIGEST, asking, attestation, audit, finding, gate, sign_off, waiver

OTHER = "sha256:" + "1" * 64
CONTROLS = ("A", "B", "C", "D")
STAGES = st.sampled_from(("development", "production"))


@st.composite
def records(draw):
    """An audit whose policy asks for sign-offs, with findings of every kind that a decision may be about."""
    kinds = {
        "fail": lambda name: finding("fail", "18-24", control=name),
        "inconclusive": lambda name: finding("inconclusive", "18-24", control=name),
        "pass": lambda name: finding("pass", control=name),
        "asking": lambda name: asking(name, **draw(st.sampled_from(({}, {"roles": ("hr-lead",)})))),
    }
    chosen = [kinds[draw(st.sampled_from(sorted(kinds)))](name) for name in CONTROLS]
    answer = draw(st.sampled_from(("sign_off", "block", "warn")))
    return audit(
        *chosen, enforcement=draw(st.sampled_from(("block", "warn"))), on_inconclusive=answer, unsigned="refuse"
    )


def ids(letter):
    return st.integers(0, 9).map(lambda number: f"{letter}{number}")


CONTROL = st.sampled_from([f"p/{name}" for name in CONTROLS])
BY = st.sampled_from([Person(id="hr", role="hr-lead"), Person(id="cro"), Person(id="dev"), Person(id="author")])
DAYS = st.sampled_from([date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 2)])
ATTESTED = st.builds(
    lambda i, control, subject, by, holds, day: attestation(
        id=i, control=control, subject=subject, by=by, holds=holds, made_on=day, expires=max(day, date(2026, 3, 31))
    ),
    ids("A"), CONTROL, st.sampled_from([DIGEST, OTHER]), BY, st.booleans(), DAYS,
)  # fmt: skip
SIGNED_OFF = st.builds(
    lambda i, control, of, by, day: sign_off(id=i, control=control, audit=of, by=by, made_on=day),
    ids("S"), CONTROL, st.sampled_from([DIGEST, OTHER]), BY, DAYS,
)  # fmt: skip
WAIVED = st.builds(
    lambda i, control, by, covers: waiver(id=i, control=control, approver=by, covers=covers),
    ids("W"), CONTROL, BY, st.sampled_from([("fail",), ("inconclusive",), ("fail", "inconclusive")]),
)  # fmt: skip


def once(kind):
    return st.lists(kind, max_size=5, unique_by=lambda one: one.id)


@st.composite
def cases(draw):
    waivers, attested, signed = draw(once(WAIVED)), draw(once(ATTESTED)), draw(once(SIGNED_OFF))
    every = [
        *(("waiver", one.id) for one in waivers),
        *(("attestation", one.id) for one in attested),
        *(("sign-off", one.id) for one in signed),
    ]
    known = frozenset(draw(st.sets(st.sampled_from(every)))) if every else frozenset()
    return draw(records()), waivers, attested, signed, known


def drawn(record, waivers, attested, signed, known, stage="production"):
    return gate(record, *waivers, attestations=attested, sign_offs=signed, verified=known, stage=stage)


@given(cases())
def test_what_is_not_verified_opens_no_production_gate(case):
    record, waivers, attested, signed, known = case
    verified_only = (
        [one for one in waivers if ("waiver", one.id) in known],
        [one for one in attested if ("attestation", one.id) in known],
        [one for one in signed if ("sign-off", one.id) in known],
    )
    assert [line.effect for line in drawn(*case).lines] == [
        line.effect for line in drawn(record, *verified_only, known).lines
    ]


@given(cases(), STAGES)
def test_no_decision_changes_an_outcome_of_the_audit(case, stage):
    record = case[0]
    lines = drawn(*case, stage=stage).lines
    assert [line.outcome for line in lines] == [finding.outcome for finding in record.findings]
    for line in lines:
        if line.outcome == "fail":
            assert line.signed_off_by is None
            assert line.attested is None
            assert line.effect != "none" or line.waived_by is not None
        if line.outcome == "pass":
            assert line.effect == "none"


@given(cases(), STAGES)
def test_decisions_on_something_else_change_nothing(case, stage):
    record, waivers, attested, signed, known = case
    elsewhere = (
        [one.model_copy(update={"subject": OTHER}) for one in waivers],
        [one.model_copy(update={"subject": OTHER}) for one in attested],
        [one.model_copy(update={"audit": OTHER}) for one in signed],
    )
    before = gate(record, stage=stage)
    after = drawn(record, *elsewhere, known, stage=stage)
    assert (after.exit_code, after.why, after.lines) == (before.exit_code, before.why, before.lines)


@given(cases(), STAGES, st.randoms(use_true_random=False))
def test_the_order_of_decisions_changes_nothing(case, stage, random):
    record, *kinds, known = case
    mixed = [random.sample(kind, len(kind)) for kind in kinds]
    assert drawn(record, *mixed, known, stage=stage) == drawn(*case, stage=stage)


@given(cases(), STAGES)
def test_one_more_sign_off_never_closes_a_gate(case, stage):
    record, waivers, attested, signed, known = case
    with_it, without = drawn(*case, stage=stage), drawn(record, waivers, attested, signed[:-1], known, stage=stage)
    assert with_it.exit_code == 0 or without.exit_code != 0


def signature(number, meaning, who, *, trusted=True):
    return FoundSignature(
        number=number, meaning=meaning, name=who, certificate=f"{who}-certificate", public_key=f"{who}-key",
        claimed=datetime(2026, 3, 31, number, tzinfo=UTC), trusted=trusted, person=who if trusted else None,
    )  # fmt: skip


def demanding(*meanings, record=None):
    record = record or audit(finding("pass"))
    (policy,) = record.policies
    return record.model_copy(update={"policies": (policy.model_copy(update={"signatures": meanings}),)})


SIGNED = (signature(1, "author", "ann"), signature(2, "approver", "ben"))


def test_a_policy_that_wants_signatures_opens_no_production_gate_without_them():
    record = demanding("author", "approver")
    closed = gate(record)
    assert (closed.exit_code, closed.why) == (4, ("p needs the signatures author, approver: see `assay gate --trust`",))
    assert gate(record, stage="staging").exit_code == 0
    assert gate(record, signatures=SIGNED).exit_code == 0


@pytest.mark.parametrize(
    ("signatures", "why"),
    [
        (SIGNED[:1], "no approver has signed"),
        ((signature(1, "author", "ann"), signature(2, "approver", "ann")), "has signed as author already"),
        ((signature(1, "approver", "ben"), signature(2, "author", "ann")), "does not come after"),
        ((SIGNED[0], signature(2, "approver", "ben", trusted=False)), "is not trusted"),
    ],
)
def test_the_signatures_are_of_different_trusted_people_in_that_order(signatures, why):
    closed = gate(demanding("author", "approver"), signatures=signatures)
    assert closed.exit_code == 4
    assert why in closed.why[0]


def test_every_policy_has_its_own_demand_unless_none_of_its_controls_applies():
    assert (
        gate(demanding("author", record=audit(finding("not_applicable"), finding("pass", control="B")))).exit_code == 4
    )
    silent = demanding("author", record=audit(finding("not_applicable")))
    assert gate(silent).why == ("nothing was evaluated",)


def test_a_fail_is_told_before_a_missing_signature():
    closed = gate(demanding("author", record=audit(finding("fail", "18-24"))))
    assert (closed.exit_code, len(closed.why)) == (1, 2)


def test_what_the_trust_file_doubts_has_no_open_gate_at_any_stage():
    for stage in ("development", "production"):
        closed = gate(audit(finding("pass")), stage=stage, signatures=SIGNED, doubts=["nobody has signed it"])
        assert (closed.exit_code, closed.why) == (4, ("nobody has signed it",))


def test_a_signed_waiver_opens_a_production_gate():
    record = audit(finding("fail", "18-24"), unsigned="refuse")
    opened = gate(record, waiver(), verified={("waiver", "W1")})
    assert (opened.exit_code, opened.waivers[0].verified) == (0, True)
    assert opened.why[1] == "p/A: fail, waived by W1 (cro)"
    assert gate(record, waiver(), verified={("sign-off", "W1")}).exit_code == 1
