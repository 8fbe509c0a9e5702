"""DeLong, DeLong and Clarke-Pearson 1988: three scores of 43 patients of ovarian cancer, as SAS prints their data."""

import numpy as np
import pytest

from assay.checks.performance.auc import auc as check
from assay.stats.auc import auc
from builders import measure, people_manifest, scores

# albumin, total protein, Krebs-Goplerud score, whether the patient was to be operated on
PATIENTS = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1  3.8 5.7 5 1
3.7 6.7 6 1   3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0
4.0 6.6 6 0   3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1
4.3 6.5 4 1   3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1
2.9 5.7 9 0   2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
"""
ROWS = np.array(PATIENTS.split(), float).reshape(-1, 4)
LABEL = ROWS[:, 3].astype(int)


@pytest.mark.parametrize(
    ("score", "area", "error"),
    [(-ROWS[:, 2], 0.725806, 0.102822), (ROWS[:, 0], 0.736559, 0.092694), (ROWS[:, 1], 0.647849, 0.100047)],
    ids=["Krebs-Goplerud", "albumin", "total protein"],
)
def test_the_printed_areas_and_standard_errors_are_reproduced(score, area, error):
    table = scores(score, LABEL, probability=False)
    found = auc(table.events, table.nonevents)
    assert (found.events, found.nonevents) == (31, 12) or (found.events, found.nonevents) == (12, 31)
    assert found.value == pytest.approx(area, abs=5e-7)
    assert found.variance**0.5 == pytest.approx(error, abs=5e-7)
    measured, gini = measure(check, people_manifest(), table).estimates
    assert (measured.value, gini.value) == (found.value, 2 * found.value - 1)
