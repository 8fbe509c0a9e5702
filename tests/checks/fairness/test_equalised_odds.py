"""Equalised odds: the larger gap of two rates, never of a rate that is not there."""

import pytest
from fairlearn.metrics import equalized_odds_difference
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.checks.fairness.equalised_odds import NAME, equalised_odds
from assay.evidence.cells import Cells
from auditing import control, evaluate, finding_of, people, write_csv
from builders import by_group, cells, measure, people_manifest

SEX = people_manifest("sex")
KEYS = ("label", "decision", "group:sex")
GOOD, BAD = "favourable", "unfavourable"


def rows_of(**groups):
    """People from name=(false positives, negatives, true positives, positives)."""
    return [
        (label, GOOD if place < yes else BAD, name)
        for name, (fp, negatives, tp, positives) in groups.items()
        for label, yes, n in ((BAD, fp, negatives), (GOOD, tp, positives))
        for place in range(n)
    ]


def measured_on(rows, view=SEX, **options):
    return measure(equalised_odds, view, cells(KEYS, rows), **options)


def largest(rows, **options):
    """The estimates of the check itself, by group; None is the grouping."""
    return {e.group: e for e in measured_on(rows, **options).estimates if e.name == NAME}


def raw(rows):
    truth, decided, group = ([row[at] for row in rows] for at in (0, 1, 2))
    return [int(x == GOOD) for x in truth], [int(x == GOOD) for x in decided], group


ROWS = rows_of(a=(20, 100, 60, 100), b=(50, 100, 80, 100), c=(30, 100, 70, 100))


def test_the_value_is_the_larger_gap_of_the_two_rates_and_comes_first():
    first, *rest = measured_on(ROWS).estimates
    assert (first.name, first.id, first.group, first.shape) == (NAME, f"{NAME}[sex]", None, "value")
    assert first.value == 0.3  # false positives, a against b; true positives differ by 0.2
    assert {e.name for e in rest} == {"true_positive_rate_difference", "false_positive_rate_difference"}
    assert len(rest) == 6
    assert {e.comparisons for e in rest} == {6}


def test_the_simultaneous_intervals_of_the_pairs_hold_for_both_rates():
    pair = next(e for e in measured_on(ROWS).estimates if e.name != NAME)
    assert pair.simultaneous.confidence == pytest.approx(1 - 0.05 / 6)


def test_against_a_fixed_group_only_its_gaps_count():
    found = largest(ROWS, p={"reference": "c"})[None]
    assert found.value == 0.2
    assert found.comparisons == 4


def test_the_interval_holds_the_value_and_the_one_for_all_is_no_wider_where_it_is_all():
    found = largest(ROWS)[None]
    assert found.interval.method == "max-t, 4000 bootstrap samples"
    assert 0.1 < found.interval.low < 0.3 < found.interval.high < 0.5
    assert found.simultaneous == found.interval
    assert largest(ROWS)[None] == found  # seeded by the counts


def test_rates_of_few_hits_are_bounded_by_newcombe_together():
    found = largest(rows_of(a=(0, 100, 60, 100), b=(3, 100, 80, 100)))[None]
    assert found.interval.method == "largest of Newcombe, Wilson, all together"
    assert found.interval.low > 0
    assert found.value == 0.2


def test_identical_groups_differ_by_nothing_and_the_interval_says_how_sure_that_is():
    found = largest(rows_of(a=(20, 100, 60, 100), b=(20, 100, 60, 100)))[None]
    assert (found.value, found.interval.low) == (0.0, 0.0)
    assert 0.1 < found.interval.high < 0.25


# Fairlearn gives such a group a rate of 0, and so an equalised odds difference of 1.0 or 0.8, without a warning.
@pytest.mark.parametrize("counts", [(20, 100, 0, 0), (0, 0, 80, 100)])
def test_a_group_without_positives_or_without_negatives_is_undefined_not_zero(counts):
    rows = rows_of(a=(20, 100, 80, 100), b=(25, 100, 75, 100), c=counts)
    found = largest(rows)
    assert equalized_odds_difference(*raw(rows)[:2], sensitive_features=raw(rows)[2]) >= 0.2
    assert found[None].value == 0.05
    assert (found["c"].value, found["c"].undefined_as) == (None, "sample_too_small")
    lacking = "true" if counts[3] == 0 else "false"
    assert found["c"].undefined == f"nobody of c counts towards the rate ({lacking} positive rate)"


def test_the_rate_that_such_a_group_has_is_still_compared():
    rows = rows_of(a=(20, 100, 80, 100), b=(25, 100, 75, 100), c=(90, 100, 0, 0))
    assert largest(rows)[None].value == 0.7


def test_with_two_groups_of_which_one_lacks_a_rate_nothing_is_said():
    found = largest(rows_of(a=(20, 100, 80, 100), c=(90, 100, 0, 0)))
    assert {key: one.value for key, one in found.items()} == {None: None, "c": None}
    assert "true positive rate" in found[None].undefined


