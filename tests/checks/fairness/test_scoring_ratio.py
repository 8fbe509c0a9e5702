from fractions import Fraction
from statistics import median

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, selection_rate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.checks.fairness.scoring_ratio import scoring_ratio
from assay.evidence.keys import ABOVE_MEDIAN, FROM_MEDIAN
from assay.evidence.request import CellsRequest
from auditing import control, evaluate, finding_of, write_csv
from builders import by_group, cells, decided, measure, needs, people_manifest, repeated, weighed, with_entity
from subjects import value, with_data

SEX = people_manifest("sex")
CLIENTS = with_entity(SEX)
KEYS = (ABOVE_MEDIAN, "group:sex")
RANK = {"score": {"column": "s", "kind": "rank", "higher": "favourable"}, "groups": {"sex": {"column": "sex"}}}
few = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ratio(rows, **options):
    return measure(scoring_ratio, SEX, cells(KEYS, rows), **options)


def above(folder, scores, columns=RANK, key=ABOVE_MEDIAN, **more):
    """(level, group) → people, by the real engine."""
    table = pd.DataFrame({"s": scores, "sex": ["f"] * len(scores), **more})
    found = value(with_data(folder, columns, test=table), CellsRequest("test", (key,)))
    return dict(zip((level for (level,) in found.rows), found.counts, strict=True))


def audited(folder, scores, groups, criterion, columns=RANK, **parameters):
    data = write_csv(folder / "d.csv", ("s", "sex"), list(zip(scores, groups, strict=True)))
    checked = control(check="fairness.scoring_ratio", criterion=criterion, **{"with": parameters} if parameters else {})
    return finding_of(evaluate(folder, data, columns, checked))


def test_the_ratio_is_the_share_above_the_median_against_the_highest():
    found = by_group(ratio(decided(male=(60, 100), female=(48, 100))))
    assert found["female"].value == 0.8
    assert (found["female"].name, found["female"].reference) == ("scoring_ratio", "male")


def test_a_score_at_the_median_is_not_above_it_unless_the_policy_says_so(tmp_path):
    assert above(tmp_path, [1, 2, 2, 2, 3]) == {"favourable": 1, "unfavourable": 4}
    assert above(tmp_path, [1, 2, 2, 2, 3], key=FROM_MEDIAN) == {"favourable": 4, "unfavourable": 1}
    assert needs(scoring_ratio, SEX).requests[0].keys[0] == ABOVE_MEDIAN
    assert needs(scoring_ratio, SEX, at_median="favourable").requests[0].keys[0] == FROM_MEDIAN


def test_between_two_middle_scores_half_of_the_people_lie_above(tmp_path):
    for key in (ABOVE_MEDIAN, FROM_MEDIAN):
        assert above(tmp_path, [1, 2, 3, 4], key=key) == {"favourable": 2, "unfavourable": 2}


def test_where_a_higher_score_is_worse_the_better_half_is_below(tmp_path):
    worse = {**RANK, "score": {"column": "s", "kind": "rank", "higher": "unfavourable"}}
    assert above(tmp_path, [1, 2, 2, 3, 4], worse) == {"favourable": 1, "unfavourable": 4}
    assert above(tmp_path, [1, 2, 2, 3, 4], worse, FROM_MEDIAN) == {"favourable": 3, "unfavourable": 2}


def test_a_probability_says_by_its_level_which_side_is_better(tmp_path):
    columns = {
        "label": {"column": "y", "favourable": 1},
        "score": {"column": "s", "kind": "probability", "of": 0},
        "groups": {"sex": {"column": "sex"}},
    }
    assert above(tmp_path, [0.1, 0.5, 0.8], columns, y=[1, 0, 1])["favourable"] == 1
    assert above(tmp_path, [0.1, 0.2, 0.8], {**columns, "score": {**columns["score"], "of": 1}}, y=[1, 0, 1]) == {
        "favourable": 1, "unfavourable": 2,
    }  # fmt: skip


def test_people_without_a_score_are_in_no_half_and_in_no_median(tmp_path):
    assert above(tmp_path, [1.0, 2.0, 3.0, np.nan, np.nan]) == {None: 2, "favourable": 1, "unfavourable": 2}
    rows = [*decided(male=(50, 100), female=(50, 100)), *[(None, "female")] * 20]
    assert ratio(rows).undecided == 20 / 220


def test_a_row_that_stands_for_several_people_counts_as_many_times(tmp_path):
    counted = {**RANK, "count": "n"}
    assert above(tmp_path, [1, 2, 3], counted, n=[1, 1, 5]) == {"unfavourable": 7}
    assert above(tmp_path, [1, 2, 3], counted, n=[3, 0, 3]) == {"favourable": 3, "unfavourable": 3}


scores = st.lists(
    st.one_of(st.sampled_from([0.0, 5e-324, 1.0, 1e300, -1e300]), st.floats(-1e6, 1e6)), min_size=1, max_size=40
)


