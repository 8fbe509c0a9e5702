import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from assay.checks.performance.hosmer_lemeshow import hosmer_lemeshow
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs, scores
from score_tables import UNUSABLE, VIEW, drawn, found

NAME = "hosmer_lemeshow"


def right(n, seed=1):
    random = np.random.default_rng(seed)
    p = random.beta(3, 3, n)
    return p, (random.random(n) < p).astype(int)


def test_the_statistic_is_that_of_the_rows_sorted_into_tenths():
    p, y = right(1000)
    order = np.argsort(p)
    expected = 0.0
    for part in np.array_split(order, 10):
        mean = p[part].mean()
        expected += (y[part].sum() - 100 * mean) ** 2 / (100 * mean * (1 - mean))
    estimate = found(hosmer_lemeshow, scores(p, y))[NAME]
    assert estimate.value == pytest.approx(expected, abs=1e-9)
    assert estimate.p_value == pytest.approx(chi2.sf(expected, 10), abs=1e-12)
    assert (estimate.interval, estimate.method) == (None, "chi-squared with 10 degrees of freedom")
    fitted = found(hosmer_lemeshow, scores(p, y), p={"data": "train"})[NAME]
    assert fitted.p_value == pytest.approx(chi2.sf(expected, 8), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms())
def test_the_order_of_the_rows_changes_nothing(seed, random):
    p, y = right(300, seed)
    order = random.sample(range(300), 300)
    one, other = (measure(hosmer_lemeshow, VIEW, scores(*each)) for each in ((p, y), (p[order], y[order])))
    assert one == other


def test_right_probabilities_are_found_wrong_as_often_as_the_level_says():
    p_values = [found(hosmer_lemeshow, scores(*right(400, seed)))[NAME].p_value for seed in range(400)]
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=0.03)


def test_it_depends_on_the_number_of_rows_and_says_so():
    p, y = right(500)
    few, many = (measure(hosmer_lemeshow, VIEW, scores(np.tile(p, k), np.tile(y, k))) for k in (1, 20))
    assert few.estimates[0].p_value > 0.05 > many.estimates[0].p_value
    assert "depends on the number of rows, 10000 here" in many.notes[0]


@pytest.mark.parametrize(("given_", "why", "kind"), UNUSABLE)
def test_what_cannot_be_measured_is_undefined_with_a_sentence(given_, why, kind):
    estimate = found(hosmer_lemeshow, given_)[NAME]
    assert (estimate.value, estimate.undefined_as) == (None, kind)
    assert why in estimate.undefined


@pytest.mark.parametrize(
    ("given_", "why", "kind"),
    [
        (scores([0.5] * 100, [0, 1] * 50), "1 bins", "estimate_undefined"),
        (scores(np.arange(100) / 100, np.arange(100) % 2), "expected", "sample_too_small"),
        (scores([0.0] * 50 + [0.3, 0.5, 0.6] * 30, [1] + [0] * 49 + [1, 0] * 45), "contradicted", "estimate_undefined"),
    ],
    ids=["constant", "few expected", "impossible"],
)
def test_where_the_sum_means_nothing_it_is_undefined(given_, why, kind):
    estimate = found(hosmer_lemeshow, given_)[NAME]
    assert (estimate.value, estimate.undefined_as) == (None, kind)
    assert why in estimate.undefined


def test_the_table_holds_every_row():
    (table,) = measure(hosmer_lemeshow, VIEW, scores(*drawn(2000, rate=0.5))).exhibits
    assert (len(table.rows), sum(row[1] for row in table.rows)) == (10, 2000)


def test_a_score_that_is_no_probability_is_missing_evidence():
    assert set(needs(hosmer_lemeshow, manifest()).missing) == {"data.test", "columns.label", "columns.score"}


COLUMNS = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}


def test_a_significance_fails_never_passes_and_reported_is_published(tmp_path):
    p, y = right(1000)
    tested, told = {"significance": 0.05, "source": "convention"}, {"reported": True, "source": "convention"}
    for shown, criterion, outcome in ((p, tested, "inconclusive"), (p**0.5, tested, "fail"), (p**0.5, told, "pass")):
        data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(shown.tolist(), y.tolist(), strict=True))
        asked = control(check="performance.hosmer_lemeshow", criterion=criterion)
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


def test_the_level_itself_is_significant(tmp_path):
    p, y = (np.array(column) for column in zip(*([(0.2, 1)] * 30 + [(0.2, 0)] * 70 + [(0.5, 1)] * 50 + [(0.5, 0)] * 50
                                                 + [(0.8, 1)] * 80 + [(0.8, 0)] * 20), strict=True))  # fmt: skip
    at = found(hosmer_lemeshow, scores(p, y), p={"bins": 3})[NAME].p_value
    data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(p.tolist(), y.tolist(), strict=True))
    for level, outcome in ((at, "fail"), (at * (1 - 1e-9), "inconclusive")):
        asked = control(check="performance.hosmer_lemeshow", criterion={"significance": level, "source": "house"},
                        **{"with": {"bins": 3}})  # fmt: skip
        assert finding_of(evaluate(tmp_path, data, COLUMNS, asked)).outcome == outcome


# Before, a limit on the statistic passed on the point the more often, the fewer the rows.
@pytest.mark.parametrize(("decide_on", "why"), [("estimate", "ask for `significance`"), ("interval", "an interval")])
def test_no_limit_on_the_statistic_passes_or_fails(tmp_path, decide_on, why):
    p, y = right(1000)
    for shown in (p, p**0.5):
        data = write_csv(tmp_path / "test.csv", ("p", "y"), zip(shown.tolist(), y.tolist(), strict=True))
        asked = control(check="performance.hosmer_lemeshow", criterion={
            "at_most": 18.3, "source": "house", "decide_on": decide_on})  # fmt: skip
        finding = finding_of(evaluate(tmp_path, data, COLUMNS, asked))
        assert (finding.outcome, finding.reason) == ("inconclusive", "estimate_unstable")
        assert why in finding.sentence
