"""The frames hold what the record holds: the same rows, typed, and nothing where there is nothing."""

import pandas as pd
import pytest

from auditing import DECIDED, control, evaluate, people, write_csv

CONTROLS = (
    control(),
    control(id="AUC", check="performance.auc", criterion={"at_least": 0.7, "source": "house"}),
    {"id": "DOC", "title": "It has a purpose", "require": {"field": "purpose.intended_use", "is": "present"}},
    control(id="LATER", when={"field": "risk.tier", "equals": "high"}),
)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames")
    groups = ("a", "yes", 300), ("a", "no", 200), ("b", "yes", 100), ("b", "no", 400), ("silent", "", 5)
    return evaluate(
        folder, write_csv(folder / "d.csv", *people(*groups)), DECIDED, *CONTROLS, manifest={"risk": {"tier": "low"}}
    )


def test_a_row_for_each_finding_with_an_order_of_outcomes(result):
    frame = result.findings()
    assert list(frame.control) == [finding.control for finding in result.audit.findings]
    assert list(frame.outcome) == [finding.outcome for finding in result.audit.findings]
    assert frame.outcome.max() == "fail"
    assert set(frame[frame.outcome >= "inconclusive"].control) == {"C", "AUC", "DOC"} - set(
        frame[frame.outcome < "inconclusive"].control
    )
    assert frame.set_index("control").effect["C"] == "block"
    assert frame.dtypes.astype(str).to_dict() | {"severity": "", "outcome": "", "effect": ""} == {
        **dict.fromkeys(frame.columns, "string"), "severity": "", "outcome": "", "effect": "", "estimates": "Int64",
    }  # fmt: skip


def test_what_is_not_known_is_missing_and_never_nought(result):
    frame = result.findings().set_index("control")
    assert frame.waived_by.isna().all()
    assert pd.isna(frame.reason["C"])
    assert frame.reason["AUC"] == "evidence_missing"
    assert pd.isna(frame.check["DOC"])
    estimates = result.estimates()
    undefined = estimates[estimates.undefined.notna()]
    assert len(undefined)
    assert undefined.value.isna().all()
    assert undefined.low.isna().all()
    assert estimates[estimates.undefined.isna()].value.notna().all()


def test_a_row_for_each_estimate_with_the_numbers_of_the_record(result):
    frame = result.estimates()
    recorded = [(finding, e) for finding in result.audit.findings for e in finding.measured.estimates]
    assert len(frame) == len(recorded) > 1
    for row, (finding, estimate) in zip(frame.itertuples(), recorded, strict=True):
        assert (row.control, row.estimate) == (finding.control, estimate.id)
        assert row.n == estimate.n
        if estimate.value is not None:
            assert row.value == estimate.value
            assert row.numerator / row.denominator == estimate.numerator / estimate.denominator
        if estimate.interval is not None:
            assert (row.low, row.high, row.confidence) == (
                estimate.interval.low, estimate.interval.high, estimate.interval.confidence,
            )  # fmt: skip
    assert {str(frame[name].dtype) for name in ("value", "low", "high", "p_value")} == {"Float64"}
    assert {str(frame[name].dtype) for name in ("n", "numerator", "denominator", "criterion")} == {"Int64"}


def test_each_estimate_has_its_own_outcome(result):
    frame = result.estimates()
    finding = next(finding for finding in result.audit.findings if finding.control == "C")
    judged = {judgement.estimate: judgement.outcome for judgement in finding.judgements}
    rows = frame[frame.control == "C"].set_index("estimate")
    assert {name: rows.outcome[name] for name in judged} == judged
    assert rows.loc[[name for name in rows.index if name not in judged]].outcome.isna().all()
    assert rows.outcome.max() == "fail"


def test_frames_of_no_findings_have_their_columns(result):
    from assay.api.frames import estimates, findings

    empty = result.audit.model_copy(update={"findings": ()})
    assert list(estimates(empty).columns) == list(result.estimates().columns)
    assert findings(empty, result.gate).dtypes.equals(result.findings().dtypes)


def test_it_says_itself_in_words(result):
    told = repr(result)
    assert told.startswith("Model 1: gate CLOSED for ")
    assert "p/C" in told
    assert "Groups that do not pass" in result._repr_html_()
