"""Which law is applied, whether a control is in force, whom it binds, and what a reader must not miss."""

import json
from datetime import date

import pytest

from assay.record.policy import Control, Policy
from assay.run.in_force import choose_law, policy_notes, readings
from builders import manifest

TODAY = date(2026, 3, 31)
PERIODS = {
    "test": {"path": "t.csv", "period": {"start": "2025-01-01", "end": "2025-06-30"}},
    "production": {"path": "p.csv", "period": {"start": "2026-01-01", "end": "2026-02-28"}},
}


def control(**more):
    given = {"id": "C", "title": "T", "require": {"field": "owners.validator", "is": "present"}}
    return Control.model_validate_json(json.dumps({**given, **more}))


def policy(*controls, **more):
    given = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P"}
    told = [json.loads(one.model_dump_json(by_alias=True, exclude_unset=True)) for one in controls or (control(),)]
    return Policy.model_validate_json(json.dumps({**given, "controls": told, **more}))


def read(*, law="2026-03-31", of=None, roles=None, **more):
    organisation = {} if roles is None else {"organisation": {"roles": roles}}
    return readings(
        of or policy(), control(**more), date.fromisoformat(law), manifest(**organisation), "model.yaml:3:5"
    )


def test_the_law_is_the_one_asked_for_else_that_of_the_data_else_todays():
    dated, undated = manifest(data=PERIODS), manifest()
    asked = choose_law(dated, stage="production", today=TODAY, asked=date(2027, 12, 2))
    assert (asked.day, asked.why) == (date(2027, 12, 2), "asked for")
    tested = choose_law(dated, stage="production", today=TODAY, asked=None)
    assert (tested.day, tested.why) == (date(2025, 6, 30), "the last day of the test data")
    watched = choose_law(dated, stage="monitoring", today=TODAY, asked=None)
    assert (watched.day, watched.why) == (date(2026, 2, 28), "the last day of the production data")
    today = choose_law(undated, stage="monitoring", today=TODAY, asked=None)
    assert (today.day, today.why) == (TODAY, "the day of the audit")


def test_monitoring_without_a_production_period_does_not_take_the_law_of_the_test_data():
    only = manifest(data={"test": PERIODS["test"], "production": {"path": "p.csv"}})
    assert choose_law(only, stage="monitoring", today=TODAY, asked=None).day == TODAY


@pytest.mark.parametrize(
    ("law", "result"),
    [("2026-01-31", False), ("2026-02-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_the_first_and_the_last_day_of_a_control_belong_to_it(law, result):
    (reading,) = read(law=law, applies_from="2026-02-01", applies_until="2026-12-31", superseded_by="NEW")
    assert reading.result is result


def test_the_sentences_tell_both_days():
    (early,) = read(applies_from="2027-12-02")
    assert early.sentence == ("it is in force on 2026-03-31, the day of the law: it is in force from 2027-12-02")
    (late,) = read(applies_until="2026-03-30", superseded_by="NEW")
    assert late.sentence == (
        "it is in force on 2026-03-31, the day of the law: it is no longer in force since 2026-03-31, superseded by NEW"
    )


def test_a_control_has_the_first_day_of_its_policy_unless_it_has_its_own():
    (reading,) = read(of=policy(applies_from="2027-01-01"))
    assert reading.result is False
    (own,) = read(of=policy(applies_from="2027-01-01"), applies_from="2026-01-01")
    assert own.result is True


def test_a_policy_past_its_last_day_is_still_applied_but_its_controls_can_end():
    assert read(of=policy(applies_until="2025-12-31", status="superseded")) == ()


def test_without_days_and_roles_there_is_nothing_to_read():
    assert read(roles=["provider"]) == ()


def test_roles_are_one_in_common_none_or_unknown():
    (bound,) = read(roles=["employer", "deployer"], of=policy(roles=["provider", "deployer"]))
    assert bound.result is True
    (free,) = read(roles=["employer"], of=policy(roles=["provider", "deployer"]))
    assert free.result is False
    assert free.sentence == (
        "the organisation is provider or deployer: organisation.roles says employer (model.yaml:3:5)"
    )


@pytest.mark.parametrize("roles", [None, []])
def test_an_organisation_that_says_no_roles_is_unknown_never_free(roles):
    (reading,) = read(roles=roles, of=policy(roles=["provider"]))
    assert (reading.result, reading.missing) == (None, ("organisation.roles",))


def test_the_roles_of_a_control_stand_in_the_place_of_those_of_its_policy():
    bound = control(roles=["employer"])
    organisation = manifest(organisation={"roles": ["employer"]})
    (reading,) = readings(policy(roles=["provider"]), bound, TODAY, organisation, "m:1:1")
    assert reading.result is True


def notes(law="2026-03-31", today=TODAY, **more):
    return policy_notes(policy(**more), date.fromisoformat(law), today)


def test_a_superseded_policy_says_since_when_and_by_what():
    old = {"status": "superseded", "applies_until": "2026-04-16", "superseded_by": "us-mrm-sr26-2"}
    assert notes(law="2026-05-01", **old) == ("superseded since 2026-04-17 by us-mrm-sr26-2",)
    assert notes(law="2026-04-16", **old) == (
        "superseded since 2026-04-17 by us-mrm-sr26-2; in force on 2026-04-16, the day of the law",
    )
    assert notes(status="superseded") == ("superseded",)


def test_a_policy_past_its_last_day_says_so_though_its_status_was_never_changed():
    assert notes(law="2026-05-01", applies_until="2026-04-16") == ("no longer in force since 2026-04-17",)
    assert notes(law="2026-04-16", applies_until="2026-04-16") == ()


def test_a_draft_an_overdue_review_and_a_law_to_come_are_said():
    assert notes(status="draft") == ("a draft that nobody has approved",)
    assert notes(review_by="2026-03-30") == ("its review was due by 2026-03-30",)
    assert notes(review_by="2026-03-31") == ()
    assert notes(applies_from="2026-04-01") == ("not in force before 2026-04-01",)


def test_drafts_and_superseded_controls_are_named():
    drafted = policy(control(status="draft"), control(id="D", status="superseded"), control(id="E"))
    assert policy_notes(drafted, TODAY, TODAY) == ("draft controls: C", "superseded controls: D")


def test_the_last_day_of_the_calendar_breaks_nothing():
    assert notes(law="9999-12-31", status="superseded", applies_until="9999-12-31")


def test_data_that_end_after_today_choose_no_law():
    later = {"test": {"path": "t.csv", "period": {"start": "2025-01-01", "end": "2099-01-01"}}}
    chosen = choose_law(manifest(data=later), stage="production", today=TODAY, asked=None)
    assert (chosen.day, chosen.why) == (TODAY, "the day of the audit")
