"""How many people a policy needs, put to the test by drawing that many and judging them."""

from datetime import UTC, datetime

import numpy as np
import pytest
import yaml

import assay
from assay.api import study_plan
from assay.attest.canonical import canonical, digest
from assay.errors import AssayError
from assay.record.ledger import Entry
from assay.record.policy import Criterion, SmallGroups
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.verdict.judge import judge
from auditing import DECIDED, control

ODDS = control("ODDS", check="fairness.equalised_odds", criterion={"at_most": 0.1, "source": "house"})
LABELLED = {**DECIDED, "label": {"column": "y", "favourable": "good"}}


def planned(tmp_path, *controls, columns=DECIDED, **options):
    """Manifest and policy alone: there is no data file."""
    document = {
        "assay": "manifest/v1",
        "identity": {"id": "model", "name": "Model", "version": "1"},
        "data": {"test": {"path": "nowhere.csv"}},
        "columns": columns,
    }
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": list(controls)}
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    found, entry = study_plan(tmp_path / "model.yaml", policies=[tmp_path / "policy.yaml"], **options)
    assert entry is None
    return found


def outcomes(n, ratio, *, rate=0.3, draws=400, m=None):
    random = np.random.default_rng(5)
    own, other = random.binomial(n, rate * ratio, draws), random.binomial(m or n, rate, draws)
    question = Question("x", "ratio", "g", 0.95, 30, "interval", "b")
    criterion = Criterion(at_least=0.8, source="convention")
    said = []
    for a, b in zip(own, other, strict=True):
        groups = [GroupCounts("a", int(a), n, n), GroupCounts("b", int(b), m or n, m or n)]
        said.append(judge(compare_groups(groups, question)[0], criterion, 0, SmallGroups()).outcome)
    return {one: said.count(one) / draws for one in set(said)}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_with_as_many_people_as_planned_the_right_answer_has_the_power(tmp_path, place):
    (one,) = planned(tmp_path, control()).comparisons
    needed = one.needed[place]
    assert needed.decides == "pass"
    assert outcomes(needed.people, needed.true_ratio)["pass"] == pytest.approx(0.8, abs=0.06)


def test_a_truth_beyond_the_threshold_is_planned_to_fail_and_one_at_it_is_decided_by_nobody(tmp_path):
    strict = control(criterion={"at_least": 0.95, "source": "house"})
    (one,) = planned(tmp_path, strict).comparisons
    assert [needed.decides for needed in one.needed] == ["pass", None, "fail"]
    assert one.needed[1].people is None
    assert one.needed[0].people > 10_000


def test_what_a_number_of_people_can_show_is_shown(tmp_path):
    (one,) = planned(tmp_path, control(), people={"group": {"f": 500, "m": 700}}).comparisons
    (group,) = one.groups
    assert (group.group, group.people, group.reference, group.reference_people) == ("f", 500, "m", 700)
    assert outcomes(500, 1.0, m=700).get("pass", 0) == pytest.approx(group.power_to_pass, abs=0.06)
    assert outcomes(500, group.finds, m=700)["fail"] == pytest.approx(0.8, abs=0.06)
    assert 0 < group.finds < group.shows < 0.8


def test_groups_under_the_minimum_never_pass_and_one_size_for_all_is_enough(tmp_path):
    (one,) = planned(tmp_path, control(), people={"group": {"f": 20, "m": 700}}).comparisons
    assert (one.groups[0].power_to_pass, one.groups[0].shows) == (None, None)
    (one,) = planned(tmp_path, control(), each=800).comparisons
    (group,) = one.groups
    assert (group.people, group.reference_people) == (800, 800)
    large = control(small_groups={"minimum": 5000})
    assert {needed.people for needed in planned(tmp_path, large).comparisons[0].needed} == {5000}


def test_of_several_rates_each_is_planned_with_the_people_that_it_counts(tmp_path):
    found = planned(tmp_path, ODDS, columns=LABELLED)
    assert {one.estimate: one.counted for one in found.comparisons} == {
        "true_positive_rate_difference": "people whose outcome is positive",
        "false_positive_rate_difference": "people whose outcome is negative",
    }
    assert {(one.low, one.high, one.shape) for one in found.comparisons} == {(-0.1, 0.1, "difference")}
    rate = control(check="fairness.false_negative_rate", criterion={"at_least": 0.8, "source": "house"})
    (one,) = planned(tmp_path, {**rate, "with": {"compare": "ratio"}}, columns=LABELLED).comparisons
    assert (one.estimate, one.low, one.high) == ("false_negative_rate_ratio", 0.8, 1.25)


def test_what_no_number_of_people_decides_is_told(tmp_path):
    found = planned(
        tmp_path,
        control("POINT", criterion={"at_least": 0.8, "source": "statute", "decide_on": "estimate"}),
        control("PUBLISHED", criterion={"reported": True, "source": "statute"}),
        control("AUC", check="performance.auc", criterion={"at_least": 0.7, "source": "house"}),
    )
    assert found.comparisons == ()
    assert [name for name, _ in found.left_out] == ["p/POINT", "p/PUBLISHED"]


def test_sizes_of_a_grouping_that_nobody_compares_are_refused(tmp_path):
    with pytest.raises(AssayError, match="no control compares rates by 'grup'") as refused:
        planned(tmp_path, control(), people={"grup": {"f": 5}})
    assert "group" in refused.value.hint


def test_a_control_that_does_not_apply_is_not_planned(tmp_path):
    later = control(when={"field": "risk.tier", "equals": "high"})
    assert planned(tmp_path, later).comparisons == ()


def test_a_ledger_holds_the_plan_after_the_policy_and_before_any_audit(tmp_path):
    address = str(tmp_path / "ledger.sqlite")
    assay.api.new_ledger(address, origin="example.org/ledger")
    planned(tmp_path, control())
    options = {"policies": [tmp_path / "policy.yaml"], "ledger": address}
    found, entry = study_plan(tmp_path / "model.yaml", **options)
    again, later = study_plan(tmp_path / "model.yaml", **options)
    assert (entry, later, found) == (1, 2, again)
    logged = [one for _, one in assay.api.ledger_entries(address)]
    assert [one.kind for one in logged] == ["policy", "study_plan", "study_plan"]
    assert logged[1].digest == digest(canonical(found))
    assert (logged[1].model, logged[1].policies, logged[1].subject) == ("model", (logged[0].digest,), None)


@pytest.mark.parametrize(("change", "told"), [
    ({"policies": ()}, "names model, version and policies"),
    ({"model": None}, "names model, version and policies"),
    ({"subject": f"sha256:{'0' * 64}"}, "names no audit and no files"),
    ({"gate": "open"}, "an audit, and nothing else"),
])  # fmt: skip
def test_an_entry_of_a_study_plan_speaks_of_no_data(change, told):
    given = {
        "kind": "study_plan", "made": datetime(2026, 3, 31, tzinfo=UTC), "digest": f"sha256:{'1' * 64}", "name": "m 1",
        "model": "m", "version": "1", "policies": (f"sha256:{'2' * 64}",),
    }  # fmt: skip
    assert Entry(**given).kind == "study_plan"
    with pytest.raises(ValueError, match=told):
        Entry(**{**given, **change})
