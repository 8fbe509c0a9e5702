"""What the model decides of people with other values, against the same model asked by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from assay.errors import DataError
from assay.evidence.request import FlipsRequest
from assay.record.condition import Test
from subjects import value, with_data, with_model

RNG = np.random.default_rng(11)
N = 600
TABLE = pd.DataFrame(
    {
        "a": RNG.normal(size=N).round(3),
        "age": RNG.integers(18, 80, N),
        "sex": RNG.choice(["f", "m"], N),
        "origin": RNG.choice([1, 2, 3, 9], N),
    }
)
TABLE["y"] = np.where(TABLE.a + (TABLE.sex == "m") + TABLE.age / 80 > RNG.normal(size=N) + 1, "paid", "late")
INPUTS = ["a", "age", "sex", "origin"]
FEATURES = [
    {"name": "a"}, {"name": "age"}, {"name": "sex", "dtype": "category", "protected": True},
    {"name": "origin", "dtype": "category"},
]  # fmt: skip
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
    "decision": {"from": "score", "favourable": {"below": 0.5}},
    "groups": {
        "age_band": {"column": "age", "edges": [25, 60]},
        "origin": {"column": "origin", "labels": {"1": "here", "2": "abroad", "3": "abroad"}},
    },
    "unknown_values": [9],
}


@pytest.fixture(scope="module")
def model():
    encode = make_column_transformer((OneHotEncoder(), ["sex", "origin"]), remainder="passthrough")
    return make_pipeline(encode, LogisticRegression(max_iter=1000)).fit(TABLE[INPUTS], TABLE.y)


def flips(folder, model, table=TABLE, *change, size=N, seed=1, where=None, columns=COLUMNS):
    folder.mkdir(exist_ok=True)
    blocks = {"identity": with_model(folder, model), "features": FEATURES}
    made = with_data(folder, columns, needs_model=True, blocks=blocks, test=table)
    return value(made, FlipsRequest("test", change or ("sex",), size, where), seed=seed)


def good(model, table):
    return model.predict_proba(table[INPUTS])[:, list(model.classes_).index("late")] < 0.5


def expected(model, table, who, **given):
    """People, and those decided otherwise in each direction."""
    before, after = good(model, table)[who], good(model, table.assign(**given))[who]
    return int(who.sum()), int((~before & after).sum()), int((before & ~after).sum())


def counts(changed, held, given):
    (one,) = [c for c in changed.changes if (c.held, c.given) == (held, given)]
    return one.people, one.to_favourable, one.to_unfavourable


def test_a_category_is_changed_to_every_other_one(tmp_path, model):
    found = flips(tmp_path / "m", model)
    assert (found.available, found.drawn, found.undecided) == (N, N, 0)
    (sex,) = found.features
    for held, given in (("f", "m"), ("m", "f")):
        asked = expected(model, TABLE, (TABLE.sex == held).to_numpy(), sex=given)
        assert counts(sex, held, given) == counts(sex, held, None) == asked
        assert asked[1] + asked[2] > 10


def test_codes_of_one_label_are_one_value_and_unknown_people_are_counted_apart(tmp_path, model):
    (origin,) = flips(tmp_path / "m", model, TABLE, "origin").features
    assert {c.held for c in origin.changes} == {"here", "abroad"}
    assert origin.unknown == (TABLE.origin == 9).sum()
    here = (TABLE.origin == 1).to_numpy()
    before = good(model, TABLE)
    after = [good(model, TABLE.assign(origin=code)) != before for code in (2, 3)]
    people, up, down = counts(origin, "here", "abroad")
    assert (people, up + down) == (here.sum(), ((after[0] | after[1]) & here).sum())
    abroad = TABLE.origin.isin([2, 3]).to_numpy()
    assert counts(origin, "abroad", "here") == expected(model, TABLE, abroad, origin=1)


def test_a_number_with_edges_is_changed_to_the_median_of_every_other_bin(tmp_path, model):
    (age,) = flips(tmp_path / "m", model, TABLE, "age").features
    middle = TABLE.age[TABLE.age >= 60].sort_values().iloc[((TABLE.age >= 60).sum() - 1) // 2]
    young = (TABLE.age < 25).to_numpy()
    assert counts(age, "under 25", "60 and over") == expected(model, TABLE, young, age=middle)
    any_other, *others = [c for c in age.changes if c.held == "under 25"]
    assert max(c.flips for c in others) <= any_other.flips <= sum(c.flips for c in others)


def test_a_number_with_many_values_and_no_edges_is_left_out_with_the_reason(tmp_path, model):
    (a,) = flips(tmp_path / "m", model, TABLE, "a").features
    assert a.changes == ()
    assert a.left_out == "it has more than 50 different values; declare a group of it with edges"


def test_a_value_that_everybody_holds_cannot_be_changed(tmp_path, model):
    (sex,) = flips(tmp_path / "m", model, TABLE.assign(sex="f")).features
    assert (sex.changes, sex.left_out) == ((), "nobody in the data holds another value")


def test_the_order_of_the_rows_changes_nothing_and_the_filter_holds(tmp_path, model):
    where = Test(field="origin", equals=1)
    first = flips(tmp_path / "a", model, TABLE, "sex", "age", size=50, where=where)
    second = flips(tmp_path / "b", model, TABLE.sample(frac=1, random_state=2), "sex", "age", size=50, where=where)
    assert first.csv() == second.csv()
    assert (first.available, first.drawn) == ((TABLE.origin == 1).sum(), 50)
    assert flips(tmp_path / "c", model, TABLE, "sex", "age", size=50, where=where, seed=2).csv() != first.csv()


def test_identical_rows_are_drawn_one_by_one(tmp_path, model):
    two = pd.concat([TABLE.assign(a=0.0, age=30, origin=1, sex="f")[:300], TABLE.assign(a=1.0, age=30, origin=1)[:300]])
    (sex,) = flips(tmp_path / "m", model, two.assign(sex=["f", "m"] * 300), size=100).features
    people = {c.held: c.people for c in sex.changes if c.given is None}
    assert 30 < people["f"] < 70


def test_people_without_a_value_of_their_own_are_asked_about_nothing(tmp_path, model):
    codes = {**COLUMNS, "unknown_values": ["m"]}
    (sex,) = flips(tmp_path / "m", model, columns=codes).features
    assert sex.left_out == "nobody in the data holds another value"


def test_no_rows_are_no_people(tmp_path, model):
    found = flips(tmp_path / "m", model, TABLE[:0])
    assert (found.available, found.drawn) == (0, 0)
    assert found.features[0].changes == ()


def test_scores_that_are_no_probabilities_are_an_error(tmp_path):
    from assay.engines.measure import measure
    from assay.engines.options import EngineOptions

    made = with_data(tmp_path, COLUMNS, blocks={"features": FEATURES}, test=TABLE)
    options = EngineOptions(scorer=lambda frame: np.full(len(frame), 1.5))
    with pytest.raises(DataError, match="no probabilities"):
        measure([FlipsRequest("test", ("sex",), 10)], made, seed=1, progress=lambda *told: None, options=options)


def test_people_whom_the_model_gives_no_score_are_counted_and_not_taken_for_refused(tmp_path):
    from assay.engines.measure import measure
    from assay.engines.options import EngineOptions

    def scorer(frame):
        score = np.where(frame["sex"].astype(str) == "m", 0.2, 0.8)
        score[(frame["a"] > 1).to_numpy()] = np.nan
        score[((frame["origin"] == 3) & (frame["sex"].astype(str) == "m")).to_numpy()] = np.nan
        return score

    made = with_data(tmp_path, COLUMNS, blocks={"features": FEATURES}, test=TABLE)
    request = FlipsRequest("test", ("sex",), N)
    found = measure([request], made, seed=1, progress=lambda *told: None, options=EngineOptions(scorer=scorer))[request]
    own = (TABLE.a > 1) | ((TABLE.origin == 3) & (TABLE.sex == "m"))
    other = ~own & (TABLE.origin == 3) & (TABLE.sex == "f")
    (sex,) = found.features
    assert (found.undecided, sex.undecided) == (own.sum(), other.sum())
    assert counts(sex, "f", "m")[1] == (~own & ~other & (TABLE.sex == "f")).sum()
