import pandas as pd
import pytest
from pydantic import ValidationError

from assay.checks.data.schema import schema
from assay.evidence.code_book import read_code_book
from assay.evidence.request import CodeBookRequest
from assay.evidence.table import UnreadableTable
from assay.record.columns import Feature
from auditing import shared
from beside import beside, one
from builders import manifest, needs
from subjects import value, with_data

CHECK = "data.schema"


def held(folder, table, *features, kind="parquet", **parameters):
    return beside(folder, CHECK, table, table, kind=kind, manifest={"features": list(features)}, **parameters)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize(
    ("values", "feature", "wrong"),
    [
        ([17, 18, 99, 100, None], {"minimum": 18}, 1),
        ([17, 18, 99, 100, None], {"minimum": 18, "maximum": 99}, 2),
        ([17, 18, 99, 100, None], {"may_be_missing": False}, 1),
        ([17, 18, 99, 100, None], {"may_be_missing": True}, 0),
        ([17, 18, 99, 100, None], {}, 0),
        ([-0.5, 0.0, 1.0], {"minimum": 0.0, "maximum": 1.0}, 1),
        (["a", "b", "c", None, ""], {"dtype": "category", "levels": ["a", "b"]}, 1),
        (["a", "b", "c", None, ""], {"dtype": "category", "levels": ["a"], "may_be_missing": False}, 4),
        ([1, 2, 9], {"dtype": "category", "levels": [1, 2, 3]}, 1),
        ([True, False], {"dtype": "category", "levels": [True]}, 1),
    ],
)
def test_rows_that_break_the_code_book_are_counted(tmp_path, kind, values, feature, wrong):
    found = one(
        held(tmp_path, pd.DataFrame({"x": values, "row": 1}), {"name": "x", **feature}, kind=kind), "violations"
    )
    assert (found.numerator, found.denominator, found.basis) == (wrong, len(values), "exact")


def test_text_in_a_column_of_numbers_is_counted_and_not_an_error(tmp_path):
    table = pd.DataFrame({"x": ["1", "2", "two", "NA", "", "1_000"]})
    found = one(held(tmp_path, table, {"name": "x", "maximum": 1}, kind="csv"), "violations")
    assert found.numerator == 3  # 2 is above, "two" and "1_000" are no numbers; NA and the empty cell are missing
    found = one(held(tmp_path, table, {"name": "x"}), "violations")
    assert found.numerator == 5  # a column of text holds no number at all, and one of its cells is blank


def test_a_feature_that_is_not_there_breaks_it_in_every_row(tmp_path):
    finding = held(tmp_path, pd.DataFrame({"x": [1, 2, 3]}), {"name": "x"}, {"name": "gone"})
    assert one(finding, "violations", "gone").value == 1.0
    assert one(finding, "violations", "gone").method == "the data have no such column"
    assert finding.measured.exhibits[0].rows[0][-1] == "no"


@pytest.mark.parametrize(("limit", "outcome"), [(0.25, "pass"), (0.2499999, "fail")])
def test_exactly_the_threshold_is_still_allowed(tmp_path, limit, outcome):
    table = pd.DataFrame({"x": [1, 2, 3, 9]})
    criterion = {"at_most": limit, "source": "house"}
    assert held(tmp_path, table, {"name": "x", "maximum": 3}, criterion=criterion).outcome == outcome


def test_only_rows_that_meet_the_filter_count(tmp_path):
    table = pd.DataFrame({"x": [1, 9, 9], "g": ["a", "a", "b"]})
    found = one(held(tmp_path, table, {"name": "x", "maximum": 3}, where={"field": "g", "equals": "a"}), "violations")
    assert (found.numerator, found.denominator) == (1, 2)


def test_without_rows_there_is_no_evidence(tmp_path):
    finding = held(tmp_path, pd.DataFrame({"x": pd.Series([], dtype=float)}), {"name": "x"})
    found = one(finding, "violations")
    assert (found.undefined_as, finding.outcome) == ("evidence_missing", "inconclusive")


def test_without_features_there_is_nothing_to_ask():
    assert needs(schema, manifest(data={"test": {"path": "t.csv"}})).missing == ("features",)


# The code book of the Taiwanese loans: education 1 to 4, marriage 1 to 3, sex 1 or 2.
def test_the_undocumented_codes_of_taiwan_are_found(tmp_path):
    loans = pd.read_csv(shared("credit_default_taiwan/credit_default_taiwan.csv.gz"))
    book = {"SEX": [1, 2], "EDUCATION": [1, 2, 3, 4], "MARRIAGE": [1, 2, 3]}
    features = [{"name": name, "dtype": "category", "levels": levels} for name, levels in book.items()]
    features.append({"name": "AGE", "minimum": 18, "maximum": 100, "may_be_missing": False})
    finding = held(tmp_path, loans[["SEX", "EDUCATION", "MARRIAGE", "AGE"]], *features, kind="csv")
    wrong = {e.group: e.numerator for e in finding.measured.estimates}
    assert wrong == {"SEX": 0, "EDUCATION": 14 + 280 + 51, "MARRIAGE": 54, "AGE": 0}
    assert finding.measured.exhibits[0].rows[0][:2] == ("EDUCATION", 345 / 30000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "category", "minimum": 1},
        {"levels": ["a"]},
        {"minimum": 2, "maximum": 1},
        {"dtype": "category", "levels": []},
    ],
)
def test_a_code_book_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValidationError):
        Feature(name="x", **wrong)


def test_the_table_is_read_back_and_any_other_is_refused(tmp_path):
    features = [{"name": "x", "maximum": 1}, {"name": "gone"}]
    made = with_data(tmp_path, blocks={"features": features}, test=pd.DataFrame({"x": [1, 2]}))
    found = value(made, CodeBookRequest("test"))
    assert read_code_book(found.csv()) == found
    good = found.csv().decode()
    for bad in ("", good.replace("x,True,2", "x,True,0"), good.replace("gone,False,2,0", "gone,False,2,1"),
                good.replace("gone", "x"), good.splitlines()[0] + "\n"):  # fmt: skip
        with pytest.raises(UnreadableTable):
            read_code_book(bad.encode())
