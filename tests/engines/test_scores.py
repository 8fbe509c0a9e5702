"""Scores at any size, through the real engine on real files."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from assay.checks.performance._scores import area, by_score, masses
from assay.engines import scores as module
from assay.errors import DataError
from assay.evidence.reading import read_table
from assay.evidence.request import ScoresRequest
from assay.stats.losses import brier_of_sums, log_loss_of_sums
from assay.stats.separation import average_precision, ks, ks_bound
from subjects import value, with_data

COLUMNS = {"label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "probability", "of": 1}}
RANK = {**COLUMNS, "score": {"column": "p", "kind": "rank", "higher": "favourable"}}
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
rows = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]),
        st.one_of(st.sampled_from([0.0, 0.5, 1.0, None]), st.floats(0, 1)),
        st.sampled_from([0.0, 0.25, 1.0, 3.5]),
        st.sampled_from(["ann", "bob", "cy", None]),
    ),
    min_size=1,
    max_size=60,
)


def frame(drawn):
    table = pd.DataFrame(drawn, columns=["y", "p", "v", "id"])
    return table.astype({"y": "Int64", "p": "float64", "v": "float64", "id": "str"})


def people(n=6000, seed=1):
    """Continuous probabilities with a spike, labels that follow them, weights, and people in several rows."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.3).astype(int)
    p = 1 / (1 + np.exp(-random.normal(y - 1, 1.0, n)))
    p[random.random(n) < 0.2] = 0.25
    p[:2], y[:2] = (0.0, 1.0), (0, 1)
    return pd.DataFrame({"y": y, "p": p, "v": random.exponential(2, n), "id": random.integers(0, n // 3, n)})


@pytest.fixture
def at_most(monkeypatch):
    """Fewer lines than the engine fetches otherwise, so that small tables are large ones."""

    def limit(lines, probed=None):
        monkeypatch.setattr(module, "MAXIMUM_SCORES", lines)
        monkeypatch.setattr(module, "PROBED", probed or 4 * lines)

    return limit


def losses(found):
    """Brier score and log loss from the sums, over what the rows weigh."""
    own, other = (float(each.sums.sum()) for each in masses(found))
    sums = found.bins.losses
    return (
        brier_of_sums(own, other, found.bins.event_scores.sum(), sums.event_squares, sums.nonevent_squares),
        log_loss_of_sums(own, other, sums.event_logs + sums.nonevent_logs, sums.impossible),
    )


@pytest.mark.parametrize("probed", [40, 100_000], ids=["seen at once", "seen at the end"])
def test_beyond_the_limit_bins_bracket_the_truth_and_losses_stay_exact(tmp_path, at_most, probed):
    at_most(10, probed)
    table = people()
    found = value(with_data(tmp_path, COLUMNS, test=table), ScoresRequest("test"))
    assert found.bins is not None
    assert found.total == len(table)
    assert 0.25 in found.score[~found.several]
    binned = area(found)
    assert 0 < binned.bound < 1e-4
    assert abs(binned.value - roc_auc_score(table.y, table.p)) <= binned.bound
    truth, bound = (
        ks_2samp(table.p[table.y == 1], table.p[table.y == 0]).statistic,
        ks_bound(*by_score(found), found.several),
    )
    assert ks(*by_score(found)) <= truth + 1e-12 <= ks(*by_score(found)) + bound + 2e-12
    assert losses(found) == pytest.approx((brier_score_loss(table.y, table.p), log_loss(table.y, table.p)), abs=1e-12)
    mean = (found.score * (found.events + found.nonevents)).sum() / len(table)
    assert mean == pytest.approx(table.p.mean(), abs=1e-12)


def test_ranks_are_exact_to_the_integer_although_bins_are_fetched(tmp_path, at_most):
    table = people()
    made = with_data(tmp_path, COLUMNS, test=table)
    whole = value(made, ScoresRequest("test", exact=True))
    assert whole.bins is None
    at_most(10)
    found = value(made, ScoresRequest("test", exact=True))
    ranks, events, others = found.bins.ranks, whole.events.tolist(), whole.nonevents.tolist()
    all_events, all_others, e_before, o_before = sum(events), sum(others), 0, 0
    twice_u = of_events = of_others = apart = 0
    for e, o in zip(events, others, strict=True):
        below, above = 2 * o_before + o, 2 * (all_events - e_before) - e
        twice_u, of_events, of_others = twice_u + e * below, of_events + e * below**2, of_others + o * above**2
        e_before, o_before = e_before + e, o_before + o
        apart = max(apart, abs(e_before * all_others - o_before * all_events))
    assert (ranks.twice_u, ranks.event_rank_squares, ranks.nonevent_rank_squares, ranks.ks) == (
        twice_u, of_events, of_others, apart
    )  # fmt: skip
    assert area(found).value == area(whole).value
    assert area(found).variance == pytest.approx(area(whole).variance, rel=1e-12)
    assert area(found).bound == 0.0
    assert ranks.average_precision == pytest.approx(average_precision_score(table.y, table.p), abs=1e-12)
    assert ranks.average_precision == pytest.approx(average_precision(whole.events, whole.nonevents), abs=1e-12)


def test_scores_without_bounds_are_binned_between_least_and_greatest(tmp_path, at_most):
    at_most(10)
    table = people().assign(p=lambda t: 1e300 * (t.p - 0.5) * 3.5)
    found = value(with_data(tmp_path, RANK, test=table), ScoresRequest("test", exact=True))
    assert found.bins.losses is None
    assert (found.bins.least[0], found.bins.greatest[-1]) == (table.p.min(), table.p.max())
    assert area(found).value == pytest.approx(roc_auc_score(table.y, table.p), abs=1e-12)


@few
@given(rows, st.sampled_from([{}, {"weight": "v"}, {"entity": "id"}, {"weight": "v", "entity": "id"}]), st.booleans())
def test_every_table_has_the_same_bytes_in_any_order_of_rows_and_is_read_back(tmp_path_factory, drawn, design, binned):
    limit, module.MAXIMUM_SCORES = module.MAXIMUM_SCORES, 1 if binned else module.MAXIMUM_SCORES
    try:
        tables = [
            value(with_data(tmp_path_factory.mktemp("s"), {**COLUMNS, **design}, test=frame(each)), request)
            for each in (drawn, drawn[::-1])
            for request in [ScoresRequest("test", exact=not design)]
        ]
    finally:
        module.MAXIMUM_SCORES = limit
    data = tables[0].csv()
    assert tables[1].csv() == data
    answered, read = read_table(ScoresRequest("test"), data)
    assert read.csv() == data
    assert answered.exact == (read.bins is None or not design)
    for one, other in zip(read.score, tables[0].score, strict=True):
        assert one == other
    labelled = frame(drawn).dropna(subset=["y", "p"])
    assert read.events.sum() == (labelled.y == 1).sum()
    assert read.nonevents.sum() == (labelled.y == 0).sum()
    assert read.total == len(drawn)
    if "weight" in design:
        sums = [labelled.v[labelled.y == level].sum() for level in (1, 0)]
        assert [read.weights.events.sum(), read.weights.nonevents.sum()] == pytest.approx(sums, rel=1e-12)


@pytest.mark.parametrize("lines", [10, 100_000], ids=["bins", "scores"])
@pytest.mark.parametrize("design", [{"weight": "v"}, {"weight": "v", "entity": "id"}], ids=["weight", "both"])
def test_weighted_areas_and_losses_are_those_of_scikit_learn(tmp_path, at_most, lines, design):
    at_most(lines)
    table = people()
    found = value(with_data(tmp_path, {**COLUMNS, **design}, test=table), ScoresRequest("test"))
    expected, binned = roc_auc_score(table.y, table.p, sample_weight=table.v), area(found)
    assert abs(binned.value - expected) <= binned.bound + 1e-12
    if lines > 10:
        assert (found.bins, binned.bound) == (None, 0.0)
    else:
        weighted = [measure(table.y, table.p, sample_weight=table.v) for measure in (brier_score_loss, log_loss)]
        assert losses(found) == pytest.approx(weighted, abs=1e-12)


def test_people_in_several_rows_keep_the_area_and_widen_its_variance(tmp_path):
    table = people(2000)
    twice = pd.concat([table] * 4)
    found = value(with_data(tmp_path, {**COLUMNS, "entity": "id"}, test=twice), ScoresRequest("test"))
    alone = value(with_data(tmp_path, COLUMNS, test=twice), ScoresRequest("test"))
    assert area(found).value == pytest.approx(area(alone).value, abs=1e-12)
    assert area(found).variance > 2 * area(alone).variance
    assert area(found).groups > 200


@pytest.mark.parametrize(("key", "column"), [("weight", "v"), ("entity", "id")])
def test_exact_ranks_of_rows_that_do_not_count_alike_are_refused_with_the_way_out(tmp_path, at_most, key, column):
    at_most(10)
    made = with_data(tmp_path, {**COLUMNS, key: column}, test=people(200))
    with pytest.raises(DataError, match=rf"the manifest declares columns\.{key}"):
        value(made, ScoresRequest("test", exact=True))


def test_ready_made_counts_beyond_what_ranks_can_sum_are_refused(tmp_path, at_most):
    at_most(2)
    table = pd.DataFrame({"y": [1, 0, 1, 0], "p": [0.1, 0.2, 0.3, 0.4], "n": [2**30, 1, 1, 5]})
    made = with_data(tmp_path, {**COLUMNS, "count": "n"}, test=table)
    assert value(made, ScoresRequest("test")).events.sum() == 2**30 + 1
    with pytest.raises(DataError, match="ranks are exact up to"):
        value(made, ScoresRequest("test", exact=True))


def test_probabilities_of_0_and_1_that_did_not_come_true_are_counted(tmp_path, at_most):
    at_most(2)
    table = pd.DataFrame({"y": [1, 0, 1, 0], "p": [0.0, 1.0, 0.5, 0.25]})
    found = value(with_data(tmp_path, COLUMNS, test=table), ScoresRequest("test"))
    assert (found.bins.losses.impossible, losses(found)[1]) == (2, np.inf)
    assert losses(found)[0] == (1 + 1 + 0.25 + 0.0625) / 4
