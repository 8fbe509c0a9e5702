"""The value of a regression: cut into decisions as it is, and ranking people only where the manifest says how."""

import pandas as pd
import pytest

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.engines.score import event_class
from assay.errors import DataError
from assay.evidence.request import CellsRequest, ScoresRequest
from assay.evidence.view import SubjectView
from subjects import with_data

LABEL = {"column": "y", "favourable": 1}
VALUE = {"from": "model", "kind": "value"}
FEATURES = {"features": [{"name": "income"}]}
FRAME = pd.DataFrame({"income": [500.0, 700.0, 650.0, 300.0, 900.0], "y": [0, 1, 0, 0, 1]})


def measured(folder, request, columns):
    of = with_data(folder, columns, blocks=FEATURES, test=FRAME)
    options = EngineOptions(scorer=lambda frame: frame.income + 1)
    return measure([request], of, seed=1, progress=lambda *told: None, options=options)[request]


def test_a_value_of_the_model_is_cut_into_decisions_in_its_own_unit(tmp_path):
    columns = {"score": VALUE, "decision": {"from": "score", "favourable": {"at_least": 651}}}
    cells = measured(tmp_path, CellsRequest("test", ("decision",)), columns)
    assert dict(zip(cells.rows, cells.counts, strict=True)) == {("favourable",): 3, ("unfavourable",): 2}


def test_a_value_that_says_what_a_higher_one_means_ranks_people_and_is_no_probability(tmp_path):
    scores = measured(tmp_path, ScoresRequest("test"), {"score": {**VALUE, "higher": "favourable"}, "label": LABEL})
    assert (scores.score.tolist(), scores.event) == ([301.0, 501.0, 651.0, 701.0, 901.0], "y = 1")
    assert scores.events.tolist() == [0, 0, 0, 1, 1]
    assert not scores.probability


@pytest.mark.parametrize(("asked", "score", "lacks"), [
    ({"score": True}, VALUE, ("columns.score.higher",)),
    ({"score": True}, {**VALUE, "higher": "unfavourable"}, ()),
    ({"probability": True}, {**VALUE, "higher": "favourable"}, ("columns.score.kind: probability",)),
    ({"score": True}, {"column": "income", "kind": "rank", "higher": "favourable"}, ()),
])  # fmt: skip
def test_checks_of_ranks_and_probabilities_are_told_what_a_value_lacks(tmp_path, asked, score, lacks):
    view = SubjectView(with_data(tmp_path, {"score": score, "label": LABEL}, test=FRAME).manifest)
    assert view.lacks(**asked) == lacks


def test_scores_of_a_value_without_direction_are_an_error_where_they_are_asked_for_all_the_same(tmp_path):
    with pytest.raises(DataError, match="does not say what a higher score means"):
        measured(tmp_path, ScoresRequest("test"), {"score": VALUE, "label": LABEL})


def test_a_value_speaks_for_no_class_and_a_rank_for_the_label_that_it_favours(tmp_path):
    def of(score):
        return event_class(with_data(tmp_path, {"score": score, "label": LABEL}, test=FRAME).manifest)

    assert of(VALUE) is None
    assert of({**VALUE, "higher": "favourable"}) is None
    assert of({"from": "model", "kind": "rank", "higher": "favourable"}) == 1
