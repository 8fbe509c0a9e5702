"""Residuals through the real engine on real files, beside numpy on the rows themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.evidence.reading import read_table
from assay.evidence.request import ResidualsRequest
from assay.record.condition import Test
from residuals import residuals
from subjects import value, with_data

COLUMNS = {"label": {"column": "y"}, "score": {"column": "s", "kind": "value"}}
ASKED = ResidualsRequest("test")
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def people(n=2000, seed=3, shift=0.0):
    random = np.random.default_rng(seed)
    y = random.normal(100, 15, n)
    s = 0.8 * y + random.normal(20, 5, n) + shift
    frame = pd.DataFrame({"y": y + shift, "s": s, "v": random.exponential(2, n), "id": random.integers(0, n // 3, n)})
    frame.loc[random.random(n) < 0.05, "y"] = np.nan
    frame.loc[random.random(n) < 0.05, "s"] = np.nan
    frame.loc[random.random(n) < 0.02, "y"] = 0.0
    return frame


def measured(tmp_path, frame, request=ASKED, **more):
    return value(with_data(tmp_path, {**COLUMNS, **more}, test=frame), request)


@pytest.mark.parametrize("shift", [0.0, 1e9])
@pytest.mark.parametrize("weight", [None, "v"])
def test_sums_are_those_of_the_rows_however_far_from_zero_labels_lie(tmp_path, shift, weight):
    frame = people(shift=shift)
    found = measured(tmp_path, frame, **({"weight": weight} if weight else {}))
    known = frame.dropna(subset=["y", "s"])
    wanted = residuals(known.y, known.s, weights=known.v if weight else None)
    assert found.units == wanted.units
    assert found.centre == pytest.approx(wanted.centre, rel=1e-14)
    assert found.people == (len(known),)
    assert found.zeros == wanted.zeros == (int((known.y == 0).sum()),)
    assert found.sums[0] == pytest.approx(wanted.sums[0], rel=1e-11, abs=1e-8)
    assert sum(found.unscored) == frame.s.isna().sum()
    assert sum(found.unlabelled) == (frame.y.isna() & ~frame.s.isna()).sum()
    assert found.total == len(frame)


def test_lines_of_entities_add_up_to_the_one_of_rows(tmp_path):
    frame = people()
    alone, grouped = measured(tmp_path, frame, weight="v"), measured(tmp_path, frame, weight="v", entity="id")
    assert grouped.keys == ("entity",)
    assert grouped.units == alone.units
    assert len(grouped.rows) > 300
    assert (sum(grouped.people), sum(grouped.zeros)) == (sum(alone.people), sum(alone.zeros))
    assert np.array(grouped.sums).sum(axis=0) == pytest.approx(np.array(alone.sums[0]), rel=1e-13)


def test_only_rows_that_meet_the_filter_count(tmp_path):
    frame = people().assign(region=["n", "s"] * 1000)
    asked = ResidualsRequest("test", Test(field="region", equals="n"))
    found, own = measured(tmp_path, frame, asked), frame[frame.region == "n"].dropna(subset=["y", "s"])
    assert found.total == 1000
    assert found.sums[0] == pytest.approx(residuals(own.y, own.s).sums[0], rel=1e-11, abs=1e-8)


few_rows = st.lists(
    st.tuples(st.one_of(st.none(), st.just(0.0), st.floats(-1e90, 1e90)), st.one_of(st.none(), st.floats(-1e90, 1e90)),
              st.integers(0, 3)),
    max_size=30,
)  # fmt: skip


@few
@given(few_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_bit_and_tables_come_back(tmp_path, rows, random):
    def table(drawn):
        frame = pd.DataFrame(drawn, columns=["y", "s", "n"]).astype({"y": "float64", "s": "float64", "n": "int64"})
        return measured(tmp_path, frame, count="n")

    found = table(rows)
    assert table(random.sample(rows, len(rows))).csv() == found.csv()
    assert read_table(ASKED, found.csv()) == (ASKED, found)


def test_numbers_beyond_all_bounds_are_refused(tmp_path):
    frame = pd.DataFrame({"s": [1e101, 0.0], "y": [0.0, 0.0]})
    for broken in (frame, frame.assign(s=1e308, y=-1e308)):
        with pytest.raises(DataError, match="beyond 1e\\+100"):
            measured(tmp_path, broken)
    with pytest.raises(DataError, match="holds text"):
        measured(tmp_path, frame.assign(y=["low", "high"]))
    unlabelled = {"score": COLUMNS["score"]}
    with pytest.raises(DataError, match=r"columns\.label"):
        value(with_data(tmp_path, unlabelled, test=frame), ASKED)


def test_a_label_next_to_nothing_has_no_relative_error(tmp_path):
    found = measured(tmp_path, pd.DataFrame({"y": [1e-200, 0.0, 2.0], "s": [1.0, 1.0, 1.0]}))
    assert (found.people, found.zeros) == ((3,), (2,))
    q = dict(zip(("q", "q2"), found.sums[0][-2:], strict=True))
    assert q["q"] * found.units[2] == 0.5


def test_what_was_measured_is_kept_and_found_again(tmp_path):
    of, told = with_data(tmp_path, COLUMNS, test=people()), []
    options = EngineOptions(cache=tmp_path / "cache")
    first = measure([ASKED], of, seed=1, progress=lambda *step: None, options=options)[ASKED]
    again = measure([ASKED], of, seed=1, progress=lambda *step: told.append(step), options=options)[ASKED]
    assert again == first
    assert told == [("measure", 1, 1)], "nothing is left to be measured"
