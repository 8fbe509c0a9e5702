import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.errors import DataError
from assay.subject.adapters.matrix import coded, places_of

TEXTS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=6, unique=True)


@settings(deadline=None, max_examples=60)
@given(trained=TEXTS, data=st.data())
def test_a_category_is_coded_by_its_value_whatever_stands_beside_it(trained, data):
    values = data.draw(st.lists(st.sampled_from([*trained, None]), min_size=1, max_size=8))
    listed = data.draw(st.permutations(trained))
    frame = pd.DataFrame({"a": pd.Categorical(values, listed)})
    matrix, strange = coded(frame, [trained])
    expected = [np.nan if value is None else trained.index(value) for value in values]
    np.testing.assert_array_equal(matrix[:, 0], expected)
    assert not strange.any()


@pytest.mark.parametrize(("values", "trained", "expected"), [
    (pd.Categorical(["b", None, "c"]), ["a", "b"], [1, np.nan, np.nan]),
    (pd.Categorical([7, 3, 7]), [3, 7], [1, 0, 1]),
    (pd.Categorical([7.0, 3.0, 7.5]), ["3", "7"], [1, 0, np.nan]),
    (pd.Categorical([True, False, True]), ["False", "True"], [1, 0, 1]),
    ([7.0, np.nan, 3.0], [3, 7], [1, np.nan, 0]),
    (pd.Categorical([7, None, 3]), None, [7, np.nan, 3]),
    ([0.5, np.nan, np.inf], None, [0.5, np.nan, np.inf]),
])  # fmt: skip
def test_numbers_texts_and_truth_values_are_compared_as_codes(values, trained, expected):
    matrix, strange = coded(pd.DataFrame({"a": values}), [trained])
    np.testing.assert_array_equal(matrix[:, 0], expected)
    missing = pd.isna(pd.Series(values)).to_numpy()
    np.testing.assert_array_equal(strange, np.isnan(expected) & ~missing)


def test_inputs_are_found_by_name_or_stand_in_order():
    assert places_of(["b", "a"], 2, ["a", "b"]) == [1, 0]
    assert places_of(None, 2, ["a", "b"]) == [0, 1]
    with pytest.raises(DataError, match="other inputs than the manifest's features: c"):
        places_of(["b", "c"], 2, ["a", "b"])
    with pytest.raises(DataError, match="takes 3 inputs, and the manifest's features are 2"):
        places_of(None, 3, ["a", "b"])
