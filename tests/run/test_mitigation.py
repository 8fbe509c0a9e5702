"""What other decisions could reach where a comparison fails: shown beside it, never judged, never applied."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_ratio, selection_rate
from fairlearn.postprocessing import ThresholdOptimizer

from assay.run.mitigation import IN_USE, MOST_FITTED, _apportioned, _scored
from assay.run.recompute import recompute
from assay.verdict.replay import differences
from auditing import control, evaluate, finding_of, write_csv

COLUMNS = {
    "label": {"column": "y", "favourable": "paid", "unfavourable": "late"},
    "decision": {"column": "d", "favourable": "yes"},
    "score": {"column": "p", "kind": "probability", "of": "paid"},
    "groups": {"sex": {"column": "sex"}},
}
RATIO = control("RATIO")
CALIBRATED = control(
    "SCORES", check="fairness.auc_parity", criterion={"reported": True, "source": "house"}
)  # fmt: skip
ALTERNATIVE = control(
    "LDA", check="fairness.less_discriminatory_alternative", criterion={"at_most": 0, "source": "house"}
)  # fmt: skip


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
    result = audited(tmp_path, data, RATIO, CALIBRATED)
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
    assert rows["ThresholdOptimizer, demographic parity"][0] == pytest.approx(1, abs=0.01)
    assert differences(result.audit) == ()
    said = (result.bundle / "report.html").read_text()
    assert "analysis, never applied" in said
    assert "Filled: decisions in use" in said


def test_the_optimizers_rates_are_those_of_its_own_draws(tmp_path, data):
    """fairlearn's own predictions, drawn at random, fall about the shares that are taken on average."""
    (exhibit,) = finding_of(audited(tmp_path, data, RATIO, CALIBRATED), "RATIO").mitigation
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


def test_candidates_are_shown_where_a_control_reads_them(tmp_path, data):
    other = {"other": {"column": "other", "favourable": "yes"}}
    (exhibit,) = finding_of(audited(tmp_path, data, RATIO, ALTERNATIVE, candidates=other), "RATIO").mitigation
    assert [row[0] for row in exhibit.rows] == [IN_USE, "Candidate other"]
    assert exhibit.rows[1][1] > exhibit.rows[0][1]


def test_nothing_is_measured_for_it_and_nothing_shown_where_nothing_was_read_or_nothing_fails(tmp_path, data):
    alone = audited(tmp_path, data, RATIO)
    assert finding_of(alone, "RATIO").outcome == "fail"
    assert finding_of(alone, "RATIO").mitigation == ()
    assert "mitigation" not in alone.audit.model_dump_json()
    easy = control("RATIO", criterion={"at_least": 0.2, "source": "house"})
    assert finding_of(audited(tmp_path, data, easy, CALIBRATED), "RATIO").mitigation == ()


def test_equalised_odds_is_asked_of_the_optimizer_by_its_own_name(tmp_path, data):
    odds = control("ODDS", check="fairness.equalised_odds", criterion={"at_most": 0.05, "source": "house"})
    (exhibit,) = finding_of(audited(tmp_path, data, odds, CALIBRATED), "ODDS").mitigation
    assert exhibit.columns[1].title == "Largest difference"
    assert exhibit.rows[1][0] == "ThresholdOptimizer, equalized odds"
    assert exhibit.rows[1][1] < exhibit.rows[0][1]


def test_a_score_of_the_bad_outcome_is_turned_round(tmp_path, data):
    rows = [(y, d, round(1 - p, 2), sex, other) for y, d, p, sex, other in people()]
    turned = write_csv(tmp_path / "turned.csv", ("y", "d", "p", "sex", "other"), rows)
    late = {"score": {"column": "p", "kind": "probability", "of": "late"}}
    (one,) = finding_of(audited(tmp_path, data, RATIO, CALIBRATED), "RATIO").mitigation
    (other,) = finding_of(audited(tmp_path, turned, RATIO, CALIBRATED, **late), "RATIO").mitigation
    for row, again in zip(one.rows, other.rows, strict=True):
        assert again[1:] == pytest.approx(row[1:], abs=1e-9)


def test_recomputing_says_that_it_leaves_the_analysis_out(tmp_path, data):
    result = audited(tmp_path, data, RATIO, CALIBRATED)
    files = {file.path: (result.bundle / file.path).read_bytes() for file in result.audit.evidence}
    files["policy/model.yaml"] = (result.bundle / "policy" / "model.yaml").read_bytes()
    again = recompute(result.audit, files)
    assert again.differences == ()
    assert "p/RATIO: its analysis of what other decisions could reach" in again.left_out


def test_at_most_so_many_people_are_fitted_in_the_same_shares():
    counts = np.array([10, 90_000, 0, 10_005], dtype=np.int64)
    some = _apportioned(counts, MOST_FITTED)
    assert some.sum() == MOST_FITTED
    assert np.abs(some - counts * MOST_FITTED / counts.sum()).max() < 1
    assert _apportioned(counts[:1], MOST_FITTED).tolist() == [10]
