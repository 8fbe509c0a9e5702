"""Confusion tables of groups: what is undefined is never 0, and every cell lands where it belongs."""

import numpy as np
import pytest

from assay.stats.confusion import METRICS, grouping, rates

F, U = "favourable", "unfavourable"


def one(tn, fp, fn, tp):
    return {name: float(value) for name, value in rates(np.array([[tn, fp], [fn, tp]], dtype=float)).items()}


def test_the_eight_rates_of_a_table():
    found = one(50, 10, 5, 35)
    assert tuple(found) == METRICS
    assert found == {
        "selection_rate": 45 / 100,
        "true_positive_rate": 35 / 40,
        "false_positive_rate": 10 / 60,
        "false_negative_rate": 5 / 40,
        "true_negative_rate": 50 / 60,
        "accuracy": 85 / 100,
        "precision": 35 / 45,
        "f1": 70 / 85,
    }


@pytest.mark.parametrize(
    ("table", "undefined"),
    [
        ((0, 0, 0, 0), set(METRICS)),
        ((5, 3, 0, 0), {"true_positive_rate", "false_negative_rate"}),
        ((0, 0, 4, 2), {"false_positive_rate", "true_negative_rate"}),
        ((5, 0, 3, 0), {"precision"}),
        ((5, 0, 0, 0), {"true_positive_rate", "false_negative_rate", "precision", "f1"}),
    ],
)
def test_a_rate_without_a_denominator_is_undefined_and_not_zero(table, undefined):
    assert {name for name, value in one(*table).items() if np.isnan(value)} == undefined


def test_a_group_without_people_of_one_kind_keeps_an_empty_slot():
    rows = ((F, F, "a"), (U, F, "a"), (F, U, "b"))
    found = grouping(rows, 0, 1, [2])
    assert found.groups == (("a",), ("b",))
    tables = found.tables(np.array([7.0, 5.0, 3.0]))
    assert tables.tolist() == [[[0, 5], [0, 7]], [[0, 0], [3, 0]]]


def test_people_without_label_decision_or_group_are_in_no_table():
    rows = ((None, F, "a", "x"), (F, None, "a", "x"), (F, F, None, "x"), (F, F, "a", None), (U, U, "a", "x"))
    amounts = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert grouping(rows, 0, 1, [2, 3]).tables(amounts).tolist() == [[[16, 0], [0, 0]]]
    everybody = grouping(rows, 0, 1, [])
    assert everybody.groups == ((),)
    assert everybody.tables(amounts).tolist() == [[[16, 0], [0, 12]]]


def test_many_tables_are_computed_as_each_alone():
    rows = tuple((y, d, g) for y in (F, U) for d in (F, U) for g in "abc")
    found = grouping(rows, 0, 1, [2])
    amounts = np.random.default_rng(3).integers(0, 50, (20, len(rows))).astype(float)
    together = rates(found.tables(amounts))
    for place, alone in enumerate(amounts):
        for name, value in rates(found.tables(alone)).items():
            assert np.array_equal(together[name][place], value, equal_nan=True)


def test_no_cells_give_no_groups():
    assert grouping((), 0, 1, [2]).tables(np.zeros(0)).shape == (0, 2, 2)
