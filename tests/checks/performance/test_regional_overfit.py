import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from assay.checks.performance.regional_overfit import regional_overfit
from assay.evidence.regions import Region, Regions, Sampled, Side
from assay.evidence.request import RegionsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.stats.comparison import difference_interval
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import measure, needs, people_manifest

FEATURES = [{"name": "age"}, {"name": "region", "dtype": "category"}]
VIEW = people_manifest(features=FEATURES)


def regions(*sides, unknown=(0, 0)):
    """Levels a, b, … of the region from (people, wrong) of the test data and of the training data."""
    named = [
        (Region("region", "level", level=of), Side(*own), Side(*other))
        for of, (own, other) in zip("abcdef", sides, strict=False)
    ]
    known = [sum(each[place].people for each in named) for place in (1, 2)]
    sampled = tuple(Sampled(9 * n + 9, n + sum(unknown), *unknown) for n in known)
    return Regions(sampled, tuple(named))


def made(*sides, unknown=(0, 0), **options):
    return measure(regional_overfit, VIEW, regions(*sides, unknown=unknown), **options)


def outcome(measured, **criterion):
    return conclude(criteria=(Criterion(source="house", **criterion),), small_groups=SmallGroups(), measured=measured)


people = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=80)


@settings(deadline=None)
@given(people, people)
def test_the_gap_is_that_of_scikit_learn_on_raw_rows(test, train):
    columns = [[np.array(column) for column in zip(*rows, strict=True)] for rows in (test, train)]
    counted = [
        [(int((region == of).sum()), int(((y != d) & (region == of)).sum())) for region, y, d in columns] for of in "ab"
    ]
    for estimate in made(*counted).estimates:
        mine = [region == estimate.group for region, _, _ in columns]
        if not all(each.any() for each in mine):
            assert (estimate.value, estimate.undefined_as) == (None, "sample_too_small")
            continue
        unseen, seen = (accuracy_score(y[at], d[at]) for (_, y, d), at in zip(columns, mine, strict=True))
        assert estimate.value == pytest.approx(seen - unseen, abs=1e-12)
        assert estimate.interval.low <= estimate.value <= estimate.interval.high
        assert estimate.simultaneous.low <= estimate.interval.low


def test_the_worst_region_stands_first_and_says_where_it_is():
    found = made(((1000, 100), (1000, 100)), ((1000, 300), (1000, 100)))
    worst, other = found.estimates
    assert (worst.id, worst.value) == ("accuracy_gap[region: b]", 0.9 - 0.7)
    assert worst.interval == difference_interval((900, 1000), (700, 1000), 0.95)
    assert worst.simultaneous == difference_interval((900, 1000), (700, 1000), 0.975)
    assert (other.value, worst.comparisons) == (0.0, 2)
    assert [row[0] for row in found.exhibits[0].rows] == ["region: b", "region: a"]


# Before, each input had the whole chance of a false fail to itself, though a region of any of them fails.
def test_the_simultaneous_interval_counts_the_regions_of_all_inputs():
    sides = Side(1000, 200), Side(1000, 100)
    inputs = [(Region(of, "level", level="a"), *sides) for of in ("region", "age", "job", "town")]
    known = Sampled(9000, 1000, 0, 0)
    for estimate in measure(regional_overfit, VIEW, Regions((known, known), tuple(inputs))).estimates:
        assert estimate.comparisons == 4
        assert estimate.simultaneous == difference_interval((900, 1000), (800, 1000), 1 - 0.05 / 4)


def test_the_interval_decides_on_both_sides():
    found = made(((1000, 300), (1000, 200)))
    (gap,) = found.estimates
    for limit, expected in (
        (gap.interval.high + 1e-9, "pass"),
        (gap.interval.high - 1e-3, "inconclusive"),
        (gap.simultaneous.low + 1e-3, "inconclusive"),
        (gap.simultaneous.low - 1e-9, "fail"),
    ):
        assert outcome(found, at_most=limit).outcome == expected


def test_a_region_that_is_better_on_what_was_not_seen_is_no_overfit():
    assert outcome(made(((10_000, 1000), (10_000, 3000))), at_most=0.04).outcome == "pass"


@pytest.mark.parametrize(("operator", "expected"), [("at_most", "pass"), ("below", "fail")])
def test_the_boundary_itself_passes_by_the_point(operator, expected):
    found = made(((400, 200), (400, 100)), decide_on="estimate")
    assert outcome(found, decide_on="estimate", **{operator: 0.25}).outcome == expected


def test_a_small_region_is_measured_exactly_and_decides_only_wholly_beyond_the_limit():
    few = made(((10, 5), (1000, 100)))
    assert few.estimates[0].interval.method == "Clopper-Pearson"
    concluded = outcome(few, at_most=0.04)
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "sample_too_small")
    assert outcome(made(((20, 20), (1000, 0))), at_most=0.04).outcome == "fail"


@pytest.mark.parametrize(
    ("sampled", "why"),
    [
        ((Sampled(0, 0, 0, 0), Sampled(9, 9, 0, 0)), "there are no rows in the test data"),
        ((Sampled(9, 9, 0, 0), Sampled(9, 9, 4, 5)), "nobody in the train data has both"),
    ],
)
def test_without_people_on_either_side_nothing_is_shown(sampled, why):
    measured = measure(regional_overfit, VIEW, Regions(sampled, ()))
    assert why in measured.estimates[0].undefined
    concluded = outcome(measured, at_most=0.9)
    assert (concluded.outcome, concluded.reason) == ("inconclusive", "evidence_missing")


def test_the_larger_share_of_unknown_people_is_told():
    found = made(((90, 9), (180, 9)), unknown=(6, 4))
    assert (found.unlabelled, found.undecided) == (0.06, 0.04)


def test_what_it_needs():
    asked = RegionsRequest("test", "train", ("age", "region"), 10, 50_000)
    assert needs(regional_overfit, VIEW).requests == (asked,)
    assert needs(regional_overfit, people_manifest()).missing == ("features",)
    undecided = VIEW.model_copy(update={"columns": VIEW.columns.model_copy(update={"decision": None})})
    assert needs(regional_overfit, undecided).missing == ("columns.decision",)


COLUMNS = {"label": {"column": "y", "favourable": 1}, "score": {"column": "p", "kind": "probability", "of": 1},
           "decision": {"from": "score", "favourable": {"at_least": 0.5}}}  # fmt: skip


@pytest.mark.parametrize(("limit", "expected"), [(0.6, "pass"), (0.04, "fail")])
def test_a_whole_audit_finds_where_a_model_knows_its_data_by_heart(tmp_path, limit, expected):
    random = np.random.default_rng(3)
    for name, known in (("train", 1.0), ("test", 0.6)):
        age, y = random.uniform(20, 70, 4000), random.integers(0, 2, 4000)
        right = random.random(4000) < np.where(age < 30, known, 0.8)
        write_csv(
            tmp_path / f"{name}.csv", ("age", "y", "p"),
            zip(age.tolist(), y.tolist(), np.where(right, y, 1 - y).tolist(), strict=True),
        )  # fmt: skip
    given_ = {
        "data": {name: {"path": f"{name}.csv"} for name in ("test", "train")},
        "features": [{"name": "age"}],
    }
    asked = control(check="performance.regional_overfit", criterion={"at_most": limit, "source": "convention"})
    finding = finding_of(evaluate(tmp_path, tmp_path / "test.csv", COLUMNS, asked, manifest=given_))
    assert finding.outcome == expected
    assert finding.sentence.startswith("Accuracy gap of above 2" if expected == "fail" else "All 10 estimates pass"), (
        finding.sentence
    )
