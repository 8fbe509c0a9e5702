import pytest

from assay.checks.robustness.determinism import determinism
from assay.evidence.repeats import Repeat, Repeats
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

COLUMNS = {
    "score": {"from": "model", "kind": "probability", "of": 1},
    "label": {"column": "y", "favourable": 0},
}
VIEW = people_manifest(
    columns=COLUMNS,
    features=[{"name": "a"}],
    identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.onnx", "format": "onnx"}},
)
WITHOUT = people_manifest(columns=COLUMNS, features=[{"name": "a"}])


def found(*repeats, drawn=1000):
    return measure(determinism, VIEW, Repeats(5000, drawn, 0.9, repeats))


def outcome(measured, estimate, at_most=0):
    criterion = Criterion(estimate=estimate, at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


SAME = Repeat("again", 1000, 0, 0.0), Repeat("turned", 1000, 0, 0.0), Repeat("alone", 50, 0, 0.0)


def test_the_same_scores_in_every_way_pass_and_one_changed_score_fails():
    assert outcome(found(*SAME), "share_of_changed_scores").outcome == "pass"
    one = found(*SAME[:2], Repeat("alone", 50, 1, 1e-17))
    assert outcome(one, "share_of_changed_scores").outcome == "fail"
    assert [e.value for e in one.estimates if e.name == "share_of_changed_scores"] == [0, 0, 1 / 50]


def test_the_largest_change_is_judged_at_its_threshold():
    off = found(*SAME[:2], Repeat("alone", 50, 7, 1e-9))
    assert outcome(off, "largest_change", 1e-9).outcome == "pass"
    assert outcome(off, "largest_change", 9.99e-10).outcome == "fail"


def test_no_rows_and_no_scores_show_nothing():
    nothing = outcome(found(drawn=0), "share_of_changed_scores")
    assert (nothing.outcome, nothing.reason) == ("inconclusive", "evidence_missing")
    unscored = outcome(found(Repeat("again", 1000, 0, None)), "largest_change")
    assert (unscored.outcome, unscored.reason) == ("inconclusive", "estimate_undefined")


def test_without_a_model_the_manifest_is_told_to_name_one():
    asked = needs(determinism, WITHOUT)
    assert asked.requests == ()
    assert "identity.artefact" in asked.missing


@pytest.mark.parametrize("way", ["again", "turned", "alone", "column"])
def test_each_way_has_a_line_of_its_own(way):
    measured = found(Repeat(way, 100, 3, 0.25))
    (line,) = measured.exhibits[0].rows
    assert line[1:] == (3, 100, 0.25)
    assert measured.estimates[0].group == line[0]