@few
@given(scores)
def test_the_engine_finds_the_exact_median_of_any_numbers(tmp_path_factory, drawn):
    found = above(tmp_path_factory.mktemp("m"), drawn)
    middle = median(map(Fraction, drawn))
    assert found.get("favourable", 0) == sum(score > middle for score in drawn)
    assert found.get("unfavourable", 0) == sum(score <= middle for score in drawn)


@few
@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_their_unit_change_nothing(tmp_path_factory, drawn, random):
    shuffled = random.sample(drawn, len(drawn))
    assert above(tmp_path_factory.mktemp("a"), drawn) == above(tmp_path_factory.mktemp("b"), shuffled)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from("abc")), min_size=40, max_size=90))
def test_the_rates_are_those_of_fairlearn_and_names_do_not_matter(drawn):
    rows = [("favourable" if hit else "unfavourable", group) for hit, group in drawn]
    own = MetricFrame(
        metrics=selection_rate, y_true=[0] * len(drawn), y_pred=[hit for hit, _ in drawn],
        sensitive_features=[group for _, group in drawn],
    ).by_group  # fmt: skip
    found = by_group(ratio(rows, decide_on="estimate", minimum=1))
    for name, estimate in found.items():
        if estimate.value is not None:
            assert estimate.value == pytest.approx(own[name] / own[estimate.reference], abs=1e-12)
    renamed = by_group(ratio([(level, "z" + group) for level, group in rows], decide_on="estimate", minimum=1))
    assert {f"z{name}" if name else name: e.value for name, e in found.items()} == {
        name: e.value for name, e in renamed.items()
    }


@pytest.mark.parametrize(("at_least", "outcome"), [(0.8, "pass"), (0.801, "fail")])
def test_four_fifths_of_the_highest_rate_is_enough_and_less_is_not(tmp_path, at_least, outcome):
    # of 20 people 9 lie above the median of 0: 5 of 10 men, 4 of 10 women
    scores, groups = [1] * 9 + [0] * 11, ["m"] * 5 + ["f"] * 4 + ["m"] * 5 + ["f"] * 6
    rule = {"at_least": at_least, "source": "convention", "decide_on": "estimate"}
    finding = audited(tmp_path, scores, groups, rule)
    assert finding.measured.estimates[0].exact == Fraction(4, 5)
    assert finding.outcome == outcome


def test_few_people_leave_it_open(tmp_path):
    finding = audited(tmp_path, [1] * 20 + [0] * 21, ["m", "f"] * 20 + ["m"], {"at_least": 0.8, "source": "convention"})
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


def test_where_everybody_has_the_same_score_nobody_is_above_and_there_is_no_ratio(tmp_path):
    finding = audited(tmp_path, [1] * 80, ["m", "f"] * 40, {"at_least": 0.8, "source": "convention"})
    assert (finding.outcome, finding.reason) == ("inconclusive", "estimate_undefined")


def test_weights_weigh_the_rates_and_leave_the_median_of_the_sample(tmp_path):
    # the median of 1 to 100 lies at 50.5 whatever the weights; of f two of three above it weigh 9 times as much
    scores, groups = [*range(1, 101)], ["m", "f"] * 50
    weights = [9 if score > 50 and score % 3 else 1 for score in scores]
    data = write_csv(tmp_path / "d.csv", ("s", "sex", "w"), list(zip(scores, groups, weights, strict=True)))
    checked = control(
        check="fairness.scoring_ratio", criterion={"at_least": 0.8, "source": "convention", "decide_on": "estimate"}
    )
    result = evaluate(tmp_path, data, {**RANK, "weight": "w"}, checked)
    (estimate,) = finding_of(result).measured.estimates
    rates = {
        name: sum(w for s, g, w in zip(scores, groups, weights, strict=True) if g == name and s > 50.5)
        / sum(w for g, w in zip(groups, weights, strict=True) if g == name)
        for name in "mf"
    }
    assert estimate.value == pytest.approx(min(rates.values()) / max(rates.values()), abs=1e-12)
    assert estimate.design.effective < estimate.design.people == 50
    assert result.audit.second_computation.agrees


def test_equal_weights_change_nothing_and_entities_widen():
    given = cells(KEYS, decided(male=(120, 200), female=(96, 200)))
    plain, alike = (by_group(measure(scoring_ratio, SEX, one))["female"] for one in (given, weighed(given, 0.3)))
    assert alike.value == plain.value
    assert (alike.interval.low, alike.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high), rel=1e-9
    )
    tenfold = by_group(measure(scoring_ratio, CLIENTS, repeated(given, times=10)))["female"]
    assert tenfold.value == plain.value
    assert tenfold.interval.high - tenfold.interval.low >= 0.97 * (plain.interval.high - plain.interval.low)


def test_a_manifest_that_does_not_say_what_a_higher_score_means_is_told_so():
    columns = {"score": {"column": "s", "kind": "value"}, "groups": {"sex": {"column": "sex"}}}
    asked = needs(scoring_ratio, people_manifest("sex", columns=columns))
    assert asked.requests == ()
    assert asked.missing == ("columns.score.higher",)
