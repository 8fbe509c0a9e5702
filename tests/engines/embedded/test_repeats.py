"""Scores asked for again: a real model, and functions that are no function of their row."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.reading import read_table
from assay.evidence.repeats import Repeat, Repeats
from assay.evidence.request import RepeatsRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from subjects import with_data, with_model

RNG = np.random.default_rng(3)
N = 200
TABLE = pd.DataFrame({"a": RNG.normal(size=N).round(3), "b": RNG.normal(size=N).round(3)})
TABLE["y"] = np.where(TABLE.a + RNG.normal(size=N) > 0, "paid", "late")
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
}
BLOCKS = {"features": [{"name": "a"}, {"name": "b"}]}
REQUEST = RepeatsRequest("test", 150)


def repeats(folder, table=TABLE, columns=COLUMNS, function=None, request=REQUEST):
    model = LogisticRegression().fit(TABLE[["a", "b"]], TABLE.y)
    blocks = {**BLOCKS, "identity": with_model(folder, model)}
    of = with_data(folder, columns, needs_model=True, blocks=blocks, test=table)
    options = EngineOptions(scorer=function)
    return measure([request], of, seed=1, progress=lambda *told: None, options=options)[request]


def by_way(found):
    return {each.way: each for each in found.repeats}


def test_a_model_that_looks_at_one_row_at_a_time_says_the_same_again(tmp_path):
    found = repeats(tmp_path)
    assert (found.available, found.drawn) == (N, 150)
    assert [each.way for each in found.repeats] == ["again", "turned", "alone"]
    assert by_way(found)["again"] == Repeat("again", 150, 0, 0.0)
    assert by_way(found)["alone"].people == 50
    assert by_way(found)["alone"].largest < 1e-15
    assert 0.5 < found.greatest < 1


def test_a_score_of_the_data_is_compared_with_that_of_the_model(tmp_path):
    model = LogisticRegression().fit(TABLE[["a", "b"]], TABLE.y)
    late = model.predict_proba(TABLE[["a", "b"]])[:, list(model.classes_).index("late")]
    columns = {**COLUMNS, "score": {"column": "s", "kind": "probability", "of": "late"}}
    request = RepeatsRequest("test", N)
    same = repeats(tmp_path, TABLE.assign(s=late), columns, request=request)
    assert by_way(same)["column"].largest < 1e-15
    old = late.copy()
    old[:20] = old[:20] / 2
    changed = by_way(repeats(tmp_path, TABLE.assign(s=old), columns, request=request))["column"]
    assert changed.differ >= 20
    assert changed.largest == pytest.approx(late[:20].max() / 2)


def test_a_model_that_draws_numbers_is_found(tmp_path):
    drawn = np.random.default_rng()
    found = repeats(tmp_path, function=lambda rows: drawn.uniform(size=len(rows)))
    assert all(each.differ > 0.9 * each.people for each in found.repeats)


def test_a_model_that_looks_at_the_batch_is_found_though_it_repeats_itself(tmp_path):
    def standardised(rows):
        return 1 / (1 + np.exp(-(rows["a"] - rows["a"].mean())))

    ways = by_way(repeats(tmp_path, function=standardised))
    assert ways["again"].differ == 0
    assert ways["alone"].differ > 40


def test_a_model_that_counts_its_rows_is_found_by_turning_them_round(tmp_path):
    ways = by_way(repeats(tmp_path, function=lambda rows: np.arange(len(rows)) / len(rows)))
    assert ways["again"].differ == 0
    assert ways["turned"].differ == 150


def test_no_rows_repeat_nothing(tmp_path):
    found = repeats(tmp_path, TABLE.head(0))
    assert found == Repeats(0, 0, None, ())


def test_the_table_is_read_back_to_the_very_value(tmp_path):
    found = repeats(tmp_path)
    assert read_table(REQUEST, found.csv()) == (REQUEST, found)
    assert told(REQUEST) == "scores of 150 rows of test, asked for again"


@pytest.mark.parametrize(
    "wrong",
    [
        Repeats(100, 101, None, ()),
        Repeats(300, 200, None, ()),
        Repeats(100, 100, 1.0, (Repeat("again", 101, 0, 0.0),)),
        Repeats(100, 100, 1.0, (Repeat("again", 100, 101, 0.0),)),
        Repeats(100, 100, 1.0, (Repeat("again", 100, 0, float("nan")),)),
        Repeats(100, 100, 1.0, (Repeat("again", 100, 0, -1.0),)),
        Repeats(100, 100, 1.0, (Repeat("alone", 50, 0, 0.0), Repeat("again", 100, 0, 0.0))),
        Repeats(100, 100, 1.0, (Repeat("again", 100, 0, 0.0), Repeat("again", 100, 0, 0.0))),
    ],
)
def test_a_table_of_no_such_sample_is_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, wrong.csv())
