import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.fairness.no_group_worse_off import no_group_worse_off
from assay.evidence.request import CellsRequest
from assay.record.policy import Criterion, SmallGroups
from assay.run.recompute import recompute
from assay.stats.paired import Paired, gain_in_lowest_ratio, paired_difference_interval
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs

LEVELS = {1: "favourable", 0: "unfavourable", None: None}
TPR = {"rate": "true_positive_rate"}
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "d", "favourable": 1},
    "champion": {"decision": {"column": "c", "favourable": 1}},
    "groups": {"g": {"column": "g"}},
}


def view(**changed):
    columns = {name: of for name, of in {**COLUMNS, **changed}.items() if of is not None}
    return manifest(columns=columns, data={"test": {"path": "test.csv"}})


VIEW = view()


def measured(people, p=None, **options):
    """From people (label, decision, decision of the champion, group)."""
    labelled = (p or {}).get("rate") == "true_positive_rate"
    keys = (*(("label",) if labelled else ()), "decision", "champion decision", "group:g")
    rows = [(*map(LEVELS.get, one[0 if labelled else 1 : 3]), one[3]) for one in people]
    return measure(no_group_worse_off, VIEW, cells(keys, rows), p=p, **options)


def changes(found, name="selection_rate_change"):
    return {e.group: e for e in found.estimates if e.name == name}


def ratio(found):
    (one,) = (e for e in found.estimates if e.name == "lowest_ratio_change" and e.group is None)
    return one


def group(name, both, won, lost, neither, label=1):
    return [
        (label, own, other, name)
        for (own, other), n in zip(((1, 1), (1, 0), (0, 1), (0, 0)), (both, won, lost, neither), strict=True)
        for _ in range(n)
    ]


def concluded(found, **criterion):
    given_ = Criterion(**criterion, source="house")
    return conclude(criteria=(given_,), small_groups=SmallGroups(), measured=found)


TWO = group("f", 300, 60, 20, 620) + group("m", 500, 30, 40, 430)


def test_it_asks_for_both_decisions_by_group_and_says_what_is_missing():
    keys = ("decision", "champion decision", "group:g")
    assert needs(no_group_worse_off, VIEW).requests == (CellsRequest("test", keys),)
    assert needs(no_group_worse_off, VIEW, **TPR).requests == (CellsRequest("test", ("label", *keys)),)
    assert needs(no_group_worse_off, view(label=None)).missing == ()
    assert needs(no_group_worse_off, view(label=None), **TPR).missing == ("columns.label",)
    assert needs(no_group_worse_off, view(champion=None)).missing == ("columns.champion.decision",)
    assert needs(no_group_worse_off, view(groups=None)).missing == ("columns.groups",)


def test_the_change_of_each_group_is_that_of_the_same_people():
    found = measured(TWO)
    f, m = (changes(found)[name] for name in "fm")
    assert (f.value, m.value) == (0.04, -0.01)
    assert f.interval == paired_difference_interval(Paired(300, 60, 20, 620), 0.95)
    assert f.simultaneous == paired_difference_interval(Paired(300, 60, 20, 620), 0.975)
    assert (f.comparisons, f.share, f.n) == (2, 0.5, 1000)
    change = ratio(found)
    assert change.value == pytest.approx(360 / 530 - 320 / 540)
    assert change.interval == gain_in_lowest_ratio((Paired(300, 20, 60, 620), Paired(500, 40, 30, 430)), 0.95)


def test_newcombes_published_interval_of_a_paired_difference():
    # Newcombe 1998, Statistics in Medicine 17:2635-2650, table IV, method 10: (36, 12, 2, 0) gives 0.0569 to 0.3404
    found = changes(measured(group("f", 36, 12, 2, 0)))["f"]
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0569, 0.3404), abs=5e-5)


rows = st.lists(st.tuples(*3 * [st.sampled_from([0, 1, None])], st.sampled_from(["a", "b", "c", None])), max_size=80)


@settings(deadline=None)
@given(rows, st.sampled_from(["selection_rate", "true_positive_rate"]))
def test_every_change_is_that_of_the_rows(drawn, rate):
    found = changes(measured(drawn, {"rate": rate}), f"{rate}_change")
    frame = pd.DataFrame(drawn, columns=["y", "d", "c", "g"]).dropna(subset=["g"])
    if frame.empty:
        assert found[None].undefined_as == "evidence_missing"
        return
    for name, people in frame.groupby("g"):
        known = people.dropna(subset=["d", "c"])
        known = known[known.y == 1] if rate == "true_positive_rate" else known
        one = found[name]
        assert (one.n, one.comparisons if one.n else 1) == (len(known), frame.g.nunique() if one.n else 1)
        if one.n:
            assert one.value == pytest.approx((known.d - known.c).astype(float).mean(), abs=1e-12)
            assert one.simultaneous.low <= one.interval.low <= one.value <= one.interval.high
            assert one.interval.high <= one.simultaneous.high
            assert one.interval.low < one.interval.high
        else:
            assert one.undefined_as == "sample_too_small"


