"""Attributes that are known as probabilities only."""

import random

import pytest

from assay.checks.fairness.impact_ratio import impact_ratio
from assay.checks.fairness.uncertain_impact_ratio import uncertain_impact_ratio
from assay.errors import DataError
from assay.record.columns import Columns, GroupColumn
from auditing import control, evaluate, finding_of, write_csv
from builders import needs, people_manifest

RACE = {"race": {"probabilities": {"white": "p_white", "black": "p_black"}}}
COLUMNS = {"decision": {"column": "decision", "favourable": "yes"}, "groups": RACE}
HEADER = ("decision", "p_white", "p_black")


def measured(folder, rows, columns=COLUMNS, header=HEADER, **more):
    asked = control(
        check="fairness.uncertain_impact_ratio", criterion={"at_least": 0.8, "source": "convention"}, **more
    )
    return evaluate(folder, write_csv(folder / "d.csv", header, rows), columns, asked)


def people(*groups):
    return [(decision, p, round(1 - p, 12)) for decision, p, n in groups for _ in range(n)]


KNOWN = people(("yes", 1.0, 500), ("no", 1.0, 500), ("yes", 0.0, 300), ("no", 0.0, 700))


def test_people_whose_group_is_certain_have_the_usual_ratio_and_no_room(tmp_path):
    finding = finding_of(measured(tmp_path, KNOWN))
    (estimate,) = finding.measured.estimates
    assert (estimate.group, estimate.reference, estimate.value) == ("black", "white", 0.6)
    ratios = next(e for e in finding.measured.exhibits if e.name == "ratios[race]")
    assert ratios.rows[0][2:4] == (0.6, 0.6)
    assert 0.51 < estimate.interval.low < 0.6 < estimate.interval.high < 0.71
    assert finding.outcome == "fail"


def test_what_probabilities_leave_open_makes_it_inconclusive_however_many_people_there_are(tmp_path):
    rows = people(("yes", 0.75, 6000), ("no", 0.75, 4000), ("yes", 0.25, 6000), ("no", 0.25, 4000))
    finding = finding_of(measured(tmp_path, rows))
    (estimate,) = finding.measured.estimates
    assert estimate.value == pytest.approx(1.0)
    ratios = next(e for e in finding.measured.exhibits if e.name == "ratios[race]")
    # of 10000 people half are black; of the 6000 and 6000 favourable, 0 + 3500 to 2500 + 6000 may be
    assert ratios.rows[0][2:4] == pytest.approx((3500 / 8500, 8500 / 3500))
    assert (finding.outcome, finding.reason) == ("inconclusive", "interval_straddles")


def test_the_truth_lies_within_the_limits_whoever_the_people_are(tmp_path):
    dice, rows, truth = random.Random(3), [], {}
    for _ in range(3000):
        p = dice.choice([0.05, 0.3, 0.6, 0.95])
        group = "white" if dice.random() < p else "black"
        favourable = dice.random() < (0.6 if group == "white" else 0.4)
        truth.setdefault(group, []).append(favourable)
        rows.append(("yes" if favourable else "no", p, round(1 - p, 12)))
    (estimate,) = finding_of(measured(tmp_path, rows)).measured.estimates
    rate = {group: sum(found) / len(found) for group, found in truth.items()}
    assert estimate.interval.low < rate["black"] / rate["white"] < estimate.interval.high


def test_few_people_of_many_probabilities_do_not_narrow_what_the_ratio_can_be(tmp_path):
    dice = random.Random(6)
    rows = [("yes" if dice.random() < 0.5 else "no", p := dice.betavariate(0.3, 0.3), 1 - p) for _ in range(500)]
    (estimate,) = finding_of(measured(tmp_path, rows)).measured.estimates
    assert estimate.interval.low < 0.577 < 1.734 < estimate.interval.high  # of the population


def test_row_order_changes_nothing_not_even_the_last_bit(tmp_path):
    dice = random.Random(1)
    rows = [("yes" if dice.random() < 0.5 else "no", p := dice.random(), 1 - p) for _ in range(500)]
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    one = finding_of(measured(tmp_path / "a", rows))
    assert one.measured == finding_of(measured(tmp_path / "b", dice.sample(rows, len(rows)))).measured


