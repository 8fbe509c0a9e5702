import pytest

from assay.checks.data.missing import missing
from assay.evidence.profile import Profile
from auditing import control, evaluate, finding_of
from builders import by_group, column, manifest, measure, needs, people_manifest

VIEW = people_manifest("sex", features=[{"name": "income"}, {"name": "age"}])
NAMES = ("y", "d", "p", "sex", "income", "age")


def measured_on(**counts):
    """`name=(missing, rows)`; columns left out miss nothing."""
    profile = [column(n, [rows - absent], missing=absent) for n in NAMES for absent, rows in [counts.get(n, (0, 100))]]
    return measure(missing, VIEW, Profile(tuple(profile)))


def test_every_column_that_matters_is_asked_for_once():
    view = people_manifest("sex", features=[{"name": "sex"}, {"name": "income"}])
    assert needs(missing, view).requests[0].columns == ("y", "d", "p", "sex", "income")
    assert needs(missing, view, columns=("a", "b", "a")).requests[0].columns == ("a", "b")


def test_the_share_of_each_column_is_an_exact_fact():
    found = by_group(measured_on(income=(5, 100)), headline=False)
    assert (found["income"].numerator, found["income"].denominator, found["income"].basis) == (5, 100, "exact")
    assert found["age"].value == 0.0
    assert len(found) == len(NAMES)


def test_the_largest_share_is_the_headline_and_the_table_is_sorted_by_it():
    measured = measured_on(income=(5, 100), sex=(9, 100))
    assert set(by_group(measured)) == {"sex"}
    assert [row[0] for row in measured.exhibits[0].rows][:2] == ["sex", "income"]


def test_a_column_without_a_single_value_is_wholly_missing():
    assert by_group(measured_on(income=(100, 100)))["income"].value == 1.0


def test_an_empty_table_is_undefined_not_free_of_gaps():
    measured = measured_on(**dict.fromkeys(NAMES, (0, 0)))
    assert {(e.value, e.undefined_as) for e in measured.estimates} == {(None, "evidence_missing")}


@pytest.mark.parametrize("name", ["text", "number"])
def test_what_the_docstring_calls_missing_is_missing_and_nothing_else(tmp_path, name):
    values = {"text": ["", "  ", "\t", "NaN", "unknown", "999"], "number": ["", "NaN", "inf", "-inf", "999", "NA"]}
    (tmp_path / "d.csv").write_text(f"{name},z\n" + "".join(f"{value},1\n" for value in values[name]))
    checked = control(check="data.missing", criterion={"at_most": 0.5, "source": "house"},
                      **{"with": {"columns": [name]}})  # fmt: skip
    (found,) = finding_of(evaluate(tmp_path, tmp_path / "d.csv", {}, checked)).measured.estimates
    assert found.numerator == {"text": 4, "number": 5}[name]
    said = " ".join(missing.docstring.split())
    assert "null, NaN, text that is empty or only white space, in a column of numbers also infinite ones" in said
    assert "an empty text" not in said


@pytest.mark.parametrize(
    ("view", "lacking"),
    [(manifest(), ("data.test", "columns")), (manifest(data={"test": {"path": "t.csv"}}), ("columns",))],
)
def test_a_manifest_that_names_no_column_is_missing_evidence(view, lacking):
    found = needs(missing, view)
    assert (found.requests, found.missing) == ((), lacking)