@pytest.mark.parametrize(
    "rows",
    [[], rows_of(a=(20, 100, 80, 100)), rows_of(a=(2, 9, 3, 9), b=(1, 9, 3, 9)), [(GOOD, GOOD, None)] * 50],
    ids=["nobody", "one group", "all small", "unknown"],
)
def test_what_cannot_be_compared_is_undefined_with_a_sentence(rows):
    found = largest(rows)
    assert found[None].value is None
    assert found[None].undefined.startswith("sex: ")


def test_a_small_group_has_an_estimate_of_its_own_by_exact_intervals():
    found = largest(rows_of(a=(20, 100, 60, 100), b=(25, 100, 62, 100), c=(9, 10, 5, 10)))
    assert found[None].value == 0.05
    assert found["c"].value == pytest.approx(0.7)
    assert found["c"].n == 10
    assert found["c"].share == 20 / 420
    assert found["c"].interval.method == "largest of Clopper-Pearson, all together"
    # 2 of the 6 comparisons are of the others; they have that share of the level
    assert found[None].interval.confidence == 0.95
    assert found[None].simultaneous.confidence == pytest.approx(1 - 0.05 * 2 / 6)
    assert found["c"].simultaneous.confidence == pytest.approx(1 - 0.05 * 4 / 6)


def test_where_the_point_decides_groups_of_every_size_are_compared_alike():
    rows = rows_of(a=(20, 100, 60, 100), b=(25, 100, 62, 100), c=(9, 10, 5, 10))
    found = largest(rows, decide_on="estimate")
    assert set(found) == {None}
    assert found[None].value == pytest.approx(
        equalized_odds_difference(*raw(rows)[:2], sensitive_features=raw(rows)[2])
    )
    assert found[None].n == 10


outcome = st.sampled_from([GOOD, BAD])
crowd = st.lists(st.tuples(outcome, outcome, st.sampled_from("abc")), min_size=4, max_size=120)


@settings(max_examples=40, deadline=None)
@given(crowd)
def test_the_value_is_that_of_fairlearn_where_every_group_has_both_outcomes(rows):
    groups = {row[2] for row in rows}
    assume(len(groups) > 1)
    assume(len({(row[0], row[2]) for row in rows}) == 2 * len(groups))
    found = largest(rows, minimum=1)
    truth, decided, group = raw(rows)
    again = equalized_odds_difference(truth, decided, sensitive_features=group, method="between_groups")
    assert set(found) == {None}
    assert found[None].value == pytest.approx(again, abs=1e-12)
    assert found[None].interval.low <= found[None].value <= found[None].interval.high


@settings(max_examples=25, deadline=None)
@given(crowd, st.randoms(), st.sampled_from(["highest", "largest"]))
def test_the_order_of_rows_and_the_names_of_groups_change_nothing(rows, random, reference):
    options = {"minimum": 1, "p": {"reference": reference}}
    before = measured_on(rows, **options)
    assert measured_on(random.sample(rows, len(rows)), **options) == before
    named = largest([(*row[:2], {"a": "x", "b": "y", "c": "z"}[row[2]]) for row in rows], **options)
    told = [(e.value, e.interval, e.simultaneous) for e in before.estimates if e.name == NAME]
    assert [(e.value, e.interval, e.simultaneous) for e in named.values()] == told


def test_names_in_another_order_give_the_same_interval():
    turned = [(*row[:2], {"a": "z", "b": "x", "c": "y"}[row[2]]) for row in ROWS]
    assert largest(turned)[None] == largest(ROWS)[None]


WEIGHTED = people_manifest("sex", columns={**SEX.columns.model_dump(mode="json", exclude_none=True), "weight": "w"})


def weighted(by):
    plain = cells(KEYS, ROWS)
    sums = tuple(n * by * (1.5 if row[1] == GOOD else 1.0) for row, n in zip(plain.rows, plain.counts, strict=True))
    squares = tuple(w * w / n for w, n in zip(sums, plain.counts, strict=True))
    given = Cells(plain.keys, plain.rows, plain.counts, sums, squares)
    return measure(equalised_odds, WEIGHTED, given).estimates[0]


def test_weights_are_honoured_and_their_scale_changes_nothing():
    found = weighted(1.0)
    rates = [1.5 * k / (1.5 * k + 100 - k) for k in (20, 50)]
    assert found.value == pytest.approx(rates[1] - rates[0], abs=1e-12)
    for scale in (0.01, 1e5):
        assert weighted(scale).value == pytest.approx(found.value, abs=1e-12)
        assert weighted(scale).interval.high == pytest.approx(found.interval.high, rel=1e-9)


COLUMNS = {
    "label": {"column": "label", "favourable": "yes"},
    "decision": {"column": "decision", "favourable": "yes"},
    "groups": {"group": {"column": "group"}},
}


def audited(tmp_path, limit, *groups, **criterion):
    """Groups from (name, false positives, negatives, true positives, positives)."""
    rows = [
        (name, label, decision, n)
        for name, fp, negatives, tp, positives in groups
        for label, decision, n in (
            ("no", "yes", fp), ("no", "no", negatives - fp), ("yes", "yes", tp), ("yes", "no", positives - tp),
        )
    ]  # fmt: skip
    data = write_csv(tmp_path / "d.csv", *people(*rows, header=("group", "label", "decision")))
    asked = control(check="fairness.equalised_odds", criterion={"at_most": limit, "source": "house", **criterion})
    return evaluate(tmp_path, data, COLUMNS, asked)


