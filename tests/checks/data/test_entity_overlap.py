"""Whether test data are about people of the training data: exact counts."""

import pytest

from assay.checks.data.entity_overlap import entity_overlap
from assay.evidence.request import SharedEntitiesRequest
from assay.evidence.shared_entities import Named, SharedEntities
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs

DATA = {"train": {"path": "train.csv"}, "test": {"path": "test.csv"}}
VIEW = manifest(columns={"entity": "id"}, data=DATA)


def measured(own, other, entities, rows):
    found = measure(entity_overlap, VIEW, SharedEntities(Named(*own), Named(*other), entities, rows))
    return {e.name: e for e in found.estimates}


def test_shared_entities_and_their_rows_are_exact_facts():
    found = measured((100, 0, 40), (300, 0, 90), 3, 9)
    share, number, rows = found.values()
    assert (share.name, share.numerator, share.denominator, share.basis) == ("share_of_shared_entities", 3, 40, "exact")
    assert (number.name, number.value) == ("shared_entities", 3.0)
    assert (rows.name, rows.numerator, rows.denominator) == ("share_of_rows_of_shared_entities", 9, 100)


@pytest.mark.parametrize(
    ("own", "other", "why"),
    [
        ((0, 0, 0), (9, 0, 2), "the test data have no rows"),
        ((9, 0, 2), (0, 0, 0), "the train data have no rows"),
        ((9, 2, 2), (9, 0, 2), "2 of 9 rows of the test data name no entity"),
        ((9, 0, 2), (9, 9, 0), "9 of 9 rows of the train data name no entity"),
    ],
)
def test_rows_that_name_nobody_are_not_taken_for_others(own, other, why):
    for estimate in measured(own, other, 0, 0).values():
        assert (estimate.value, estimate.undefined, estimate.undefined_as) == (None, why, "evidence_missing")


def test_it_asks_for_the_entities_of_two_datasets():
    assert needs(entity_overlap, VIEW).requests == (SharedEntitiesRequest("test", "train"),)
    assert needs(entity_overlap, manifest()).missing == ("data.test", "data.train", "columns.entity")


@pytest.mark.parametrize(("who", "outcome"), [("z", "pass"), ("a", "fail"), ("", "inconclusive")])
def test_one_client_of_the_training_data_decides(tmp_path, who, outcome):
    write_csv(tmp_path / "train.csv", ("id", "x"), [("a", 1), ("b", 2)] * 20)
    test = write_csv(tmp_path / "test.csv", ("id", "x"), [(who, 1), ("d", 2)] * 20)
    asked = control(check="data.entity_overlap", criterion={"at_most": 0, "source": "house"})
    found = finding_of(evaluate(tmp_path, test, {"entity": "id"}, asked, manifest={"data": DATA}))
    assert found.outcome == outcome


def test_a_condition_that_only_the_judged_rows_meet_hides_no_shared_client(tmp_path):
    write_csv(tmp_path / "train.csv", ("id", "year"), [("a", 2025), ("b", 2026)] * 20)
    test = write_csv(tmp_path / "test.csv", ("id", "year"), [("a", 2026), ("d", 2026)] * 20)
    asked = control(check="data.entity_overlap", criterion={"at_most": 0, "source": "house"})
    asked["with"] = {"where": {"field": "year", "equals": 2026}}
    found = finding_of(evaluate(tmp_path, test, {"entity": "id"}, asked, manifest={"data": DATA}))
    assert (found.outcome, found.measured.estimates[0].value) == ("fail", 0.5)
