"""Whether test data come after training data: exact counts."""

import pytest

from assay.checks.data.time_order import time_order
from assay.evidence.days import Dated, Days
from assay.evidence.request import DaysRequest
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs

DATA = {"train": {"path": "train.csv"}, "test": {"path": "test.csv"}}
VIEW = manifest(columns={"time": "day"}, data=DATA)


def measured(own, other, late):
    found = measure(time_order, VIEW, Days(Dated(*own), Dated(*other), late))
    return {e.name: e for e in found.estimates}, found


def test_rows_that_are_not_later_are_exact_facts():
    found, all_ = measured((100, 0, "2025-12-30", "2026-03-01"), (400, 0, "2024-01-01", "2025-12-31"), 7)
    share = found["share_not_later"]
    assert (share.numerator, share.denominator, share.basis, share.interval) == (7, 100, "exact", None)
    assert (found["rows_not_later"].value, found["days_after"].value) == (7.0, -1.0)
    (table,) = all_.exhibits
    assert table.rows[0] == ("train", "2024-01-01", "2025-12-31", 400, 0, None)


def test_the_day_after_is_one_day_after():
    found, _ = measured((9, 0, "2026-01-01", "2026-03-01"), (9, 0, "2024-01-01", "2025-12-31"), 0)
    assert [e.value for e in found.values()] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("own", "other", "why"),
    [
        ((0, 0, None, None), (9, 0, "2024-01-01", "2024-01-02"), "the test data have no rows"),
        ((9, 0, "2024-01-01", "2024-01-02"), (0, 0, None, None), "the train data have no rows"),
        ((9, 9, None, None), (9, 0, "2024-01-01", "2024-01-02"), "9 of 9 rows of the test data have no day"),
        (
            (9, 0, "2024-01-01", "2024-01-02"),
            (9, 1, "2023-01-01", "2023-01-02"),
            "1 of 9 rows of the train data have no day",
        ),
    ],
)
def test_rows_without_a_day_are_not_taken_for_later_ones(own, other, why):
    for estimate in measured(own, other, 0)[0].values():
        assert (estimate.value, estimate.undefined, estimate.undefined_as) == (None, why, "evidence_missing")


def test_it_asks_for_the_days_of_two_datasets():
    assert needs(time_order, VIEW).requests == (DaysRequest("test", "train"),)
    assert needs(time_order, manifest()).missing == ("data.test", "data.train", "columns.time")


@pytest.mark.parametrize(("first", "outcome"), [("2026-01-01", "pass"), ("2025-12-31", "fail"), ("", "inconclusive")])
def test_the_first_day_of_the_test_decides(tmp_path, first, outcome):
    write_csv(tmp_path / "train.csv", ("day",), [("2025-01-01",), ("2025-12-31",)] * 20)
    test = write_csv(tmp_path / "test.csv", ("day", "x"), [(first, 1), ("2026-02-01", 2)] * 20)
    asked = control(check="data.time_order", criterion={"at_most": 0, "source": "house"})
    found = finding_of(evaluate(tmp_path, test, {"time": "day"}, asked, manifest={"data": DATA}))
    assert found.outcome == outcome


def test_a_condition_that_only_the_judged_rows_meet_hides_no_later_training_data(tmp_path):
    write_csv(tmp_path / "train.csv", ("day", "part"), [("2026-06-01", "early"), ("2025-01-01", "late")] * 20)
    test = write_csv(tmp_path / "test.csv", ("day", "part"), [("2026-03-01", "late")] * 40)
    asked = control(check="data.time_order", criterion={"at_most": 0, "source": "house"})
    asked["with"] = {"where": {"field": "part", "equals": "late"}}
    found = finding_of(evaluate(tmp_path, test, {"time": "day"}, asked, manifest={"data": DATA}))
    assert (found.outcome, found.measured.estimates[0].value) == ("fail", 1)
