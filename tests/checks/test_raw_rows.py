"""Estimates of whole audits against pandas, numpy, scikit-learn and statsmodels on the raw rows of their files.

The other estimates are compared so in the tests of their own checks.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from statsmodels.stats.outliers_influence import variance_inflation_factor

from assay.checks.performance.concentration import concentration
from assay.checks.performance.grade_ordering import grade_ordering
from assay.checks.performance.migration import migration
from assay.checks.performance.rank_ordering import rank_ordering
from assay.engines.embedded.proxies import _model, attribute_of, strata_of, told_by
from assay.stats.within import auc_within
from assay.subject.inputs import Input
from beside import beside
from builders import cells, measure, people_manifest, scores

EXACT = 1e-12
GRADES = ["A", "B", "C", "D"]
some = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
many = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def frames(seed, n=300):
    """Two datasets of the same columns: numbers that go together, few and many values, gaps, entities, days."""
    random, made = np.random.default_rng(seed), []
    for place in range(2):
        a, b = random.normal(place / 4, 1, n), random.normal(0, 1, n)
        made.append(pd.DataFrame({
            "a": a, "b": b, "c": a + 2 * b + random.normal(0, 0.5, n),
            "few": random.integers(0, 4 + place, n), "kind": random.choice(list("uvwxyz")[place:], n),
            "gap": np.where(random.random(n) < 0.2, np.nan, random.integers(0, 3, n)),
            "who": [f"p{each}" for each in random.integers(0, 900, n)],
            "day": pd.Timestamp("2026-01-10") + pd.to_timedelta(random.integers(0, 20, n) - 15 * place, unit="D"),
            "y": random.integers(0, 2, n),
        }))  # fmt: skip
    return made


FEATURES = ["a", "b", "c", "few", "kind", "gap"]


def estimates(folder, check, own, other, declared=None, **parameters):
    """By name and group, of the test data `own` beside the training data `other`."""
    features = [{"name": name, **({"dtype": "category"} if name == "kind" else {})} for name in FEATURES]
    columns = {"label": {"column": "y", "favourable": 1}, **(declared or {})}
    finding = beside(folder, check, own, other, manifest={"features": features, "columns": columns}, **parameters)
    return {(each.name, each.group): each for each in finding.measured.estimates}


def psi(own, other):
    own, other = (np.array(side, float) for side in (own, other))
    held = own + other > 0
    own, other = own[held], other[held]
    if ((own == 0) | (other == 0)).any():
        own, other = own + 0.5, other + 0.5
    own, other = own / own.sum(), other / other.sum()
    return ((own - other) * np.log(own / other)).sum()


@some
@given(seeds)
def test_stability_indices_are_those_of_the_rows(tmp_path_factory, seed):
    own, other = frames(seed)
    found = estimates(tmp_path_factory.mktemp("r"), "data.drift", own, other)
    for name in ("kind", "few"):
        levels = sorted(set(other[name]) | (set(own[name]) if name == "kind" else set()))
        sides = [
            [(side[name] == level).sum() for level in levels] + [(~side[name].isin(levels)).sum()]
            for side in (own, other)
        ]
        assert found["psi", name].value == pytest.approx(psi(*sides), abs=EXACT)
    for name in ("a", "b", "c"):
        inner = np.quantile(other[name], np.arange(1, 10) / 10)
        edges = [-np.inf, other[name].min(), *inner, np.nextafter(other[name].max(), np.inf), np.inf]
        sides = [np.histogram(side[name], edges)[0] for side in (own, other)]
        assert found["psi", name].value == pytest.approx(psi(*sides), abs=EXACT)


@some
@given(seeds)
def test_inflations_of_variance_are_those_of_statsmodels(tmp_path_factory, seed):
    own, other = frames(seed)
    complete = own[["a", "b", "c", "few", "gap"]].dropna()
    found = estimates(tmp_path_factory.mktemp("r"), "data.collinearity", own, other)
    design = np.column_stack([np.ones(len(complete)), complete])
    for place, name in enumerate(complete.columns, start=1):
        inflation = variance_inflation_factor(design, place)
        assert found["variance_inflation", name].value == pytest.approx(inflation, rel=1e-9)
        assert found["tolerance", name].value == pytest.approx(1 / inflation, abs=EXACT)


@some
@given(seeds)
def test_shares_of_rows_are_those_of_pandas(tmp_path_factory, seed):
    own, other = frames(seed)
    own = pd.concat([own, own.head(20), other.head(15)], ignore_index=True)

    def of(check, **more):
        return estimates(tmp_path_factory.mktemp("r"), check, own, other, **more)

    shared = own[[*FEATURES, "y"]].merge(other[[*FEATURES, "y"]].drop_duplicates(), how="left", indicator=True)
    found = of("data.overlap")
    assert found["shared_rows", None].value == (shared["_merge"] == "both").sum() == 15
    assert found["share_of_shared_rows", None].value == pytest.approx((shared["_merge"] == "both").mean(), abs=EXACT)
    found, held = of("data.duplicates", columns=["few", "kind", "gap"]), own[["few", "kind", "gap"]]
    labels = own.groupby(["few", "kind", "gap"], dropna=False)["y"].transform("nunique")
    assert found["share_of_repeated_rows", None].value == pytest.approx(held.duplicated().mean(), abs=EXACT)
    assert found["share_of_conflicting_rows", None].value == pytest.approx((labels > 1).mean(), abs=EXACT)
    found = of("data.missing")
    for name in FEATURES:
        assert found["missing_share", name].value == pytest.approx(own[name].isna().mean(), abs=EXACT)
    found = of("data.new_categories")
    assert found["unseen_share", "kind"].value == pytest.approx((~own["kind"].isin(other["kind"])).mean(), abs=EXACT)
    found = of("data.class_balance")
    assert found["minority_share", None].value == pytest.approx(own["y"].value_counts(normalize=True).min(), abs=EXACT)


@some
@given(seeds)
def test_entities_and_days_are_those_of_pandas(tmp_path_factory, seed):
    own, other = frames(seed)
    declared = {"entity": "who", "time": "day"}
    found = estimates(tmp_path_factory.mktemp("r"), "data.entity_overlap", own, other, declared=declared)
    both = set(own["who"]) & set(other["who"])
    assert found["shared_entities", None].value == len(both)
    assert found["share_of_shared_entities", None].value == pytest.approx(len(both) / own["who"].nunique(), abs=EXACT)
    rows = own["who"].isin(both).mean()
    assert found["share_of_rows_of_shared_entities", None].value == pytest.approx(rows, abs=EXACT)
    found = estimates(tmp_path_factory.mktemp("r"), "data.time_order", own, other, declared=declared)
    late = own["day"] <= other["day"].max()
    assert found["rows_not_later", None].value == late.sum()
    assert found["share_not_later", None].value == pytest.approx(late.mean(), abs=EXACT)
    assert found["days_after", None].value == (own["day"].min() - other["day"].max()).days


@settings(max_examples=4, deadline=None)
@given(seeds, st.integers(1, 4))
def test_areas_of_those_who_are_told_apart_are_those_of_scikit_learn_within_folds(seed, distinct):
    """Of data.domain_classifier, data.target_leakage and fairness.proxy_strength: exact but for the bins' bound."""
    random, n = np.random.default_rng(seed), 240
    levels = random.choice(["test", "train"], n).tolist()
    moved = np.array(levels) == "test"
    inputs = [
        Input("number", (random.normal(0.5 * moved, 1) * distinct).round(distinct)),
        Input("kind", random.integers(0, 5, n).astype(np.int32), tuple("abcde")),
    ]
    strata = strata_of(levels, attribute_of("data", levels))
    for of in (*inputs, None):
        (told,) = told_by(of, inputs, "data", strata)
        found = auc_within([
            [np.array(side, dtype=np.int64) for side in (f.members, f.others, f.scores)] for f in told.folds
        ])  # fmt: skip
        fit, table = _model(of, inputs)
        total = pairs = 0.0
        for fold in range(5):
            there = strata.folds == fold
            score = fit(table[strata.rows[~there]], strata.classes[~there], table[strata.rows[there]], 2)[:, 0]
            member = strata.classes[there] == strata.groups.index(told.group)
            weight = float(member.sum() * (~member).sum())
            total, pairs = total + weight * roc_auc_score(member, score), pairs + weight
        assert abs(found.value - total / pairs) <= found.bound + EXACT


