"""Group metrics from cells equal those of scikit-learn and fairlearn on the rows, to 1e-12."""

from collections import defaultdict
from math import fsum

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score

from assay.evidence.cells import Cells
from assay.stats.confusion import grouping, rates

OURS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "true_negative_rate": true_negative_rate,
    "accuracy": accuracy_score,
    "precision": precision_score,
    "f1": f1_score,
}
LEVELS = ("unfavourable", "favourable")
weights = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 1.0]), st.floats(1e-6, 1e6))
rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("abcd"), st.sampled_from("xy"), weights),
    min_size=1,
    max_size=80,
)


def compressed(people, *, weighted):
    counts, sums, squares = defaultdict(int), defaultdict(list), defaultdict(list)
    for y, d, g, h, w in people:
        levels = (LEVELS[y], LEVELS[d], g, h)
        counts[levels] += 1
        sums[levels].append(w)
        squares[levels].append(w * w)
    ordered = sorted(counts)
    given = ()
    if weighted:
        given = tuple(fsum(sums[one]) for one in ordered), tuple(fsum(squares[one]) for one in ordered)
    return Cells(("label", "decision", "group:g", "group:h"), tuple(ordered), tuple(map(counts.get, ordered)), *given)


def expected(people, group, *, weighted):
    """Each metric of fairlearn and scikit-learn on the rows of one group; nan where its denominator is empty."""
    own = [row for row in people if group(row)]
    y, d, w = (
        np.array(column) for column in zip(*((y, d, w if weighted else 1.0) for y, d, _, _, w in own), strict=True)
    )
    support = {
        "selection_rate": w.sum(), "accuracy": w.sum(), "true_positive_rate": w[y == 1].sum(),
        "false_negative_rate": w[y == 1].sum(), "false_positive_rate": w[y == 0].sum(),
        "true_negative_rate": w[y == 0].sum(), "precision": w[d == 1].sum(), "f1": w[(y == 1) | (d == 1)].sum(),
    }  # fmt: skip
    options = {"sample_weight": w} if weighted else {}
    return {name: metric(y, d, **options) if support[name] else np.nan for name, metric in OURS.items()}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("weighted", [False, True], ids=["counted", "weighted"])
@pytest.mark.parametrize("parts", [(), (2,), (3,), (2, 3)], ids=["all", "g", "h", "g*h"])
@given(people=rows)
@settings(max_examples=25, deadline=None)
def test_every_metric_of_every_group_is_that_of_the_rows(parts, weighted, people):
    cells = compressed(people, weighted=weighted)
    found = grouping(cells.rows, 0, 1, parts)
    amounts = np.array(cells.weights if weighted else cells.counts, dtype=np.float64)
    computed = rates(found.tables(amounts))
    assert set(found.groups) == {tuple(row[part] for part in parts) for row in people}
    for place, levels in enumerate(found.groups):
        own = expected(people, lambda row, at=levels: tuple(row[part] for part in parts) == at, weighted=weighted)
        for name, value in own.items():
            assert computed[name][place] == pytest.approx(value, abs=1e-12, nan_ok=True), (name, levels)


@pytest.mark.parametrize("weighted", [False, True], ids=["counted", "weighted"])
def test_a_metric_frame_on_the_rows_gives_the_same_table(weighted):
    random = np.random.default_rng(20)
    n = 3000
    people = list(zip(
        random.integers(0, 2, n).tolist(), random.integers(0, 2, n).tolist(), random.choice(list("abcd"), n).tolist(),
        random.choice(list("xy"), n).tolist(), random.lognormal(0, 1, n).tolist(), strict=True,
    ))  # fmt: skip
    y, d, g, h, w = zip(*people, strict=True)
    options = {name: {"sample_weight": np.array(w)} for name in OURS} if weighted else None
    frame = MetricFrame(
        metrics=OURS, y_true=np.array(y), y_pred=np.array(d), sample_params=options,
        sensitive_features=np.array([f"{one},{other}" for one, other in zip(g, h, strict=True)]),
    ).by_group  # fmt: skip
    cells = compressed(people, weighted=weighted)
    found = grouping(cells.rows, 0, 1, (2, 3))
    computed = rates(found.tables(np.array(cells.weights if weighted else cells.counts, dtype=np.float64)))
    for place, levels in enumerate(found.groups):
        theirs = frame.loc[",".join(levels)]
        for name in OURS:
            assert computed[name][place] == pytest.approx(theirs[name], abs=1e-12)
