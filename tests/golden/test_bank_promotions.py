"""Promotions decided on files that differed in sex alone: Rosen and Jerdee 1974, 48 people (openintro)."""

import gzip
import json

import pytest

from auditing import control, evaluate, finding_of, shared

COLUMNS = {"decision": {"column": "decision", "favourable": "promoted"}, "groups": {"sex": {"column": "sex"}}}


def promoted(folder, minimum=20, **criterion):
    target = folder / "promotions.csv"
    target.write_bytes(gzip.decompress(shared("bank_promotions/bank_promotions.csv.gz").read_bytes()))
    given = {"criterion": {"source": "convention", **criterion}, "small_groups": {"minimum": minimum}}
    asked = control(check="fairness.significance", **given)
    return finding_of(evaluate(folder, target, COLUMNS, asked))


def test_fishers_two_sided_p_value_is_the_computed_one_and_significant(tmp_path):
    golden = json.loads(shared("bank_promotions/golden.json").read_text())
    finding = promoted(tmp_path, significance=0.05)
    (estimate,) = finding.measured.estimates
    assert "Fisher" in estimate.method  # three men were not promoted
    assert estimate.p_value == pytest.approx(golden["fisher_two_sided_p"], abs=5e-7)
    assert estimate.p_value == pytest.approx(0.048991, abs=5e-7)
    assert (estimate.numerator, estimate.reference_numerator) == (14, 21)  # of 24 each, as published
    assert estimate.value == pytest.approx(-0.292, abs=5e-4)
    assert finding.outcome == "fail"
    assert "p = 0.0490: significant at 0.05" in finding.sentence


def test_at_another_level_nothing_is_shown_either_way(tmp_path):
    finding = promoted(tmp_path, significance=0.04)
    assert (finding.outcome, finding.reason) == ("inconclusive", "interval_straddles")


def test_twenty_four_are_fewer_than_the_usual_minimum(tmp_path):
    finding = promoted(tmp_path, minimum=30, significance=0.05, margin=0.9)
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")
