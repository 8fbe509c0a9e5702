"""Section 6 of the architecture, sentence by sentence, through the real loader, engine, checks and verdict."""

from hashlib import sha256

import pytest

from assay.errors import AssayError
from auditing import DECIDED, control, estimates_of, evaluate, finding_of, people, write_csv


def audited(tmp_path, *groups, **more):
    header, rows = people(*groups)
    return finding_of(evaluate(tmp_path, write_csv(tmp_path / "d.csv", header, rows), DECIDED, control(**more)))


def rates(**groups):
    return [(g, d, n) for g, (k, m) in groups.items() for d, n in (("yes", k), ("no", m - k)) if n]


def test_nobody_of_25_against_half_of_5000_is_a_fail_not_too_small(tmp_path):
    assert audited(tmp_path, *rates(few=(0, 25), many=(2500, 5000))).outcome == "fail"


def test_a_reference_group_approved_at_ten_percent_beside_one_at_fifty_is_a_fail(tmp_path):
    finding = audited(tmp_path, *rates(a=(100, 1000), b=(500, 1000)), **{"with": {"reference": "a"}})
    assert finding.outcome == "fail"
    assert finding.measured.estimates[0].value == pytest.approx(5.0)
    one_sided = {"at_least": 0.8, "source": "convention", "sides": "one"}
    finding = audited(
        tmp_path, *rates(a=(100, 1000), b=(500, 1000)), criterion=one_sided, **{"with": {"reference": "a"}}
    )
    assert finding.outcome == "pass"


def test_two_of_five_against_eight_of_25_is_exactly_four_fifths(tmp_path):
    criterion = {"at_least": 0.8, "source": "regulation", "decide_on": "estimate"}
    finding = audited(tmp_path, *rates(a=(2, 5), b=(8, 25)), criterion=criterion)
    assert finding.outcome == "pass"
    assert audited(tmp_path, *rates(a=(2, 5), b=(7999, 25000)), criterion=criterion).outcome == "fail"


def test_no_disparity_at_all_among_five_groups_of_200_is_not_a_fail(tmp_path):
    finding = audited(tmp_path, *rates(a=(60, 200), b=(60, 200), c=(60, 200), d=(60, 200), e=(47, 200)))
    assert finding.outcome == "inconclusive"
    assert finding.reason == "interval_straddles"


def test_a_real_gap_on_forty_people_is_not_a_pass_and_says_how_many_would_decide(tmp_path):
    finding = audited(tmp_path, *rates(a=(30, 40), b=(32, 40)))
    assert (finding.outcome, finding.reason) == ("inconclusive", "interval_straddles")
    assert finding.judgements[0].people_to_decide > 40


def test_a_small_group_is_never_the_reference_and_never_passes(tmp_path):
    finding = audited(tmp_path, *rates(big=(700, 1000), other=(720, 1000), tiny=(10, 10)))
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")
    assert {e.reference for e in finding.measured.estimates} <= {"big", "other"}


def test_a_named_reference_under_the_minimum_makes_the_grouping_inconclusive(tmp_path):
    finding = audited(tmp_path, *rates(big=(700, 1000), tiny=(10, 10)), **{"with": {"reference": "tiny"}})
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")


def test_a_named_reference_which_the_data_lack_is_missing_evidence(tmp_path):
    finding = audited(tmp_path, *rates(a=(700, 1000), b=(700, 1000)), **{"with": {"reference": "c"}})
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")


@pytest.mark.parametrize(
    "groups", [{"a": (0, 500), "b": (0, 500)}, {"a": (500, 1000)}, {"a": (5, 10), "b": (3, 10)}], ids=str
)
def test_nothing_to_compare_is_inconclusive_never_a_pass(tmp_path, groups):
    assert audited(tmp_path, *rates(**groups)).outcome == "inconclusive"


