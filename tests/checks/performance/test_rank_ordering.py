import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.performance.rank_ordering import rank_ordering
from assay.stats.comparison import difference_interval, exact_difference_interval
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, law_school


def banded(*rates, n=1000):
    """Scores 1, 2, ... with so many events in a thousand."""
    score = np.repeat(np.arange(1, len(rates) + 1), n)
    label = np.concatenate([(np.arange(n) < round(rate * n)).astype(int) for rate in rates])
    return score, label


def measured(score, label, **p):
    first, *steps = measure(
        rank_ordering, VIEW, scores(score, label), p=p if "edges" in p else {"bands": 4, **p}
    ).estimates
    return first, steps


def test_steps_are_differences_of_event_rates_with_newcombes_interval():
    first, steps = measured(*banded(0.1, 0.2, 0.15, 0.4))
    assert [step.value for step in steps] == pytest.approx([0.1, -0.05, 0.25], abs=1e-12)
    assert steps[0].id == "event_rate_step[score band: band 2 / band 1]"
    own, family = (difference_interval((200, 1000), (100, 1000), 1 - alpha) for alpha in (0.05, 0.05 / 3))
    assert (steps[0].interval, steps[0].simultaneous, steps[0].comparisons) == (own, family, 3)
    assert (first.id, first.value, first.n, first.comparisons) == ("inversions[score band]", 1, 1000, 3)


@pytest.mark.parametrize(
    ("rates", "low", "value", "high"),
    [((0.1, 0.2, 0.3, 0.4), 0, 0, 0), ((0.1, 0.2, 0.15, 0.4), 1, 1, 1), ((0.1, 0.2, 0.19, 0.4), 0, 1, 1),
     ((0.1, 0.2, 0.21, 0.4), 0, 0, 1), ((0.4, 0.3, 0.2, 0.1), 3, 3, 3)],
)  # fmt: skip
def test_inversions_lie_between_those_shown_and_those_not_ruled_out(rates, low, value, high):
    first, _ = measured(*banded(*rates))
    assert (first.interval.low, first.value, first.interval.high) == (low, value, high)


# Before, n was that of all bands, and a band of 12 rows passed.
def test_a_band_under_the_minimum_leaves_the_number_of_inversions_open(tmp_path):
    score = [0.1] * 500 + [0.5] * 12 + [0.9] * 500
    label = [0] * 495 + [1] * 5 + [0] * 3 + [1] * 9 + [0] * 2 + [1] * 498
    first, _ = measured(score, label, edges=(0.3, 0.7))
    assert (first.value, first.n, first.interval.high) == (0, 12, 0)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(score, label, strict=True))
    asked = control(check="performance.rank_ordering", criterion={"at_most": 0, "source": "convention"},
                    **{"with": {"edges": [0.3, 0.7]}})  # fmt: skip
    finding = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


def test_every_step_shown_to_rise_by_its_own_interval_is_none_below_0():
    _, (a, b, c) = measured(*banded(0.1, 0.13, 0.163, 0.2))
    assert a.interval.low > 0 and b.interval.low > 0 and c.interval.low > 0  # noqa: PT018  together
    assert min(a.simultaneous.low, b.simultaneous.low, c.simultaneous.low) < 0
    assert measured(*banded(0.1, 0.13, 0.163, 0.2))[0].interval.high == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=80), st.randoms())
