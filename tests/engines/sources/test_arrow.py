import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.engines.options import EngineOptions
from assay.engines.sources import declared
from assay.errors import DataError
from prepared import counted, prepared

pa = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")


def made(path, columns, **options):
    table = pa.table(columns) if isinstance(columns, dict) else columns
    feather.write_feather(table, str(path), **{"compression": "uncompressed", **options})


@pytest.mark.parametrize("options", [{}, {"compression": "lz4"}, {"compression": "zstd"}, {"chunksize": 2}])
def test_a_feather_file_is_read(tmp_path, options):
    made(tmp_path / "x.feather", {"g": ["a", "b", None, "a", ""], "n": [1, 2, 3, 4, 5]}, **options)
    assert counted(tmp_path, {"path": "x.feather"}) == {"a": 2, "b": 1, None: 2}
    assert counted(tmp_path, {"path": "x.feather"}, "n") == {str(i): 1 for i in range(1, 6)}


@pytest.mark.parametrize(("values", "codes"), [
    (lambda: pa.array(["a", "b", "a"]).dictionary_encode(), {"a": 2, "b": 1}),
    (lambda: pa.array(["a", None], pa.large_string()), {"a": 1, None: 1}),
    (lambda: pa.array(["a"], pa.string_view()), {"a": 1}),
    (lambda: pa.array([1, None], pa.uint8()), {"1": 1, None: 1}),
    (lambda: pa.array([0.1, float("nan")]), {"0.1": 1, None: 1}),
    (lambda: pa.array([True, False]), {"true": 1, "false": 1}),
    (lambda: pa.array([1_000], pa.date32()), {"1972-09-27": 1}),
])  # fmt: skip
def test_values_keep_their_types(tmp_path, values, codes):
    made(tmp_path / "x.arrow", {"g": values()})
    assert counted(tmp_path, {"path": "x.arrow"}) == codes


def test_files_of_a_pattern_are_one_dataset(tmp_path):
    for place, value in enumerate("ab"):
        made(tmp_path / f"part{place}.arrow", {"g": [value, value]})
    assert counted(tmp_path, {"path": "part*.arrow"}) == {"a": 2, "b": 2}


def test_columns_may_stand_in_another_order(tmp_path):
    made(tmp_path / "a.arrow", {"g": ["a"], "n": [1]})
    made(tmp_path / "b.arrow", {"n": [2], "more": [0], "g": ["b"]})
    assert counted(tmp_path, {"path": "*.arrow"}) == {"a": 1, "b": 1}


def test_a_column_that_changes_its_type_is_named(tmp_path):
    made(tmp_path / "a.arrow", {"g": ["a"]})
    made(tmp_path / "b.arrow", {"g": [1]})
    with pytest.raises(DataError, match=r"'g' is int64 in b\.arrow and string in a\.arrow"):
        prepared(tmp_path, {"path": "*.arrow"})


@pytest.mark.parametrize("column", ["a:b \"x\" 'y'; DROP TABLE t; --\n", "row", "w", "c0", "one", "batches"])
def test_a_name_is_only_a_name(tmp_path, column):
    made(tmp_path / "x.arrow", {"b": [1, 2], column: ["a", "b"]})
    assert counted(tmp_path, {"path": "x.arrow"}, column) == {"a": 1, "b": 1}


@pytest.mark.parametrize("damage", [lambda d: d[:-40], lambda d: d[:50], lambda d: b"", lambda d: d[:20] + d[200:]])
def test_a_damaged_file_is_one_clear_error(tmp_path, damage):
    made(tmp_path / "a.arrow", {"g": ["a"] * 1_000})
    data = (tmp_path / "a.arrow").read_bytes()
    (tmp_path / "b.arrow").write_bytes(damage(data))
    with pytest.raises(DataError) as error:
        prepared(tmp_path, {"path": "*.arrow"})
    assert error.value.where == "b.arrow"
    assert "Traceback" not in str(error.value)


def test_offsets_that_lead_out_of_the_file_are_found(tmp_path):
    """Whoever believes them reads the memory of the process."""
    made(tmp_path / "x.arrow", {"g": ["abcdefgh"] * 4})
    data = (tmp_path / "x.arrow").read_bytes()
    offsets = b"".join(i.to_bytes(4, "little") for i in (0, 8, 16, 24, 32))
    assert data.count(offsets) == 1
    (tmp_path / "x.arrow").write_bytes(
        data.replace(offsets, offsets[:8] + (2**30).to_bytes(4, "little") + offsets[12:])
    )
    with pytest.raises(DataError, match="cannot be read") as error:
        prepared(tmp_path, {"path": "x.arrow"})
    assert error.value.where == "x.arrow"


def test_a_name_that_is_not_utf8_is_one_clear_error(tmp_path):
    made(tmp_path / "x.arrow", {"group": ["a"], "other": [1]})
    data = (tmp_path / "x.arrow").read_bytes()
    (tmp_path / "x.arrow").write_bytes(data.replace(b"other", b"oth\xffr"))
    with pytest.raises(DataError, match="cannot be read") as error:
        prepared(tmp_path, {"path": "x.arrow"}, "group")
    assert error.value.where == "x.arrow"


