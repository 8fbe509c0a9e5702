import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from assay.checks.fairness.counterfactual_flips import counterfactual_flips
from assay.evidence.individuals import Change, Changed, Flips
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

COLUMNS = {
    "decision": {"from": "score", "favourable": {"below": 0.5}},
    "score": {"from": "model", "kind": "probability", "of": 1},
    "label": {"column": "y", "favourable": 0},
}
FEATURES = [{"name": "sex", "protected": True}, {"name": "district", "proxy_for": ["origin"]}, {"name": "income"}]
VIEW = people_manifest(columns=COLUMNS, features=FEATURES)


def changed(feature, people, up=0, down=0, **more):
    """Half hold one value and half the other; those decided otherwise are all among the first."""
    half = people // 2
    changes = [
        Change(held, given, n, a, b)
        for held, other, n, a, b in (("f", "m", people - half, up, down), ("m", "f", half, 0, 0))
        for given in (None, other)
    ]
    return Changed(feature, tuple(changes) if people else (), **more)


def flips(*features, drawn=1000, undecided=0):
    return Flips(features, 5000, drawn, undecided)


def flipped(people=1000, up=0, down=0, **options):
    return measure(
        counterfactual_flips, VIEW, flips(changed("sex", people, up, down)), p={"change": ("sex",)}, **options
    )


def outcome(measured, at_most, **small):
    criterion = Criterion(at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(**small), measured=measured)


def test_the_rate_counts_people_and_the_interval_is_exact():
    (found,) = flipped(1000, 7, 5).estimates
    assert (found.id, found.numerator, found.denominator, found.value) == ("flip_rate of sex", 12, 1000, 0.012)
    exact = binomtest(12, 1000).proportion_ci(0.95, method="exact")
    assert (found.interval.low, found.interval.high) == (pytest.approx(exact.low), pytest.approx(exact.high))
    assert found.comparisons == 1


def test_nobody_of_many_passes_one_percent_and_nobody_of_few_does_not():
    assert outcome(flipped(400), 0.01).outcome == "pass"  # 1 - 0.025^(1/400) is 0.0092
    few = outcome(flipped(300), 0.01)
    assert (few.outcome, few.reason) == ("inconclusive", "interval_straddles")


def test_many_fail_and_a_few_straddle():
    assert outcome(flipped(1000, 40), 0.01).outcome == "fail"
    assert outcome(flipped(1000, 12), 0.01).outcome == "inconclusive"


def test_fewer_than_the_minimum_never_pass():
    small = outcome(flipped(20), 0.5)
    assert (small.outcome, small.reason) == ("inconclusive", "sample_too_small")


def test_no_sample_shows_that_a_rate_is_exactly_zero():
    assert outcome(flipped(5000), 0).outcome == "inconclusive"


def test_inputs_are_judged_together_at_a_wider_interval():
    both = flips(changed("sex", 1000, 3), changed("district", 1000))
    measured = measure(counterfactual_flips, VIEW, both)
    assert [(e.of, e.comparisons) for e in measured.estimates] == [("sex", 2), ("district", 2)]
    sex = measured.estimates[0]
    assert sex.simultaneous.confidence == pytest.approx(0.975)
    assert sex.simultaneous.high > sex.interval.high


@pytest.mark.parametrize(
    ("evidence", "kind", "why"),
    [
        (flips(changed("sex", 0, left_out="nobody in the data holds another value")), "estimate_undefined", "another"),
        (flips(changed("sex", 0, unknown=1000)), "estimate_undefined", "nobody's own value is known"),
        (flips(changed("sex", 0), drawn=0), "evidence_missing", "no rows in the test data"),
        (flips(changed("sex", 0), undecided=1000), "evidence_missing", "gives nobody a score"),
    ],
)
def test_what_cannot_be_measured_is_undefined_and_never_a_rate_of_nobody(evidence, kind, why):
    measured = measure(counterfactual_flips, VIEW, evidence, p={"change": ("sex",)})
    (found,) = measured.estimates
    assert (found.value, found.undefined_as) == (None, kind)
    assert why in found.undefined
    assert outcome(measured, 1).outcome == "inconclusive"


def test_too_many_unknown_or_undecided_people_leave_it_open():
    for feature in (changed("sex", 900, unknown=100), changed("sex", 900, undecided=100)):
        measured = measure(counterfactual_flips, VIEW, flips(feature), p={"change": ("sex",)})
        concluded = outcome(measured, 0.01)
        assert (concluded.outcome, concluded.reason) == ("inconclusive", "evidence_missing")
    few = measure(counterfactual_flips, VIEW, flips(changed("sex", 960, unknown=40)), p={"change": ("sex",)})
    assert outcome(few, 0.01).outcome == "pass"


def test_the_table_tells_both_directions():
    (table,) = flipped(1000, 7, 5).exhibits
    assert [(row[0], *row[4:]) for row in table.rows] == [("f to m", 500, 7, 5), ("m to f", 500, 0, 0)]


def test_declared_inputs_are_changed_and_where_there_are_none_that_is_missing_evidence():
    (request,) = needs(counterfactual_flips, VIEW).requests
    assert request.change == ("sex", "district")
    none = people_manifest(columns=COLUMNS, features=[{"name": "income", "protected": False}])
    assert needs(counterfactual_flips, none).missing == ("features: one declared protected or proxy_for",)
    assert needs(counterfactual_flips, VIEW, change=("sexe",)).missing == ("features: sexe",)


def test_decisions_that_are_no_cut_of_the_models_own_score_cannot_be_asked_for():
    data = people_manifest(features=FEATURES)
    assert needs(counterfactual_flips, data).missing == ("columns.decision.from: score", "columns.score.from: model")
    counted = people_manifest(columns={**COLUMNS, "count": "n"}, features=FEATURES)
    assert needs(counterfactual_flips, counted).requests == ()


@given(st.integers(30, 400), st.data())
def test_relabelling_the_values_and_turning_the_direction_change_nothing(people, data):
    up = data.draw(st.integers(0, (people + 1) // 2))
    one, other = changed("sex", people, up), changed("sex", people, 0, up)
    renamed = Changed("sex", tuple(Change("1" + c.held, c.given and "1" + c.given, c.people, c.to_favourable,
                                          c.to_unfavourable) for c in reversed(one.changes)))  # fmt: skip
    made = [measure(counterfactual_flips, VIEW, flips(each), p={"change": ("sex",)}) for each in (one, other, renamed)]
    assert made[0].estimates == made[1].estimates == made[2].estimates
