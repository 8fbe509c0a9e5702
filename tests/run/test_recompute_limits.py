"""Analyses are made again from the bundle; tables of groups without end are left out, and soon."""

import random
import time

import pytest

from assay.checks.fairness.significance import Parameters, significance
from assay.evidence.view import SubjectView
from assay.run import evidence_again as limits
from assay.run.recompute import recompute
from auditing import write_csv
from builders import cells, decided, needs, people_manifest
from recorded import control, recorded

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "decision": {"column": "d", "favourable": 1},
    "groups": {"sex": {"column": "sex"}, "race": {"probabilities": {"a": "pa", "b": "pb"}}},
    "strata": {"job": {"column": "job"}},
}
CONTROLS = {
    "RATIO": ("fairness.impact_ratio", {"at_least": 0.8}, {"groups": ["sex"]}),
    "WITHIN": ("fairness.conditional_disparity", {"reported": True}, {"groups": ["sex"]}),
    "MEANS": ("fairness.standardised_mean_difference", {"reported": True}, {"groups": ["sex"]}),
    "SPREAD": ("fairness.score_distribution_gap", {"reported": True}, {"groups": ["sex"]}),
    "UNSURE": ("fairness.uncertain_impact_ratio", {"reported": True}, {}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder, draw = tmp_path_factory.mktemp("limits"), random.Random(5)
    rows = []
    for place in range(900):
        sex, share = "mf"[place % 2], draw.random()
        score = round(draw.betavariate(3, 4 if sex == "f" else 2), 2)
        rows.append((int(draw.random() < score), score, int(score > 0.5), sex, draw.choice("12"), share, 1 - share))
    write_csv(folder / "test.csv", ("y", "p", "d", "sex", "job", "pa", "pb"), rows)
    controls = [control(name, *asked) for name, asked in CONTROLS.items()]
    return recorded(folder, controls, columns=COLUMNS, data={"test": {"path": "test.csv"}})


def named(audit, role):
    return next(one.path for one in audit.evidence if one.role == role)


def finding(audit, name):
    return next(each for each in audit.findings if each.control == name)


def with_finding(audit, name, **update):
    found = tuple(each.model_copy(update=update) if each.control == name else each for each in audit.findings)
    return audit.model_copy(update={"findings": found})


def test_an_analysis_is_made_again_to_the_same(made):
    audit, tables = made
    assert len(finding(audit, "RATIO").mitigation[0].rows) == 3
    found = recompute(audit, tables)
    assert (found.differences, found.left_out) == ((), ())


def test_an_analysis_that_was_changed_or_taken_away_is_found(made):
    audit, tables = made
    (exhibit,) = finding(audit, "RATIO").mitigation
    better = exhibit.model_copy(update={"rows": (exhibit.rows[0], ("Magic", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 900))})
    for mitigation in ((better,), (), (exhibit, better)):
        found = recompute(with_finding(audit, "RATIO", mitigation=mitigation), tables)
        assert found.left_out == ()
        assert all(one.startswith("p/RATIO: the") for one in found.differences)
        assert found.differences
    invented = recompute(with_finding(audit, "MEANS", mitigation=(exhibit,)), tables)
    assert invented.differences[0].startswith("p/MEANS: the names of the exhibits")


def test_an_analysis_of_other_versions_is_left_out_and_said(made):
    audit, tables = made
    other = audit.model_copy(update={"versions": {**audit.versions, "fairlearn": "0.0.1"}})
    found = recompute(other, tables)
    assert found.differences == ()
    assert found.left_out[0] == (
        "p/RATIO: its analysis of what other decisions could reach: it was made with another version of fairlearn"
    )


def of_scores(n):
    lines = "".join(f"g{place:06d},,,,,0\ng{place:06d},0.5,20,20,0,\n" for place in range(n))
    return f"group:sex,probability,events: y = 1,nonevents,unlabelled,unscored\n{lines}"


def of_moments(n):
    lines = "".join(f"g{place:06d},40,0,0,,,0.0,10.0,0.0,10.0\n" for place in range(n))
    return f"group:sex,people,unlabelled,unscored,centre,unit,t,t2,t3,t4\n,,,,0.5,0.5,,,,\n{lines}"


def of_probabilities(n):
    names = [f"g{place:06d}" for place in range(n)]
    groups = "".join(f"{name},,,,,\n" for name in names)
    bins = "".join(f"{name},0,favourable,{n},1.0,{1 / n!r}\n" for name in names)
    return f"group,bin,decision,people,probability,square\n{groups},,undecided,0,,\n,,unknown,0,,\n{bins}"


@pytest.mark.parametrize(
    ("name", "path", "table"),
    [
        ("SPREAD", "evidence/group-scores-test-2.csv", of_scores),
        ("MEANS", "evidence/moments-test.csv", of_moments),
    ],
)
def test_groups_without_end_are_left_out_whatever_the_table(made, name, path, table):
    audit, tables = made
    begun = time.perf_counter()
    found = recompute(audit, {**tables, path: table(1500).encode()})
    assert f"p/{name}: 1500 groups are more than are compared again" in found.left_out
    assert time.perf_counter() - begun < 30
    few = recompute(audit, {**tables, path: table(3).encode()})
    assert any(one.startswith(f"p/{name}: ") for one in few.differences), "the table is read, and its groups compared"


def test_groups_that_the_manifest_does_not_declare_are_refused_at_once(made):
    audit, tables = made
    begun = time.perf_counter()
    forged = {**tables, "evidence/uncertain-test.csv": of_probabilities(20_000).encode()}
    (told,) = recompute(audit, forged).differences
    assert told.startswith("p/UNSURE: ")
    assert told.endswith("its groups are not those the manifest declares")
    assert time.perf_counter() - begun < 10


def test_ranked_lists_that_the_manifest_does_not_declare_are_refused(made):
    audit, tables = made
    lines = "".join(f"{sex},{place:02x},40,0,0,,,0.0,10.0,0.0,10.0\n" for sex in "fm" for place in range(20))
    forged = f"group:sex,query,people,unlabelled,unscored,centre,unit,t,t2,t3,t4\n,,,,,0.5,0.5,,,,\n{lines}".encode()
    (told,) = recompute(audit, {**tables, "evidence/moments-test.csv": forged}).differences
    assert told.startswith("p/MEANS: ")
    assert told.endswith("its ranked lists are not those the manifest declares")


def test_pairs_in_strata_without_end_are_left_out(made):
    audit, tables = made
    begun = time.perf_counter()
    lines = "".join(f"favourable,{job:03d},{sex:03d},40\n" for job in range(300) for sex in range(300))
    table = f"decision,group:job,group:sex,n\n{lines}".encode()
    found = recompute(audit, {**tables, "evidence/cells-test.csv": table})
    assert "p/WITHIN: computing all controls again takes more work than is done" in found.left_out
    assert time.perf_counter() - begun < 30


def test_boschloos_test_counts_for_the_seconds_it_takes(made):
    audit, _ = made
    sex = people_manifest("sex")
    asked = needs(significance, sex)
    table = cells(("decision", "group:sex"), decided(a=(1, 2), b=(1, 2), c=(1, 2)))
    spent = {}
    for test in ("auto", "boschloo"):
        again = limits.EvidenceAgain(audit, SubjectView(sex), {}, {asked.requests[0]: table})
        again.spend(asked, Parameters(test=test), finding(audit, "RATIO"))
        spent[test] = again.work
    assert spent["boschloo"] - spent["auto"] == 20_000_000


def test_work_on_analyses_counts_as_well(made, monkeypatch):
    audit, tables = made
    spent = limits.EvidenceAgain.spend_on_thresholds

    def none_left(self, asked):
        self.work = limits.MOST_WORK
        spent(self, asked)

    monkeypatch.setattr(limits.EvidenceAgain, "spend_on_thresholds", none_left)
    found = recompute(audit, tables)
    what = "its analysis of what other decisions could reach"
    assert f"p/RATIO: {what}: computing all controls again takes more work than is done" in found.left_out
