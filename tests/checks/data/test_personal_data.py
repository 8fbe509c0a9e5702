from assay.checks.data.personal_data import personal_data
from assay.evidence.patterns import ColumnPatterns, Patterns
from assay.evidence.request import PatternsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

VIEW = people_manifest(features=[{"name": "note", "dtype": "category"}, {"name": "income"}])


def found(*columns):
    return measure(personal_data, VIEW, Patterns(columns), p={"columns": tuple(c.name for c in columns)})


def outcome(measured, at_most=0):
    criterion = Criterion(at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


NONE = ColumnPatterns("note", 200, (0,) * 6, 0)
ONE = ColumnPatterns("remark", 200, (1, 0, 0, 0, 0, 1), 2)


def test_nothing_found_passes_and_one_text_fails():
    assert outcome(found(NONE)).outcome == "pass"
    assert outcome(found(NONE, ONE)).outcome == "fail"
    assert outcome(found(ONE), 0.01).outcome == "pass"
    assert outcome(found(ONE), 0.0099).outcome == "fail"


def test_a_column_without_texts_shows_nothing():
    empty = outcome(found(NONE, ColumnPatterns("empty", 0, (0,) * 6, 0)))
    assert (empty.outcome, empty.reason) == ("inconclusive", "evidence_missing")


def test_the_table_tells_kinds_by_column_the_worst_first():
    (table,) = found(NONE, ONE).exhibits
    assert [row[0] for row in table.rows] == ["remark", "note"]
    assert table.rows[0][1:] == (1, 0, 0, 0, 0, 1, 2, 200)


def test_features_that_are_categories_are_searched_unless_the_policy_names_others():
    assert needs(personal_data, VIEW).requests == (PatternsRequest("test", ("note",)),)
    assert needs(personal_data, VIEW, columns=("x",)).requests == (PatternsRequest("test", ("x",)),)
    assert needs(personal_data, people_manifest(features=[{"name": "a"}])).missing == ("features of dtype: category",)