@pytest.mark.parametrize(("hits", "outcome"), [(70, "pass"), (69, "fail")])
def test_at_the_threshold_it_passes_and_beyond_it_fails(tmp_path, hits, outcome):
    groups = ("a", 20, 100, 80, 100), ("b", 25, 100, hits, 100)
    assert finding_of(audited(tmp_path, 0.1, *groups, decide_on="estimate")).outcome == outcome


@pytest.mark.parametrize(
    ("hits", "outcome", "reason"),
    [(2400, "pass", None), (2130, "inconclusive", "interval_straddles"), (1900, "fail", None)],
)
def test_the_interval_decides_and_may_leave_it_open(tmp_path, hits, outcome, reason):
    finding = finding_of(audited(tmp_path, 0.1, ("a", 600, 3000, 2400, 3000), ("b", 610, 3000, hits, 3000)))
    assert (finding.outcome, finding.reason) == (outcome, reason)
    (judged,) = finding.judgements
    assert judged.estimate == f"{NAME}[group]"
    assert judged.sentence.startswith("Equalised odds difference (group) is ")


def test_a_group_without_a_rate_leaves_the_control_open_and_a_proved_gap_fails_it(tmp_path):
    open_ = finding_of(
        audited(tmp_path, 0.1, ("a", 600, 3000, 2400, 3000), ("b", 610, 3000, 2410, 3000), ("c", 600, 3000, 0, 0))
    )
    assert (open_.outcome, open_.reason) == ("inconclusive", "sample_too_small")
    failed = finding_of(
        audited(tmp_path, 0.1, ("a", 600, 3000, 2400, 3000), ("b", 1610, 3000, 2410, 3000), ("c", 600, 3000, 0, 0))
    )
    assert failed.outcome == "fail"


def test_a_small_group_never_passes_and_fails_only_where_it_is_proved(tmp_path):
    large = ("a", 600, 3000, 2400, 3000), ("b", 610, 3000, 2410, 3000)
    finding = finding_of(audited(tmp_path, 0.1, *large, ("c", 5, 25, 20, 25)))
    assert (finding.outcome, finding.reason) == ("inconclusive", "sample_too_small")
    assert finding_of(audited(tmp_path, 0.1, *large, ("c", 25, 25, 20, 25))).outcome == "fail"


def test_both_rates_are_computed_again(tmp_path):
    second = audited(tmp_path, 0.1, ("a", 20, 100, 60, 100), ("b", 50, 100, 80, 100)).audit.second_computation
    assert (second.compared, second.agrees, second.left_out) == (2, True, ())


def test_both_tables_of_a_grouping_have_a_name_of_their_own():
    assert [table.name for table in measured_on(ROWS).exhibits] == [
        "true_positive_rates[sex]",
        "false_positive_rates[sex]",
    ]


def test_the_larger_gap_may_be_that_of_intersections():
    view = people_manifest("sex", "band")
    rows = [(*row[:2], *pair) for name, pair in (("a", ("f", "old")), ("b", ("m", "old")), ("c", ("f", "young")))
            for row in ROWS if row[2] == name]  # fmt: skip
    given = cells((*KEYS, "group:band"), rows)
    found = measure(equalised_odds, view, given, p={"groups": ("sex", "sex*band")}).estimates
    assert {e.id: e.value for e in found if e.name == NAME} == {
        f"{NAME}[sex]": pytest.approx(0.25), f"{NAME}[sex*band]": 0.3
    }  # fmt: skip
    assert by_group(measured_on(ROWS))[None].value == 0.3


@pytest.mark.parametrize(
    ("tolerated", "outcome", "reason"), [(0.01, "pass", None), (0.001, "inconclusive", "sample_too_small")]
)
def test_a_tiny_intersection_is_tolerated_as_far_as_the_policy_says(tmp_path, tolerated, outcome, reason):
    counts = {
        ("f", "old"): (600, 2410),
        ("m", "old"): (610, 2400),
        ("f", "young"): (605, 2405),
        ("m", "young"): (3, 12),
    }
    rows = []
    for pair, (fp, tp) in counts.items():
        n = 3000 if fp > 100 else 15
        rows += [(*pair, "no", "yes", fp), (*pair, "no", "no", n - fp), (*pair, "yes", "yes", tp)]
        rows += [(*pair, "yes", "no", n - tp)]
    data = write_csv(tmp_path / "d.csv", *people(*rows, header=("sex", "band", "label", "decision")))
    columns = {**COLUMNS, "groups": {"sex": {"column": "sex"}, "band": {"column": "band"}}}
    share = {"small_groups": {"maximum_unassessed": tolerated}}
    asked = control(check="fairness.equalised_odds", criterion={"at_most": 0.05, "source": "house"},
                    **share, **{"with": {"groups": ["sex*band"]}})  # fmt: skip
    finding = finding_of(evaluate(tmp_path, data, columns, asked))
    assert (finding.outcome, finding.reason) == (outcome, reason)
