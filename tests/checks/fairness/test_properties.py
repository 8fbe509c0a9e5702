"""What holds for every check that compares groups: rows, labels and the unit of weights change nothing."""

from collections import Counter

import numpy as np
import pytest

from assay.checks.registry import find
from comparing import COMPARING, FITS, audited, crowd

PEOPLE = crowd({"a": 400, "b": 300, "c": 200, "d": 25}, seed=4)
NAMES = {"a": "Zoe", "b": "one, two", "c": "(a)", "d": "M / F"}
"""New names, in another order, which have to be quoted."""
WEIGHTS = np.round(np.random.default_rng(9).lognormal(0, 0.6, len(PEOPLE)), 3)
WEIGHTED = [name for name in COMPARING if "weight" in find(name).honours]


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """Finding by check, of one audit of the people after each change."""
    kept = {}

    def of(change):
        if change not in kept:
            frame, folder = PEOPLE.assign(w=WEIGHTS), tmp_path_factory.mktemp("properties")
            weight, checks = {}, COMPARING
            if change == "shuffled":
                frame = frame.sample(frac=1, random_state=2, ignore_index=True)
            elif change == "renamed":
                frame = frame.assign(g=frame["g"].map(NAMES))
            elif change != "plain":
                factor = {"weighted": 1, "by 8": 8, "by 3": 3}[change]
                frame, weight, checks = frame.assign(w=frame["w"] * factor), {"weight": "w"}, WEIGHTED
            kept[change] = audited(folder, frame, checks, **weight)
        return kept[change]

    return of


def numbers(estimate):
    """Value and limits; infinite where there is none."""
    intervals = (estimate.interval, estimate.simultaneous)
    found = (estimate.value, *(end for one in intervals if one for end in (one.low, one.high)))
    return [float("inf") if number is None else number for number in found]


@pytest.mark.parametrize("check", COMPARING)
def test_permuting_the_rows_changes_nothing(audit, check):
    assert any(e.value is not None for e in audit("plain")[check].measured.estimates)
    plain, shuffled = audit("plain")[check], audit("shuffled")[check]
    assert (shuffled.outcome, shuffled.sentence) == (plain.outcome, plain.sentence)
    assert shuffled.measured == plain.measured


@pytest.mark.parametrize("check", COMPARING)
def test_relabelling_the_groups_changes_only_the_labels(audit, check):
    plain, renamed = audit("plain")[check], audit("renamed")[check]

    def told(estimates, names):
        return {(e.name, e.of, names.get(e.group, e.group), names.get(e.reference, e.reference)): e for e in estimates}

    one, other = told(plain.measured.estimates, NAMES), told(renamed.measured.estimates, {})
    assert one.keys() == other.keys()
    for key, estimate in one.items():
        assert numbers(other[key]) == pytest.approx(numbers(estimate), rel=1e-9, abs=1e-12)
        assert (other[key].undefined is None, other[key].n) == (estimate.undefined is None, estimate.n)
    assert renamed.outcome == plain.outcome
    assert Counter(j.outcome for j in renamed.judgements) == Counter(j.outcome for j in plain.judgements)


# Eight is exact in binary numbers; three rounds.
@pytest.mark.parametrize("check", WEIGHTED)
@pytest.mark.parametrize(("change", "within"), [("by 8", 0.0), ("by 3", 1e-9)])
def test_the_unit_of_the_weights_changes_nothing(audit, check, change, within):
    one, other = audit("weighted")[check], audit(change)[check]
    assert [e.id for e in other.measured.estimates] == [e.id for e in one.measured.estimates]
    for estimate, scaled in zip(one.measured.estimates, other.measured.estimates, strict=True):
        assert numbers(scaled) == pytest.approx(numbers(estimate), rel=within, abs=within)
    assert other.outcome == one.outcome


@pytest.mark.parametrize("check", WEIGHTED)
def test_weights_are_weighed(audit, check):
    plain, weighted = audit("plain")[check], audit("weighted")[check]
    assert [e.value for e in weighted.measured.estimates] != [e.value for e in plain.measured.estimates]


def test_all_checks_that_need_no_model_are_looked_at():
    assert {"fairness.impact_ratio", "fairness.equalised_odds", "fairness.auc_parity"} <= set(FITS)
    assert len(COMPARING) >= 20