def test_the_order_of_the_rows_changes_nothing_and_the_interval_holds_the_number(given_, random):
    one, other = (measure(rank_ordering, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other
    first = one.estimates[0]
    if first.value is not None:
        assert 0 <= first.interval.low <= first.value <= first.interval.high <= len(one.estimates) - 1


def test_edges_are_bands_that_begin_at_them():
    score, label = banded(0.1, 0.2, 0.3, 0.4)
    _, steps = measured(score, label, edges=(2.0, 4.0))
    assert [step.value for step in steps] == pytest.approx([0.15, 0.15], abs=1e-12)
    assert measured(score, label, edges=(2.0, 3.5, 4.0, 9.0))[1][0].value == pytest.approx(
        0.15
    )  # empty bands are no bands
    assert len(measured(score, label, edges=(2.0, 3.5, 4.0, 9.0))[1]) == 2


@pytest.mark.parametrize("edges", [(), (2.0, 1.0), (1.0, 1.0)])
def test_edges_that_do_not_rise_are_refused(edges):
    with pytest.raises(ValueError, match="edges must rise"):
        rank_ordering.parameters(edges=edges)


def test_a_band_under_the_minimum_gets_exact_limits():
    score, label = banded(0.2, 0.6, n=29)
    _, (step,) = measured(score, label, bands=2)
    assert step.interval == exact_difference_interval((17, 29), (6, 29), 0.95)


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    for estimate in measure(rank_ordering, VIEW, given_).estimates:
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined


def test_a_constant_score_has_no_order():
    first, _ = measured([0.5] * 100, [0, 1] * 50)
    assert (first.value, first.undefined_as) == (None, "estimate_undefined")
    assert "fall into one band" in first.undefined


def test_weights_weigh_and_people_in_several_rows_widen_the_intervals():
    score, label = banded(0.1, 0.3, n=200)
    weight = np.where(label == 1, 3.0, 1.0)
    made = measure(rank_ordering, VIEW, designed(score, label, weight=weight), p={"bands": 2}).estimates[1]
    assert made.value == pytest.approx(180 / 320 - 60 / 240)
    assert made.method == "difference of event rates, weighted"
    plain = measured(score, label, bands=2)[1][0].interval
    grouped = measure(rank_ordering, VIEW, designed(score, label, group=np.repeat(np.arange(100), 4)), p={"bands": 2})
    assert grouped.estimates[1].interval.high - grouped.estimates[1].interval.low > 1.5 * (plain.high - plain.low)


def test_bins_across_an_edge_are_told_and_no_point_decides():
    p, y = drawn(2000)
    table = binned(p, y, 64)
    made = measure(rank_ordering, VIEW, table, p={"edges": (0.2, 0.5)}).estimates
    exact = measure(rank_ordering, VIEW, scores(p, y), p={"edges": (0.2, 0.5)}).estimates
    for one, other in zip(made[1:], exact[1:], strict=True):
        assert abs(one.value - other.value) <= one.bound
        assert one.interval.method.endswith("wider by the bins' bound")
    point = measure(rank_ordering, VIEW, table, p={"edges": (0.2, 0.5)}, decide_on="estimate").estimates
    assert {each.undefined_as for each in point} == {"estimate_unstable"}
    assert measure(rank_ordering, VIEW, table, decide_on="estimate").estimates[1].bound is None  # tenths of the bins


def test_the_bands_are_published_with_their_intervals():
    (table,) = measure(rank_ordering, VIEW, scores(*drawn(1000))).exhibits
    assert (table.chart, len(table.rows), sum(row[4] for row in table.rows)) == ("interval", 10, 1000)


def test_a_manifest_without_a_score_is_missing_evidence():
    assert set(needs(rank_ordering, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


def test_the_fifths_of_grades_in_the_law_school_order_who_passes_the_bar():
    grade, passed = law_school()
    first, *steps = measure(rank_ordering, VIEW, scores(grade, passed, probability=False), p={"bands": 5}).estimates
    assert (first.value, first.interval.high, len(steps)) == (0, 0, 4)
    assert sum(band[4] for band in measure(rank_ordering, VIEW, scores(grade, passed)).exhibits[0].rows) == 20798


COLUMNS = {
    "label": {"column": "y", "favourable": 0},
    "score": {"column": "p", "kind": "rank", "higher": "unfavourable"},
}


@pytest.mark.parametrize(
    ("rates", "outcome"),
    [((0.1, 0.2, 0.3), "pass"), ((0.1, 0.21, 0.2), "inconclusive"), ((0.1, 0.3, 0.2), "fail")],
)
def test_no_inversion_passes_where_none_is_possible_and_fails_where_one_is_shown(tmp_path, rates, outcome):
    score, label = banded(*rates)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(score.tolist(), label.tolist(), strict=True))
    asked = control(check="performance.rank_ordering", criterion={"at_most": 0, "source": "convention"},
                    **{"with": {"bands": 3}})  # fmt: skip
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


@pytest.mark.parametrize(("fall", "outcome"), [(-0.06, "pass"), (-0.01, "inconclusive")])
def test_a_small_fall_can_be_allowed(tmp_path, fall, outcome):
    score, label = banded(0.1, 0.2, 0.2)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(score.tolist(), label.tolist(), strict=True))
    criterion = {"estimate": "event_rate_step", "at_least": fall, "source": "house"}
    asked = control(check="performance.rank_ordering", criterion=criterion, **{"with": {"bands": 3}})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    score, label = banded(0.1, 0.21, 0.2)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(score.tolist(), label.tolist(), strict=True))
    for operator, outcome in (("at_most", "pass"), ("below", "fail")):
        criterion = {operator: 1, "source": "house", "decide_on": "estimate"}
        asked = control(check="performance.rank_ordering", criterion=criterion, **{"with": {"bands": 3}})
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_a_number_of_bands_beside_edges_is_refused_and_not_recorded_either():
    with pytest.raises(ValueError, match="`bands` says nothing beside `edges`"):
        rank_ordering.parameters(bands=10, edges=(0.5,))
    recorded = rank_ordering.parameters(edges=(0.5,)).model_dump(mode="json", exclude_none=True)
    assert recorded == {"data": "test", "edges": [0.5]}
    assert rank_ordering.parameters.model_validate_json('{"edges": [0.5]}').edges == (0.5,)
    assert rank_ordering.parameters().model_dump(mode="json", exclude_none=True) == {"data": "test", "bands": 10}
