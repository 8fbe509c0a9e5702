import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from assay.checks.fairness.less_discriminatory_alternative import less_discriminatory_alternative
from assay.evidence.request import CellsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.run.recompute import recompute
from assay.stats.comparison import level_of_each
from assay.stats.paired import Paired, gain_in_lowest_ratio, paired_difference_interval
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs

LEVELS = {1: "favourable", 0: "unfavourable", None: None}


def view(*candidates, groups=("sex",)):
    return manifest(
        columns={
            "label": {"column": "y", "favourable": 1},
            "decision": {"column": "d", "favourable": 1},
            "groups": {name: {"column": name} for name in groups},
            "candidates": {name: {"column": name, "favourable": 1} for name in candidates},
        },
        data={"test": {"path": "test.csv"}},
    )


def people(*counts):
    """Rows (label, decision, candidate, group) from `(…, n)`."""
    return [(*map(LEVELS.get, row[:3]), row[3]) for row in counts for _ in range(row[4])]


def found(*tables, names=("challenger",), **options):
    keys = [("label", "decision", f"candidate:{name}", "group:sex") for name in names]
    values = [cells(key, rows) for key, rows in zip(keys, tables, strict=True)]
    return measure(less_discriminatory_alternative, view(*names), *values, **options)


def concluded(measured, at_most=0.0):
    criterion = Criterion(at_most=at_most, source="house")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def better(n=1000, worse=0):
    """Of either sex half are good. In use 90 % of the good men and 60 % of the good women are chosen; by the candidate
    90 % of both, and `worse` more of those men who are not good.
    """
    half = n // 2
    return people(
        (1, 1, 1, "m", half * 9 // 10), (1, 0, 0, "m", half // 10), (0, 0, 0, "m", half - worse), (0, 0, 1, "m", worse),
        (1, 1, 1, "f", half * 6 // 10), (1, 0, 1, "f", half * 3 // 10), (1, 0, 0, "f", half // 10),
        (0, 0, 0, "f", half),
    )  # fmt: skip


def of(measured, name, **wanted):
    (one,) = (e for e in measured.estimates if e.name == name and all(getattr(e, k) == v for k, v in wanted.items()))
    return one


def test_it_asks_for_the_cells_of_each_candidate_and_says_what_is_missing():
    asked = needs(less_discriminatory_alternative, view("a", "b"))
    assert asked.requests == tuple(
        CellsRequest("test", ("label", "decision", f"candidate:{name}", "group:sex")) for name in "ab"
    )
    assert needs(less_discriminatory_alternative, view()).missing == ("columns.candidates",)
    assert needs(less_discriminatory_alternative, view("a"), candidates=("z",)).missing == ("columns.candidates.z",)
    assert needs(less_discriminatory_alternative, view("a", "b"), candidates=("b",)).requests == asked.requests[1:]


def test_a_candidate_that_treats_women_better_and_is_more_accurate_is_a_fail():
    measured = found(better())
    gain, loss = of(measured, "lowest_ratio_gain"), of(measured, "accuracy_loss")
    assert gain.value == pytest.approx(1 - 6 / 9)
    assert loss.value == -0.075
    counted = of(measured, "gain_at_tolerated_loss")
    assert counted.id == "gain_at_tolerated_loss of challenger[sex]"
    assert counted.value == gain.value
    assert concluded(measured).outcome == "fail"
    assert concluded(measured, at_most=0.6).outcome == "pass"


def test_a_candidate_that_costs_too_much_is_a_pass_and_one_that_may_is_undecided():
    assert of(found(better(worse=300)), "accuracy_loss").value == 0.075
    assert of(found(better(worse=300)), "lowest_ratio_gain").value < 0
    rows = people(
        (1, 1, 1, "m", 450), (1, 0, 0, "m", 50), (0, 0, 0, "m", 500),
        (1, 1, 1, "f", 300), (1, 0, 0, "f", 200), (0, 0, 1, "f", 150), (0, 0, 0, "f", 350),
    )  # fmt: skip
    costly = found(rows)
    assert of(costly, "lowest_ratio_gain").interval.low > 0
    assert (of(costly, "accuracy_loss").value, of(costly, "gain_at_tolerated_loss").value) == (0.075, 0.0)
    assert concluded(costly).outcome == "pass"
    assert concluded(found(rows, p={"performance_loss": 0.075})).outcome == "inconclusive"
    assert concluded(found(rows, p={"performance_loss": 0.2})).outcome == "fail"


@pytest.mark.parametrize(("tolerated", "counts"), [(0.075, True), (0.0749, False)])
def test_the_loss_that_is_tolerated_is_compared_exactly(tolerated, counts):
    rows = people(
        (1, 1, 1, "m", 45), (0, 0, 0, "m", 55), (1, 1, 1, "f", 30), (0, 0, 1, "f", 15), (0, 0, 0, "f", 55)
    )  # fmt: skip
    measured = found(rows, p={"performance_loss": tolerated})
    gain = of(measured, "lowest_ratio_gain").value
    assert gain > 0
    assert of(measured, "gain_at_tolerated_loss").value == (gain if counts else 0.0)


def test_the_interval_is_taken_at_the_ends_of_both_at_half_the_error_each():
    measured, each = found(better()), level_of_each(0.95)
    gain = gain_in_lowest_ratio((Paired(300, 0, 150, 550), Paired(450, 0, 0, 550)), each)
    loss = paired_difference_interval(Paired(1750, 0, 150, 100), each)
    assert loss.high <= 0.01
    counted = of(measured, "gain_at_tolerated_loss").interval
    assert (counted.low, counted.high) == (gain.low, gain.high)


def test_of_two_candidates_each_is_judged_and_a_fail_holds_for_both_together():
    rows = better()
    measured = found(rows, [(*row[:2], row[1], row[3]) for row in rows], names=("better", "same"))
    assert of(measured, "gain_at_tolerated_loss", of="same").value == 0
    one, alone = of(measured, "gain_at_tolerated_loss", of="better"), of(found(rows), "gain_at_tolerated_loss")
    assert (one.comparisons, alone.comparisons) == (2, 1)
    assert one.simultaneous.low < alone.simultaneous.low == alone.interval.low == one.interval.low
    assert concluded(measured).leading.estimate == one.id


def test_few_people_decide_nothing_and_a_small_group_stays_undecided():
    assert concluded(found(better(20))).reason == "sample_too_small"
    costly = [*better(worse=400), *people((1, 1, 1, "x", 8))]
    measured = found(costly, p={"performance_loss": 0.0})
    small = of(measured, "gain_at_tolerated_loss", group="x")
    assert (small.undefined, small.undefined_as) == ("8 people, fewer than the minimum of 30", "sample_too_small")
    assert concluded(measured).reason == "sample_too_small"


def test_where_nobody_is_favourable_or_labelled_there_is_no_number():
    nobody = found(people((1, 1, 0, "m", 50), (0, 0, 0, "f", 50)))
    assert "nobody is favourable" in of(nobody, "gain_at_tolerated_loss").undefined
    unlabelled = found(people((None, 1, 1, "m", 50), (None, 0, 1, "f", 50)))
    assert of(unlabelled, "gain_at_tolerated_loss").undefined_as == "evidence_missing"
    assert of(unlabelled, "lowest_ratio_gain").value == 1
    assert unlabelled.unlabelled == 1
    assert concluded(unlabelled).outcome == "inconclusive"


def test_who_has_no_decision_of_the_candidate_is_left_out_and_told():
    measured = found([*better(), *people((1, 1, None, "m", 200))])
    assert measured.undecided == 200 / 2200
    assert of(measured, "gain_at_tolerated_loss").n == 2000
    assert concluded(measured).reason == "evidence_missing"


ROW = st.tuples(
    st.sampled_from([1, 0]), st.sampled_from([1, 0]), st.sampled_from([1, 0]), st.sampled_from("mfx"), st.just(1)
)


@settings(deadline=None, max_examples=40)
@given(st.lists(ROW, min_size=20, max_size=80), st.randoms())
def test_order_and_names_of_groups_change_nothing_and_accuracy_is_that_of_scikit_learn(rows, random):
    table = people(*rows)
    shuffled = [(*row[:3], {"m": "z", "f": "a", "x": "k"}[row[3]]) for row in random.sample(table, len(table))]
    one, other = (found(each, minimum=1) for each in (table, shuffled))
    for name in ("gain_at_tolerated_loss", "lowest_ratio_gain", "accuracy_loss"):
        a, b = of(one, name), of(other, name)
        assert a.value == pytest.approx(b.value, abs=1e-12) if a.value is not None else b.value is None
        if a.interval:
            assert (a.interval.low, a.interval.high) == pytest.approx((b.interval.low, b.interval.high), abs=1e-12)
    label, decision, candidate = zip(*(row[:3] for row in rows), strict=True)
    loss = accuracy_score(label, decision) - accuracy_score(label, candidate)
    assert of(one, "accuracy_loss").value == pytest.approx(loss, abs=1e-12)


def test_an_audit_reads_the_candidates_as_columns_of_the_data_and_can_be_computed_again(tmp_path):
    names = {"favourable": "yes", "unfavourable": "no", None: ""}
    rows = [(*(names[level] for level in row[:3]), row[3]) for row in better()]
    data = write_csv(tmp_path / "d.csv", ("y", "d", "challenger", "sex"), rows)
    columns = {
        "label": {"column": "y", "favourable": "yes"},
        "decision": {"column": "d", "favourable": "yes"},
        "groups": {"sex": {"column": "sex"}},
        "candidates": {"challenger": {"column": "challenger", "favourable": "yes"}},
    }
    criterion = {"at_most": 0, "source": "house"}
    asked = control(check="fairness.less_discriminatory_alternative", criterion=criterion)
    result = evaluate(tmp_path, data, columns, asked, out=tmp_path / "reports", pdf=False)
    finding = finding_of(result)
    assert finding.outcome == "fail"
    assert finding.measured.estimates == found(better()).estimates
    files = {file.path: (result.bundle / file.path).read_bytes() for file in result.audit.evidence}
    files["policy/model.yaml"] = (result.bundle / "policy" / "model.yaml").read_bytes()
    again = recompute(result.audit, files)
    assert (again.differences, again.left_out, again.controls) == ((), (), 1)
