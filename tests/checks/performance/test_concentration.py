"""How concentrated the grades are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.performance.concentration import concentration
from assay.record.policy import Criterion, SmallGroups
from assay.stats.grades import concentration_p
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs, people_manifest

ORDER = ["A", "B", "C", "D"]
GRADE = {"grade": {"column": "g", "order": ORDER}}
VIEW = people_manifest(columns={**GRADE, "previous_grade": "h"})
NOW_ONLY = people_manifest(columns=GRADE)


def spread(rows, view=NOW_ONLY, **options):
    if view is VIEW:
        held = cells(("group:(grade)", "group:(previous grade)"), rows)
    else:
        held = cells(("group:(grade)",), [(each,) for each in rows])
    return measure(concentration, view, held, **options)


def outcome(measured, **criterion):
    criteria = (Criterion(source="guidance", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)


def test_the_index_and_its_interval():
    even = spread([g for g in ORDER for _ in range(100)]).estimates[0]
    assert even.value == pytest.approx(0, abs=1e-12)
    one = spread(["A"] * 400).estimates[0]
    assert one.value == 1.0
    assert one.interval.low < 0.99
    most = spread(["A"] * 300 + ["B"] * 50 + ["C"] * 30 + ["D"] * 20).estimates[0]
    shares = np.array([300, 50, 30, 20]) / 400
    assert most.value == pytest.approx(1 + np.log((shares**2).sum()) / np.log(4), abs=1e-12)
    assert most.interval.low < most.value < most.interval.high
    assert most.p_value is None


@pytest.mark.parametrize(("limit", "wanted"), [(0.3, "fail"), (0.6, "pass"), (0.45, "inconclusive")])
def test_a_limit_of_the_index_is_judged_by_its_interval(limit, wanted):
    measured = spread(["A"] * 270 + ["B"] * 60 + ["C"] * 40 + ["D"] * 30)
    assert outcome(measured, at_most=limit).outcome == wanted


def test_the_p_value_is_against_the_previous_grades_of_the_same_people():
    rows = [("A", g) for g in ORDER for _ in range(25)] + [("A", None)] * 50 + [(None, "A")]
    measured = spread(rows, VIEW)
    (found,) = measured.estimates
    assert found.p_value == pytest.approx(concentration_p([100, 0, 0, 0], [25, 25, 25, 25]), abs=1e-15)
    assert (found.value, found.n, measured.unknown) == (1.0, 150, {"grade": 1 / 151})


@pytest.mark.parametrize(("rows", "why"), [([], "nobody in"), ([None], "nobody in"), (["A", "Z"], "the grade 'Z'")])
def test_without_grades_there_is_no_index(rows, why):
    (found,) = spread(rows).estimates
    assert (found.value, why in found.undefined) == (None, True)


@given(st.lists(st.sampled_from(ORDER), min_size=1, max_size=60), st.randoms())
def test_the_order_of_rows_changes_nothing(grades, random):
    assert spread(random.sample(grades, len(grades))) == spread(grades)


def test_fewer_people_than_the_minimum_decide_nothing():
    found = outcome(spread([*ORDER] * 5), at_most=0.9)
    assert (found.outcome, found.reason) == ("inconclusive", "sample_too_small")


def test_what_it_needs():
    assert needs(concentration, manifest()).missing == ("data.test", "columns.grade")
    assert needs(concentration, NOW_ONLY).requests


@pytest.mark.parametrize("before", [True, False])
def test_from_a_file_to_the_finding(tmp_path, before):
    data = write_csv(tmp_path / "d.csv", ("h", "g"), [(g, "A") for g in ORDER for _ in range(40)])
    asked = control(check="performance.concentration", criterion={"significance": 0.05, "source": "guidance"})
    columns = {**GRADE, "previous_grade": "h"} if before else GRADE
    finding = finding_of(evaluate(tmp_path, data, columns, asked))
    assert finding.outcome == "inconclusive"
    assert (finding.measured.estimates[0].p_value is not None) == before