@many
@given(st.lists(st.sampled_from(GRADES), min_size=2, max_size=120))
def test_the_concentration_is_that_of_the_shares_of_the_rows(rows):
    view = people_manifest(columns={"grade": {"column": "g", "order": GRADES}})
    (found,) = measure(concentration, view, cells(("group:(grade)",), [(each,) for each in rows])).estimates
    shares = pd.Series(rows).value_counts(normalize=True)
    assert found.value == pytest.approx(1 + np.log((shares**2).sum()) / np.log(4), abs=EXACT)


@many
@given(st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(GRADES)), min_size=2, max_size=150))
def test_bandwidths_and_excesses_are_those_of_the_rows(rows):
    view = people_manifest(columns={"grade": {"column": "g", "order": GRADES}, "previous_grade": "h"})
    found = measure(migration, view, cells(("group:(previous grade)", "group:(grade)"), rows)).estimates
    before, now = (np.array([GRADES.index(row[side]) for row in rows]) for side in (0, 1))
    farthest = np.maximum(3 - before, before)
    for name, moved in (("upper_bandwidth", now > before), ("lower_bandwidth", now < before)):
        (one,) = (each for each in found if each.name == name)
        if moved.any():
            expected = np.abs(now - before)[moved].sum() / farthest[moved].sum()
            assert one.value == pytest.approx(expected, abs=EXACT)
        else:
            assert one.value is None
    matrix = pd.crosstab(before, now, normalize="index")
    for each in found:
        if each.name == "excess_over_nearer_grade" and each.value is not None:
            own, far, near = (GRADES.index(c) for c in (each.group[5], each.group[10], each.reference[3]))
            row = matrix.loc[own]
            assert each.value == pytest.approx(row.get(far, 0.0) - row.get(near, 0.0), abs=EXACT)


