"""What the owner declares beside what scikit-learn computes from the same rows."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from assay.checks.governance.declared_metrics import BY_NAME, declared_metrics
from assay.checks.registry import find
from assay.evidence.request import ScoresRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest, scores

RNG = np.random.default_rng(5)
P = RNG.uniform(0.01, 0.99, 800).round(3)
Y = (RNG.uniform(size=800) < P).astype(int)
AUC, BRIER = roc_auc_score(Y, P), brier_score_loss(Y, P)


def view(*declared):
    return people_manifest(metrics={"declared": [{"kind": "statistical", **each} for each in declared]})


def again(*declared, tables=1):
    return measure(declared_metrics, view(*declared), *[scores(P, Y)] * tables)


def differences(measured):
    return [each for each in measured.estimates if each.name == "difference_from_declared"]


def outcome(measured, at_most, estimate="difference_from_declared"):
    criterion = Criterion(estimate=estimate, at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_a_rounded_value_comes_out_again_within_its_rounding():
    measured = again({"name": "auc", "value": round(AUC, 3)}, {"name": "brier", "value": round(BRIER, 3)})
    auc, brier = differences(measured)
    assert auc.value == pytest.approx(abs(round(AUC, 3) - AUC), abs=1e-12)
    assert brier.value == pytest.approx(abs(round(BRIER, 3) - BRIER), abs=1e-12)
    assert outcome(measured, 0.0005).outcome == "pass"


def test_a_flattering_value_is_found():
    measured = again({"name": "auc", "value": AUC + 0.02})
    assert outcome(measured, 0.0201).outcome == "pass"
    assert outcome(measured, 0.0199).outcome == "fail"


def test_gini_is_that_of_the_check_of_the_area():
    (gini,) = differences(again({"name": "gini", "value": 2 * AUC - 1}))
    assert gini.value == pytest.approx(0, abs=1e-12)


def test_what_no_check_computes_is_counted_and_has_no_difference():
    measured = again({"name": "auc", "value": AUC}, {"name": "profit", "value": 3}, {"name": "auc", "slice": "women"})
    assert len(differences(measured)) == 1
    share = measured.estimates[-1]
    assert (share.name, share.numerator, share.denominator) == ("share_computed_again", 1, 3)
    assert outcome(measured, 0.001).outcome == "pass"


def test_nothing_that_can_be_computed_passes_nothing():
    measured = again({"name": "profit", "value": 3}, tables=0)
    nothing = outcome(measured, 1)
    assert (nothing.outcome, nothing.reason) == ("inconclusive", "evidence_missing")


def test_no_declared_metric_lacks_evidence():
    assert needs(declared_metrics, people_manifest()).missing == ("metrics.declared.*.kind: statistical",)


def test_the_dataset_that_is_named_is_asked_for():
    asked = needs(declared_metrics, view({"name": "auc", "value": 1, "dataset": "train"})).requests
    assert asked == (ScoresRequest("train"),)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_name_is_that_of_an_estimate_in_the_docstring_of_its_check(name):
    assert f"`{name}`" in find(BY_NAME[name]).docstring
