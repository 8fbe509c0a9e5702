"""Adult (UCI 1996): the intersections of race and sex, and the traps of its two files (bundled adult.names)."""

import csv
import gzip
import json

import pytest

from assay.errors import DataError
from auditing import control, estimates_of, evaluate, finding_of, shared, write_csv

RULE = {"at_least": 0.8, "source": "convention", "decide_on": "estimate"}
GROUPS = {"sex": {"column": "sex"}, "race": {"column": "race"}}
INCOME = {"decision": {"column": "income", "favourable": ">50K"}, "groups": GROUPS}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    target = tmp_path_factory.mktemp("adult") / "adult.csv"
    target.write_bytes(gzip.decompress(shared("adult/adult.csv.gz").read_bytes()))
    return target


@pytest.fixture(scope="module")
def golden():
    return json.loads(shared("adult/golden.json").read_text())


def rows_of(data):
    with data.open(newline="") as file:
        return list(csv.DictReader(file))


def ratios(data, groupings, columns=INCOME, **more):
    checked = control(criterion=RULE, **{"with": {"groups": groupings, **more}})
    return finding_of(evaluate(data.parent, data, columns, checked))


def test_all_ten_cells_of_sex_and_race(data, golden):
    finding = ratios(data, ["sex*race"])
    cells = {name.replace(" / ", ", "): cell for name, cell in golden["intersection"].items()}
    reference = "Male, Asian-Pac-Islander"
    assert {name for _, name in estimates_of(finding)} == set(cells) - {reference}
    for (_, name), estimate in estimates_of(finding).items():
        assert (estimate.numerator, estimate.denominator) == (cells[name]["selected"], cells[name]["n"])
        assert estimate.reference == reference
        assert estimate.reference_numerator == cells[reference]["selected"]
        assert estimate.value == pytest.approx(cells[name]["impact_ratio"], abs=5e-7)
    (table,) = finding.measured.exhibits
    assert {row[0]: (row[1], row[5]) for row in table.rows} == {
        name: (pytest.approx(cell["rate"], abs=5e-7), cell["n"]) for name, cell in cells.items()
    }
    assert finding.outcome == "fail"


@pytest.mark.parametrize("grouping", ["sex", "race"])
def test_one_attribute_at_a_time(data, golden, grouping):
    finding = ratios(data, [grouping])
    for (_, name), estimate in estimates_of(finding).items():
        assert estimate.value == pytest.approx(golden[f"by_{grouping}"][name]["impact_ratio"], abs=5e-7)


def test_where_keeps_the_training_rows_of_which_the_published_ratio_is(data):
    finding = ratios(data, ["sex"], where={"field": "split", "equals": "train"})
    (estimate,) = estimates_of(finding).values()
    assert (estimate.numerator, estimate.denominator) == (1179, 10771)
    assert (estimate.reference_numerator, estimate.reference_denominator) == (6662, 21790)
    assert estimate.value == pytest.approx(0.358023, abs=5e-7)


def test_a_question_mark_is_a_group_until_the_manifest_says_that_it_is_unknown(data, golden):
    work = {**INCOME, "groups": {"work": {"column": "workclass"}}}
    assert "?" in {name for _, name in estimates_of(ratios(data, ["work"], work))}
    finding = ratios(data, ["work"], {**work, "unknown_values": ["?"]})
    assert "?" not in {name for _, name in estimates_of(finding)}
    unknown = sum(row["workclass"] == "?" for row in rows_of(data))
    assert finding.measured.unknown["work"] == unknown / golden["rows"]


# The original test file writes ">50K." and "<=50K.": half of the levels would be positives that vanish.
def test_labels_with_a_dot_are_refused_and_not_counted_as_unfavourable(data, tmp_path):
    rows = [(row["sex"], row["race"], row["income"] + ("." if row["split"] == "test" else "")) for row in rows_of(data)]
    dotted = write_csv(tmp_path / "dotted.csv", ("sex", "race", "income"), rows)
    with pytest.raises(DataError, match=r"other levels than '>50K': '<=50K', '<=50K\.', '>50K\.'"):
        ratios(dotted, ["sex"])
