"""What other decisions could reach where a comparison fails: shown beside it, never judged, never applied."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_ratio, selection_rate
from fairlearn.postprocessing import ThresholdOptimizer

from assay.run.mitigation import IN_USE, MOST_GROUPS
from assay.run.thresholds import FITTED, OF_A_GROUP, _scored, _taken
from assay.verdict.replay import differences
from auditing import control, evaluate, finding_of, write_csv

COLUMNS = {
    "label": {"column": "y", "favourable": "paid", "unfavourable": "late"},
    "decision": {"column": "d", "favourable": "yes"},
    "score": {"column": "p", "kind": "probability", "of": "paid"},
    "groups": {"sex": {"column": "sex"}},
}
RATIO = control("RATIO")


def people(n=3000, seed=4):
    """Women have lower scores than men; who scores 0.5 is chosen; the other model chooses more women."""
    random = np.random.default_rng(seed)
    rows = []
    for place in range(n):
        woman = place % 2
        score = round(float(random.beta(3, 3.6 if woman else 2.4)), 2)
        paid = random.random() < score
        other = score >= (0.42 if woman else 0.52)
        rows.append((
            "paid" if paid else "late", "yes" if score >= 0.5 else "no", score, "f" if woman else "m",
            "yes" if other else "no",
        ))  # fmt: skip
    return rows


@pytest.fixture
def data(tmp_path):
    return write_csv(tmp_path / "d.csv", ("y", "d", "p", "sex", "other"), people())


def audited(tmp_path, data, *controls, **columns):
    return evaluate(tmp_path, data, {**COLUMNS, **columns}, *controls, out=tmp_path / "reports", pdf=False)


def test_thresholds_for_each_group_reach_parity_and_stand_beside_the_decision_in_use(tmp_path, data):
    result = audited(tmp_path, data, RATIO)
    finding = finding_of(result, "RATIO")
    assert finding.outcome == "fail"
    (exhibit,) = finding.mitigation
    rows = {row[0]: row[1:] for row in exhibit.rows}
    assert list(rows) == [
        IN_USE, "ThresholdOptimizer, demographic parity", "ThresholdOptimizer, demographic parity within 0.05"
    ]  # fmt: skip
    table = people()
    y, d, sex = ([row[place] for row in table] for place in (0, 1, 3))
    chosen = [int(one == "yes") for one in d]
    in_use = rows[IN_USE]
    assert in_use[0] == pytest.approx(demographic_parity_ratio(chosen, chosen, sensitive_features=sex), abs=1e-12)
    accuracy = sum((one == "paid") == (other == "yes") for one, other in zip(y, d, strict=True)) / len(y)
    assert in_use[3] == pytest.approx(accuracy, abs=1e-12)
    for name, row in rows.items():
        assert row[1] <= row[0] <= row[2]
        assert row[4] <= row[3] <= row[5]
        assert name == IN_USE or row[0] > in_use[0]
    assert rows["ThresholdOptimizer, demographic parity"][0] == pytest.approx(1, abs=0.02)
    assert differences(result.audit) == ()
    said = (result.bundle / "report.html").read_text()
    assert "analysis, never applied" in said
    # of the chart, of its caption, of the table
    assert said.count("What other decisions could reach, by sex: analysis, never applied") == 3
    assert "Across: Lowest ratio of two groups. Up: Right decisions" in said
    assert "Filled: decisions in use" in said


def test_the_optimizers_rates_are_those_of_its_own_draws(tmp_path, data):
    """fairlearn's own predictions, drawn at random, fall about the shares that are taken on average."""
    (exhibit,) = finding_of(audited(tmp_path, data, RATIO), "RATIO").mitigation
    table = people()
    scores, labels = np.array([[row[2]] for row in table]), np.array([int(row[0] == "paid") for row in table])
    sex = np.array([row[3] for row in table])
    optimizer = ThresholdOptimizer(
        estimator=_scored(), constraints="demographic_parity", prefit=True, predict_method="predict"
    )
    optimizer.fit(scores, labels, sensitive_features=sex)
    drawn = [optimizer.predict(scores, sensitive_features=sex, random_state=seed) for seed in range(20)]
    accuracy = float(np.mean([(one == labels).mean() for one in drawn]))
    assert exhibit.rows[1][4] == pytest.approx(accuracy, abs=0.01)
    rates = [MetricFrame(metrics=selection_rate, y_true=labels, y_pred=one, sensitive_features=sex) for one in drawn]
    assert np.mean([frame.difference() for frame in rates]) < 0.03


def test_candidates_are_shown_beside_the_optimizer_and_alone_where_there_is_no_score(tmp_path, data):
    other = {"other": {"column": "other", "favourable": "yes"}}
    (exhibit,) = finding_of(audited(tmp_path, data, RATIO, candidates=other), "RATIO").mitigation
    assert [row[0] for row in exhibit.rows][:2] == [IN_USE, "Candidate other"]
    assert exhibit.rows[1][1] > exhibit.rows[0][1]
    assert len(exhibit.rows) == 4
    alone = {name: COLUMNS[name] for name in ("label", "decision", "groups")}
    (exhibit,) = finding_of(
        evaluate(tmp_path, data, {**alone, "candidates": other}, RATIO, pdf=False), "RATIO"
    ).mitigation  # fmt: skip
    assert [row[0] for row in exhibit.rows] == [IN_USE, "Candidate other"]
    assert exhibit.note is None


