"""The Uniform Guidelines through the pack: worked examples, and the fractions that floats get wrong.

Sources: questions and answers on the Uniform Guidelines, 44 FR 11996 (1979), as
dataethicsrepository.iaa.ncsu.edu has them; the statistics of 48 of 80 against 12 of 40 by statsmodels and scipy.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from assay.record.criterion import Criterion
from assay.record.policy import SmallGroups
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.verdict.judge import judge
from auditing import control, evaluate, finding_of, write_csv

COLUMNS = {
    "decision": {"column": "selected", "favourable": "yes"},
    "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}},
    "count": "n",
}
EMPLOYMENT = {"purpose": {"decision": {"domain": "employment"}}}
RULE = Criterion(at_least=0.8, source="regulation", decide_on="estimate")


def audited(tmp_path, selected, *, sexes=("f", "m")):
    """`{race: (selected, of)}`, the same for each sex."""
    rows = [
        (sex, race, level, n)
        for race, (yes, all_) in selected.items()
        for sex in sexes
        for level, n in (("yes", yes), ("no", all_ - yes))
    ]
    data = write_csv(tmp_path / "counts.csv", ("sex", "race", "selected", "n"), rows)
    return evaluate(tmp_path, data, COLUMNS, control(), policies=["us-ugesp"], manifest=EMPLOYMENT)


def by_race(finding):
    outcomes = {judgement.estimate: judgement.outcome for judgement in finding.judgements}
    mine = [e for e in finding.measured.estimates if e.grouping == "race_ethnicity"]
    return {e.group: (e, outcomes[e.id]) for e in mine if e.headline}


def test_the_rates_of_the_questions_and_answers_four_fifths_itself_passes(tmp_path):
    rates = {"White": (60, 100), "American Indian": (45, 100), "Hispanic": (48, 100), "Black": (51, 100)}
    finding = finding_of(audited(tmp_path, rates), "UG-01")
    found = {group: (estimate.exact, outcome) for group, (estimate, outcome) in by_race(finding).items()}
    assert found == {
        "American Indian": (Fraction(3, 4), "fail"),
        "Hispanic": (Fraction(4, 5), "pass"),
        "Black": (Fraction(17, 20), "pass"),
    }
    assert finding.outcome == "fail"


def test_48_of_80_against_12_of_40_is_half_significant_and_short_of_12(tmp_path):
    result = audited(tmp_path, {"White": (48, 80), "Black": (12, 40)}, sexes=("f",))
    ratio, outcome = by_race(finding_of(result, "UG-01"))["Black"]
    assert (ratio.exact, outcome) == (Fraction(1, 2), "fail")
    difference, outcome = by_race(finding_of(result, "UG-02"))["Black"]
    assert (difference.exact, outcome) == (Fraction(-3, 10), "fail")
    assert difference.p_value == pytest.approx(0.001946, abs=5e-7)
    assert fisher_exact([[48, 32], [12, 28]]).pvalue == pytest.approx(0.003409, abs=5e-7)
    (tests,) = (one for one in finding_of(result, "UG-02").measured.exhibits if one.name == "tests[race_ethnicity]")
    deviations = [column.name for column in tests.columns].index("deviations")
    assert abs(tests.rows[0][deviations]) == pytest.approx(3.0984, abs=5e-5)
    short, _ = by_race(finding_of(result, "UG-02-SHORTFALL"))["Black"]
    assert short.value == 12


@pytest.mark.parametrize(
    ("few", "many", "trap"),
    [((8, 25), (20, 50), True), ((16, 25), (80, 100), True), ((12, 25), (60, 100), False)],
)
def test_four_fifths_exactly_passes_though_floats_fall_below(tmp_path, few, many, trap):
    assert (few[0] / few[1] / (many[0] / many[1]) < 0.8) is trap
    finding = finding_of(audited(tmp_path, {"Black": few, "White": many}), "UG-01")
    estimate, outcome = by_race(finding)["Black"]
    assert (estimate.exact, outcome, finding.outcome) == (Fraction(4, 5), "pass", "pass")
    fewer = finding_of(audited(tmp_path, {"Black": (few[0] - 1, few[1]), "White": many}), "UG-01")
    assert fewer.outcome == "fail"


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 50))
def test_every_pair_of_counts_at_four_fifths_passes_and_just_below_it_fails(hits, people, times):
    """`4h / 5p` of some people against `h / p` of others is four fifths, whatever floats make of it."""
    hits, people = min(hits, people), max(hits, people)
    highest = GroupCounts("a", hits, people, people)
    question = Question("impact_ratio", "ratio", "g", 0.95, 30, "estimate")

    def outcome(selected, of):
        (estimate,) = compare_groups([highest, GroupCounts("b", selected, of, of)], question)
        return judge(estimate, RULE, 0, SmallGroups()).outcome

    assert outcome(4 * hits * times, 5 * people * times) == "pass"
    assert outcome(4 * hits * times - 1, 5 * people * times) == "fail"


def test_a_group_of_which_hardly_anybody_applied_is_judged(tmp_path):
    rates = {"White": (500, 981), "Black": (0, 19)}
    result = audited(tmp_path, rates, sexes=("f",))
    estimate, outcome = by_race(finding_of(result, "UG-01"))["Black"]
    assert (estimate.value, estimate.excluded, outcome) == (0.0, None, "fail")
    estimate, outcome = by_race(finding_of(result, "UG-02"))["Black"]
    assert outcome == "fail"
    assert estimate.p_value == pytest.approx(fisher_exact([[500, 481], [0, 19]]).pvalue)


def test_the_shortfall_of_five_hundred_people_is_not_measured_against_two(tmp_path):
    result = audited(tmp_path, {"White": (300, 500), "Black": (250, 500), "Other": (2, 2)}, sexes=("f",))
    assert {e.reference for e, _ in by_race(finding_of(result, "UG-01")).values()} == {"Other"}
    finding = finding_of(result, "UG-02-SHORTFALL")
    assert {e.reference for e in finding.measured.estimates if e.grouping == "race_ethnicity"} == {"White", "Black"}
    estimate, outcome = by_race(finding)["Black"]
    assert (estimate.reference, estimate.value, outcome) == ("White", 50, "pass")


def test_2_96_standard_deviations_are_flagged_against_the_largest_of_seven_groups_and_not_among_all_pairs(tmp_path):
    rates = {"White": (500, 1000), "Black": (165, 400)} | dict.fromkeys("abcde", (50, 100))
    result = audited(tmp_path, rates, sexes=("f",))
    found = {}
    for control_id in ("UG-02", "UG-02-PAIRS"):
        finding = finding_of(result, control_id)
        (pair,) = (e for e in finding.measured.estimates if (e.group, e.reference) == ("Black", "White"))
        (tests,) = (one for one in finding.measured.exhibits if one.name == "tests[race_ethnicity]")
        at = [column.name for column in tests.columns].index("deviations")
        (row,) = (row for row in tests.rows if row[0] == "Black against White")
        found[control_id] = finding.outcome, pair.comparisons, round(pair.p_adjusted, 3), round(row[at], 2)
        assert pair.p_value == pytest.approx(0.0031, abs=1e-4)
        assert (pair.p_value, pair.p_adjusted) == (row[at + 1], row[at + 2])
    assert found == {"UG-02": ("fail", 6, 0.018, -2.96), "UG-02-PAIRS": ("inconclusive", 21, 0.064, -2.96)}
