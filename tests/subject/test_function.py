import numpy as np
import pandas as pd
import pytest

from assay.errors import DataError
from assay.subject.function import FunctionScorer
from assay.subject.inputs import Input
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure, open_scorer
from subjects import subject

INPUTS = (
    Input("age", np.array([30.0, np.nan, 50.0])),
    Input("home", np.array([1, -1, 0], "int32"), ("own", "rent")),
)


def test_it_is_given_a_frame_of_the_features_and_its_numbers_are_the_scores(tmp_path):
    seen = []

    def scores(frame):
        seen.append(frame)
        return frame.age / 100

    opened = open_scorer(subject(tmp_path), memory=10**9, seconds=1.0, function=scores)
    np.testing.assert_array_equal(opened.score(INPUTS, 1), [0.3, np.nan, 0.5])
    home = pd.Categorical(["rent", None, "own"], ["own", "rent"])
    pd.testing.assert_frame_equal(seen[0], pd.DataFrame({"age": [30.0, np.nan, 50.0], "home": home}))


@pytest.mark.parametrize(("classes", "of", "column"), [(None, 2, 2), (("a", "b", "c"), "b", 1)])
def test_a_number_for_each_class_is_found_by_class(classes, of, column):
    made = np.arange(9.0).reshape(3, 3)

    def scores(frame):
        return made

    if classes:
        scores.classes = classes
    np.testing.assert_array_equal(FunctionScorer(scores).score(INPUTS, of), made[:, column])
    with pytest.raises(DataError, match="no class 'z'"):
        FunctionScorer(scores).score(INPUTS, "z")


@pytest.mark.parametrize(("made", "told"), [
    ([1.0, 2.0], r"the function <lambda> gave an array of shape \(2,\) for 3 rows"),
    (np.zeros((3, 2, 2)), "shape"),
    (["a", "b", "c"], "gave values of the type <U1, no numbers"),
    ([[1, 2], [3], [4]], "gave no array"),
    (None, "no numbers"),
])  # fmt: skip
def test_what_is_no_number_for_each_row_is_a_failure_of_the_model(made, told):
    with pytest.raises(ModelFailure, match=told):
        FunctionScorer(lambda frame: made).score(INPUTS, 1)


def test_what_it_raises_is_a_failure_in_one_line():
    def broken(frame):
        raise KeyError("no such column\nsecond line")

    with pytest.raises(ModelFailure, match="the function broken raised KeyError") as error:
        FunctionScorer(broken).score(INPUTS, 1)
    assert "\n" not in error.value.what


def test_it_has_no_attributions():
    with pytest.raises(Unsupported, match="attributions of a function"):
        FunctionScorer(len).attributions(INPUTS, 1, None)