def test_renamed_groups_have_the_same_numbers(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    turned = {**COLUMNS, "groups": {"race": {"probabilities": {"x": "p_black", "a": "p_white"}}}}
    (one,) = finding_of(measured(tmp_path / "a", KNOWN)).measured.estimates
    (other,) = finding_of(measured(tmp_path / "b", KNOWN, turned)).measured.estimates
    assert (one.value, one.interval) == (other.value, other.interval)
    assert (other.group, other.reference) == ("x", "a")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("yes", 0.5, 0.4), "e.g. 0.9 together"),
        (("no", 1.5, -0.5), "one of them lies outside [0, 1]"),
        (("no", 0.6, 0.400002), "e.g. 1 together"),
    ],
)
def test_probabilities_that_do_not_add_up_are_an_error_with_a_place(tmp_path, row, told):
    with pytest.raises(DataError) as caught:
        measured(tmp_path, [*KNOWN, row])
    assert "in 1 rows of" in caught.value.what
    assert f"add up to 1: {told}" in caught.value.what
    assert caught.value.where.startswith("model.yaml:")
    assert "one for all others" in caught.value.hint


def test_rounding_in_the_file_is_no_error(tmp_path):
    assert finding_of(measured(tmp_path, [*KNOWN, ("no", 0.3333333, 0.6666666)])).outcome == "fail"


def test_people_without_probabilities_or_decision_are_counted(tmp_path):
    rows = [*KNOWN, *[("yes", "", "")] * 150, *[("", 0.5, 0.5)] * 50]
    finding = finding_of(measured(tmp_path, rows))
    assert finding.measured.unknown == {"race": 150 / 2200}
    assert finding.measured.undecided == 50 / 2200
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")


def test_few_expected_people_and_nobody_at_all(tmp_path):
    few = people(("yes", 0.98, 500), ("no", 0.98, 500))
    finding = finding_of(measured(tmp_path, few))
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")
    alone = finding_of(measured(tmp_path, people(("yes", 1.0, 50), ("no", 1.0, 50))))
    assert "fewer than two groups" in alone.measured.estimates[0].undefined
    nobody = finding_of(measured(tmp_path, people(("no", 0.5, 100))))
    assert "nobody of" in nobody.measured.estimates[0].undefined


def test_every_other_check_says_that_the_attribute_is_missing(tmp_path):
    columns = {**COLUMNS, "groups": {**RACE, "sex": {"column": "sex"}}}
    rows = [(*row, "f" if at % 2 else "m") for at, row in enumerate(KNOWN)]
    data = write_csv(tmp_path / "d.csv", (*HEADER, "sex"), rows)
    finding = finding_of(evaluate(tmp_path, data, columns, control()))
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
    assert "columns.groups.race.column (the attribute is known as probabilities only" in finding.sentence
    assert [e.grouping for e in finding.measured.estimates] == ["sex"]
    named = needs(impact_ratio, people_manifest(columns=columns), groups=("race",))
    assert named.requests == ()


def test_a_manifest_without_probabilities_lacks_them():
    assert needs(uncertain_impact_ratio, people_manifest("sex")).missing == ("columns.groups.*.probabilities",)
    asked = needs(uncertain_impact_ratio, people_manifest("sex"), groups=("sex", "race"))
    assert asked.missing == ("columns.groups.sex.probabilities", "columns.groups.race.probabilities")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "either `column` or `probabilities`"),
        ({"column": "r", "probabilities": {"a": "x", "b": "y"}}, "either `column` or `probabilities`"),
        ({"probabilities": {"a": "x", "b": "y"}, "edges": (1.0,)}, "go with `column`"),
        ({"probabilities": {"a": "x", "b": "x"}}, "column of its own"),
        ({"probabilities": {"a": "x"}}, "two groups at least"),
    ],
)
def test_a_group_is_a_column_or_probabilities(given, told):
    with pytest.raises(ValueError, match=told):
        GroupColumn(**given)


def test_a_stratum_is_a_column():
    with pytest.raises(ValueError, match="a stratum is a column"):
        Columns(strata={"race": GroupColumn(probabilities={"a": "x", "b": "y"})})
