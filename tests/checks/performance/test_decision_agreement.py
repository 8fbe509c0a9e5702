import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from assay.checks.performance.decision_agreement import decision_agreement
from assay.evidence.request import CellsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs
from subjects import value, with_data

LEVELS = {1: "favourable", 0: "unfavourable", None: None}
COLUMNS = {
    "label": {"column": "y", "favourable": 0},
    "decision": {"column": "d", "favourable": 1},
    "champion": {"decision": {"column": "c", "favourable": 1}},
}


def view(**changed):
    columns = {name: of for name, of in {**COLUMNS, **changed}.items() if of is not None}
    return manifest(columns=columns, data={"test": {"path": "test.csv"}})


VIEW, UNLABELLED = view(), view(label=None)
rows = st.lists(st.tuples(*3 * [st.sampled_from([0, 1, None])]), max_size=60)


def measured(people, given_view=VIEW, **options):
    """From people (label, decision, decision of the champion): 1 is favourable."""
    levels = [tuple(LEVELS[each] for each in one) for one in people]
    if given_view is UNLABELLED:
        return measure(decision_agreement, given_view, cells(("decision", "champion decision"), levels), **options)
    return measure(decision_agreement, given_view, cells(("label", "decision", "champion decision"), levels), **options)


def named(found):
    return {estimate.name: estimate for estimate in found.estimates}


def people(*counts):
    return [row[:-1] for row in counts for _ in range(row[-1])]


SWAPS = people((1, 1, 1, 500), (0, 0, 0, 300), (1, 1, 0, 60), (0, 1, 0, 20), (1, 0, 1, 30), (0, 0, 1, 90))


def test_it_asks_for_both_decisions_and_says_what_is_missing():
    keys = ("label", "decision", "champion decision")
    assert needs(decision_agreement, VIEW).requests == (CellsRequest("test", keys),)
    assert needs(decision_agreement, UNLABELLED).requests == (CellsRequest("test", keys[1:]),)
    assert needs(decision_agreement, view(champion=None)).missing == ("columns.champion.decision",)
    assert needs(decision_agreement, view(decision=None)).missing == ("columns.decision",)


def test_the_swap_set_is_counted_and_told_apart_by_what_happened():
    found = named(measured(SWAPS))
    shares = {name: (found[name].numerator, found[name].denominator) for name in found if found[name].numerator}
    assert shares == {
        "decision_agreement": (800, 1000), "newly_favourable": (80, 1000), "newly_unfavourable": (120, 1000),
        "newly_favourable_event_rate": (20, 80), "newly_unfavourable_event_rate": (90, 120),
    }  # fmt: skip
    assert found["accuracy_difference"].value == pytest.approx((60 + 90 - 20 - 30) / 1000)
    assert all(found[name].interval.low < found[name].value < found[name].interval.high for name in found)


@given(rows)
def test_every_number_is_that_of_the_rows(drawn):
    found = named(measured(drawn))
    both = [(y, d, c) for y, d, c in drawn if None not in (d, c)]
    known = [(y, d, c) for y, d, c in both if y is not None]
    if both:
        assert found["decision_agreement"].value == np.mean([d == c for _, d, c in both])
    else:
        assert found["decision_agreement"].undefined_as == "evidence_missing"
    if known:
        table = np.zeros((2, 2))
        for y, d, c in known:
            table[int(d != y), int(c != y)] += 1
        difference = found["accuracy_difference"]
        assert difference.value == pytest.approx((table[0, 1] - table[1, 0]) / len(known))
        assert difference.p_value == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-12)
        assert difference.interval.low < difference.interval.high
    newly = [y for y, d, c in known if (d, c) == (1, 0)]
    if newly:
        assert found["newly_favourable_event_rate"].value == newly.count(0) / len(newly)
    else:
        assert found["newly_favourable_event_rate"].value is None


def test_mcnemar_of_the_approval_ratings_of_agresti():
    # Agresti 1990, p. 350: 794 approve twice, 150 only at first, 86 only later, 570 never
    approved = people((1, 1, 1, 794), (1, 1, 0, 150), (1, 0, 1, 86), (1, 0, 0, 570))
    found = named(measured(approved))["accuracy_difference"]
    assert found.value == pytest.approx(0.04)
    assert found.p_value == pytest.approx(mcnemar([[794, 150], [86, 570]], exact=True).pvalue, rel=1e-12)
    assert found.p_value == pytest.approx(3.716e-05, rel=1e-3)  # R: binom.test(86, 236)


@given(rows, st.randoms())
def test_the_order_of_people_changes_nothing(drawn, random):
    assert measured(random.sample(drawn, len(drawn))) == measured(drawn)


def test_without_labels_the_swap_set_is_counted_and_what_needs_them_is_undefined():
    found = named(measured([one[1:] for one in SWAPS], UNLABELLED))
    assert found["newly_favourable"].value == 0.08
    undefined = {name: (e.undefined, e.undefined_as) for name, e in found.items() if e.value is None}
    assert set(undefined) == {"accuracy_difference", "newly_favourable_event_rate", "newly_unfavourable_event_rate"}
    assert set(undefined.values()) == {("the manifest declares no label", "evidence_missing")}


def test_the_same_decisions_have_an_empty_swap_set_which_has_no_event_rate():
    found = named(measured(people((1, 1, 1, 50), (0, 0, 0, 50))))
    assert found["decision_agreement"].value == 1.0
    assert found["decision_agreement"].interval.low < 1
    assert (found["accuracy_difference"].value, found["accuracy_difference"].p_value) == (0.0, 1.0)
    assert found["newly_favourable_event_rate"].undefined == "nobody with a label is newly favourable"