@settings(deadline=None)
@given(rows, st.randoms())
def test_order_and_the_names_of_groups_change_nothing(drawn, random):
    found = measured(drawn)
    assert measured(random.sample(drawn, len(drawn))) == found
    renamed = measured([(*one[:3], one[3] and one[3] + "!") for one in drawn])
    assert [(e.value, e.interval, e.n) for e in renamed.estimates] == [
        (e.value, e.interval, e.n) for e in found.estimates
    ]


@settings(deadline=None)
@given(rows)
def test_exchanging_the_models_turns_every_change_round(drawn):
    swapped = changes(measured([(y, c, d, g) for y, d, c, g in drawn]))
    for name, one in changes(measured(drawn)).items():
        if one.value is not None:
            assert swapped[name].value == pytest.approx(-one.value)
            ends = -swapped[name].interval.high, -swapped[name].interval.low
            assert (one.interval.low, one.interval.high) == pytest.approx(ends, abs=1e-12)


def test_the_interval_passes_and_the_simultaneous_one_fails():
    found = measured(group("f", 300, 60, 20, 620) + group("m", 500, 20, 80, 400))
    one = changes(found)["m"]
    assert one.simultaneous.low < one.interval.low < one.interval.high < one.simultaneous.high
    assert concluded(found, at_least=one.interval.low - 1e-9).outcome == "pass"
    assert concluded(found, at_least=one.interval.low + 1e-9).reason == "interval_straddles"
    assert concluded(found, at_least=one.interval.high + 1e-9).reason == "interval_straddles"
    assert concluded(found, at_least=one.simultaneous.high + 1e-9).outcome == "fail"


def test_the_change_of_disparity_is_judged_by_its_own_interval():
    apart = measured(group("f", 200, 0, 300, 500) + group("m", 500, 100, 0, 400))
    change = ratio(apart)
    assert change.value == pytest.approx(200 / 600 - 1)
    assert concluded(apart, estimate="lowest_ratio_change", at_least=-0.1).outcome == "fail"
    assert concluded(measured(TWO), estimate="lowest_ratio_change", at_least=-0.1).outcome == "pass"


def test_a_small_group_never_passes_and_fails_where_it_surely_loses():
    few = measured(TWO + group("x", 5, 2, 1, 12))
    one = changes(few)["x"]
    assert one.interval.method == "Clopper-Pearson, paired"
    assert concluded(few, at_least=-0.5).reason == "sample_too_small"
    assert concluded(few, estimate="lowest_ratio_change", at_least=-0.5).reason == "sample_too_small"
    lost = measured(TWO + group("x", 0, 0, 20, 0))
    assert concluded(lost, at_least=-0.1).outcome == "fail"


def test_a_group_without_a_pair_of_decisions_is_undefined_and_so_is_a_ratio_of_nothing():
    found = measured(TWO + [(1, None, 1, "x")] * 40)
    assert changes(found)["x"].undefined == "nobody of x counts by the decisions of both models"
    nobody = measured(group("f", 0, 0, 50, 50) + group("m", 0, 0, 50, 50))
    assert ratio(nobody).undefined_as == "estimate_undefined"
    assert ratio(measured(group("f", 50, 1, 1, 50))).undefined_as == "sample_too_small"
    many = [person for i in range(61) for person in group(f"g{i}", 20, 5, 5, 20)]
    assert ratio(measured(many)).undefined_as == "estimate_unstable"
    everybody = measured([person for i in range(5001) for person in group(f"g{i}", 1, 0, 0, 0)])
    assert [e.undefined_as for e in everybody.estimates] == ["estimate_unstable"] * 2
    assert "5001 groups, more than 5000" in everybody.estimates[0].undefined
    assert {e.undefined_as for e in measured([]).estimates} == {"evidence_missing", "sample_too_small"}


def test_people_without_decision_label_or_group_are_counted():
    found = measured([*TWO, *[(1, 1, None, "f")] * 20, *[(1, 1, 1, None)] * 30])
    assert found.undecided == pytest.approx(20 / 2050)
    assert found.unknown == {"g": pytest.approx(30 / 2050)}
    assert found.unlabelled is None
    assert measured([*TWO, *[(None, 1, 1, "f")] * 20], TPR).unlabelled == pytest.approx(20 / 2020)
    own = measured([*TWO, *[(1, 1, 1, None)] * 30], {"missing": "group"})
    assert changes(own)["(unknown)"].n == 30


def test_an_audit_and_its_recomputation_agree(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("y", "d", "c", "g"), TWO)
    asked = control(
        check="fairness.no_group_worse_off", title="Nobody loses",
        criterion=[{"at_least": -0.03, "source": "house"},
                   {"estimate": "lowest_ratio_change", "at_least": 0, "source": "house"}],
    )  # fmt: skip
    result = evaluate(tmp_path, data, COLUMNS, asked, out=tmp_path / "reports", pdf=False)
    assert finding_of(result).outcome == "pass"
    files = {file.path: (result.bundle / file.path).read_bytes() for file in result.audit.evidence}
    files["policy/model.yaml"] = (result.bundle / "policy" / "model.yaml").read_bytes()
    assert recompute(result.audit, files).differences == ()
    entities = evaluate(tmp_path, data, {**COLUMNS, "entity": "y"}, asked)
    assert "does not honour people who stand in several rows" in finding_of(entities).sentence
