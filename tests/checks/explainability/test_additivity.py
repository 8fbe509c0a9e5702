import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.explainability.additivity import additivity
from builders import explained, manifest, measure, needs, people_manifest

MODEL = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}}
VIEW = people_manifest(identity=MODEL, features=[{"name": "a"}, {"name": "b"}])


def error_of(*args, **more):
    (found,) = measure(additivity, VIEW, explained(*args, **more)).estimates
    return found


def test_attributions_that_add_up_have_no_error():
    found = error_of([[1.0, 2.0], [0.5, -3.0]], ("a", "b"), base=0.25)
    assert (found.value, found.n, found.basis) == (0.0, 2, "exact")


def test_the_worst_row_counts_relative_to_its_output_plus_one():
    assert error_of([[1.0, 1.0], [1.0, 2.0]], ("a", "b"), output=[2.0, 4.0]).value == pytest.approx(1 / 5)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.randoms())
def test_the_order_of_rows_does_not_matter(outputs, random):
    rows = [[1.0, float(i)] for i in range(len(outputs))]
    order = random.sample(range(len(outputs)), len(outputs))
    one = error_of(rows, ("a", "b"), output=outputs)
    assert error_of([rows[i] for i in order], ("a", "b"), output=[outputs[i] for i in order]).value == one.value


@pytest.mark.parametrize(
    ("attributions", "output", "kind"),
    [
        ([], [], "evidence_missing"),
        ([[np.nan, 1.0]], [1.0], "estimate_unstable"),
        ([[1.0, 1.0]], [np.inf], "estimate_unstable"),
    ],
)
def test_no_rows_and_what_is_not_a_number_are_undefined(attributions, output, kind):
    found = error_of(attributions, ("a", "b"), output=output)
    assert (found.value, found.undefined_as) == (None, kind)


def test_without_model_or_features_nothing_is_asked_for():
    assert needs(additivity, manifest()).missing == ("data.test", "data.train", "features", "identity.artefact")
    assert needs(additivity, VIEW, rows=50).requests[0].size == 50
