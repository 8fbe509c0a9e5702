"""NYC Local Law 144: the worked examples of 6 RCNY 5-301 (DCWP final rule, April 2023), and UGESP Q&A 1979."""

import csv
import gzip

import pytest

from auditing import control, estimates_of, evaluate, finding_of, people, shared, write_csv

RULE = {"at_least": 0.8, "source": "convention", "decide_on": "estimate"}
SEX = {"sex": {"column": "sex"}}
RACE = {"race": {"column": "race_ethnicity"}}


def table(name, which):
    with gzip.open(shared(f"nyc_ll144/{name}.csv.gz"), "rt", newline="") as file:
        return [row for row in csv.DictReader(file) if row["table"] == which]


def audit_table(tmp_path, rows, groups, groupings, favoured, total):
    """Ready-made counts: the published table itself is the data."""
    header = ("sex", "race_ethnicity", "selected", "n")
    counts = []
    for row in rows:
        key, yes, all_ = (row["sex"], row["race_ethnicity"]), int(row[favoured]), int(row[total])
        counts += [(*key, "yes", yes), (*key, "no", all_ - yes)]
    data = write_csv(tmp_path / "counts.csv", header, counts)
    columns = {"decision": {"column": "selected", "favourable": "yes"}, "groups": groups, "count": "n"}
    checked = control(criterion=RULE, **{"with": {"groups": groupings}})
    return finding_of(evaluate(tmp_path, data, columns, checked))


def name_of(row):
    return ", ".join(part for part in (row["sex"], row["race_ethnicity"]) if part)


@pytest.mark.parametrize(
    ("which", "groups", "grouping"),
    [("sex", SEX, "sex"), ("race_ethnicity", RACE, "race"), ("intersectional", SEX | RACE, "sex*race")],
)
@pytest.mark.parametrize(
    ("example", "favoured", "total", "rate"),
    [
        ("dcwp_example_selection", "selected", "applicants", "printed_selection_rate"),
        ("dcwp_example_scoring", "implied_above_median", "applicants", "printed_scoring_rate"),
    ],
    ids=["selection", "scoring"],
)
def test_every_printed_ratio_of_the_rule_is_reproduced(
    tmp_path, which, groups, grouping, example, favoured, total, rate
):
    rows = table(example, which)
    finding = audit_table(tmp_path, rows, groups, [grouping], favoured, total)
    found = estimates_of(finding)
    for row in rows:
        printed = row["printed_impact_ratio"]
        digits = max(len(printed.partition(".")[2]), 2)
        if float(printed) == 1.0 and (grouping, name_of(row)) not in found:
            continue  # the most selected group is what the others are compared with
        estimate = found[grouping, name_of(row)]
        # two and three decimals are mixed in the rule, 0.8665 is printed .866: one unit of the last printed digit
        assert estimate.value == pytest.approx(float(printed), abs=0.6 * 10**-digits)
        assert estimate.denominator == int(row[total])
        assert estimate.exact is not None


def test_the_smallest_group_decides_the_example(tmp_path):
    rows = table("dcwp_example_selection", "intersectional")
    everyone = audit_table(tmp_path, rows, SEX | RACE, ["sex*race"], "selected", "applicants")
    assert everyone.outcome == "fail"
    worst = min(everyone.measured.estimates, key=lambda e: e.value)
    assert (worst.group, worst.denominator) == ("Female, Native American or Alaska Native", 17)
    assert worst.value == pytest.approx(0.789, abs=5e-4)
    assert next(j for j in everyone.judgements if j.estimate == worst.id).by_interval == "inconclusive"


def test_with_groups_under_two_percent_set_aside_the_example_passes_at_0_806(tmp_path):
    rows = table("dcwp_example_selection", "intersectional")
    header = ("sex", "race_ethnicity", "selected", "n")
    counts = [
        (r["sex"], r["race_ethnicity"], level, n)
        for r in rows
        for level, n in (("yes", int(r["selected"])), ("no", int(r["applicants"]) - int(r["selected"])))
    ]
    data = write_csv(tmp_path / "counts.csv", header, counts)
    columns = {"decision": {"column": "selected", "favourable": "yes"}, "groups": SEX | RACE, "count": "n"}
    checked = control(criterion=RULE, **{"with": {"groups": ["sex*race"], "exclude_under": 0.02}})
    finding = finding_of(evaluate(tmp_path, data, columns, checked))
    assert finding.outcome == "pass"
    judged = [e for e in finding.measured.estimates if e.excluded is None]
    assert min(e.value for e in judged) == pytest.approx(0.806, abs=5e-4)
    aside = {e.group for e in finding.measured.estimates if e.excluded}
    assert aside == {
        "Female, Native American or Alaska Native", "Male, Native American or Alaska Native",
        "Female, Native Hawaiian or Pacific Islander",
    }  # fmt: skip


def test_individuals_give_the_same_table_and_the_unknown_are_counted_not_judged(tmp_path):
    data = shared("nyc_ll144/dcwp_example_individuals.csv.gz")
    target = tmp_path / "individuals.csv"
    target.write_bytes(gzip.decompress(data.read_bytes()))
    columns = {"decision": {"column": "selected", "favourable": 1}, "groups": SEX | RACE}
    checked = control(criterion=RULE, maximum_unknown=0.1, **{"with": {"groups": ["sex", "sex*race"]}})
    finding = finding_of(evaluate(tmp_path, target, columns, checked))
    found = estimates_of(finding)
    assert found["sex", "Female"].value == pytest.approx(0.979337, abs=5e-7)
    assert found["sex*race", "Female, Native American or Alaska Native"].value == pytest.approx(0.789056, abs=5e-7)
    assert finding.measured.unknown["sex"] == pytest.approx(250 / 2821)


def test_ugesp_question_and_answer_four_fifths_itself_passes(tmp_path):
    # UGESP Q&A (1979): White 60 %, American Indian 45 %, Hispanic 48 %, Black 51 %: only American Indian is adverse
    rates = {"White": 60, "American Indian": 45, "Hispanic": 48, "Black": 51}
    header, rows = people(*((g, d, n) for g, k in rates.items() for d, n in (("yes", k), ("no", 100 - k))))
    data = write_csv(tmp_path / "d.csv", header, rows)
    columns = {"decision": {"column": "decision", "favourable": "yes"}, "groups": {"group": {"column": "group"}}}
    finding = finding_of(evaluate(tmp_path, data, columns, control(criterion=RULE)))
    outcomes = {j.estimate: j.outcome for j in finding.judgements}
    found = {e.group: (e.value, outcomes[e.id]) for e in finding.measured.estimates}
    assert found["American Indian"] == (pytest.approx(0.75), "fail")
    assert found["Hispanic"] == (pytest.approx(0.8), "pass")
    assert found["Black"] == (pytest.approx(0.85), "pass")
