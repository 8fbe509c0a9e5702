import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.performance.cutoff_sensitivity import cutoff_sensitivity as check
from assay.stats.proportion import wilson
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, people_manifest, scores
from score_tables import binned, designed, drawn


def view(**cut):
    """Favourable by a cut of the score."""
    columns = {
        "label": {"column": "y", "favourable": 0},
        "decision": {"from": "score", "favourable": cut},
        "score": {"column": "p", "kind": "probability", "of": 1},
    }
    return people_manifest(columns=columns)


def shares(given_, delta=0.01, **cut):
    """Shares changed by the cut that is moved to."""
    return {each.of: each.value for each in measure(check, view(**cut), given_, p={"delta": delta}).estimates}


SCORES = [0.14] * 1 + [0.15] * 2 + [0.155] * 4 + [0.16] * 8 + [0.5] * 85
TABLE = scores(SCORES, np.arange(100) % 2)


@pytest.mark.parametrize(
    ("cut", "up", "down"),
    [("below", 6, 1), ("at_least", 6, 1), ("at_most", 12, 2), ("above", 12, 2)],
)
def test_those_on_the_cut_are_on_the_side_that_the_manifest_says(cut, up, down):
    assert shares(TABLE, **{cut: 0.15}) == {"the cut at 0.16": up / 100, "the cut at 0.14": down / 100}


def test_the_cut_moves_as_decimal_numbers_do():
    # 0.1 + 0.2 is 0.30000000000000004 as binary numbers: whoever has 0.3 must stay
    given_ = scores([0.05, 0.2, 0.3, 0.3] * 10, [0, 1] * 20)
    assert shares(given_, delta=0.2, below=0.1)["the cut at 0.3"] == 0.25


score = st.sampled_from([i / 20 for i in range(21)])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(score, st.integers(0, 1)), min_size=1, max_size=60), st.randoms())
def test_the_shares_are_those_of_the_rows_in_any_order(rows, random):
    p, y = (np.array(column) for column in zip(*rows, strict=True))
    found = measure(check, view(at_least=0.5), scores(p, y), p={"delta": 0.1})
    up, down = found.estimates
    assert (up.value, down.value) == (((p >= 0.5) & (p < 0.6)).mean(), ((p >= 0.4) & (p < 0.5)).mean())
    assert (up.interval.low, up.interval.high) == wilson(up.numerator, len(p), 0.95)
    shuffled = scores(*zip(*random.sample(rows, len(rows)), strict=True))
    assert measure(check, view(at_least=0.5), shuffled, p={"delta": 0.1}) == found


@pytest.mark.parametrize(
    ("given_", "why", "kind"),
    [
        (scores([], []), "no rows", "evidence_missing"),
        (scores([], [], unlabelled=40), "no row of the test data has a label", "evidence_missing"),
        (scores([0.1, 0.2], [0, 1], unscored=1), "1 of 3 rows of the test data have", "estimate_undefined"),
    ],
)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    (found,) = measure(check, view(below=0.2), given_).estimates
    assert (found.value, found.undefined_as) == (None, kind)
    assert why in found.undefined


def test_a_constant_score_and_one_class_are_no_obstacle():
    found = shares(scores([0.2] * 50, [1] * 50), below=0.2)
    assert found == {"the cut at 0.21": 1.0, "the cut at 0.19": 0.0}


def test_weights_weigh_and_people_in_several_rows_widen_the_interval():
    p, y = drawn(400)
    weight = np.random.default_rng(1).exponential(1, 400)
    up, _ = measure(check, view(below=0.3), designed(p, y, weight=weight), p={"delta": 0.1}).estimates
    assert up.value == pytest.approx(weight[(p >= 0.3) & (p < 0.4)].sum() / weight.sum(), abs=1e-12)
    assert up.design.effective < 400
    many = np.repeat(p[:100], 4), np.repeat(y[:100], 4), np.repeat(np.arange(100), 4)
    tables = scores(*many[:2]), designed(*many[:2], group=many[2])
    alone, grouped = (
        measure(check, view(below=0.3), table, p={"delta": 0.1}).estimates[0].interval for table in tables
    )
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_bins_across_a_cut_are_told_and_no_point_decides():
    p, y = drawn(2000)
    exact, bins = (measure(check, view(below=0.3), table).estimates for table in (scores(p, y), binned(p, y, 64)))
    for one, other in zip(bins, exact, strict=True):
        assert abs(one.value - other.value) <= one.bound
        assert (one.numerator, one.interval.method) == (None, "Wilson; wider by the bins' bound")
        assert one.interval.low <= other.interval.low + 1e-12
    points = measure(check, view(below=0.3), binned(p, y, 64), decide_on="estimate").estimates
    assert {each.undefined_as for each in points} == {"estimate_unstable"}


def test_the_three_cuts_are_published():
    (table,) = measure(check, view(below=0.15), TABLE).exhibits
    assert [row[0] for row in table.rows] == ["0.14", "0.15", "0.16"]
    assert [row[1] for row in table.rows] == [0.0, 0.01, 0.07]
    assert table.rows[0][2] is None


def test_a_decision_that_is_no_cut_of_the_score_is_missing_evidence():
    assert needs(check, people_manifest()).missing == ("columns.decision.from: score",)
    assert "columns.score" in needs(check, manifest()).missing


@pytest.mark.parametrize("delta", [0, -0.1])
def test_a_cut_that_does_not_move_is_refused(delta):
    with pytest.raises(ValueError, match="delta"):
        check.parameters(delta=delta)


@pytest.mark.parametrize(("threshold", "outcome"), [(0.2, "pass"), (0.07, "inconclusive"), (0.02, "fail")])
def test_the_interval_decides_on_both_sides_of_the_threshold(tmp_path, threshold, outcome):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(p, i % 2) for i, p in enumerate(SCORES * 5)])
    columns = view(below=0.15).columns.model_dump(mode="json", by_alias=True, exclude_none=True)
    asked = control(check="performance.cutoff_sensitivity", criterion={"at_most": threshold, "source": "house"})
    kept = {name: columns[name] for name in ("label", "decision", "score")}
    assert finding_of(evaluate(tmp_path, data, kept, asked)).outcome == outcome


def test_at_the_boundary_the_point_decides_as_it_says(tmp_path):
    data = write_csv(tmp_path / "test.csv", ("p", "y"), [(p, i % 2) for i, p in enumerate(SCORES * 5)])
    columns = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1},
               "decision": {"from": "score", "favourable": {"below": 0.15}}}  # fmt: skip
    for operator, outcome in (("at_most", "pass"), ("below", "fail")):
        criterion = {operator: 0.06, "source": "house", "decide_on": "estimate"}
        asked = control(check="performance.cutoff_sensitivity", criterion=criterion)
        assert finding_of(evaluate(tmp_path, data, columns, asked)).outcome == outcome