@pytest.mark.parametrize("given_", [[], people((1, None, 1, 9), (1, 1, None, 9))], ids=["no rows", "no pair"])
def test_nobody_with_both_decisions_is_no_agreement(given_):
    found = measured(given_)
    assert {e.undefined_as for e in found.estimates} == {"evidence_missing"}
    assert concluded(found, at_least=0.5).reason == "evidence_missing"


def concluded(found, **criterion):
    criterion = Criterion(**criterion, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=found)


def test_the_interval_decides_on_both_sides_of_the_threshold():
    found = measured(SWAPS)
    low, high = (getattr(named(found)["decision_agreement"].interval, end) for end in ("low", "high"))
    assert concluded(found, at_least=low - 1e-9).outcome == "pass"
    assert concluded(found, at_least=low + 1e-9).reason == "interval_straddles"
    assert concluded(found, at_least=high + 1e-9).outcome == "fail"
    assert concluded(found, estimate="accuracy_difference", above=0.0).outcome == "pass"


BETTER = people((1, 1, 1, 500), (0, 0, 0, 300), (1, 1, 0, 90), (1, 0, 1, 10))
WORSE = people((1, 1, 1, 500), (0, 0, 0, 300), (1, 1, 0, 10), (1, 0, 1, 90))


def test_a_challenger_that_is_significantly_better_does_not_fail():
    asked = {"estimate": "accuracy_difference", "significance": 0.05}
    better, worse = measured(BETTER), measured(WORSE)
    assert named(better)["accuracy_difference"].p_value == named(worse)["accuracy_difference"].p_value < 1e-9
    assert concluded(worse, **asked).outcome == "fail"
    assert concluded(better, **asked).outcome == "inconclusive"
    assert concluded(better, **asked, margin=0.01).outcome == "pass"
    assert concluded(worse, **asked, margin=0.01).outcome == "fail"


@pytest.mark.parametrize(("n", "method"), [(29, "beta"), (30, "wilson")])
def test_a_swap_set_under_the_minimum_has_the_exact_interval(n, method):
    found = measured([*people((1, 1, 1, 500), (0, 1, 0, 9)), *people((1, 1, 0, n - 9))])
    rate, (low, high) = named(found)["newly_favourable_event_rate"], proportion_confint(9, n, method=method)
    assert (rate.interval.low, rate.interval.high) == pytest.approx((low, high), abs=1e-12)
    assert (rate.simultaneous is None) == (n == 30)
    row = next(row for row in found.exhibits[0].rows if row[:2] == ("unfavourable", "favourable"))
    assert row[-2:] == (rate.interval.low, rate.interval.high)


def test_a_small_swap_set_never_passes_and_fails_wholly_beyond_the_limit():
    asked = {"estimate": "newly_favourable_event_rate"}
    bad = measured(people((1, 1, 1, 500), (0, 1, 0, 20)))
    assert concluded(bad, **asked, at_most=0.8).outcome == "fail"
    assert concluded(bad, **asked, at_most=0.9).reason == "sample_too_small"
    good = measured(people((1, 1, 1, 500), (1, 1, 0, 20)))
    assert concluded(good, **asked, at_most=0.8).reason == "sample_too_small"


def test_a_difference_of_few_people_is_exact():
    found = named(measured(people((1, 1, 1, 10), (1, 1, 0, 6), (1, 0, 1, 4))))["accuracy_difference"]
    (low, _), (_, high) = (proportion_confint(k, 20, alpha=0.025, method="beta") for k in (6, 4))
    assert found.interval.low == pytest.approx(low - high, abs=1e-12)
    assert found.simultaneous == found.interval


def test_too_many_people_without_a_decision_leave_it_open():
    assert concluded(measured([*SWAPS, *people((1, 1, None, 60))]), at_least=0.5).reason == "evidence_missing"
    assert concluded(measured([*SWAPS, *people((1, 1, None, 50))]), at_least=0.5).outcome == "pass"


def test_a_cut_of_the_champions_score_decides_and_a_missing_score_decides_nothing(tmp_path):
    columns = {
        **COLUMNS,
        "score": {"column": "p", "kind": "probability", "of": 1},
        "decision": {"from": "score", "favourable": {"below": 0.5}},
        "champion": {"score": "q", "decision": {"from": "score", "favourable": {"at_most": 0.25}}},
    }
    table = pd.DataFrame({"y": [0, 0, 1, 1], "p": [0.1, 0.5, 0.4, 0.9], "q": [0.25, 0.2, None, 0.3]})
    request = CellsRequest("test", ("decision", "champion decision"))
    found = value(with_data(tmp_path, columns, test=table), request)
    assert dict(zip(found.rows, found.counts, strict=True)) == {
        ("favourable", None): 1, ("favourable", "favourable"): 1,
        ("unfavourable", "favourable"): 1, ("unfavourable", "unfavourable"): 1,
    }  # fmt: skip


def test_an_audit_reads_the_column_of_the_champion(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("y", "d", "c"), SWAPS)
    asked = control(
        check="performance.decision_agreement", title="Decisions change for few people",
        criterion={"at_least": 0.75, "source": "house"},
    )  # fmt: skip
    result = evaluate(tmp_path, data, {**COLUMNS, "label": {"column": "y", "favourable": 1}}, asked)
    finding = finding_of(result)
    assert finding.outcome == "pass"
    assert finding.measured.estimates[0].numerator == 800
    weighted = evaluate(tmp_path, data, {**COLUMNS, "weight": "y"}, asked)
    assert finding_of(weighted).reason == "evidence_missing"
    assert "does not honour sampling weights" in finding_of(weighted).sentence
