"""Exposure of groups in ranked lists."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.ranking_exposure import ranking_exposure
from auditing import control, evaluate, finding_of
from builders import by_group, manifest, measure, needs
from moments import moments

COLUMNS = {"score": {"column": "s", "kind": "rank", "higher": "favourable"}, "groups": {"g": {"column": "g"}},
           "query": "q"}  # fmt: skip
VIEW = manifest(columns=COLUMNS, data={"test": {"path": "test.csv"}})


def lists(queries=200, length=10, shift=0.0, seed=1):
    random = np.random.default_rng(seed)
    g = random.choice(["a", "b"], queries * length)
    s = random.normal(0, 1, len(g)) - shift * (g == "b")
    return pd.DataFrame({"q": np.repeat(np.arange(queries), length), "g": g, "s": s})


def audited(tmp_path, frame, columns=COLUMNS, **more):
    frame.to_csv(tmp_path / "d.csv", index=False)
    criterion = {"at_least": 0.8, "source": "house", **more}
    asked = control(check="fairness.ranking_exposure", criterion=criterion, **{"with": {"reference": "a"}})
    return finding_of(evaluate(tmp_path, tmp_path / "d.csv", columns, asked))


def by_hand(frame):
    place = frame.groupby("q").s.rank(ascending=False)
    share = (1 / np.log2(1 + place)).groupby(frame.g).mean()
    return share["b"] / share["a"]


@pytest.mark.parametrize(("shift", "outcome"), [(0.2, "pass"), (2.0, "fail")])
def test_on_both_sides_of_the_limit(tmp_path, shift, outcome):
    frame = lists(shift=shift)
    found = audited(tmp_path, frame)
    assert found.outcome == outcome
    estimate = found.measured.estimates[0]
    assert estimate.value == pytest.approx(by_hand(frame), rel=1e-12)
    assert estimate.interval.low < estimate.value < estimate.interval.high
    assert (estimate.name, estimate.reference, estimate.n) == ("exposure_ratio", "a", int((frame.g == "b").sum()))


def test_one_list_has_no_interval_and_decides_nothing_unless_the_point_does(tmp_path):
    columns = {name: said for name, said in COLUMNS.items() if name != "query"}
    frame = lists(queries=1, length=400, shift=3.0)
    found = audited(tmp_path, frame, columns)
    assert (found.outcome, found.reason) == ("inconclusive", "estimate_unstable")
    assert found.measured.estimates[0].interval is None
    assert found.measured.estimates[0].value == pytest.approx(by_hand(frame.assign(q=0)), rel=1e-12)
    assert audited(tmp_path, frame, columns, decide_on="estimate").outcome == "fail"
    assert audited(tmp_path, lists(queries=9, length=80)).reason == "estimate_unstable"


def test_people_without_a_list_are_counted(tmp_path):
    frame = lists().astype({"q": object})
    frame.loc[:299, "q"] = None
    found = audited(tmp_path, frame)
    assert found.reason == "evidence_missing"
    assert found.measured.undecided == 0.15


def test_what_is_undefined_has_a_reason():
    def ratio(groups):
        ids = {name: [f"{i % 99:02x}" for i in range(len(x))] for name, x in groups.items()}
        return measure(ranking_exposure, VIEW, moments(groups, entity=ids, key="query")).estimates

    assert "only one group" in ratio({"a": [1.0, 0.5]})[0].undefined
    assert "nobody of b has a place" in {e.group: e for e in ratio({"a": [1.0] * 40, "b": []})}["b"].undefined
    bare = {"score": {"column": "s", "kind": "value"}, "groups": {"g": {"column": "g"}}, "count": "n"}
    asked = needs(ranking_exposure, manifest(columns=bare, data={"test": {"path": "test.csv"}}))
    assert asked.requests == ()
    assert asked.missing[0] == "columns.score.higher"
    assert "columns.count" in asked.missing[1]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.1, 1), min_size=60, max_size=90), st.randoms())
def test_order_and_names_do_not_matter(numbers, random):
    rows = [(x, f"{place % 30:02x}") for place, x in enumerate(numbers)]

    def ratio(rows, names):
        groups = {name: [x for x, _ in rows[at::2]] for at, name in enumerate(names)}
        ids = {name: [q for _, q in rows[at::2]] for at, name in enumerate(names)}
        p = {"reference": names[0]}
        return by_group(measure(ranking_exposure, VIEW, moments(groups, entity=ids, key="query"), p=p, minimum=2))

    first = ratio(rows, ["a", "b"])["b"]
    halves = [random.sample(rows[at::2], len(rows[at::2])) for at in (0, 1)]
    turned = [row for pair in zip(*halves, strict=False) for row in pair] + halves[0][len(halves[1]) :]
    again = ratio(turned, ["y", "x"])["x"]
    assert again.value == pytest.approx(first.value, rel=1e-12)
    assert (again.interval is None) == (first.interval is None)
    if first.interval is not None:
        assert again.interval.low == pytest.approx(first.interval.low, rel=1e-6)
