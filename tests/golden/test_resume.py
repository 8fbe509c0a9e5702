"""Callbacks to résumés with white and black sounding names: Bertrand and Mullainathan 2004 (openintro)."""

import gzip
import json

import pytest

from auditing import control, evaluate, finding_of, shared

COLUMNS = {"decision": {"column": "call", "favourable": 1}, "groups": {"race": {"column": "race"}}}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    target = tmp_path_factory.mktemp("resume") / "resume.csv"
    target.write_bytes(gzip.decompress(shared("resume_callbacks/resume_callbacks.csv.gz").read_bytes()))
    return target


def called(data, **criterion):
    asked = control(check="fairness.significance", criterion={"source": "convention", **criterion})
    return finding_of(evaluate(data.parent, data, COLUMNS, asked))


def test_four_standard_deviations_are_significant(data):
    golden = json.loads(shared("resume_callbacks/golden.json").read_text())
    finding = called(data, significance=0.05)
    (estimate,) = finding.measured.estimates
    assert (estimate.numerator, estimate.denominator) == (157, 2435)
    assert (estimate.reference_numerator, estimate.reference_denominator) == (235, 2435)
    assert estimate.p_value == pytest.approx(golden["two_proportion_p"], rel=1e-9)
    assert estimate.p_value == pytest.approx(3.98e-05, abs=5e-8)
    table = finding.measured.exhibits[-1]
    row = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert row["deviations"] == pytest.approx(-golden["two_proportion_z"], abs=5e-7)
    assert finding.outcome == "fail"


def test_a_margin_of_five_points_holds_all_the_same(data):
    # -3.2 points, -4.7 to -1.7: significant, and within five points; the ratio 0.668 tells another story
    finding = called(data, significance=0.05, margin=0.05)
    assert finding.outcome == "pass"
    assert finding.measured.estimates[0].value == pytest.approx(0.064476 - 0.096509, abs=1e-6)


def test_the_shortfall_is_of_78_people(data):
    asked = control(check="fairness.shortfall", criterion={"at_most": 1, "source": "house"})
    finding = finding_of(evaluate(data.parent, data, COLUMNS, asked))
    assert finding.measured.estimates[0].value == 78.0  # both groups are 2435: 235 less 157
    assert finding.outcome == "fail"
