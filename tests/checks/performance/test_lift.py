import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.performance.lift import lift
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, binned, designed, drawn, found, law_school

rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=100)


def of_rows(score, label, top):
    """From the rows one by one: those above the cut, and those at it in part."""
    order = np.sort(score)[::-1]
    wanted = top * len(score)
    cut = order[min(int(np.ceil(wanted)) - 1, len(score) - 1)]
    above, at = score > cut, score == cut
    part = (wanted - above.sum()) / at.sum()
    return (label[above].sum() + part * label[at].sum()) / wanted / label.mean()


@settings(max_examples=60, deadline=None)
@given(rows, st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_the_estimate_is_that_of_the_rows_with_ties_in_part(given_, top):
    score, label = (np.array(column) for column in zip(*given_, strict=True))
    estimates = found(lift, scores(score, label), p={"top": top})
    if len(set(label)) == 1:
        assert estimates["lift"].undefined_as == "estimate_undefined"
        return
    estimate, captured = estimates["lift"], estimates["captured"]
    assert estimate.value == pytest.approx(of_rows(score, label, top), abs=1e-9)
    assert captured.value == pytest.approx(estimate.value * top, abs=1e-12)
    assert 0 <= estimate.interval.low <= estimate.value <= estimate.interval.high <= 1 / top
    assert estimate.interval.low < estimate.interval.high


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_, random):
    one, other = (measure(lift, VIEW, scores(*zip(*each, strict=True)))
                  for each in (given_, random.sample(given_, len(given_))))  # fmt: skip
    assert one == other


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    for estimate in found(lift, given_).values():
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined


def test_a_constant_score_has_a_lift_of_1():
    estimate = found(lift, scores([0.5] * 200, [0, 1, 0, 0] * 50))["lift"]
    assert estimate.value == 1
    assert estimate.interval.low < 1 < estimate.interval.high


def test_a_table_by_hand():
    # 10 of 100 people: 8 above, 4 tied at the cut for 2 places; 5 events above and 2 of the tied, of 20 in all
    score = [3] * 8 + [2] * 4 + [1] * 88
    label = [1] * 5 + [0] * 3 + [1] * 2 + [0] * 2 + [1] * 13 + [0] * 75
    estimates = found(lift, scores(score, label))
    assert estimates["captured"].value == pytest.approx(6 / 20)
    assert estimates["lift"].value == pytest.approx(3.0)


def test_weights_are_people():
    p, y = drawn()
    weight = np.random.default_rng(1).integers(1, 5, len(y))
    weighted = found(lift, designed(p, y, weight=weight.astype(float)))["lift"]
    repeated = found(lift, scores(np.repeat(p, weight), np.repeat(y, weight)))["lift"]
    assert weighted.value == pytest.approx(repeated.value, abs=1e-12)
    assert weighted.interval.high - weighted.interval.low > repeated.interval.high - repeated.interval.low


def test_people_in_several_rows_widen_the_interval():
    p, y = drawn(100)
    many = np.repeat(p, 8), np.repeat(y, 8), np.repeat(np.arange(100), 8)
    alone = found(lift, scores(*many[:2]), p={"top": 0.3})["captured"].interval
    grouped = found(lift, designed(*many[:2], group=many[2]), p={"top": 0.3})["captured"]
    assert grouped.interval.high - grouped.interval.low > 2 * (alone.high - alone.low)


def test_bins_print_what_the_one_at_the_cut_hides_and_no_point_decides():
    p, y = drawn()
    exact, estimate = (found(lift, table)["lift"] for table in (scores(p, y), binned(p, y, 40)))
    assert abs(estimate.value - exact.value) <= estimate.bound
    assert estimate.interval.method.endswith("wider by the bins' bound")
    point = found(lift, binned(p, y, 40), decide_on="estimate")["lift"]
    assert (point.value, point.undefined_as) == (None, "estimate_unstable")
    assert "exact: true" not in point.undefined


def test_the_table_of_gains_ends_with_everybody():
    (table,) = measure(lift, VIEW, scores(*drawn()), p={"top": 0.33}).exhibits
    assert len(table.rows) == 21
    assert table.rows[-1] == (1.0, pytest.approx(1.0), pytest.approx(1.0))
    assert 0.33 in [row[0] for row in table.rows]


@pytest.mark.parametrize("top", [0, 1, -0.1])
def test_nobody_and_everybody_are_no_top(top):
    with pytest.raises(ValueError, match="top"):
        lift.parameters(top=top)


def test_a_manifest_without_a_score_is_missing_evidence():
    assert set(needs(lift, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


def test_the_lowest_tenth_of_grades_in_the_law_school_fail_the_bar_more_often():
    grade, passed = law_school()
    estimate = found(lift, scores(-grade, 1 - passed, probability=False))["lift"]
    assert estimate.value == pytest.approx(of_rows(-grade, 1 - passed, 0.1), abs=1e-9)
    assert estimate.interval.low > 2


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


@pytest.mark.parametrize(("threshold", "outcome"), [(1.5, "pass"), (2.2, "inconclusive"), (3, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    p, y = drawn(2000)
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    asked = control(check="performance.lift", criterion={"at_least": threshold, "source": "house"})
    assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    rows = [(0.9, 1)] * 5 + [(0.9, 0)] * 5 + [(0.1, 1)] * 20 + [(0.1, 0)] * 70
    data = write_csv(tmp_path / "test.csv", ("p", "y"), rows)
    for operator, outcome in (("at_least", "pass"), ("above", "fail")):
        asked = control(check="performance.lift", criterion={operator: 2, "source": "house", "decide_on": "estimate"})
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


# Before, of a nearly perfect score whose top is as large as the share of events one interval in ten lay below the
# truth, or, of more rows, above it.
@pytest.mark.parametrize(("n", "share", "apart"), [(500, 0.1, 4.0), (2000, 0.2, 5.0)])
def test_where_the_top_holds_about_all_events_intervals_hold_the_truth(n, share, apart):
    random = np.random.default_rng(7)

    def rows(n):
        y = (random.random(n) < share).astype(int)
        return random.normal(apart * y, 1), y

    score, label = rows(1_000_000)
    truth = label[np.argsort(-score)][: round(share * len(label))].sum() / label.sum()
    missed = 0
    for _ in range(150):
        interval = found(lift, scores(*rows(n), probability=False), p={"top": share})["captured"].interval
        missed += not interval.low <= truth <= interval.high
    assert missed <= 8
