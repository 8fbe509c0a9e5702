"""What differs between two audits: by policy, control and group, and never by where something stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.comparison import AuditDifference
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Finding, Judgement, Measured
from assay.record.people import Person
from assay.record.policy import Criterion
from assay.record.waiver import Waiver
from assay.verdict.difference import difference
from assay.verdict.gate import draw_gate
from auditing import AT, DECIDED, control, evaluate, people, write_csv
from gates import audit, gate

EVEN = {"a": (300, 500), "b": (300, 500), "c": (300, 500)}
SKEWED = {"a": (100, 500), "b": (300, 500), "c": (300, 500)}
WORSE = {"a": (100, 500), "b": (120, 500), "c": (300, 500)}
FEW = {"a": (30, 60), "b": (33, 60), "c": (33, 60)}
PRESENT = {
    "id": "DOC",
    "title": "The model has a purpose",
    "require": {"field": "purpose.intended_use", "is": "present"},
}


@pytest.fixture
def audited(tmp_path):
    """An audit of counted people, with its gate at staging."""

    def made(groups, *controls, **more):
        rows = [row for name, (yes, all_) in groups.items() for row in ((name, "yes", yes), (name, "no", all_ - yes))]
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        data = write_csv(folder / "d.csv", *people(*rows))
        result = evaluate(folder, data, DECIDED, *(controls or (control(),)), stage="staging", **more)
        return result.audit, result.gate

    return made


def names(changes):
    return [change.finding for change in changes]


def test_a_control_that_passed_and_fails_is_newly_failing_with_its_groups_and_the_way_back_is_fixed(audited):
    old, new = audited(EVEN), audited(SKEWED)
    forth, back = difference(old, new), difference(new, old)
    [change] = forth.newly_failing
    assert (change.finding, change.before, change.after, change.parts) == ("p/C", "pass", "fail", ("group: a",))
    assert change.sentence == new[0].findings[0].sentence
    assert (change.before_effect, change.after_effect) == ("none", "block")
    assert forth.worse
    assert forth.closed
    assert not forth.fixed
    assert names(back.fixed) == ["p/C"]
    assert not back.newly_failing
    assert not back.worse
    assert (back.old.gate.state, back.new.gate.state) == ("closed", "open")


def test_a_control_that_failed_already_is_told_again_for_a_group_that_newly_fails(audited):
    found = difference(audited(SKEWED), audited(WORSE))
    assert [(change.before, change.after, change.parts) for change in found.newly_failing] == [
        ("fail", "fail", ("group: b",))
    ]
    [mended] = difference(audited(WORSE), audited(SKEWED)).fixed
    assert (mended.after, mended.parts) == ("fail", ("group: b",))


def test_fewer_people_make_it_newly_inconclusive_which_is_worse_than_a_fail_that_is_known(audited):
    found = difference(audited(SKEWED), audited(FEW))
    [change] = found.newly_inconclusive
    assert (change.before, change.after, change.after_reason) == ("fail", "inconclusive", "interval_straddles")
    assert found.worse


def test_a_group_that_vanished_is_lost_evidence_and_one_that_came_is_gained(audited):
    two = {name: SKEWED[name] for name in ("b", "c")}
    forth, back = difference(audited(SKEWED), audited(two)), difference(audited(two), audited(SKEWED))
    assert [(loss.finding, loss.kind, loss.parts) for loss in forth.lost] == [("p/C", "estimates", ("group: a",))]
    assert names(forth.fixed) == ["p/C"], "without the group it passes: both are said"
    assert forth.worse
    assert back.gained[0].parts == ("group: a",)


def test_the_one_that_fares_best_is_measured_though_nobody_is_compared_with_it_as_a_group(audited):
    turned = {"a": (300, 500), "b": (310, 500), "c": (290, 500)}
    found = difference(audited(EVEN), audited(turned))
    assert not found.lost
    assert not found.gained


def test_missing_evidence_is_lost_and_not_only_inconclusive(audited):
    other = control(**{"with": {"data": "reference"}})
    old, new = audited(EVEN), audited(EVEN, other)
    assert new[0].findings[0].reason == "evidence_missing"
    found = difference(old, new)
    assert [(loss.finding, loss.kind) for loss in found.lost] == [("p/C", "evidence_missing")]
    assert found.worse
    assert not found.newly_inconclusive
    assert names(difference(new, old).fixed) == ["p/C"]


def test_a_control_that_no_longer_applies_is_lost_evidence(audited):
    narrow = control(when={"field": "identity.id", "equals": "another"})
    found = difference(audited(SKEWED), audited(SKEWED, narrow))
    assert [(loss.finding, loss.kind) for loss in found.lost] == [("p/C", "not_applicable")]
    assert found.worse, "a fail that is no longer asked for is no success"


def test_controls_come_and_go(audited):
    old, new = audited(EVEN, control(), control("D")), audited(EVEN, control(), PRESENT)
    found = difference(old, new)
    assert (names(found.removed), names(found.added)) == (["p/D"], ["p/DOC"])
    assert found.removed[0].after is None
    assert found.added[0].before is None
    assert found.worse, "a control that is gone measures nothing"
    [policy] = found.policies
    assert policy.before_digest != policy.after_digest
    assert policy.id == "p"


def test_a_looser_threshold_stands_first_and_moves_the_margin_of_an_unchanged_number(audited):
    loosened = control(criterion={"at_least": 0.5, "source": "house"}, severity="low")
    strict = control("D", enforcement="warn"), control("D", enforcement="block")
    found = difference(audited(EVEN, control(severity="high"), strict[0]), audited(EVEN, loosened, strict[1]))
    told = [(term.finding, term.what, term.before, term.after, term.direction) for term in found.terms]
    assert told == [
        ("p/C", "at_least", "0.8", "0.5", "looser"),
        ("p/C", "severity", "high", "low", "looser"),
        ("p/C", "at_least: source", "convention", "house", "changed"),
        ("p/D", "enforcement", "warn", "block", "stricter"),
    ]
    margins = {(move.finding, move.before == move.after, move.nearer) for move in found.moved}
    assert margins == {("p/C", True, False)}
    assert not found.worse


def test_an_estimate_beyond_its_interval_comes_before_one_that_only_moved(audited):
    found = difference(audited(EVEN), audited({"a": (310, 500), "b": (300, 500), "c": (100, 500)}))
    by_name = {move.estimate: move for move in found.moved}
    far, near = by_name["impact_ratio[group: c / a]"], by_name["impact_ratio[group: b / a]"]
    assert (far.before, far.after) == (1.0, pytest.approx(100 / 310))
    assert far.beyond
    assert not far.before_interval.low <= far.after <= far.before_interval.high
    assert not near.beyond
    assert near.before_interval.low <= near.after <= near.before_interval.high
    assert found.moved[0].beyond
    assert not found.moved[-1].beyond
    assert (far.before_outcome, far.after_outcome) == ("pass", "fail")
    assert far.after_margin == pytest.approx(100 / 310 - 0.8)


def test_files_of_the_model_are_compared_by_role(audited):
    old, new = audited(EVEN), audited(SKEWED)
    [change] = difference(old, new).files
    assert (change.role, change.before != change.after) == ("data.test", True)
    assert difference(old, new).old.digest == old[0].subject.digest


def test_a_waiver_that_expired_is_told_apart_from_one_that_was_not_given(audited):
    record, drawn = audited(SKEWED)
    one = Waiver(id="W", control="p/C", subject=record.subject.digest, reason="r", approver=Person(id="cro"),
                 expires=AT.date())  # fmt: skip

    def at(days, *waivers):
        moment = AT + timedelta(days=days)
        return record, draw_gate(
            record, audit_digest=drawn.audit, stage="staging", at=moment, made=moment, waivers=waivers
        )

    expired = difference(at(0, one), at(1, one))
    assert [(waiver.id, waiver.kind, waiver.why) for waiver in expired.waivers] == [
        ("W", "expired", f"EXPIRED on {date(2026, 3, 31)}")
    ]
    assert expired.closed
    assert expired.worse
    assert not expired.newly_failing
    assert [(change.before_effect, change.after_effect) for change in expired.newly_closing] == [("none", "block")]
    assert expired.effects == ()
    assert [waiver.kind for waiver in difference(at(0, one), at(0)).waivers] == ["lost"]
    gained = difference(at(0), at(0, one))
    assert [waiver.kind for waiver in gained.waivers] == ["gained"]
    assert not gained.worse
    assert gained.effects[0].waived_by == "W"
    assert gained.newly_closing == ()


def test_a_waiver_that_expired_is_worse_also_where_the_gate_was_closed_by_something_else(audited):
    record, drawn = audited(SKEWED, control(), control("D"))
    waiver = Waiver(id="W", control="p/C", subject=record.subject.digest, reason="r", approver=Person(id="cro"),
                    expires=AT.date())  # fmt: skip
    sides = []
    for moment in (AT, AT + timedelta(days=1)):
        given = {"audit_digest": drawn.audit, "stage": "staging", "at": moment, "made": moment}
        sides.append((record, draw_gate(record, waivers=(waiver,), **given)))
    found = difference(*sides)
    assert [side[1].state for side in sides] == ["closed", "closed"]
    assert names(found.newly_closing) == ["p/C"]
    assert found.newly_closing[0].after_why == "fails"
    assert found.worse
    assert not found.closed
    assert not difference(*reversed(sides)).worse


def test_a_policy_that_blocks_what_it_only_warned_of_is_worse_and_one_that_warns_is_not(audited):
    lenient, strict = audited(SKEWED, control(enforcement="warn")), audited(SKEWED)
    found, back = difference(lenient, strict), difference(strict, lenient)
    assert (names(found.newly_closing), found.worse) == (["p/C"], True)
    assert (names(back.effects), back.newly_closing, back.worse) == (["p/C"], (), False)
    told = difference(audited(SKEWED, control(enforcement="inform")), lenient)
    assert (names(told.effects), told.worse) == (["p/C"], False), "a warning closes nothing"


def test_a_gate_that_closes_for_a_reason_of_no_control_is_worse_and_says_which(audited):
    record, drawn = audited(EVEN)
    closed = draw_gate(record, audit_digest=drawn.audit, stage="staging", at=AT, made=AT, doubts=["nobody signed it"])
    found = difference((record, drawn), (record, closed))
    assert (found.closed_by, found.newly_closing, found.worse) == (("nobody signed it",), (), True)
    assert difference((record, closed), (record, drawn)).closed_by == ()


def test_without_gates_nothing_is_said_of_them(audited):
    (old, _), (new, _) = audited(EVEN), audited(SKEWED)
    found = difference((old, None), (new, None))
    assert (found.old.gate, found.new.gate, found.waivers, found.effects) == (None, None, (), ())
    assert found.worse
    assert not found.closed


def test_audits_of_two_models_are_compared_and_told(audited):
    other = {"identity": {"id": "another", "name": "Another", "version": "1"}}
    found = difference(audited(EVEN), audited(EVEN, manifest=other))
    assert found.other_model
    assert not found.empty
    assert not found.worse


OUTCOMES = ("pass", "fail", "inconclusive", "error", "not_applicable")
REASONS = ("interval_straddles", "evidence_missing", "applicability_unknown", "attestation_pending")


@st.composite
def findings(draw, name):
    outcome = draw(st.sampled_from(OUTCOMES))
    reason = draw(st.sampled_from(REASONS)) if outcome == "inconclusive" else None
    silent = outcome in ("error", "not_applicable") or reason not in (None, "interval_straddles")
    groups = [] if silent else draw(st.lists(st.sampled_from("abcd"), unique=True))
    values = {group: draw(st.sampled_from((0.5, 0.7, 0.79, 0.81, 0.95))) for group in groups}
    estimates = tuple(
        Estimate(name="rate", grouping="g", group=group, value=value, n=100,
                 interval=Interval(low=value - 0.05, high=value + 0.05, confidence=0.95, method="m"))
        for group, value in values.items()
    )  # fmt: skip
    each = {group: draw(st.sampled_from(("pass", "fail", "inconclusive"))) for group in groups}
    return Finding(
        policy="p", control=name, title="t", severity=draw(st.sampled_from(("low", "high", "critical"))),
        place="p.yaml:1", outcome=outcome, reason=reason, sentence="s", measured=Measured(estimates=estimates),
        criteria=(Criterion(at_least=draw(st.sampled_from((0.75, 0.8))), source="house"),),
        judgements=tuple(Judgement(estimate=one.id, outcome=each[one.group], sentence="s") for one in estimates),
    )  # fmt: skip


@st.composite
def drawn(draw):
    chosen = draw(st.lists(st.sampled_from(("A", "B", "C", "D")), unique=True, min_size=1))
    record = audit(*(draw(findings(name)) for name in chosen), enforcement=draw(st.sampled_from(("block", "warn"))))
    return record, gate(record, stage="staging")


def listed(found: AuditDifference) -> set[str]:
    lists = (
        found.newly_error, found.newly_failing, found.newly_inconclusive, found.fixed, found.lost, found.gained,
        found.added, found.removed,
    )  # fmt: skip
    return {change.finding for changes in lists for change in changes}


@given(drawn())
def test_nothing_differs_from_itself(one):
    found = difference(one, one)
    assert found.empty
    assert not found.worse
    assert not listed(found)
    assert not found.moved
    assert not found.terms


@given(drawn(), drawn())
def test_the_way_back_is_the_way_forth_turned_round(old, new):
    forth, back = difference(old, new), difference(new, old)
    assert names(forth.added) == names(back.removed)
    assert names(forth.removed) == names(back.added)
    assert {(one.finding, one.kind, one.parts) for one in forth.lost} == {
        (one.finding, one.kind, one.parts) for one in back.gained
    }
    mended = {change.finding for change in forth.fixed if change.before != "pass" and change.after == "pass"}
    worsened = {
        change.finding
        for changes in (back.newly_error, back.newly_failing, back.newly_inconclusive, back.lost)
        for change in changes
    }
    assert mended <= worsened
    assert {(move.estimate, move.before, move.after) for move in forth.moved} == {
        (move.estimate, move.after, move.before) for move in back.moved
    }
    opposite = {"looser": "stricter", "stricter": "looser", "changed": "changed"}
    assert {(term.finding, term.what, term.before, term.after, term.direction) for term in forth.terms} == {
        (term.finding, term.what, term.after, term.before, opposite[term.direction]) for term in back.terms
    }


@given(drawn(), drawn())
def test_no_change_of_an_outcome_goes_unsaid(old, new):
    before, after = ({one.id: one.outcome for one in side[0].findings} for side in (old, new))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= listed(difference(old, new))


@given(drawn(), drawn(), st.randoms(use_true_random=False))
def test_the_order_of_findings_estimates_and_lines_changes_nothing(old, new, random):
    def shuffled(one):
        record, drawn_gate = one
        mixed = []
        for finding in random.sample(record.findings, len(record.findings)):
            estimates = tuple(random.sample(finding.measured.estimates, len(finding.measured.estimates)))
            judgements = tuple(random.sample(finding.judgements, len(finding.judgements)))
            measured = finding.measured.model_copy(update={"estimates": estimates})
            mixed.append(finding.model_copy(update={"measured": measured, "judgements": judgements}))
        lines = tuple(random.sample(drawn_gate.lines, len(drawn_gate.lines)))
        return (
            record.model_copy(update={"findings": tuple(mixed)}),
            drawn_gate.model_copy(update={"lines": lines}),
        )

    assert difference(shuffled(old), shuffled(new)) == difference(old, new)


@given(drawn(), drawn())
def test_it_is_worse_exactly_where_something_got_worse(old, new):
    found = difference(old, new)
    before, after = ({one.id: one for one in side[0].findings} for side in (old, new))
    newly_bad = any(
        after[name].outcome in ("fail", "error", "inconclusive") and after[name].outcome != before[name].outcome
        for name in before.keys() & after.keys()
    )
    if newly_bad:
        assert found.worse
    if not found.worse:
        assert not found.newly_failing
        assert not found.lost
        assert not found.closed
