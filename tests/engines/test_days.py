"""Days and entities of two datasets through the real engine, beside pandas on the rows."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.evidence.days import Dated, Days
from assay.evidence.reading import read_table
from assay.evidence.request import DaysRequest, SharedEntitiesRequest
from assay.evidence.shared_entities import Named, SharedEntities
from assay.record.condition import Test
from subjects import value, with_data

COLUMNS = {"time": "day", "entity": "id"}
DAYS, ENTITIES = DaysRequest("test", "train"), SharedEntitiesRequest("test", "train")
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def found(tmp_path, test, train, request, kind="parquet"):
    frames = {
        role: pd.DataFrame(rows, columns=["day", "id"], dtype=object)
        for role, rows in (("test", test), ("train", train))
    }
    return value(with_data(tmp_path, COLUMNS, kind=kind, **frames), request)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_days_and_entities_are_those_of_the_rows(tmp_path, kind):
    train = [("2025-12-31", "a"), ("2025-01-01", "b"), ("2025-01-02", "a"), (None, "c")]
    test = [
        ("2026-01-01T10:00", "a"),
        ("2025-12-31 23:59", "d"),
        ("2026-02-01", "e"),
        ("2026-02-01", "a"),
        ("2026-03-01", ""),
    ]
    assert found(tmp_path, test, train, DAYS, kind) == Days(
        Dated(5, 0, "2025-12-31", "2026-03-01"), Dated(4, 1, "2025-01-01", "2025-12-31"), 1
    )
    assert found(tmp_path, test, train, ENTITIES, kind) == SharedEntities(Named(5, 1, 3), Named(4, 0, 3), 1, 2)


def test_a_missing_entity_is_nobody_and_equals_no_other(tmp_path):
    nobody = found(tmp_path, [("2026-01-01", None)], [("2025-01-01", None)], ENTITIES)
    assert nobody == SharedEntities(Named(1, 1, 0), Named(1, 1, 0), 0, 0)


rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.dates(dt.date(2024, 1, 1), dt.date(2024, 3, 1)).map(dt.date.isoformat)),
        st.one_of(st.none(), st.sampled_from("abcdefgh")),
    ),
    max_size=25,
)


@few
@given(rows, rows, st.randoms(use_true_random=False))
def test_any_rows_in_any_order_give_one_table_that_comes_back(tmp_path, test, train, random):
    for request in (DAYS, ENTITIES):
        made = found(tmp_path, test, train, request, "csv")
        again = found(tmp_path, random.sample(test, len(test)), random.sample(train, len(train)), request, "csv")
        assert again == made
        assert read_table(request, made.csv()) == (request, made)
    last = max((day for day, _ in train if day), default="")
    assert found(tmp_path, test, train, DAYS, "csv").not_later == sum(
        day is not None and day <= last for day, _ in test
    )
    known = {who for _, who in train if who}
    made = found(tmp_path, test, train, ENTITIES, "csv")
    assert made.rows == sum(who in known for _, who in test if who)
    assert made.entities == len({who for _, who in test if who} & known)


def test_the_filter_leaves_out_rows_of_the_judged_data_alone(tmp_path):
    where = Test(field="id", equals="a")
    test, train = [("2026-01-01", "a"), ("2024-01-01", "b")], [("2025-01-01", "a"), ("2027-01-01", "b")]
    days = found(tmp_path, test, train, DaysRequest("test", "train", where))
    assert (days.data.rows, days.against.rows, days.not_later) == (1, 2, 1)
    assert found(tmp_path, test, train, SharedEntitiesRequest("test", "train", where)).data == Named(1, 0, 1)


@pytest.mark.parametrize("day", ["31.12.2025", "2025-02-29", "0000-01-01"])
def test_what_is_no_day_is_refused(tmp_path, day):
    with pytest.raises(DataError, match="which is no day"):
        found(tmp_path, [(day, "a")], [("2025-01-01", "a")], DAYS)


def test_what_was_counted_is_kept(tmp_path):
    frames = {role: pd.DataFrame({"day": ["2026-01-01"], "id": ["a"]}) for role in ("test", "train")}
    of, told, options = with_data(tmp_path, COLUMNS, **frames), [], EngineOptions(cache=tmp_path / "cache")
    first = measure([DAYS, ENTITIES], of, seed=1, progress=lambda *step: None, options=options)
    again = measure([DAYS, ENTITIES], of, seed=1, progress=lambda *step: told.append(step), options=options)
    assert again == first
    assert told == [("measure", 2, 2)], "nothing is left to be counted"