@many
@given(st.lists(st.tuples(st.sampled_from(GRADES), st.integers(0, 1)), min_size=4, max_size=150))
def test_steps_of_default_rates_are_those_of_pandas(rows):
    view = people_manifest(columns={
        "label": {"column": "y", "favourable": 0}, "grade": {"column": "g", "order": GRADES},
    })  # fmt: skip
    held = cells(("label", "group:(grade)"), [("unfavourable" if y else "favourable", g) for g, y in rows])
    found = measure(grade_ordering, view, held).estimates
    rates = pd.DataFrame(rows, columns=["g", "y"]).groupby("g")["y"].mean().sort_index()
    steps = [each.value for each in found if each.name == "default_rate_step" and each.value is not None]
    assert steps == pytest.approx(np.diff(rates).tolist(), abs=EXACT)
    inversions = [each.value for each in found if each.name == "inversions" and each.value is not None]
    assert inversions in ([], [(np.diff(rates) < 0).sum()])


@many
@given(seeds, st.sampled_from([2, 3, 4, 5, 6]))
def test_steps_of_event_rates_are_those_of_the_rows(seed, bands):
    random = np.random.default_rng(seed)
    p = random.permutation(240) / 240
    y = (random.random(240) < p).astype(int)
    found = measure(rank_ordering, people_manifest(), scores(p, y), p={"bands": bands}).estimates
    rates = [part.mean() for part in np.array_split(y[np.argsort(p)], bands)]
    steps = [each.value for each in found if each.name == "event_rate_step"]
    assert steps == pytest.approx(np.diff(rates).tolist(), abs=EXACT)
    (inversions,) = (each.value for each in found if each.name == "inversions")
    assert inversions == (np.diff(rates) < 0).sum()
