import pytest

from assay.checks.robustness.retrain import retrain
from assay.evidence.retrained import Retrained
from assay.evidence.value import EvidenceMissing, Unavailable
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

COLUMNS = {
    "score": {"from": "model", "kind": "probability", "of": 1},
    "label": {"column": "y", "favourable": 0},
}
MODEL = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.onnx", "format": "onnx"}}
TRAINING = {"script": {"path": "train.py"}, "command": ["python", "train.py"], "produces": "model.onnx"}
DATA = {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}}


def view(**blocks):
    given = {"columns": COLUMNS, "features": [{"name": "a"}], "identity": MODEL, "training": TRAINING, "data": DATA}
    return people_manifest(**{name: block for name, block in {**given, **blocks}.items() if block is not None})


VIEW = view()


def found(differ=0, largest=0.0, otherwise=0, drawn=1000, same_file=False):
    return measure(retrain, VIEW, Retrained(5000, drawn, differ, largest, 0.9, otherwise, same_file=same_file))


def outcome(measured, estimate, at_most=0):
    criterion = Criterion(estimate=estimate, at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_the_same_scores_pass_and_one_changed_score_fails():
    assert outcome(found(), "share_of_changed_scores").outcome == "pass"
    one = found(differ=1, largest=1e-17)
    assert outcome(one, "share_of_changed_scores").outcome == "fail"
    assert outcome(one, "share_of_changed_scores", 0.001).outcome == "pass"
    assert [e.value for e in one.estimates] == [1 / 1000, 1e-17, 0]


def test_the_largest_change_is_judged_at_its_threshold():
    off = found(differ=7, largest=1e-9)
    assert outcome(off, "largest_change", 1e-9).outcome == "pass"
    assert outcome(off, "largest_change", 9.99e-10).outcome == "fail"


def test_one_person_decided_otherwise_is_found():
    assert outcome(found(differ=400, largest=1e-12), "share_of_changed_decisions").outcome == "pass"
    assert outcome(found(differ=400, largest=1e-12, otherwise=1), "share_of_changed_decisions").outcome == "fail"


def test_no_rows_no_scores_and_no_cut_show_nothing():
    none = measure(retrain, VIEW, Retrained(0, 0, 0, None, None, 0, same_file=False))
    assert none.exhibits[0].rows == ()
    for name in ("share_of_changed_scores", "largest_change", "share_of_changed_decisions"):
        nothing = outcome(none, name)
        assert (nothing.outcome, nothing.reason) == ("inconclusive", "evidence_missing")
    for name, undefined in (("largest_change", {"largest": None}), ("share_of_changed_decisions", {"otherwise": None})):
        concluded = outcome(found(**undefined), name)
        assert (concluded.outcome, concluded.reason) == ("inconclusive", "estimate_undefined")


def test_what_was_not_allowed_is_missing_and_not_passed():
    with pytest.raises(EvidenceMissing, match="--run-training"):
        measure(retrain, VIEW, Unavailable("it needs --run-training"))


def test_the_note_says_that_code_was_run_and_whether_the_file_is_the_same():
    (table,) = found(same_file=True).exhibits
    assert "was run" in table.note
    assert "--run-training" in table.note
    assert "the two files are the same." in table.note
    assert "not the same" in found().exhibits[0].note
    assert table.rows == ((1000, 0, 0.0, 0),)


@pytest.mark.parametrize(("blocks", "missing"), [
    ({"training": None}, {"training.script", "training.command", "training.produces"}),
    ({"training": {"script": {"path": "train.py"}}}, {"training.command", "training.produces"}),
    ({"training": {name: TRAINING[name] for name in ("script", "command")}}, {"training.produces"}),
    ({"data": {"test": {"path": "test.csv"}}}, {"data.train"}),
    ({"features": None}, {"features"}),
    ({"identity": {**MODEL, "artefact": None}}, {"identity.artefact"}),
    ({"identity": {"id": "m", "name": "M", "version": "1", "endpoint": {"url": "https://a.example"}}},
     {"identity.artefact"}),
])  # fmt: skip
def test_what_the_manifest_does_not_say_is_named(blocks, missing):
    asked = needs(retrain, view(**blocks))
    assert asked.requests == ()
    assert set(asked.missing) == missing


def test_with_all_of_it_there_is_one_request():
    (request,) = needs(retrain, VIEW, size=50, data="train").requests
    assert (request.data, request.size) == ("train", 50)
