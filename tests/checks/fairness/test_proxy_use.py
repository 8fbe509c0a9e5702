import numpy as np
import pytest

from assay.checks.fairness.proxy_use import proxy_use
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import explained, measure, needs, people_manifest
from proxied import FULLY, NOTHING, proxies, told

MODEL = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}}
FEATURES = [{"name": "income"}, {"name": "district"}]
VIEW = people_manifest("sex", identity=MODEL, features=FEATURES)
NAMES = ("income", "district")
BOTH = proxies(told("income", NOTHING), told("district", FULLY), told(None, FULLY))
"""Income says nothing of the sex, the district is it."""
EVEN, ALL_INCOME = [[1.0, 0.5], [-1.0, 1.5]] * 500, [[1.0, 0.0]] * 1000


def use(attributions, found=BOTH, **options):
    return measure(proxy_use, VIEW, found, explained(attributions, NAMES), **options)


def outcome(measured, at_most=0.05):
    criterion = Criterion(at_most=at_most, source="convention")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_an_input_counts_only_as_far_as_it_does_both():
    assert [(e.id, e.value) for e in use(EVEN).estimates] == [
        ("proxy_use of income[sex: f / m]", 0.0),
        ("proxy_use of district[sex: f / m]", 0.5),
    ]
    rows = use(EVEN).exhibits[0].rows
    assert [(row[0], *row[4:]) for row in rows] == [("district", 0.5, 1.0), ("income", 0.5, 0.0)]


def test_a_strong_proxy_that_the_model_does_not_use_passes():
    found = proxies(told("income", FULLY), told("district", FULLY), told(None, FULLY))
    unused = use([[1.0, 0.0]] * 1000, found).estimates[1]
    assert unused.value == 0
    assert unused.interval.low == 0
    assert unused.interval.high == pytest.approx(1 - 0.0125 ** (1 / 1000))  # each part at half of alpha


def test_a_used_input_that_says_nothing_passes_only_as_surely_as_that_is_known():
    measured = use(ALL_INCOME)
    income = measured.estimates[0]
    assert income.value == 0
    assert 0.05 < income.interval.high < 0.2
    assert outcome(measured, at_most=0.3).outcome == "pass"
    assert outcome(measured).reason == "interval_straddles"


def test_a_used_proxy_fails():
    assert outcome(use(EVEN)).outcome == "fail"


def test_less_than_one_half_is_no_association():
    turned = proxies(told("income", ((60, 40), (40, 60))), told("district", NOTHING), told(None, FULLY))
    assert use(EVEN, turned).estimates[0].value == 0


@pytest.mark.parametrize(
    ("attributions", "kind"),
    [([], "evidence_missing"), ([[0.0, 0.0]] * 40, "estimate_undefined"), ([[np.nan, 1.0]] * 40, "estimate_unstable")],
)
def test_without_influence_there_is_no_use(attributions, kind):
    for estimate in use(attributions).estimates:
        assert (estimate.value, estimate.undefined_as) == (None, kind)


def test_one_group_is_no_use_and_no_pass():
    measured = use(EVEN, proxies(groups=("f",)))
    assert {e.undefined_as for e in measured.estimates} == {"estimate_undefined"}
    assert outcome(measured, at_most=1).outcome == "inconclusive"


def test_few_explained_rows_are_few():
    concluded = outcome(use([[1.0, 0.0]] * 20), at_most=0.99)
    assert concluded.reason == "sample_too_small"


def test_attributions_of_other_inputs_are_missing_evidence():
    other = explained([[1.0]], ("income",))
    assert measure(proxy_use, VIEW, BOTH, other).missing == ("attributions of district",)


def test_it_needs_a_model_and_a_background():
    (proxies_asked, rows) = needs(proxy_use, VIEW).requests
    assert (proxies_asked.features, rows.background) == (NAMES, "train")
    assert needs(proxy_use, people_manifest("sex", features=FEATURES)).missing == ("identity.artefact",)