def test_people_of_unknown_group_are_counted_and_neither_judged_nor_the_reference(tmp_path):
    rows = [*rates(a=(500, 1000), b=(500, 1000)), ("", "yes", 50)]
    finding = audited(tmp_path, *rows)
    assert finding.outcome == "pass"
    assert finding.measured.unknown == {"group": pytest.approx(50 / 2050)}
    assert audited(tmp_path, *rows, ("", "yes", 60)).reason == "evidence_missing"
    grouped = audited(tmp_path, *rows, **{"with": {"missing": "group"}})
    assert ("group", "(unknown)") in estimates_of(grouped, headline=False) or any(
        e.reference == "(unknown)" for e in grouped.measured.estimates
    )


def test_a_missing_decision_is_in_no_denominator_and_above_the_limit_inconclusive(tmp_path):
    few = [*rates(a=(500, 1000), b=(500, 1000)), ("a", "", 50)]
    finding = audited(tmp_path, *few)
    assert finding.outcome == "pass"
    assert {e.denominator for e in finding.measured.estimates} == {1000}
    assert finding.measured.undecided == pytest.approx(50 / 2050)
    assert audited(tmp_path, *few, ("b", "", 100)).outcome == "inconclusive"


def test_the_simultaneous_interval_is_wider_and_counts_every_comparison(tmp_path):
    finding = audited(tmp_path, *rates(a=(500, 1000), b=(500, 1000), c=(480, 1000)))
    for estimate in finding.measured.estimates:
        assert estimate.comparisons == 3
        assert estimate.simultaneous.low < estimate.interval.low
        assert estimate.simultaneous.confidence == pytest.approx(1 - 0.05 / 3)


def test_shuffled_rows_give_identical_estimates(tmp_path):
    header, rows = people(*rates(a=(450, 1000), b=(500, 1000), c=(3, 40)))
    estimates = []
    for name, order in (("one", rows), ("two", rows[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        result = evaluate(folder, write_csv(folder / "d.csv", header, order), DECIDED, control())
        estimates.append(finding_of(result).measured)
    assert estimates[0] == estimates[1]


def test_two_audits_with_the_same_clock_are_identical(tmp_path):
    header, rows = people(*rates(a=(450, 1000), b=(500, 1000)))
    data = write_csv(tmp_path / "d.csv", header, rows)
    first, second = (evaluate(tmp_path, data, DECIDED, control()).audit for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()


def test_one_direction_against_the_highest_group_would_ask_for_nothing_and_is_refused(tmp_path):
    criterion = {"at_most": 1.25, "source": "convention", "sides": "one"}
    with pytest.raises(AssayError, match="needs a fixed reference"):
        audited(tmp_path, *rates(a=(100, 1000), b=(500, 1000)), criterion=criterion)


@pytest.mark.parametrize("key", ["weight", "entity"])
def test_a_check_that_does_not_honour_weights_or_entities_does_not_measure_as_if_there_were_none(tmp_path, key):
    rows = [row for n, row in ((90, ("f", "yes", 1)), (10, ("f", "no", 9)), (90, ("m", "yes", 2))) for _ in range(n)]
    data = write_csv(tmp_path / "d.csv", ("group", "decision", "w"), rows)
    papers = {"id": "PAPERS", "title": "Digests", "check": "governance.digests",
              "criterion": {"equals": 1, "source": "house"}}  # fmt: skip
    digest = "sha256:" + sha256(data.read_bytes()).hexdigest()
    drift = control(check="data.drift", criterion={"at_most": 0.25, "source": "house"}, **{"with": {"columns": ["w"]}})
    both = {role: {"path": "d.csv", "digest": digest} for role in ("train", "test")}
    result = evaluate(tmp_path, data, {**DECIDED, key: "w"}, drift, papers, manifest={"data": both})
    finding = finding_of(result)
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
    assert finding.sentence.startswith("Not there: rows that data.drift can measure: it does not honour ")
    assert f"(columns.{key})" in finding.sentence
    assert finding_of(result, "PAPERS").outcome == "pass"
