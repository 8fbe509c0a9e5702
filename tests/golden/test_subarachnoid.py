"""Turck et al. 2010, Robin et al. 2011: 113 patients of a subarachnoid haemorrhage, 41 with a poor outcome.

The rows come with the R package pROC and are not here. What is: how many patients of each outcome had each of the five
WFNS grades, which the coordinates of the curve give that the package's tests print (xrobin/pROC, tests/testthat,
helper-coords-expected.R). The area, its variance and its interval need no more. The paired test of two scores of the
same patients needs rows, and is not repeated.
"""

import numpy as np
import pytest

from assay.checks.performance.auc import auc as check
from assay.stats.auc import auc
from builders import measure, people_manifest, scores

POOR = np.array([2, 12, 1, 8, 18])
GOOD = np.array([37, 20, 3, 8, 4])
"""By grade, the best first."""
AREA = 0.823678861788618
Z = 1.959963984540054


def test_the_printed_area_variance_and_interval_of_delong_are_reproduced():
    found = auc(POOR, GOOD)
    assert (found.events, found.nonevents) == (41, 72)
    # tests/testthat: test-var.R, test-ci.auc.R
    assert (found.value, found.variance) == pytest.approx((AREA, 0.00146991470882363), abs=1e-14)
    half = Z * found.variance**0.5  # pROC's interval is on the scale of the area itself
    limits = (found.value - half, found.value + half)
    assert limits == pytest.approx((0.748534887819453, 0.898822835757783), abs=1e-12)


def test_the_check_measures_the_same_area_and_its_interval_on_the_logit_holds_it():
    grades = np.arange(len(POOR))
    score = np.concatenate([np.repeat(grades, POOR), np.repeat(grades, GOOD)])
    found, _ = measure(
        check, people_manifest(), scores(score, np.repeat([1, 0], [41, 72]), probability=False)
    ).estimates
    assert found.value == pytest.approx(AREA, abs=1e-14)
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.method == "DeLong (logit)"
