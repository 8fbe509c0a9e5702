"""Groups of which little or nothing is known, through whole audits: every comparing check says what it lacks."""

import numpy as np
import pandas as pd
import pytest

from assay.errors import DataError
from comparing import AMOUNTS, COMPARING, FITS, audited, crowd

OUTCOMES = ["y", "d", "p", "c", "t", "v"]
TWO = crowd({"a": 3000, "b": 3000}, equal=True)
"""Two groups of the same people: whatever is compared is equal."""
WITHOUT_INTERVAL = ("fairness.metric_gap", "fairness.ranking_exposure")
"""Of one list of people, and of a metric that is no mean, there is no interval by default."""
SINGLE = ("fairness.residual_bias", "fairness.calibration_within_groups", "fairness.group_sufficiency")
"""These look at each group by itself: one group is enough."""


def with_third(n=200, **values):
    """The two groups and a third, in which the columns have these values."""
    return pd.concat([TWO, crowd({"c": n}).assign(**values)], ignore_index=True)


SCENES = {
    "empty": TWO[:0],
    "one group": TWO[TWO["g"] == "a"],
    "all unknown": TWO.assign(g=None),
    "a group without outcomes": with_third(**dict.fromkeys(OUTCOMES)),
    "a group with only positives": with_third(y=1, d=1, c=1),
    "a group of four": with_third(4),
    "nobody favourable": TWO.assign(y=0, d=0, c=0),
    "everybody favourable": TWO.assign(y=1, d=1, c=1),
    "no scores": TWO.assign(p=np.nan, v=np.nan),
    "identical": TWO,
}
WEIGHTED = {
    "no weight at all": TWO.assign(w=0.0),
    "a group without weight": with_third().assign(w=lambda frame: (frame["g"] != "c").astype(float)),
}


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    """Of a check in a scene; one audit for all checks of a scene."""
    kept = {}

    def of(scene, check):
        if scene not in kept:
            weighted = scene in WEIGHTED
            frame = (WEIGHTED if weighted else SCENES)[scene]
            kept[scene] = audited(tmp_path_factory.mktemp("scene"), frame, **({"weight": "w"} if weighted else {}))
        return kept[scene][check]

    return of


@pytest.mark.parametrize("check", COMPARING)
@pytest.mark.parametrize("scene", [*SCENES, *WEIGHTED])
def test_every_scene_has_an_outcome_a_reason_and_a_sentence(finding, scene, check):
    found = finding(scene, check)
    assert found.outcome in ("pass", "fail", "inconclusive"), found.sentence
    assert (found.reason is None) == (found.outcome != "inconclusive")
    assert len(found.sentence) > 20
    for estimate in found.measured.estimates:
        assert (estimate.value is None) == bool(estimate.undefined)
        assert estimate.value is None or np.isfinite(estimate.value)


@pytest.mark.parametrize("check", COMPARING)
@pytest.mark.parametrize("scene", ["empty", "all unknown", "no weight at all"])
def test_nothing_to_compare_is_inconclusive(finding, scene, check):
    found = finding(scene, check)
    assert found.outcome == "inconclusive"
    counted = ("events", "non_events")  # of people, whatever they weigh
    judged = [e for e in found.measured.estimates if e.grouping == "g" and e.name not in counted]
    assert not [e for e in judged if e.value is not None]


@pytest.mark.parametrize("check", [name for name in COMPARING if name not in SINGLE])
def test_one_group_is_compared_with_nobody(finding, check):
    found = finding("one group", check)
    assert (found.outcome, found.reason in ("estimate_undefined", "sample_too_small")) == ("inconclusive", True)


@pytest.mark.parametrize("check", COMPARING)
@pytest.mark.parametrize("scene", ["a group without outcomes", "a group of four", "a group without weight"])
def test_two_groups_that_are_equal_do_not_pass_for_a_third_that_is_not_known(finding, scene, check):
    measures_people = check == "fairness.group_sufficiency"  # too few is what it fails for
    assert finding(scene, check).outcome == ("fail" if measures_people else "inconclusive")


@pytest.mark.parametrize("check", ["fairness.false_positive_rate", "fairness.false_omission_rate"])
def test_a_group_with_only_positives_has_no_rate_of_the_negatives(finding, check):
    found = finding("a group with only positives", check)
    (undefined,) = (e for e in found.measured.estimates if e.undefined)
    assert (found.outcome, undefined.group, undefined.undefined_as) == ("inconclusive", "c", "sample_too_small")


@pytest.mark.parametrize("check", ["fairness.impact_ratio", "fairness.equal_opportunity", "fairness.predictive_parity"])
def test_where_nobody_is_favourable_there_is_no_ratio_and_no_pass(finding, check):
    assert finding("nobody favourable", check).outcome == "inconclusive"


@pytest.mark.parametrize(
    "check",
    [name for name in COMPARING if FITS[name] is AMOUNTS or name in ("fairness.scoring_ratio", "fairness.auc_parity",
     "fairness.standardised_mean_difference", "fairness.ranking_exposure", "fairness.score_distribution_gap")],
)  # fmt: skip
def test_scores_that_are_no_numbers_are_nobodys(finding, check):
    found = finding("no scores", check)
    assert found.outcome == "inconclusive"
    assert not [e for e in found.measured.estimates if e.value is not None]


@pytest.mark.parametrize("check", [name for name in COMPARING if name not in WITHOUT_INTERVAL])
def test_groups_of_the_same_people_are_equal(finding, check):
    found = finding("identical", check)
    assert found.outcome == "pass"
    for estimate in found.measured.estimates:
        if estimate.reference is not None:
            assert estimate.value == pytest.approx(float(estimate.shape == "ratio"), abs=1e-12)


@pytest.mark.parametrize("check", ["fairness.impact_ratio", "fairness.mean_absolute_error_ratio"])
def test_a_weight_below_zero_is_refused(tmp_path, check):
    with pytest.raises(DataError, match=r"the weight 'w' of d.parquet is -1 in row 1"):
        audited(tmp_path, TWO.assign(w=-1.0), [check], weight="w")


# One of each kind of evidence: cells, scores by group, sums by group.
@pytest.mark.parametrize(
    "check", ["fairness.impact_ratio", "fairness.auc_parity", "fairness.mean_absolute_error_ratio"]
)
def test_a_hundred_thousand_groups_are_refused(tmp_path, check):
    n = 100_000
    one = TWO.iloc[np.arange(n) % len(TWO)]
    with pytest.raises(DataError, match=r"the column 'g' has 100,000 different values as groups; at most 500") as found:
        audited(tmp_path, one.assign(g=[f"g{i}" for i in range(n)]), [check])
    assert "edges" in found.value.hint
