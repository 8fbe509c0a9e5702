import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.reading import read_table
from assay.evidence.regions import Region, Regions, Sampled, Side
from assay.evidence.request import RegionsRequest
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.record.condition import Test
from subjects import value, with_data

COLUMNS = {"label": {"column": "y", "favourable": 1}, "decision": {"column": "d", "favourable": 1}}
BLOCKS = {"features": [{"name": "age"}, {"name": "kids"}, {"name": "region", "dtype": "category"}]}


def people(n, seed):
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"age": random.normal(40, 10, n), "kids": random.integers(0, 4, n).astype(float)})
    table["region"] = random.choice(["n", "s", "e"], n)
    table["y"], table["d"] = random.integers(0, 2, n), random.integers(0, 2, n)
    return table


TEST, TRAIN = people(600, 1), people(900, 2)
TRAIN.loc[:99, "age"] = np.nan
TEST.loc[:9, "region"] = "w"


def request(features=("age", "kids", "region"), bins=4, size=5000, where=None):
    return RegionsRequest("test", "train", features, bins, size, where)


def found(folder, asked=None, test=TEST, train=TRAIN, **more):
    folder.mkdir(exist_ok=True)
    return value(with_data(folder, COLUMNS, blocks=BLOCKS, test=test, train=train, **more), asked or request())


def within(table, region):
    column = table[region.feature]
    if region.kind == "range":
        low = -np.inf if region.above is None else region.above
        high = np.inf if region.up_to is None else region.up_to
        return table[(column > low) & (column <= high)]
    named = {"level": column == region.level, "missing": column.isna(), "rare": ~column.isin(["n", "s", "e"])}
    return table[named[region.kind] & (column.notna() | (region.kind == "missing"))]


def test_the_counts_are_those_of_pandas_in_regions_of_the_data_compared_with(tmp_path):
    made = found(tmp_path)
    assert made.sampled == (Sampled(600, 600, 0, 0), Sampled(900, 900, 0, 0))
    for region, *sides in made.regions:
        for side, table in zip(sides, (TEST, TRAIN), strict=True):
            mine = within(table, region)
            assert side == Side(len(mine), int((mine.y != mine.d).sum()))
    names = [(region.feature, region.name) for region, *_ in made.regions]
    assert names[5:] == [
        ("kids", "up to 0"), ("kids", "above 0, up to 1"), ("kids", "above 1, up to 2"), ("kids", "above 2"),
        ("region", "e"), ("region", "n"), ("region", "s"), ("region", "(rare)"),
    ]  # fmt: skip
    assert names[4] == ("age", "(missing)")
    known = [b.people for region, _, b in made.regions if region.feature == "age" and region.kind == "range"]
    assert known == [200, 200, 200, 200]


def test_the_order_of_the_rows_changes_no_byte(tmp_path):
    shuffled = {"test": TEST.sample(frac=1, random_state=1), "train": TRAIN.sample(frac=1, random_state=2)}
    for size in (5000, 300):
        one = found(tmp_path / f"a{size}", request(size=size))
        assert one.csv() == found(tmp_path / f"b{size}", request(size=size), **shuffled).csv()


def test_a_filter_holds_in_both_datasets(tmp_path):
    made = found(tmp_path, request(features=("region",), where=Test(field="kids", at_least=2)))
    assert [each.available for each in made.sampled] == [(table.kids >= 2).sum() for table in (TEST, TRAIN)]


def test_an_empty_dataset_and_a_column_of_one_value_have_what_there_is(tmp_path):
    nobody = found(tmp_path / "nobody", test=TEST.head(0))
    assert nobody.sampled[0] == Sampled(0, 0, 0, 0)
    assert {one.people for _, one, _ in nobody.regions} == {0}
    same = found(tmp_path / "same", request(features=("kids",)), train=TRAIN.assign(kids=1.0))
    assert [region.name for region, *_ in same.regions] == ["(any number)"]
    none = found(tmp_path / "none", test=TEST.head(0), train=TRAIN.head(0))
    assert none.regions == ()


A, B = Region("a", "range", None, 2.0), Region("a", "range", 2.0, None)
LEVEL = Region("b", "level", level="=x")
SOUND = Regions(
    (Sampled(90, 50, 3, 2), Sampled(80, 40, 0, 0)),
    ((A, Side(40, 5), Side(20, 20)), (B, Side(5, 0), Side(20, 1)), (LEVEL, Side(45, 5), Side(40, 21))),
)
ASKED = RegionsRequest("test", "train", ("a", "c", "b"), 5, 60)


def test_the_table_is_read_back_to_the_very_value():
    assert read_table(ASKED, SOUND.csv()) == (ASKED, SOUND)
    assert told(ASKED) == "errors in 5 regions of each input, in 60 rows of test and of train"


@pytest.mark.parametrize(
    "wrong",
    [
        Regions((Sampled(90, 61, 14, 2), SOUND.sampled[1]), SOUND.regions),
        Regions((Sampled(40, 50, 3, 2), SOUND.sampled[1]), SOUND.regions),
        Regions((Sampled(90, 50, 3, 3), SOUND.sampled[1]), SOUND.regions),
        Regions((Sampled(90, 5, 3, 3), SOUND.sampled[1]), SOUND.regions),
        Regions(SOUND.sampled, (*SOUND.regions[:2], (LEVEL, Side(45, 46), Side(40, 21)))),
        Regions(SOUND.sampled, SOUND.regions[2:] + SOUND.regions[:2]),
        Regions(SOUND.sampled, (SOUND.regions[0], SOUND.regions[2], SOUND.regions[1])),
        Regions(SOUND.sampled, ((A, Side(45, 5), Side(20, 20)), (A, Side(0, 0), Side(20, 1)))),
        Regions(SOUND.sampled, ((B, Side(45, 5), Side(20, 20)), (A, Side(0, 0), Side(20, 1)))),
        Regions(SOUND.sampled, ((Region("z", "missing"), Side(45, 5), Side(40, 20)),)),
        Regions(SOUND.sampled, ((Region("a", "missing"), Side(45, 5), Side(40, 20)), (A, Side(0, 0), Side(0, 0)))),
    ],
)
def test_a_table_of_no_such_regions_is_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(ASKED, wrong.csv())


@given(st.binary(max_size=60))
def test_hostile_bytes_are_refused_and_never_crash(data):
    for content in (data, SOUND.csv()[: -len(data) or None] + data, SOUND.csv() + data):
        if content != SOUND.csv():
            with pytest.raises(UnreadableTable):
                read_table(ASKED, content)


def test_more_regions_than_an_input_can_have_are_refused_before_they_are_read():
    many = tuple((Region("a", "level", level=f"l{i}"), Side(1, 0), Side(1, 0)) for i in range(160))
    wrong = Regions((Sampled(900, 160, 0, 0),) * 2, many)
    with pytest.raises(UnreadableTable, match="more regions"):
        read_table(RegionsRequest("test", "train", ("a", "b", "c"), 5, 900), wrong.csv())
