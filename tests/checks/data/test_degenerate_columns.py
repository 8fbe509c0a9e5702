"""What each check of columns says of columns that are not what it was written for: a number or a reason, in bounded
time, never an error. Every case here is of the whole audit.
"""

import math

import duckdb
import pytest

from auditing import control, evaluate, finding_of, write_csv

ESTIMATES = {
    "data.missing": "missing_share",
    "data.drift": "psi",
    "data.distribution_shift": "shift",
    "data.overlap": "share_of_shared_rows",
    "data.new_categories": "unseen_share",
}
NO_DISTRIBUTION = "so there is no distribution to compare"
ONE, NONE = f"it holds one value in both datasets, {NO_DISTRIBUTION}", "it holds no value in either dataset"

# The column of `test`, that of `train`, and for each check a value, or how the reason begins why there is none.
COLUMNS = {
    "a constant": ("7", "7", (0.0, ONE, ONE, 1.0, 0.0)),
    "another constant": ("7", "8", (0.0, math.inf, 1.0, 0.0, 1.0)),
    "a constant text": ("'a'", "'a'", (0.0, ONE, ONE, 1.0, 0.0)),
    "no number at all": ("NULL::DOUBLE", "NULL::DOUBLE", (1.0, NONE, "it holds no number", 1.0, "it holds no")),
    "no text at all": ("NULL::VARCHAR", "NULL::VARCHAR", (1.0, NONE, NONE, 1.0, "it holds no value in the train data")),
    "blank text": ("'  '", "''", (1.0, NONE, NONE, 1.0, "it holds no value in the train data")),
    "no number any more": ("NULL::DOUBLE", "i", (1.0, math.inf, "it holds no number in the test data", 0.0, 0.0)),
    "not a number, and infinite": ("'nan'::DOUBLE", "'inf'::DOUBLE",
                                   (1.0, NONE, "it holds no number in the test and train", None, "it holds no value")),
    "truth values": ("i % 2 = 0", "i % 2 = 0", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "one truth value": ("true", "i % 2 = 0", (0.0, math.inf, math.inf, 1.0, 0.0)),
    "decimals": ("(i % 90)::DECIMAL(12, 2) / 4", "(i % 90)::DECIMAL(12, 2) / 4", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "decimals beside floats": ("(i % 90)::DECIMAL(12, 2) / 4", "(i % 90) / 4::DOUBLE", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "large whole numbers": ("(i % 7)::HUGEINT", "(i % 7)::HUGEINT", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "moments with a time zone": ("TIMESTAMPTZ '2026-01-01 00:00:00+02' + INTERVAL (i % 40) HOUR",
                                 "TIMESTAMPTZ '2026-01-01 00:00:00+02' + INTERVAL (i % 40) HOUR",
                                 (0.0, 0.0, 0.0, 1.0, 0.0)),
    "the same moments in another zone": ("TIMESTAMPTZ '2026-01-01 00:00:00+02'", "TIMESTAMPTZ '2025-12-31 22:00:00+00'",
                                         (0.0, ONE, ONE, 1.0, 0.0)),
    "days": ("DATE '2026-01-01' + (i % 30)::INTEGER", "DATE '2026-01-01' + (i % 30)::INTEGER",
             (0.0, 0.0, 0.0, 1.0, 0.0)),
    "a list": ("[i % 3, NULL]", "[i % 3, NULL]", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "another list": ("[i % 3]", "[i % 3, 9]", (0.0, math.inf, 1.0, 0.0, 1.0)),
    "a structure": ("{'a': i % 3, 'b': ['x']}", "{'a': i % 3, 'b': ['x']}", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "a map": ("MAP {'k': i % 2}", "MAP {'k': i % 2}", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "bytes": ("'ab'::BLOB", "'ab'::BLOB", (0.0, ONE, ONE, 1.0, 0.0)),
    "numbers beside text": ("i % 5", "(i % 5)::VARCHAR", (0.0, 0.0, 0.0, 1.0, 0.0)),
    "an identifier of a thousand": ("'a' || i", "'b' || i",
                                    (0.0, "most rows hold a value beyond", "it holds 1000 different values", 0.0, 1.0)),
    "long text": ("repeat('x', 300) || i % 2", "repeat('x', 300) || i % 2",
                  (0.0, 0.0, "it holds 2 different values, too many or too long ones", 1.0, "it holds 2 different")),
}  # fmt: skip


def findings(folder, names=ESTIMATES, kind="parquet", **blocks):
    """Findings by check, of the column x."""
    controls = [
        control(id=name.replace(".", "-"), check=name, criterion={"reported": True, "source": "house"},
                **{"with": {"columns": ["x"]}}) for name in names
    ]  # fmt: skip
    data = {role: {"path": f"{role}.{kind}"} for role in ("test", "train")}
    done = evaluate(folder, folder / f"test.{kind}", {}, *controls, manifest={"data": data, **blocks})
    return {name: finding_of(done, name.replace(".", "-")) for name in names}


def written(folder, test, train, rows=1000):
    for role, column in (("test", test), ("train", train)):
        path = folder / f"{role}.parquet"
        duckdb.sql(f"COPY (SELECT {column} AS x FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)")


def require(found, expected):
    """The value, infinity for any above 0, or the reason; None: either."""
    for (name, finding), wanted in zip(found.items(), expected, strict=True):
        (estimate,) = (e for e in finding.measured.estimates if e.name == ESTIMATES[name])
        assert finding.error is None
        assert finding.outcome == "inconclusive" or estimate.value is not None, name
        if isinstance(wanted, str):
            assert (estimate.undefined or "").startswith(wanted), name
        elif wanted is not None:
            assert estimate.value > 0 if wanted == math.inf else estimate.value == pytest.approx(wanted), name


@pytest.mark.parametrize("name", COLUMNS)
def test_a_strange_column_has_a_number_or_a_reason(tmp_path, name):
    test, train, expected = COLUMNS[name]
    written(tmp_path, test, train)
    require(findings(tmp_path), expected)


def test_a_million_different_texts_are_an_identifier(tmp_path):
    written(tmp_path, "'c' || i", "'c' || i", rows=1_000_000)
    reason = "it holds 1000000 different values"
    require(findings(tmp_path), (0.0, "most rows hold a value beyond", reason, 1.0, reason))


def test_a_million_different_numbers_are_numbers(tmp_path):
    written(tmp_path, "i + 0.5", "i", rows=1_000_000)
    require(findings(tmp_path), (0.0, math.inf, None, 0.0, 1e-6))


MIXED = ["1", "2.5", "three", "", "NA", "2026-01-01", "true", " 4 "]


def test_mixed_types_in_a_csv_file_are_text(tmp_path):
    for role in ("test", "train"):
        write_csv(tmp_path / f"{role}.csv", ("x", "row"), [(value, 1) for value in MIXED])
    require(findings(tmp_path, kind="csv"), (1 / 8, 0.0, 0.0, 1.0, 0.0))


def test_mixed_types_where_the_manifest_says_number_are_an_error_that_names_the_cell(tmp_path):
    for role in ("test", "train"):
        write_csv(tmp_path / f"{role}.csv", ("x", "row"), [(value, 1) for value in MIXED])
    for name in ("data.missing", "data.drift", "data.distribution_shift", "data.new_categories"):
        with pytest.raises(Exception, match="'three' in row 3, which is no number"):
            findings(tmp_path, [name], kind="csv", features=[{"name": "x"}])


def test_mixed_types_on_one_side_make_both_sides_text(tmp_path):
    write_csv(tmp_path / "test.csv", ("x",), [(value,) for value in ("1", "two")])
    write_csv(tmp_path / "train.csv", ("x",), [(value,) for value in ("1", "2")])
    found = findings(tmp_path, kind="csv")
    require(found, (0.0, math.inf, math.inf, 0.5, 0.5))
    assert "Cramér" in found["data.distribution_shift"].measured.estimates[0].method
