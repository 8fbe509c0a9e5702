"""An input that gives the outcome away: counts by hand, and the published trap of a real data set."""

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import auditing
from assay.checks.data.target_leakage import target_leakage
from assay.checks.registry import Context
from assay.evidence.keys import OUTCOME
from assay.evidence.proxies import Attribute, Proxies, Ranked, Told
from assay.evidence.request import ProxiesRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest
from subjects import value, with_data

VIEW = people_manifest(features=[{"name": "a"}])


def told(members, others):
    """The same people in every fold, at three scores."""
    return Told("a", OUTCOME, "paid", tuple(Ranked(members, others, (1, 1, 1)) for _ in range(5)))


def found(members=(10, 30, 60), others=(60, 30, 10), unknown=0, groups=None):
    m, o = 5 * sum(members), 5 * sum(others)
    groups = (("late", m), ("paid", o)) if groups is None else groups
    drawn = sum(n for _, n in groups) + unknown
    return Proxies(
        ("a",), (Attribute(OUTCOME, tuple(sorted(groups)), unknown),), 9000, drawn,
        (Told("a", OUTCOME, "late", told(members, others).folds),) if len(groups) == 2 else (),
    )  # fmt: skip


def leakage(*args, **options):
    return measure(target_leakage, VIEW, found(*args, **options))


def outcome(measured, at_most):
    criterion = Criterion(at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_the_area_is_that_of_the_label_told_from_the_input():
    (one,) = leakage().estimates
    assert (one.name, one.group, one.n) == ("leakage_auc", "a", 500)
    by_hand = (10 * 60 / 2 + 30 * (60 + 30 / 2) + 60 * (90 + 10 / 2)) / 100**2
    assert one.value == pytest.approx(by_hand)
    assert one.interval.low < by_hand < one.interval.high


def test_an_input_far_below_the_threshold_passes_and_one_far_above_fails():
    high = leakage().estimates[0].interval.high
    assert outcome(leakage(), high + 1e-9).outcome == "pass"
    assert outcome(leakage(), high - 1e-3).outcome == "inconclusive"
    assert outcome(leakage(), 0.7).outcome == "fail"


def test_one_label_or_none_shows_nothing():
    one = outcome(leakage(groups=(("paid", 500),)), 1)
    assert (one.outcome, one.reason) == ("inconclusive", "estimate_undefined")
    none = leakage(groups=(), unknown=500)
    assert none.estimates[0].undefined == "nobody's label is known"
    assert outcome(none, 1).outcome == "inconclusive"


def test_too_many_without_a_label_leave_it_open():
    assert outcome(leakage(unknown=40), 1).outcome == "pass"
    assert outcome(leakage(unknown=60), 1).outcome == "inconclusive"


def test_it_asks_for_the_features_or_for_those_of_the_policy():
    assert needs(target_leakage, VIEW).requests == (ProxiesRequest("test", ("a",), (OUTCOME,), 10_000),)
    assert needs(target_leakage, people_manifest()).missing == ("features",)
    assert needs(target_leakage, VIEW, features=("b",)).missing == ("features: b",)


@pytest.fixture(scope="module")
def calls():
    return pd.read_csv(auditing.shared("bank_marketing/bank_marketing_clean.csv.gz"))


def test_the_duration_of_the_call_is_caught_as_leakage(tmp_path, calls):
    """It is known only after the call that the model is to plan: the README of the data names the trap."""
    inputs = ["age", "balance", "duration", "campaign", "housing", "contact"]
    features = [{"name": name, "dtype": "category" if name in ("housing", "contact") else "number"} for name in inputs]
    columns = {"label": {"column": "y", "favourable": "yes", "unfavourable": "no"}}
    subject = with_data(tmp_path, columns, blocks={"features": features}, test=calls[[*inputs, "y"]])
    request = ProxiesRequest("test", tuple(inputs), (OUTCOME,), 10_000)
    view = SubjectView(subject.manifest)
    context = Context(view, 0.95, "interval", 30)
    measured = target_leakage.measure(
        Evidence({request: value(subject, request)}), target_leakage.parameters(), context
    )
    areas = {each.group: each for each in measured.estimates}
    worst = max(areas.values(), key=lambda each: each.value)
    assert worst.group == "duration"
    raw = roc_auc_score(calls.y == "yes", calls.duration)
    assert worst.value == pytest.approx(raw, abs=0.03)
    assert all(each.value < 0.7 for name, each in areas.items() if name != "duration")
    assert measured.exhibits[0].rows[0][0] == "duration"
