import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.engines.embedded.binned import cut
from assay.engines.embedded.slices import _search
from assay.evidence.reading import read_table
from assay.evidence.regions import Region, Sampled
from assay.evidence.request import SlicesRequest
from assay.evidence.slices import Amount, Slice, Slices
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.stats.significance import standard_deviations
from assay.subject.inputs import Input
from subjects import value, with_data

COLUMNS = {"label": {"column": "y", "favourable": 1}, "decision": {"column": "d", "favourable": 1}}
SCORED = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
}
BLOCKS = {"features": [{"name": "age"}, {"name": "region", "dtype": "category"}]}


def people(n=2000, seed=0, planted=0.0):
    """People whose decisions are wrong in 20 of 100, and more of those in the north."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"age": random.integers(18, 80, n) + 0.5, "region": random.choice(list("nsew"), n)})
    table["y"] = random.integers(0, 2, n)
    wrong = random.random(n) < 0.2 + planted * (table.region == "n")
    table["d"] = np.where(wrong, 1 - table.y, table.y)
    table["p"] = np.where(table.d == 1, 0.8, 0.3)
    return table


def request(of="errors", features=("age", "region"), bins=4, size=5000, least=50, most=10, where=None):
    return SlicesRequest("test", features, of, bins, size, least, most, where)


def found(folder, table, asked=None, columns=COLUMNS, blocks=BLOCKS):
    folder.mkdir(exist_ok=True)
    return value(with_data(folder, columns, blocks=blocks, test=table), asked or request())


def of_slice(table, one):
    """The rows of a slice, by its definition."""
    inside = pd.Series(True, index=table.index)
    for region in one.regions:
        column = table[region.feature]
        if region.kind == "range":
            low = -np.inf if region.above is None else region.above
            high = np.inf if region.up_to is None else region.up_to
            inside &= (column > low) & (column <= high)
        elif region.kind == "level":
            inside &= column == region.level
        elif region.kind == "missing":
            inside &= column.isna()
    return table[inside]


def test_the_weakest_slice_is_found_and_counted_on_the_other_half(tmp_path):
    table = people(planted=0.5)
    made = found(tmp_path, table)
    assert (made.sampled, made.searched, made.tested.people) == (Sampled(2000, 2000, 0, 0), 1000, 1000)
    assert made.slices[0].name == "region n"
    assert made.tested.squares == made.tested.total
    # In the second half its counts are about half of all, and its rate is near the planted one.
    inside, mine = made.slices[0].inside, of_slice(table, made.slices[0])
    assert abs(inside.people - len(mine) / 2) < 60
    assert abs(inside.total / inside.people - (mine.y != mine.d).mean()) < 0.1


def test_every_slice_has_enough_people_inside_and_outside_and_half_of_none_is_another(tmp_path):
    table = people(planted=0.2)
    made = found(tmp_path, table, request(least=120))
    assert 0 < len(made.slices) <= 10
    assert made.looked_at <= 4 + 4 + 4 * 4 + 2
    rows = [set(of_slice(table, one).index) for one in made.slices]
    for at, one in enumerate(rows):
        assert 150 < len(one) < 1850  # of both halves
        for other in rows[:at]:
            assert len(one & other) / min(len(one), len(other)) < 0.6  # of both halves; 0.5 in the first


def test_parts_of_a_weak_slice_and_wholes_that_hold_it_are_not_reported_beside_it(tmp_path):
    table = people(4000, planted=0.6)
    names = [one.name for one in found(tmp_path, table, request(least=20)).slices]
    assert names[0] == "region n"
    assert not any("region n" in name for name in names[1:])


def test_the_order_of_the_rows_changes_no_byte(tmp_path):
    table = people()
    table.loc[::7, "age"] = np.nan
    for columns, of in ((COLUMNS, "errors"), (SCORED, "squares")):
        one, two = (
            found(tmp_path / f"{of}{name}", each, request(of), columns)
            for name, each in (("a", table), ("b", table.sample(frac=1, random_state=3)))
        )
        assert one.csv() == two.csv()


def test_without_a_decision_squared_errors_are_summed(tmp_path):
    table = people(planted=0.5)
    made = found(tmp_path, table, request("squares", features=("region",)), SCORED)
    assert made.slices[0].name == "region n"
    squared = (table.p - table.y) ** 2
    assert made.tested.total / made.tested.people == pytest.approx(squared.mean(), abs=0.03)
    assert made.tested.squares / made.tested.people == pytest.approx((squared**2).mean(), abs=0.03)


def test_a_sample_of_everybody_in_the_second_half_and_the_first_adds_up_to_the_table(tmp_path):
    """The counts of the second half, with two seeds whose halves differ, never exceed those of all."""
    table = people(planted=0.5)
    made = found(tmp_path, table)
    for one in made.slices:
        rows = of_slice(table, one)
        assert one.inside.people <= len(rows)
        assert one.inside.total <= (rows.y != rows.d).sum()


def test_those_without_a_value_and_rare_levels_are_slices_of_their_own(tmp_path):
    table = people()
    table.loc[table.index % 4 == 0, "age"] = np.nan
    table["region"] = np.where(np.arange(2000) % 4 == 1, [f"r{i}" for i in range(2000)], "s")
    table["d"] = np.where(np.arange(2000) % 4 <= 1, 1 - table.y, table.y)
    names = {one.name for one in found(tmp_path, table).slices}
    assert {"age (missing)", "region (rare)"} <= names


def test_people_without_a_label_or_a_decision_are_counted_and_left_out(tmp_path):
    table = people().astype({"y": "Int64", "d": "Int64"})
    table.loc[:99, "y"] = None
    table.loc[50:249, "d"] = None
    made = found(tmp_path, table.astype({"y": float, "d": float}))
    assert made.sampled == Sampled(2000, 2000, 100, 150)
    assert made.tested.people == 875


def test_a_decision_by_a_cut_of_the_score_needs_the_score_only(tmp_path):
    columns = {**SCORED, "decision": {"from": "score", "favourable": {"at_least": 0.5}}}
    table = people(planted=0.5)
    cut = found(tmp_path / "cut", table.drop(columns="d"), columns=columns)
    assert cut.slices[0].name == "region n"
    assert cut.tested.people == 1000


@pytest.mark.parametrize("table", [people().head(0), people().head(3)])
def test_too_few_people_have_no_slices(tmp_path, table):
    made = found(tmp_path, table)
    assert (made.slices, made.looked_at) == ((), 0)


def test_nobody_errs_or_everybody_does_and_nothing_is_found(tmp_path):
    for name, table in (("right", people().assign(d=lambda t: t.y)), ("wrong", people().assign(d=lambda t: 1 - t.y))):
        made = found(tmp_path / name, table)
        assert made.slices == ()
        assert made.looked_at > 0


REGIONS = [
    Region("a", "range", None, 0.5), Region("a", "range", 0.5, None), Region("a", "missing"),
    Region("b", "level", level="=1+1"), Region("b", "level", level="x,\ny"), Region("b", "rare"),
]  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_the_table_is_read_back_to_the_very_value(data):
    asked = SlicesRequest("test", ("a", "b"), data.draw(st.sampled_from(["errors", "squares"])), 5, 1000, 10, 8)
    known = data.draw(st.integers(0, 900))
    people_ = known - known // 2

    def amount(most, errors):
        n = data.draw(st.integers(0, most))
        total = float(data.draw(st.integers(0, min(n, errors))))
        return Amount(n, total, total)

    tested = Amount(people_, float(people_ // 2), float(people_ // 2))
    chosen = data.draw(st.lists(st.sampled_from(REGIONS), unique=True, max_size=3))
    slices = tuple(Slice((region,), amount(people_, people_ // 2)) for region in chosen)
    slices += (Slice((REGIONS[0], REGIONS[3]), amount(people_, people_ // 2)),)
    made = Slices(Sampled(2000, known + 30, 10, 20), 40, tested, slices)
    assert read_table(asked, made.csv()) == (asked, made)
    assert told(asked) == f"8 slices of most {asked.of} in 1000 rows of test"


SOUND = Slices(
    Sampled(900, 200, 10, 10), 5, Amount(90, 20.0, 20.0), (Slice((REGIONS[0],), Amount(40, 12.0, 12.0)),)
)  # fmt: skip


def changed(sampled=SOUND.sampled, looked_at=5, tested=SOUND.tested, slices=SOUND.slices):
    return Slices(sampled, looked_at, tested, slices)


@pytest.mark.parametrize(
    "wrong",
    [
        changed(sampled=Sampled(100, 200, 10, 10)),
        changed(sampled=Sampled(900, 200, 150, 60)),
        changed(sampled=Sampled(9000, 1001, 811, 10)),
        changed(tested=Amount(91, 20.0, 20.0)),
        changed(tested=Amount(90, 91.0, 91.0)),
        changed(tested=Amount(90, 20.5, 20.5)),
        changed(tested=Amount(90, 20.0, 19.0)),
        changed(looked_at=0),
        changed(slices=SOUND.slices * 2),
        changed(slices=(Slice((REGIONS[0],), Amount(91, 12.0, 12.0)),)),
        changed(slices=(Slice((REGIONS[0],), Amount(40, 21.0, 21.0)),)),
        changed(slices=(Slice((REGIONS[0],), Amount(0, 1.0, 1.0)),)),
        changed(slices=(Slice((Region("c", "missing"),), Amount(40, 12.0, 12.0)),)),
        changed(slices=(Slice((REGIONS[3], REGIONS[0]), Amount(40, 12.0, 12.0)),)),
        changed(slices=(Slice((REGIONS[0], REGIONS[2]), Amount(40, 12.0, 12.0)),)),
        changed(slices=(Slice((Region("a", "range", 2.0, 1.0),), Amount(40, 12.0, 12.0)),)),
        changed(slices=(Slice((Region("a", "missing", 2.0),), Amount(40, 12.0, 12.0)),)),
        changed(slices=(Slice((Region("a", "level"),), Amount(40, 12.0, 12.0)),)),
    ],
)
def test_a_table_of_no_such_search_is_refused(wrong):
    asked = SlicesRequest("test", ("a", "b"), "errors", 5, 1000, 10, 8)
    assert read_table(asked, SOUND.csv()) == (asked, SOUND)
    with pytest.raises(UnreadableTable):
        read_table(asked, wrong.csv())


@given(st.binary(max_size=60))
def test_hostile_bytes_are_refused_and_never_crash(data):
    begin = SOUND.csv()[: -len(data) or None]
    for content in (data, begin + data, SOUND.csv() + data):
        if content != SOUND.csv():
            with pytest.raises(UnreadableTable):
                read_table(SlicesRequest("test", ("a", "b"), "errors", 5, 1000, 10, 8), content)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([2, 4]))
def test_the_search_is_that_of_every_slice_one_by_one(seed, bins):
    """By pandas: every region of one input and of two, ranked by the z of two proportions."""
    table = people(600, seed)
    places, cuts = cut_up(table, bins)
    wrong = (table.y != table.d).to_numpy().astype(float)
    found, looked_at = _search(places, cuts, wrong, 20)
    expected = []
    for columns in ([0], [1], [0, 1]):
        for key, rows in table.groupby([places[i] for i in columns]):
            n, m = len(rows), len(table) - len(rows)
            if min(n, m) >= 20:
                k, j = wrong[rows.index].sum(), wrong.sum() - wrong[rows.index].sum()
                z = standard_deviations((k, n), (j, m)) or 0.0
                expected.append((z, tuple(zip(columns, (int(each) for each in key), strict=True))))
    assert looked_at == len(expected)
    best = sorted((each for each in expected if each[0] > 1e-12), key=lambda each: -each[0])
    assert {one for _, one in best} == set(found)
    by_name = {one: z for z, one in expected}
    assert [by_name[one] for one in found] == pytest.approx([z for z, _ in best], abs=1e-9)


def cut_up(table, bins):
    codes, levels = pd.factorize(table.region, sort=True)
    inputs = (Input("age", table.age.to_numpy()), Input("region", codes.astype(np.int32), tuple(levels)))
    cuts = [cut(each, slice(None), bins, 20) for each in inputs]
    return [made.places(each) for made, each in zip(cuts, inputs, strict=True)], cuts


@given(st.lists(st.floats(allow_nan=False) | st.integers(-30, 30).map(float), min_size=1, max_size=60),
       st.integers(2, 8))  # fmt: skip
def test_edges_part_the_numbers_and_are_short(numbers, bins):
    made = cut(Input("a", np.array(numbers)), slice(None), bins, 1)
    places = made.places(Input("a", np.array([*numbers, np.nan])))
    assert list(made.edges) == sorted(set(made.edges))
    for number, place in zip(numbers, places, strict=False):
        region = made.regions[place]
        assert (region.above is None or region.above < number) and (region.up_to is None or number <= region.up_to)  # noqa: PT018
    assert made.regions[places[-1]].kind == "missing"
    finite = {number for number in numbers if np.isfinite(number)}
    assert len(made.edges) <= max(bins - 1, 0)
    if 0 < len(finite) <= bins:
        assert len(made.edges) == len(finite) - 1
    assert all(any(a <= edge for a in finite) and any(edge < b for b in finite) for edge in made.edges)


def test_an_edge_says_no_more_digits_than_it_takes():
    made = cut(Input("a", np.array([0.4, 1.23456, 2.34567, 1000.5])), slice(None), 5, 1)
    assert made.edges == (0.4, 2.0, 3.0)
