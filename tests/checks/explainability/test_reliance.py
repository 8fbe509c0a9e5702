import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.explainability.reliance import reliance
from builders import explained, measure, needs, people_manifest

MODEL = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}}
FEATURES = [{"name": "sex", "protected": True}, {"name": "district", "proxy_for": ["origin"]}, {"name": "income"}]
VIEW = people_manifest(identity=MODEL, features=FEATURES)
NAMES = ("sex", "district", "income")


def reliance_of(attributions, **p):
    return measure(reliance, VIEW, explained(attributions, NAMES), p=p)


def test_protected_inputs_and_proxies_are_added_up_by_absolute_influence():
    measured = reliance_of([[1.0, -1.0, 2.0], [-1.0, 1.0, -4.0]])
    (found,) = measured.estimates
    assert found.value == pytest.approx(4 / 10)
    assert found.interval.low <= 0.4 <= found.interval.high
    assert [(row[0], row[3]) for row in measured.exhibits[0].rows] == [
        ("income", ""),
        ("district", "yes"),
        ("sex", "yes"),
    ]


def test_named_features_are_measured_instead():
    assert reliance_of([[1.0, 1.0, 2.0]], features=("income",)).estimates[0].value == 0.5


def test_an_unused_protected_input_has_a_share_of_zero_with_a_width():
    (found,) = reliance_of([[0.0, 0.0, 1.0]] * 200).estimates
    assert (found.value, found.interval.low) == (0.0, 0.0)
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 200))


def test_nothing_declared_is_missing_evidence_not_a_pass():
    view = people_manifest(identity=MODEL, features=[{"name": "income", "protected": False}, {"name": "age"}])
    found = needs(reliance, view)
    assert found.requests == ()
    assert found.missing == ("features: one declared protected or proxy_for",)


def test_a_named_feature_that_the_model_does_not_have_is_missing_evidence():
    assert needs(reliance, VIEW, features=("sexe",)).missing == ("features: sexe",)


@pytest.mark.parametrize(
    ("attributions", "kind"),
    [
        ([], "evidence_missing"),
        ([[0.0, 0.0, 0.0]] * 5, "estimate_undefined"),
        ([[np.nan, 1.0, 1.0]], "estimate_unstable"),
    ],
)
def test_what_cannot_be_measured_is_undefined(attributions, kind):
    (found,) = reliance_of(attributions).estimates
    assert (found.value, found.undefined_as) == (None, kind)


values = st.integers(-5, 5).map(float)


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=40).filter(np.any), st.randoms())
def test_row_order_and_scale_change_nothing_and_twice_the_data_only_the_interval(rows, random):
    (found,) = reliance_of(rows).estimates
    share = np.abs(rows)[:, :2].sum() / np.abs(rows).sum()
    assert found.value == pytest.approx(share, abs=1e-12)
    for other in (random.sample(rows, len(rows)), [[3 * v for v in row] for row in rows], rows * 2):
        assert reliance_of(other).estimates[0].value == pytest.approx(found.value, abs=1e-12)
