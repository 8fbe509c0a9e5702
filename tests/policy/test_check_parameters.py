"""Parameters of checks under which nothing would be measured, or which say nothing, are told with their place."""

import pytest

from assay.errors import PolicyError
from assay.policy.load import load_policy
from policies import control, policy, write

CRITERION = {"at_most": 0.1, "source": "house"}


def problem(folder, check, **given):
    with pytest.raises(PolicyError) as raised:
        load_policy(
            write(folder / "p.yaml", policy("p", control("C", check=check, criterion=CRITERION) | {"with": given}))
        )
    return raised.value.what, raised.value.where.rpartition("p.yaml:")[2]


@pytest.mark.parametrize(
    ("check", "given", "what", "where"),
    [
        ("performance.train_test_gap", {"exact": True, "against": "test"}, "`data` and `against` are both", "14:14"),
        ("performance.train_test_gap", {"data": "train"}, "`data` and `against` are both train", "13:5"),
        ("data.drift", {"data": "train", "against": "train"}, "`data` and `against` are both train", "14:14"),
        ("data.overlap", {"against": "test"}, "`data` and `against` are both test", "13:14"),
        ("performance.rank_ordering", {"bands": 5, "edges": [0.5]}, "`bands` says nothing beside `edges`", "13:5"),
        ("data.missing", {"columns": []}, "`columns` is an empty list", "13:14"),
        ("fairness.impact_ratio", {"groups": []}, "`groups` is an empty list", "13:13"),
        ("data.near_overlap", {"columns": ["a", "b"]}, "rows are near by at least 3 columns", "14:5"),
        ("data.collinearity", {"columns": ["a"]}, "one column alone is no sum of others", "14:5"),
    ],
)  # fmt: skip
def test_a_parameter_that_leaves_nothing_to_measure_is_an_error_with_its_place(tmp_path, check, given, what, where):
    told, place = problem(tmp_path, check, **given)
    assert (told[: len(what)], place) == (what, where)


@pytest.mark.parametrize("check", ["data.overlap", "data.near_overlap"])
def test_overlaps_take_a_condition_on_rows_as_every_check_of_data_does(tmp_path, check):
    where = {"field": "year", "equals": 2026}
    asked = control("C", check=check, criterion=CRITERION) | {"with": {"where": where}}
    loaded = load_policy(write(tmp_path / "p.yaml", policy("p", asked)))
    assert loaded.checked["C"].where.field == "year"
