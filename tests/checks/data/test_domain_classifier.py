import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.checks.data.domain_classifier import domain_classifier
from assay.evidence.request import DomainRequest
from beside import beside, one
from builders import needs, people_manifest

CHECK = "data.domain_classifier"


def frames(shift=0.0, n=300, m=400, seed=4):
    random = np.random.default_rng(seed)
    own = pd.DataFrame({"x": random.normal(shift, 1, n), "y": random.normal(0, 1, n)})
    return own, pd.DataFrame({"x": random.normal(0, 1, m), "y": random.normal(0, 1, m)})


def audited(folder, own, other, criterion, **more):
    return beside(folder, CHECK, own, other, criterion={**criterion, "source": "convention"}, **more)


@pytest.mark.parametrize(
    ("shift", "criterion", "outcome"),
    [
        (0.0, {"at_most": 0.65}, "pass"),
        (3.0, {"at_most": 0.65}, "fail"),
        (0.5, {"at_most": 0.6}, "inconclusive"),
        (3.0, {"significance": 0.05}, "fail"),
        (0.0, {"significance": 0.05}, "inconclusive"),
    ],
)
def test_data_that_can_be_told_apart_fail(tmp_path, shift, criterion, outcome):
    assert audited(tmp_path, *frames(shift), criterion).outcome == outcome


def test_each_input_is_judged_by_itself_too(tmp_path):
    finding = audited(tmp_path, *frames(3.0), {"at_most": 0.6})
    found = {e.of: e for e in finding.measured.estimates if e.name == "input_auc"}
    assert found["x"].interval.low > 0.9
    assert found["y"].interval.high < 0.62
    assert {e.comparisons for e in found.values()} == {2}
    assert [row[0] for row in finding.measured.exhibits[0].rows][-1] == "y"


def test_an_input_that_parts_the_data_is_told_without_fail(tmp_path):
    finding = audited(tmp_path, *frames(50.0), {"at_most": 0.6})
    found = one(finding, "domain_auc")
    assert found.value > 0.999
    assert found.p_value < 1e-6


def test_a_category_is_the_same_in_both_files_however_it_is_stored(tmp_path):
    random = np.random.default_rng(1)
    own, other = (pd.DataFrame({"c": random.integers(0, 3, 200)}) for _ in "ab")
    found = one(audited(tmp_path, own, other.astype(str), {"at_most": 0.6}, dtype="category"), "domain_auc")
    assert found.value < 0.65


def test_the_sample_takes_half_of_each(tmp_path):
    finding = audited(tmp_path, *frames(n=300, m=2000), {"at_most": 0.65}, size=400)
    assert finding.measured.notes == ("400 of 2300 rows drawn.",)
    assert one(finding, "domain_auc").method == "area within five folds, 200 and 200 rows"


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(tmp_path_factory, seed):
    own, other = frames(0.5, 80, 90)
    first, again = (
        audited(tmp_path_factory.mktemp("s"), *pair, {"at_most": 0.6})
        for pair in ((own, other), (own.sample(frac=1, random_state=seed), other.sample(frac=1, random_state=seed)))
    )
    assert first.measured.estimates == again.measured.estimates


@pytest.mark.parametrize("which", [0, 1])
def test_a_dataset_without_rows_is_undefined(tmp_path, which):
    both = [frame.iloc[:0] if place == which else frame for place, frame in enumerate(frames())]
    found = one(audited(tmp_path, *both, {"at_most": 0.6}), "domain_auc")
    assert found.undefined == f"the {('test', 'train')[which]} data have no rows"


def test_fewer_than_five_rows_are_too_few(tmp_path):
    finding = audited(tmp_path, *frames(n=4), {"at_most": 0.6})
    assert one(finding, "domain_auc").undefined_as == "sample_too_small"


def test_a_constant_and_a_column_without_a_value_tell_nothing(tmp_path):
    both = [pd.DataFrame({"x": [1.0] * n, "y": [np.nan] * n}) for n in (60, 50)]
    finding = audited(tmp_path, *both, {"at_most": 0.6})
    assert [e.value for e in finding.measured.estimates] == [0.5, 0.5, 0.5]
    assert finding.outcome in ("pass", "inconclusive")


def test_what_is_not_declared_is_missing_evidence():
    view = people_manifest(features=[{"name": "income"}])
    assert needs(domain_classifier, view).requests == (DomainRequest("test", "train", ("income",), 10_000),)
    assert needs(domain_classifier, view, features=("gone",)).missing == ("features: gone",)
    counted = view.model_copy(update={"columns": view.columns.model_copy(update={"count": "n"})})
    assert "columns.count" in needs(domain_classifier, counted).missing[0]
