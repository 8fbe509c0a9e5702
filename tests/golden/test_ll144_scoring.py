"""NYC Local Law 144, tools that score: a published audit of 10,000 simulated applicants (SolasAI, commit 7bdcc33)."""

import gzip
import json
from statistics import median

import pytest

from auditing import control, estimates_of, evaluate, finding_of, shared

COLUMNS = {
    "score": {"column": "Score", "kind": "rank", "higher": "favourable"},
    "groups": {"race": {"column": "Race/Ethnicity"}, "gender": {"column": "Gender"}},
    "unknown_values": ["Unknown"],
}
GROUPINGS = {"race": "race", "gender": "gender", "intersectional": "race*gender"}


@pytest.fixture(scope="module")
def published():
    return json.loads(shared("nyc_employment_sim/golden.json").read_text())


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scoring")
    data = folder / "employment.csv"
    data.write_bytes(gzip.decompress(shared("nyc_employment_sim/employment.csv.gz").read_bytes()))
    checked = control(
        check="fairness.scoring_ratio",
        criterion={"at_least": 0.8, "source": "convention", "decide_on": "estimate"},
        **{"with": {"groups": list(GROUPINGS.values()), "exclude_under": 0.02}},
    )
    return finding_of(evaluate(folder, data, COLUMNS, checked))


@pytest.mark.parametrize("which", GROUPINGS)
def test_every_rate_and_ratio_of_the_published_audit_is_reproduced_to_six_decimals(published, finding, which):
    grouping, table = GROUPINGS[which], published["scoring"][which]
    found = estimates_of(finding)
    judged = {group: e for (each, group), e in found.items() if each == grouping and e.excluded is None}
    highest = next(name for name, row in table.items() if row["impact_ratio"] == 1.0)
    assert {name.replace("/", ", ") for name in table} == {*judged, highest.replace("/", ", ")}
    for name, row in table.items():
        if name == highest:
            continue
        estimate = judged[name.replace("/", ", ")]
        assert (estimate.numerator, estimate.denominator) == (row["selected"], row["n"])
        assert estimate.numerator / estimate.denominator == pytest.approx(row["rate"], abs=5e-7)
        assert estimate.value == pytest.approx(row["impact_ratio"], abs=5e-7)
        assert estimate.reference == highest.replace("/", ", ")
        assert (estimate.reference_numerator, estimate.reference_denominator) == (
            table[highest]["selected"], table[highest]["n"],
        )  # fmt: skip


@pytest.mark.parametrize("which", GROUPINGS)
def test_groups_under_two_percent_are_printed_with_their_rate_and_are_no_maximum(published, finding, which):
    aside = {e.group: e for e in finding.measured.estimates if e.grouping == GROUPINGS[which] and e.excluded}
    expected = published["scoring"][f"{which}_excluded_below_2pct"]
    assert {name.replace("/", ", "): (row["n"], row["rate"]) for name, row in expected.items()} == {
        group: (e.denominator, pytest.approx(e.numerator / e.denominator, abs=5e-7)) for group, e in aside.items()
    }


def test_the_median_is_that_of_all_rows_and_half_of_them_lie_above_it(published, finding):
    with gzip.open(shared("nyc_employment_sim/employment.csv.gz"), "rt") as file:
        scores = [float(line.rsplit(",", 2)[1]) for line in file.readlines()[1:]]
    assert median(scores) == pytest.approx(float(published["median_score"]), abs=5e-7)
    unknown = {name: int(n) / 10_000 for name, n in published["unknown"].items()}
    assert finding.measured.unknown == {
        "race": unknown["race"], "gender": unknown["gender"], "race*gender": unknown["either"]
    }  # fmt: skip
    assert finding.outcome == "fail"