def test_where_nothing_fails_nothing_more_is_read(tmp_path, data):
    easy = control("RATIO", criterion={"at_least": 0.2, "source": "house"})
    passed = audited(tmp_path, data, easy)
    assert finding_of(passed, "RATIO").mitigation == ()
    assert "mitigation" not in passed.audit.model_dump_json()
    assert [one.role for one in passed.audit.evidence] == ["cells of test"]
    failed = audited(tmp_path, data, RATIO)
    assert [one.role for one in failed.audit.evidence] == ["cells of test", "cells of test", "scores of test by sex"]
    for one in failed.audit.evidence:
        assert (failed.bundle / one.path).is_file()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_labels_and_scores_that_cannot_be_used_stop_no_audit_that_does_without_them(tmp_path, kind):
    rows = [("neither" if place % 7 else y, d, "high", sex) for place, (y, d, p, sex, _) in enumerate(people())]
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "sex"), rows)
    if kind == "parquet":
        import duckdb

        read, data = f"SELECT * FROM read_csv('{data}', all_varchar = true)", tmp_path / "d.parquet"
        duckdb.sql(f"COPY ({read}) TO '{data}' (FORMAT parquet)")
    finding = finding_of(audited(tmp_path, data, RATIO), "RATIO")
    assert (finding.outcome, finding.mitigation) == ("fail", ())
    lacking = write_csv(tmp_path / "e.csv", ("d", "sex"), [(d, sex) for _, d, _, sex in rows])
    finding = finding_of(audited(tmp_path, lacking, RATIO), "RATIO")
    assert (finding.outcome, finding.mitigation) == ("fail", ())


def test_a_column_that_files_hold_otherwise_stops_no_audit_that_does_without_it(tmp_path):
    import duckdb

    listed = ", ".join(f"({row!r})".replace("((", "(").replace("))", ")") for row in people())
    table = f"(VALUES {listed}) t(y, d, p, sex, other)"
    for name, score in (("1", "p::DOUBLE"), ("2", "p::VARCHAR")):
        target = tmp_path / f"part-{name}.parquet"
        duckdb.sql(f"COPY (SELECT y, d, {score} AS p, sex FROM {table}) TO '{target}' (FORMAT parquet)")
    finding = finding_of(audited(tmp_path, tmp_path / "part-*.parquet", RATIO), "RATIO")
    assert (finding.outcome, finding.mitigation) == ("fail", ())


def test_only_a_grouping_that_fails_is_analysed_and_an_attribute_before_an_intersection(tmp_path):
    rows = [(*row, "n" if place % 3 else "s") for place, row in enumerate(people())]
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "sex", "other", "region"), rows)
    groups = {"groups": {"sex": {"column": "sex"}, "region": {"column": "region"}}}
    both = control("RATIO", **{"with": {"groups": ["region", "sex", "sex*region"]}})
    (exhibit,) = finding_of(audited(tmp_path, data, both, **groups), "RATIO").mitigation
    assert exhibit.name == "mitigation[sex]"


def test_a_group_of_one_label_is_left_out_of_the_thresholds_and_the_others_have_them(tmp_path):
    rows = [*people(), *(("paid", "yes", 0.9, "x", "yes") for _ in range(60))]
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "sex", "other"), rows)
    (exhibit,) = finding_of(audited(tmp_path, data, RATIO), "RATIO").mitigation
    assert [row[-1] for row in exhibit.rows] == [3060, 3000, 3000]


def test_more_groups_than_can_be_told_apart_are_not_analysed(tmp_path):
    rows = [(*row[:3], f"g{place % (MOST_GROUPS + 1)}", row[4]) for place, row in enumerate(people(6200))]
    rows = [(y, "no" if sex == "g0" else d, p, sex, other) for y, d, p, sex, other in rows]
    data = write_csv(tmp_path / "d.csv", ("y", "d", "p", "sex", "other"), rows)
    finding = finding_of(audited(tmp_path, data, RATIO), "RATIO")
    assert (finding.outcome, finding.mitigation) == ("fail", ())


def test_equalised_odds_is_asked_of_the_optimizer_by_its_own_name(tmp_path, data):
    odds = control("ODDS", check="fairness.equalised_odds", criterion={"at_most": 0.05, "source": "house"})
    (exhibit,) = finding_of(audited(tmp_path, data, odds), "ODDS").mitigation
    assert exhibit.columns[1].title == "Largest difference"
    assert exhibit.rows[1][0] == "ThresholdOptimizer, equalized odds"
    assert exhibit.rows[1][1] < exhibit.rows[0][1]


def test_a_score_of_the_bad_outcome_is_turned_round(tmp_path, data):
    rows = [(y, d, round(1 - p, 2), sex, other) for y, d, p, sex, other in people()]
    turned = write_csv(tmp_path / "turned.csv", ("y", "d", "p", "sex", "other"), rows)
    late = {"score": {"column": "p", "kind": "probability", "of": "late"}}
    (one,) = finding_of(audited(tmp_path, data, RATIO), "RATIO").mitigation
    (other,) = finding_of(audited(tmp_path, turned, RATIO, **late), "RATIO").mitigation
    for row, again in zip(one.rows, other.rows, strict=True):
        assert again[1:] == pytest.approx(row[1:], abs=0.005)  # others are fitted


def test_people_are_fitted_evenly_along_the_scores_and_small_groups_whole():
    counts = np.array([1] * 20_000 + [1] * 120 + [30_000, 0, 10_000], dtype=np.int64)
    group = np.array([0] * 20_000 + [1] * 120 + [2, 2, 2], dtype=np.int64)
    taken = _taken(counts, group)
    share = FITTED / counts.sum()
    assert taken[group == 1].tolist() == [1] * 120
    assert taken[:10_000].sum() == pytest.approx(10_000 * share, abs=1)
    assert taken[-3:].tolist() == [round(30_000 * share), 0, round(40_000 * share) - round(30_000 * share)]
    assert _taken(np.array([500, 500]), np.array([0, 0])).sum() == 1000
    assert OF_A_GROUP > 120
