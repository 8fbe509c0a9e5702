import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.fairness.proxy_strength import proxy_strength
from assay.evidence.proxies import Attribute, Proxies, Ranked, Told
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest
from proxied import FULLY, NOTHING, proxies, told

FEATURES = [{"name": "sex", "protected": True}, {"name": "income"}, {"name": "district"}]
VIEW = people_manifest("sex", features=FEATURES)


def strength(found, **options):
    return measure(proxy_strength, VIEW, found, **options)


def outcome(measured, at_most=0.7, **more):
    criterion = Criterion(at_most=at_most, source="convention", **more)
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


PLAIN = proxies(told("income", NOTHING), told("district", ((40, 60), (60, 40)), n=2), told(None, FULLY))


def test_every_input_and_all_together_have_an_area_under_their_own_names():
    measured = strength(PLAIN)
    assert [(e.id, e.value) for e in measured.estimates] == [
        ("proxy_auc of income[sex: f / m]", 0.5),
        ("proxy_auc of district[sex: f / m]", pytest.approx(0.6)),
        ("joint_proxy_auc[sex: f / m]", 1.0),
    ]
    assert [e.comparisons for e in measured.estimates] == [2, 2, 1]
    assert measured.estimates[1].simultaneous.confidence == pytest.approx(0.975)
    assert [row[0] for row in measured.exhibits[0].rows] == ["all inputs together", "district", "income"]


def test_all_together_may_tell_the_group_while_each_input_passes():
    measured = strength(PLAIN)
    assert outcome(measured).outcome == "pass"
    assert outcome(measured, estimate="joint_proxy_auc").outcome == "fail"


def test_the_group_itself_fails_and_what_is_near_the_threshold_straddles():
    assert outcome(strength(proxies(told("income", FULLY), features=("income",)))).outcome == "fail"
    near = proxies(told("income", ((34, 66), (66, 34)), n=2), features=("income",))
    assert strength(near).estimates[0].value == pytest.approx(0.66)
    straddling = outcome(strength(near))
    assert (straddling.outcome, straddling.reason) == ("inconclusive", "interval_straddles")


def test_a_group_under_the_minimum_never_passes():
    few = proxies(told("income", NOTHING, n=4), n=4, features=("income",))
    concluded = outcome(strength(few))
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "sample_too_small")
    assert strength(few).estimates[0].n == 20


@pytest.mark.parametrize(
    ("found", "kind", "why"),
    [
        (proxies(groups=("f",)), "estimate_undefined", "has the same one"),
        (proxies(groups=(), unknown=50), "evidence_missing", "nobody's group is known"),
        (proxies(groups=()), "evidence_missing", "no rows"),
        (
            Proxies(("income", "district"), (Attribute("sex", (("f", 40), ("m", 3)), 0),), 43, 43, ()),
            "sample_too_small",
            "40 people of the group and 3 others",
        ),
    ],
)
def test_groups_that_cannot_be_told_have_no_area(found, kind, why):
    measured = strength(found)
    assert len(measured.estimates) == 3
    for estimate in measured.estimates:
        assert (estimate.value, estimate.undefined_as) == (None, kind)
        assert why in estimate.undefined
    assert outcome(measured, at_most=1).outcome == "inconclusive"


def test_of_three_groups_each_is_told_from_the_others():
    held = Attribute("sex", (("f", 500), ("m", 500), ("x", 500)), 0)
    made = [told(name, NOTHING, group=group) for name in ("income", None) for group in ("f", "m", "x")]
    measured = strength(Proxies(("income",), (held,), 1500, 1500, tuple(made)))
    singles = [e for e in measured.estimates if e.name == "proxy_auc"]
    assert [(e.group, e.reference, e.comparisons) for e in singles] == [("f", None, 3), ("m", None, 3), ("x", None, 3)]
    assert [row[0] for row in measured.exhibits[0].rows][:1] == ["income: f"]


def test_too_many_unknown_people_leave_it_open():
    measured = strength(proxies(told("income", NOTHING), features=("income",), unknown=100))
    assert measured.unknown == {"sex": pytest.approx(100 / 1100)}
    assert outcome(measured).reason == "evidence_missing"


def test_what_bins_hide_widens_the_interval_and_lets_no_point_decide():
    plain, hidden = (proxies(told("income", NOTHING, several=n), features=("income",)) for n in (1, 7))
    (one, _), (other, _) = (strength(found).estimates for found in (plain, hidden))
    assert other.bound == pytest.approx(0.25)
    assert other.interval.high == pytest.approx(one.interval.high + 0.25)
    assert strength(hidden, decide_on="estimate").estimates[0].undefined_as == "estimate_undefined"


def test_inputs_declared_protected_are_looked_at_only_where_the_policy_says_so():
    assert needs(proxy_strength, VIEW).requests[0].features == ("income", "district")
    assert needs(proxy_strength, VIEW, features="all").requests[0].features == ("sex", "income", "district")
    assert needs(proxy_strength, VIEW, groups=("age",)).missing == ("columns.groups.age",)
    assert needs(proxy_strength, people_manifest("sex")).missing == ("features",)


sides = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=5)


@given(sides.filter(lambda pairs: all(sum(pair[side] for pair in pairs) > 4 for side in (0, 1))))
def test_telling_the_other_group_by_the_turned_score_is_the_same(pairs):
    members, others = (tuple(pair[side] for pair in pairs) for side in (0, 1))

    def area(name, own, rest):
        folds = tuple(Ranked(own, rest, (1,) * len(own)) for _ in range(5))
        held = Attribute("sex", (("f", 5 * sum(own)), ("m", 5 * sum(rest))), 0)
        drawn = 5 * (sum(own) + sum(rest))
        found = Proxies(("income",), (held,), drawn, drawn, (Told("income", "sex", name, folds),))
        return measure(proxy_strength, VIEW, found).estimates[0]

    one, other = area("f", members, others), area("f", others[::-1], members[::-1])
    assert one.value == pytest.approx(other.value, abs=1e-12)
    assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high), abs=1e-9)
