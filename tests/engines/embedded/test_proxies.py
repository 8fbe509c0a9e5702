"""Groups told from inputs by models fitted here: the group itself, nothing at all, and what lies between."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from assay.engines.embedded.proxies import MOST_SCORES, _ranked, _shares, _tree, attribute_of, strata_of, told_by
from assay.errors import DataError
from assay.evidence.request import ProxiesRequest
from assay.record.condition import Test
from assay.stats.auc import auc_interval
from assay.stats.within import auc_within, cross_fitted
from assay.subject.inputs import Input
from subjects import value, with_data

RNG = np.random.default_rng(9)
N = 1500
TABLE = pd.DataFrame(
    {
        "noise": RNG.normal(size=N),
        "same": 1.0,
        "sex": RNG.choice(["f", "m"], N),
        "race": RNG.choice(["a", "b", "c"], N, p=[0.6, 0.3, 0.1]),
    }
)
TABLE["itself"] = np.where(TABLE.sex == "f", "Anna", "Otto")
TABLE["height"] = RNG.normal(size=N) + (TABLE.sex == "m")
TABLE["district"] = np.where(RNG.random(N) < 0.7, TABLE.race, "a") + RNG.integers(0, 3, N).astype(str)
CATEGORIES = ("itself", "district", "sex")
FEATURES = ("noise", "same", "itself", "height", "district")
COLUMNS = {"groups": {"sex": {"column": "sex"}, "race": {"column": "race"}}}


def proxies(folder, table=TABLE, *, features=FEATURES, groupings=("sex", "race"), size=N, where=None, columns=COLUMNS):
    folder.mkdir(exist_ok=True)
    declared = [{"name": name, **({"dtype": "category"} if name in CATEGORIES else {})} for name in FEATURES]
    made = with_data(folder, columns, blocks={"features": declared}, test=table)
    return value(made, ProxiesRequest("test", features, groupings, size, where))


def area(found, feature, grouping, group):
    (told,) = [t for t in found.told if (t.feature, t.grouping, t.group) == (feature, grouping, group)]
    folds = [[np.array(side, dtype=np.int64) for side in (f.members, f.others, f.scores)] for f in told.folds]
    return auc_within(folds)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return proxies(tmp_path_factory.mktemp("proxies"))


def test_what_is_the_group_itself_tells_it_without_fail(found):
    assert area(found, "itself", "sex", "f").value == 1
    assert area(found, None, "sex", "f").value > 0.999


def test_what_has_nothing_to_do_with_the_group_tells_nothing(found):
    for feature in ("noise", "district"):
        interval = auc_interval(cross_fitted(area(found, feature, "sex", "f")), 0.95)
        assert interval.low <= 0.5 <= interval.high
        assert interval.high - interval.low < 0.1


def test_the_interval_of_what_says_nothing_holds_one_half_as_often_as_it_says():
    draw, held = np.random.default_rng(1), 0
    for _ in range(200):
        levels = list(np.where(draw.random(300) < 0.25, "a", "b"))
        given = Input("c", draw.integers(0, 12, 300).astype(np.int32), tuple("abcdefghijkl"))
        (told,) = told_by(given, (given,), "g", strata_of(levels, attribute_of("g", levels)))
        folds = [[np.array(side, dtype=np.int64) for side in (f.members, f.others, f.scores)] for f in told.folds]
        interval = auc_interval(cross_fitted(auc_within(folds)), 0.95)
        held += interval.low <= 0.5 <= interval.high
    assert 0.92 <= held / 200 <= 0.99


def test_a_constant_says_exactly_nothing(found):
    for grouping, group in (("sex", "f"), ("race", "a"), ("race", "b"), ("race", "c")):
        assert area(found, "same", grouping, group).value == 0.5


def test_what_lies_between_comes_near_the_area_of_the_input_itself(found):
    own = roc_auc_score(TABLE.sex == "m", TABLE.height)
    assert area(found, "height", "sex", "f").value == pytest.approx(own, abs=0.03)
    assert area(found, "district", "race", "b").value > 0.75


def test_of_two_groups_one_is_told_and_of_three_all(found):
    assert {t.group for t in found.told if t.grouping == "sex"} == {"f"}
    assert {t.group for t in found.told if t.grouping == "race"} == {"a", "b", "c"}
    assert {t.feature for t in found.told} == {*FEATURES, None}


def test_everybody_is_scored_once(found):
    for told in found.told:
        members, others = (sum(sum(getattr(f, side)) for f in told.folds) for side in ("members", "others"))
        assert members == (TABLE[told.grouping] == told.group).sum()
        assert members + others == N


def test_the_order_of_the_rows_changes_nothing_and_the_filter_holds(tmp_path):
    where, small = Test(field="race", not_equals="c"), {"features": ("height", "district"), "size": 200}
    first = proxies(tmp_path / "a", where=where, **small)
    second = proxies(tmp_path / "b", TABLE.sample(frac=1, random_state=4), where=where, **small)
    assert first.csv() == second.csv()
    assert (first.available, first.drawn) == ((TABLE.race != "c").sum(), 200)
    assert [name for name, _ in first.attributes[1].groups] == ["a", "b"]


def test_unknown_people_are_counted_and_belong_to_no_side(tmp_path):
    gaps = TABLE.assign(sex=TABLE.sex.where(TABLE.noise < 1))
    found = proxies(tmp_path / "m", gaps, features=("height",), groupings=("sex",))
    (sex,) = found.attributes
    assert sex.unknown == (TABLE.noise >= 1).sum()
    assert sum(n for _, n in sex.groups) + sex.unknown == N


@pytest.mark.parametrize(
    ("sex", "told"),
    [
        (["f"] * 30, 0),
        ([None] * 30, 0),
        ([], 0),
        (["f"] * 26 + ["m"] * 4, 0),
        (["f"] * 25 + ["m"] * 5, 2),
        (["f"] * 25 + ["m", "n", "o", "p", "q"], 2),
    ],
)
def test_groups_too_few_for_every_fold_are_not_told(tmp_path, sex, told):
    table = TABLE[: len(sex)].assign(sex=np.array(sex, dtype=object))
    found = proxies(tmp_path / "m", table, features=("height",), groupings=("sex",))
    assert len(found.told) == told


def test_names_of_people_are_no_groups(tmp_path):
    with pytest.raises(DataError, match="different values as groups; at most 500"):
        proxies(tmp_path / "m", TABLE.assign(sex=[f"p{i}" for i in range(N)]), features=("height",), groupings=("sex",))


def test_numbers_that_are_missing_or_infinite_are_a_value_of_their_own(tmp_path):
    gaps = TABLE.assign(height=np.where(TABLE.sex == "m", np.nan, np.where(TABLE.noise > 0, np.inf, -np.inf)))
    found = proxies(tmp_path / "m", gaps, features=("height",), groupings=("sex",))
    assert area(found, None, "sex", "f").value == area(found, "height", "sex", "f").value == 0.5
    gaps = TABLE.assign(height=np.where(TABLE.sex == "m", np.nan, TABLE.noise))
    assert (
        area(proxies(tmp_path / "n", gaps, features=("height",), groupings=("sex",)), "height", "sex", "f").value == 1
    )


def test_shares_lean_on_everybody_where_a_category_is_rare_or_new():
    known, classes = np.array([[0.0], [0.0], [1.0], [-1.0]]), np.array([0, 0, 1, 1])
    shares = _shares(known, classes, np.array([[0.0], [1.0], [-1.0], [2.0]]), 1)
    assert shares[:, 0].tolist() == [pytest.approx(2.5 / 3), 0.25, 0.25, 0.5]


def test_a_tree_has_few_leaves_and_tells_a_class_that_was_not_there_nothing():
    x = RNG.normal(size=(500, 1))
    scores = _tree(x, (x[:, 0] > 0).astype(int), x, 3)
    assert scores.shape == (500, 4)
    assert not scores[:, 2:].any()
    assert len(np.unique(scores[:, 1])) <= 16


def test_many_scores_are_counted_in_bins_in_their_order():
    score, member = RNG.random(5000), RNG.random(5000) < 0.4
    ranked = _ranked(score, member)
    assert len(ranked.scores) == MOST_SCORES
    assert (sum(ranked.scores), sum(ranked.members), sum(ranked.others)) == (5000, member.sum(), (~member).sum())
    made = auc_within([[np.array(side, dtype=np.int64) for side in (ranked.members, ranked.others, ranked.scores)]])
    assert abs(made.value - roc_auc_score(member, score)) <= made.bound < 0.006