ZEROS = {"g": ["a"] * 300_000, "big": pa.array([0] * 300_000), "d": pa.array(["b"] * 300_000).dictionary_encode()}


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
@pytest.mark.parametrize("chunks", [300_000, 1_000])
def test_a_batch_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch, compression, chunks):
    monkeypatch.setattr(declared, "MOST_BYTES", 2_000_000)
    made(tmp_path / "x.arrow", ZEROS, compression=compression, chunksize=chunks)
    if chunks == 1_000:
        assert counted(tmp_path, {"path": "x.arrow"}, "big") == {"0": 300_000}
        return
    assert counted(tmp_path, {"path": "x.arrow"}, "g") == {"a": 300_000}, "only what is read counts"
    with pytest.raises(DataError, match=r"its batch 1 would take 2,400,000 bytes unpacked") as error:
        prepared(tmp_path, {"path": "x.arrow"}, "big")
    assert "smaller batches" in error.value.hint


def test_what_is_not_packed_is_as_large_as_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(declared, "MOST_BYTES", 100_000)
    made(tmp_path / "x.arrow", ZEROS)
    assert counted(tmp_path, {"path": "x.arrow"}, "big") == {"0": 300_000}


def test_dictionaries_that_unpack_to_more_than_the_limit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(declared, "MOST_BYTES", 100_000)
    values = pa.array([f"{i:0100}" for i in range(2_000)]).dictionary_encode()
    made(tmp_path / "x.arrow", {"g": values, "n": [1] * 2_000}, compression="lz4")
    with pytest.raises(DataError, match="its dictionaries would take 208,"):
        prepared(tmp_path, {"path": "x.arrow"}, "n")


def test_columns_of_every_kind_count(tmp_path, monkeypatch):
    """A list has more buffers than its type tells: then all columns count."""
    columns = {"l": [[1, 2]] * 1_000, "v": pa.array(["x"] * 1_000, pa.string_view()), "g": ["a"] * 1_000,
               "nothing": pa.nulls(1_000)}  # fmt: skip
    made(tmp_path / "x.arrow", columns, compression="lz4")
    assert counted(tmp_path, {"path": "x.arrow"}) == {"a": 1_000}
    monkeypatch.setattr(declared, "MOST_BYTES", 6_000)
    with pytest.raises(DataError, match="its batch 1 would take"):
        prepared(tmp_path, {"path": "x.arrow"})


def test_rows_that_take_no_bytes_end(tmp_path, monkeypatch):
    monkeypatch.setattr(declared, "MOST_ROWS", 1_000)
    made(tmp_path / "x.arrow", {"g": pa.nulls(1_001)})
    with pytest.raises(DataError, match="its batch 1 would take 1,001 rows"):
        prepared(tmp_path, {"path": "x.arrow"})


def test_a_length_that_lies_takes_no_memory(tmp_path):
    """Its eight bytes say a terabyte."""
    made(tmp_path / "x.arrow", {"g": pa.array([7] * 10_000)}, compression="lz4")
    data = (tmp_path / "x.arrow").read_bytes()
    length = (80_000).to_bytes(8, "little")
    assert data.count(length) == 1
    (tmp_path / "x.arrow").write_bytes(data.replace(length, (1 << 40).to_bytes(8, "little")))
    with pytest.raises(DataError, match="1,099,511,627,776 bytes"):
        prepared(tmp_path, {"path": "x.arrow"})


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 2_000), value=st.integers(0, 255))
def test_whatever_a_file_says_it_is_bounded_or_one_clear_error(tmp_path_factory, place, value):
    folder = tmp_path_factory.mktemp("arrow")
    made(folder / "x.arrow", {"g": pa.array(["a", "b"]).dictionary_encode(), "n": [1, 2]}, compression="lz4")
    data = bytearray((folder / "x.arrow").read_bytes())
    data[place % len(data)] = value
    (folder / "x.arrow").write_bytes(data)
    with suppress(DataError):
        declared.require_bounded(folder / "x.arrow", "x.arrow", None)


def test_a_file_larger_than_the_memory_limit_is_read(tmp_path):
    values = pa.array([f"{i:040}" for i in range(1_000)] * 1_000)
    made(tmp_path / "x.arrow", {"text": values, "g": pa.array([1, 2] * 500_000)})
    options = EngineOptions(memory_limit="64MB")
    assert counted(tmp_path, {"path": "x.arrow"}, options=options) == {"1": 500_000, "2": 500_000}


def test_without_pyarrow_there_is_a_hint(tmp_path):
    made(tmp_path / "x.arrow", {"g": ["a"]})
    program = (
        "import sys\nsys.modules['pyarrow'] = None\nsys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\n"
        "from prepared import prepared\nprepared(Path(sys.argv[2]), {'path': 'x.arrow'})"
    )
    tests = str(__file__).rsplit("engines", 1)[0]
    ended = subprocess.run([sys.executable, "-c", program, tests, tmp_path], capture_output=True, text=True)
    assert "needs the package pyarrow" in ended.stderr
    assert "pip install 'assay[arrow]'" in ended.stderr
